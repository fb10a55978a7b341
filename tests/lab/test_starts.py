# SPDX-License-Identifier: BSD-2-Clause
"""Every way to start: from the ROM, through other boot loaders, from GRUB and
from a disk; and back to whoever started us."""
import os
import re
import shutil
import subprocess

import pytest

import mb2
import options
from network import BUILD, NBP, SERVER, noise, sha256
from test_leaving import BOOT_SECTOR

pytestmark = pytest.mark.stock

PXELINUX = "/usr/lib/PXELINUX"
LDLINUX = "/usr/lib/syslinux/modules/bios/ldlinux.c32"
UNDIONLY = "/usr/lib/ipxe/undionly.kpxe"
GRUB = "/usr/lib/grub/i386-pc"

# The BIOS's boot order, where there is a disk too.
FIRST = "e1000,bootindex=1"
SECOND = "e1000,bootindex=2"
NEXT = "found by entry stack"   # from a disk to the next device: the card's ROM

ARGUMENTS = "#!ipxe\necho arguments: ${colour}\nshell\n"


def copy(site, *paths):
    for path in paths:
        shutil.copy(path, site.tftp)


def works(vm, site):
    """At the prompt; the card works: a download is what it should be."""
    content = noise(21, 300_000)
    url = site.put("content", content)
    assert vm.fetch(url) == sha256(content)


def works_by_either(vm, site):
    """By our driver and by the ROM's, beginning with the one that has the card."""
    works(vm, site)
    vm.succeeds("imgfree")
    ours = "native: net0 is driven without its ROM" in vm.serial.text
    vm.succeeds("set driver " + ("undi" if ours else "native"))
    shown = vm.succeeds("dhcp")
    assert ("native: net0 is its ROM's again" if ours else "native: net0 is driven without its ROM") in shown
    works(vm, site)


def disk(stage, name, content, index):
    """Options for a hard disk with this CONTENT."""
    path = os.path.join(stage.folder, name)
    with open(path, "wb") as file:
        file.write(content.ljust(1 << 20, b"\0"))
    return ["-drive", f"id={name},file={path},format=raw,if=none",
            "-device", f"ide-hd,drive={name},bootindex={index}"]


def undine_img():
    with open(os.path.join(BUILD, "undine.img"), "rb") as file:
        return file.read()


# --- through pxelinux

@pytest.mark.parametrize("loader", ["pxelinux.0", pytest.param("lpxelinux.0", marks=pytest.mark.undi)])
def test_pxelinux_starts_undine(stage, site, loader):
    copy(site, os.path.join(PXELINUX, loader), LDLINUX)
    site.put_tftp("pxelinux.cfg/default",
                  "DEFAULT undine\nLABEL undine\nKERNEL undine.0\n")
    site.start(dhcp=[f"--dhcp-boot=tag:!undine,{loader}"])
    vm = stage.boot(nic=FIRST, extra=disk(stage, "other", BOOT_SECTOR, 2))
    vm.expect(r"found by (entry stack|ES:BX)", 60)
    vm.prompt()
    works(vm, site)
    vm.serial.send("exit\r")
    vm.expect("^disk!", 60)


# --- through iPXE

def test_ipxe_goes_on_after_a_chain_that_returns(stage, site):
    """Its script sees how Undine ended, and the card is iPXE's again, whoever drove it."""
    site.put("good.ipxe", "#!ipxe\necho good\nexit\n")
    site.put("bad.ipxe", "#!ipxe\necho bad\nexit 5\n")
    undine = f"tftp://{SERVER}/undine.0 script=http://{SERVER}"
    went = f"imgfetch http://{SERVER}/went"
    rom = site.put("rom.ipxe", f"""#!ipxe
chain {undine}/good.ipxe && {went}-well-1 || {went}-wrong-1
chain {undine}/bad.ipxe driver=undi && {went}-well-2 || {went}-wrong-2
chain {undine}/good.ipxe
""")
    for name in "well-1", "wrong-1", "well-2", "wrong-2":
        site.put("went-" + name, "#!ipxe\n")
    site.start(dhcp=["--dhcp-userclass=set:ipxe,iPXE",
                     f"--dhcp-boot=tag:ipxe,{rom}"])
    vm = stage.boot()
    vm.expect("^good", 60)
    vm.expect("^bad", 60)
    vm.expect("^good", 60)
    fetched = [request.line.split()[1] for request in site.nginx.requests()
               if request.agent.startswith("iPXE")]
    assert fetched == ["/rom.ipxe", "/went-well-1", "/went-wrong-2"]


