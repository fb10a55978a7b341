# SPDX-License-Identifier: BSD-2-Clause
"""Cards that Undine drives itself, without their ROM: docs/cards.md."""
import os
import re
import time

import pytest

import flaps
import mb2
from network import BUILD, SERVER, TAP, noise, sha256
from test_chains import agents
from test_options import by_pxe
from test_starts import UNDIONLY, disk, grub_cd, undine_img

pytestmark = pytest.mark.stock

URL = f"http://{SERVER}"
CONTENT = noise(61, 4_000_000)
WHOLE_TAP = f"tap,ifname={TAP},script=no,downscript=no"     # with virtio's header: the host joins segments


def base_memory(vm):
    """40:13, in KiB."""
    shown = vm.qmp.call("human-monitor-command", **{"command-line": "xp /1hx 0x413"})
    return int(shown.rpartition(":")[2], 16)


@pytest.mark.parametrize("nic, told, takes", [
    ("virtio-net-pci", "virtio-net at 00:03.0, virtio 1, checksums, 64 KiB at once", 1640 << 10),
    ("e1000", "e1000 at 00:03.0, 1000 Mb/s, full duplex", 656 << 10),
], ids=["virtio", "e1000"])
def test_beside_its_rom(stage, site, nic, told, takes):
    """From the ROM to our driver, unasked; back and again, at the prompt; another NBP then finds the ROM's UNDI.  Our
    driver takes so much more memory above 1 MiB, and below it none."""
    by_pxe(stage, site)         # as it is, whatever LAB_DRIVER says
    url = site.put("content", CONTENT)
    site.link("undionly.kpxe", UNDIONLY)
    site.put("went", "#!ipxe\n")
    site.start()
    vm = stage.boot(nic=nic, netdev=WHOLE_TAP)
    vm.expect(rf"native: net0 is driven without its ROM: {told} \(driver=auto\)", 90)
    vm.prompt()
    assert vm.fetch(url) == sha256(CONTENT)
    held = vm.memory(), base_memory(vm)
    assert re.search(rf"PCI \w+:\w+ at 00:03\.0, .*, driven by {told.partition(' ')[0]}\s", vm.run("ifstat"))
    vm.link(False)
    vm.expect("native: net0 has lost its link")
    vm.serial.send(f"imgfetch --name again {url}\r")
    vm.link(True)
    vm.expect("native: net0 has a link again")
    vm.prompt(60)
    assert vm.sha256("again") == sha256(CONTENT)
    vm.succeeds("set driver undi")
    vm.serial.send("dhcp\r")
    vm.expect("native: net0 is its ROM's again")
    vm.prompt()
    vm.succeeds("imgfree again")
    assert ", driven by its ROM" in vm.run("ifstat")
    assert base_memory(vm) == held[1]
    assert 0 < vm.memory() - held[0] <= takes     # docs/memory-map.md
    vm.succeeds("set driver native")
    vm.serial.send("dhcp\r")
    vm.expect(r"native: net0 is driven without its ROM: .* \(driver=native\)")
    vm.prompt()
    os.remove(os.path.join(site.tftp, "undine.0"))
    site.put_tftp("undine.0", f"#!ipxe\nimgfetch {URL}/went\nshell\n")
    vm.serial.send(f"chain {URL}/undionly.kpxe\r")
    end = time.monotonic() + 60     # it is not to be seen on the serial line
    while not agents(site, "/went"):
        assert time.monotonic() < end
        time.sleep(0.2)
    assert "iPXE" in agents(site, "/went")[0]


def may_reach_memory(vm, slot):
    """Does the card there have bus mastering?  The machine rests meanwhile, and finds its own address in CF8h again."""
    def port(line):
        return vm.qmp.call("human-monitor-command", **{"command-line": line}).rpartition("=")[2].strip()

    vm.qmp.call("stop")
    before = port("i /w 0xcf8")
    port(f"o /w 0xcf8 {1 << 31 | slot << 11 | 4:#x}")
    shown = port("i /w 0xcfc")
    port(f"o /w 0xcf8 {before}")
    vm.qmp.call("cont")
    return bool(int(shown, 16) & 4)


def unplug(vm):
    """In the middle of a download; the download can be given up, and nothing else suffers."""
    vm.link(False)
    vm.expect("native: net0 has lost its link")
    vm.serial.send(f"imgfetch --name again {URL}/content\r")
    vm.qmp.call("device_del", id="card")
    for port, value in (0xae10, 0), (0xae08, 1 << 3):   # as ACPI's methods eject what stands in a slot
        vm.qmp.call("human-monitor-command", **{"command-line": f"o /4 {port:#x} {value:#x}"})
    vm.expect("native: net0: the card at 00:03.0 is gone")
    vm.interrupt()
    assert "does not open" in vm.fails("ifopen net0")


