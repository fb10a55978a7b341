# SPDX-License-Identifier: BSD-2-Clause
"""Settings in the loader's own file, written by tools/options.py: by PXE, from
a disk and by GRUB; defaults, final ones, and what cannot be read."""
import os
import re
import shutil
import subprocess

import pytest

from network import BUILD, SERVER
from test_consoles import COM2, divisor, other_port, shown
from test_starts import SECOND, disk, grub_cd

TOOL = os.path.join(BUILD, "..", "tools", "options.py")
GO = """#!ipxe
echo from the file: ${colour} ${size}
shell
"""


def patched(stage, name, *options, final=()):
    """A copy of BUILD's file NAME with these settings."""
    folder = os.path.join(stage.folder, "patched")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    shutil.copy(os.path.join(BUILD, name), path)
    subprocess.run([TOOL, path, *(f"--set={option}" for option in options),
                    *(f"--final={name}" for name in final)], check=True)
    return path


def by_pxe(stage, site, *options, final=()):
    """The card's ROM gets undine.0 with these settings."""
    path = patched(stage, "undine.0", *options, final=final)
    os.remove(os.path.join(site.tftp, "undine.0"))
    os.symlink(path, os.path.join(site.tftp, "undine.0"))
    return path


def test_by_pxe(stage, site):
    """The console is the file's from the first line on, the script too; and
    nothing opens what a final setting has closed."""
    url = site.put("go.ipxe", GO)
    by_pxe(stage, site, "console=com2,57600n8", f"script={url}", "colour=blue",
           "size=10", "retry-timeout=7", "telnetd.password=sesame",
           "telnetd.allow=10.99.0.0/16", "undi.cards=1",
           final=("telnetd.allow", "telnetd.password", "size",
                  "colour"))
    site.start(dhcp=["--dhcp-option=tag:undine,224,size=20 hat=red"])
    com1, extra = other_port(stage)
    vm = stage.boot(extra=extra)
    vm.expect("^Undine .*network boot loader", 60)
    vm.expect(r"^options: the settings in this file fill \d+ of 8176 bytes")
    vm.expect("^telnetd: listening on port 23, with a password, for the "
              "networks allowed")
    vm.expect("^DHCP option 224: size is ignored: it is final")
    vm.expect("^script: taken from settings in our own file")
    vm.expect("^from the file: blue 10")
    vm.prompt()
    assert divisor(vm, COM2) == 2
    assert "Undine" not in shown(com1)
    assert "red" in vm.run("show hat")
    assert "7  (by our own file)" in vm.run("show retry-timeout")
    assert "blue  (final, by our own file)" in vm.run("show colour")
    for command in ("set telnetd.allow 0.0.0.0/0", "clear telnetd.allow",
                    "set colour red",
                    "set net0/colour red", "clear size",
                    "telnetd --allow 0.0.0.0/0", "telnetd --password open"):
        assert "it is final" in vm.fails(command), command
    assert "sesame" not in vm.run("log")
    vm.succeeds("set retry-timeout 0")
    assert "by our" not in vm.run("show retry-timeout")
    # A fault loses what was set, not what is in the file.
    vm.serial.send("crash shell\r")
    vm.expect("shell: service started again", 20)
    vm.prompt()
    assert "it is final" in vm.fails("set telnetd.allow 0.0.0.0/0")


def test_arguments_and_dhcp_win(stage, site):
    """What is not final gives way: to arguments, DHCP's option 224, its boot
    file, and what the lease says."""
    other = site.put("other.ipxe", GO)
    path = by_pxe(stage, site, f"script=http://{SERVER}/none.ipxe",
                  "colour=blue", "size=10", "shape=round", "dns=10.77.0.66",
                  "domain=file.test", "syslog=10.77.0.9", "script2=x")
    rom = site.put("rom.ipxe", "#!ipxe\n"
                   f"chain tftp://{SERVER}/undine.0 colour=green\n")
    site.start(script=other, dhcp=[
        "--dhcp-userclass=set:ipxe,iPXE", f"--dhcp-boot=tag:ipxe,{rom}",
        "--dhcp-option=tag:undine,224,size=20 colour=red"])
    assert os.path.exists(path)
    vm = stage.boot()
    vm.expect("^script: taken from DHCP boot file", 60)
    vm.expect("^from the file: green 20")
    vm.prompt()
    assert "round  (by our own file)" in vm.run("show shape")
    assert "lab.test" in vm.run("show domain")
    assert "10.77.0.9" in vm.run("show syslog")
    assert SERVER in vm.run("show dns")
    vm.succeeds("nslookup www.lab.test")


