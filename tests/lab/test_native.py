# SPDX-License-Identifier: BSD-2-Clause
"""Cards that Undine drives itself, without their ROM: docs/cards.md."""
import os
import time

import pytest

import flaps
import mb2
from network import BUILD, SERVER, TAP, noise, sha256
from test_chains import agents
from test_starts import UNDIONLY, disk, grub_cd, undine_img

pytestmark = pytest.mark.stock

URL = f"http://{SERVER}"
CONTENT = noise(61, 4_000_000)
WHOLE_TAP = f"tap,ifname={TAP},script=no,downscript=no"     # with virtio's header: the host joins segments


@pytest.mark.parametrize("nic, told", [
    ("virtio-net-pci", "virtio-net at 00:03.0, virtio 1, checksums, 64 KiB at once"),
    ("e1000", "e1000 at 00:03.0, 1000 Mb/s, full duplex"),
], ids=["virtio", "e1000"])
def test_beside_its_rom(stage, site, nic, told):
    """From the ROM to our driver, unasked; back and again, at the prompt; another NBP then finds the ROM's UNDI."""
    url = site.put("content", CONTENT)
    site.link("undionly.kpxe", UNDIONLY)
    site.put("went", "#!ipxe\n")
    site.start()
    vm = stage.boot(nic=nic, netdev=WHOLE_TAP)
    vm.expect(rf"native: net0 is driven without its ROM: {told} \(driver=auto\)", 90)
    vm.prompt()
    assert vm.fetch(url) == sha256(CONTENT)
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
    assert flaps.downloads(vm, site, 10, 1, 150) > 2
    vm.succeeds(f"imgfetch {URL}/mb2.elf", 60)
    card = vm.qmp.call("x-query-virtio")[0]["path"]
    assert any("DRIVER_OK" in said for said in vm.qmp.call("x-query-virtio-status", path=card)["status"]["statuses"])
    vm.serial.send("boot mb2.elf\r")
    mb2.read(vm)
    assert vm.qmp.call("x-query-virtio-status", path=card)["status"]["statuses"] == []


@pytest.mark.deadline(180)
def test_virtio_from_grub(stage, site):
    without_a_rom(stage, site, grub_cd(stage, "multiboot2 /undine.elf\nboot\n"), "virtio-net-pci",
                  "virtio-net at 00:03.0, virtio 1, checksums, 64 KiB at once")


def test_e1000e_from_a_usb_stick(stage, site):
    """Then it is unplugged in the middle of a download."""
    stick = ["-device", "usb-ehci,addr=8", "-drive",
             f"id=stick,file={os.path.join(BUILD, 'undine.img')},format=raw,if=none,readonly=on",
             "-device", "usb-storage,drive=stick,bootindex=1"]
    vm = without_a_rom(stage, site, stick, "e1000e", "e1000 at 00:03.0, 1000 Mb/s, full duplex")
    vm.link(False)
    vm.expect("native: net0 has lost its link")
    vm.serial.send(f"imgfetch --name again {URL}/content\r")
    vm.qmp.call("device_del", id="card")
    for port, value in (0xae10, 0), (0xae08, 1 << 3):   # as ACPI's methods eject what stands in a slot
        vm.qmp.call("human-monitor-command", **{"command-line": f"o /4 {port:#x} {value:#x}"})
    vm.expect("native: net0: the card at 00:03.0 is gone")
    vm.interrupt()
    assert "does not open" in vm.fails("ifopen net0")
