# SPDX-License-Identifier: BSD-2-Clause
"""A switch's trunk port in user space, for the kernel's 8021q module may be
absent: carries frames between QEMU's `-netdev dgram` and two taps.  What the
machine sends without a tag comes out at the first tap, what it sends with the
tag at the second one without it; and the other way round (IEEE 802.1Q, 9.6).
So whatever serves on the second tap is in a VLAN.

A priority tag (VLAN 0) is no tag; frames of other VLANs are dropped.  A process
of its own; each line on its standard input is answered by a JSON object of what
has come from the machine so far:

    {"untagged": 7, "tagged": 5, "dropped": 0, "priorities": [3], "longest": 1514}

with the priorities of the frames of our VLAN, and the length of the longest
frame of all, tag included.
"""
import json
import os
import select
import socket
import struct
import subprocess
import sys

from relay import open_tap

TPID = b"\x81\0"


def add_tag(frame, vlan, priority=0):
    return frame[:12] + TPID + struct.pack(">H", priority << 13 | vlan) + frame[12:]


def take_tag(frame):
    """(VLAN or None, priority, the frame without the tag)"""
    if frame[12:14] != TPID or len(frame) < 18:
        return None, 0, frame
    control, = struct.unpack_from(">H", frame, 14)
    return control & 0xfff, control >> 13, frame[:12] + frame[16:]


class Trunk:
    """What comes from the machine, sorted and counted."""

    def __init__(self, vlan):
        self._vlan = vlan
        self.counts = {"untagged": 0, "tagged": 0, "dropped": 0, "priorities": [], "longest": 0}

    def sort(self, frame):
        """(0: the untagged side, 1: the VLAN, None: nowhere; the frame as it goes there)"""
        counts = self.counts
        counts["longest"] = max(counts["longest"], len(frame))
        vlan, priority, plain = take_tag(frame)
        if not vlan:
            counts["untagged"] += 1
            return 0, plain
        if vlan != self._vlan:
            counts["dropped"] += 1
            return None, plain
        counts["tagged"] += 1
        if priority not in counts["priorities"]:
            counts["priorities"].append(priority)
        return 1, plain


def carry(taps, vlan, sock, machine):
    trunk = Trunk(vlan)
    poll = select.poll()
    for descriptor in (0, *taps, sock.fileno()):
        poll.register(descriptor, select.POLLIN)
    while True:
        ready = [descriptor for descriptor, _ in poll.poll()]
        try:
            if 0 in ready:
                if not os.read(0, 65536):
                    return
                os.write(1, json.dumps(trunk.counts).encode() + b"\n")
            if sock.fileno() in ready:
                side, frame = trunk.sort(sock.recv(65536, socket.MSG_DONTWAIT))
                if side is not None:
                    os.write(taps[side], frame)
            for side, tap in enumerate(taps):
                if tap in ready:
                    frame = os.read(tap, 65536)
                    sock.sendto(add_tag(frame, vlan) if side else frame, machine)
        except OSError:
            # A full queue or no machine there: a cable loses such frames.
            pass


class Tagger:
    """Starts the process.  Its netdev is for a machine's card; the taps must exist."""

    def __init__(self, folder, untagged_tap, tagged_tap, vlan):
        self.ours = os.path.join(folder, "tagger")
        self.machine = os.path.join(folder, "trunk")
        self._process = subprocess.Popen(
            [sys.executable, __file__, untagged_tap, tagged_tap, str(vlan), self.ours, self.machine],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._process.stdout.readline()

    @property
    def netdev(self):
        return (f"dgram,local.type=unix,local.path={self.machine},"
                f"remote.type=unix,remote.path={self.ours}")

    def counts(self):
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def stop(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def main():
    untagged, tagged, vlan, ours, machine = sys.argv[1:]
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(ours)
    taps = open_tap(untagged), open_tap(tagged)
    os.write(1, b"ready\n")
    carry(taps, int(vlan), sock, machine)


if __name__ == "__main__":
    main()
