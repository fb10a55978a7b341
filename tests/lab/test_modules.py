# SPDX-License-Identifier: BSD-2-Clause
"""Modules: what they can do, and that the worst that one does is its own end."""
import os
import re
import subprocess

import pytest

from network import BUILD, noise, sha256
from test_transports import start, use

SDK = os.path.join(BUILD, "sdk")

# what a bad module does -> what the loader says of it; SSE's own faults QEMU's TCG does not have
ENDS = {
    "null": "page fault when reading 00000000", "null-call": "page fault when executing 00000000",
    "read 0x9fc00": "page fault when reading 0009fc00", "read 0xfee00000": "page fault when reading fee00000",
    "write 0x400": "page fault when writing to 00000400", "write 0x9c000": "page fault when writing to 0009c000",
    "write-text": "page fault when writing to f001", "run-data": "page fault when executing f",
    "stack": "stack overflow", "divide": "divide error", "x87": "x87 fault",
    "cli": "general protection", "hlt": "general protection", "cr3": "general protection", "in": "general protection",
    "out": "general protection", "int3": "general protection", "int": "general protection",
    "int-bios": "general protection",
    "far-call": "general protection", "far-call-16": "(page fault|general protection)", "load-ss": "general protection",
    "segment": "(page fault|general protection)", "single-step": "debug", "ud": "invalid opcode",
}


# what heaps and page tables may have grown by; each module has more than that
HEAPS = 128 << 10


def put(site, name):
    with open(os.path.join(SDK, name), "rb") as file:
        return site.put(os.path.basename(name), file.read())


def lines_of(shown):
    """A backtrace by the lines of the source, as docs/modules.md says."""
    addresses = re.findall(r"#\d+ (f001\w+)", shown)
    command = ["addr2line", "-s", "-f", "-p", "-e", os.path.join(SDK, "tests", "bad.umod.debug")]
    lines = subprocess.run(command + addresses, check=True, capture_output=True, text=True).stdout
    return re.sub(r" at ", " ", lines)


# all over its own 4 GiB, and the loader's: nothing else's is there to be read or written to; a third by each transport
WILD = [at for at in range(0x1000_0000, 0xf000_0000, 0x1234_5000)] + [
    0xb8000, 0x100000, 0xeffff000, 0xf000f000, 0xfec00000, 0xffbff000, 0xfffff000]
CALLS = 4000        # random ones


def misbehave(guest, transport, seed, long, content):
    """One after the other while a download runs; then the loader's own memory is as it was."""
    assert f"undi: transport {transport} (as undi.transport says)" in use(guest, transport)
    guest.succeeds("dhcp")
    assert "Hello, lab!" in guest.succeeds("run hello lab")
    before = guest.memory()
    guest.succeeds(f"imgfetch --background --name long {long}")
    for what, said in ENDS.items():
        shown = guest.fails(f"run bad {what}")
        assert re.search(f"module bad: {said}", shown), what
        assert re.search(r"#\d+ f001\w+ (main|deep)\+0x", shown) and "still here" not in shown, what
        if what == "null":
            assert "wild bad.c:" in lines_of(shown)
    guest.fails("run bad abort")
    for i, at in enumerate(WILD[seed - 1::3]):
        verb, said = ("write", "writing to") if i % 2 else ("read", "reading")
        assert f"module bad: page fault when {said} {at:08x}" in guest.fails(f"run bad {verb} {at:#x}"), at
    # what is read into its own stack may be the end of a module that makes every call with random arguments
    guest.run(f"timeout 20 run fuzz {seed} {CALLS}", 90)
    guest.succeeds("set module.cpu 1")
    shown = guest.fails("run bad loop")
    assert re.search(r"ended by the limit module.cpu\n.*#0 f001\w+ do_it\+0x", shown), shown
    guest.succeeds("set module.cpu 0")
    guest.succeeds("run --background bad loop")
    assert "bad" in guest.succeeds("ps")
    assert "Hello, again!" in guest.succeeds("run hello again")
    guest.succeeds("kill bad")
    guest.serial.send("run bad loop\r")
    guest.expect("run bad loop")
    guest.interrupt()
    guest.succeeds("sync", within=90)
    assert guest.sha256("long") == sha256(content)
    guest.succeeds("imgfree long")
    assert guest.memory() > before - HEAPS


@pytest.mark.deadline(300)
def test_bad_modules(stage, site):
    """By a ROM that is called at CPL 3, in v86, and in real mode."""
    site.start(nginx="limit_rate 400k;")
    content = noise("a long download", 6 << 20)
    long = site.put("long", content)
    guest = start(stage, site, "undi-e1000.rom")
    guest.prompt(60)
    for name in "tests/bad.umod", "tests/fuzz.umod", "examples/hello.umod":
        guest.succeeds(f"imgfetch --name {os.path.basename(name)[:-5]} {put(site, name)}")
    for seed, transport in enumerate(("pm", "v86", "real"), 1):
        misbehave(guest, transport, seed, long, content)
