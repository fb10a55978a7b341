# SPDX-License-Identifier: BSD-2-Clause
"""Makes bench.md, bench.svg and the table on the terminal from what was
measured (rounds.json)."""
import os
import re
import statistics
import subprocess

import chart
from contenders import CONTENDERS, Raw, Undine, package
from scenarios import SCENARIOS

INTRO = """# How fast it is

The same file over HTTP, by each loader in turn, on the same emulated PC: `make bench` measures this, and writes this
file.

![Chart of the medians below](bench.svg)

"""

HOST = """## net/ alone, on the host

TCP payload from `net_input()` to its place, without a card, a ROM or an emulator: [bench-net.md](bench-net.md) says
how it is measured.

"""
HOST_TARGET = 1.0       # GB/s

METHOD = """## How it is measured

QEMU without KVM (TCG), machine type `pc`, one processor, memory that the host has set aside beforehand; the card's
ROM gets the loader over TFTP, and the loader gets the file over HTTP, from nginx, on a tap in a network namespace.
All loaders take their turn in each round, each on a machine that was just switched on. The host's own clock times
every download alike, on the tap: from the first byte of the request to the acknowledgement of the last byte of the
answer. MB are millions of bytes of the file, frames are those that went to the machine, without what was sent again.
A CPU second is one in which the emulated processor really ran: where the host is busy with other things, this column
says more than the clock.

- *raw ceiling*: `tests/bench/raw.asm`, 500 bytes that empty the ROM by `PXENV_UNDI_ISR` and drop what comes, against
  a flood of 1514-byte frames. Nothing that goes through the ROM's UNDI can be faster. Targets against it compare
  frames a second.
- *lpxelinux.0*: `KERNEL memdisk`, `INITRD http://...`. *GRUB*: an image by `grub-mkimage` for `i386-pc-pxe`,
  `initrd16 (http,...)`; its TCP takes 536 bytes a frame. *iPXE undionly.kpxe* and *Undine*: `imgfetch http://...` in
  a script; *Undine* by the card's ROM (`driver=undi`), *Undine, its own driver* as it comes.
- *iPXE, native driver* is the ROM itself, which drives the card without UNDI: what is to be had where a driver of
  one's own exists.
- *a module, to nowhere* is `tests/modules/sink.c`, which reads its socket to the end by 64 KiB and drops what it is
  sent. An idle module waits for a datagram (`tests/modules/idle.c`).
- On a bad line a relay delays every frame, and loses some, both ways, from the first frame of HTTP on: by TFTP
  lpxelinux hangs on a line of 50 ms. What is lost differs from round to round, and is the same for all loaders in
  one. *Time-outs* are the sender's retransmission time-outs in all rounds together.

`make bench BENCH="--rounds 1 --size 8 --draft"` is a quick look that leaves this file alone; `--only`, `--scenario`
pick; `--before FILE` measures another `undine.0` beside this one, in the same rounds. Each figure of each round is in
`build/bench/rounds.json`.
"""


def output_of(*command):
    result = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)
    return result.stdout.strip()


def about(args):
    """What has to be known about a run, besides its figures."""
    with open("/proc/cpuinfo") as file:
        model = re.search(r"model name\s*: (.*)", file.read())[1]
    with open("/proc/sys/kernel/osrelease") as file:
        kernel = file.read().strip()
    load = os.getloadavg()
    commit = output_of("git", "describe", "--always", "--dirty")
    return {
        "rounds": args.rounds, "memory": args.memory,
        "size": {s.name: args.mib(s) for s in SCENARIOS},
        "versions": {c.title: c.version for c in CONTENDERS.values()
                     if c.version},
        "commit": commit, "cpu": model, "cpus": os.cpu_count(),
        "kernel": kernel, "load": load[0],
        "qemu": package("qemu-system-x86"), "nginx": package("nginx"),
        "roms": package("ipxe-qemu"),
    }


def line(record, rounds):
    """One measurement, said as soon as it is made."""
    text = (f"round {record['round']}/{rounds}  {record['scenario']:8}"
            f"{CONTENDERS[record['contender']].title:22}")
    if "failed" in record:
        return text + "FAILED: " + record["failed"]
    if "bytes_per_s" in record:
        text += f"{record['bytes_per_s'] / 1e6:7.2f} MB/s "
    else:
        text += " " * 13
    text += f"{record['frames_per_s']:7.0f} frames/s  load {record['load']:.1f}"
    if record.get("requests", 1) != 1:
        text += f"  {record['requests']} requests"
    return text


