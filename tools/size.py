#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make size: what Undine weighs, by part, and whether that is within budget.

Reads build/undine.0, build/loader.elf, the linker's map and the resident
segment.  Exits with 1 when a budget is exceeded.
"""
import re
import subprocess
import sys
from collections import defaultdict

KIB = 1024
NBP_MAX = 384 * KIB
SEGMENT_MAX = 64 * KIB
LOW_MAX = 96 * KIB


def abi():
    return {m[1]: int(m[2], 0) for m in re.finditer(r"^#define (\w+) (\w+)", open("build/gen/abi16.h").read(), re.M)
            if re.fullmatch(r"0x[0-9a-fA-F]+|\d+", m[2])}


def shares(path):
    """Bytes in the linked image by part, from the linker's map."""
    part_of = [(r"build/obj/services/([^/]+)/", r"services/\1"), (r"build/obj/(net|kernel|drivers)/", r"\1"),
               (r"build/obj/main\.o", "main"), (r"libc\.a", "picolibc"), (r"libz\.a", "zlib"),
               (r"libmbedtls\.a", "Mbed TLS"), (r"libgcc\.a", "libgcc")]
    sums = defaultdict(lambda: [0, 0])
    text = open(path).read()
    text = text[text.index("Linker script and memory map"):]
    section = None
    for line in re.sub(r"^( \.\S+)\n +0x", r"\1 0x", text, flags=re.M).splitlines():
        m = re.match(r"^(\.\w+)\s+0x", line)
        if m:
            section = m[1]
        m = re.match(r"^ (\S+)\s+0x[0-9a-f]+\s+(0x[0-9a-f]+) (\S+)$", line)
        if not m or section not in (".text", ".rodata", ".data", ".bss"):
            continue
        for pattern, name in part_of:
            found = re.search(pattern, m[3])
            if found:
                sums[found.expand(name)][section == ".bss"] += int(m[2], 16)
                break
        else:
            sums["other"][section == ".bss"] += int(m[2], 16)
    return sums


def main():
    a = abi()
    nbp = len(open("build/undine.0", "rb").read())
    start = len(open("build/start.bin", "rb").read())
    code16 = len(open("build/boot16/resident.bin", "rb").read())
    out = subprocess.run(["size", "-A", "build/loader.elf"], capture_output=True, text=True, check=True).stdout
    sections = {f[0]: int(f[1]) for f in (l.split() for l in out.splitlines()) if len(f) == 3 and f[1].isdigit()}
    rows = [("undine.0 on the wire", nbp, NBP_MAX), ("  of it start-up code and unpacker", start, None),
            ("resident 16-bit segment", a["R_LEN"], SEGMENT_MAX), ("  of it code", code16, a["R_DATA"]),
            ("low memory taken while running", a["R_LEN"], LOW_MAX)]
    over = False
    for name, size, limit in rows:
        verdict = ""
        if limit:
            bad = size > limit
            over |= bad
            verdict = f"of {limit:7d}  {'OVER BUDGET' if bad else 'ok'}"
        print(f"{name:38s} {size:8d} bytes {verdict}")
    print(f"\nloader in memory: {sum(sections.get(s, 0) for s in ('.text', '.rodata', '.data', '.bss'))} bytes "
          f"(code {sections['.text']}, constants {sections['.rodata']}, data {sections['.data']}, zeroed {sections['.bss']})")
    print(f"\n{'part':22s} {'code+data':>10s} {'zeroed':>10s}")
    for name, (data, bss) in sorted(shares("build/undine.map").items(), key=lambda kv: -kv[1][0]):
        print(f"{name:22s} {data:10d} {bss:10d}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
