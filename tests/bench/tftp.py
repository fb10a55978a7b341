# SPDX-License-Identifier: BSD-2-Clause
"""run tftp [--rounds N] [--size MIB] [--delay MS] [--nic NIC] [--only SERVER,...]
[--hpa FILE] - how long Undine and pxelinux take for a file over TFTP, by turns, from each
server, on a line where a packet takes MS there and MS back.

The clock is on the tap, on the far side of the line: from the request for the
file to the acknowledgement of its last block.  docs/speed.md has the figures.
Debian's atftpd and tftpd-hpa cannot be installed both: FILE is the latter's
in.tftpd, wherever its package was unpacked.  Called by `run`, in its
namespaces.
"""
import argparse
import glob
import os
import select
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab"),
                os.path.join(TOP, "tools")]

import machine                          # noqa: E402
import network                          # noqa: E402
from contenders import KERNEL, SYSLINUX, with_driver  # noqa: E402
from ftp_servers import groups_library  # noqa: E402
from network import BUILD, SERVER, TAP, Site    # noqa: E402
from relay import Relay                 # noqa: E402

FOLDER = os.path.join(BUILD, "bench", "tftp")
PXELINUX = "/usr/lib/PXELINUX/pxelinux.0"
START = 120             # seconds from power-on to the request
FILE = "bench"
REQUEST, DATA, ACK, ERROR = 1, 3, 4, 5
ETH_P_ALL, PACKET_OUTGOING = 3, 4
SERVERS = {
    "atftpd": ["/usr/sbin/atftpd", "--daemon", "--no-fork", "--user", "root",
               "--group", "root", "--bind-address", SERVER,
               "--logfile", os.path.join(FOLDER, "atftpd.log"), "--verbose=7"],
    "dnsmasq": None,
    "tftpd-hpa": ["--foreground", "--secure", "--user", "root", "--address",
                  f"{SERVER}:69"],
}


class NotDone(Exception):
    pass


class Clock:
    """Sees the transfer of FILE go by."""

    def __init__(self):
        self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                   socket.htons(ETH_P_ALL))
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
        self._sock.bind((TAP, 0))
        self.began = self.ended = None
        self.windows = self.sent = self.bytes = 0
        self._port = self._last = None
        self._blksize = 512

    def _see(self, frame, outgoing):
        if frame[12:15] != b"\x08\0\x45" or frame[23] != 17:
            return
        ours = struct.unpack_from("!H", frame, 36 if outgoing else 34)[0]
        op = struct.unpack_from("!H", frame, 42)[0]
        data = frame[42:14 + struct.unpack_from("!H", frame, 16)[0]]
        if op == REQUEST and not outgoing:
            name = data[2:].split(b"\0")[0]
            if name.split(b"/")[-1] == FILE.encode():
                self.began = self.began or time.monotonic()
                self._port, self._last, self.bytes = ours, None, 0
        elif ours != self._port:
            pass
        elif op == 6:
            words = data[2:].split(b"\0")
            self._blksize = int(words[words.index(b"blksize") + 1])
        elif op == DATA:
            self.sent += 1
            if len(data) - 4 < self._blksize:
                self._last = data[2:4]
        elif op == ACK and not outgoing:
            self.windows += 1
            if data[2:4] == self._last:
                self.ended = time.monotonic()

    def wait(self, alive, within):
        end = time.monotonic() + START
        while not self.ended:
            if self.began:
                end = self.began + within
            if not alive() or time.monotonic() > end:
                raise NotDone("asked for, not done" if self.began else "not asked for")
            if select.select([self._sock], [], [], 0.2)[0]:
                frame, address = self._sock.recvfrom(2048)
                self._see(frame, address[2] == PACKET_OUTGOING)
        return self.ended - self.began

    def close(self):
        self._sock.close()


def lay_out(site, loader):
    """The options that dnsmasq needs."""
    if loader == "undine":
        script = site.put("boot.ipxe", f"#!ipxe\nimgfetch tftp://{SERVER}/{FILE}\n")
        return [f"--dhcp-boot=tag:undine,{script},,{SERVER}",
                f"--dhcp-boot=tag:!undine,undine.0,,{SERVER}"]
    modules = glob.glob(os.path.join(SYSLINUX, "modules/bios/*.c32"))
    for path in [PXELINUX, KERNEL] + modules:
        shutil.copy(path, site.tftp)
    site.put_tftp("pxelinux.cfg/default", "DEFAULT bench\nPROMPT 0\nLABEL bench\n"
                  f"KERNEL memdisk\nINITRD {FILE}\n")
    return [f"--dhcp-boot=tag:!undine,pxelinux.0,,{SERVER}"]


def measure(args, server, loader):
    folder = os.path.join(FOLDER, f"{server}-{loader}")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    site = Site(folder)
    # no link: tftpd-hpa follows none out of its folder
    with_driver("undi", network.NBP, os.path.join(site.tftp, "undine.0"))
    site.put_tftp(FILE, network.noise(args.size, (args.size << 20) + 1))
    daemon = clock = relay = vm = None
    try:
        command = SERVERS[server]
        site.start(dhcp=lay_out(site, loader), tftp=command is None)
        if command:
            daemon = subprocess.Popen(command + [site.tftp],
                                      env={**os.environ, "LD_PRELOAD": groups_library(folder)})
        relay = Relay(folder, TAP, f"tftp {server}")
        relay.both(delay_ms=args.delay)
        clock = Clock()
        vm = machine.Machine(folder, machine.base_command(512, args.nic, relay.netdev))
        took = clock.wait(lambda: vm.process.poll() is None,
                          30 + args.size * (4 + args.delay * 2))
        if loader == "undine":
            vm.serial.expect(rf"tftp: {FILE} .* from .*\n|{FILE} .*MB/s", 20)
        return took, clock
    finally:
        if vm:
            with open(os.path.join(folder, "serial.txt"), "wb") as file:
                file.write(vm.serial.raw)
            vm.quit()
        if clock:
            clock.close()
        if relay:
            relay.stop()
        if daemon:
            daemon.kill()
            daemon.wait()
        site.stop()


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run tftp")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--size", type=int, default=8, metavar="MIB")
    parser.add_argument("--delay", type=int, default=5, metavar="MS")
    parser.add_argument("--nic", default="e1000")
    parser.add_argument("--only", help=",".join(SERVERS))
    parser.add_argument("--loaders", default="undine,pxelinux")
    parser.add_argument("--hpa", metavar="FILE")
    args = parser.parse_args()
    if args.hpa:
        SERVERS["tftpd-hpa"].insert(0, os.path.abspath(args.hpa))
    else:
        del SERVERS["tftpd-hpa"]
    args.only = [name for name in SERVERS if not args.only or name in args.only.split(",")]
    shutil.rmtree(FOLDER, ignore_errors=True)
    network.set_up()
    found = {}
    for _ in range(args.rounds):
        for server in args.only:
            for loader in args.loaders.split(","):
                try:
                    took, clock = measure(args, server, loader)
                except (NotDone, machine.Timeout) as error:
                    print(f"{server:10} {loader:9} failed: {error}", flush=True)
                    continue
                found.setdefault((server, loader), []).append(took)
                print(f"{server:10} {loader:9} {took:8.2f} s  {clock.sent} blocks, "
                      f"{clock.windows} acknowledgements", flush=True)
    for server in args.only:
        ours, theirs = (found.get((server, loader)) for loader in ("undine", "pxelinux"))
        if ours and theirs:
            times = statistics.median(theirs) / statistics.median(ours)
            print(f"{server}: Undine is {times:.1f} times as fast as pxelinux")


if __name__ == "__main__":
    main()
