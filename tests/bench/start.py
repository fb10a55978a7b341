# SPDX-License-Identifier: BSD-2-Clause
"""run start [--rounds N] [--nic NIC] FILE... - how long each undine.0 among FILEs
takes from its last TFTP block on the wire to its first line, by turns.

By the clock, and by the emulated processor's own seconds, which say more where
the host is busy.  docs/speed.md has the figures.  Called by `run`, in its
namespaces.
"""
import argparse
import os
import shutil
import socket
import statistics
import struct
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab"),
                os.path.join(TOP, "tools")]

import machine                          # noqa: E402
import network                          # noqa: E402
from network import BUILD, TAP, Site    # noqa: E402
from vcpu import Vcpu                   # noqa: E402

FOLDER = os.path.join(BUILD, "bench", "start")
START = 90              # seconds from power-on to the first line
FIRST_LINE = b"Undine "
ETH_P_ALL = 3
TFTP_DATA = 3


def is_data(frame):
    """A TFTP block from the server: IPv4 without options, UDP."""
    return frame[12:15] == b"\x08\0\x45" and frame[23] == 17 and \
        frame[26:30] == socket.inet_aton(network.SERVER) and \
        frame[42:44] == struct.pack("!H", TFTP_DATA)


class Stopwatch:
    """Notes both clocks at each block, for nobody knows which is the last."""

    def __init__(self, vm):
        self._vcpu = Vcpu(vm)
        self._block = None
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                     socket.htons(ETH_P_ALL))
        self._socket.bind((TAP, 0))
        self._socket.settimeout(0.2)
        self._running = True
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _now(self):
        return time.monotonic(), self._vcpu.seconds()

    def _watch(self):
        while self._running:
            try:
                if is_data(self._socket.recv(2048)):
                    self._block = self._now()
            except TimeoutError:
                pass

    def stop(self):
        """(seconds, processor seconds) since the last block."""
        now = self._now()
        self._running = False
        self._thread.join()
        self._socket.close()
        return [b - a for a, b in zip(self._block, now)]


def measure(site, path, nic):
    link = os.path.join(site.tftp, "undine.0")
    os.remove(link)
    os.symlink(os.path.abspath(path), link)
    command = machine.base_command(
        256, nic, f"tap,ifname={TAP},script=no,downscript=no")
    vm = machine.Machine(FOLDER, command)
    try:
        watch = Stopwatch(vm)
        end = time.monotonic() + START
        # Not expect(): it sees whole lines, and those a little later.
        while FIRST_LINE not in vm.serial.raw and time.monotonic() < end:
            time.sleep(0.0005)
        times = watch.stop()
        if FIRST_LINE not in vm.serial.raw:
            sys.exit(f"bench: {path}: no first line in {START} s")
        return times
    finally:
        vm.quit()


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run start")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--nic", default="e1000")
    parser.add_argument("files", nargs="+", metavar="FILE")
    args = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    network.set_up()
    site = Site(FOLDER)
    site.start()
    found = {path: [] for path in args.files}
    try:
        for _ in range(args.rounds):
            for path in args.files:
                found[path].append(measure(site, path, args.nic))
    finally:
        site.stop()
    print("   bytes  clock, least  clock, median  processor, least  file")
    for path, times in found.items():
        clock, processor = zip(*times)
        print(f"{os.path.getsize(path):8d} {min(clock):13.3f} "
              f"{statistics.median(clock):14.3f} {min(processor):17.3f}  {path}")


if __name__ == "__main__":
    main()
