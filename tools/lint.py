#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""lint.py [FILE...] - make lint: the rules that a compiler does not know.  FILEs touch the machine, or wait.

Every source names its licence; the folders know only those that the design
lets them know; .c files hold no #if; pure files do not include the machine;
addresses are struct net_addr but where IPv4 itself is spoken; lines end at
column 120; files that are named are there; the README has all commands, docs/options.md
all settings; and what rooms.py says.
"""
import pathlib
import re
import sys

import manual
import conformance_lint
import rooms

# folder -> prefixes of the project's own headers that its files may include
MAY_KNOW = {
    "net": ["net/"],
    "kernel": ["kernel/", "gen/", "net/cursor.h"],
    "drivers": ["drivers/", "kernel/", "gen/", "net/netdev.h", "net/cursor.h"],
    "services": ["services/", "kernel/", "net/", "gen/", "sdk/bsd/", "sdk/include/undine_abi.h"],
    "sdk": ["sdk/", "net/"],
}
# what pure files of services/ may take from kernel/: types and memory, nothing that waits or touches hardware
PURE_KERNEL = {"kernel/memmap.h", "kernel/membuf.h", "kernel/pages.h", "kernel/err.h", "kernel/version.h",
               "kernel/log.h", "kernel/plain.h", "kernel/secret.h", "kernel/arena.h", "kernel/checked.h",
               "kernel/patch.h", "kernel/vt.h", "kernel/space.h"}
# the service that speaks for the machine as a whole
DRIVER_USERS = {"services/firmware/machine.c", "services/firmware/pxe.c", "services/tftp/rom_tftp_source.c"}
# who may hold an IPv4 address as a number: IP, what is below it, and who writes packets
IPV4_FILES = {f"net/{name}.{kind}" for name in ("addr", "arp", "igmp", "ip") for kind in "ch"}
IPV4_NUMBER = re.compile(r"\buint32_t[ *]+(?:\w+, \*?)*(?:\w+_)?"
                         r"(?:ip|ip4|netmask|gateway|router|next_server|server_id|dns|ntp)s?\b")
LINE_MAX = 120  # columns; a tab is 8
# a file of ours as comments and documents name it
OUR_FILE = re.compile(r"(?<![\w/.-])(?:kernel|net|drivers|services|boot16|tests|tools|sdk|deps|docs)/"
                      r"[\w/-]+\.(?:c|h|py|asm)\b")
PLACEHOLDER = re.compile(r"_X\.")  # tests/unit/test_X.c
SPDX = "SPDX-License-Identifier: BSD-2-Clause"


def problems(root, impure):
    for path in sorted(p for d in ("boot16", "kernel", "drivers", "net", "services", "tests", "tools", "deps", "sdk")
                       for p in (root / d).rglob("*")
                       if p.suffix in (".c", ".h", ".asm", ".inc", ".py", ".sh", ".ld", ".mk")):
        name = path.relative_to(root).as_posix()
        text = path.read_text()
        if SPDX not in "\n".join(text.splitlines()[:3]):
            yield f"{name}:1: no SPDX line"
        top = name.split("/")[0]
        if path.suffix not in (".c", ".h") or top == "tests":
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if path.suffix == ".c" and re.match(r"\s*#\s*(if|ifdef|ifndef)\b", line):
                yield f"{name}:{number}: conditional compilation in a .c file"
            if top in ("net", "services", "sdk") and name not in IPV4_FILES and IPV4_NUMBER.search(line):
                yield f"{name}:{number}: an address held as a number; net/addr.h has struct net_addr"
            found = re.match(r'\s*#include "([^"]+)"', line)
            if not found or "/" not in found[1]:
                continue
            header = found[1]
            if top in MAY_KNOW and not any(header.startswith(p) for p in MAY_KNOW[top]):
                if not (name in DRIVER_USERS and header.startswith("drivers/")):
                    yield f"{name}:{number}: {top}/ may not know {header}"
            pure = path.suffix == ".c" and top == "services" and name not in impure
            waits = header.startswith("services/") and header[:-1] + "c" in impure
            if pure and (waits or header.startswith("kernel/") and header not in PURE_KERNEL):
                yield f"{name}:{number}: a pure file includes {header}"


def line_problems(root):
    folders = ("boot16", "kernel", "drivers", "net", "services", "sdk", "tools", "deps", "tests")
    kinds = (".c", ".h", ".asm", ".inc", ".ld", ".py", ".sh", ".mk")
    for path in sorted([root / "main.c", root / "Makefile", *(p for d in folders for p in (root / d).rglob("*")
                                                              if p.suffix in kinds)]):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if len(line.expandtabs(8)) > LINE_MAX:
                yield f"{path.relative_to(root)}:{number}: longer than {LINE_MAX} columns"


def name_problems(root):
    """Files that are spoken of and are not there; the CHANGELOG may name what has gone."""
    folders = ("boot16", "kernel", "drivers", "net", "services", "sdk", "tests", "tools", "deps", "docs")
    single = ("main.c", "Makefile", "README.md", "CONTRIBUTING.md", "SECURITY.md")
    for path in sorted([*(root / name for name in single),
                        *(p for d in folders for p in (root / d).rglob("*")
                          if p.suffix in (".c", ".h", ".asm", ".inc", ".ld", ".py", ".sh", ".mk", ".md"))]):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for name in OUR_FILE.findall(line):
                if not PLACEHOLDER.search(name) and not any((root / at / name).exists() for at in ("", "sdk/include")):
                    yield f"{path.relative_to(root)}:{number}: there is no {name}"


def command_problems(root):
    """The README's table of commands has each command of the tables, and begins no row with another."""
    table = re.search(r"^\| command \|.*\n\|---.*\n((?:\|.*\n)+)", (root / "README.md").read_text(), re.M)[1]
    rows = table.splitlines()
    told = {word for row in rows for quoted in re.findall(r"`([^`]*)`", row) for word in re.findall(r"^\w+", quoted)}
    first = {re.match(r"\| `(\w+)", row)[1] for row in rows}
    there = {name for path in root.glob("services/*/*_commands.c")
             for name in re.findall(r'\.name = "(\w+)"', path.read_text())}
    yield from (f"README.md: the table of commands lacks {name}" for name in sorted(there - told))
    yield from (f"README.md: the table of commands has {name}, which is none" for name in sorted(first - there))


