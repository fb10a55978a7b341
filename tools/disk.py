#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Undine on a disk: stage 1 in the master boot record, undine.0 behind it.

    disk.py image STAGE1 UNDINE.0 UNDINE.IMG    makes build/undine.img
    disk.py install UNDINE.IMG DISK             puts it onto a disk that has
                                                partitions, and keeps them

Stage 1 (boot16/disk.asm) is 440 bytes: the disk's signature and its partition
table, which follow, stay the disk's own.  The loader goes into the sectors
between the MBR and the first partition.
"""
import os
import struct
import sys

SECTOR = 512
CODE = 440                  # of the MBR is ours; its last six bytes say where undine.0 lies
TABLE = 446
FIRST = 1
OTHER = 0xDA                # a partition type for "no file system"
IMAGE = 1 << 20             # a disk of less than a cylinder is none to some BIOSes


def table(mbr):
    """(type, first sector, sectors) of the partitions."""
    entries = [mbr[TABLE + 16 * i:TABLE + 16 * i + 16] for i in range(4)]
    return [(entry[4], *struct.unpack("<II", entry[8:]))
            for entry in entries if entry[4]]


def chs(sector):
    """As a partition table has it, for 255 heads and 63 sectors."""
    track, sector = divmod(sector, 63)
    cylinder, head = divmod(track, 255)
    return bytes((head, sector + 1 | cylinder >> 8 << 6, cylinder & 255))


def record(code, first, length):
    """A master boot record for a loader of LENGTH bytes from the sector FIRST on."""
    assert len(code) == CODE
    sectors = -(-length // SECTOR)
    code = code[:CODE - 6] + struct.pack("<IH", first, sectors)
    # Many a BIOS starts only disks that have an active partition: the loader
    # itself is one.
    entry = b"\x80" + chs(first) + bytes((OTHER,)) + \
        chs(first + sectors - 1) + struct.pack("<II", first, sectors)
    return code.ljust(TABLE, b"\0") + entry.ljust(64, b"\0") + b"\x55\xaa"


def image(stage1, nbp, out):
    with open(stage1, "rb") as file:
        code = file.read()
    with open(nbp, "rb") as file:
        loader = file.read()
    with open(out, "wb") as file:
        file.write((record(code, FIRST, len(loader)) + loader).ljust(IMAGE, b"\0"))


def install(img, disk):
    with open(img, "rb") as file:
        code = file.read(SECTOR)[:CODE]
        sectors, = struct.unpack("<H", code[-2:])
        loader = file.read(sectors * SECTOR)
    with open(disk, "r+b") as file:
        mbr = file.read(SECTOR)
        partitions = table(mbr)
        if mbr[510:] != b"\x55\xaa" or not partitions:
            sys.exit(f"disk.py: {disk} has no partition table (MBR); to give "
                     "the whole disk to Undine, write undine.img onto it")
        if any(kind == 0xEE for kind, _, _ in partitions):
            sys.exit(f"disk.py: {disk} has a GUID partition table, which lies "
                     "where Undine would; only MBR partitions will do")
        gap = min(first for _, first, _ in partitions) - FIRST
        if sectors > gap:
            sys.exit(f"disk.py: Undine is {sectors} sectors "
                     f"long; {disk} has {gap} before its first partition")
        file.seek(FIRST * SECTOR)
        file.write(loader)
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        file.write(code)


if __name__ == "__main__":
    if len(sys.argv) == 5 and sys.argv[1] == "image":
        image(*sys.argv[2:])
    elif len(sys.argv) == 4 and sys.argv[1] == "install":
        install(*sys.argv[2:])
    else:
        sys.exit(__doc__)
