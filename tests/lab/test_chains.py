# SPDX-License-Identifier: BSD-2-Clause
"""Other loaders and disks, started from Undine's prompt: each NBP comes up
with a working network, each boot sector with the registers it expects."""
import binascii
import os
import shutil
import struct
import subprocess
import time

import pytest

from network import NBP, SERVER, noise, sha256
from test_starts import GRUB, LDLINUX, PXELINUX, UNDIONLY, grub_image

pytestmark = pytest.mark.stock

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


@pytest.mark.parametrize("loader", [pytest.param("pxelinux.0", marks=pytest.mark.undi), "lpxelinux.0"])
def test_pxelinux(stage, site, loader):
    """pxelinux works by the ROM's UDP, lpxelinux by its UNDI, which gets its card back from us."""
    site.link(loader, os.path.join(PXELINUX, loader))
    shutil.copy(LDLINUX, site.tftp)
    site.put_tftp("pxelinux.cfg/default",
                  "SERIAL 0 115200\nPROMPT 1\n")
    site.start("#!ipxe\nshell\n")      # else we do ourselves what that file says
    vm = stage.boot()
    send(vm, f"chain {URL}/{loader}")
    vm.expect("^PXELINUX", 60)
    vm.expect("^boot:", 60)
    site.wait_for_log(f"sent {site.tftp}/pxelinux.cfg/default")


@pytest.mark.undi
def test_lpxelinux_with_another_reply(stage, site):
    """What it takes from the ROM's DHCP packets is what we put there."""
    site.link("lpxelinux.0", os.path.join(PXELINUX, "lpxelinux.0"))
    site.put("dir/my.cfg", "SERIAL 0 115200\nPROMPT 1\n")
    site.link("dir/ldlinux.c32", LDLINUX)
    site.start()
    vm = stage.boot()
    send(vm, f"chain --option 210={URL}/dir/ --option 209=my.cfg "
         f"--next-server {SERVER} --filename lpxelinux.0 {URL}/lpxelinux.0")
    vm.expect("^PXELINUX", 60)
    vm.expect("^boot:", 60)
    assert "Syslinux" in agents(site, "/dir/my.cfg")[0]


def test_settings_reach_the_next_loader(stage, site):
    """As with iPXE: what a script has set of DHCP's answer stands in the packet."""
    site.link("lpxelinux.0", os.path.join(PXELINUX, "lpxelinux.0"))
    site.put("dir/my.cfg", "SERIAL 0 115200\nPROMPT 1\n")
    site.link("dir/ldlinux.c32", LDLINUX)
    site.start()
    vm = stage.boot()
    send(vm, f"set 210:string {URL}/dir/ && set 209:string my.cfg && chain {URL}/lpxelinux.0")
    vm.expect("^PXELINUX", 60)
    vm.expect("^boot:", 60)
    assert "Syslinux" in agents(site, "/dir/my.cfg")[0]


def test_another_filename(stage, site):
    """lpxelinux looks for its files beside the one that it was told."""
    site.link("lpxelinux.0", os.path.join(PXELINUX, "lpxelinux.0"))
    site.put_tftp("dir/pxelinux.cfg/default", "SERIAL 0 115200\nPROMPT 1\n")
    shutil.copy(LDLINUX, os.path.join(site.tftp, "dir"))
    site.start()
    vm = stage.boot()
    send(vm, f"chain --filename dir/lpxelinux.0 {URL}/lpxelinux.0")
    site.wait_for_log(f"sent {site.tftp}/dir/pxelinux.cfg/default", 60)


def test_another_next_server(stage, site):
    """The next Undine takes it for the server that it came from."""
    site.start()
    vm = stage.boot()
    vm.prompt()
    for options, why in (("--next-server nowhere", "IPv4"),
                         ("--option 300=x", "no DHCP option"),
                         ("--option 43:frob=x", "no such type"),
                         ("--option x", "is not N=value")):
        assert why in vm.fails(f"chain {options} {URL}/nothing")
    vm.serial.send(f"chain --next-server 10.77.0.66 tftp://{SERVER}/undine.0\r")
    vm.expect("fetching tftp://10.77.0.66/autoexec.ipxe", 60)


@pytest.mark.undi
def test_undionly(stage, site):
    """From our driver to it: test_native.py."""
    site.link("undionly.kpxe", UNDIONLY)
    site.put("went", "#!ipxe\n")
    site.start()
    vm = stage.boot()
    vm.prompt(60)
    # iPXE gets this name too; by now it is a script.
    os.remove(os.path.join(site.tftp, "undine.0"))
    site.put_tftp("undine.0", f"#!ipxe\nimgfetch {URL}/went\nshell\n")
    vm.serial.send(f"chain {URL}/undionly.kpxe\r")
    end = time.monotonic() + 60     # it is not to be seen on the serial line
    while not agents(site, "/went"):
        assert time.monotonic() < end
        time.sleep(0.2)
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
    vm = stage.boot()
    send(vm, f"chain {URL}/grub.0")
    vm.expect("GRUB has read this", 60)


