# SPDX-License-Identifier: BSD-2-Clause
"""undine.0 as a file: as long as it may become, with as little base memory as
it may have, and damaged on its way to us."""
import os
import shutil
import struct
import subprocess
import zlib

import pytest

import test_starts as starts
from network import BUILD, NBP, SERVER
from test_leaving import BOOT_SECTOR
from test_starts import FIRST, LDLINUX, PXELINUX, SECOND, UNDIONLY, disk

pytestmark = pytest.mark.stock

PADDED = os.path.join(BUILD, "padded")
PADDED_NBP = os.path.join(PADDED, "undine.0")
LONGEST = 384 << 10     # kernel/start/start.ld
LEAST = 500             # KiB of base memory

FIRST_LINE = "^Undine "


@pytest.fixture
def site(site):
    """Serves the long file."""
    assert os.path.getsize(PADDED_NBP) == LONGEST
    os.remove(os.path.join(site.tftp, "undine.0"))
    os.symlink(PADDED_NBP, os.path.join(site.tftp, "undine.0"))
    return site


def comes_up(vm, how):
    vm.expect(FIRST_LINE, 60)
    vm.expect("found by " + how, 30)
    vm.prompt()
    assert "trap: " not in vm.serial.text


def padded_img():
    with open(os.path.join(PADDED, "undine.img"), "rb") as file:
        return file.read()


# --- the longest file

@pytest.mark.parametrize("nic", ["e1000", "virtio-net-pci", "rtl8139"])
def test_rom(stage, site, nic):
    site.start()
    comes_up(stage.boot(nic=nic), "entry stack")


@pytest.mark.parametrize("loader", ["pxelinux.0", "lpxelinux.0"])
def test_pxelinux(stage, site, loader):
    starts.copy(site, os.path.join(PXELINUX, loader), LDLINUX)
    site.put_tftp("pxelinux.cfg/default",
                  "DEFAULT undine\nLABEL undine\nKERNEL undine.0\n")
    site.start(dhcp=[f"--dhcp-boot=tag:!undine,{loader}"])
    comes_up(stage.boot(), "(entry stack|ES:BX)")


def test_ipxe(stage, site):
    """The ROM's, and with arguments."""
    site.put("args.ipxe", starts.ARGUMENTS)
    rom = site.put("rom.ipxe", f"#!ipxe\nchain tftp://{SERVER}/undine.0 "
                   f"colour=blue script=http://{SERVER}/args.ipxe\n")
    site.start(dhcp=["--dhcp-userclass=set:ipxe,iPXE",
                     f"--dhcp-boot=tag:ipxe,{rom}"])
    vm = stage.boot()
    vm.expect(FIRST_LINE, 60)
    vm.expect("^arguments: blue", 30)


def test_undionly(stage, site):
    shutil.copy(UNDIONLY, os.path.join(site.tftp, "first"))
    site.start(dhcp=["--dhcp-boot=tag:!undine,first"])
    vm = stage.boot()
    # Both iPXEs get the same boot file name; the second finds a script there.
    site.wait_for_log("sent " + os.path.join(site.tftp, "first"), 60)
    site.put_tftp("first", "#!ipxe\nchain undine.0\n")
    comes_up(vm, "entry stack")


def test_grub_by_pxe(stage, site):
    starts.grub_image(stage, site, "pxechainloader (pxe)/undine.0\nboot\n")
    site.start(dhcp=["--dhcp-boot=tag:!undine,grub.0"])
    comes_up(stage.boot(), "INT 1Ah")


def test_grub_by_pxe_as_a_kernel(stage, site):
    starts.grub_image(stage, site, "multiboot2 (pxe)/undine.elf\nboot\n")
    shutil.copy(os.path.join(PADDED, "undine.elf"), site.tftp)
    site.start(dhcp=["--dhcp-boot=tag:!undine,grub.0"])
    comes_up(stage.boot(), "INT 1Ah")


@pytest.mark.deadline(180)
def test_grub_from_a_cd(stage, site):
    site.start()
    vm = stage.boot(nic=SECOND, extra=starts.grub_cd(
        stage, "multiboot2 /undine.elf\nboot\n", build=PADDED))
    comes_up(vm, "its option ROM")


def test_undine_itself(stage, site):
    site.start()
    vm = stage.boot()
    vm.prompt()
    vm.serial.send(f"chain tftp://{SERVER}/undine.0\r")
    comes_up(vm, "entry stack")


def test_disk(stage, site):
    site.start()
    vm = stage.boot(nic=SECOND, extra=disk(stage, "undine", padded_img(), 1))
    comes_up(vm, "its option ROM")