def test_undionly_starts_undine(stage, site):
    """The card's ROM starts iPXE as an UNDI client, and that starts us."""
    site.put("args.ipxe", ARGUMENTS)
    copy(site, UNDIONLY)
    shutil.copy(UNDIONLY, os.path.join(site.tftp, "first"))
    site.start(dhcp=["--dhcp-boot=tag:!undine,first"])
    vm = stage.boot()
    # Both iPXEs get the same boot file name; the second finds a script there.
    site.wait_for_log("sent " + os.path.join(site.tftp, "first"), 60)
    site.put_tftp("first", f"""#!ipxe
chain undine.0 colour=blue script=http://{SERVER}/args.ipxe
""")
    vm.expect("^arguments: blue", 60)
    vm.prompt()
    works_by_either(vm, site)


# --- from GRUB

def grub_image(stage, site, config):
    """GRUB as an NBP, with CONFIG built in."""
    path = os.path.join(stage.folder, "grub.cfg")
    with open(path, "w") as file:
        file.write(config)
    subprocess.run(
        ["grub-mkimage", "-O", "i386-pc-pxe", "-d", GRUB, "-c", path,
         "-p", "(pxe)/", "-o", os.path.join(site.tftp, "grub.0"),
         "pxe", "pxechain", "multiboot2", "tftp", "serial", "terminal", "boot"],
        check=True)


def test_grub_chains_undine(stage, site):
    """Neither registers nor stack say where PXE is: INT 1Ah does."""
    grub_image(stage, site, "pxechainloader (pxe)/undine.0\nboot\n")
    site.start(dhcp=["--dhcp-boot=tag:!undine,grub.0"])
    vm = stage.boot(nic=FIRST, extra=disk(stage, "other", BOOT_SECTOR, 2))
    vm.expect("found by INT 1Ah", 60)
    vm.prompt()
    works_by_either(vm, site)
    # GRUB has told us of no way back, so the BIOS's next device it is.
    vm.serial.send("exit\r")
    vm.expect("^disk!", 60)


def test_grub_that_pxe_started_starts_undine_as_a_kernel(stage, site):
    """The stack that GRUB has used is there, and INT 1Ah leads to it."""
    grub_image(stage, site, "multiboot2 (pxe)/undine.elf colour=grey\nboot\n")
    shutil.copy(os.path.join(BUILD, "undine.elf"), site.tftp)
    site.start(dhcp=["--dhcp-boot=tag:!undine,grub.0"])
    vm = stage.boot(nic=FIRST)
    vm.expect("found by INT 1Ah", 60)
    vm.prompt()
    assert "colour is grey" in vm.run("echo colour is ${colour}")
    works_by_either(vm, site)


