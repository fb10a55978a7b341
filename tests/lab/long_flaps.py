# SPDX-License-Identifier: BSD-2-Clause
"""FLAP_DOWNLOADS=1000 downloads by each of our drivers, and by a ROM, while the
cable is pulled out and put in at random: nothing is lost.

Too long for each change: its name keeps it out of `make lab`; `make long` plays it.
"""
import os

import pytest

import flaps

COUNT = int(os.environ.get("FLAP_DOWNLOADS", "1000"))
SEED = int(os.environ.get("FLAP_SEED", "19"))
EACH = 60       # seconds that a download may take, on a busy machine


@pytest.mark.deadline(COUNT * EACH + 300)
@pytest.mark.parametrize("nic, driver", [("virtio-net-pci", "native"), ("e1000", "native"), ("virtio-net-pci", "undi")])
def test_nothing_is_lost(stage, site, nic, driver):
    site.start(nginx=flaps.PACE)
    vm = stage.boot(nic=nic)
    vm.prompt(120)
    vm.succeeds(f"set driver {driver}")
    vm.succeeds("dhcp", 60)
    settling = 0.5 if nic == "e1000" else 0     # QEMU's negotiates its speed for so long
    right, times = flaps.downloads(vm, site, COUNT, COUNT // 10, SEED, COUNT * EACH, settling)
    print(f"flaps: {nic}, driver={driver}: {right} downloads, {times} times without a cable, none lost")
