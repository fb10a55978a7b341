# SPDX-License-Identifier: BSD-2-Clause
"""A machine of the lab that is not QEMU's: Bochs, with its own BIOS, its card
on the lab's tap, and what guest.py does at a prompt.

Bochs checks what TCG lets pass: limits and rights of segments at each access,
not only when they are loaded.  It interprets, at some 50 million instructions
a second; its clock counts instructions and is slowed down to ours where it
would run ahead, so that no patience ends early.
"""
import os
import re
import shutil
import socket
import subprocess
import termios
import time
import tty

import guest
import machine
from network import BUILD, TAP

OWN = os.path.join(BUILD, "undi-e1000.rom")
STOCK = "/usr/lib/ipxe/qemu/pxe-e1000.rom"
BIOS = "/usr/share/bochs/BIOS-bochs-latest"
SEABIOS = "/usr/share/seabios/bios.bin"
VGA_BIOS = "/usr/share/vgabios/vgabios.bin"
MAC = "52:54:00:62:6f:63"
# The last in its list, of those that its BIOS can start twice.
CPU = "ryzen"
IPS = 50_000_000
HEADS, SECTORS = 16, 63

CONFIG = """\
display_library: term, options="hideIPS"
cpu: model={cpu}, ips={ips}, reset_on_triple_fault=0
clock: sync=slowdown, time0=utc
memory: guest={memory}, host={memory}
romimage: file={bios}, options=fastboot
vgaromimage: file={vga_bios}
vga: extension=vbe
pci: enabled=1, chipset=i440fx, slot1=e1000
e1000: enabled=1, mac={mac}, ethmod=tuntap, ethdev=/dev/net/tun:{tap}{rom}
{disk}
boot: {boot}
com1: enabled=1, mode=socket-client, dev=127.0.0.1:{port}
speaker: enabled=0
log: {folder}/bochs.log
panic: action=fatal
error: action=report
info: action=ignore
debug: action=ignore
"""


def _disk(folder, image):
    """A line for a hard disk with a copy of IMAGE, in whole cylinders."""
    path = os.path.join(folder, "disk.img")
    shutil.copy(image, path)
    cylinder = HEADS * SECTORS * 512
    cylinders = max(2, -(-os.path.getsize(path) // cylinder))
    os.truncate(path, cylinders * cylinder)
    return (f"ata0-master: type=disk, mode=flat, path={path}, "
            f"cylinders={cylinders}, heads={HEADS}, spt={SECTORS}")


class Bochs(guest.Console):
    """From the disk IMAGE, or by its card's ROM where there is none."""

    def __init__(self, folder, rom=OWN, image=None, memory=64, bios=BIOS,
                 cpu=CPU):
        self._folder = folder
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            door.listen()
            door.settimeout(20)
            self._launch(CONFIG.format(
                folder=folder, memory=memory, bios=bios, vga_bios=VGA_BIOS,
                cpu=cpu, ips=IPS, mac=MAC, tap=TAP,
                port=door.getsockname()[1],
                rom=f", bootrom={rom}" if rom else "",
                boot="disk" if image else "network",
                disk=_disk(folder, image) if image else ""))
            self._sock, _ = door.accept()
        self.serial = machine.Serial(self._sock.recv, self._sock.sendall)
        self._open_screen()
        # Only now the first instruction runs: nothing that is printed can be
        # missed.
        self._debugger.write("c\n")
        self._debugger.flush()

    def _path(self, name):
        return os.path.join(self._folder, name)

    def _launch(self, config):
        """Its debugger waits for commands; its screen is a terminal that it
        makes."""
        with open(self._path("bochsrc"), "w") as file:
            file.write(config)
        os.mkfifo(self._path("commands"))
        with open(self._path("stderr"), "wb") as errors, \
                open(self._path("stdout"), "wb") as output:
            self.process = subprocess.Popen(
                ["bochs-bin", "-q", "-f", self._path("bochsrc"),
                 "-rc", self._path("commands")],
                stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                cwd=self._folder, env={**os.environ, "TERM": "vt100",
                                       "LINES": "30", "COLUMNS": "100"})
        self._debugger = open(self._path("commands"), "w")

    def _open_screen(self):
        """Its other end, before anything is on it: a terminal that is not raw
        would type what it is shown."""
        end = time.monotonic() + 60
        while True:
            with open(self._path("stderr"), errors="replace") as file:
                name = re.search(r'connected to screen "(.*)"', file.read())
            if name:
                break
            if self.ended or time.monotonic() > end:
                raise RuntimeError("Bochs did not start; see " + self._folder)
            time.sleep(0.02)
        terminal = os.open(name[1], os.O_RDWR | os.O_NOCTTY)
        tty.setraw(terminal)
        termios.tcflush(terminal, termios.TCIOFLUSH)
        self.screen = machine.Serial(
            lambda size: os.read(terminal, size),
            lambda data: os.write(terminal, data))

    @property
    def log(self):
        """What Bochs itself found wrong."""
        with open(self._path("bochs.log")) as file:
            return file.read()

    def ends(self, word, within=30):
        """Wait until Bochs gives up; with this WORD."""
        self.process.wait(within)
        assert word in self.log

    def quit(self):
        self.process.kill()
        self.process.wait()
        self._debugger.close()
        self._sock.close()
        for name, line in ("serial.txt", self.serial), ("screen.txt", self.screen):
            with open(self._path(name), "wb") as file:
                file.write(line.raw)
