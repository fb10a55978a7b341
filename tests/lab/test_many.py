# SPDX-License-Identifier: BSD-2-Clause
"""Many machines at once: whole loaders as processes of the host (tests/world/tap.c), each with its own
lease from the real dnsmasq and its own download from the real nginx, or one for all from atftpd, by multicast
(RFC 2090, and PXE's own)."""
import http.server
import json
import os
import re
import subprocess
import threading
import time

import pytest

import dhcp_servers
from network import BUILD, SERVER, TAP, noise, sha256

EXAMPLES = os.path.join(os.path.dirname(BUILD), "examples", "fleet")
PROGRAM = os.path.join(BUILD, "world/tap")
MACHINES = 20
SIZE = 1 << 20
RANGE = "--dhcp-range=10.77.0.100,10.77.0.250,255.255.255.0,1h"


def turn_on(folder, arguments="", count=MACHINES, settings=()):
    """All of them until the last has ended: what became of each, and its log.  SETTINGS are in their file, final."""
    assert os.path.exists(PROGRAM), "make build/world/tap makes it"
    # LeakSanitizer looks for its process in /proc, which shows another namespace's
    done = subprocess.run([PROGRAM, TAP, str(count), folder, arguments, *("!" + setting for setting in settings)],
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


def sent_to_tap():
    """Bytes, whatever they are."""
    shown = subprocess.run(["ip", "-json", "-statistics", "link", "show", TAP], stdout=subprocess.PIPE, check=True)
    return json.loads(shown.stdout)[0]["stats64"]["tx"]["bytes"]


class Start(http.server.BaseHTTPRequestHandler):
    """Answers when three have asked."""

    all_there = threading.Barrier(3)

    def do_GET(self):
        self.all_there.wait(90)
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"go\n")

    def log_message(self, *_):
        pass


PORT = 6969


@pytest.fixture
def multicast(stage, site):
    """atftpd, in the tap's groups; who asks for /go gets it when three have."""
    subprocess.run(["ip", "route", "replace", "239.77.0.0/16", "dev", TAP], check=True)
    def start(*more):
        stage.with_(dhcp_servers.Server(site.folder, "atftpd", [
            "/usr/sbin/atftpd", "--daemon", "--no-fork", "--port", str(PORT), "--user", "root", "--group", "root",
            "--mcast-ttl", "1", "--retry-timeout", "1", "--logfile", "-", "--verbose=7", *more, site.tftp], "", ""))
        while f":{PORT:04X} " not in open("/proc/net/udp").read():
            time.sleep(0.02)
        web = stage.with_(http.server.ThreadingHTTPServer((SERVER, 8081), Start))
        web.stop = lambda: (web.shutdown(), web.server_close())
        threading.Thread(target=web.serve_forever, daemon=True).start()
    return start


def pass_of_three(folder, size):
    """Bytes that the host has sent for each byte of the file, at best; and the machines' logs."""
    egress = []
    while not egress or (min(egress) >= 1.3 and len(egress) < 5):   # a busy host makes one of them lose many
        before = sent_to_tap()
        ends, logs = turn_on(folder, count=3)
        assert ends == {str(n): "exited 0" for n in (1, 2, 3)}, logs
        egress.append((sent_to_tap() - before) / size)
    assert min(egress) < 1.3, egress
    return logs


@pytest.mark.deadline(300)
def test_three_take_one_file_in_one_pass(site, folder, multicast):
    """RFC 2090: atftpd sends each block once, but for what those who came later have missed.  A server that has no
    multicast is asked by tftp: for the same."""
    size = 3 << 20
    content = noise(21, size)
    site.put_tftp("data", content)
    site.put_tftp("plain", b"plain")
    multicast("--mcast-addr", "239.77.0.1-9", "--mcast-port", "1758-1799")
    site.start(f"#!ipxe\nset fetch.response-timeout 90\nimgfetch http://{SERVER}:8081/go || exit 4\n"
               f"imgfetch --name data tftm://{SERVER}:{PORT}/data || exit 1\n"
               f"imgverify --sha256 {sha256(content)} data || exit 2\n"
               f"imgfetch tftm://{SERVER}/plain || exit 3\nexit 0\n", dhcp=[RANGE])
    logs = pass_of_three(folder, size)
    assert all("has no multicast; asking it by tftp:" in log for log in logs.values())


@pytest.mark.deadline(300)
def test_three_by_pxes_own_multicast(site, folder, multicast):
    """PXE 2.1's MTFTP by the files of examples/fleet: the script by the group of DHCP's option 43, a file by that of
    its URL, and what no group has by tftp:, as what the script names beside itself is."""
    size, asked = 3 << 20, 1759
    content = noise(22, size)
    site.put_tftp("initrd.img", content)
    site.put_tftp("plain", b"plain")
    site.put_tftp("boot.ipxe", f"#!ipxe\nset fetch.response-timeout 90\nimgfetch http://{SERVER}:8081/go || exit 4\n"
                  f"imgfetch --name data mtftp://{SERVER}:{asked}/initrd.img?group=239.77.1.2&port=1760 || exit 1\n"
                  f"imgverify --sha256 {sha256(content)} data || exit 2\nimgfetch plain || exit 3\nexit 0\n")
    groups = os.path.join(site.folder, "mtftp.conf")
    with open(os.path.join(EXAMPLES, "mtftp.conf")) as example, open(groups, "w") as file:
        file.write(example.read().replace("/srv/tftp", site.tftp))
    multicast("--mtftp", groups, "--mtftp-port", str(asked))
    site.start(dhcp=[RANGE, "--conf-file=" + os.path.join(EXAMPLES, "multicast.conf")])
    logs = pass_of_three(folder, size)
    for log in logs.values():
        assert f"script: fetching mtftp://{SERVER}/boot.ipxe" in log, log
        assert f"{SERVER}:{asked}: " in log and "by multicast without our asking" in log, log
        assert f"tftp://{SERVER}/plain" in log, log
