# SPDX-License-Identifier: BSD-2-Clause
"""Looking into a running Undine: by gdb, with the names of build/loader.elf,
and at its tasks' stacks."""
import os
import re
import subprocess

import machine
from guest import roomy_stacks
from network import BUILD

LOADER = os.path.join(BUILD, "loader.elf")


def test_gdb_and_stacks(stage, site, monkeypatch):
    # The 64-bit one's gdb server describes 64-bit registers only.
    monkeypatch.setattr(machine, "QEMU", "qemu-system-i386")
    site.start()
    door = os.path.join(stage.folder, "gdb")
    vm = stage.boot(extra=["-gdb", f"unix:{door},server=on,wait=off"])
    at = vm.expect(r"loader at ([0-9a-f]{8})", 60)[1]
    vm.prompt()
    shown = subprocess.run(
        ["gdb", "-batch", "-nx", "-ex", "set architecture i386",
         "-ex", f"add-symbol-file {LOADER} -o 0x{at}-0x400000",
         "-ex", f"target remote {door}", "-ex", "break net_poll", "-ex", "continue", "-ex", "backtrace",
         "-ex", "delete", "-ex", "detach"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60).stdout
    for frame in r"#0 .*\bnet_poll \(", r"#\d .*\bnet_main \(", r"#\d .*\btask_start \(":
        assert re.search(frame, shown), shown
    assert {"console", "net", "dhcp", "dns", "fetch", "shell"} <= set(roomy_stacks(vm.run("tasks")))