def test_floppy(stage, site):
    path = os.path.join(stage.folder, "floppy")
    with open(path, "wb") as file:
        file.write(padded_img().ljust(1440 << 10, b"\0"))
    site.start()
    vm = stage.boot(extra=["-drive", f"file={path},format=raw,if=floppy",
                           "-boot", "order=a"])
    vm.expect(FIRST_LINE, 90)
    vm.prompt()


def test_disk_with_partitions(stage, site):
    """The gap before a partition at 1 MiB has room for twice as much."""
    path = os.path.join(stage.folder, "disk")
    table = bytes.fromhex("0000200083ff3f3f" "0008000000100000") + bytes(48)
    with open(path, "wb") as file:
        file.write((bytes(446) + table + b"\x55\xaa").ljust(4 << 20, b"\0"))
    subprocess.run([os.path.join(BUILD, "..", "tools", "disk.py"), "install",
                    os.path.join(PADDED, "undine.img"), path], check=True)
    site.start()
    comes_up(stage.boot(extra=["-boot", "order=c", "-drive",
                               f"file={path},format=raw,if=ide"]),
             "its option ROM")


# --- little base memory

def is_untouched(stage, vm, kib=LEAST):
    """What lies above base memory is not ours: nbp_spoil.asm marked it."""
    path = os.path.join(stage.folder, "above")
    vm.qmp.call("pmemsave", val=kib << 10, size=64 << 10, filename=path)
    with open(path, "rb") as file:
        assert file.read() == b"\xa5" * (64 << 10)


@pytest.mark.parametrize("nic", ["e1000", "virtio-net-pci"])
def test_little_base_memory(stage, site, nic):
    """With a resident PXE stack and the longest file."""
    starts.spoiled(site, f"BASE={LEAST}", PADDED)
    site.start(dhcp=["--dhcp-boot=tag:!undine,spoil.0"])
    vm = stage.boot(nic=nic)
    vm.expect(FIRST_LINE, 60)
    assert int(vm.expect(r"16-bit segment at (\w+)\n", 30)[1], 16) == 0x6f000
    vm.prompt()
    starts.works_by_either(vm, site)
    is_untouched(stage, vm)


@pytest.mark.parametrize("nic", ["e1000", "virtio-net-pci", starts.OWN],
                         ids=["e1000", "virtio", "own"])
def test_little_base_memory_for_a_driver_from_a_rom(stage, site, nic):
    """It comes to lie below the resident segment."""
    img = os.path.join(stage.folder, "spoil.img")
    subprocess.run([os.path.join(BUILD, "..", "tools", "disk.py"), "image",
                    os.path.join(BUILD, "boot16", "disk.bin"),
                    starts.spoiled(site, f"BASE={LEAST}", PADDED), img],
                   check=True)
    with open(img, "rb") as file:
        content = file.read()
    site.start()
    vm = stage.boot(nic=nic, extra=disk(stage, "undine", content, 1))
    comes_up(vm, "its option ROM")
    starts.works_by_either(vm, site)
    is_untouched(stage, vm)


@pytest.mark.parametrize("kib", [LEAST - 1, 410])
def test_too_little_base_memory(stage, site, kib):
    """Not even the start-up code touches what is not its own."""
    starts.spoiled(site, f"BASE={kib}")
    site.start(dhcp=["--dhcp-boot=tag:!undine,spoil.0"])
    vm = stage.boot(nic=FIRST, extra=disk(stage, "other", BOOT_SECTOR, 2))
    vm.expect(r"^undine: base memory \(40:13\) is not between 500 and 640 KiB; "
              "back to the boot ROM", 60)
    vm.expect("^disk!", 60)
    is_untouched(stage, vm, kib)


# --- damage

@pytest.mark.parametrize("how", ["in the middle", "in its length", "cut",
                                 "once unpacked"])
def test_damaged(stage, site, how):
    """It is not run: it says so, and the ROM goes on."""
    with open(NBP, "rb") as file:
        content = bytearray(file.read())
    # kernel/start/start.h: the checksum, what it covers, in it another one
    header = os.path.getsize(os.path.join(BUILD, "start.bin"))
    why = "was damaged on its way"
    if how == "in the middle":
        content[len(content) // 2] ^= 0x10
    elif how == "in its length":
        content[header + 7] ^= 0x80
    elif how == "cut":
        del content[-20000:]
    else:
        content[header + 16] ^= 1
        content[header:header + 4] = struct.pack(
            "<I", zlib.crc32(content[header + 4:]))
        why = "arrived whole, but does not unpack"
    os.remove(os.path.join(site.tftp, "undine.0"))
    site.put_tftp("undine.0", content)
    site.start()
    vm = stage.boot(nic=FIRST, extra=disk(stage, "other", BOOT_SECTOR, 2))
    vm.expect(f"^undine: undine.0 {why} .*; back to the boot ROM", 60)
    vm.expect("^disk!", 60)
