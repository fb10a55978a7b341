#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""run.py - the main job, shown in this terminal: a PC in QEMU starts Undine
from its network card's ROM, fetches Debian's Xen, Linux and an initrd from a
real web server, and boots them.

No root: the network is QEMU's own (user mode), the web server an nginx on a
free port of 127.0.0.1.  Ctrl-A x ends it.

QEMU's DHCP gives one boot file name only, the loader's own, so the script's
place is the second that the loader looks at: autoexec.ipxe beside it, on the
TFTP server.

Called by `make run`, after setup.sh and kernels.sh.
    --headless [SECONDS]    no keyboard; ends when the initrd's shell is there,
                            with exit status 1 if it is not there in time
    --screenshot FILE       the same, and takes a picture of the VGA screen
                            while the initrd is on its way
"""
import argparse
import os
import shutil
import signal
import subprocess
import sys

import machine
import webserver

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TOP, "build")

AUTOEXEC = """#!ipxe
chain http://10.0.2.2:{port}/boot.ipxe
"""

SCRIPT = """#!ipxe
echo Booting Debian's Xen with Linux as dom0
kernel http://10.0.2.2:{port}/xen.gz console=com1 com1=115200,8n1
module http://10.0.2.2:{port}/vmlinuz console=hvc0 break=top
module http://10.0.2.2:{port}/initrd
boot
"""

# What the initrd's own shell says when it is ready.
SHELL = r"^\(initramfs\)"


def lay_out(folder, port):
    """The two servers' folders: what the ROM fetches, what Undine fetches."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in "tftp", "http":
        os.makedirs(os.path.join(folder, name))
    os.symlink(os.path.join(BUILD, "undine.0"),
               os.path.join(folder, "tftp", "undine.0"))
    for name in "xen.gz", "vmlinuz", "initrd":
        os.symlink(os.path.join(BUILD, "debian", name),
                   os.path.join(folder, "http", name))
    with open(os.path.join(folder, "tftp", "autoexec.ipxe"), "w") as file:
        file.write(AUTOEXEC.format(port=port))
    with open(os.path.join(folder, "http", "boot.ipxe"), "w") as file:
        file.write(SCRIPT.format(port=port))


def watch(folder, command, seconds, screenshot):
    def show(data):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    vm = machine.Machine(folder, command, tee=show)
    try:
        if screenshot:
            vm.serial.expect(r"initrd.*\b[56]\d ?%", seconds)
            vm.screenshot(os.path.abspath(screenshot))
        vm.serial.expect(SHELL, seconds)
    except machine.Timeout as error:
        print(f"\nrun: {error}", file=sys.stderr)
        return 1
    finally:
        vm.quit()
    print()
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--headless", metavar="SECONDS", type=int)
    parser.add_argument("--screenshot", metavar="FILE")
    parser.add_argument("--nic", default="e1000")
    parser.add_argument("--memory", default="1024")
    args = parser.parse_args()

    # However this ends, the web server ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = os.path.join(BUILD, "run")
    port = webserver.free_port()
    lay_out(folder, port)
    # A picture of a download needs one that lasts a while.
    slow = "limit_rate 1500k;" if args.screenshot else ""
    nginx = webserver.Nginx(os.path.join(folder, "nginx"),
                            os.path.join(folder, "http"), port=port,
                            extra=slow)
    command = machine.base_command(
        args.memory, args.nic,
        f"user,tftp={folder}/tftp,bootfile=undine.0")
    try:
        if args.headless or args.screenshot:
            return watch(folder, command, args.headless or 180,
                         args.screenshot)
        print("The machine's first serial port is this terminal. "
              "Ctrl-A x ends it.\n", flush=True)
        return subprocess.call(
            command + ["-display", "none", "-serial", "mon:stdio"])
    finally:
        nginx.stop()


if __name__ == "__main__":
    sys.exit(main())
