# SPDX-License-Identifier: BSD-2-Clause
"""What the test kernel mb2dump says it was given, read from the serial line."""
import os
import re
import zlib

from network import BUILD


def kernel(name):
    return os.path.join(BUILD, "kernels", f"mb2dump-{name}")


def crc32(data):
    return f"{zlib.crc32(data):08x}"


class Dump:
    """The lines of a dump; line("cmdline") is {"cmdline": ...} of the first
    line that has that key or begins with that word."""

    def __init__(self, text):
        self.lines = []
        for line in text.splitlines():
            if not line.startswith("mb2: "):
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


def read(vm, within=60):
    """Wait for a whole dump."""
    vm.expect(r"^mb2: begin", within)
    start = len(vm.serial.text) - len(vm.serial.unseen)
    status = vm.expect(r"^mb2: end status=(\S+)\n", 30)[1]
    dump = Dump(vm.serial.text[start:].replace("\r", ""))
    assert status == "ok", f"mb2dump says: {status}"
    return dump
