# SPDX-License-Identifier: BSD-2-Clause
"""The cases of tests/conformance (docs/testing.md), played by a machine in one power-on: a script chains them one
after another, and says how each ended."""
import os
import re

from machine import Timeout

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "conformance")
MOVES = re.compile(rb"\x1b\[[\d;]*[HJ]")
ESCAPES = re.compile(rb"\x1b\[[\d;?]*[A-Za-z]")
KEYS = {"r": "\r", "e": "\x1b", "b": "\b", "c": "\x03"}
ASKS = re.compile(r"\. (Number, Enter or Esc|Taken in \d+ s )")     # Undine's own line below a numbered list
TAKEN_BACK = re.compile(r"[^\r\n]*\r +\r")      # a line that is painted anew: blanks over it
# SeaBIOS, busy, may send a letter twice and then place the cursor where it was once.
TWICE = re.compile(rb"(.)\1\x1b\[25;\d+H")
# What a case may leave behind.
SETTINGS = ["x", "y", "z"]


class Case:
    def __init__(self, name):
        self.name = name
        self.path = os.path.join(FOLDER, name + ".ipxe")
        with open(self.path, newline="") as file:
            self.lines = file.read().split("\n")
        self.needs = " ".join(self._of("#needs ")).split()
        self.leaves_out = " ".join(line.partition(":")[0] for line in self._of("#not ")).split()
        self.keys = [re.sub(r"\\(.)", lambda m: KEYS.get(m[1], m[1]), line)
                     for line in self._of("#< ")]

    def _of(self, begin):
        return [line[len(begin):] for line in self.lines if line.startswith(begin)]

    def transcript(self, witness):
        """What it prints and how it ends, where that machine has no way of its own."""
        who = f"#{witness}" if any(line.startswith(f"#{witness}") for line in self.lines) else "#"
        return self._of(who + "> ") + ["= failed" if f"{who}= failed" in self.lines else "= ok"]


def cases(witness):
    """Those that are for that machine."""
    every = [Case(name[:-5]) for name in sorted(os.listdir(FOLDER)) if name.endswith(".ipxe")]
    return [case for case in every if witness not in case.leaves_out]


def suite(chosen):
    """The script that plays them."""
    lines = ["#!ipxe"]
    for case in chosen:
        lines += [f"echo == begins {case.name}",
                  f"chain c/{case.name}.ipxe && echo == {case.name} ok || echo == {case.name} failed",
                  "imgfree ||"] + [f"clear {name} ||" for name in SETTINGS]
    return "\n".join(lines + ["echo == all is played", "shell", ""])


def put(site, chosen):
    for folder, _, names in os.walk(FOLDER):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                site.put(os.path.join("c", os.path.relpath(path, FOLDER)), file.read())
    site.put("suite.ipxe", suite(chosen))      # last: a machine may wait for it


def painted(machine, keys, within):
    """What asks for KEYS has shown something, or is one that shows nothing: then they may come before it asks, but
    not Ctrl-C, which would be for the script."""
    try:
        machine.serial.expect(r"\S", within if "\x03" in keys else 1)
    except Timeout:
        if "\x03" in keys:
            raise


def play(machine, chosen, within):
    """Types what they want typed, until all are played; {name: what was printed}."""
    for case in chosen:
        keys = list(case.keys)
        while machine.serial.expect(r"> (k+e+y+s+)\b|== \S+ (o+k+|f+a+i+l+e+d+)\b", within)[1]:
            painted(machine, keys[0], within)
            machine.serial.send(keys.pop(0))
    machine.serial.expect("== all is played", within)
    return parse(machine, chosen)


def parse(machine, chosen):
    """What each of them has printed, and how it ended."""
    raw = MOVES.sub(b"\n", TWICE.sub(rb"\1", machine.serial.raw))
    shown = ESCAPES.sub(b"", raw).decode("latin-1")
    shown = TAKEN_BACK.sub("", shown).replace("\r", "\n")
    found = {}
    for case in chosen:
        part = re.search(rf"== begins {case.name}\s*\n(.*?)== {case.name} (ok|failed)", shown, re.S)
        # a form on a dumb terminal has been taken back before the line begins
        lines = [line.rpartition("\b")[2] for line in part[1].splitlines()]
        found[case.name] = [line[2:].rstrip() for line in lines if line.startswith("> ") and not ASKS.search(line)] + \
            [f"= {part[2]}"]
    return found


def differences(found, chosen, witness):
    """The cases whose transcripts are others than they say."""
    return {case.name: {"wanted": case.transcript(witness), "got": found[case.name]} for case in chosen
            if found[case.name] != case.transcript(witness)}
