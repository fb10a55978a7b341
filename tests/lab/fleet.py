# SPDX-License-Identifier: BSD-2-Clause
"""A fleet that is switched on at once: whole loaders as processes of the host (tests/world/tap.c), an origin, and the
caches of examples/fleet between them, by these very files.

    10.77.0.1   the origin: nginx
    10.77.0.2   a cache: nginx, by examples/fleet/nginx.conf
    10.77.0.3   a cache: squid, by examples/fleet/squid.conf
    10.77.0.4   a mirror that is out
"""
import os
import statistics
import subprocess
import time

import webserver
from dhcp_servers import Server
from network import BUILD, SERVER, TAP, noise, sha256
from test_many import EXAMPLES, PROGRAM, sent_to_tap

CACHE, SQUID, DEAD = "10.77.0.2", "10.77.0.3", "10.77.0.4"
RANGES = ("10.77.0.70,10.77.0.254", "10.77.0.5,10.77.0.49")

SIZE = 4 << 20
DATA = noise(40, SIZE)
SCRIPT = f"""#!ipxe
kernel mb2.elf
module --name data {{data}}
imgverify --sha256 {sha256(DATA)} data
boot
"""
# How the machines are told: the boot file, where the script has the data from, and arguments
WAYS = {
    "the origin alone": (f"http://{SERVER}/boot.ipxe", "data", ""),
    "nginx, cold": (f"http://{CACHE}/boot.ipxe", "data", ""),
    "nginx, warm": (f"http://{CACHE}/boot.ipxe", "data", ""),
    "squid, cold": (f"http://{SERVER}/boot.ipxe", "data", f"http-proxy=http://{SQUID}:3128"),
    "a mirror out, nginx": (f"http://{CACHE}/boot.ipxe", f"http://{DEAD}/data|http://{CACHE}/data", ""),
    "multicast, atftpd": (f"http://{SERVER}/boot.ipxe", f"mtftp://{SERVER}:1759/data?group=239.77.1.2&port=1760", ""),
}


def example(name):
    with open(os.path.join(EXAMPLES, name)) as file:
        return file.read()


def nginx(folder):
    server = Server(folder, "cache", ["/usr/sbin/nginx", "-p", "{folder}", "-c", "{config}", "-e", "{folder}/error.log",
                                      "-g", "daemon off; master_process off; user root root; pid nginx.pid;"],
                    example("nginx.conf"), "")
    while not os.path.exists(os.path.join(server.folder, "nginx.pid")):
        time.sleep(0.02)
    return server


def squid(folder):
    # it will be nobody's root
    somebody = ["/usr/bin/unshare", "--user", "--map-user=1000", "--map-group=1000"]
    return Server(folder, "squid", somebody + ["/usr/sbin/squid", "-N", "-d1", "-f", "{config}"],
                  example("squid.conf") + "pid_filename none\ncache_log /dev/null\naccess_log none\n"
                  "shutdown_lifetime 0 seconds\npinger_enable off\n", "Accepting HTTP Socket connections")


class Result:
    def __init__(self, machines, way, seconds, egress):
        self.machines, self.way, self.egress = machines, way, egress
        self.median, self.slowest = statistics.median(seconds), max(seconds)

    def __str__(self):
        return (f"{self.machines:4} machines, {self.way:28} egress at the origin {self.egress / (1 << 20):7.1f} MiB "
                f"({self.egress / SIZE:5.1f} times the data), median boot {self.median:6.1f} s, "
                f"slowest {self.slowest:6.1f} s")


class Fleet:
    """The servers of one stage; run() as often as one likes."""

    def __init__(self, stage, program=PROGRAM):
        self._stage, self._site = stage, stage.site
        for address in CACHE, SQUID, DEAD:
            subprocess.run(["ip", "address", "add", f"{address}/24", "dev", TAP], check=True)
        self._site.link("mb2.elf", "build/kernels/mb2dump-elf32.elf")
        self._site.put("data", DATA)
        self._site.put_tftp("data", DATA)
        subprocess.run(["ip", "route", "replace", "239.77.0.0/16", "dev", TAP], check=True)
        self._origin = stage.with_(webserver.Nginx(os.path.join(stage.folder, "origin"), self._site.http, SERVER, 80))
        self._started = {}
        self._program = program
        self._runs = 0

    def _fresh_caches(self):
        for server in self._started.values():
            server.stop()
        self._runs += 1
        folder = os.path.join(self._stage.folder, f"caches{self._runs}")
        self._started = {start: self._stage.with_(start(folder)) for start in (nginx, squid, self._atftpd)}

    def _atftpd(self, folder):
        """PXE's MTFTP, of one file; it tells its length on port 69."""
        return Server(folder, "atftpd", [
            "/usr/sbin/atftpd", "--daemon", "--no-fork", "--port", "69", "--user", "root", "--group", "root",
            "--mcast-ttl", "1", "--retry-timeout", "1", "--mtftp", "{config}", "--mtftp-port", "1759",
            self._site.tftp], f"{self._site.tftp}/data 239.77.1.2 1760\n", "")

    def run(self, machines, way, within=300):
        """That many at once, until the last has booted."""
        boot_file, data, arguments = WAYS[way]
        if not way.endswith("warm"):
            self._fresh_caches()
        self._site.put("boot.ipxe", SCRIPT.format(data=data))
        self._site.stop_dhcp()
        self._site.start_dhcp(boot_file, [f"--dhcp-range={r},255.255.255.0,1h" for r in RANGES], tftp=False)
        folder = os.path.join(self._stage.folder, f"machines-{machines}-{list(WAYS).index(way)}")
        os.makedirs(folder, exist_ok=True)
        before, sent = len(self._origin.requests()), sent_to_tap()
        begun = time.monotonic()
        tap = subprocess.Popen([self._program, TAP, str(machines), folder, arguments], text=True,
                               stdout=subprocess.PIPE, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
        killer = self._stage.with_(Ender(tap))
        seconds, others = [], []
        for line in tap.stdout:
            number, end = line.split(None, 1)
            seconds.append(time.monotonic() - begun)
            if end.strip() != "booted":
                others.append((number, end))
            assert seconds[-1] < within
        killer.stop()
        assert not others and len(seconds) == machines, (others, folder)
        egress = sum(r.sent for r in self._origin.requests()[before:])
        if way.startswith("multicast"):
            egress = sent_to_tap() - sent       # all that there is, of DHCP, too
        return Result(machines, way, seconds, egress)


class Ender:
    def __init__(self, process):
        self._process = process

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
