# SPDX-License-Identifier: BSD-2-Clause
"""Trees that pxelinux boots from, unchanged: Undine's file stands in the place of pxelinux.0."""
import os

import pytest

import pxelinux_time
import pxelinux_trees
from network import BUILD, SERVER
from test_graphics import TEXT, is_drawn

TREE = os.path.join(BUILD, "debian", "installer", "tree")
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
    vm.serial.send("\x063")                 # Ctrl-F 3
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


SAME = """DEFAULT one first=1
APPEND unused
LABEL one
  LINUX linux of=kernel
  INITRD small.gz,other.gz
  APPEND console=ttyS0 earlyprintk=ttyS0 a=1
  SYSAPPEND 0x3fffb
"""


@pytest.mark.deadline(420)
def test_the_same_command_line(stage, site):
    """pxelinux itself and Undine start the same tree: Linux is told the same, with all that SYSAPPEND knows
    but for the UUID, which pxelinux has not where iPXE's ROM started it."""
    site.put_tftp("pxelinux.cfg/default", SAME)
    os.symlink(os.path.abspath(os.path.join(BUILD, "debian", "vmlinuz")), os.path.join(site.tftp, "linux"))
    for name in "small.gz", "other.gz":
        site.put_tftp(name, b"nothing")
    for name in "/usr/lib/PXELINUX/pxelinux.0", "/usr/lib/syslinux/modules/bios/ldlinux.c32":
        os.symlink(name, os.path.join(site.tftp, os.path.basename(name)))
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
    assert packets["undine.0"] < packets["pxelinux.0"] * 0.9, packets