def without_a_rom(stage, site, medium, nic, told):
    """A machine that starts from MEDIUM; its card has no ROM, and its cable is put in later."""
    url = site.put("content", CONTENT)
    site.start(nginx=flaps.PACE)
    vm = stage.boot(nic=f"{nic},id=card,romfile=", netdev=WHOLE_TAP,
                    extra=[*medium, "-S"])
    vm.link(False)
    vm.qmp.call("cont")
    vm.expect(rf"native: net0 is driven without its ROM: {told} \(no ROM drives it\)", 90)
    vm.expect("native: net0 has no link")
    vm.link(True)
    vm.expect("native: net0 has a link again")
    vm.prompt(60)
    assert vm.fetch(url) == sha256(CONTENT)
    return vm


@pytest.mark.deadline(240)
def test_virtio_from_a_disk(stage, site):
    """By the legacy interface; downloads survive a cable that comes and goes; a kernel finds the card at rest."""
    site.link("mb2.elf", mb2.kernel("elf32.elf"))
    vm = without_a_rom(stage, site, disk(stage, "undine", undine_img(), 0), "virtio-net-pci,disable-modern=on",
                       "virtio-net at 00:03.0, virtio 0.9, checksums, 64 KiB at once")
    flaps.downloads(vm, site, 10, 3, 1, 150)
    vm.succeeds(f"imgfetch {URL}/mb2.elf", 60)
    card = vm.qmp.call("x-query-virtio")[0]["path"]
    assert may_reach_memory(vm, 3)
    assert any("DRIVER_OK" in said for said in vm.qmp.call("x-query-virtio-status", path=card)["status"]["statuses"])
    vm.serial.send("boot mb2.elf\r")
    mb2.read(vm)
    assert vm.qmp.call("x-query-virtio-status", path=card)["status"]["statuses"] == []
    assert not may_reach_memory(vm, 3)


@pytest.mark.deadline(180)
def test_virtio_from_grub(stage, site):
    """Without a control queue; the device says what the network's MTU is.  Then it is unplugged."""
    vm = without_a_rom(stage, site, grub_cd(stage, "multiboot2 /undine.elf\nboot\n"),
                       "virtio-net-pci,ctrl_vq=off,host_mtu=1400",
                       "virtio-net at 00:03.0, virtio 1, checksums, 64 KiB at once")
    assert vm.run("echo ${net0/mtu:int32}").startswith("1400")
    unplug(vm)


def test_e1000e_from_a_usb_stick(stage, site):
    """Then it is unplugged."""
    stick = ["-device", "usb-ehci,addr=8", "-drive",
             f"id=stick,file={os.path.join(BUILD, 'undine.img')},format=raw,if=none,readonly=on",
             "-device", "usb-storage,drive=stick,bootindex=1"]
    unplug(without_a_rom(stage, site, stick, "e1000e", "e1000 at 00:03.0, 1000 Mb/s, full duplex"))


def test_unplugged_beside_its_rom(stage, site):
    """The ROM is asked for nothing, but to go: a kernel that is there already boots, and has all memory."""
    by_pxe(stage, site)
    site.link("mb2.elf", mb2.kernel("elf32.elf"))
    site.put("content", CONTENT)
    site.start(nginx=flaps.PACE)
    vm = stage.boot(nic="virtio-net-pci,id=card")
    vm.expect("native: net0 is driven without its ROM", 90)
    vm.prompt()
    vm.succeeds(f"imgfetch {URL}/mb2.elf", 60)
    unplug(vm)
    assert "its ROM's UNDI" not in vm.serial.text and "its ROM's again" not in vm.serial.text
    vm.serial.send("boot mb2.elf\r")
    usable = [region[:2] for region in mb2.read(vm).regions() if region[2] == 1]
    assert usable == [(0, 0x9fc00), (0x100000, 0xffe0000)]


def test_registers_above_4_gib(stage, site):
    """The BIOS puts all 64-bit registers there where one device wants 4 GiB: refused, with a line.  A card that has
    the legacy interface, too, is driven by that."""
    url = site.put("content", CONTENT)
    site.start()
    vm = stage.boot(nic="virtio-net-pci,romfile=,addr=3,mac=52:54:00:00:00:01", netdev=WHOLE_TAP, extra=[
        *disk(stage, "undine", undine_img(), 0),
        "-netdev", "hubport,id=n1,hubid=1", "-device",
        "virtio-net-pci,romfile=,addr=4,netdev=n1,disable-legacy=on,disable-modern=off",
        "-device", "pci-testdev,membar=4G"])
    vm.expect(r"native: net0 is driven without its ROM: virtio-net at 00:03\.0, virtio 0\.9", 90)
    vm.expect(r"native: virtio-net at 00:04\.0 does not come up: its registers lie above 4 GiB; no ROM drives it")
    vm.prompt(60)
    assert vm.fetch(url) == sha256(CONTENT)
