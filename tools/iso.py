#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""iso.py STAGE1 CD-STAGE1 UNDINE.0 UNDINE.ISO - makes build/undine.iso.

A hybrid: an ISO 9660 volume with undine.0 on it, which a BIOS boots from a CD
(El Torito, no emulation: boot16/cd.asm); and, written onto an USB stick or a
disk, one with a master boot record (boot16/disk.asm, tools/disk.py).  Nothing
in it depends on when or where it was made.
"""
import struct
import sys

import disk

SECTOR = 2048
BOOT, END, PATHS_L, PATHS_M, ROOT, CATALOG, STAGE, NBP = range(17, 25)   # the sectors; the volume's head is 16
NAME = b"UNDINE.0;1"
NO_DATE = b"0" * 16 + b"\0"


def both(form, number):
    """As ISO 9660 has numbers: in both byte orders."""
    return struct.pack("<" + form, number) + struct.pack(">" + form, number)


def record(name, first, length, folder):
    head = both("I", first) + both("I", length) + bytes(7) + bytes((2 * folder, 0, 0)) + both("H", 1) + \
        bytes((len(name),)) + name
    head += bytes(len(head) % 2)        # with the two bytes before it, an even length
    return bytes((len(head) + 2, 0)) + head


def volume_head(sectors):
    path_table = 10
    text = b"\1CD001\1\0" + b" " * 32 + b"UNDINE".ljust(32) + bytes(8) + both("I", sectors) + bytes(32) + \
        both("H", 1) + both("H", 1) + both("H", SECTOR) + both("I", path_table) + \
        struct.pack("<II", PATHS_L, 0) + struct.pack(">II", PATHS_M, 0) + record(b"\0", ROOT, SECTOR, True)
    text += b" " * 128 + b" " * 128 + b" " * 128 + b"UNDINE".ljust(128) + b" " * 37 * 3
    return text + NO_DATE * 4 + b"\1"


def boot_catalog():
    head = b"\1\0\0\0" + b"Undine".ljust(24, b"\0")
    check = -sum(struct.unpack("<15H", head + b"\x55\xaa")) & 0xffff
    return head + struct.pack("<H", check) + b"\x55\xaa" + \
        struct.pack("<BBHBBHI", 0x88, 0, 0, 0, 0, SECTOR // 512, STAGE)


def main(stage1, cd_stage1, nbp, out):
    def read(path):
        with open(path, "rb") as file:
            return file.read()

    loader, stage, cd = read(nbp), read(stage1), read(cd_stage1)
    assert len(cd) == SECTOR
    count = -(-len(loader) // SECTOR)
    whole = max(disk.IMAGE, (NBP + count) * SECTOR)
    sectors = {
        16: volume_head(whole // SECTOR),
        BOOT: b"\0CD001\1" + b"EL TORITO SPECIFICATION".ljust(64, b"\0") + struct.pack("<I", CATALOG),
        END: b"\xffCD001\1",
        PATHS_L: b"\1\0" + struct.pack("<IH", ROOT, 1) + b"\0\0",
        PATHS_M: b"\1\0" + struct.pack(">IH", ROOT, 1) + b"\0\0",
        ROOT: record(b"\0", ROOT, SECTOR, True) + record(b"\1", ROOT, SECTOR, True) +
        record(NAME, NBP, len(loader), False),
        CATALOG: boot_catalog(),
        STAGE: cd[:-6] + struct.pack("<IH", NBP, count),
        NBP: loader,
    }
    data = bytearray(whole)
    data[:512] = disk.record(stage, NBP * SECTOR // 512, len(loader))
    for first, content in sectors.items():
        data[first * SECTOR:first * SECTOR + len(content)] = content
    with open(out, "wb") as file:
        file.write(data)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
