#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""manual.py OUT - makes the manual page undine(7) from docs/undine.7.in: with
the settings that docs/options.md lists, the lines that count of
examples/dnsmasq.conf, and the version.

setting_problems() and editor_problems() are for lint.py: the list and the code agree.
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| (`.*?) \| (.*?) ?\| (.*) \|$")
NAME = re.compile(r"[a-z][a-z0-9.-]*")
# how the code asks for a setting by its name
ASKS = re.compile(r'\b(?:settings_(?:text|number|format|marks)|text_of|early_setting|setting_is|number_set|patch_get)'
                  r'\([^;"]*?"([^"]+)"'
                  r'|\{ \.prefix = "([^"]+[^".-])"|#define TRUST_POLICY "([^"]+)"')
# whole links have these; their place is docs/script.md
OF_LINKS = {"net", "dns"}


def settings(root=TOP):
    """[(names, usual value, what it does)] as docs/options.md has them, in Markdown."""
    text = (root / "docs/options.md").read_text()
    table = re.search(r"^## What there is to set\n.*?^\|---.*?\n(.*?)\n\n", text, re.M | re.S)[1]
    rows = [ROW.match(line) for line in table.splitlines()]
    return [(re.findall(r"`(.+?)`", row[1]), row[2], row[3]) for row in rows]


def asked(root=TOP):
    """The names of the settings that the code asks for."""
    names = set()
    for path in [root / "main.c", *root.glob("services/*/*.[ch]"), *root.glob("drivers/*/*.c")]:
        names |= {name for found in ASKS.findall(path.read_text()) for name in found if NAME.fullmatch(name)}
    policy = (root / "services/fetch/fetch_policy.c").read_text()
    names |= {f"fetch.{name}" for name in re.findall(r'^\t\[FETCH_\w+\] = \{ "(.+?)"', policy, re.M)}
    guard = (root / "services/telnet/guard.c").read_text()
    names |= {f"telnetd.{name}" for name in re.findall(r'"(.+?)"', re.search(r"guard_names.*?\}", guard, re.S)[0])}
    return names - OF_LINKS


def setting_problems(root):
    rows = [name for names, _, _ in settings(root) for name in names]
    told = set(rows)
    sources = "".join(path.read_text() for path in [*root.glob("services/*/*.c"), *root.glob("drivers/*/*.c")])
    there = asked(root)
    yield from (f"docs/options.md: the table of settings has {name} twice" for name in sorted(told)
                if rows.count(name) > 1)
    yield from (f"docs/options.md: the table of settings lacks {name}" for name in sorted(there - told))
    yield from (f"docs/options.md: the table of settings has {name}, which is none"
                for name in sorted(told - there) if f'"{name}"' not in sources)


def editor_problems(root):
    """The editor's own list: those of the table that have no number in setting_names.c, and that may be set late."""
    def quoted(name, pattern):
        return set(re.findall(r'"([a-z][^"]*)"', re.search(pattern, (root / name).read_text(), re.S)[0]))
    shown = quoted("services/menu/config.c", r"of_loader\[\] = \{.*?\};")
    numbered = quoted("services/script/setting_names.c", r" names\[\] = \{.*?\n\};")
    told = {name for names, _, text in settings(root) if "Arguments and file only" not in text for name in names}
    yield from (f"services/menu/config.c: of_loader lacks {name}" for name in sorted(told - numbered - shown))
    yield from (f"services/menu/config.c: of_loader has {name}, which docs/options.md has not"
                for name in sorted(shown - (told - numbered)))


def roff(text):
    """Markdown within a line."""
    text = re.sub(r"\[([^]]*)\]\(([^)]*)\)", r"\1", text)
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"`(.+?)`", r"\\fB\1\\fR", text)
    return f"\\&{text}" if text.startswith((".", "'")) else text


def page(root=TOP):
    rows = []
    for names, usual, text in settings(root):
        given = f" ({roff(usual)})" if usual else ""
        rows += [".TP", ", ".join(f"\\fB{roff(name)}\\fR" for name in names) + given, roff(text) + "."]
    example = [roff(line) for line in (root / "examples/dnsmasq.conf").read_text().splitlines()
               if line and not line.startswith("#")]
    version = re.search(r'UNDINE_VERSION "([^"]+)"', (root / "kernel/version.h").read_text())[1]
    text = (root / "docs/undine.7.in").read_text()
    for mark, value in ("@SETTINGS@", "\n".join(rows)), ("@EXAMPLE@", "\n".join(example)), ("@VERSION@", version):
        assert mark in text
        text = text.replace(mark, value)
    return text


if __name__ == "__main__":
    with open(sys.argv[1], "w") as out:
        out.write(page())
