#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""menu_picture.py [--debian] FILE - a picture of a menu over a picture: a PC
in QEMU starts Undine from its network card's ROM, whose script shows waves of
our own making behind a menu; or in the place of pxelinux, with the menus of
Debian's installer, and our waves for its picture.

Called by `make screenshot`, after setup.sh.
"""
import argparse
import math
import os
import shutil
import struct
import sys
import zlib

import machine

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TOP, "build")
WIDTH, HEIGHT = 800, 600
# from above: the sky, and each wave's first line, height, length and colour
SKY = (24, 32, 56)
WAVES = ((330, 14, 210, (26, 52, 84)), (390, 18, 260, (24, 70, 104)), (450, 16, 180, (20, 88, 120)),
         (510, 20, 230, (16, 106, 132)), (560, 12, 160, (14, 124, 140)))
LIGHT = (250, 240, 200)

SCRIPT = """#!ipxe
console --picture waves.png --left 40 --right 40 --top 40 --bottom 56
colour --rgb 0x9c3848 1
set esc:hex 1b
menu What shall ${net0/ip} do?
item --gap -- ${esc:string}[1;33mInstall
item --key d debian Debian 12, without questions
item --key f freebsd FreeBSD 14, with its installer
item --gap
item --gap -- ${esc:string}[1;33mRepair
set hint A Linux in memory; nothing on the disks is changed
item --key r --hint ${hint} rescue Rescue system
item --key m memtest Test the memory
item --gap
item --key l local Boot from the first disk
choose --default rescue --timeout 60000 what && goto ${what}
"""


def colour(x, y):
    if math.hypot(x - 690, y - 90) < 46:
        return LIGHT
    shown = SKY
    for first, height, length, own in WAVES:
        if y >= first + height * math.sin(2 * math.pi * (x + first) / length):
            shown = own
    return shown


def background():
    """A PNG with a palette."""
    palette = [SKY, LIGHT, *(wave[3] for wave in WAVES)]
    rows = b"".join(b"\0" + bytes(palette.index(colour(x, y)) for x in range(WIDTH)) for y in range(HEIGHT))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)) +
            chunk(b"PLTE", bytes(part for entry in palette for part in entry)) +
            chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def write(folder, name, content):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


def serve_script(tftp):
    write(tftp, "autoexec.ipxe", SCRIPT.encode())
    write(tftp, "waves.png", background())


def serve_debian(tftp):
    """Its tree, but for what is booted."""
    tree = os.path.join(BUILD, "debian", "installer", "tree")
    screens = "debian-installer/amd64/boot-screens"
    for name in os.listdir(os.path.join(tree, screens)):
        if name.endswith(".cfg"):
            with open(os.path.join(tree, screens, name), "rb") as file:
                write(tftp, f"{screens}/{name}", file.read())
    with open(os.path.join(tree, screens, "syslinux.cfg"), "rb") as file:
        write(tftp, "pxelinux.cfg/default", file.read())
    write(tftp, f"{screens}/splash.png", background())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--debian", action="store_true")
    parser.add_argument("file")
    args = parser.parse_args()
    folder = os.path.join(BUILD, "menu-picture")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, "tftp"))
    os.symlink(os.path.join(BUILD, "undine.0"), os.path.join(folder, "tftp", "undine.0"))
    serve = serve_debian if args.debian else serve_script
    serve(os.path.join(folder, "tftp"))
    vm = machine.Machine(folder, machine.base_command(256, "e1000", f"user,tftp={folder}/tftp,bootfile=undine.0"))
    try:
        vm.serial.expect("installer menu" if args.debian else "What shall", 120)
        for _ in range(2):          # all of it is drawn
            vm.serial.expect(r"try 2 in \d+:\d+\)" if args.debian else "Taken in 5[0-8] s", 60)
        vm.screenshot(os.path.abspath(args.file))
    except machine.Timeout as error:
        print(f"menu_picture: {error}", file=sys.stderr)
        return 1
    finally:
        vm.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
