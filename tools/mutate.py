#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make mutate: are the tests able to fail?  Wrong programs, one change each, and which of them the tests tell.

	mutate.py [-n COUNT] [-s SECONDS] [-k KIND] [-j JOBS] [-o FILE] [-r FILE]... [PATH...]

Every operator, constant and condition of the pure files of net/ and of the
protocol cores can be changed.  Of all those changes COUNT (500) are taken by
a fixed seed that looks at the changed line and its function only, so that
changes elsewhere leave the sample as it is.  Each is compiled and linked into
the unit tests and worlds that reach the changed line - those first that cost
least for each of the file's lines that they reach -, until one fails, crashes
or takes five times as long as it should.  A change
from which the compiler makes the same code is none.  What lives on is run
once more with the sanitizers, as `make unit` has them.  -s leaves out the
programs that take longer, where quicker ones reach the line; -k unit leaves
out the worlds, -k world the unit tests.  -r names what -o wrote before: only
what lived then, or was not come to, is tried again.  -j is how many at a time.

tests/mutants/equivalent lists the changes that no test can tell, with
reasons.  Of all others at least 95 % must die.
"""
import argparse
import collections
import functools
import hashlib
import json
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time

import coverage
import hosttree

SEED = "undine"
LEAST = 95.0
MUTATED = ("net/*.c", *(f"services/{room}/*.c" for room in ("dhcp", "dns", "http", "tftp", "image")))
WAITING = ("_service.c", "_commands.c", "_source.c", "dhcp_holder.c", "dhcp_life.c", "dhcp_log.c")
EQUIVALENT = hosttree.ROOT / "tests/mutants/equivalent"
LINK_S = 0.2
SLOW_S = 3  # programs that take longer stay out of the second run, which is under sanitizers
COMPILE = "gcc -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -Ibuild -Ibuild/deps/include -w -x c -c".split()
PLAIN, OPTIMISED, SANITIZED = "-O1", "-O2", "-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all"

TOKEN = re.compile(r"""
    (?P<skip>/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|^[ \t]*\#[ \t]*(?!define)(?:\\\n|[^\n])*)
    |(?P<number>\b(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*\b)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<op><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^<>=!~?:;,.(){}\[\]\#])
    """, re.S | re.M | re.X)
INSTEAD = {
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="], "!=": ["=="],
    "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"], "<<": [">>"], ">>": ["<<"],
    "&": ["|"], "|": ["&"], "^": ["&"], "++": ["--"], "--": ["++"], "+=": ["-="], "-=": ["+="], "*=": ["+="],
    "|=": ["&="], "&=": ["|="], "^=": ["|="], "<<=": [">>="], ">>=": ["<<="], "!": [""],
}
BOTH_WAYS = set("+-*&")  # an operator of one operand, too, which is left alone
NO_OPERAND = {"return", "sizeof", "case", "else", "do", "goto", "void", "char", "int", "unsigned", "const", "struct",
              "bool", "static", "uint8_t", "uint16_t", "uint32_t", "uint64_t", "size_t", "enum", "union"}
HEAD = re.compile(r"^[A-Za-z_][^;=]*?\b(\w+)\([^;]*$")

# new is as people read it; text goes from at to end in the file
Change = collections.namedtuple("Change", "file number function line nth old new at end text")


def key(change):
    return f"{change.file} {change.function}: {change.line} [{change.nth}] {change.old} -> {change.new}"


def closing(tokens, opened):
    depth = 0
    for i in range(opened, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[i][1], 0)
        if not depth:
            return i
    raise ValueError("a parenthesis is not closed")


def numbers_near(text):
    digits = text.rstrip("uUlL")
    octal = re.fullmatch(r"0\d+", digits)
    write = hex if digits[:2].lower() == "0x" else str
    value = int(digits, 8 if octal else 0)
    return [write(near) + text[len(digits):] for near in (value + 1, value - 1) if near >= 0]


def spots(text):
    """(from, to, what stands there for people, what shall stand there) of each change."""
    tokens = [(m.lastgroup, m[0], m.start(), m.end()) for m in TOKEN.finditer(text) if m.lastgroup != "skip"]
    for i, (kind, word, at, end) in enumerate(tokens):
        before = tokens[i - 1] if i else ("op", ";", 0, 0)
        if kind == "number":
            for new in numbers_near(word):
                yield at, end, word, new
        elif kind == "op":
            if word in BOTH_WAYS and (before[0] == "op" and before[1] not in ")]" or before[1] in NO_OPERAND):
                continue
            for new in INSTEAD.get(word, ()):
                yield at, end, word, new
        elif word in ("if", "while") and i + 1 < len(tokens) and tokens[i + 1][1] == "(":
            close = closing(tokens, i + 1)
            first, last = tokens[i + 1][3], tokens[close][2]
            inner = text[first:last]
            for new in ("!({})", "({}) && 0") + (("({}) || 1",) if word == "if" else ()):
                yield first, last, word, new.format(inner)


def changes_of(name):
    text = (hosttree.ROOT / name).read_text()
    lines = text.splitlines()
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    functions, function = [], "-"
    for line in lines:
        head = HEAD.match(line)
        if head:
            function = head[1]
        functions.append(function)
        if line == "}":
            function = "-"
    seen, nth = collections.Counter(), collections.Counter()
    number = 0
    same_line = []  # which of several lines of the same text in one function each is
    for n, line in enumerate(lines):
        same_line.append(seen[functions[n], line.strip()])
        seen[functions[n], line.strip()] += 1
    for at, end, old, new in spots(text):
        while starts[number + 1] <= at:
            number += 1
        shown = re.sub(r"\(.*\)", "(...)", new, flags=re.S) if old in ("if", "while") else new
        nth[number, old, shown] += 1
        function = functions[number] + (f"#{same_line[number] + 1}" if same_line[number] else "")
        line = lines[number].strip()
        yield Change(name, number + 1, function, line, nth[number, old, shown], old, shown, at, end, new)


def rank(change):
    return hashlib.sha256(f"{SEED} {key(change)}".encode()).hexdigest()


class Bench:
    """Compiles and links changed programs and runs them."""

    def __init__(self, longest, kinds):
        self.longest = longest
        self.programs = hosttree.programs(kinds)
        self.reached = coverage.collect(kinds)[1]
        self.plain = self.make(hosttree.Tree("mutants", "gcc", ""))
        self.took = self.measure()
        self.lock = threading.Lock()
        self.original = {}

    def make(self, tree):
        tree.make(*self.programs)
        tree.commands = tree.links(self.programs)
        return tree

    @functools.cached_property
    def sanitized(self):
        return self.make(hosttree.Tree(None))

    def measure(self):
        """program -> seconds of processor time, so that it does not matter what else the machine does."""
        took, cache = {}, self.plain.path / "build/took.json"
        known = json.loads(cache.read_text()) if cache.exists() else {}
        for program in self.programs:
            made = (self.plain.path / program).stat().st_mtime
            if known.get(program, [0])[0] != made:
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                status, _ = hosttree.run_test([program], self.plain.path, 120)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                if status:
                    sys.exit(f"mutate: {program} fails with nothing changed ({status})")
                known[program] = made, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            took[program] = known[program][1]
        cache.write_text(json.dumps(known))
        return took

    def compile(self, text, out, flags):
        """The object's bytes, or None if it is no C."""
        command = [*COMPILE, *flags.split(), "-o", str(out), "-"]
        made = subprocess.run(command, cwd=self.plain.path, input=text, text=True, stderr=subprocess.DEVNULL)
        return out.read_bytes() if made.returncode == 0 else None

    def same(self, code, source, name, folder, flags):
        with self.lock:
            if (name, flags) not in self.original:
                self.original[name, flags] = self.compile(source, folder / "original.o", flags)
        return self.original[name, flags] == code

    def link(self, tree, program, name, folder):
        """The program with the changed object in its own one's place, or before the library that has it."""
        command = list(tree.commands[program])
        command[command.index("-o") + 1] = str(folder / "test")
        own = f"build/host/{name[:-1]}o"
        if own in command:
            command[command.index(own)] = str(folder / "changed.o")
        else:
            command.insert(command.index("-o") + 2, str(folder / "changed.o"))
        made = subprocess.run(command, cwd=tree.path, stderr=subprocess.PIPE, text=True)
        if made.returncode:
            raise RuntimeError(f"{program} cannot be linked with a changed {name}:\n{made.stderr}")

    def who_reaches(self, change):
        """The programs that run the line; those that run the file at all, where the line is no code."""
        files = {program: self.reached[program].get(change.file, {}) for program in self.programs}
        known = [program for program in self.programs if any(files[program].values())]
        is_code = any(change.number in files[program] for program in known)
        def cost(program):
            return (LINK_S + self.took[program]) / sum(map(bool, files[program].values()))
        able = sorted((program for program in known if not is_code or files[program].get(change.number)), key=cost)
        return [program for program in able if self.took[program] < self.longest] or able

    def killer(self, tree, change, programs, folder, patience):
        for program in programs:
            self.link(tree, program, change.file, folder)
            limit = int(patience * self.took[program]) + 1
            if hosttree.run_test([str(folder / "test")], tree.path, limit)[0]:
                return program
        return None

    def judge(self, change):
        """(verdict, by which program)"""
        source = (hosttree.ROOT / change.file).read_text()
        text = source[:change.at] + change.text + source[change.end:]
        with tempfile.TemporaryDirectory(prefix="mutant-") as name:
            folder = pathlib.Path(name)
            out = folder / "changed.o"
            code = self.compile(text, out, PLAIN)
            if code is None:
                return "no C", ""
            if self.same(code, source, change.file, folder, PLAIN):
                return "same code", ""
            able = self.who_reaches(change)
            by = self.killer(self.plain, change, able, folder, 5)
            if not by and self.same(self.compile(text, out, OPTIMISED), source, change.file, folder, OPTIMISED):
                return "same code", ""
            if not able:
                return "unreached", ""
            if not by:
                self.compile(text, out, SANITIZED)
                quick = [program for program in able if self.took[program] < SLOW_S]
                with self.lock:
                    sanitized = self.sanitized
                by = self.killer(sanitized, change, quick, folder, 50)
            return ("dies", by) if by else ("lives", "")


def equivalents():
    """key -> reason"""
    found = {}
    if EQUIVALENT.exists():
        for block in EQUIVALENT.read_text().split("\n\n"):
            rows = [row for row in block.splitlines() if row and row[0] != "#"]
            if rows:
                found[rows[0]] = " ".join(row.strip() for row in rows[1:])
    return found


def verdicts(names):
    """key -> (verdict, by which program), of those that would be judged in the same way again."""
    rows = [row.split("\t") for name in names for row in pathlib.Path(name).read_text().splitlines()]
    return {"\t".join(row[1:-1]): (row[0], row[-1]) for row in rows if row[0] in ("dies", "same code", "no C")}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("-n", type=int, default=500)
    options.add_argument("-s", type=float, default=float("inf"))
    options.add_argument("-o", default=str(hosttree.ROOT / "build/mutants.txt"))
    options.add_argument("-k", choices=("unit", "world"), action="append")
    options.add_argument("-j", type=int, default=hosttree.WORKERS)
    options.add_argument("-r", action="append", default=[])
    options.add_argument("paths", nargs="*")
    asked = options.parse_args()
    names = sorted(path.relative_to(hosttree.ROOT).as_posix() for pattern in MUTATED
                   for path in hosttree.ROOT.glob(pattern) if not path.name.endswith(WAITING))
    every = sorted((change for name in asked.paths or names for change in changes_of(name)), key=rank)
    print(f"mutate: {len(every)} changes of {len(asked.paths or names)} files; {asked.n} of them are tried", flush=True)
    hosttree.WORKERS = asked.j
    bench = Bench(asked.s, asked.k or ("unit", "world"))
    earlier = verdicts(asked.r)
    known, counts, queue, began = equivalents(), collections.Counter(), iter(every), time.monotonic()

    def next_change():
        with bench.lock:
            if counts["tried"] >= asked.n:
                return None
            change = next(queue, None)
            counts["tried"] += change is not None
            return change

    def work(out):
        while change := next_change():
            named = key(change)
            verdict, by = ("equivalent", "") if named in known else earlier.get(named) or bench.judge(change)
            with bench.lock:
                counts[verdict] += 1
                counts["tried"] -= verdict == "no C"
                print(f"{verdict}\t{named}\t{by}", file=out, flush=True)
                if verdict in ("lives", "unreached"):
                    print(f"{change.file}:{change.number}: {verdict}: {named}", flush=True)

    with open(asked.o, "w") as out:
        hosttree.in_parallel(lambda _: work(out), range(hosttree.WORKERS))
    alive = counts["lives"] + counts["unreached"]
    judged = counts["dies"] + alive
    share = 100 * counts["dies"] / (judged or 1)
    print(f"mutate: {counts['tried']} tried in {time.monotonic() - began:.0f} s; {counts['same code']} make the same "
          f"code, {counts['equivalent']} are listed as equivalent; of {judged} others {counts['dies']} die: "
          f"{share:.1f} %")
    sys.exit(share < LEAST)


if __name__ == "__main__":
    main()
