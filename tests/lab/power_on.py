# SPDX-License-Identifier: BSD-2-Clause
"""A power-on that is done once and used by many: a machine of the usual kind,
whose stock ROM has opened its card and waits for the cable.

QEMU's state at that point is in build/lab-power-on/ and made again when QEMU
or a ROM has changed.  All that a test is about comes after it: the cable is put
in, and the ROM asks the test's own DHCP server and fetches today's undine.0
from the test's own TFTP server.  What is saved is the firmware's start, two
seconds for Ctrl-B, and one for which QEMU's e1000, just opened, holds back what
comes.
"""
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time

import machine
from network import BUILD

NIC, MEMORY = "e1000", 256
FOLDER = os.path.join(BUILD, "lab-power-on")


def state():
    """The file to start from; made if it is not there."""
    path = os.path.join(FOLDER, _name())
    os.makedirs(FOLDER, exist_ok=True)
    with open(os.path.join(FOLDER, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path):
            _make(path)
    return path


def _command():
    return machine.base_command(MEMORY, NIC, "hubport,hubid=0")


def _name():
    """What the state depends on: QEMU, its ROMs, the machine, and what is done
    here."""
    folders = subprocess.run([machine.QEMU, "-L", "help"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.split()
    files = [shutil.which(machine.QEMU)] + sorted(
        os.path.join(folder, name) for folder in folders
        if os.path.isdir(folder) for name in os.listdir(folder)
        if name.endswith((".bin", ".rom")))
    with open(__file__, "rb") as file:
        known = hashlib.sha256(file.read())
    known.update(" ".join(_command()).encode())
    for file in files:
        if os.path.exists(file):
            stat = os.stat(file)
            known.update(f"{file} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return known.hexdigest()[:16]


def _make(path):
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        # No cable from the first instruction on.
        vm = machine.Machine(folder, _command() + ["-S"])
        try:
            vm.qmp.call("set_link", name="n0", up=False)
            vm.qmp.call("cont")
            _wait(lambda: "Waiting for link-up on net0" in vm.cells(),
                  "the ROM to wait for the cable")
            vm.qmp.call("stop")
            made = os.path.join(folder, "state")
            vm.qmp.call("migrate", uri=f"exec:cat >{made}")
            _wait(lambda: vm.qmp.call("query-migrate").get("status") ==
                  "completed", "its state")
            os.rename(made, path)
        finally:
            vm.quit()


def _wait(condition, what):
    end = time.monotonic() + 60
    while not condition():
        if time.monotonic() > end:
            raise machine.Timeout(f"a saved power-on: waited for {what}")
        time.sleep(0.02)


def go_on(vm):
    """The machine that was started from the state: put the cable in."""
    _wait(lambda: vm.qmp.call("query-status")["status"] == "paused",
          "a machine that starts from it")
    vm.qmp.call("set_link", name="n0", up=True)
    vm.qmp.call("cont")