def test_a_final_script_comes_first(stage, site):
    url = site.put("go.ipxe", GO)
    site.put("other.ipxe", "#!ipxe\necho from elsewhere\nshell\n")
    by_pxe(stage, site, f"script={url}", final=("script",))
    rom = site.put("rom.ipxe", "#!ipxe\nchain "
                   f"tftp://{SERVER}/undine.0 script=http://{SERVER}/other.ipxe\n")
    site.start(script=f"http://{SERVER}/other.ipxe", dhcp=[
        "--dhcp-userclass=set:ipxe,iPXE", f"--dhcp-boot=tag:ipxe,{rom}"])
    vm = stage.boot()
    vm.expect("^arguments: script is ignored: it is final", 60)
    vm.expect("^script: not from DHCP boot file: script is final")
    vm.expect("^from the file: ")
    vm.prompt()


def test_from_a_disk(stage, site):
    site.put("go.ipxe", GO)
    with open(patched(stage, "undine.img", "net0/ip=10.77.0.40",
                      "net0/netmask=255.255.255.0", "colour=blue",
                      f"script=http://{SERVER}/go.ipxe"), "rb") as file:
        image = file.read()
    site.start()
    vm = stage.boot(nic=SECOND, extra=disk(stage, "undine", image, 1))
    vm.expect("^net0: address 10.77.0.40 mask 255.255.255.0", 60)
    vm.expect("^from the file: blue")
    vm.prompt()
    assert "to Undine" not in site.log() and "10.77.0.40" in vm.run("ifstat")


@pytest.mark.deadline(180)
def test_by_grub(stage, site):
    """undine.elf as a kernel, with arguments too."""
    patched(stage, "undine.elf", "colour=blue", "size=10", "script=prompt",
            "undi.transport=real", final=("size",))
    site.start()
    vm = stage.boot(nic=SECOND, extra=grub_cd(
        stage, "multiboot2 /undine.elf dhcp=no colour=green size=20\nboot\n",
        build=os.path.join(stage.folder, "patched"), loaders=["undine.elf"]))
    vm.expect(r"^undi: (net0 )?transport real \(", 90)
    vm.expect("^arguments: size is ignored: it is final")
    vm.expect("^What was set asks for the prompt")
    vm.prompt()
    assert "green 10" in vm.run("echo ${colour} ${size}")


def test_long_values(stage, site):
    """They come as they are."""
    name, value = "n" * 200 + "/" + "n" * 200, "v" * 4000
    url = site.put(name, f"#!ipxe\niseq ${{long}} {value} && echo all of it\n"
                   "shell\n")
    by_pxe(stage, site, f"long={value}", f"script={url}")
    site.start()
    vm = stage.boot()
    vm.expect("^all of it", 60)


def test_a_url_that_is_too_long(stage, site):
    """A word, and nothing else is fetched in its place."""
    path = "/" + "v" * 3900
    by_pxe(stage, site, f"script=http://{SERVER}{path}")
    site.start()
    vm = stage.boot()
    vm.expect(r"longer than \d+ bytes|404 Not Found", 60)
    vm.prompt()
    for request in site.nginx.requests():
        if request.agent.startswith("Undine"):
            assert request.line.split()[1] == path


@pytest.mark.parametrize("how, why", [
    ("checksum", "its checksum does not match"),
    ("length", "its length does not fit"),
    ("gone", "there is no such block where it should be")],
    ids=["checksum", "length", "gone"])
def test_what_cannot_be_read_closes_the_door(stage, site, how, why):
    """No telnet, and nothing is run; but there is a prompt that says so."""
    path = by_pxe(stage, site, "colour=blue", "telnetd.allow=10.99.0.0/16")
    with open(path, "rb") as file:
        data = bytearray(file.read())
    at = data.index(b"UNO0") + {"checksum": 20, "length": 15, "gone": 0}[how]
    data[at] ^= 0x40
    with open(path, "wb") as file:
        file.write(data)
    url = site.put("go.ipxe", GO)
    site.start(script=url, dhcp=[
        "--dhcp-option=tag:undine,224,trust-policy=open telnetd.insecure=1 "
        "telnetd.allow=0.0.0.0/0"])
    vm = stage.boot()
    vm.expect(rf"^options: .*cannot be read \({re.escape(why)}\)", 60)
    vm.expect("refused: trust-policy is \"unreadable\"")
    vm.prompt()
    assert "listening" not in vm.serial.text and "blue" not in vm.run("show")
    assert "allow" in vm.fails("telnetd --insecure")
    assert "it is final" in vm.fails("telnetd --insecure --allow 0.0.0.0/0")
    assert "it is final" in vm.fails("set trust-policy open")
    assert "refused" in vm.fails(f"chain {url}")
    assert "listening" not in vm.serial.text
