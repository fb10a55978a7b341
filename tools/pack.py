#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""pack.py LOADER.ELF START.BIN UNDINE.0 [padded] - packs the loader behind its start-up code.

The loader is linked at a fixed address with its relocations kept (ld -q).
This writes text in streams, the rest of the image, symbol table and relocation
list, packed by LZMA, in the form that kernel/start/start.h describes.  With "padded", noise makes the file as
long as it may be, for tests; it is under the same checksum.
"""
import lzma
import random
import struct
import sys
import zlib

import streams

NBP_MAX = 384 << 10     # kernel/start/start.ld has its memory behind that
LC, LP, PB, DICTIONARY = 2, 0, 2, 1 << 20
SHF_ALLOC, SHT_REL, SHT_NOBITS, SHT_SYMTAB = 2, 9, 8, 2
R_386_32, R_386_PC32, R_386_PLT32 = 1, 2, 4
STT_FUNC = 2


class Elf:
    def __init__(self, path):
        self.b = open(path, "rb").read()
        (self.entry, _, shoff) = struct.unpack_from("<III", self.b, 24)
        shentsize, shnum, shstrndx = struct.unpack_from("<HHH", self.b, 46)
        names = ("name", "type", "flags", "addr", "offset", "size", "link", "info", "align", "entsize")
        self.sections = [dict(zip(names, struct.unpack_from("<10I", self.b, shoff + i * shentsize)))
                         for i in range(shnum)]
        strtab = self.sections[shstrndx]
        for s in self.sections:
            s["title"] = self.string(strtab, s["name"])

    def string(self, table, off):
        start = table["offset"] + off
        return self.b[start:self.b.index(b"\0", start)].decode()

    def symbols(self):
        tab = next(s for s in self.sections if s["type"] == SHT_SYMTAB)
        strings = self.sections[tab["link"]]
        for i in range(tab["size"] // 16):
            name, value, size, info, _, shndx = struct.unpack_from("<IIIBBH", self.b, tab["offset"] + 16 * i)
            yield i, self.string(strings, name), value, size, info & 15, shndx


def image_of(elf):
    alloc = [s for s in elf.sections if s["flags"] & SHF_ALLOC and s["size"]]
    base = min(s["addr"] for s in alloc)
    end = max(s["addr"] + s["size"] for s in alloc)
    image = bytearray(end - base)
    for s in alloc:
        if s["type"] != SHT_NOBITS:
            image[s["addr"] - base:s["addr"] - base + s["size"]] = elf.b[s["offset"]:s["offset"] + s["size"]]
    return base, image


def text_of(elf, image):
    """It comes first in the image."""
    return bytes(image[:next(s["size"] for s in elf.sections if s["title"] == ".text")])


def sites_of(elf, base):
    """Offsets of absolute addresses in the image."""
    undefined = {i for i, _, _, _, _, shndx in elf.symbols() if i and shndx == 0}
    sites = set()
    for s in elf.sections:
        if s["type"] != SHT_REL or not elf.sections[s["info"]]["flags"] & SHF_ALLOC:
            continue
        for i in range(s["size"] // 8):
            site, info = struct.unpack_from("<II", elf.b, s["offset"] + 8 * i)
            kind, symbol = info & 255, info >> 8
            if kind == R_386_32:
                if symbol not in undefined:     # a weak symbol that nobody defines stays 0
                    sites.add(site - base)
            elif kind not in (0, R_386_PC32, R_386_PLT32):
                sys.exit(f"pack: relocation type {kind} in {s['title']} cannot be moved")
    return sites


def relocations(sites):
    out, at = bytearray(), 0
    for site in sorted(sites):
        step = site - at
        out += bytes([step]) if 0 < step < 256 else b"\0" + struct.pack("<I", step)
        at = site
    return bytes(out)


def symbol_table(elf, base):
    """Functions by rising address: u32 count; the distances from the ones before, by low, middle and high byte; names
    with NUL."""
    funcs = sorted({(v - base, n) for _, n, v, _, kind, shndx in elf.symbols() if kind == STT_FUNC and shndx})
    steps = [value - before for (value, _), (before, _) in zip(funcs, [(0, "")] + funcs)]
    return struct.pack("<I", len(funcs)) + bytes(step >> shift & 255 for shift in (0, 8, 16) for step in steps) + \
        b"".join(name.encode() + b"\0" for _, name in funcs)


def compress(plain):
    return lzma.compress(plain, lzma.FORMAT_RAW, filters=[
        {"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "nice_len": 273,
         "lc": LC, "lp": LP, "pb": PB, "dict_size": DICTIONARY}])


def pack(elf_path, start_path, out_path, padded=False):
    elf = Elf(elf_path)
    base, image = image_of(elf)
    image += bytes(-len(image) % 16)
    text, sites, syms = text_of(elf, image), sites_of(elf, base), symbol_table(elf, base)
    split, found = streams.split(text, sites, base)
    relocs = relocations(sites - found)
    stored = image.rstrip(b"\0")
    data = compress(split + stored[len(text):] + syms + relocs)
    start = open(start_path, "rb").read()
    numbers = struct.pack("<BI3x10I", (PB * 5 + LP) * 9 + LC, DICTIONARY, zlib.crc32(stored + syms + relocs),
                          len(split), len(text), len(found), len(stored), len(image), len(syms), len(relocs), base,
                          elf.entry - base)
    if padded:
        data += random.Random(1).randbytes(max(0, NBP_MAX - len(start) - 8 - len(numbers) - len(data)))
    checked = struct.pack("<I", len(data)) + numbers + data
    nbp = start + struct.pack("<I", zlib.crc32(checked)) + checked
    if len(nbp) > NBP_MAX:
        sys.exit(f"pack: {len(nbp)} bytes are more than {NBP_MAX}")
    with open(out_path, "wb") as f:
        f.write(nbp)


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[4:] not in ([], ["padded"]):
        sys.exit(__doc__)
    pack(*sys.argv[1:4], padded=len(sys.argv) > 4)
