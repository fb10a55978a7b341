#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""mb2.py LOADER.ELF MB2.BIN UNDINE.ELF - makes undine.elf.

The sections and symbols of the loader, for debuggers (without relocations, which
GRUB does not take, and lines of sources, which name the folders that it was built
in), and one segment, which is all that a Multiboot2 loader loads:
kernel/start/mb2.asm with undine.0 in it, at 1 MiB.  Its header is copied into the first page, where loaders look.
"""
import struct
import sys

MB2_AT = 0x100000
HEADER_LEN = 24
EHDR_LEN, PHDR_LEN = 52, 32
E_ENTRY, E_PHOFF, E_PHNUM = 24, 28, 44
PT_LOAD, RWX = 1, 7


def main(loader, mb2, out):
    with open(loader, "rb") as file:
        elf = bytearray(file.read())
    with open(mb2, "rb") as file:
        code = file.read()
    elf += bytes(-len(elf) % 4096)
    header_at = EHDR_LEN + PHDR_LEN + 4
    assert header_at % 8 == 0 and not any(elf[header_at + PHDR_LEN * 3:4096]), \
        "there is a section where the Multiboot2 header shall go"
    struct.pack_into("<I", elf, E_ENTRY, MB2_AT + HEADER_LEN)
    struct.pack_into("<I", elf, E_PHOFF, EHDR_LEN)
    struct.pack_into("<H", elf, E_PHNUM, 1)
    elf[EHDR_LEN:4096] = bytes(4096 - EHDR_LEN)
    struct.pack_into("<8I", elf, EHDR_LEN, PT_LOAD, len(elf), MB2_AT, MB2_AT,
                     len(code), len(code), RWX, 4096)
    elf[header_at:header_at + HEADER_LEN] = code[:HEADER_LEN]
    with open(out, "wb") as file:
        file.write(elf + code)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
