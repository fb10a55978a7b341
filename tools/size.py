#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make size: what Undine weighs, room by room, and whether that is within budget.

Reads build/undine.0, build/loader.elf, the linker's map and the resident
segment.  Exits with 1 when a budget is exceeded.
"""
import collections
import os
import re
import sys

import streams
from pack import NBP_MAX, Elf, compress, image_of, relocations, sites_of, symbol_table, text_of

KIB = 1024
SEGMENT_MAX = 64 * KIB
LOW_MAX = 96 * KIB

# How NBP_MAX is planned to be spent, in packed KiB, and whose weight counts for it: rooms and libraries by their
# whole names.  What no row names counts for the first; doors, proof and desk make its rooms grow.
SHARES = (
    ("today's loader", 126, None),
    ("doors and proof", 12, None),
    ("desk", 8, None),
    ("scripts and menus", 40, r"services/(menu|graphics)|libpng"),
    ("fetching", 24, r"services/(ftp|nfs|data)"),
    ("pxelinux", 18, r"services/pxelinux"),
    ("modules", 20, r"services/modules|sdk/.*"),
    ("native drivers", 14, r"drivers/(?!undi$).*"),
    ("TLS", 110, r"services/(tls|trust|verify)|Mbed TLS"),
)
LIBRARIES = {"libc.a": "picolibc", "libz.a": "zlib", "libmbedtls.a": "Mbed TLS", "libpng.a": "libpng",
             "libgcc.a": "libgcc"}


def abi():
    return {m[1]: int(m[2], 0) for m in re.finditer(r"^#define (\w+) (\w+)", open("build/gen/abi16.h").read(), re.M)
            if re.fullmatch(r"0x[0-9a-fA-F]+|\d+", m[2])}


def room_of(path):
    """The folder that an object's source lies in, or the library that it comes from."""
    found = re.match(r"build/obj/(.*)/[^/]+\.o$", path)
    if found:
        return found[1]
    library = re.search(r"([^/]+\.a)\(", path)
    return LIBRARIES.get(library[1], library[1]) if library else "main.c"


def pieces(path):
    """(section, address, length, room) of what was linked, from the linker's map."""
    text = open(path).read()
    text = text[text.index("Linker script and memory map"):]
    section = None
    for line in re.sub(r"^( \.\S+)\n +0x", r"\1 0x", text, flags=re.M).splitlines():
        m = re.match(r"^(\.\w+)\s+0x", line)
        if m:
            section = m[1]
        m = re.match(r"^ (\S+)\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+) (\S+)$", line)
        if m and section in (".text", ".rodata", ".data", ".bss"):
            yield section, int(m[2], 16), int(m[3], 16), room_of(m[4])


class Weights:
    """Bytes by room: code and data, zeroed memory, and what that adds to undine.0.

    All is packed in one piece, so a room's part of it is an estimate: each is packed alone, and the sum is
    brought down to what the whole takes.
    """

    def __init__(self, payload_len):
        elf = Elf("build/loader.elf")
        base, image = image_of(elf)
        content = collections.defaultdict(bytearray)
        self.plain, self.zeroed = collections.Counter(), collections.Counter()
        for section, address, length, room in pieces("build/undine.map"):
            if section == ".bss":
                self.zeroed[room] += length
            else:
                content[room] += image[address - base:address - base + length]
                self.plain[room] += length
        content["names of functions"] = symbol_table(elf, base)
        sites = sites_of(elf, base)
        content["relocations"] = relocations(sites - streams.split(text_of(elf, image), sites, base)[1])
        alone = {room: len(compress(bytes(data))) for room, data in content.items()}
        self.packed = {room: n * payload_len / sum(alone.values()) for room, n in alone.items()}


def print_shares(packed, other):
    """Beside what was planned: the packed rooms, and OTHER bytes of start-up code."""
    now = collections.Counter({SHARES[0][0]: other})
    for room, n in packed.items():
        share = next((name for name, _, rooms in SHARES if rooms and re.fullmatch(rooms, room)), SHARES[0][0])
        now[share] += n
    print(f"\n{'share of undine.0':22s} {'planned KiB':>12s} {'KiB now':>8s}")
    for name, planned, rooms in SHARES:
        shown = f"{now[name] / KIB:8.1f}" if rooms or name == SHARES[0][0] else "   above"
        print(f"{name:22s} {planned:12d} {shown}")
    print(f"{'all':22s} {sum(planned for _, planned, _ in SHARES):12d} {sum(now.values()) / KIB:8.1f}")


def main():
    a = abi()
    nbp, start, code16 = map(os.path.getsize, ("build/undine.0", "build/start.bin", "build/boot16/resident.bin"))
    weights = Weights(nbp - start)
    rows = [("undine.0 on the wire", nbp, NBP_MAX),
            ("  of it start-up code and unpacker", start - a["OPTIONS_LEN"], None),
            ("  of it room for settings", a["OPTIONS_LEN"], None),
            ("resident 16-bit segment", a["R_LEN"], SEGMENT_MAX), ("  of it code", code16, a["R_DATA"]),
            ("low memory taken while running", a["R_LEN"], LOW_MAX),
            ("loader in memory: code, data", weights.plain.total(), None),
            ("loader in memory: zeroed", weights.zeroed.total(), None)]
    for name, size, limit in rows:
        verdict = f" of {limit:7d}  {'OVER BUDGET' if size > limit else 'ok'}" if limit else ""
        print(f"{name:38s} {size:8d} bytes{verdict}")
    print_shares(weights.packed, start)
    print(f"\n{'room':22s} {'packed KiB':>12s} {'code+data':>10s} {'zeroed':>10s}")
    for room, n in sorted(weights.packed.items(), key=lambda item: -item[1]):
        print(f"{room:22s} {n / KIB:12.1f} {weights.plain[room]:10d} {weights.zeroed[room]:10d}")
    return any(limit and size > limit for _, size, limit in rows)


if __name__ == "__main__":
    sys.exit(main())
