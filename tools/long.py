#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""long.py [--parts FILE] [--to FILE] [NAME...] - what takes too long for each
change: all parts, or those named, one after the other, and a table of what came
of them.

Called by `make long`.  The parts are in tests/long.parts, one a line:

    NAME | COMMAND | WHAT IT SAYS

where the last is a regular expression.  What its group is in the command's
output is shown: numbers are summed up, of words the last are taken.  A part
whose command fails, or says no such thing, has failed.  Each part's output is in
build/log/long-NAME.log; the table is written anew after each.
"""
import argparse
import os
import re
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def read_parts(path):
    with open(path) as file:
        lines = [line.strip() for line in file]
    return [[field.strip() for field in line.split("|", 2)]
            for line in lines if line and not line.startswith("#")]


def figure(pattern, text):
    """What the output says, or None."""
    said = [match[1].strip() for match in re.finditer(pattern, text, re.M)]
    if not said:
        return None
    if all(word.isdigit() for word in said):
        return f"{sum(map(int, said)):,}"
    return said[-1]


def play(name, command, pattern):
    """(good or not, seconds, what it says)"""
    log = os.path.join(TOP, "build", "log", f"long-{name}.log")
    os.makedirs(os.path.dirname(log), exist_ok=True)
    begun = time.monotonic()
    with open(log, "w") as out:
        status = subprocess.run(["/bin/sh", "-c", command], cwd=TOP, stdout=out,
                                stdin=subprocess.DEVNULL,
                                stderr=subprocess.STDOUT).returncode
    with open(log, errors="replace") as file:
        said = figure(pattern, file.read())
    return (status == 0 and said is not None, time.monotonic() - begun,
            said or f"nothing that it should; see {os.path.relpath(log, TOP)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--parts", default=os.path.join(TOP, "tests", "long.parts"))
    parser.add_argument("--to", default=os.path.join(TOP, "build", "long.txt"))
    parser.add_argument("names", nargs="*", metavar="NAME")
    args = parser.parse_args()

    parts = read_parts(args.parts)
    unknown = set(args.names) - {name for name, _, _ in parts}
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    table = [f"| part | {time.strftime('%Y-%m-%d')} | minutes | what it says |",
             "|---|---|---|---|"]
    failed = False
    for name, command, pattern in parts:
        if args.names and name not in args.names:
            continue
        good, seconds, said = play(name, command, pattern)
        failed |= not good
        table.append(f"| {name} | {'good' if good else 'FAILED'} | "
                     f"{seconds / 60:.0f} | {said} |")
        print(f"  LONG	{table[-1].strip('| ')}", flush=True)
        os.makedirs(os.path.dirname(args.to), exist_ok=True)
        with open(args.to, "w") as file:
            file.write("\n".join(table) + "\n")
    return failed


if __name__ == "__main__":
    sys.exit(main())