class Figures:
    """One contender's figures in one scenario."""

    def __init__(self, contender, records):
        self.contender = contender
        self.good = [r for r in records if "failed" not in r]
        self.failed = len(records) - len(self.good)

    def all(self, key):
        return [r[key] for r in self.good if key in r]

    def median(self, key):
        values = self.all(key)
        return statistics.median(values) if values else None

    @property
    def speed(self):
        """What is compared: bytes, or frames where there are none."""
        return "bytes_per_s" if self.all("bytes_per_s") else "frames_per_s"


class Table:
    """A scenario's figures, and what they come to."""

    def __init__(self, scenario, records):
        self.scenario = scenario
        self.rows = []
        for name in scenario.contenders:
            ours = [r for r in records if r["scenario"] == scenario.name
                    and r["contender"] == name]
            if ours:
                self.rows.append(Figures(CONTENDERS[name], ours))

    def row(self, name):
        for row in self.rows:
            if row.contender.name == name and row.good:
                return row

    @property
    def base(self):
        return self.row(self.scenario.base)

    def ratio(self, row, by_cpu=None):
        """How many times as fast the base is."""
        base, key = self.base, row.speed
        if not base or not row.good or row is base:
            return None
        if by_cpu if by_cpu is not None else self.scenario.by_cpu:
            key = key.replace("_per_s", "_per_cpu_s")
        return base.median(key) / row.median(key)

    def target(self, row):
        for name, times in self.scenario.targets:
            if name == row.contender.name:
                return times

    def lines(self):
        bad_line = bool(self.scenario.line)
        base = CONTENDERS[self.scenario.base]
        head = ["loader", "MB/s", "lowest to highest", "frames/s",
                "in a CPU second", f"{base.title} is", "target"]
        yield head + (["time-outs"] if bad_line else [])
        for row in self.rows:
            yield self._line(row) + ([str(sum(row.all("timeouts")))]
                                     if bad_line else [])

    def _line(self, row):
        title = row.contender.title
        if row.failed:
            title += f" ({row.failed} failed)"
        if not row.good:
            return [title] + ["-"] * 6
        speeds = [v / 1e6 for v in row.all("bytes_per_s")]
        ratio, target = self.ratio(row), self.target(row)
        return [
            title,
            f"{row.median('bytes_per_s') / 1e6:.1f}" if speeds else "",
            f"{min(speeds):.1f} to {max(speeds):.1f}" if speeds else
            f"{min(row.all('frames_per_s')):.0f} to "
            f"{max(row.all('frames_per_s')):.0f} frames/s",
            f"{row.median('frames_per_s'):.0f}",
            self._per_cpu(row),
            "" if ratio is None else times(ratio, row),
            "" if target is None else times(target, row)
            + (": met" if ratio and ratio >= target else ": missed")]


    @staticmethod
    def _per_cpu(row):
        text = f"{row.median('frames_per_cpu_s'):.0f} frames"
        if row.all("bytes_per_cpu_s"):
            text = f"{row.median('bytes_per_cpu_s') / 1e6:.1f} MB, " + text
        return text


def times(ratio, row):
    if row.speed == "frames_per_s":
        return f"{ratio * 100:.0f} % of it"
    return f"{ratio:.1f} times as fast"


def tables(results):
    found = [Table(s, results["records"]) for s in SCENARIOS]
    return [table for table in found if table.rows]


