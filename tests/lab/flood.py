# SPDX-License-Identifier: BSD-2-Clause
"""A flood of frames into the lab's tap, bounded in number and pace: SYNs from
made-up neighbours, segments near a connection, and noise.
"""
import random
import socket
import struct
import threading
import time

from network import SERVER, TAP

MAC = bytes.fromhex("525400123456")     # QEMU's first card
PACE = 2000                             # frames a second
AT_ONCE = 20


def checksum(data):
    data += b"\0" * (len(data) % 2)
    return 0xffff - int.from_bytes(data, "big") % 0xffff


def packet(source, to, protocol, data):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(data), 0, 0, 64,
                       protocol, 0, socket.inet_aton(source),
                       socket.inet_aton(to))
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return MAC + b"\x02\0\0\0\0\x77\x08\0" + head + data


def segment(source, to, ports, seq, ack, flags, data=b""):
    tcp = struct.pack("!HHIIBBHHH", *ports, seq, ack, 0x50, flags, 1000, 0,
                      0) + data
    pseudo = socket.inet_aton(source) + socket.inet_aton(to) + \
        struct.pack("!HH", 6, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    return packet(source, to, 6, tcp)


class Kinds:
    """One frame of each kind, made with the random generator of a seed."""

    def __init__(self, machine, seed):
        self._to, self._random = machine, random.Random(seed)

    def _stranger(self):
        return f"10.77.0.{self._random.randrange(100, 250)}"

    def syn(self):
        """To telnet's port and others, from a neighbour that is not there."""
        rand = self._random
        port = rand.choice((23, 80, rand.randrange(1, 65536)))
        return segment(self._stranger(), self._to,
                       (rand.randrange(1, 65536), port),
                       rand.getrandbits(32), 0, 2)

    def blind(self):
        """As if from the web server, to a port that may be the download's,
        with any number and any flags."""
        rand = self._random
        return segment(SERVER, self._to,
                       (8080, rand.randrange(49152, 65536)),
                       rand.getrandbits(32), rand.getrandbits(32),
                       rand.getrandbits(6), rand.randbytes(50))

    def noise(self):
        """Bytes behind a right IP header, or behind a MAC address only."""
        rand = self._random
        data = rand.randbytes(rand.randrange(1, 1400))
        if rand.random() < 0.5:
            return packet(self._stranger(), self._to,
                          rand.choice((1, 2, 6, 17, 99)), data)
        return MAC + b"\x02\0\0\0\0\x77" + \
            rand.choice((b"\x08\0", b"\x08\x06")) + data


class Flood:
    """Sends FRAMES frames at PACE; stop() ends it before."""

    def __init__(self, make, frames):
        self._make, self._frames = make, frames
        self._over = threading.Event()
        self.sent = 0
        self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self._sock.bind((TAP, 0))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        begun = time.monotonic()
        while self.sent < self._frames and not self._over.is_set():
            for _ in range(AT_ONCE):
                self._sock.send(self._make())
                self.sent += 1
            due = begun + self.sent / PACE
            self._over.wait(max(0, due - time.monotonic()))

    def stop(self):
        self._over.set()
        self._thread.join()
        self._sock.close()
