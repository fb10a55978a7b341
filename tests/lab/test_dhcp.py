# SPDX-License-Identifier: BSD-2-Clause
"""DHCP that goes wrong for Undine, after it went well for the ROM."""
import re
import struct
import time

import pytest

from network import SERVER, noise
from oddserver import OddDhcp, dhcp_reply

SCRIPT = "#!ipxe\necho the script runs\n"


def kind(message):
    """Option 53 of a client's message: 1 discovers, 3 requests."""
    return re.search(rb"\x63\x82\x53\x63\x35\x01(.)", message, re.S)[1][0]


def lease(message):
    """A whole good answer to MESSAGE."""
    every = (struct.pack("!BB4s", 1, 4, bytes((255, 255, 255, 0))) +
             struct.pack("!BB4s", 54, 4, bytes((10, 77, 0, 1))) +
             struct.pack("!BBI", 51, 4, 3600))
    script = f"http://{SERVER}/boot.ipxe".encode()
    every += bytes((67, len(script))) + script + b"\xff"
    return dhcp_reply(message, 2 if kind(message) == 1 else 5, "10.77.0.77",
                      every)


def ends_at_prompt(vm, within=100):
    vm.prompt(within)
    assert "still here" in vm.run("echo still here")


@pytest.mark.deadline(180)
@pytest.mark.waits
def test_nobody_answers(stage, site):
    """Ends at the prompt with the reason; a later `dhcp` succeeds."""
    site.start(dhcp=OddDhcp.DNSMASQ)
    vm = stage.boot()
    vm.expect("dhcp: no lease on net0: .*", 100)
    ends_at_prompt(vm)
    stage.with_(OddDhcp(lease))
    vm.succeeds("dhcp")
    assert "10.77.0.77" in vm.run("ifstat")


NONSENSE = [
    lambda message: noise(len(message), 300),
    lambda message: lease(message)[:241],
    lambda message: b"\x02" + b"\xff" * 590,
    # An option that runs past the end, no address, everybody's address.
    lambda message: lease(message)[:240] + b"\x35\xff\x02",
    lambda message: dhcp_reply(message, 2, "0.0.0.0",
                               b"\x36\x04\x0a\x4d\0\x01\xff"),
    lambda message: dhcp_reply(message, 2, "255.255.255.255",
                               b"\x36\x04\x0a\x4d\0\x01\xff"),
    # Answers to somebody else.
    lambda message: lease(message[:4] + b"else" + message[8:]),
    lambda message: lease(message[:28] + b"\x02else." + message[34:]),
]


@pytest.mark.deadline(180)
@pytest.mark.waits
def test_answers_are_nonsense(stage, site):
    """All kinds of it to every message, and then no lease."""
    site.start(dhcp=OddDhcp.DNSMASQ)
    odd = stage.with_(OddDhcp(*NONSENSE))
    vm = stage.boot()
    vm.expect("dhcp: no lease on net0: .*", 150)
    ends_at_prompt(vm)
    assert odd.asked > 1


def test_nonsense_before_a_lease(stage, site):
    """The good answer counts, though it comes last."""
    site.put("boot.ipxe", SCRIPT)
    site.start(dhcp=OddDhcp.DNSMASQ)
    stage.with_(OddDhcp(*NONSENSE, lease))
    stage.boot().expect("the script runs", 60)


def test_refused_once(stage, site):
    """A NAK to the request: Undine asks again and gets the lease."""
    site.put("boot.ipxe", SCRIPT)
    site.start(dhcp=OddDhcp.DNSMASQ)
    refusals = []

    def answer(message):
        if kind(message) == 3 and not refusals:
            refusals.append(message)
            return dhcp_reply(message, 6, "0.0.0.0",
                              b"\x36\x04\x0a\x4d\x00\x01\xff")
        return lease(message)

    stage.with_(OddDhcp(answer))
    vm = stage.boot()
    vm.expect("the script runs", 60)
    assert refusals


def test_each_answer_takes_a_while(stage, site):
    """0.7 s: one handshake, though the shell looks at its keys meanwhile."""
    site.put("boot.ipxe", SCRIPT)
    site.start(dhcp=OddDhcp.DNSMASQ)
    transactions = set()

    def answer(message):
        transactions.add(message[4:8])
        time.sleep(0.7)
        return lease(message)

    stage.with_(OddDhcp(answer))
    stage.boot().expect("the script runs", 60)
    assert len(transactions) == 1


def test_slow_server(stage, site):
    """The first two messages are lost; the third is answered."""
    site.put("boot.ipxe", SCRIPT)
    site.start(dhcp=OddDhcp.DNSMASQ)
    seen = []

    def answer(message):
        seen.append(message)
        return lease(message) if len(seen) > 2 else None

    stage.with_(OddDhcp(answer))
    stage.boot().expect("the script runs", 90)
