# SPDX-License-Identifier: BSD-2-Clause
"""run counts [--nic NIC] [--size MIB] - where a received frame's instructions go:
TCG's execution counts, by whose code it is, for the raw loop (raw.asm) and for a
download by the ROM (driver=undi), and the functions of ours that have the most.

The processor's seconds a frame stand beside them, without the plugin.  docs/speed.md
has the figures.  Called by `run`, in its namespaces.
"""
import argparse
import bisect
import collections
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab"), os.path.join(TOP, "tools")]

import machine                          # noqa: E402
import network                          # noqa: E402
from bench import content, counters     # noqa: E402
from contenders import with_driver      # noqa: E402
from feeder import Feeder               # noqa: E402
from network import BUILD, SERVER, TAP, Site  # noqa: E402
from vcpu import Vcpu                   # noqa: E402

FOLDER = os.path.join(BUILD, "bench", "counts")
PLUGIN = os.path.join(FOLDER, "counts.so")
START = 120             # seconds from power-on to the prompt
RAW_SECONDS = 3
WINDOW = 128            # frames on their way to raw.asm
RAW_CODE = range(0x7c00, 0x8000)
BIOS = range(0xe0000, 0x100000)


class Counter:
    """What the plugin has counted: {address: instructions}."""

    def __init__(self, folder):
        self._ask, self._into = os.path.join(folder, "ask"), os.path.join(folder, "into")
        os.mkfifo(self._ask)
        self._answers = 0
        self.options = ["-plugin", f"file={PLUGIN},ask={self._ask},into={self._into}"]

    def read(self):
        self._answers += 1
        with open(self._ask, "w") as pipe:
            pipe.write("?\n")
        while True:
            with open(self._into) as file:
                text = file.read()
            if text.count("end\n") >= self._answers:
                break
            time.sleep(0.05)
        lines = text.split("end\n")[self._answers - 1].splitlines()
        return {int(at, 16): int(count, 16) for at, count in (line.split() for line in lines)}


def command(args, counter):
    return machine.base_command(512, args.nic, f"tap,ifname={TAP},script=no,downscript=no") + (
        counter.options if counter else [])


def raw(args, folder, site, counter):
    """(frames, processor's seconds, counts before, counts after) and who is where."""
    os.remove(os.path.join(site.tftp, "undine.0"))
    os.symlink(os.path.join(BUILD, "bench", "raw-wide.0"), os.path.join(site.tftp, "undine.0"))
    site.start()
    feeder = None
    vm = machine.Machine(folder, command(args, counter), lambda data: feeder and feeder.heard(data))
    try:
        vm.serial.expect("^raw: open", START)
        vcpu = Vcpu(vm)
        feeder = Feeder(WINDOW)
        feeder.feed(0.5)
        before, ran, taken = counter and counter.read(), vcpu.seconds(), feeder.taken
        feeder.feed(RAW_SECONDS)
        ran, taken = vcpu.seconds() - ran, feeder.taken - taken
        after = counter and counter.read()
        feeder.stop()
    finally:
        vm.quit()
    return taken, ran, before, after, [(RAW_CODE, "the loop or we, 16-bit")]


def undine(args, folder, site, counter):
    site.link("file", content(args.size))
    with_driver("undi", os.path.join(BUILD, "undine.0"), os.path.join(site.tftp, "undine.0"))
    site.start("#!ipxe\nshell\n")
    vm = machine.Machine(folder, command(args, counter))
    try:
        loader = int(vm.serial.expect(r"loader at (\w+),", START)[1], 16)
        segment = int(vm.serial.expect(r"16-bit segment at (\w+)\n", 5)[1], 16)
        vm.serial.expect(r"^\r*undine> ", START)
        vcpu = Vcpu(vm)
        before, ran, frames = counter and counter.read(), vcpu.seconds(), counters()["frames"]
        vm.serial.send(f"imgfetch http://{SERVER}/file\r")
        vm.serial.expect("http: file .* from ", 600)
        ran, frames = vcpu.seconds() - ran, counters()["frames"] - frames
        after = counter and counter.read()
    finally:
        vm.quit()
    image = range(loader, loader + (2 << 20))
    return frames, ran, before, after, [
        (range(segment, segment + 0x1000), "the loop or we, 16-bit"), (image, "we, 32-bit")]


def whose(at, places):
    for place, name in places + [(BIOS, "the BIOS")]:
        if at in place:
            return name
    return "the ROM, 16-bit" if at < 1 << 20 else "the ROM, 32-bit"


def functions(loader):
    """([address], [name]) of the loader's functions, where it lies."""
    shown = subprocess.run(["nm", "-n", os.path.join(BUILD, "loader.elf")], check=True, capture_output=True,
                           text=True).stdout
    rows = re.findall(r"^([0-9a-f]{8}) [tT] (\w+)$", shown, re.M)
    return [int(at, 16) - 0x400000 + loader for at, _ in rows], [name for _, name in rows]


def measure(args, how):
    """One row for each of whose code it is: instructions a frame; and us of the processor, without the plugin."""
    result = {}
    for counted in (False, True):
        folder = os.path.join(FOLDER, f"{how.__name__}-{'counted' if counted else 'plain'}")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        site = Site(folder)
        try:
            counter = Counter(folder) if counted else None
            frames, ran, before, after, places = how(args, folder, site, counter)
        finally:
            site.stop()
        if not counted:
            result["us"] = ran / frames * 1e6
    spent = {at: count - before.get(at, 0) for at, count in after.items()}
    rows = collections.Counter()
    for at, count in spent.items():
        rows[whose(at, places)] += count / frames
    result["rows"], result["frames"] = rows, frames
    if how is undine:
        starts, names = functions(places[1][0].start)
        mine = collections.Counter()
        for at, count in spent.items():
            if at in places[1][0]:
                mine[names[bisect.bisect(starts, at) - 1]] += count / frames
        result["functions"] = mine
    return result


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run counts")
    parser.add_argument("--nic", default="virtio-net-pci")
    parser.add_argument("--size", type=int, default=32, metavar="MIB")
    args = parser.parse_args()
    os.chdir(TOP)
    os.makedirs(FOLDER, exist_ok=True)
    subprocess.run(["gcc", "-O2", "-Wall", "-shared", "-fPIC", "-o", PLUGIN, os.path.join(HERE, "counts.c")],
                   check=True)
    network.set_up()
    found = {how.__name__: measure(args, how) for how in (raw, undine)}
    for name, result in found.items():
        print(f"{name}: {result['frames']} frames counted; {result['us']:.1f} us of the processor a frame "
              "without the plugin")
        for row, count in result["rows"].most_common():
            print(f"    {count:8.0f} instructions a frame: {row}")
    for name, count in found["undine"]["functions"].most_common(12):
        print(f"        {count:8.0f} in {name}")


if __name__ == "__main__":
    main()
