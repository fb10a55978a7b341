# SPDX-License-Identifier: BSD-2-Clause
"""Undine's forms: undine.lkrn, which loaders of Linux start, with a script as its
initrd or commands on its command line; undine.iso, on a CD and on a stick;
undine.img on a stick."""
import os
import re
import subprocess

import pytest

import options
from network import BUILD
from test_restart import panic
from test_starts import LDLINUX, NEXT, PXELINUX, SECOND, copy, grub_cd, works

pytestmark = [pytest.mark.stock, pytest.mark.deadline(300)]

LKRN = os.path.join(BUILD, "undine.lkrn")
ISOLINUX = "/usr/lib/ISOLINUX/isolinux.bin"
SCRIPT = "#!ipxe\necho it has come, ${colour}\ndhcp\necho arguments: ${colour}\nshell\n"


def write(stage, name, text):
    path = os.path.join(stage.folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def came(vm, site, colour):
    """The script runs without a network, which it gets by itself; the card works."""
    vm.expect(f"^it has come, {colour}", 60)
    vm.expect(f"^arguments: {colour}", 60)
    vm.prompt()
    works(vm, site)


# --- undine.lkrn

def test_qemu_kernel_with_a_script_as_its_initrd(stage, site):
    """Which the next life has, too."""
    site.start()
    vm = stage.boot(extra=["-kernel", LKRN, "-append", "colour=blue",
                           "-initrd", write(stage, "script", SCRIPT)])
    came(vm, site, "blue")
    assert "script: taken from initrd" in vm.run("log")
    panic(vm, 2)
    vm.expect("^script: taken from initrd", 60)
    came(vm, site, "blue")


def test_qemu_kernel_with_commands(stage, site):
    """Settings first, then commands, as iPXE has them."""
    site.start()
    vm = stage.boot(extra=["-kernel", LKRN, "-append",
                           "colour=red size=7 dhcp && echo ${colour}, ${size} by ${net0/ip} && shell"])
    vm.expect(r"^red, 7 by 10\.77\.0\.\d+", 90)
    vm.prompt()
    works(vm, site)


def test_qemu_kernel_alone(stage, site):
    """As from a disk: DHCP names the script."""
    site.start("#!ipxe\necho by DHCP\nshell\n")
    vm = stage.boot(extra=["-kernel", LKRN])
    vm.expect("found by its option ROM", 60)
    vm.expect("^by DHCP", 60)


def test_initrd_that_is_no_script(stage, site):
    """Said, and the others are asked."""
    site.start("#!ipxe\necho by DHCP\nshell\n")
    vm = stage.boot(extra=["-kernel", LKRN, "-initrd", write(stage, "script", "# mine\n#!ipxe\n")])
    vm.expect("^script: not from initrd: it looks like a script", 90)
    vm.expect("^by DHCP", 60)


@pytest.mark.parametrize("verb, initrd", [("linux16", "initrd16"), ("linux", "initrd")])
def test_grub(stage, site, verb, initrd):
    """By the setup code, and past it."""
    site.start()
    vm = stage.boot(nic=SECOND, extra=grub_cd(
        stage, f"{verb} /undine.lkrn colour=green\n{initrd} /script\nboot\n", {"script": SCRIPT.encode()}))
    came(vm, site, "green")


def test_isolinux(stage, site):
    tree = os.path.join(stage.folder, "tree")
    os.makedirs(tree)
    for path in ISOLINUX, LDLINUX, LKRN, write(stage, "script", SCRIPT):
        subprocess.run(["cp", path, tree], check=True)
    write(stage, "tree/isolinux.cfg", "DEFAULT undine\nLABEL undine\nKERNEL undine.lkrn\nINITRD script\n"
          "APPEND colour=brown\n")
    iso = os.path.join(stage.folder, "cd.iso")
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-o", iso, "-b", "isolinux.bin", "-c", "boot.cat",
                    "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", tree], check=True)
    site.start()
    vm = stage.boot(nic=SECOND, extra=cd(iso))
    came(vm, site, "brown")


