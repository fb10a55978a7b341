# SPDX-License-Identifier: BSD-2-Clause
"""A line that loses, repeats, mixes up, cuts off and damages frames: what
arrives is right all the same."""
import re

import pytest

from network import TAP, noise, sha256
from relay import Relay

pytestmark = pytest.mark.undi

CONTENT = noise(12, 8 << 20)


def behind_relay(stage, seed):
    stage.site.start()
    relay = stage.with_(Relay(stage.folder, TAP, seed))
    vm = stage.boot(netdev=relay.netdev)
    vm.prompt()
    return relay, vm


@pytest.mark.deadline(240)
def test_line_that_loses_one_percent(stage, site):
    url = site.put("lossy", CONTENT)
    relay, vm = behind_relay(stage, 2024)
    relay.both(loss=0.01)
    assert vm.fetch(url, 120) == sha256(CONTENT)


@pytest.mark.deadline(240)
def test_line_that_does_everything_wrong(stage, site):
    content = CONTENT[:2 << 20]
    url = site.put("odd", content)
    relay, vm = behind_relay(stage, 4711)
    relay.both(loss=0.005, duplicate=0.02, reorder=0.02, corrupt=0.005,
               truncate=0.005, delay_ms=2, jitter_ms=3)
    assert vm.fetch(url, 200) == sha256(content)
    # Damaged frames were noticed, and counted.
    shown = vm.run("ifstat --all")
    assert re.search(r"(bad|checksum|short|truncat)\S* .*[1-9]", shown), shown


@pytest.mark.deadline(240)
def test_boots_over_a_lossy_line(stage, site):
    """ROM, DHCP and script, with every twentieth frame lost."""
    site.start("#!ipxe\necho the script runs\n")
    relay = stage.with_(Relay(stage.folder, TAP, 99))
    vm = stage.boot(netdev=relay.netdev)
    site.wait_for_log("sent ", 60)
    relay.both(loss=0.05)
    vm.expect("the script runs", 120)
