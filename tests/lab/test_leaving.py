# SPDX-License-Identifier: BSD-2-Clause
"""Where the script comes from, and ways out that are no kernel: back to the
ROM, reboot, poweroff."""
import os

import pytest

from network import NOBODY, SERVER
from telnet_session import PORT, Session

# A boot sector that says "disk!" on COM1 and stops.  At 7C00h:
#   cs: mov si, 7C10h; mov dx, 3F8h; mov cx, 7; rep outsb (with DS = 0); hlt
BOOT_SECTOR = (b"\x31\xc0\x8e\xd8"              # xor ax, ax; mov ds, ax
               b"\xbe\x13\x7c"                  # mov si, 7C13h
               b"\xba\xf8\x03"                  # mov dx, 3F8h
               b"\xb9\x08\x00"                  # mov cx, 8
               b"\xfc\xf3\x6e"                  # cld; rep outsb
               b"\xf4\xeb\xfd"                  # hlt; jmp $-1
               b"\r\ndisk!\n").ljust(510, b"\0") + b"\x55\xaa"


@pytest.mark.undi
def test_exit_goes_back_to_the_rom(stage, site):
    """The ROM, whose driver had the card all the time, gives up in its turn, and the BIOS boots the disk."""
    site.start()
    disk = os.path.join(stage.folder, "disk")
    with open(disk, "wb") as file:
        file.write(BOOT_SECTOR.ljust(1 << 20, b"\0"))
    vm = stage.boot(extra=["-boot", "order=nc", "-drive",
                           f"file={disk},format=raw,if=ide"])
    vm.prompt()
    vm.serial.send("exit\r")
    vm.expect("^disk!", 60)


def test_reboot(stage, site):
    site.start()
    vm = stage.boot()
    vm.prompt()
    vm.serial.send("reboot\r")
    vm.expect(r"^\r*Undine \S+: ", 90)
    vm.prompt()


def test_poweroff(stage, site):
    site.start()
    vm = stage.boot()
    vm.prompt()
    vm.serial.send("poweroff\r")
    vm.process.wait(60)


def test_poweroff_that_fails(stage, site):
    """Neither ACPI nor an APM that can: said, and all goes on."""
    site.start()
    vm = stage.boot(extra=["-no-acpi"])
    vm.prompt()
    ip = vm.run("echo ${net0/ip}").split()[0]
    vm.succeeds(f"telnetd --port {PORT} --password sesame")
    session = Session(ip).log_in()
    session.expect("^undine> ")
    vm.serial.send("poweroff\r")
    vm.expect("poweroff: the machine cannot be switched off by software here")
    session.expect("^undine> ")
    session.send("echo still here\n")
    session.expect("^still here$")


def test_script_beside_the_loader(stage, site):
    """The boot file that DHCP names is the loader itself: autoexec.ipxe."""
    site.put_tftp("autoexec.ipxe", "#!ipxe\necho autoexec says ${net0/ip}\n")
    site.start()
    stage.boot().expect(r"^autoexec says 10\.77\.0\.\d+", 60)


def test_arguments_from_ipxe(stage, site):
    """iPXE chains the loader with script=URL."""
    site.put("args.ipxe", "#!ipxe\necho arguments: ${colour}\nshell\n")
    rom = site.put("rom.ipxe", f"""#!ipxe
chain tftp://{SERVER}/undine.0 colour=blue script=http://{SERVER}/args.ipxe
""")
    site.start(dhcp=["--dhcp-userclass=set:ipxe,iPXE",
                     f"--dhcp-boot=tag:ipxe,{rom}"])
    stage.boot().expect("^arguments: blue", 60)


def test_script_that_is_not_there(stage, site):
    """Named by DHCP but missing: says so, and there is a prompt."""
    site.start(f"http://{SERVER}/missing.ipxe")
    vm = stage.boot()
    vm.expect("missing.ipxe.*404|404.*missing.ipxe", 60)
    vm.prompt()
    assert "still here" in vm.run("echo still here")


@pytest.mark.deadline(180)
@pytest.mark.waits
def test_tries_again_by_itself(stage, site):
    """A server that was not ready when the machine started."""
    site.start(f"http://{SERVER}/late.ipxe")
    vm = stage.boot()
    vm.prompt()
    site.put("late.ipxe", "#!ipxe\necho the script runs\n")
    vm.expect("the script runs", 120)


def test_first_name_server_is_dead(stage, site):
    site.put("boot.ipxe", "#!ipxe\necho the script runs\n")
    site.start("http://www.lab.test/boot.ipxe", dhcp=[
        f"--dhcp-option=tag:undine,option:dns-server,{NOBODY},{SERVER}"])
    stage.boot().expect("the script runs", 60)


def test_script_that_fails(stage, site):
    site.start("#!ipxe\necho one\nfrobnicate\necho two\n")
    vm = stage.boot()
    vm.expect("^one", 60)
    vm.expect("frobnicate")
    vm.prompt()
    assert "\ntwo" not in vm.serial.text