def test_undine_that_nobody_can_go_back_to(stage, site):
    """GRUB gave neither registers nor a stack: the next NBP has both, and its
    way back is the BIOS's next device."""
    grub_image(stage, site, "pxechainloader (pxe)/undine.0\nboot\n")
    site.start(dhcp=["--dhcp-boot=tag:!undine,grub.0"])
    vm = stage.boot(nic="e1000,bootindex=1", extra=disk(
        stage, {0: signed(sector(stage, "other"))}))
    vm.expect("found by INT 1Ah", 60)
    send(vm, f"chain tftp://{SERVER}/undine.0")
    vm.expect("found by entry stack", 60)
    vm.prompt(60)
    content = noise(35, 100_000)
    assert vm.fetch(site.put("content", content)) == sha256(content)
    vm.serial.send("exit\r")
    vm.expect("^sector other:", 60)


# --- disks

SECTOR = 512
LOGICAL = 8192 + 63     # the first sector of partition 5


def sector(stage, name):
    """A boot sector that tells how it was entered; 440 bytes."""
    path = os.path.join(stage.folder, name + ".bin")
    subprocess.run(["nasm", "-f", "bin", f"-DNAME='{name}'", "-o", path,
                    os.path.join(os.path.dirname(__file__), "bootsect.asm")],
                   check=True)
    with open(path, "rb") as file:
        return file.read()


def signed(code, *entries):
    """A sector with partitions: (type, first, count)."""
    table = b"".join(bytes((0, 0, 2, 0, kind, 0, 0, 0)) +
                     struct.pack("<II", first, count)
                     for kind, first, count in entries)
    return code.ljust(446, b"\0") + table.ljust(64, b"\0") + b"\x55\xaa"


def disk(stage, pieces, size=8 << 20, name="disk"):
    """Options for a disk made of {first sector: content}."""
    path = os.path.join(stage.folder, name)
    with open(path, "wb") as file:
        file.truncate(size)
        for first, content in pieces.items():
            file.seek(first * SECTOR)
            file.write(content)
    return ["-drive", f"file={path},format=raw,if=ide"]


def entered(vm, line, name):
    """What a boot sector saw after LINE: EAX EDX DS SI BP, base memory, and
    what DS:SI points at."""
    send(vm, line)
    return [int(word, 16) for word in
            vm.expect(f"^sector {name}:((?: [0-9A-F]{{8}}){{8}})\\s", 30)[1].split()]


def mbr_disk(stage):
    return disk(stage, {
        0: signed(sector(stage, "mbr"), (0x83, 2048, 4096), (0x05, 8192, 8000)),
        2048: signed(sector(stage, "first")),
        8192: signed(b"", (0x83, 63, 1000)),
        LOGICAL: signed(sector(stage, "logical"))})


@pytest.mark.undi
def test_sanboot_mbr(stage, site):
    """DL is the drive; the ROM's memory has been given back; what it prints
    through the BIOS stands below what was printed before."""
    site.start()
    vm = stage.boot(extra=mbr_disk(stage))
    eax, edx, *_, kib, _, _ = entered(
        vm, "sanboot --no-describe --drive 0x80", "mbr")
    assert (eax, edx, kib) == (0, 0x80, 639)
    screen = [line for line in vm.screen() if line]
    assert screen[-2].startswith("sector mbr:")     # it takes two
    assert screen[-3].startswith("boot: ")


@pytest.mark.parametrize("number, name, first", [
    (1, "first", 2048), (5, "logical", LOGICAL)])
def test_sanboot_partition(stage, site, number, name, first):
    """DS:SI and DS:BP point to its entry, at 0:7BE."""
    site.start()
    eax, edx, ds, si, bp, _, lba, _ = entered(
        stage.boot(extra=mbr_disk(stage)), f"sanboot --partition {number}", name)
    assert (eax, edx, ds, si, bp, lba) == (0, 0x80, 0, 0x7be, 0x7be, first)


