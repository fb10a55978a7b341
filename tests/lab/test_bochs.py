# SPDX-License-Identifier: BSD-2-Clause
"""A second machine: another processor, another BIOS, another chipset.  All
ways to call a ROM, the disk, the stock ROM, and a kernel that is handed over."""
import os
import re

import pytest

import bochs
import mb2
from network import BUILD, noise, sha256

IMAGE = os.path.join(BUILD, "undine.img")
CONTENT = noise(41, 100_000)
MIB = 1 << 20


def start(stage, site, rom="undi-e1000.rom", **options):
    """Undine from a disk; its card's option ROM is ours."""
    if not site.nginx:
        site.start()
    return stage.boot(kind=bochs.Bochs, image=IMAGE, rom=os.path.join(BUILD, rom), **options)


def downloads(vm, site):
    vm.succeeds("imgfree")
    assert vm.fetch(site.put("content", CONTENT)) == sha256(CONTENT)


def use(vm, transport):
    """What Undine says about it."""
    vm.succeeds(f"set undi.transport {transport}")
    return vm.succeeds("ifopen", 40)


def test_from_a_disk_by_each_transport(stage, site):
    vm = start(stage, site)
    vm.expect(r"undi: transport v86 \(the ROM's real-mode code works in it\)")
    vm.prompt()
    downloads(vm, site)
    for transport in "pm", "real", "v86":
        assert f"undi: transport {transport} (as undi.transport says)" in use(vm, transport)
        downloads(vm, site)
    shown = vm.run("log", 60)
    assert "failed at work" not in shown and "changes modes" not in shown


def test_keyboard_and_screen(stage, site):
    """VGA's memory stays visible beside the card's registers."""
    vm = start(stage, site)
    vm.prompt()
    for key in "echo Typed ${net0/mac} {}~!":
        vm.screen.send(key)
        vm.expect(re.escape(key), 30)
    vm.screen.send("\r")
    vm.expect(rf"^Typed {bochs.MAC} {{}}~!$")
    vm.screen.expect(f"Typed {bochs.MAC} {{}}~!", 30)


def test_a_fault_and_a_reset(stage, site):
    """A task's fault costs the task; the machine's reset starts all anew."""
    vm = start(stage, site, cpu="p3_katmai")
    vm.expect("^random: neither the processor nor a device gives a seed")
    vm.prompt()
    vm.serial.send("crash shell\r")
    vm.expect("trap: page fault in task shell")
    vm.expect(r"#\d+ [0-9a-f]{8} \w+")
    vm.expect("shell: service started again")
    vm.prompt()
    vm.serial.send("reboot\r")
    vm.expect("^Undine 0")
    vm.prompt()
    downloads(vm, site)


def test_processor_that_is_too_old(stage, site):
    """A Pentium knows no CMOV: that is said, and the BIOS has the machine back."""
    vm = start(stage, site, cpu="pentium")
    vm.expect("^undine: this processor lacks .*CMOV; Undine needs an i686")
    vm.ends("No bootable device")


def test_exit_to_the_bios(stage, site):
    """It looks for the next device, and there is none."""
    vm = start(stage, site)
    vm.prompt()
    vm.serial.send("exit\r")
    vm.ends("No bootable device")


def test_from_the_stock_rom(stage, site):
    site.start()
    vm = stage.boot(kind=bochs.Bochs, rom=bochs.STOCK)
    vm.expect(r"undi: transport real \(it is iPXE", 60)
    vm.prompt()
    downloads(vm, site)


MODULE = noise(42, 100_001)


@pytest.mark.parametrize("rom, bios", [
    ("undi-e1000.rom", bochs.BIOS), (bochs.STOCK, bochs.BIOS), ("undi-e1000.rom", bochs.SEABIOS)])
def test_hands_over_to_a_kernel(stage, site, rom, bios):
    """All that the BIOS calls memory is its own, what the drivers had too."""
    site.link("kernel", mb2.kernel("elf32.elf"))
    site.put("module", MODULE)
    site.start("#!ipxe\nkernel kernel one two=3\nmodule module its own words\nboot\n")
    vm = start(stage, site, rom, bios=bios)
    dump = mb2.read(vm)
    mb2.check_entry(dump, "36d76289")
    mb2.check_modules(dump, [("module its own words", MODULE)])
    assert dump.line("cmdline")["cmdline"] == "kernel one two=3"
    assert dump.line("rsdp")["ok"] == "1"
    usable = sum(end - first for first, end, kind in dump.regions() if kind == 1)
    assert 63 * MIB < usable <= 64 * MIB


def test_hands_over_to_a_kernel_made_like_linux(stage, site):
    name = "memtest86+x64.bin"
    site.link(name, os.path.join(BUILD, "debian", name))
    site.start(f"#!ipxe\nkernel {name} console=ttyS0,115200\nboot\n")
    vm = start(stage, site)
    vm.expect("handing over", 60)
    vm.expect(r"Memtest86\+ v6", 60)
    vm.screen.expect(r"4MB of 63\.\dMB", 60)        # it counts what it was told of


# What a ROM does that is asked for protected mode, and what this processor says of it.
IN_PM = {
    "pm-cs-write": "general protection",    # which TCG lets pass
    "pm-fault": "general protection", "pm-int": "general protection",
    "hang-pm-cli": "no return in time", "segment-outside": "a segment of !PXE lies outside memory"}


@pytest.mark.parametrize("name", IN_PM)
def test_protected_mode_is_not_possible_with(stage, site, name):
    vm = start(stage, site, f"undirom/{name}.rom")
    vm.expect("undi: transport v86 ")
    vm.prompt()
    assert re.search("undi: transport real .undi.transport=pm is not possible "
                     f"with this ROM: .*{IN_PM[name]}", use(vm, "pm"))
    downloads(vm, site)


@pytest.mark.parametrize("name, why", [("hang-v86-cli", "no return in time"), ("own-pm", "it changes modes by itself")])
def test_v86_is_not_possible_with(stage, site, name, why):
    vm = start(stage, site, f"undirom/{name}.rom")
    vm.expect(rf"undi: transport pm \(the ROM's protected-mode entry works; v86 does not: {why}")
    vm.prompt()
    downloads(vm, site)


@pytest.mark.parametrize("name", ["pci-bios", "tick-wait", "trash", "iret"])
def test_lives_with(stage, site, name):
    """This BIOS, called in v86; its clock; a ROM that leaves nothing as it was."""
    vm = start(stage, site, f"undirom/{name}.rom")
    vm.expect("undi: transport v86 ")
    vm.prompt()
    downloads(vm, site)
    for transport in "pm", "real":
        assert f"undi: transport {transport} (as undi.transport says)" in use(vm, transport)
        downloads(vm, site)


ADDRESSES = {"mac-zeros": "00:00:00:00:00:00", "mac-ones": "ff:ff:ff:ff:ff:ff", "mac-group": "01:00:5e:00:00:01"}


@pytest.mark.parametrize("name", ADDRESSES)
def test_address_that_no_card_can_have(stage, site, name):
    """A word, the address, and a prompt."""
    vm = start(stage, site, f"undirom/{name}.rom")
    vm.expect(f"^undi: net0 is refused: its ROM gives it the address {ADDRESSES[name]}, which no card can have$")
    vm.expect("^undi: no driver for a card")
    vm.prompt()
    assert "there is no network card that we can drive" in vm.fails("dhcp")
