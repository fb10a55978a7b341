# SPDX-License-Identifier: BSD-2-Clause
"""The machines of the lab: PCs whose ROM starts Undine from the site's servers."""
import os
import re
import time

import machine
import power_on
from network import TAP

PROMPT = r"^\r*undine> (?!\S)"        # a line under way that is drawn anew is none
# what stands below a running command while a try is to come
NOTE = re.compile(r"\(try \d+ in [\d:]+; failing for [\d:]+\)\r?")
START = 45      # seconds from power-on to Undine's prompt, on a busy machine


def roomy_stacks(shown):
    """The names of the tasks that `tasks` has shown: each has a quarter of its stack left at the least."""
    tasks = {m[1]: (int(m[2]), int(m[3])) for m in re.finditer(r"^ +(\w+) +\w+ +(\d+)/ *(\d+) ", shown, re.M)}
    for name, (used, size) in tasks.items():
        assert 0 < used < size * 3 / 4, (name, used, size)
    return tasks


class Console:
    """What is done at Undine's prompt over a machine's serial line."""

    @property
    def ended(self):
        return self.process.poll() is not None

    def expect(self, pattern, within=30):
        return self.serial.expect(pattern, within)

    def prompt(self, within=START):
        """Wait for the prompt."""
        return self.expect(PROMPT, within)

    def run(self, line, within=30):
        """Run a command at the prompt and wait for the next prompt; what was
        printed in between."""
        self.serial.send(line + "\r")
        start = self.serial.seen
        self.expect("\n", within)       # what was typed may have been drawn more than once before
        match = self.prompt(within)
        shown = NOTE.sub("", self.serial.text[start:match.start()]).replace("\r", "")
        # The first line is the echo of what was typed.
        return shown.partition("\n")[2]

    def interrupt(self):
        """Ctrl-C: back to the prompt from anything."""
        self.serial.send("\x03")
        self.prompt()
        self.serial.send("echo Back again\r")
        self.expect("^Back again$")
        self.prompt()

    def _ends(self, how, line, within):
        """Run a command that must end like that, whatever else is logged
        meanwhile; what was printed."""
        self.serial.send(f"{line} && echo It worked || echo It failed\r")
        start = self.serial.seen
        match = self.expect(r"^\r*It (worked|failed)$", within)
        shown = NOTE.sub("", self.serial.text[start:match.end()]).replace("\r", "")
        self.prompt(within)
        assert match[1] == how, f"{line}:\n{shown}"
        return shown.partition("\n")[2]

    def succeeds(self, line, within=30):
        """Run a command that must succeed; what it printed."""
        return self._ends("worked", line, within)

    def fails(self, line, within=30):
        """Run a command that must fail; what it printed."""
        return self._ends("failed", line, within)

    def refuses(self, *patterns, line="boot"):
        """LINE must fail with a message that has all PATTERNS; the images are
        as before, and no memory is lost with each time that it fails."""
        images = self.images()
        shown = self.fails(line)
        for _ in range(5):      # a heap may grow meanwhile, once
            before = self.memory()
            self.fails(line)
            if self.memory() >= before:
                break
        else:
            assert False, "each time that it fails takes memory"
        assert self.images() == images
        for pattern in patterns:
            assert re.search(pattern, shown), shown
        return shown

    def images(self):
        """imgstat's rows, whatever is logged meanwhile."""
        rows = [line for line in self.run("imgstat").split("\n") if line.startswith("  ")]
        assert rows
        return rows

    def memory(self):
        """How many bytes are free for images and heaps."""
        pieces = re.findall(r"^ +([0-9a-f]{8})-([0-9a-f]{8}) ",
                            self.run("memmap"), re.M)
        assert pieces
        return sum(int(high, 16) + 1 - int(low, 16) for low, high in pieces)

    def fetch(self, url, within=60, name=None):
        """Fetch an image; its SHA-256 as Undine sees it."""
        name = name or url.rpartition("/")[2]
        self.succeeds(f"imgfetch --name {name} {url}", within)
        return self.sha256(name)

    def sha256(self, name):
        shown = self.succeeds(f"sha256sum {name}")
        match = re.search(rf"^([0-9a-f]{{64}})\s+{re.escape(name)}$", shown,
                          re.M)
        assert match, shown
        return match[1]


class Guest(Console, machine.Machine):
    """QEMU's."""

    def __init__(self, folder, nic="e1000", memory=256, netdev=None,
                 extra=(), whole_frames=False, stock=False):
        self.pcap = os.path.join(folder, "traffic.pcap")
        # Without virtio's own header, which would be in the pcap.
        netdev = netdev or \
            f"tap,ifname={TAP},script=no,downscript=no,vnet_hdr=off"
        command = machine.base_command(memory, nic, netdev)
        command += ["-object", f"filter-dump,id=f0,netdev=n0,file={self.pcap},"
                    "maxlen=" + ("65536" if whole_frames or
                                 os.environ.get("LAB_PCAP") else "600"),
                    *extra]
        # What is of the usual kind need not be powered on each time, unless
        # that is what a test is about.
        saved = not (stock or extra) and \
            (nic, str(memory)) == (power_on.NIC, str(power_on.MEMORY))
        if saved:
            command += ["-incoming", f"exec:cat {power_on.state()}"]
        super().__init__(folder, command)
        self._folder = folder
        if saved:
            power_on.go_on(self)

    def screen(self):
        """The VGA text screen's 25 lines."""
        cells = self.cells()
        return [cells[i:i + 80].rstrip() for i in range(0, len(cells), 80)]

    def shown(self, *patterns, within=30):
        """The screen's lines, once each of the patterns is in one of them."""
        end = time.monotonic() + within
        while True:
            lines = self.screen()
            if all(any(re.search(p, line) for line in lines) for p in patterns):
                return lines
            assert time.monotonic() < end, lines
            time.sleep(0.05)

    def link(self, up):
        """Pull the cable, or put it back."""
        self.qmp.call("set_link", name="n0", up=up)

    def quit(self):
        super().quit()
        with open(os.path.join(self._folder, "serial.txt"), "wb") as file:
            file.write(self.serial.raw)
