# SPDX-License-Identifier: BSD-2-Clause
"""The main job on every card that QEMU has a stock ROM for (e1000 and
virtio-net-pci are test_main_job.py's), and with several cards.  docs/cards.md
tells what each ROM needs.
"""
import pytest

from network import SERVER, noise, sha256
from test_main_job import SCRIPT, serve_debian

pytestmark = pytest.mark.stock

# Large frames that these may get at once, or they fall silent or worse.
FLIGHT = {"i82559er": 2, "ne2k_pci": 6}


@pytest.mark.deadline(300)
@pytest.mark.parametrize("nic", [
    pytest.param("e1000e", marks=pytest.mark.undi), "rtl8139", "pcnet", "ne2k_pci", "vmxnet3", "i82559er"])
def test_boots_xen_linux_and_initrd(stage, site, nic):
    serve_debian(site)
    site.start(SCRIPT)
    vm = stage.boot(nic=nic, memory=1024)
    if nic in FLIGHT:
        vm.expect(rf"no more than {FLIGHT[nic]} frames will be under way", 90)
    for name in "xen.gz", "vmlinuz", "initrd":
        vm.expect(rf"http: {name} .*iB in .* from {SERVER}:80", 120)
    vm.expect(r"Xen version 4\.17", 60)
    vm.expect(r"^\(initramfs\)", 150)


def test_uses_the_card_that_the_rom_used(stage, site):
    """Two cards, the ROM boots from the second; the first has no cable."""
    site.start()
    vm = stage.boot(nic="virtio-net-pci,mac=52:54:00:00:00:02,addr=6,bootindex=1",
                    extra=["-netdev", "hubport,id=n1,hubid=9", "-device",
                           "e1000,netdev=n1,mac=52:54:00:00:00:01,addr=4"])
    vm.expect(r"undi: card PCI 1af4:1000 at 00:06\.0", 90)
    vm.expect(r"MAC 52:54:00:00:00:02")
    vm.prompt()
    content = noise(41, 300_000)
    assert vm.fetch(site.put("content", content)) == sha256(content)
