# SPDX-License-Identifier: BSD-2-Clause
"""Kernels in name only: what is made like Linux and has 16-bit code - iPXE,
memdisk, GRUB, memtest86+ - is entered in real mode, by what its header says;
initrd and command line arrive.  (wimboot is one of them; Debian has it not, and
ipxe.lkrn, which comes from the same build rules, stands in its place.)"""
import os
import re
import subprocess
import time

import pytest

from network import BUILD, SERVER
from test_starts import GRUB

pytestmark = pytest.mark.deadline(240)

LKRN = "/usr/lib/ipxe/ipxe.lkrn"
MEMDISK = "/usr/lib/syslinux/memdisk"
REAL = r"boot: \S+: Linux .*\(protocol 2\.%s, 16-bit entry\)"


def asked(site, path, within=90):
    """Who asked the web server for PATH, as soon as somebody has."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        for request in site.nginx.requests():
            if request.line.split()[1] == path:
                return request.agent
        time.sleep(0.2)
    raise AssertionError(f"nobody asked for {path}")


@pytest.mark.parametrize("how", ["initrd", "command line"])
def test_ipxe(stage, site, how):
    """It comes up with a driver of its own, runs the script that it was given,
    and boots on."""
    site.link("ipxe.lkrn", LKRN)
    site.put("args.ipxe", "#!ipxe\necho arguments: ${colour}\nshell\n")
    chain = f"chain tftp://{SERVER}/undine.0 colour=blue script=http://{SERVER}/args.ipxe"
    if how == "initrd":
        site.put("rom.ipxe", f"#!ipxe\ndhcp\nimgfetch http://{SERVER}/went\n{chain}\n")
        given = "kernel ipxe.lkrn\ninitrd rom.ipxe\n"
    else:
        given = f"set and:hex 26:26\nkernel ipxe.lkrn dhcp ${{and:string}} imgfetch http://{SERVER}/went " \
            f"${{and:string}} {chain}\n"
    site.put("went", "#!ipxe\n")
    site.start(f"#!ipxe\n{given}boot\n")
    vm = stage.boot()
    vm.expect(REAL % "07", 60)
    assert asked(site, "/went").startswith("iPXE/")
    vm.expect("found by entry stack", 60)
    vm.expect("^arguments: blue", 60)


# Pieces of images: name, bytes, memdisk's arguments, cylinders, heads, sectors; what INT 13h AH=08h says: CX, DH
DISKS = {
    "floppy": (1440 << 10, "", 80, 2, 18, "4F12", "0001", "0000"),
    "floppy of 2 MiB": (2 << 20, "floppy c=64 h=2 s=32", 64, 2, 32, "3F20", "0001", "0000"),
    "hard disk": (16 * 63 * 512 * 20, "harddisk raw", 20, 16, 63, "133F", "000F", "0080"),
    "hard disk of another shape": (4 << 20, "harddisk c=32 h=8 s=32", 32, 8, 32, "1F20", "0007", "0080"),
}


@pytest.mark.parametrize("name", DISKS)
def test_memdisk(stage, site, name):
    """The image is a disk to the BIOS, with the shape that the arguments say."""
    size, args, cylinders, heads, sectors, cx, dh, drive = DISKS[name]
    path = os.path.join(stage.folder, "sector")
    subprocess.run(["nasm", "-f", "bin", f"-DCYLINDER={cylinders - 1}", f"-DHEAD={heads - 1}",
                    f"-DSECTOR={sectors}", "-o", path,
                    os.path.join(os.path.dirname(__file__), "disksect.asm")], check=True)
    with open(path, "rb") as file:
        boot = file.read()
    image = bytearray(boot.ljust(size, b"\0"))
    if drive == "0080":             # one partition, from which memdisk could also guess the shape
        image[446:462] = bytes((0x80, 1, 1, 0, 0x83, heads - 1, sectors, cylinders - 1)) + \
            (sectors).to_bytes(4, "little") + (size // 512 - sectors).to_bytes(4, "little")
    image[-512:] = b"the very last\0".ljust(512, b"\0")
    site.link("memdisk", MEMDISK)
    site.put("image", bytes(image))
    site.start(f"#!ipxe\nkernel memdisk {args}\ninitrd image\nboot\n")
    vm = stage.boot()
    vm.expect(REAL % "03", 60)
    vm.expect(rf"^disk: {drive} {cx} {dh} the very last", 30)


@pytest.mark.parametrize("kind, how", [("", "Multiboot flat"), ("--type linux", REAL % "03")],
                         ids=["multiboot", "linux"])
def test_grub(stage, site, kind, how):
    """The image that GRUB makes for loaders of Linux.  What is in it has a Multiboot header, too, and that is found
    first."""
    config = os.path.join(stage.folder, "grub.cfg")
    core = os.path.join(stage.folder, "core.img")
    with open(config, "w") as file:
        file.write("serial --unit=0 --speed=115200\nterminal_output serial\necho GRUB has come up\nlsmmap\n")
    subprocess.run(["grub-mkimage", "-O", "i386-pc", "-d", GRUB, "-c", config, "-p", "(memdisk)/", "-o", core,
                    "serial", "terminal", "echo", "lsmmap"], check=True)
    with open(os.path.join(GRUB, "lnxboot.img"), "rb") as head, open(core, "rb") as rest:
        site.put("grub", head.read() + rest.read())
    site.start(f"#!ipxe\nkernel {kind} grub\nboot\n")
    vm = stage.boot()
    vm.expect(how, 60)
    vm.expect("^GRUB has come up", 30)
    # all base memory is its own: the ROM has given its back
    vm.expect(r"base_addr = 0x0, length = 0x9fc00, available RAM", 30)


@pytest.mark.parametrize("kind, entry", [("linux", 16), ("linux32", 32)])
def test_memtest86_by_both_entries(stage, site, kind, entry):
    """Its header says real mode; --type has the last word."""
    name = "memtest86+x64.bin"
    site.link(name, os.path.join(BUILD, "debian", name))
    site.start(f"#!ipxe\nkernel --type {kind} {name} console=ttyS0,115200\nboot\n")
    vm = stage.boot(memory=64)
    vm.expect(rf"\(protocol 2\.12, {entry}-bit entry\)", 60)
    vm.expect(r"Memtest86\+ v6", 60)
    end = time.monotonic() + 60
    while not re.search(r"Time: +0:\d\d:(0[2-9]|[1-5]\d)", shown := "\n".join(vm.screen())):
        assert time.monotonic() < end, shown
        time.sleep(0.5)
    assert re.search(r"Memory *: *63MB", shown), shown


def test_no_32_bit_entry(stage, site):
    """What has none is not entered there."""
    site.link("ipxe.lkrn", LKRN)
    site.start()
    vm = stage.boot()
    vm.prompt()
    vm.succeeds(f"kernel --type linux32 http://{SERVER}/ipxe.lkrn", 60)
    vm.refuses("it has no 32-bit entry point")
