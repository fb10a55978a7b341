# SPDX-License-Identifier: BSD-2-Clause
"""The rules of the house, for lint.py: what a folder's name, its headers and its includes have to be.

A room is kernel/, net/, a driver's or a service's folder.  Every name stands
once; a header is implemented where it lies; no two rooms know each other,
directly or around a corner; what a header declares, others use, or it is part
of a file that tests look into.
"""
import collections
import re

ROOMS = ("kernel", "net", "drivers", "services")
# what may stand in a header without a user: tests give back by them what they made, or it is for what is next
UNUSED = {"lineedit_free", "net_destroy", "listing_put"}
DECLARED = re.compile(r"^(?!static|typedef|enum|union|#)[A-Za-z_][\w \t*]*?\b(\w+)\([^;{}]*\)[^;{}]*;", re.M)
DEFINED = re.compile(r"^(?!static|typedef|#)[A-Za-z_][\w \t*]*?\b(\w+)\([^;{}]*\)\s*\{", re.M)


def room(name):
    parts = name.split("/")
    return "/".join(parts[:2 if parts[0] in ("drivers", "services") or len(parts) > 2 else 1])


def code(text):
    """Without comments and texts; the lines stay."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', lambda m: "\n" * m[0].count("\n"), text, flags=re.S)


def names(root):
    seen = {}
    for top in ROOMS:
        for path in [root / top, *(p for p in sorted((root / top).rglob("*")) if p.is_dir())]:
            name = path.relative_to(root).as_posix()
            if path.name in seen:
                yield f"{name}: {seen[path.name]} has that name already"
            seen.setdefault(path.name, name)


def circles(sources):
    """One message for each pair of rooms that know each other by the shortest way, with the includes."""
    why = collections.defaultdict(dict)
    for name, text in sources.items():
        for header in re.findall(r'^\s*#include "([^"]+/[^"]+)"', text, re.M):
            if header.startswith(ROOMS) and room(header) != room(name):
                why[room(name)].setdefault(room(header), f"{name} includes {header}")
    told = set()
    for start in sorted(why):
        came, queue = {start: None}, collections.deque([start])
        while queue:
            at = queue.popleft()
            if start in why[at] and at != start:
                way = [at]
                while came[way[-1]]:
                    way.append(came[way[-1]])
                way = [*way[::-1], start]
                if frozenset(way) not in told:
                    told.add(frozenset(way))
                    includes = "; ".join(why[a][b] for a, b in zip(way, way[1:]))
                    yield f"rooms in a circle, {' -> '.join(way)}: {includes}"
                break
            for known in why[at]:
                if known not in came:
                    came[known] = at
                    queue.append(known)


def headers(sources, tests):
    """Functions implemented in another room than they are declared in, or that nobody needs but their own file."""
    text = {name: code(t) for name, t in sources.items()}
    words = {name: set(re.findall(r"\w+", t)) for name, t in text.items()}
    tested = {word for t in tests for word in re.findall(r"\w+", code(t))}
    defined = collections.defaultdict(set)
    for name, t in text.items():
        if name.endswith(".c"):
            for function in DEFINED.findall(t):
                defined[function].add(name)
    for name, t in text.items():
        for function in DECLARED.findall(t) if name.endswith(".h") and name.startswith(ROOMS) else ():
            own = defined[function] | {name}
            if defined[function] and not any(room(d) == room(name) for d in defined[function]):
                yield f"{name}: {function}() is implemented in {', '.join(sorted(defined[function]))}"
            elsewhere = any(function in w for other, w in words.items() if other not in own)
            within = any(len(re.findall(rf"\b{function}\b", text[d])) > 1 for d in defined[function])
            if defined[function] and not elsewhere and function not in UNUSED and not (within and function in tested):
                yield f"{name}: {function}() is used by nobody else"


def problems(root):
    sources = {p.relative_to(root).as_posix(): p.read_text() for top in (*ROOMS, "boot16", "sdk")
               for p in sorted((root / top).rglob("*")) if p.suffix in (".c", ".h", ".asm", ".inc")}
    sources["main.c"] = (root / "main.c").read_text()
    tests = [p.read_text() for p in (root / "tests").rglob("*") if p.suffix in (".c", ".h")]
    yield from names(root)
    yield from circles(sources)
    yield from headers(sources, tests)
