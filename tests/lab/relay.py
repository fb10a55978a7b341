# SPDX-License-Identifier: BSD-2-Clause
"""A bad cable: carries frames between QEMU's `-netdev dgram` and the tap, and
loses, delays, duplicates, reorders, corrupts and truncates them on the way.

Which frame meets which fate is decided by a seed, for each direction by
itself: what happens to the n-th frame of a direction is the same in every run.
A process of its own, so that the tests' Python does not slow it down; each
line on its standard input is a JSON object of new settings:

    {"to_machine": {"loss": 0.01, "delay_ms": 5}, "from_machine": {...}}

answered by the number of TCP segments lost so far that were sent again, to the
machine.

Settings, all 0 at first: loss, duplicate, corrupt (one byte becomes another),
truncate, reorder (probabilities), delay_ms (of every frame), jitter_ms (up to
this much more, which reorders, too), dark_after and dark_ms (from that frame
of the direction on, counted from this setting, so long a time nothing passes),
from_port (all is well until a frame from or to this TCP port passes).
"""
import fcntl
import heapq
import json
import os
import random
import select
import socket
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454ca
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
REORDER_MS = 3          # how long a reordered frame is held back

DIRECTIONS = "to_machine", "from_machine"


class Fate:
    """The fates of one direction's frames, one after the other."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._sent = set()
        self.lost_again = 0     # TCP segments with data that were not sent for the first time
        self.settings = {}

    @property
    def settings(self):
        return self._settings

    @settings.setter
    def settings(self, settings):
        self._settings = settings
        self._frames, self._light = 0, None
        self._awaited = settings.get("from_port")

    def _waits(self, frame):
        if self._awaited and frame[12:14] == b"\x08\0" and frame[23] == 6 \
                and self._awaited in struct.unpack_from("!HH", frame, 34):
            self._awaited = None
        return self._awaited

    def _is_sent_again(self, frame):
        if frame[12:15] != b"\x08\0\x45" or frame[23] != 6 or \
                frame[16:18] <= b"\0\x3c":
            return False        # no TCP, or no data in it
        if frame[34:42] in self._sent:
            return True
        self._sent.add(frame[34:42])
        return False

    def _is_dark(self, now):
        self._frames += 1
        if self._frames < self.settings.get("dark_after", 1):
            return False
        if self._light is None:
            self._light = now + self.settings.get("dark_ms", 0) / 1000
        return now < self._light

    def decide(self, frame, now=0):
        """[(frame as it arrives, delay in ms), ...]"""
        rand = self._random
        # Always the same number of draws for a frame, whatever the settings:
        # one frame's fate does not depend on the fates before it.
        draw = {name: rand.random() for name in
                ("loss", "duplicate", "corrupt", "truncate", "reorder",
                 "jitter", "where")}

        def happens(name):
            return draw[name] < self.settings.get(name, 0)

        if self._waits(frame):
            return [(frame, 0)]
        again = self._is_sent_again(frame)
        if self._is_dark(now) or happens("loss"):
            self.lost_again += again
            return []
        delay = self.settings.get("delay_ms", 0) + \
            draw["jitter"] * self.settings.get("jitter_ms", 0)
        if happens("corrupt"):
            at, change = divmod(int(draw["where"] * len(frame) * 255), 255)
            changed = bytearray(frame)
            changed[at] ^= change + 1
            frame = bytes(changed)
        if happens("truncate"):
            frame = frame[:max(1, int(draw["where"] * len(frame)))]
        if happens("reorder"):
            delay += REORDER_MS
        copies = 2 if happens("duplicate") else 1
        return [(frame, delay)] * copies


def open_tap(name):
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF,
                struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    return tap


def carry(tap, sock, machine, seed):
    fates = {name: Fate(f"{seed} {name}") for name in DIRECTIONS}
    waiting = []        # heap of (due, number, direction, frame)
    number = 0
    poll = select.poll()
    for descriptor in (0, tap, sock.fileno()):
        poll.register(descriptor, select.POLLIN)
    controls = b""
    while True:
        pause = None
        if waiting:
            pause = max(0, (waiting[0][0] - time.monotonic()) * 1000)
        ready = [descriptor for descriptor, _ in poll.poll(pause)]
        arrived = []
        if 0 in ready:
            data = os.read(0, 65536)
            if not data:
                return
            controls += data
            *lines, controls = controls.split(b"\n")
            for line in lines:
                for name, settings in json.loads(line).items():
                    fates[name].settings = settings
                os.write(1, b"%d\n" % fates["to_machine"].lost_again)
        for _ in range(64):
            found = len(arrived)
            if tap in ready:
                try:
                    arrived.append(("to_machine", os.read(tap, 65536)))
                except BlockingIOError:
                    pass
            if sock.fileno() in ready:
                try:
                    arrived.append(("from_machine",
                                    sock.recv(65536, socket.MSG_DONTWAIT)))
                except BlockingIOError:
                    pass
            if len(arrived) == found:
                break
        now = time.monotonic()
        for direction, frame in arrived:
            for changed, delay in fates[direction].decide(frame, now):
                number += 1
                heapq.heappush(waiting, (now + delay / 1000, number,
                                         direction, changed))
        while waiting and waiting[0][0] <= now:
            _, _, direction, frame = heapq.heappop(waiting)
            try:
                if direction == "to_machine":
                    sock.sendto(frame, machine)
                else:
                    os.write(tap, frame)
            except OSError:
                # A full queue or no machine there: a cable loses such frames.
                pass


class Relay:
    """Starts the process, and tells it what to do to the frames."""

    def __init__(self, folder, tap, seed):
        self._ours = os.path.join(folder, "relay")
        self._machine = os.path.join(folder, "machine")
        self._process = subprocess.Popen(
            [sys.executable, __file__, tap, self._ours, self._machine,
             str(seed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._process.stdout.readline()

    @property
    def netdev(self):
        return (f"dgram,local.type=unix,local.path={self._machine},"
                f"remote.type=unix,remote.path={self._ours}")

    def set(self, **directions):
        """set(to_machine={"loss": 0.01}); what is not named is as before.
        How many segments to the machine were lost when sent again."""
        self._process.stdin.write(json.dumps(directions).encode() + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def both(self, **settings):
        self.set(to_machine=settings, from_machine=settings)

    def stop(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def main():
    tap, ours, machine, seed = sys.argv[1:]
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(ours)
    tap = open_tap(tap)
    os.write(1, b"ready\n")
    carry(tap, sock, machine, seed)


if __name__ == "__main__":
    main()
