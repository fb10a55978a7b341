# SPDX-License-Identifier: BSD-2-Clause
"""Feeds raw.asm with full UDP frames (1514 bytes), as a TCP sender would: so
many on their way and no more.  Each "." that it says makes room for the next.

Bounded in time by its caller and in frames by itself, and it sends to QEMU's
addresses through the lab's tap only: no frame can go anywhere else.
"""
import socket
import struct
import threading
import time

FRAME = 1514
FRAMES_A_DOT = 64
FRAMES_MAX = 5_000_000
STALLED = 0.1           # seconds without a dot: frames were lost
MAC = "52:54:00:12:34:56"       # QEMU's first card
TAP = "lab0"


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def frame():
    payload = FRAME - 14 - 20 - 8
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, FRAME - 14, 0, 0, 64, 17, 0,
                       socket.inet_aton("10.77.0.1"),
                       socket.inet_aton("10.77.0.50"))
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return (bytes.fromhex(MAC.replace(":", "")) + b"\x02" + bytes(5)
            + b"\x08\0" + head
            + struct.pack("!HHHH", 9, 9, 8 + payload, 0) + bytes(payload))


class Feeder:
    """heard() is called, in any thread, with what came over the serial line."""

    def __init__(self, window):
        self._window = window
        self._frame = frame()
        self._lock = threading.Lock()
        self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self._sock.bind((TAP, 0))
        self._feeding = False
        self._last = 0.0
        self.taken = self.sent = self.stalls = 0

    def _send(self, frames):
        for _ in range(min(frames, FRAMES_MAX - self.sent)):
            self._sock.send(self._frame)
            self.sent += 1

    def heard(self, data):
        with self._lock:
            frames = data.count(b".") * FRAMES_A_DOT
            if self._feeding and frames:
                self.taken += frames
                self._last = time.monotonic()
                self._send(frames)

    def feed(self, seconds):
        """Keep the machine fed for so long."""
        end = time.monotonic() + seconds
        with self._lock:
            self._feeding = True
        while (now := time.monotonic()) < end:
            with self._lock:
                if now - self._last > STALLED:
                    self.stalls += self._last > 0
                    self._last = now
                    self._send(self._window)
            time.sleep(0.01)

    def stop(self):
        with self._lock:
            self._feeding = False
        self._sock.close()