def grub_cd(stage, config, files=(), build=BUILD, loaders=("undine.elf", "undine.lkrn")):
    """Options for a CD with GRUB, BUILD's LOADERS, and FILES, {name: size or content}."""
    tree = os.path.join(stage.folder, "iso")
    os.makedirs(os.path.join(tree, "boot", "grub"))
    for name in loaders:
        shutil.copy(os.path.join(build, name), tree)
    for name, content in dict(files).items():
        with open(os.path.join(tree, name), "wb") as file:
            file.write(noise(24, content) if isinstance(content, int) else content)
    with open(os.path.join(tree, "boot", "grub", "grub.cfg"), "w") as file:
        file.write(config)
    iso = os.path.join(stage.folder, "cd.iso")
    subprocess.run(["grub-mkrescue", "-d", GRUB, "-o", iso, tree,
                    "--install-modules=multiboot2 linux linux16 iso9660 biosdisk serial normal",
                    "--locales=", "--fonts=", "--themes="],
                   check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return ["-drive", f"id=cd,file={iso},format=raw,if=none,media=cdrom",
            "-device", "ide-cd,drive=cd,bootindex=1"]


@pytest.mark.deadline(180)
def test_grub_starts_undine_as_a_kernel(stage, site):
    site.start()
    vm = stage.boot(nic=SECOND, extra=grub_cd(
        stage, "multiboot2 /undine.elf script=prompt colour=green "
        "telnetd.port=2323 telnetd.password=sesame\nboot\n"))
    vm.expect("found by its option ROM", 60)
    vm.expect("^telnetd: listening on port 2323, with a password", 60)
    vm.prompt()
    assert "sesame" not in vm.run("log")
    assert "colour is green" in vm.run("echo colour is ${colour}")
    vm.succeeds("dhcp")
    works(vm, site)
    assert re.search(r"#0 [0-9a-f]{8} \w+\+", vm.run("crash fetch"))
    vm.serial.send("exit\r")
    vm.expect(NEXT, 60)


@pytest.mark.deadline(180)
def test_grub_has_used_the_memory_of_the_rom(stage, site):
    """iPXE's ROM had left most of itself where GRUB put a file."""
    site.start()
    vm = stage.boot(nic=SECOND, memory=64, extra=grub_cd(
        stage, "multiboot2 /undine.elf\nmodule2 /big\nboot\n",
        {"big": 24 << 20}))
    vm.expect("^rom: all its .* are taken from the card", 120)
    vm.prompt()
    works_by_either(vm, site)


# --- from a disk

@pytest.mark.parametrize("memory", [16, 64, 72, "5G"])
def test_driver_from_a_rom_in_any_memory(stage, site, memory):
    """iPXE unpacks itself below 64 MiB, and then goes to the top."""
    site.start()
    vm = stage.boot(memory=memory, nic=SECOND,
                    extra=disk(stage, "undine", undine_img(), 1))
    vm.expect("found by its option ROM", 60)
    vm.prompt()
    works_by_either(vm, site)


def test_disk_starts_undine(stage, site):
    site.start()
    vm = stage.boot(nic=SECOND, extra=disk(stage, "undine", undine_img(), 1))
    segment = r"16-bit segment at (\w+)\n"
    alone = int(vm.expect(segment, 30)[1], 16)
    vm.expect("found by its option ROM", 60)
    vm.prompt()
    works_by_either(vm, site)
    vm.serial.send("exit\r")
    with_rom = int(vm.expect(segment, 60)[1], 16)
    # Base memory was given back: the ROM itself takes no more than 20 KiB.
    assert alone - (20 << 10) <= with_rom <= alone
    vm.expect(NEXT, 60)
    vm.prompt()
    works(vm, site)


def test_usb_stick_starts_undine(stage, site):
    """The image as it is, not padded to a disk's size."""
    site.start()
    vm = stage.boot(extra=[
        "-device", "piix3-usb-uhci", "-drive",
        f"id=stick,file={BUILD}/undine.img,format=raw,if=none,readonly=on",
        "-device", "usb-storage,drive=stick,bootindex=1"])
    vm.expect("found by its option ROM", 60)        # not started by it
    vm.prompt()


def test_floppy_starts_undine(stage, site):
    """No LBA calls there: cylinder, head, sector."""
    path = os.path.join(stage.folder, "floppy")
    with open(path, "wb") as file:
        file.write(undine_img().ljust(1440 << 10, b"\0"))
    site.start()
    vm = stage.boot(extra=["-drive", f"file={path},format=raw,if=floppy",
                           "-boot", "order=a"])
    vm.prompt(90)


def test_disk_with_partitions_keeps_them(stage, site):
    """Installed beside them: stage 1 and the gap behind it change, no more."""
    path = os.path.join(stage.folder, "disk")
    table = bytes(range(1, 7)) + bytes.fromhex(
        "0000200083ff3f3f" "0008000000100000") + bytes(48)
    before = (b"\xcd\x18".ljust(440, b"\x90") + table + b"\x55\xaa" +
              noise(22, (4 << 20) - 512))
    with open(path, "wb") as file:
        file.write(before)
    tool = os.path.join(BUILD, "..", "tools", "disk.py")
    img = os.path.join(BUILD, "undine.img")
    subprocess.run([tool, "install", img, path], check=True)
    with open(path, "rb") as file:
        after = file.read()
    assert after[440:512] == before[440:512]
    end = 512 + -(-os.path.getsize(NBP) // 512) * 512
    assert after[512:end] == undine_img()[512:end]
    assert after[end:] == before[end:]
    site.start()
    stage.boot(extra=["-boot", "order=c", "-drive",
                      f"file={path},format=raw,if=ide"]).prompt(60)


def test_disk_without_room_is_left_alone(stage):
    path = os.path.join(stage.folder, "disk")
    tool = os.path.join(BUILD, "..", "tools", "disk.py")
    img = os.path.join(BUILD, "undine.img")
    for entry, why in (
            ("00000000830000003f00000000100000", "62 before its first"),
            ("00000000ee00000001000000ff0f0000", "GUID"),
            ("00" * 16, "no partition table")):
        before = (b"\x90" * 446 + bytes.fromhex(entry) + bytes(48) +
                  b"\x55\xaa").ljust(1 << 20, b"\0")
        with open(path, "wb") as file:
            file.write(before)
        done = subprocess.run([tool, "install", img, path],
                              capture_output=True, text=True)
        assert done.returncode and why in done.stderr
        with open(path, "rb") as file:
            assert file.read() == before


def test_disk_that_cannot_be_read(stage, site):
    """Says so on both consoles; the BIOS goes on to its next device."""
    path = os.path.join(stage.folder, "broken")
    with open(path, "wb") as file:
        file.write(undine_img().ljust(1 << 20, b"\0"))
    site.start()
    vm = stage.boot(extra=[
        "-blockdev", f"file,filename={path},node-name=f0",
        "-blockdev", "blkdebug,node-name=d0,image=f0,"
        "inject-error.0.event=none,inject-error.0.errno=5,"
        "inject-error.0.sector=100",
        "-blockdev", "raw,file=d0,node-name=r0",
        "-device", "ide-hd,drive=r0,bootindex=1"], nic=SECOND)
    vm.expect(r"^Undine: read error [0-9A-F]{2}h", 60)
    vm.expect(NEXT, 60)


def test_floppy_that_ends_too_early(stage, site):
    """By cylinder, head, sector: the loader is said to begin ten sectors
    before the end."""
    path = os.path.join(stage.folder, "floppy")
    image = bytearray(undine_img().ljust(1440 << 10, b"\0"))
    image[434:438] = (2880 - 10).to_bytes(4, "little")
    with open(path, "wb") as file:
        file.write(image)
    vm = stage.boot(extra=["-drive", f"file={path},format=raw,if=floppy",
                           "-boot", "order=a"])
    vm.expect(r"^Undine: read error [0-9A-F]{2}h", 60)


def test_disk_without_the_loader(stage, site):
    """Stage 1 alone: the sectors behind it hold something else."""
    site.start()
    vm = stage.boot(nic=SECOND,
                    extra=disk(stage, "undine", undine_img()[:512], 1))
    vm.expect("^Undine: none behind MBR", 60)
    vm.expect(NEXT, 60)


# --- the driver in an option ROM, where no PXE stack is resident

OWN = "e1000,romfile=" + os.path.join(BUILD, "undi-e1000.rom")


def variant(name):
    return "e1000,romfile=" + os.path.join(BUILD, "undirom", name + ".rom")


@pytest.mark.parametrize("nic, driver", [
    ("e1000", "undi"), ("virtio-net-pci", "auto"), ("rtl8139", "auto"), (OWN, "undi")],
    ids=["e1000", "virtio", "rtl8139", "own"])
def test_kernel_after_a_driver_from_a_rom(stage, site, nic, driver):
    """The driver, which drives its card, or rests beside ours, is stopped, and all its memory is the kernel's."""
    image = os.path.join(stage.folder, "undine.img")
    assert options.main([os.path.join(BUILD, "undine.img"), "--set", f"driver={driver}", "-o", image]) == 0
    with open(image, "rb") as file:
        content = file.read()
    site.link("kernel", mb2.kernel("elf32.elf"))
    site.put("module", noise(23, 3_000_000))
    site.start("#!ipxe\nkernel kernel\nmodule module\nboot\n")
    vm = stage.boot(nic=nic, extra=disk(stage, "undine", content, 1))
    vm.expect("found by its option ROM", 60)
    dump = mb2.read(vm)
    assert ("native: net0 is driven without" in vm.serial.text) == (nic == "virtio-net-pci")
    module = dump.line("module")
    assert module["crc32"] == mb2.crc32(noise(23, 3_000_000))
    usable = sum(int(m["len"], 16) for m in dump.all("mmap")
                 if m.get("type") == "1")
    assert usable > (255 << 20)


def test_several_roms(stage, site):
    """All are named, and the first is taken."""
    site.start()
    vm = stage.boot(nic=OWN + ",addr=5", extra=[
        "-netdev", "user,id=n1", "-device", "virtio-net-pci,netdev=n1,addr=6"
    ] + disk(stage, "undine", undine_img(), 1))
    vm.expect(r"^rom: \w+h, .*UNDI 2.1 for PCI 8086:100e", 60)
    vm.expect(r"^rom: \w+h, .*UNDI 2.1 for PCI 1af4:1000", 60)
    vm.expect(r"^rom: \w+h: loading its driver for the card at 00:05.0", 60)
    vm.prompt()
    works_by_either(vm, site)


def test_second_of_two_like_cards(stage, site):
    """The first ROM's driver fails; the second's is given the second card."""
    site.start()
    vm = stage.boot(nic=OWN + ",addr=6", extra=[
        "-netdev", "user,id=n1",
        "-device", variant("start-fails") + ",netdev=n1,addr=5"
    ] + disk(stage, "undine", undine_img(), 1))
    vm.expect(r"loading its driver for the card at 00:05.0", 60)
    vm.expect(r"does not take the card \(START_UNDI status 63h\)", 60)
    vm.expect(r"loading its driver for the card at 00:06.0", 60)
    vm.prompt()
    works_by_either(vm, site)


REFUSALS = {
    "rom-sum": "refused: its checksum is wrong",
    "id-short": "refused: the UNDI ROM ID is too short",
    "id-cut": "refused: the UNDI ROM ID reaches outside the ROM",
    "id-outside": "refused: the pointer to its UNDI ROM ID leads outside",
    "loader-outside": "refused: the UNDI loader lies outside the ROM",
    "loader-fails": r"its UNDI loader fails \(status c6h",
    "both-sums": r"!PXE's checksum is wrong; PXENV\+'s checksum is wrong",
    "pxe-outside": r"!PXE lies outside memory; PXENV\+ lies outside memory",
    "entry-outside": "!PXE's entry point is not in memory"}


@pytest.mark.parametrize("rom", REFUSALS)
def test_rom_that_is_refused(stage, site, rom):
    """By name, and there is a prompt, and a way on."""
    site.start()
    vm = stage.boot(nic=variant(rom), extra=disk(
        stage, "undine", undine_img(), 1))
    vm.expect(rf"^rom: \w+h.*{REFUSALS[rom]}", 60)
    vm.expect("^undi: no driver for a card", 60)
    vm.prompt()
    assert "still here" in vm.run("echo still here")


@pytest.mark.parametrize("rom", ["pxe-sum", "pxenv-only", "init-fails"])
def test_rom_that_still_works(stage, site, rom):
    """PXENV+ where there is no good !PXE; INITIALIZE more than once."""
    site.start()
    vm = stage.boot(nic=variant(rom), extra=disk(
        stage, "undine", undine_img(), 1))
    if rom == "pxe-sum":
        vm.expect("refused: !PXE's checksum is wrong", 60)
    if rom != "init-fails":
        vm.expect("PXENV.*used because there is no !PXE", 60)
    vm.prompt()
    works_by_either(vm, site)


def test_no_card_at_all(stage, site):
    """What was looked at is said."""
    site.start()
    vm = stage.boot(nic="e1000,romfile=", extra=disk(
        stage, "undine", undine_img(), 1))
    vm.expect("entry stack: .*ES:BX: .*INT 1Ah: .*scan .*: nothing", 60)
    vm.expect("^rom: looked from c0000h to f0000h", 60)
    vm.prompt()


@pytest.mark.parametrize("memory", [8, 11, 12, 13])
def test_as_little_memory_as_there_may_be(stage, memory):
    """No place for a driver out of a ROM, or for its unpacking, may be in the way of the start."""
    vm = stage.boot(nic="e1000,romfile=", memory=memory, extra=disk(stage, "undine", undine_img(), 1))
    vm.expect(r"^Undine \d", 60)


# --- resident PXE stacks that are old or broken

def spoiled(site, how, build=BUILD):
    """BUILD's undine.0 behind an NBP that spoils things first; its path."""
    here = os.path.dirname(__file__)
    path = os.path.join(site.tftp, "spoil.0")
    subprocess.run(["nasm", "-f", "bin", "-D" + how, "-i", build + "/",
                    "-o", path, os.path.join(here, "nbp_spoil.asm")],
                   check=True)
    return path


def test_pxenv_without_bang(stage, site):
    spoiled(site, "NO_BANG")
    site.start(dhcp=["--dhcp-boot=tag:!undine,spoil.0"])
    vm = stage.boot()
    vm.expect("PXENV.*used because there is no !PXE", 60)
    vm.prompt()
    works_by_either(vm, site)


def test_bang_that_does_not_add_up(stage, site):
    spoiled(site, "BAD_BANG")
    site.start(dhcp=["--dhcp-boot=tag:!undine,spoil.0"])
    vm = stage.boot()
    vm.expect("^pxe: refused: !PXE's checksum is wrong", 60)
    vm.expect("PXENV.*used because there is no !PXE", 60)
    vm.prompt()
    works_by_either(vm, site)


def test_neither_adds_up(stage, site):
    """No second driver is loaded beside the one that is resident."""
    spoiled(site, "BAD_BOTH")
    site.start(dhcp=["--dhcp-boot=tag:!undine,spoil.0"])
    vm = stage.boot()
    vm.expect("^pxe: .*!PXE's checksum is wrong.*PXENV.'s checksum is wrong",
              60)
    vm.expect("^rom: no driver is loaded: a PXE stack is resident", 60)
    vm.prompt()
    assert "still here" in vm.run("echo still here")
