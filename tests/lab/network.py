# SPDX-License-Identifier: BSD-2-Clause
"""The lab's network: one tap with our addresses on it, and on it, for each
test, dnsmasq (DHCP, TFTP, DNS) and nginx.

    10.77.0.1/24    the server, on the machine's own network
    10.88.0.1       the same host, but only to be reached by the gateway
    10.77.0.66      nobody: packets to it end in silence
"""
import hashlib
import os
import random
import subprocess
import time

import webserver

TAP = "lab0"
SERVER = "10.77.0.1"
BEYOND = "10.88.0.1"
NOBODY = "10.77.0.66"

BUILD = os.path.abspath(os.path.join(os.path.dirname(__file__),
                                     "..", "..", "build"))
NBP = os.environ.get("LAB_NBP") or os.path.join(BUILD, "undine.0")


def set_up():
    """Once a session, in the namespace that `run` made."""
    for command in (
            "link set lo up",
            f"tuntap add {TAP} mode tap",
            f"address add {SERVER}/24 dev {TAP}",
            f"address add fd77::1/64 dev {TAP} nodad",
            f"address add {BEYOND}/32 dev lo",
            f"link set {TAP} up"):
        subprocess.run(["ip"] + command.split(), check=True)


def pass_a_second():
    """What is made now holds from this second on; a machine's clock, which began with a whole second of its chip's,
    may be up to two behind."""
    time.sleep(2)


def noise(seed, size):
    """SIZE bytes that no transfer gets right by chance."""
    return random.Random(seed).randbytes(size)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def tcp_counts():
    """What the servers' TCP has counted so far, by Linux's names."""
    counts = {}
    for path in "/proc/self/net/snmp", "/proc/self/net/netstat":
        with open(path) as file:
            lines = file.read().splitlines()
        for names, values in zip(lines[::2], lines[1::2]):
            if names.startswith("Tcp"):
                counts.update(zip(names.split()[1:],
                                  map(int, values.split()[1:])))
    return counts


class Site:
    """The servers of one test, their files, and their logs."""

    serving = None      # the one whose servers run: they share addresses

    def __init__(self, folder, nbp=NBP):
        self.folder = folder
        self.http = os.path.join(folder, "http")
        self.tftp = os.path.join(folder, "tftp")
        os.makedirs(self.http)
        os.makedirs(self.tftp)
        os.symlink(nbp, os.path.join(self.tftp, "undine.0"))
        self.dhcp_log = os.path.join(folder, "dnsmasq.log")
        self._dnsmasq = None
        self.nginx = None

    def put(self, name, content):
        """A file on the web server; its URL."""
        return self._put(self.http, name, content,
                         f"http://{SERVER}/{name}")

    def put_tftp(self, name, content):
        return self._put(self.tftp, name, content,
                         f"tftp://{SERVER}/{name}")

    @staticmethod
    def _put(folder, name, content, url):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
        # whole or not at all: a machine may ask for it at this moment
        with open(f"{path}.new", "wb") as file:
            file.write(content)
        os.replace(f"{path}.new", path)
        return url

    def link(self, name, path):
        """A file that is elsewhere, on the web server; its URL."""
        os.symlink(os.path.abspath(path), os.path.join(self.http, name))
        return f"http://{SERVER}/{name}"

    def start(self, script=None, dhcp=(), nginx="", tftp=True):
        """Start the servers.  SCRIPT is what DHCP names to Undine as its boot
        file: an URL, or lines for a boot.ipxe on the web server."""
        assert not Site.serving, "two sites cannot serve at once: a file's " \
            "tests use either `guest` or `site`"
        Site.serving = self
        self.start_dhcp(script, dhcp, tftp)
        self.start_nginx(nginx)

    def start_dhcp(self, script=None, dhcp=(), tftp=True):
        options = []
        if script is not None:
            if "\n" in script:
                script = self.put("boot.ipxe", script)
            options.append(f"--dhcp-boot=tag:undine,{script}")
        before = self.log().count("started")
        self._dnsmasq = subprocess.Popen(
            # --no-daemon also keeps it from changing its user, which a user
            # namespace would forbid.
            ["/usr/sbin/dnsmasq", "--no-daemon", "--conf-file=/dev/null",
             "--pid-file=",
             f"--dhcp-leasefile={self.folder}/leases",
             f"--log-facility={self.dhcp_log}", "--log-dhcp", "--log-queries",
             f"--interface={TAP}", "--except-interface=lo", "--bind-interfaces",
             "--dhcp-authoritative", "--no-ping",
             "--dhcp-range=10.77.0.50,10.77.0.60,255.255.255.0,1h",
             f"--dhcp-option=option:router,{SERVER}",
             f"--dhcp-option=option:dns-server,{SERVER}",
             "--dhcp-option=option:domain-name,lab.test",
             # iPXE's ROM waits 16 s for an IPv6 router where there is none.
             "--enable-ra", "--dhcp-range=fd77::,ra-only",
             # Nor need it wait for other servers' boot offers.
             "--dhcp-option=encap:175,176,1b",
             "--dhcp-userclass=set:undine,Undine",
             "--dhcp-boot=undine.0",
             *(["--enable-tftp", f"--tftp-root={self.tftp}"] if tftp else []),
             "--no-hosts", "--no-resolv", "--local=/test/",
             f"--address=/www.lab.test/{SERVER}",
             f"--address=/beyond.lab.test/{BEYOND}",
             "--cname=alias.lab.test,www2.lab.test",
             f"--host-record=www2.lab.test,{SERVER}",
             # Two addresses, the dead one first.
             "--no-round-robin", f"--host-record=two.lab.test,{SERVER}",
             f"--host-record=two.lab.test,{NOBODY}",
             *options, *dhcp],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_for_log("started", more_than=before)

    def start_nginx(self, nginx=""):
        # On every address, so the same files are beyond the gateway.
        self.nginx = webserver.Nginx(os.path.join(self.folder, "nginx"),
                                     self.http, "0.0.0.0", 80, nginx)

    def log(self):
        try:
            with open(self.dhcp_log, errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def wait_for_log(self, text, within=30, more_than=0):
        """Until the log has TEXT more often than so many times."""
        end = time.monotonic() + within
        while self.log().count(text) <= more_than:
            if self._dnsmasq.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"no {text!r} in {self.dhcp_log}")
            time.sleep(0.02)

    def stop_dhcp(self):
        if self._dnsmasq:
            self._dnsmasq.terminate()
            self._dnsmasq.wait()
            self._dnsmasq = None

    def stop_nginx(self):
        if self.nginx:
            self.nginx.stop()
            self.nginx = None

    def stop(self):
        if Site.serving is self:
            Site.serving = None
        self.stop_dhcp()
        self.stop_nginx()
