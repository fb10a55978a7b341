#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""freebsdelf.py IN OUT: an ELF kernel linked where it runs becomes one that is
linked high, as FreeBSD's kernels are, and marked as FreeBSD's."""
import struct
import sys


def main():
    with open(sys.argv[1], "rb") as file:
        data = bytearray(file.read())
    data[7] = 9
    wide = data[4] == 2
    word, high = ("<Q", 0xffffffff80000000) if wide else ("<I", 0xc0000000)
    phoff = struct.unpack_from(word, data, 32 if wide else 28)[0]
    size, count = struct.unpack_from("<HH", data, 54 if wide else 42)
    for at in [24] + [phoff + size * i + (16 if wide else 8)
                      for i in range(count)]:
        struct.pack_into(word, data, at,
                         struct.unpack_from(word, data, at)[0] + high)
    with open(sys.argv[2], "wb") as file:
        file.write(data)


main()
