# SPDX-License-Identifier: BSD-2-Clause
"""Other loaders and disks, started from Undine's prompt: each NBP comes up
with a working network, each boot sector with the registers it expects."""
import binascii
import os
import shutil
import struct
import subprocess

import pytest

from network import NBP, SERVER, noise, sha256
from test_starts import GRUB, LDLINUX, PXELINUX, UNDIONLY

URL = f"http://{SERVER}"


def send(vm, line):
    vm.prompt(60)
    vm.serial.send(line + "\r")


def agents(site, path):
    """Who asked the web server for PATH."""
    return [request.agent for request in site.nginx.requests()
            if request.line.split()[1] == path]


# --- other NBPs

def test_undine(stage, site):
    """Itself, with arguments; and once more."""
    site.put("args.ipxe", "#!ipxe\necho arguments: ${colour}\nshell\n")
    content = noise(31, 300_000)
    url = site.put("content", content)
    site.start()
    vm = stage.boot()
    for colour in "blue", "red":
        send(vm, f"chain tftp://{SERVER}/undine.0 colour={colour} "
             f"script={URL}/args.ipxe")
        vm.expect("found by entry stack", 60)
        vm.expect(f"^arguments: {colour}", 60)
        vm.prompt()
        assert vm.fetch(url) == sha256(content)
        vm.serial.send("exit\r")


@pytest.mark.parametrize("loader", ["pxelinux.0", "lpxelinux.0"])
def test_pxelinux(stage, site, loader):
    """pxelinux works by the ROM's UDP, lpxelinux by its UNDI."""
    site.link(loader, os.path.join(PXELINUX, loader))
    shutil.copy(LDLINUX, site.tftp)
    site.put_tftp("pxelinux.cfg/default",
                  "SERIAL 0 115200\nSAY it is up\nPROMPT 1\n")
    site.start()
    send(stage.boot(), f"chain {URL}/{loader}")
    stage.guests[0].expect("it is up", 60)


def test_lpxelinux_with_another_reply(stage, site):
    """What it takes from the ROM's DHCP packets is what we put there."""
    site.link("lpxelinux.0", os.path.join(PXELINUX, "lpxelinux.0"))
    site.link("ldlinux.c32", LDLINUX)
    site.put("dir/my.cfg", "SERIAL 0 115200\nSAY mine\nPROMPT 1\n")
    site.link("dir/ldlinux.c32", LDLINUX)
    site.start()
    send(stage.boot(), f"chain --option 210={URL}/dir/ --option 209=my.cfg "
         f"--next-server {SERVER} --filename lpxelinux.0 {URL}/lpxelinux.0")
    stage.guests[0].expect("mine", 60)
    assert "Syslinux" in agents(site, "/dir/my.cfg")[0]


def test_undionly(stage, site):
    site.link("undionly.kpxe", UNDIONLY)
    site.put("went", "#!ipxe\n")
    site.start()
    vm = stage.boot()
    vm.prompt(60)
    # iPXE gets this name too; by now it is a script.
    os.remove(os.path.join(site.tftp, "undine.0"))
    site.put_tftp("undine.0", f"#!ipxe\nimgfetch {URL}/went\nshell\n")
    vm.serial.send(f"chain {URL}/undionly.kpxe\r")
    vm.expect("went.*ok", 60)
    assert "iPXE" in agents(site, "/went")[0]


def test_grub(stage, site):
    config = os.path.join(stage.folder, "grub.cfg")
    with open(config, "w") as file:
        file.write("serial --speed=115200\nterminal_output serial\n"
                   "cat (pxe)/went\n")
    subprocess.run(
        ["grub-mkimage", "-O", "i386-pc-pxe", "-d", GRUB, "-c", config,
         "-p", "(pxe)/", "-o", os.path.join(site.http, "grub.0"),
         "pxe", "tftp", "serial", "terminal", "cat"], check=True)
    site.put_tftp("went", "GRUB has read this\n")
    site.start()
    send(stage.boot(), f"chain {URL}/grub.0")
    stage.guests[0].expect("GRUB has read this", 60)