def test_sanboot_gpt(stage, site):
    entry = noise(33, 32) + struct.pack("<QQ", 2048, 4095) + bytes(80)
    header = struct.pack("<8sIIIIQQQQ16sQII4x", b"EFI PART", 0x10000, 92, 0, 0,
                         1, 16383, 34, 16350, bytes(16), 2, 128, 128)[:92]
    header = header[:16] + struct.pack("<I", binascii.crc32(header)) + header[20:]
    site.start()
    eax, edx, ds, si, bp, _, lba, length = entered(stage.boot(extra=disk(stage, {
        0: signed(sector(stage, "mbr"), (0xee, 1, 16383)),
        1: header, 2: bytes(128) + entry,
        2048: signed(sector(stage, "gpt"))})), "sanboot --partition 2", "gpt")
    assert (eax, edx) == (0x54504721, 0x80)
    assert (ds, si, bp, lba, length) == (0, 0x7be, 0x7be, 2048, 128)


def test_floppy_has_no_block_numbers(stage, site):
    """There it is cylinder, head and sector."""
    site.start()
    path = os.path.join(stage.folder, "floppy")
    with open(path, "wb") as file:
        file.write(signed(sector(stage, "floppy")).ljust(1440 << 10, b"\0"))
    vm = stage.boot(extra=["-drive", f"file={path},format=raw,if=floppy"])
    assert entered(vm, "sanboot --drive 0", "floppy")[1] == 0


@pytest.mark.deadline(180)
def test_sanboot_debians_grub(stage, site):
    """GRUB from the gap behind the MBR reads a file off its partition."""
    tree = os.path.join(stage.folder, "tree")
    os.makedirs(tree)
    with open(os.path.join(tree, "hello"), "w") as file:
        file.write("GRUB reads the disk\n")
    fs, core, config = (os.path.join(stage.folder, name)
                        for name in ("fs", "core.img", "grub.cfg"))
    subprocess.run(["mke2fs", "-q", "-t", "ext2", "-d", tree, fs, "4M"],
                   check=True)
    with open(config, "w") as file:
        file.write("serial --speed=115200\nterminal_output serial\n"
                   "cat (hd0,msdos1)/hello\n")
    subprocess.run(["grub-mkimage", "-O", "i386-pc", "-d", GRUB, "-c", config,
                    "-p", "(hd0,msdos1)/", "-o", core, "biosdisk", "part_msdos",
                    "ext2", "serial", "terminal", "cat"], check=True)
    content = {}
    for name in os.path.join(GRUB, "boot.img"), core, fs:
        with open(name, "rb") as file:
            content[name] = file.read()
    boot, core, fs = content.values()
    options = disk(stage, {0: signed(boot[:440], (0x83, 2048, 8192)), 1: core,
                           2048: fs})
    site.start()
    vm = stage.boot(extra=options)
    send(vm, "sanboot")
    vm.expect("GRUB reads the disk", 60)


def test_no_disk(stage, site):
    site.start()
    vm = stage.boot()
    vm.prompt()
    assert "no such drive" in vm.fails("sanboot")
    assert "drives are" in vm.fails("sanboot --drive 4096")


def test_disks_that_cannot_be_booted(stage, site):
    """Each says why, and the prompt goes on."""
    site.start()
    options = []
    for number, pieces in enumerate((
            {},
            {0: signed(b"", (0x83, 2048, 4096))},
            {0: signed(b"", (0xee, 1, 16383))})):
        options += disk(stage, pieces, name=f"disk{number}")
    broken = os.path.join(stage.folder, "broken")
    with open(broken, "wb") as file:
        file.truncate(1 << 20)
    options += ["-blockdev", f"file,filename={broken},node-name=f0",
                "-blockdev", "blkdebug,node-name=d0,image=f0,"
                "inject-error.0.event=none,inject-error.0.errno=5,"
                "inject-error.0.sector=0",
                "-blockdev", "raw,file=d0,node-name=r0",
                "-device", "ide-hd,drive=r0,bus=ide.1,unit=1"]
    vm = stage.boot(extra=options)
    vm.prompt()
    for command, why in (
            ("--drive 0x80", "no boot signature"),
            ("--drive 0x81 --partition 1", "partition 1's first sector has no"),
            ("--drive 0x81 --partition 2", "no partition 2"),
            ("--drive 0x81 --partition 7", "no partition 7"),
            ("--drive 0x82 --partition 1", "GUID partition table is damaged"),
            ("--drive 0x83", "sector 0 cannot be read")):
        # the first time the heap may grow
        assert why in vm.fails("sanboot " + command)
        vm.refuses(why, line="sanboot " + command)
    content = noise(34, 100_000)
    assert vm.fetch(site.put("content", content)) == sha256(content)


@pytest.mark.parametrize("command", [pytest.param("localboot", marks=pytest.mark.undi), "localboot -1"])
def test_localboot(stage, site, command):
    """Through the ROM, or by INT 18h, to the BIOS's next device."""
    site.start()
    vm = stage.boot(extra=mbr_disk(stage) + ["-boot", "order=nc"])
    send(vm, command)
    vm.expect("^sector mbr:", 60)
