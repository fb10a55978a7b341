# SPDX-License-Identifier: BSD-2-Clause
"""Trees that pxelinux boots from, unchanged: Undine's file stands in the place of pxelinux.0."""
import os
import re
import time

import pytest

import mb2
import pxelinux_time
import pxelinux_trees
from network import BUILD, SERVER
from test_graphics import TEXT, is_drawn

TREE = os.path.join(BUILD, "debian", "installer", "tree")
GRAPHICAL = os.path.join(BUILD, "debian", "installer", "gtk")
HELP = ("Welcome to Debian", "PREREQUISITES FOR INSTALLING", "BOOT METHODS", "RESCUE MODE", "PARAMETERS - OVERVIEW",
        "VARIOUS HARDWARE", "VARIOUS DISK DRIVES", "INSTALLATION SYSTEM", "GETTING HELP", "COPYRIGHTS AND WARRANTIES")
SPLASH = 640, 480                           # its size
MENU_ROWS = 0, 300                         # without the countdown
TITLE = r"Debian GNU/Linux installer menu \(BIOS mode\)"


def serve(site):
    for name in os.listdir(TREE):
        os.symlink(os.path.join(os.path.abspath(TREE), name), os.path.join(site.tftp, name))


@pytest.mark.deadline(420)
def test_debian_installer(stage, site):
    """Its menus on the screen and the serial line, a submenu and back, help, the boot: line, and the installer."""
    serve(site)
    site.start()
    vm = stage.boot(memory=1024)
    vm.expect(rf"^pxelinux: the configuration is tftp://{SERVER}/pxelinux.cfg/default$", 60)
    vm.expect(TITLE)
    vm.expect("Press ENTER to boot or TAB to edit")
    is_drawn(vm, SPLASH)                    # over Debian's picture
    vm.serial.send("a\r")                   # its key moves the mark there
    vm.expect("xpert install")
    vm.press("ret")                         # at the first one, Back
    vm.expect("ark contrast installer")     # its title alone is in the log, too
    vm.serial.send("h\r")                   # Help is a configuration with a boot: line
    vm.expect("BOOT METHODS|HELP INDEX|Welcome to", 20)
    vm.expect("^boot: ", 20)
    is_drawn(vm, TEXT)
    for number, title in enumerate(HELP, 1):
        vm.serial.send(f"\x06{number % 10}")         # Ctrl-F 1 to 9, and 0
        vm.expect(title)
        vm.expect("^boot: ")
    vm.press("f3")
    vm.expect("Available boot methods:")
    vm.serial.send("menu\r")
    vm.expect(TITLE)
    vm.serial.send("i\t")
    vm.expect("initrd=debian-installer/amd64/initrd.gz --- quiet")
    vm.serial.send(" console=ttyS0 ignore_loglevel\r")
    vm.expect("Linux version", 120)
    vm.expect("Command line: BOOT_IMAGE=debian-installer/amd64/linux vga=788 "
              "initrd=debian-installer/amd64/initrd.gz --- quiet console=ttyS0 ignore_loglevel")
    vm.expect("Choose language|Select a language", 120)


