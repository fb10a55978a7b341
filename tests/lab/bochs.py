# SPDX-License-Identifier: BSD-2-Clause
"""A machine of the lab that is not QEMU's: Bochs, with its own BIOS, its card
on the lab's tap, and what guest.py does at a prompt.

Bochs checks what TCG lets pass: limits and rights of segments at each access,
not only when they are loaded.  It interprets, at some 50 million instructions
a second; its clock counts instructions and is slowed down to ours where it
would run ahead, so that no patience ends early.
"""
import fcntl
import os
import pty
import shutil
import socket
import struct
import subprocess
import termios
import threading

import guest
import machine
from network import BUILD, TAP

OWN = os.path.join(BUILD, "undi-e1000.rom")
STOCK = "/usr/lib/ipxe/qemu/pxe-e1000.rom"
BIOS = "/usr/share/bochs/BIOS-bochs-latest"
VGA_BIOS = "/usr/share/vgabios/vgabios.bin"
MAC = "52:54:00:62:6f:63"
IPS = 50_000_000
HEADS, SECTORS = 16, 63

CONFIG = """\
display_library: term, options="hideIPS"
cpu: model=core2_penryn_t9600, ips={ips}, reset_on_triple_fault=0
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

    def __init__(self, folder, rom=OWN, image=None, memory=64, bios=BIOS):
        self._folder = folder
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            door.listen()
            door.settimeout(20)
            self._start(CONFIG.format(
                folder=folder, memory=memory, bios=bios, vga_bios=VGA_BIOS,
                ips=IPS, mac=MAC, tap=TAP, port=door.getsockname()[1],
                rom=f", bootrom={rom}" if rom else "",
                boot="disk" if image else "network",
                disk=_disk(folder, image) if image else ""))
            # Bochs looks for the other end of the serial line before the first
            # instruction.
            try:
                self._sock, _ = door.accept()
            except OSError:
                self._end()
                raise RuntimeError("Bochs did not start; see " + folder)
        self.serial = machine.Serial(self._sock.recv, self._sock.sendall)

    def _start(self, config):
        """Its screen is a terminal, of which nobody takes notice; its debugger
        waits for a word before it starts the machine."""
        rc, begin = (os.path.join(self._folder, name)
                     for name in ("bochsrc", "begin"))
        with open(rc, "w") as file:
            file.write(config)
        with open(begin, "w") as file:
            file.write("c\n")
        self._terminal, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("4H", 30, 100, 0, 0))
        with open(os.path.join(self._folder, "stderr"), "wb") as errors:
            self.process = subprocess.Popen(
                ["bochs-bin", "-q", "-f", rc, "-rc", begin],
                stdin=other, stdout=other, stderr=errors, cwd=self._folder,
                start_new_session=True, env={**os.environ, "TERM": "vt100"})
        os.close(other)
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self):
        with open(os.path.join(self._folder, "screen"), "wb") as file:
            try:
                while data := os.read(self._terminal, 65536):
                    file.write(data)
            except OSError:     # it ended
                pass

    @property
    def log(self):
        """What Bochs itself found wrong."""
        with open(os.path.join(self._folder, "bochs.log")) as file:
            return file.read()

    def _end(self):
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)

    def quit(self):
        self._end()
        self._sock.close()
        with open(os.path.join(self._folder, "serial.txt"), "wb") as file:
            file.write(self.serial.raw)
