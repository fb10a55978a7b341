# SPDX-License-Identifier: BSD-2-Clause
"""A tree in the forms in which Xen, Windows and DOS are booted by pxelinux: mboot.c32, wimboot (in whose place iPXE's
ipxe.lkrn is, which can be had) and memdisk, with a floppy whose boot sector is ours."""
import os
import subprocess
import time

import pytest

from network import BUILD, SERVER
from test_chains import agents
from test_setup_code import LKRN, MEMDISK

TREE = f"""DEFAULT menu.c32
PROMPT 0
NOESCAPE 1
MENU TITLE Systems
LABEL xen
  MENU LABEL ^Xen and Debian
  KERNEL mboot.c32
  APPEND xen.gz console=com1 com1=115200,8n1 loglvl=all --- vmlinuz console=hvc0 break=top --- initrd
LABEL windows
  MENU LABEL ^Windows
  COM32 linux.c32
  APPEND wimboot dhcp && imgfetch http://{SERVER}/went initrdfile=windows/bcd@Boot/BCD,windows/boot.wim
LABEL dos
  MENU LABEL ^DOS
  KERNEL memdisk
  INITRD dos/floppy.img
  APPEND floppy raw
LABEL disk
  MENU LABEL DOS by its ^image alone
  FDIMAGE dos/floppy.img
  APPEND keeppxe
"""
FLOPPY = 1440 << 10, 80, 2, 18


def floppy(stage):
    size, cylinders, heads, sectors = FLOPPY
    path = os.path.join(stage.folder, "sector")
    subprocess.run(["nasm", "-f", "bin", f"-DCYLINDER={cylinders - 1}", f"-DHEAD={heads - 1}",
                    f"-DSECTOR={sectors}", "-o", path,
                    os.path.join(os.path.dirname(__file__), "disksect.asm")], check=True)
    with open(path, "rb") as file:
        return file.read().ljust(size - 512, b"\0") + b"the very last\0".ljust(512, b"\0")


def take(vm, key):
    vm.expect("image alone", 60)
    vm.expect("to edit options")
    vm.serial.send(key + "\r")


@pytest.mark.deadline(300)
def test_xen_windows_and_dos(stage, site):
    site.put_tftp("pxelinux.cfg/default", TREE)
    for name, path in (("memdisk", MEMDISK), ("wimboot", LKRN), *(
            (name, os.path.join(BUILD, "debian", name)) for name in ("xen.gz", "vmlinuz", "initrd"))):
        os.symlink(os.path.abspath(path), os.path.join(site.tftp, name))
    site.put_tftp("dos/floppy.img", floppy(stage))
    site.put_tftp("windows/bcd", b"1" * 1000)
    site.put_tftp("windows/boot.wim", b"2" * 5000)
    site.put("went", "#!ipxe\n")
    site.start()

    for key, pxe in ("d", "5650"), ("i", "564E"):       # for a DOS whose driver is the ROM's, it stays
        vm = stage.boot()
        take(vm, key)
        vm.expect("^disk: 0000 4F12 0001 the very last", 60)
        vm.expect(f"^pxe: {pxe}")
        vm.quit()

    vm = stage.boot()
    take(vm, "w")
    vm.expect(r"boot: module 1: bcd, 1000 bytes at \S+, Boot/BCD", 60)
    vm.expect(r"boot: module 2: boot.wim, 4.8 KiB at \S+, windows/boot.wim")
    end = time.monotonic() + 60
    while not agents(site, "/went"):
        assert time.monotonic() < end, "it has not come up"
        time.sleep(0.2)
    assert agents(site, "/went")[0].startswith("iPXE/")
    vm.quit()

    vm = stage.boot(memory=512)
    take(vm, "x")
    vm.expect(r"Xen version 4\.17", 60)
    vm.expect(r"Command line: console=com1 com1=115200,8n1 loglvl=all\s")
    vm.expect(r"Command line: .*console=hvc0 break=top", 90)
    vm.expect(r"^\(initramfs\)", 120)