def markdown(results):
    about = results["about"]
    yield INTRO
    for table in tables(results):
        size = about["size"][table.scenario.name]
        yield f"## {table.scenario.title}: {size} MiB\n\n"
        for number, cells in enumerate(table.lines()):
            yield "| " + " | ".join(cells) + " |\n"
            if number == 0:
                yield "|" + "---|" * len(cells) + "\n"
        yield "\n"
        if table.scenario.by_cpu:
            clock = [f"{row.contender.title} {table.ratio(row, False):.2f}"
                     for row in table.rows if table.ratio(row)]
            yield (f"Compared by CPU seconds: {table.scenario.by_cpu}. By the "
                   f"clock {CONTENDERS[table.scenario.base].title} is so many "
                   f"times as fast: {', '.join(clock)}.\n\n")
        for name, least in table.scenario.aims:
            row = table.row(name)
            if row and table.ratio(row):
                yield (f"Aimed at: {times(least, row)}; it is "
                       f"{times(table.ratio(row), row)}.\n\n")
        costs = [f"{row.contender.title} {row.median('receive_us'):.0f} and "
                 f"{row.median('send_us'):.0f} us, "
                 f"{row.median('frames_a_visit'):.0f} frames a visit"
                 for row in table.rows if row.all("receive_us")]
        if costs:
            yield ("What the ROM takes for a received frame and for a sent "
                   "one, as `ifstat` tells: " + "; ".join(costs) + ".\n\n")
        for row in table.rows:
            if row.all("call_ns"):
                yield (f"A module's calls of the loader: {row.median('calls_per_s'):.0f} a second, "
                       f"{row.median('call_ns'):.0f} ns each; a function's call takes "
                       f"{row.median('function_ns'):.1f} ns.\n\n")
    if results.get("host"):
        yield HOST
        yield from (row + "\n" for row in results["host"])
        speed = float(results["host"][2].split("|")[2])
        yield (f"\nTarget: at least {HOST_TARGET:.0f} GB/s: "
               f"{'met' if speed >= HOST_TARGET else 'missed'}.\n\n")
    yield METHOD
    yield "\n## This run\n\n"
    yield (f"{about['rounds']} rounds; medians. Host: {about['cpu']}, "
           f"{about['cpus']} processors, Linux {about['kernel']}. Its load "
           f"average was {about['load']:.1f} at the beginning and between "
           f"{min(loads(results)):.1f} and {max(loads(results)):.1f} later; "
           "the benchmark itself makes for about 1.5.\n\n")
    yield (f"QEMU {about['qemu']}, {about['memory']} MiB of memory, ROMs of "
           f"`ipxe-qemu` {about['roms']}; nginx {about['nginx']}. Undine at "
           f"commit {about['commit']}. ")
    yield "; ".join(f"{title} {version}" for title, version
                    in about["versions"].items()) + ".\n"


def loads(results):
    return [results["about"]["load"]] + \
        [record["load"] for record in results["records"]]


def groups(results):
    """What the chart shows: MB/s, the ceiling's as if its frames carried what
    Undine's do."""
    for table in tables(results):
        base, bars, note = table.base, [], None
        for row in table.rows:
            name = row.contender.name
            if not row.good:
                continue
            kind = ("ours" if isinstance(row.contender, Undine) else
                    "raw" if isinstance(row.contender, Raw) else "other")
            values = [v / 1e6 for v in row.all("bytes_per_s")]
            if name == "native" and not table.scenario.line:
                note = (f"{row.contender.title}, no UNDI: "
                        f"{statistics.median(values):.0f} MB/s")
                continue
            if not values:
                if not base:
                    continue
                carried = base.median("bytes_per_s") \
                    / base.median("frames_per_s")
                values = [v * carried / 1e6 for v in row.all("frames_per_s")]
            bars.append((row.contender.title, statistics.median(values),
                         min(values), max(values), kind))
        yield table.scenario.title, bars, note


def terminal(results):
    if results.get("host"):
        yield "\nnet/ alone, on the host\n" + "".join(
            "  " + row + "\n" for row in results["host"])
    for table in tables(results):
        lines = list(table.lines())
        widths = [max(len(cells[i]) for cells in lines)
                  for i in range(len(lines[0]))]
        yield f"\n{table.scenario.title}" + (
            ", compared by CPU seconds" if table.scenario.by_cpu else "") + "\n"
        for cells in lines:
            first, *others = zip(cells, widths)
            yield ("  " + first[0].ljust(first[1]) + "".join(
                "  " + cell.rjust(width) for cell, width in others) + "\n")


def write(results, folder):
    with open(os.path.join(folder, "bench.md"), "w") as file:
        file.writelines(markdown(results))
    with open(os.path.join(folder, "bench.svg"), "w") as file:
        file.write(chart.svg(list(groups(results))))
    print("".join(terminal(results)), end="")
