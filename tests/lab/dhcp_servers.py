# SPDX-License-Identifier: BSD-2-Clause
"""DHCP servers as people run them, each with a configuration file of its own:
dnsmasq, ISC dhcpd, Kea and busybox's udhcpd, on the lab's tap, and an ISC dhcpd
behind a relay agent; TFTP stays the site's.

A configuration is what docs/servers.md shows, between what every server needs.
"""
import json
import os
import subprocess
import time

from network import SERVER, TAP


class Server:
    """A process that serves until stop()."""

    def __init__(self, folder, name, command, config, ready, env=None):
        self.folder = os.path.join(folder, name)
        os.makedirs(self.folder)
        self.log = os.path.join(self.folder, "log")
        self._config = os.path.join(self.folder, "config")
        with open(self._config, "w") as file:
            file.write(config)
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(
                [word.format(config=self._config, folder=self.folder) for word in command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                env={**os.environ, **{name: value.format(folder=self.folder)
                                      for name, value in (env or {}).items()}})
        end = time.monotonic() + 60
        while ready not in self.said():
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise AssertionError(f"{name} does not start:\n{self.said()}")
            time.sleep(0.05)

    def said(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()


def dnsmasq(folder, config):
    return Server(folder, "dnsmasq", ["/usr/sbin/dnsmasq", "--no-daemon", "--pid-file=", "--port=0",
                                      "--log-dhcp", "--conf-file={config}"], f"""
interface={TAP}
except-interface=lo
bind-interfaces
dhcp-authoritative
no-ping
dhcp-leasefile={folder}/dnsmasq/leases
{config}""", "started")


def isc(folder, config):
    command = ["/usr/sbin/dhcpd", "-4", "-d", "-cf", "{config}", "-lf", "{folder}/leases", "-pf", "{folder}/pid",
               "--no-pid", TAP]
    os.makedirs(os.path.join(folder, "isc-leases"), exist_ok=True)
    command[command.index("{folder}/leases")] = os.path.join(folder, "isc-leases", "leases")
    open(command[command.index("-lf") + 1], "w").close()
    return Server(folder, "isc", command, f"""
authoritative;
ping-check false;
default-lease-time 3600;
{config}
subnet 10.77.0.0 netmask 255.255.255.0 {{
    range 10.77.0.50 10.77.0.60;
    option routers {SERVER};
    option domain-name-servers {SERVER};
}}
""", "Server starting service")


def udhcpd(folder, config, address=SERVER):
    os.makedirs(os.path.join(folder, "udhcpd-leases"), exist_ok=True)
    leases = os.path.join(folder, "udhcpd-leases")
    return Server(folder, "udhcpd", ["/usr/bin/busybox", "udhcpd", "-f", "-a", "0", "-I", address, "{config}"], f"""
interface {TAP}
start 10.77.0.70
end 10.77.0.70
lease_file {leases}/leases
pidfile {leases}/pid
option subnet 255.255.255.0
option router {SERVER}
option dns {SERVER}
option lease 3600
{config}
""", "started")


FAR = "10.99.0.2"           # a server's in a namespace of its own, to which only the relay has a way
RELAY = "10.99.0.1"


def isc_far(folder, config):
    """In a network of its own, of which the machine's is only told by a relay agent."""
    commands = (f"ip link add far1 type veth peer name far0 netns {os.getpid()}",
                f"ip address add {FAR}/24 dev far1", "ip link set far1 up", f"ip route add 10.77.0.0/24 via {RELAY}",
                "touch leases", "exec /usr/sbin/dhcpd -4 -d -cf config -lf leases --no-pid far1")
    return Server(folder, "isc-far", ["/usr/bin/unshare", "--net", "/bin/sh", "-ec", "\n".join(commands)], f"""
authoritative;
ping-check false;
default-lease-time 3600;
subnet 10.99.0.0 netmask 255.255.255.0 {{
}}
subnet 10.77.0.0 netmask 255.255.255.0 {{
    range 10.77.0.50 10.77.0.60;
    option routers {SERVER};
    option domain-name-servers {SERVER};
}}
{config}
""", "Server starting service")


def relay(folder):
    """ISC's, between the tap and the far server, which is there before it."""
    for command in f"address add {RELAY}/24 dev far0", "link set far0 up":
        subprocess.run(["ip"] + command.split(), check=True)
    return Server(folder, "relay", ["/usr/sbin/dhcrelay", "-4", "-d", "--no-pid", "-iu", "far0", "-id", TAP, FAR], "",
                  "Sending on   Socket/fallback")


def kea(folder, options):
    config = {"Dhcp4": {
        # the tap has no carrier before the loader is there
        "interfaces-config": {"interfaces": [TAP], "service-sockets-max-retries": 600,
                              "service-sockets-retry-wait-time": 100},
        "lease-database": {"type": "memfile", "persist": False},
        "valid-lifetime": 3600,
        "subnet4": [{
            "subnet": "10.77.0.0/24",
            "pools": [{"pool": "10.77.0.50 - 10.77.0.60"}],
            "option-data": [{"name": "routers", "data": SERVER}, {"name": "domain-name-servers", "data": SERVER}],
        }],
        "loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": "stdout"}]}],
        **options,
    }}
    return Server(folder, "kea", ["/usr/sbin/kea-dhcp4", "-c", "{config}"], json.dumps(config, indent=1),
                  "DHCP4_STARTED",
                  {"KEA_LOCKFILE_DIR": "{folder}", "KEA_PIDFILE_DIR": "{folder}"})


def tftp(folder, root):
    return Server(folder, "tftpd", ["/usr/sbin/dnsmasq", "--no-daemon", "--pid-file=", "--port=0",
                                   "--conf-file={config}"], f"""
interface={TAP}
bind-interfaces
enable-tftp
tftp-root={root}
""", "started")
