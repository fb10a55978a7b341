# SPDX-License-Identifier: BSD-2-Clause
"""What the test kernels mb2dump and mb1dump say they were given, read from the
serial line."""
import os
import re
import zlib

from network import BUILD


def kernel(name, word="mb2"):
    return os.path.join(BUILD, "kernels", f"{word}dump-{name}")


def crc32(data):
    return f"{zlib.crc32(data):08x}"


class Dump:
    """The lines of a dump; line("cmdline") is {"cmdline": ...} of the first
    line that has that key or begins with that word."""

    def __init__(self, text, word="mb2"):
        self.lines = []
        for line in text.splitlines():
            if not line.startswith(f"{word}: "):
                continue
            body = line[5:]
            fields = {key: value.strip('"') for key, value in
                      re.findall(r'(\w+)=("[^"]*"|\S+)', body)}
            fields[""] = body.split(" ")[0].partition("=")[0]
            self.lines.append(fields)

    def all(self, word):
        return [fields for fields in self.lines if fields[""] == word]

    def line(self, word):
        found = self.all(word)
        assert found, f"no '{word}' in the dump"
        return found[0]

    def tags(self):
        return [int(tag["type"]) for tag in self.all("tag")]

    def regions(self):
        """The memory map: [(first, behind the last, type)]."""
        return [(int(m["base"], 16), int(m["base"], 16) + int(m["len"], 16),
                 int(m["type"])) for m in self.all("mmap") if "base" in m]


def read(vm, within=60, word="mb2"):
    """Wait for a whole dump."""
    vm.expect(f"^{word}: begin", within)
    start = vm.serial.seen
    status = vm.expect(rf"^{word}: end status=(\S+)\n", 30)[1]
    dump = Dump(vm.serial.text[start:].replace("\r", ""), word)
    assert status == "ok", f"{word}dump says: {status}"
    return dump


class Screen:
    """What the machine's monitor shows at this moment."""

    def __init__(self, vm):
        path = os.path.join(os.path.dirname(vm.pcap), "screen.ppm")
        vm.qmp.call("screendump", filename=path, format="ppm")
        with open(path, "rb") as file:
            width, height, self._data = re.match(rb"P6\s(\d+) (\d+)\s255\s(.*)", file.read(), re.S).groups()
        self.size = int(width), int(height)

    def rows(self, first, end):
        """The pixels of those lines."""
        return self._data[first * self.size[0] * 3:end * self.size[0] * 3]

    def pixel(self, x, y):
        """Its colour, (red, green, blue); None: it is outside."""
        at = (y * self.size[0] + x) * 3
        return tuple(self._data[at:at + 3]) if x < self.size[0] and y < self.size[1] else None


def check_entry(dump, magic):
    assert dump.line("magic")["magic"] == magic
    flags = dump.line("flags")
    assert (flags["if"], flags["pe"], flags["pg"]) == ("0", "1", "0")
    assert dump.line("a20")["a20"] == "1"
    assert dump.line("self")["bss_zero"] == "1"
    assert not [line for line in dump.lines if "overlap" in line]


def check_modules(dump, expected):
    """EXPECTED: [(command line, content)]."""
    modules = dump.all("module")
    assert [(m["cmdline"], int(m["size"]), m["crc32"]) for m in modules] == \
        [(cmdline, len(data), crc32(data)) for cmdline, data in expected]
    assert {m["aligned"] for m in modules} <= {"1"}
    # Modules overlap neither each other nor memory that is not there.
    spans = sorted((int(m["start"], 16), int(m["end"], 16)) for m in modules)
    for (_, end), (start, _) in zip(spans, spans[1:]):
        assert end <= start
    usable = [(low, high) for low, high, kind in dump.regions() if kind == 1]
    for start, end in spans:
        assert any(low <= start and end <= high for low, high in usable) or \
            start == end
