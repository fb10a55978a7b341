# SPDX-License-Identifier: BSD-2-Clause
"""The clock, set by an NTP server."""
import datetime
import socket
import struct
import threading
import time

import pytest

from network import SERVER

THEN = 1767323045       # 2 January 2026, 03:04:05


class Clock:
    """Says that it is THEN; the first question it does not hear."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((SERVER, 123))
        self.questions = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                question, sender = self._socket.recvfrom(200)
            except OSError:
                return
            self.questions.append(question)
            if len(self.questions) > 1:
                self._socket.sendto(struct.pack(">BBBb8x4s8x8s8xII", 0x24, 2, 6, -20, b"LAB.", question[40:48],
                                                THEN + 2208988800, 0), sender)

    def stop(self):
        self._socket.close()


@pytest.fixture
def clock(module_site):
    it = Clock()
    yield it
    it.stop()


def test_clock(guest, clock):
    before = int(guest.succeeds("show unixtime").split(" = ")[1].split()[0], 0)
    assert abs(before - time.time()) < 3600 * 24, datetime.datetime.fromtimestamp(before)
    assert f"the clock is set by {SERVER}" in guest.succeeds(f"ntp {SERVER}")
    # more where a busy host has kept the clock from answering for 1.5 s
    assert len(clock.questions) >= 2 and all(len(q) == 48 and q[0] == 0x23 for q in clock.questions)
    now = int(guest.succeeds("show unixtime").split(" = ")[1].split()[0], 0)
    assert THEN <= now < THEN + 60
