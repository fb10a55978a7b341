# SPDX-License-Identifier: BSD-2-Clause
"""Where the random generator's seed comes from; the network waits for it."""
import re

import pytest

RNG = "virtio-rng-pci"
WAYS = {
    "processor": (["-cpu", "max"], "seeded by the processor .RDRAND."),
    "device": (["-device", RNG], "seeded by virtio-rng"),
    "none": ([], "seeded by the moments of interrupts"),
    "modern": (["-device", RNG + ",disable-legacy=on,disable-modern=off"],
               "seeded by virtio-rng"),
    "zeros": (["-object", "rng-random,id=slow,filename=/dev/zero",
              "-device", RNG + ",rng=slow"],
             "seeded by the moments of interrupts")}


@pytest.mark.parametrize("way", WAYS)
def test_seed(stage, site, way):
    """The processor's, else a device's, else time's; a device that gives
    zeros gives none."""
    extra, seeded = WAYS[way]
    site.start()
    vm = stage.boot(extra=extra)
    said = vm.expect(r"^random: .*\n", 60)[0]
    if way in ("processor", "device", "modern"):
        assert re.search(seeded, said)
    else:
        assert "neither the processor nor a device gives a seed" in said
        vm.expect(rf"^random: {seeded}", 30)
    vm.expect("^dhcp: DISCOVER")
    vm.prompt()
    text = vm.serial.text
    assert text.count("random: seeded") == 1
    assert text.index("random: seeded") < text.index("dhcp: DISCOVER")
