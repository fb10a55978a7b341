# SPDX-License-Identifier: BSD-2-Clause
"""A second network of the lab, for a second card: a tap of its own, with DHCP
on it, and the same files by the web server, which listens everywhere.

    10.78.0.1/24    the server, on the second card's network
"""
import os
import subprocess
import time

TAP = "lab1"
SERVER = "10.78.0.1"


class SecondNetwork:
    """stage.with_(SecondNetwork(stage.folder)); what Undine may lease there is 10.78.0.50 to .60."""

    def __init__(self, folder, tap=TAP):
        self.tap = tap
        for command in (f"tuntap add {tap} mode tap",
                        f"address add {SERVER}/24 dev {tap}",
                        f"link set {tap} up"):
            subprocess.run(["ip"] + command.split(), check=True)
        self._log = os.path.join(folder, "dnsmasq-2.log")
        self._dnsmasq = subprocess.Popen(
            ["/usr/sbin/dnsmasq", "--no-daemon", "--conf-file=/dev/null",
             "--pid-file=", f"--dhcp-leasefile={folder}/leases-2",
             f"--log-facility={self._log}", "--log-dhcp", "--port=0",
             f"--interface={tap}", "--except-interface=lo", "--bind-interfaces",
             "--dhcp-authoritative", "--no-ping",
             "--dhcp-range=10.78.0.50,10.78.0.60,255.255.255.0,1h",
             f"--dhcp-option=option:router,{SERVER}"],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while "started" not in self.log() and time.monotonic() < end:
            time.sleep(0.02)

    @property
    def netdev(self):
        """What follows `-netdev`, as n1."""
        return f"tap,id=n1,ifname={self.tap},script=no,downscript=no,vnet_hdr=off"

    def log(self):
        try:
            with open(self._log, errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def stop(self):
        self._dnsmasq.terminate()
        self._dnsmasq.wait()
        subprocess.run(["ip", "link", "del", self.tap], check=True)
