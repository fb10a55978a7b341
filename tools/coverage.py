#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make coverage: the lines of kernel/, net/ and services/ that host tests reach, file by file.

-v names the lines that they do not reach.

Unit tests, worlds and the replay of the fuzz targets' corpora count, by
clang's source coverage.  tests/coverage.txt lists the files that no host test can
run, with reasons; of all others together at least 90 % must be reached.
"""
import collections
import functools
import os
import subprocess
import sys

import hosttree

LEAST = 90.0
COUNTED = "-fprofile-instr-generate -fcoverage-mapping -mllvm -runtime-counter-relocation=true"
UNREACHABLE = hosttree.ROOT / "tests/coverage.txt"


def unreachable():
    """file -> why no host test can run it."""
    rows = [line.split(None, 1) for line in UNREACHABLE.read_text().splitlines() if line and line[0] != "#"]
    return {name: why for name, why in rows}


def parse(lcov, base):
    """file -> line -> how often it ran, of what llvm-cov exports."""
    files, lines = {}, None
    for row in lcov.splitlines():
        if row.startswith("SF:"):
            name = os.path.relpath(os.path.realpath(os.path.join(base, row[3:])), hosttree.ROOT)
            lines = files.setdefault(name, {})
        elif row.startswith("DA:"):
            number, count = row[3:].split(",")[:2]
            lines[int(number)] = max(lines.get(int(number), 0), int(count))
    return {name: of for name, of in files.items() if name.split("/")[0] in hosttree.ROOMS and name.endswith(".c")}


def llvm(tree, tool, *arguments):
    return tree.run([tool, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def exported(tree, data, binary):
    return parse(llvm(tree, "llvm-cov", "export", "-format=lcov", "-instr-profile", data, binary), tree.path)


@functools.cache
def changed():
    """When anything that tests read, and are not made of, was written last."""
    return max(path.stat().st_mtime for path in (hosttree.ROOT / "tests").rglob("*")
               if path.is_file() and path.suffix not in (".c", ".h"))


def reached_by(tree, program):
    """What one program reaches; its counters are in a file while it runs, so that children and crashes count, too."""
    raw, data = (tree.path / f"build/profile/{program.replace('/', '-')}.{kind}" for kind in ("raw", "data"))
    if not data.exists() or data.stat().st_mtime < max(changed(), (tree.path / program).stat().st_mtime):
        count(tree, program, raw, data)
    return exported(tree, data, program)


def count(tree, program, raw, data):
    raw.parent.mkdir(exist_ok=True)
    raw.unlink(missing_ok=True)
    command = [program, *hosttree.corpus(program)]
    status, _ = hosttree.run_test(command, tree.path, 300, {"LLVM_PROFILE_FILE": f"{raw}%c"})
    if status:
        raise RuntimeError(f"{program} fails ({status})")
    llvm(tree, "llvm-profdata", "merge", "-o", data, raw)


def collect(kinds=("unit", "world", "replay")):
    """(tree, program -> file -> line -> count)"""
    tree = hosttree.Tree("coverage", "clang", COUNTED)
    programs = hosttree.programs(kinds)
    tree.make(*programs)
    return tree, dict(zip(programs, hosttree.in_parallel(lambda program: reached_by(tree, program), programs)))


def lines_unseen(tree, files):
    """The lines of files that are in no program."""
    objects = [f"build/host/{name[:-1]}o" for name in files]
    tree.make(*objects)
    data = next((tree.path / "build/profile").glob("*.data"))
    found = {}
    for name, made in zip(files, objects):
        found[name] = dict.fromkeys(exported(tree, data, made).get(name, {}), 0)
    return found


def main():
    tree, by_program = collect()
    total = collections.defaultdict(dict)
    for files in by_program.values():
        for name, lines in files.items():
            for n, count in lines.items():
                total[name][n] = total[name].get(n, 0) + count
    excused = unreachable()
    every = sorted(path.relative_to(hosttree.ROOT).as_posix() for room in hosttree.ROOMS
                   for path in (hosttree.ROOT / room).rglob("*.c"))
    total.update(lines_unseen(tree, [name for name in every if name not in total and name not in excused]))
    wrong = [f"{name} is no file" for name in excused if name not in every]
    wrong += [f"{name} is reached by host tests" for name in excused if any(total.get(name, {}).values())]
    sums = collections.defaultdict(lambda: [0, 0])
    for name in every:
        if name in excused:
            continue
        lines = total[name]
        reached = sum(map(bool, lines.values()))
        for group in (name.split("/")[0], "in all"):
            sums[group][0] += reached
            sums[group][1] += len(lines)
        missed = [n for n in sorted(lines) if not lines[n]]
        print(f"{100 * reached / (len(lines) or 1):6.1f} %  {reached:4} of {len(lines):4}  {name}"
              + (f"  {ranges(missed)}" if missed and "-v" in sys.argv else ""))
    for group, (reached, lines) in sums.items():
        print(f"{100 * reached / lines:6.1f} %  {reached} of {lines} lines  {group}")
    print(f"{len(excused)} files are left out: {UNREACHABLE.relative_to(hosttree.ROOT)}")
    reached, lines = sums["in all"]
    if 100 * reached < LEAST * lines:
        wrong.append(f"less than {LEAST} % of lines are reached")
    for problem in wrong:
        print(f"coverage: {problem}")
    sys.exit(bool(wrong))


def ranges(numbers):
    """1 2 3 7 -> 1-3 7"""
    runs = []
    for n in numbers:
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


if __name__ == "__main__":
    main()