def ipxe_problems(root):
    """The table for those who come from iPXE says `no` of what has no row, or only one that says so, and of no more."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (yes|no|differs) \|", (root / "docs/ipxe.md").read_text(), re.M))
    tables = "".join(path.read_text() for path in root.glob("services/*/*_commands.c"))
    there = set(re.findall(r'\.name = "(\w+)"', tables))
    absent = set(re.findall(r'\.name = "(\w+)"[^}]*?cmd_absent', tables))
    total = [len(rows), *(list(rows.values()).count(said) for said in ("yes", "differs", "no"))]
    told = "Of these {} commands {} are here, {} are here and differ, and {} are not here yet.".format(*total)
    if told not in (root / "docs/ipxe.md").read_text():
        yield f"docs/ipxe.md: does not say: {told}"
    for name, said in rows.items():
        if (said != "no") != (name in there - absent):
            yield f"docs/ipxe.md: the table says {said} of {name}"


def version_problems(root):
    said = re.search(r'UNDINE_VERSION "([^"]+)"', (root / "kernel/version.h").read_text())[1]
    newest = re.search(r"^## (\S+)", (root / "CHANGELOG.md").read_text(), re.M)[1]
    if said != newest:
        yield f"CHANGELOG.md: begins with {newest}, but kernel/version.h says {said}"
    packaged = re.match(r"undine \((.*)\)", (root / "debian/changelog").read_text())[1]
    if said != packaged:
        yield f"debian/changelog: begins with {packaged}, but kernel/version.h says {said}"


if __name__ == "__main__":
    top = pathlib.Path(__file__).resolve().parent.parent
    found = [*problems(top, set(sys.argv[1:])), *line_problems(top), *name_problems(top), *command_problems(top),
             *ipxe_problems(top), *version_problems(top), *manual.setting_problems(top),
             *manual.editor_problems(top), *rooms.problems(top),
             *conformance_lint.problems(top)]
    print("\n".join(found) if found else "lint: rooms, licences, conditionals and addresses are in order")
    sys.exit(bool(found))
