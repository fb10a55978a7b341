# SPDX-License-Identifier: BSD-2-Clause
"""The host's tests built in other ways than `make unit` builds them, by the same Makefile.

A tree below build/trees/ has the project's folders as links and a build/
of its own, so that `make` in it, told another compiler and other flags, makes
the same programs: with counters for coverage.py, without sanitizers for
mutate.py.
"""
import concurrent.futures
import os
import pathlib
import resource
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROOMS = ("kernel", "net", "services")
WORKERS = os.cpu_count() or 1
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
KINDS = (("unit", "tests/unit/test_*.c"), ("world", "tests/world/test_*.c"), ("replay", "tests/fuzz/fuzz_*.c"))


def programs(kinds=("unit", "world", "replay")):
    """The tests' programs, as make calls them."""
    return [f"build/{kind}/{path.stem}" for kind, pattern in KINDS if kind in kinds
            for path in sorted(ROOT.glob(pattern))]


def corpus(program):
    """What is given to a program."""
    return [f"tests/fuzz/corpus/{program.rpartition('fuzz_')[2]}"] if "/replay/" in program else []


class Tree:
    """Of a name, a compiler and flags instead of the sanitizers'; or, of no name, the project itself."""

    def __init__(self, name, compiler=None, flags=None):
        if name is None:
            self.path, self.settings = ROOT, []
            return
        self.path = ROOT / "build/trees" / name
        (self.path / "build").mkdir(parents=True, exist_ok=True)
        for entry in ROOT.iterdir():
            link = self.path / entry.name
            if entry.name not in ("build", ".git") and not link.is_symlink():
                link.symlink_to(entry)
        bare = self.path / "build/bare.o"
        self.run([compiler, "-O1", "-c", "-o", bare, "tests/unit/bare.c"])
        self.settings = [f"HOSTCC={compiler}", f"SAN={flags} -w -Wl,{bare}"]

    def run(self, command, **more):
        return subprocess.run(command, cwd=self.path, check=True, env=ENVIRONMENT, **more)

    def make(self, *targets, options=()):
        return self.run(["make", f"-j{WORKERS}", *options, *self.settings, *targets],
                        stdout=subprocess.PIPE, text=True).stdout

    def links(self, targets):
        """program -> the command that links it."""
        said = self.make(*targets, options=["-n", "V=1", "-W", "build/host/libundine.a"])
        found = {}
        for line in said.replace("\\\n", " ").splitlines():
            command = line.rpartition("; ")[2].split()
            if "-o" in command and command[command.index("-o") + 1] in targets:
                found[command[command.index("-o") + 1]] = command
        missing = set(targets) - set(found)
        assert not missing, f"no command links {missing}"
        return found


def run_test(command, cwd, cpu_s, env=None):
    """(how it ended, seconds it took): 0, "time" or what else it returned."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.setpgid(0, 0)
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, preexec_fn=limit, env={**os.environ, **(env or {})})
    try:
        status = process.wait(timeout=20 * cpu_s + 20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        status = "time"
    return status, time.monotonic() - began


def in_parallel(do, things):
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(do, things))
