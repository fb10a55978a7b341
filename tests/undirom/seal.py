#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""seal.py ASSEMBLED ROM - fill in what a ROM says about its own bytes: its
lengths, and the sums of the UNDI ROM ID, of the PnP header and of the whole."""
import struct
import sys

BLOCK = 512
SUM_AT = 6


def seal(image, cut=False):
    rom = bytearray(image)
    rom += bytes(-(len(rom) + (8 if cut else 0)) % BLOCK)
    if cut:
        rom[0x16:0x18] = struct.pack("<H", len(rom))
        rom += b"UNDI\x16\0\0\0"
    rom_id, pcir, pnp = struct.unpack_from("<3H", rom, 0x16)
    rom[2] = len(rom) // BLOCK
    struct.pack_into("<H", rom, pcir + 0x10, len(rom) // BLOCK)
    assert rom[pcir:pcir + 4] == b"PCIR" and rom[pnp:pnp + 4] == b"$PnP"
    rom[pnp + 9] = -sum(rom[pnp:pnp + 32]) & 0xff
    if rom[rom_id:rom_id + 4] == b"UNDI":
        rom[rom_id + 5] = -sum(rom[rom_id:rom_id + rom[rom_id + 4]]) & 0xff
    rom[SUM_AT] = -sum(rom) & 0xff
    return bytes(rom)


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        assembled = file.read()
    with open(sys.argv[2], "wb") as file:
        file.write(seal(assembled, cut=assembled[0x16:0x18] == b"\xff\xff"))
