# SPDX-License-Identifier: BSD-2-Clause
"""Many machines at once: whole loaders as processes of the host (tests/world/tap.c), each with its own
lease from the real dnsmasq and its own download from the real nginx."""
import os
import re
import subprocess

import pytest

from network import BUILD, SERVER, TAP, noise, sha256

PROGRAM = os.path.join(BUILD, "world/tap")
MACHINES = 20
SIZE = 1 << 20
RANGE = "--dhcp-range=10.77.0.100,10.77.0.250,255.255.255.0,1h"


def turn_on(folder, arguments="", count=MACHINES):
    """All of them until the last has ended: what became of each, and its log."""
    assert os.path.exists(PROGRAM), "make build/world/tap makes it"
    # LeakSanitizer looks for its process in /proc, which shows another namespace's
    done = subprocess.run([PROGRAM, TAP, str(count), folder, arguments],
                          env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},
                          stdout=subprocess.PIPE, text=True, timeout=100, check=True)
    ends = dict(line.split(None, 1) for line in done.stdout.splitlines())
    logs = {}
    for number in ends:
        with open(f"{folder}/{number}.log", errors="replace") as file:
            logs[number] = file.read()
    return ends, logs


@pytest.fixture
def folder(site):
    path = os.path.join(site.folder, "machines")
    os.makedirs(path)
    return path


def test_twenty_at_once(site, folder):
    content = noise(20, SIZE)
    site.put("data", content)
    site.start(f"#!ipxe\nimgfetch --name data data && imgverify --sha256 {sha256(content)} data && exit 0\n"
               "exit 1\n", dhcp=[RANGE])
    ends, logs = turn_on(folder)
    assert ends == {str(n): "exited 0" for n in range(1, MACHINES + 1)}
    addresses = {re.search(r"ACK (\S+) from", log)[1] for log in logs.values()}
    assert len(addresses) == MACHINES
    whole = [r for r in site.nginx.requests() if r.line.startswith("GET /data ") and r.sent == SIZE]
    assert len(whole) == MACHINES


def test_those_who_find_nothing_say_so(site, folder):
    site.start("#!ipxe\nimgfetch nothing || exit 7\n", dhcp=[RANGE])
    ends, logs = turn_on(folder)
    assert set(ends.values()) == {"exited 7"}
    assert all(f"http://{SERVER}/nothing" in log and "404" in log for log in logs.values())
