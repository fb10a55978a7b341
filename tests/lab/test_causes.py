# SPDX-License-Identifier: BSD-2-Clause
"""What Undine says of servers and machines that are real: an address that somebody else has, names that real
resolvers do not find, a gateway that is not there; and `status`."""
import socket
import threading

import pytest

from network import BEYOND, SERVER, TAP

SCRIPT = "#!ipxe\necho this is ${net0/ip}\n"


class Squatter:
    """A machine on the network that has the first address for which Undine probes."""

    MAC = bytes.fromhex("02bbbbbbbb01")

    def __enter__(self):
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
        self._socket.bind((TAP, 0x0806))
        self._socket.settimeout(0.2)
        self.address, self._over = None, False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def _run(self):
        while not self._over:
            try:
                frame = self._socket.recv(2048)
            except TimeoutError:
                continue
            # a probe is a request of no address; Undine's identity is the card's MAC
            if frame[20:22] != b"\0\1" or frame[28:32] != b"\0\0\0\0" or frame[6:9] != b"\x52\x54\0":
                continue
            self.address = self.address or frame[38:42]
            if frame[38:42] == self.address:
                self._socket.send(frame[6:12] + self.MAC + frame[12:20] + b"\0\2" + self.MAC + self.address +
                                  frame[6:12] + b"\0" * 4 + b"\0" * 18)

    def __exit__(self, *_):
        self._over = True
        self._thread.join()
        self._socket.close()


@pytest.mark.deadline(180)
def test_address_conflict(stage, site):
    """Declined to dnsmasq, which gives another one; the script runs with that."""
    site.start(script=SCRIPT)
    with Squatter() as squatter:
        vm = stage.boot()
        vm.expect("dhcp: DECLINE: .* is in use by 02:bb:bb:bb:bb:01; asking for another in 10 s", 60)
        site.wait_for_log("DHCPDECLINE")
        mine = vm.expect(r"^this is (10\.77\.0\.\d+)\s", 60)[1]
        assert socket.inet_aton(mine) != squatter.address
        vm.prompt(60)
        assert f"link up, {mine} by {SERVER}, " in vm.succeeds("status")


@pytest.mark.deadline(240)
def test_who_is_silent(stage, site):
    """Name servers, a machine of our network, a gateway: each by its address."""
    site.start()
    vm = stage.boot()
    vm.prompt()
    assert f"there is no host nowhere.lab.test, says name server {SERVER}" in vm.fails("nslookup nowhere.lab.test")
    vm.succeeds("set dns 10.77.0.99")
    assert "name server 10.77.0.99 cannot be reached" in vm.fails("nslookup www.lab.test", 60)
    # a machine without a name server says so by ICMP, at once
    vm.succeeds(f"set dns {BEYOND}")
    assert f"name server {BEYOND} is closed" in vm.fails("nslookup www.lab.test")
    vm.succeeds("clear dns")
    assert "10.77.0.99:80 does not answer, nor does its machine answer ARP" in vm.fails(
        "imgfetch http://10.77.0.99/x", 120)
    vm.succeeds("route add 10.123.0.0/16 10.77.0.98")
    assert "10.123.0.1:80 does not answer, for the gateway 10.77.0.98 does not answer ARP" in vm.fails(
        "imgfetch http://10.123.0.1/x", 120)
