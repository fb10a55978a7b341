# SPDX-License-Identifier: BSD-2-Clause
"""The trunk port itself, without a machine: what it does to tags, and frames
through the process, from and to both taps."""
import os
import socket
import subprocess
import time

import pytest

from network import noise
from tagger import Tagger, Trunk, add_tag, take_tag

KIND = b"\x88\xb5"      # for experiments: the kernel neither sends nor answers it
FRAME = b"\xff" * 6 + b"\x52\x54\0\0\0\1" + KIND + noise(1, 1486)
TAGGED = FRAME[:12] + b"\x81\0\x60\x07" + FRAME[12:]


def test_tags():
    assert add_tag(FRAME, 7, 3) == TAGGED
    assert take_tag(TAGGED) == (7, 3, FRAME)
    assert take_tag(FRAME) == (None, 0, FRAME)
    assert take_tag(TAGGED[:17]) == (None, 0, TAGGED[:17])


def test_sorts_and_counts():
    trunk = Trunk(7)
    assert trunk.sort(FRAME) == (0, FRAME)
    assert trunk.sort(TAGGED) == (1, FRAME)
    assert trunk.sort(add_tag(FRAME, 0, 5)) == (0, FRAME)
    assert trunk.sort(add_tag(FRAME, 8))[0] is None
    assert trunk.counts == {"untagged": 2, "tagged": 1, "dropped": 1, "priorities": [3], "longest": 1504}


class Wire:
    """The other side of a tap."""

    def __init__(self, tap):
        self.tap = tap
        subprocess.run(["ip", "tuntap", "add", tap, "mode", "tap"], check=True)
        subprocess.run(["ip", "link", "set", tap, "up"], check=True)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.bind((tap, int.from_bytes(KIND, "big")))
        self.socket.settimeout(5)

    def wait(self):
        """Until the kernel has seen that somebody holds the tap: what is sent before is dropped without a word."""
        end = time.monotonic() + 30
        while " state UP " not in subprocess.run(["ip", "link", "show", self.tap], check=True, text=True,
                                                 stdout=subprocess.PIPE).stdout:
            assert time.monotonic() < end
            time.sleep(0.02)

    def stop(self):
        self.socket.close()
        subprocess.run(["ip", "link", "del", self.tap], check=True)


@pytest.fixture
def trunk(stage):
    wires = stage.with_(Wire("trunk-a")), stage.with_(Wire("trunk-b"))
    tagger = stage.with_(Tagger(stage.folder, "trunk-a", "trunk-b", 7))
    for wire in wires:
        wire.wait()
    machine = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    machine.bind(tagger.machine)
    machine.settimeout(5)
    machine.connect(tagger.ours)
    yield tagger, machine, *(wire.socket for wire in wires)
    machine.close()


def of_our_kind(machine):
    """The kernel says things of its own on a tap that comes up."""
    while True:
        frame = machine.recv(65536)
        if take_tag(frame)[2][12:14] == KIND:
            return frame


def test_carries(trunk):
    tagger, machine, plain, vlan = trunk
    machine.send(FRAME)
    assert plain.recv(65536) == FRAME
    machine.send(add_tag(FRAME, 8))
    machine.send(TAGGED)
    assert vlan.recv(65536) == FRAME
    plain.send(FRAME)
    assert of_our_kind(machine) == FRAME
    vlan.send(FRAME)
    assert of_our_kind(machine) == add_tag(FRAME, 7)
    assert tagger.counts() == {"untagged": 1, "tagged": 1, "dropped": 1, "priorities": [3], "longest": 1504}
    for wire in plain, vlan:
        wire.setblocking(False)
        with pytest.raises(BlockingIOError):
            wire.recv(65536)


def test_no_machine_is_no_reason_to_stop(trunk):
    tagger, machine, plain, _ = trunk
    os.unlink(tagger.machine)
    plain.send(FRAME)
    machine.send(FRAME)
    assert plain.recv(65536) == FRAME
    assert tagger.counts()["untagged"] == 1
