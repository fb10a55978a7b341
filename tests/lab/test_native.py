# SPDX-License-Identifier: BSD-2-Clause
"""Cards that Undine drives itself, without their ROM: docs/cards.md."""
import os
import time

import pytest

import mb2
from network import SERVER, TAP, noise, sha256
from test_chains import agents
from test_starts import UNDIONLY, disk, undine_img

pytestmark = pytest.mark.stock

URL = f"http://{SERVER}"
CONTENT = noise(61, 12_000_000)
WHOLE_TAP = f"tap,ifname={TAP},script=no,downscript=no"     # with virtio's header: the host joins segments


def test_virtio_beside_its_rom(stage, site):
    """From the ROM to our driver and back, at the prompt; another NBP then finds the ROM's UNDI at work."""
    url = site.put("content", CONTENT)
    site.link("undionly.kpxe", UNDIONLY)
    site.put("went", "#!ipxe\n")
    site.start()
    vm = stage.boot(nic="virtio-net-pci", netdev=WHOLE_TAP)
    vm.prompt(60)
    vm.succeeds("set driver native")
    vm.serial.send("dhcp\r")
    vm.expect("native: net0 is driven without its ROM: virtio-net at 00:03.0, virtio 1, checksums, "
              r"64 KiB at once \(driver=native\)")
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
    vm.succeeds("dhcp", 60)
    os.remove(os.path.join(site.tftp, "undine.0"))
    site.put_tftp("undine.0", f"#!ipxe\nimgfetch {URL}/went\nshell\n")
    vm.serial.send(f"chain {URL}/undionly.kpxe\r")
    end = time.monotonic() + 60     # it is not to be seen on the serial line
    while not agents(site, "/went"):
        assert time.monotonic() < end
        time.sleep(0.2)
    assert "iPXE" in agents(site, "/went")[0]


def test_virtio_from_a_disk(stage, site):
    """Without any ROM, by the legacy interface, the cable put in later; a kernel finds the card at rest."""
    url = site.put("content", CONTENT)
    site.link("mb2.elf", mb2.kernel("elf32.elf"))
    site.start()
    vm = stage.boot(nic="virtio-net-pci,romfile=,disable-modern=on", netdev=WHOLE_TAP,
                    extra=[*disk(stage, "undine", undine_img(), 0), "-S"])
    vm.link(False)
    vm.qmp.call("cont")
    vm.expect("native: net0 is driven without its ROM: virtio-net at 00:03.0, virtio 0.9, checksums, "
              r"64 KiB at once \(no ROM drives it\)")
    vm.expect("native: net0 has no link")
    vm.link(True)
    vm.expect("native: net0 has a link again")
    vm.prompt(60)
    assert vm.fetch(url) == sha256(CONTENT)
    vm.succeeds(f"imgfetch {URL}/mb2.elf", 60)
    card = vm.qmp.call("x-query-virtio")[0]["path"]
    assert any("DRIVER_OK" in said for said in vm.qmp.call("x-query-virtio-status", path=card)["status"]["statuses"])
    vm.serial.send("boot mb2.elf\r")
    mb2.read(vm)
    assert vm.qmp.call("x-query-virtio-status", path=card)["status"]["statuses"] == []
