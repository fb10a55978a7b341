# SPDX-License-Identifier: BSD-2-Clause
"""The three ways to call a ROM, on a ROM that allows them all, and Undine's
life with ROMs that misbehave (tests/undirom/README.md has their table)."""
import os

import pytest

from network import BUILD, noise, sha256

CONTENT = noise(31, 2 << 20)
DIGEST = sha256(CONTENT)


def start(stage, site, rom):
    """Undine from a disk; its card's option ROM is ours."""
    if not site.nginx:
        site.start()
    image = os.path.join(BUILD, "undine.img")
    return stage.boot(
        nic=f"e1000,bootindex=2,romfile={os.path.join(BUILD, rom)}",
        extra=["-drive", f"id=d0,file={image},format=raw,if=none,snapshot=on",
               "-device", "ide-hd,drive=d0,bootindex=1"])


def variant(name):
    return f"undirom/{name}.rom"


def downloads(vm, site):
    vm.succeeds("imgfree")
    assert vm.fetch(site.put("content", CONTENT), 90) == DIGEST


def use(vm, transport):
    """What Undine says about it."""
    vm.succeeds(f"set undi.transport {transport}")
    return vm.succeeds("ifopen", 40)


@pytest.mark.deadline(180)
def test_same_download_by_each_transport(stage, site):
    vm = start(stage, site, "undi-e1000.rom")
    vm.expect(r"undi: transport pm \(the ROM's protected-mode entry works\)", 60)
    vm.prompt()
    downloads(vm, site)
    for transport in "v86", "real", "pm":
        assert f"undi: transport {transport} (as undi.transport says)" in use(vm, transport)
        downloads(vm, site)
    shown = use(vm, "tachyon")
    assert "undi.transport=tachyon is none of pm, v86, real, auto; taking auto" in shown
    assert "transport pm" in shown


# How a ROM is called in the end, and why.
QUIRKS = {
    "fragments": "pm", "frame-zero": "pm", "frame-short": "pm", "flag": "pm", "endless": "pm", "dead-irq": "pm",
    "no-irq": "pm", "init-fails": "pm", "nic-type": "pm", "retf-pops": "pm", "retf-leaves": "pm", "iret": "pm",
    "trash": "pm", "df": "pm", "tx-unknown": "pm", "tx-busy": "pm", "callout": "pm", "callout-always": "pm",
    "hang-pm": r"real \(works with every ROM; pm does not .*no return in time",
    "hang-pm-cli": r"real \(works with every ROM; pm does not .*no return in time",
    "pm-fault": r"real \(works with every ROM; pm does not .*general protection",
    "pm-int": r"real \(works with every ROM; pm does not .*general protection",
    "segment-outside": r"real \(works with every ROM; pm does not .*a segment of !PXE lies outside memory",
    "pxenv-only": r"real \(works with every ROM; pm does not .*there is no !PXE",
    "pxe-sum": r"real \(works with every ROM; pm does not .*there is no !PXE",
}


@pytest.mark.parametrize("name", QUIRKS)
def test_lives_with(stage, site, name):
    vm = start(stage, site, variant(name))
    vm.expect(rf"undi: transport {QUIRKS[name]}", 60)
    vm.prompt(60)
    downloads(vm, site)
    if QUIRKS[name] != "pm":
        assert "undi: transport real (undi.transport=pm is not possible with this ROM: " in use(vm, "pm")
    use(vm, "real")
    downloads(vm, site)


@pytest.mark.deadline(180)
@pytest.mark.parametrize("name, transport", [("pm-fault-late", "pm"), ("hang-pm-late", "pm"), ("hang-pm-late-cli", "pm"), ("hang-v86-late", "v86")])
def test_falls_back_at_work(stage, site, name, transport):
    """The probe passes; the ROM fails when frames are asked for."""
    vm = start(stage, site, variant(name))
    vm.expect("undi: transport pm", 60)
    if transport == "pm":
        vm.expect(rf"undi: transport real \({transport} failed at work: ", 60)
        vm.prompt(60)
    else:
        vm.prompt(60)
        vm.serial.send("set undi.transport v86 && ifopen\r")
        vm.expect(rf"undi: transport real \({transport} failed at work: ", 60)
        vm.prompt()
    downloads(vm, site)


@pytest.mark.deadline(180)
def test_a_rom_that_hangs_in_real_mode(stage, site):
    """The BIOS's timer takes the processor back; the machine is not lost."""
    vm = start(stage, site, variant("hang-real-late"))
    vm.expect("undi: transport pm", 60)
    vm.prompt(60)
    vm.serial.send("set undi.transport real && ifopen\r")
    vm.expect("undi: the ROM has not come back from call 14h for 60 s: it hangs, and without it there is no card$", 90)
    vm.expect("undi: rebooting in 60 s$")


def test_v86_call_is_finished_in_real_mode(stage, site):
    """Amid a drain of received frames; and real mode it is from then on."""
    vm = start(stage, site, variant("own-pm-late"))
    vm.prompt(60)
    vm.serial.send("set undi.transport v86 && ifopen\r")
    vm.expect(r"undi: transport v86 \(as undi.transport says\)")
    vm.expect(r"undi: transport real \(the ROM changes modes by itself: a mode-switching instruction at [0-9a-f]{4}:[0-9a-f]{4} in v86\)")
    vm.prompt()
    downloads(vm, site)


def test_nbp_options_where_the_rom_keeps_no_packet(stage, site):
    """It has no base code; there is nothing that could be changed."""
    vm = start(stage, site, "undi-e1000.rom")
    vm.prompt(60)
    url = site.put("nbp.0", b"\xeb\xfe" + bytes(510))
    shown = vm.fails(f"chain --type nbp --next-server 10.9.8.7 {url}")
    assert "the ROM keeps no DHCP packet that could be changed" in shown


def test_v86_serves_the_bios(stage, site):
    """The ROM asks the BIOS, by INT 1Ah, for its card's configuration."""
    vm = start(stage, site, variant("pci-bios"))
    vm.prompt(60)
    assert "undi: transport v86 (as undi.transport says)" in use(vm, "v86")
    downloads(vm, site)


@pytest.mark.parametrize("name, why", [
    ("hang-v86", "no return in time"), ("hang-v86-cli", "no return in time"), ("own-pm", "it changes modes by itself")])
def test_v86_is_not_possible_with(stage, site, name, why):
    vm = start(stage, site, variant(name))
    vm.prompt(60)
    shown = use(vm, "v86")
    assert f"undi: transport real (undi.transport=v86 is not possible with this ROM: {why}" in shown
    downloads(vm, site)


@pytest.mark.parametrize("name", ["start-fails", "loader-fails", "rom-sum", "id-short", "id-cut", "id-outside",
                                  "loader-outside", "both-sums", "pxe-outside", "entry-outside"])
def test_useless_rom_is_refused_with_a_reason(stage, site, name):
    """No network then, but a prompt, and a line that names the ROM and the fault."""
    vm = start(stage, site, variant(name))
    vm.expect(r"rom: c[0-9a-f]{4}h", 60)
    vm.prompt(60)
    assert "there is no network card that we can drive" in vm.fails("dhcp")
