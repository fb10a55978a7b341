# SPDX-License-Identifier: BSD-2-Clause
"""chain.c32's options on a machine with two disks: boot sectors and files of ours say what they were given."""
import binascii
import os
import struct
import subprocess
import uuid

import pytest

from test_chains import SECTOR, disk, signed

MBR_SIGNATURE, GPT_SIGNATURE = 0x11111111, 0x22222222
FIRST, SECOND, THIRD = 2048, 3000, 4000             # partitions' first sectors
GUID = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")
HEADER = struct.Struct("<8sIIIIQQQQ16sQIII")
GPT = 0x54504721                                    # "!GPT"
FLAT = {"mbr": 0x7c00, "part": 0x7c00, "ntldr": 0, "kernel.sys": 0}

CONFIG = """PROMPT 1
LABEL mbr
  COM32 chain.c32
  APPEND mbr:0x11111111
LABEL swap
  COM32 chain.c32
  APPEND guid:01234567-89AB-CDEF-0123-456789ABCDEF swap
LABEL ntldr
  COM32 chain.c32
  APPEND mbr:0x11111111 2 ntldr=ntldr
LABEL dos
  COM32 chain.c32
  APPEND label:DOS_DATA freedos=/kernel.sys
LABEL cd
  COM32 chain.c32
  APPEND hd0 isolinux=/isolinux.bin
"""


def tells(stage, name):
    """bootsect.asm by that name, for where it will lie."""
    path = os.path.join(stage.folder, name + ".bin")
    subprocess.run(["nasm", "-f", "bin", f"-DNAME='{name}'", f"-DORG={FLAT[name]}", "-o", path,
                    os.path.join(os.path.dirname(__file__), "bootsect.asm")], check=True)
    with open(path, "rb") as file:
        return file.read()


def known(sector, signature):
    """An MBR's sector with the disk's signature."""
    return sector[:440] + struct.pack("<I", signature) + sector[444:]


def fat():
    """The first sector of a FAT16 file system that believes to lie elsewhere, on a floppy."""
    return (b"\xeb\x3c\x90OURS    " + struct.pack("<HBHBHHBHHHII", 512, 1, 1, 2, 224, 2880, 0xf0, 9, 18, 2, 77, 0)
            ).ljust(510, b"\0") + b"\x55\xaa"


def entry(first, guid, name):
    return bytes([0x55]) * 16 + guid.bytes_le + struct.pack("<QQQ", first, first + 999, 0) + \
        name.encode("utf-16-le").ljust(72, b"\0")


def gpt(*entries):
    """Sectors 1 and 2."""
    fields = [b"EFI PART", 0x10000, HEADER.size, 0, 0, 1, 16383, 34, 16350, uuid.uuid4().bytes_le, 2, len(entries),
              128, 0]
    fields[3] = binascii.crc32(HEADER.pack(*fields))
    return HEADER.pack(*fields).ljust(SECTOR, b"\0") + b"".join(entries)


def disks(stage):
    options = disk(stage, name="one", pieces={
        0: known(signed(tells(stage, "mbr"), (0x83, FIRST, 900), (0x07, SECOND, 900)), MBR_SIGNATURE), SECOND: fat()})
    return options + disk(stage, name="two", pieces={
        0: known(signed(b"", (0xee, 1, 16383)), GPT_SIGNATURE),
        1: gpt(entry(FIRST, GUID, "The part"), entry(THIRD, uuid.uuid4(), "DOS_DATA")),
        FIRST: signed(tells(stage, "part")), THIRD: fat()})


def told(vm, label, name):
    """What is given to what that label starts; see bootsect.asm."""
    vm.expect("^boot: ", 60)
    vm.serial.send(label + "\r")
    words = vm.expect(rf"^sector {name}:((?: [0-9A-F]{{8}})+)\n", 60)[1].split()
    return dict(zip(("eax", "edx", "ds", "si", "bp", "kib", "first", "length", "hidden", "drive", "at", "disk"),
                    (int(word, 16) for word in words)))


@pytest.mark.deadline(300)
def test_each_option(stage, site):
    """By MBR, GUID and label; drives that change places; a file in the boot sector's place; what is refused."""
    site.put_tftp("pxelinux.cfg/default", CONFIG)
    for name in "ntldr", "kernel.sys":
        site.put_tftp(name, tells(stage, name))
    site.start()
    extra = disks(stage)

    vm = stage.boot(extra=extra)
    vm.expect("^boot: ", 60)
    vm.serial.send("cd\r")
    vm.expect("chain.c32: isolinux=/isolinux.bin: there is no ISOLINUX here")
    given = told(vm, "mbr", "mbr")
    assert (given["edx"], given["disk"], given["at"]) == (0x80, MBR_SIGNATURE, 0x7c00)
    vm.quit()

    vm = stage.boot(extra=extra)
    given = told(vm, "swap", "part")
    assert (given["edx"], given["disk"]) == (0x80, GPT_SIGNATURE)       # the second disk is the first
    assert (given["eax"], given["ds"], given["si"], given["bp"]) == (GPT, 0, 0x7be, 0x7be)
    assert (given["first"], given["length"]) == (FIRST, 128)
    assert given["kib"] < 639                                           # above that INT 13h goes through ours
    vm.quit()

    vm = stage.boot(extra=extra)
    given = told(vm, "ntldr", "ntldr")
    assert (given["at"], given["edx"], given["disk"]) == (0x20000000, 0x80, MBR_SIGNATURE)
    assert (given["ds"], given["si"], given["bp"]) == (0, 0x7c00, 0x7c00)
    assert (given["hidden"], given["drive"] & 0xff) == (SECOND, 0x80)   # the sector's BPB is right now
    vm.quit()

    vm = stage.boot(extra=extra)
    given = told(vm, "dos", "kernel.sys")
    assert (given["at"], given["edx"], given["disk"]) == (0x600000, 0x81, GPT_SIGNATURE)
    assert (given["ds"], given["si"]) == (0x1fe0, 0x7c00)
    assert (given["hidden"], given["drive"] & 0xff) == (THIRD, 0x81)
