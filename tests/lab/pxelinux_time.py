# SPDX-License-Identifier: BSD-2-Clause
"""How long it is from the ROM's first TFTP request for a boot file to the menu on the screen, by the host's clock, and
how many frames the machine sends meanwhile: each of them waits for its answer."""
import time

import mb2
import pcap

IP, UDP, READ = b"\x08\0", 17, b"\0\1"       # READ: TFTP's RRQ
STILL = 3                   # seconds in which a screen does not change: what is drawn is all of it


def asks_for(frame, name):
    return frame[12:14] == IP and frame[23] == UDP and frame[42:44] == READ and \
        frame[44:].startswith(name.encode() + b"\0")


def requested(vm, name, within=120):
    """Waits until the machine has asked for that file by TFTP: when."""
    end = time.monotonic() + within
    while not any(asks_for(frame, name) for frame in pcap.frames(vm.pcap)):
        assert time.monotonic() < end, f"nobody has asked for {name}"
        time.sleep(0.005)
    return time.monotonic()


def drawn(vm, size, rows, within=60):
    """Waits until those rows of pixels of a screen of that size have changed for the last time: when."""
    end = time.monotonic() + within
    changed, before = None, None
    while time.monotonic() < end:
        now = time.monotonic()
        shown = mb2.Screen(vm)
        part = shown.rows(*rows) if shown.size == size else None
        if part != before:
            changed, before = now, part
        elif before and now - changed > STILL:
            return changed
        time.sleep(0.03)
    raise AssertionError("the screen does not come to rest")


def sent(vm, name):
    """IP packets that the machine has sent since it asked for that file."""
    count = 0
    own = None
    for frame in pcap.frames(vm.pcap):
        own = own or (frame[6:12] if asks_for(frame, name) else None)
        count += frame[6:12] == own and frame[12:14] == IP
    return count