def test_pxelinux(stage, site):
    """Which unloads the ROM before it starts a kernel: its driver is loaded anew."""
    copy(site, os.path.join(PXELINUX, "pxelinux.0"), LDLINUX, LKRN)
    site.put_tftp("script", SCRIPT)
    site.put_tftp("pxelinux.cfg/default", "DEFAULT undine\nLABEL undine\nKERNEL undine.lkrn\nINITRD script\n"
                  "APPEND colour=white\n")
    site.start(dhcp=["--dhcp-boot=tag:!undine,pxelinux.0"])
    vm = stage.boot()
    came(vm, site, "white")


def test_undine(stage, site):
    """Itself, as a kernel."""
    site.link("undine.lkrn", LKRN)
    site.put("script", SCRIPT)
    site.start("#!ipxe\nkernel undine.lkrn colour=black\ninitrd script\nboot\n")
    vm = stage.boot()
    vm.expect(r"protocol 2\.07, 16-bit entry", 60)
    came(vm, site, "black")


# --- undine.iso and undine.img

def cd(path):
    return ["-drive", f"id=cd,file={path},format=raw,if=none,media=cdrom,readonly=on",
            "-device", "ide-cd,drive=cd,bootindex=1"]


def stick(path, controller):
    return ["-drive", f"id=stick,file={path},format=raw,if=none,readonly=on", "-device", controller,
            "-device", "usb-storage,drive=stick,bootindex=1"]


def with_settings(stage, name):
    """A copy of that form, with a setting in it."""
    path = os.path.join(stage.folder, name)
    assert options.main([os.path.join(BUILD, name), "--set", "colour=violet", "--set", "script=prompt",
                         "-o", path]) == 0
    return path


WAYS = {
    "iso on a CD": ("undine.iso", cd),
    "iso on a stick": ("undine.iso", lambda path: stick(path, "piix3-usb-uhci")),
    "img on a stick": ("undine.img", lambda path: stick(path, "usb-ehci")),
    "img on a stick of USB 3": ("undine.img", lambda path: stick(path, "qemu-xhci")),
}


@pytest.mark.parametrize("way", WAYS)
def test_medium(stage, site, way):
    name, medium = WAYS[way]
    site.start()
    vm = stage.boot(nic=SECOND, extra=medium(with_settings(stage, name)))
    vm.expect("found by its option ROM", 60)
    vm.prompt()
    assert "colour is violet" in vm.run("echo colour is ${colour}")
    vm.succeeds("dhcp")
    works(vm, site)
    vm.serial.send("exit\r")
    vm.expect(NEXT, 60)


def test_what_is_on_the_cd(stage):
    """As others read ISO 9660 and El Torito."""
    iso, out = os.path.join(BUILD, "undine.iso"), os.path.join(stage.folder, "undine.0")
    subprocess.run(["xorriso", "-osirrox", "on", "-indev", iso, "-extract", "/UNDINE.0", out], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(out, "rb") as got, open(os.path.join(BUILD, "undine.0"), "rb") as wanted:
        assert got.read() == wanted.read()
    shown = subprocess.run(["xorriso", "-indev", iso, "-report_el_torito", "plain"], check=True,
                           capture_output=True, text=True).stdout
    assert re.search(r"boot img : +1 +BIOS +y +none +0x0000 +0x00 +4 +23", shown), shown


def test_cd_that_cannot_be_read(stage, site):
    """It ends before the loader does: said, and the BIOS goes on."""
    path = os.path.join(stage.folder, "short.iso")
    with open(os.path.join(BUILD, "undine.iso"), "rb") as file, open(path, "wb") as short:
        short.write(file.read(100 << 10))
    site.start()
    vm = stage.boot(nic=SECOND, extra=cd(path))
    vm.expect("^Undine: the CD cannot be read", 60)
    vm.expect(NEXT, 60)