def colours(vm):
    """How many there are on the screen, of those that every 37th pixel shows."""
    shown = mb2.Screen(vm)
    return len(set(shown.pixel(at % shown.size[0], at // shown.size[0])
                   for at in range(0, shown.size[0] * shown.size[1], 37)))


@pytest.mark.deadline(600)
def test_debian_installer_by_http(stage, site):
    """Its graphical tree, all of it by HTTP: submenus by the machine's own keyboard; and the installer, on the screen
    in graphics and on the serial line in text."""
    os.rmdir(site.http)
    os.symlink(os.path.abspath(GRAPHICAL), site.http)
    site.start(dhcp=[f"--dhcp-option-force=210,http://{SERVER}/"])
    vm = stage.boot(memory=1024)
    vm.expect(rf"^pxelinux: the configuration is http://{SERVER}/pxelinux.cfg/default$", 60)
    vm.expect("Press a key, otherwise speech synthesis will be started in ", 60)
    is_drawn(vm, SPLASH)
    for key in "down", "ret":
        vm.press(key)
    vm.expect("xpert install")
    vm.press("ret")
    vm.expect("ark contrast installer")
    vm.type("d")                            # a submenu's submenu
    vm.press("ret")
    vm.expect("dvanced options")
    vm.type("a")
    vm.press("ret")
    vm.expect("xpert install")
    vm.press("ret")
    vm.expect("ark contrast option")        # where the mark is as it was left
    vm.expect("elp ")
    vm.type("b")
    vm.press("ret")
    vm.expect("Install with")
    vm.type("i")
    vm.press("tab")
    vm.expect("initrd=debian-installer/amd64/initrd.gz --- quiet")
    vm.type(" console=ttyS0 console=tty0\n")
    vm.expect("Select a language|Choose language", 360)
    end = time.monotonic() + 120
    while colours(vm) < 1000:               # the text installer's have sixteen, the banner and the list have far more
        assert time.monotonic() < end, colours(vm)
        time.sleep(1)
    fetched = [request.line.split()[1] for request in site.nginx.requests()]
    assert all(f"/debian-installer/amd64/{name}" in fetched for name in ("linux", "initrd.gz"))
    assert f"sent {site.tftp}/" in site.log() and site.log().count(f"sent {site.tftp}/") == 1   # undine.0 alone


SAME = """DEFAULT one first=1
APPEND unused
LABEL one
  LINUX linux of=kernel
  INITRD small.gz,other.gz
  APPEND console=ttyS0 earlyprintk=ttyS0 a=1
  SYSAPPEND 0x3fffb
"""


def put_pxelinux(site):
    for name in "/usr/lib/PXELINUX/pxelinux.0", "/usr/lib/syslinux/modules/bios/ldlinux.c32":
        os.symlink(name, os.path.join(site.tftp, os.path.basename(name)))


@pytest.mark.deadline(180)
def test_side_by_side(stage, site):
    """By the lines of docs/pxelinux.md for dnsmasq: one tree, and each machine starts it by what it is to have."""
    with open(os.path.join(os.path.dirname(__file__), "..", "..", "docs", "pxelinux.md")) as file:
        lines = re.search(r"by dnsmasq: .*?```\n(.*?)```", file.read(), re.S)[1].split()
    put_pxelinux(site)
    site.put_tftp("pxelinux.cfg/default", "SERIAL 0 115200\nPROMPT 1\nLABEL a\nKERNEL none.a\nLABEL b\nKERNEL none.b\n")
    site.start(dhcp=[f"--{line}" for line in lines])
    for mac, who, label in ("52:54:00:12:34:56", "^Undine ", "a"), ("52:54:00:12:34:57", "^PXELINUX ", "b"):
        vm = stage.boot(nic=f"e1000,mac={mac}")
        vm.expect(who, 60)
        vm.expect("^boot: ", 30)
        vm.serial.send(label + "\r")
        site.wait_for_log(f"{site.tftp}/none.{label} not found", 30)
        vm.quit()


@pytest.mark.deadline(420)
def test_the_same_command_line(stage, site):
    """pxelinux itself and Undine start the same tree: Linux is told the same, with all that SYSAPPEND knows
    but for the UUID, which pxelinux has not where iPXE's ROM started it."""
    site.put_tftp("pxelinux.cfg/default", SAME)
    os.symlink(os.path.abspath(os.path.join(BUILD, "debian", "vmlinuz")), os.path.join(site.tftp, "linux"))
    for name in "small.gz", "other.gz":
        site.put_tftp(name, b"nothing")
    put_pxelinux(site)
    lines = []
    for nbp in "pxelinux.0", "undine.0":
        site.start(dhcp=[f"--dhcp-boot={nbp}"])
        vm = stage.boot(memory=512, extra=["-uuid", "12345678-9abc-def0-1234-56789abcdef0", "-smbios",
                                           "type=1,manufacturer=A Maker,product=A PC,serial=7 8"])
        lines.append(vm.expect("Command line: (.*)\n", 200).group(1).strip())
        vm.quit()
        site.stop()
    assert lines[0] == lines[1]
    assert "BOOTIF=01-52-54-00-12-34-56" in lines[1] and "SYSVENDOR=A_Maker" in lines[1]


@pytest.mark.deadline(420)
def test_trees(stage, site):
    """pxelinux and Undine boot the same label of small trees, with the same kernel, initrds and command line."""
    pxelinux_trees.check(stage, site, pxelinux_trees.QUICK)


@pytest.mark.deadline(300)
def test_time_to_the_menu(stage, site):
    """From the ROM's first request for the boot file to Debian's menu on the screen, by pxelinux and by Undine:
    docs have the times, which are the host's; that Undine waits for fewer answers is so on each network."""
    serve(site)
    took, packets = {}, {}
    for nbp in "pxelinux.0", "undine.0":
        site.start(dhcp=[f"--dhcp-boot={nbp}"])
        vm = stage.boot()
        begun = pxelinux_time.requested(vm, nbp)
        pxelinux_time.requested(vm, "debian-installer/amd64/boot-screens/splash.png")
        took[nbp] = pxelinux_time.drawn(vm, SPLASH, MENU_ROWS) - begun
        packets[nbp] = pxelinux_time.sent(vm, nbp)
        vm.quit()
        site.stop()
    print(f"seconds: {took}; packets: {packets}")
    assert packets["undine.0"] < packets["pxelinux.0"], packets
