# SPDX-License-Identifier: BSD-2-Clause
"""Takes the loader's text apart for the packer: kernel/start/streams.h puts it together again.

What stands in one place of an instruction resembles what stands in that place of others, so each kind of field gets a
stream of its own, in which LZMA finds more.  Wherever bytes that are no instructions are read as such, only length is
lost: the way back reads them alike.
"""
import struct

# the streams, as in kernel/start/streams.h: words of 32 bit, big-endian, then bytes
DISP32, IMM32, JUMP32, CALL, CODE, DISP8_FRAME, DISP8, IMM8, JUMP8 = range(9)
STREAMS = 9
WORDS = 4
# what an opcode is followed by: a form
F_IMM8, F_JUMP8, F_IMM, F_ADDRESS, F_CALL, F_JUMP32, F_TEST8, F_TEST = range(1, 9)
F_MODRM, F_PREFIX = 0x10, 0x20
FORMS = 512
PREFIXES = 4                # of more than these the last is an opcode
MARGIN = 16                 # no instruction is longer; what is left at the end is copied


def forms():
    """What follows each one-byte opcode, and behind them each that follows 0Fh (Intel SDM volume 2, appendix A)."""
    form = bytearray(FORMS)

    def mark(what, *opcodes):
        for opcode in opcodes:
            form[opcode] = what

    for first in range(0, 0x40, 8):
        mark(F_MODRM, *range(first, first + 4))
        mark(F_IMM8, first + 4)
        mark(F_IMM, first + 5)
    mark(F_MODRM, 0x62, 0x63, *range(0x84, 0x90), 0xc4, 0xc5, *range(0xd0, 0xd4), *range(0xd8, 0xe0), 0xfe, 0xff)
    mark(F_MODRM | F_IMM8, 0x6b, 0x80, 0x82, 0x83, 0xc0, 0xc1, 0xc6)
    mark(F_MODRM | F_IMM, 0x69, 0x81, 0xc7)
    mark(F_MODRM | F_TEST8, 0xf6)
    mark(F_MODRM | F_TEST, 0xf7)
    mark(F_IMM8, 0x6a, 0xa8, *range(0xb0, 0xb8), 0xcd, 0xd4, 0xd5, *range(0xe4, 0xe8))
    mark(F_JUMP8, *range(0x70, 0x80), *range(0xe0, 0xe4), 0xeb)
    mark(F_IMM, 0x68, 0xa9, *range(0xb8, 0xc0))
    mark(F_ADDRESS, *range(0xa0, 0xa4))
    mark(F_CALL, 0xe8)
    mark(F_JUMP32, 0xe9)
    mark(F_PREFIX, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0xf0, 0xf2, 0xf3)
    mark(F_MODRM, *range(0x100, FORMS))
    mark(0, *range(0x105, 0x10c), *range(0x130, 0x136), 0x177, *range(0x1a0, 0x1a3), *range(0x1a8, 0x1ab),
         *range(0x1c8, 0x1d0))
    mark(F_JUMP32, *range(0x180, 0x190))
    mark(F_MODRM | F_IMM8, *range(0x170, 0x174), 0x1a4, 0x1ac, 0x1ba, 0x1c2, *range(0x1c4, 0x1c7))
    return bytes(form)


class Splitter:
    def __init__(self, text, sites, base):
        self.text, self.sites, self.base, self.form, self.at = text, sites, base, forms(), 0
        self.stream = [bytearray() for _ in range(STREAMS)]
        self.found = set()      # sites that the way back finds by itself
        self.marked = set()     # the words that they are, for when the mark is known
        self.mark = 0

    def byte(self, stream):
        value = self.text[self.at]
        self.stream[stream].append(value)
        self.at += 1
        return value

    def word(self, stream):
        value, = struct.unpack_from("<I", self.text, self.at)
        if self.at in self.sites and stream in (DISP32, IMM32) and 0 <= value - self.base < 1 << 24:
            self.found.add(self.at)
            self.marked.add((stream, len(self.stream[stream])))
            value -= self.base
        self.at += 4
        if stream == CALL:      # from anywhere to one place is one value
            value = value + self.at & 0xffffffff
        self.stream[stream] += struct.pack(">I", value)

    def instruction(self):
        operand16 = False
        for _ in range(PREFIXES):
            if not self.form[self.text[self.at]] & F_PREFIX:
                break
            operand16 |= self.byte(CODE) == 0x66
        opcode = self.byte(CODE)
        form = self.form[0x100 | self.byte(CODE) if opcode == 0x0f else opcode]
        kind = form & 15
        if form & F_MODRM:
            modrm = self.byte(CODE)
            mod, reg, rm = modrm >> 6, modrm >> 3 & 7, modrm & 7
            foot = rm
            if mod != 3 and rm == 4:
                foot = self.byte(CODE) & 7      # the base in the SIB byte
            if mod == 1:
                self.byte(DISP8_FRAME if rm == 5 else DISP8)
            elif mod == 2 or mod == 0 and foot == 5:
                self.word(DISP32)
            if kind in (F_TEST8, F_TEST):
                kind = 0 if reg > 1 else F_IMM8 if kind == F_TEST8 else F_IMM
        if kind == F_IMM8:
            self.byte(IMM8)
        elif kind == F_JUMP8:
            self.byte(JUMP8)
        elif kind == F_IMM and operand16:
            self.byte(CODE)
            self.byte(CODE)
        elif kind in (F_IMM, F_ADDRESS):
            self.word(IMM32)
        elif kind == F_CALL:
            self.word(CALL)
        elif kind == F_JUMP32:
            self.word(JUMP32)

    def run(self):
        while self.at + MARGIN <= len(self.text):
            self.instruction()
        self.stream[CODE] += self.text[self.at:]
        words = {(s, i) for s in (DISP32, IMM32) for i in range(0, len(self.stream[s]), 4)}
        used = {self.stream[s][i] for s, i in words - self.marked}
        self.mark = next(byte for byte in range(0x80, 0x100) if byte not in used)
        for s, i in self.marked:
            self.stream[s][i] = self.mark


def split(text, sites, base):
    """(the bytes to pack in place of TEXT, those of SITES - offsets of absolute addresses - that the way back finds)"""
    splitter = Splitter(text, sites, base)
    splitter.run()
    head = struct.pack(f"<{STREAMS + 2}I", len(text), splitter.mark, *map(len, splitter.stream)) + splitter.form
    return head + b"".join(splitter.stream), splitter.found
