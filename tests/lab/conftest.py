# SPDX-License-Identifier: BSD-2-Clause
"""The lab's fixtures: a site to serve from, and machines to start there.

What a test leaves behind - serial transcript, logs of QEMU and the servers,
pcap - is in build/lab/FILE/STORY/ and stays there if the test fails.
"""
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "tools")]

import network                          # noqa: E402
from guest import Guest                 # noqa: E402
from network import Site                # noqa: E402
from oddserver import OddServer         # noqa: E402


LAB = os.path.abspath(os.environ["LAB"])    # `run` says where
OPTIONS = os.path.join(HERE, "..", "..", "tools", "options.py")


@pytest.fixture(scope="session", autouse=True)
def lab():
    network.set_up()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if not report.failed:
        return
    item.failed = item.parent.failed = True
    for folder in getattr(item, "folders", ()):
        report.sections.append(("kept in", folder))


@pytest.fixture(autouse=True)
def deadline(request):
    """A story that hangs is over at its deadline, wherever it hangs."""
    mark = request.node.get_closest_marker("deadline")
    seconds = mark.args[0] if mark else 120

    def over(*_):
        pytest.fail(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


class Stage:
    """A folder, the site in it, and the machines of a test or a module."""

    def __init__(self, name, stock=False, undi=False):
        self._stock = stock
        self.folder = os.path.join(LAB, name)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        nbp = network.NBP
        if undi:
            nbp = os.path.join(self.folder, "undi.0")
            subprocess.run([OPTIONS, network.NBP, "--set=driver=undi", "-o", nbp], check=True)
        self.site = Site(self.folder, nbp)
        self.guests = []
        self.in_disorder = False
        self.odd = None
        self._others = []

    def boot(self, kind=Guest, **options):
        """Start a machine at the site; see KIND."""
        name = f"vm{len(self.guests) + 1}"
        folder = os.path.join(self.folder, name)
        os.makedirs(folder)
        if kind is Guest:
            options.setdefault("stock", self._stock)
        guest = kind(folder, **options)
        self.guests.append(guest)
        return guest

    def with_(self, thing):
        """THING.stop() is called at the end."""
        self._others.append(thing)
        return thing

    def end(self, keep):
        for guest in self.guests:
            guest.quit()
        for thing in self._others:
            thing.stop()
        self.site.stop()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def _stage(node):
    """Its folder is FILE/STORY, both without "test_": other files, with stories of that name, are played beside it."""
    name = re.sub(r"[^\w.-]+", "-", node.name).strip("-")
    stage = Stage(os.path.join(node.path.stem, name).replace("test_", ""),
                  stock=bool(node.get_closest_marker("stock")), undi=bool(node.get_closest_marker("undi")))
    node.failed = False
    yield stage
    stage.end(keep=node.failed or bool(os.environ.get("LAB_PCAP")))


@pytest.fixture
def stage(request):
    for stage in _stage(request.node):
        request.node.folders = [stage.folder]
        yield stage


@pytest.fixture
def site(stage):
    return stage.site


@pytest.fixture(scope="module")
def module_stage(request):
    """One site and its machines for all tests of a file."""
    yield from _stage(request.node)


@pytest.fixture(scope="module")
def module_site(module_stage):
    """Servers that name no script: Undine ends up at its prompt."""
    module_stage.site.start()
    return module_stage.site


@pytest.fixture
def guest(request, module_stage, module_site):
    """A machine at the prompt, shared by a file's tests.  One that a test has
    left in disorder, or ended, is replaced."""
    request.node.folders = [module_stage.folder]
    guest = module_stage.guests[-1] if module_stage.guests else None
    if guest and (module_stage.in_disorder or guest.ended):
        guest.quit()
        guest = None
    if not guest:
        guest = module_stage.boot()
        guest.prompt()
    module_stage.in_disorder = True
    yield guest
    module_stage.in_disorder = getattr(request.node, "failed", False)


@pytest.fixture
def odd(module_stage):
    """A web server that misbehaves, shared by a file's tests."""
    if not module_stage.odd:
        module_stage.odd = module_stage.with_(OddServer())
    return module_stage.odd
