# SPDX-License-Identifier: BSD-2-Clause
"""Looking into a running Undine: by gdb, with the names of build/loader.elf,
and at its tasks' stacks."""
import os
import re
import subprocess

import pytest

import machine
from guest import roomy_stacks
from network import BUILD
from test_modules import SDK, put

LOADER = os.path.join(BUILD, "loader.elf")


def in_module(vm, site, door):
    """docs/modules.md's recipe: a module stops at a line of its source."""
    hello = os.path.join(SDK, "examples", "hello.umod")
    with open(os.path.join(os.path.dirname(LOADER), "..", "sdk", "examples", "hello.c")) as file:
        line = next(n for n, text in enumerate(file, 1) if "printf" in text)
    gdb = subprocess.Popen(
        ["gdb", "-batch", "-nx", f"{hello}.debug", "-ex", f"target remote {door}", "-ex", f"hbreak hello.c:{line}",
         "-ex", "continue", "-ex", "print argc", "-ex", "print argv[1]", "-ex", "delete", "-ex", "detach"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    url = put(site, "examples/hello.umod")
    shown = ""
    while not shown.endswith("\n") or "Hardware assisted breakpoint 1 at 0xf001" not in shown:
        piece = gdb.stdout.readline()
        assert piece, shown
        shown += piece
    vm.serial.send(f"run {url} gdb\r")
    shown += gdb.communicate(timeout=60)[0]
    assert re.search(rf"Breakpoint 1, main \(argc=2, argv=0xf\w+\) at .*hello\.c:{line}", shown), shown
    assert "$1 = 2" in shown and re.search(r'\$2 = 0x\w+ "gdb"', shown), shown
    vm.expect("^Hello, gdb!")
    vm.prompt()


@pytest.mark.undi                       # a ROM's calls take the most of the stacks
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
    in_module(vm, site, door)
