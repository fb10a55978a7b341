# SPDX-License-Identifier: BSD-2-Clause
"""Linux's TCP through a bad cable, one fault after the other and several at
once: every download is right, no acknowledgement passes a hole, and the sender
waits for no time-out where SACK had told him enough.
"""
import itertools
import re

import pytest

import pcap
from network import TAP, noise, sha256, tcp_counts
from relay import Relay

CONTENT = noise(13, 4 << 20)
KIB = 1024

LOSS = 0.001, 0.01, 0.05
DELAY_MS = 10, 50, 200                  # each way
# What takes a sender that halves its flight at each loss a few seconds.
SIZE = {(0.001, 10): 2048, (0.001, 50): 2048, (0.001, 200): 768,
        (0.01, 10): 2048, (0.01, 50): 768, (0.01, 200): 256,
        (0.05, 10): 768, (0.05, 50): 256, (0.05, 200): 96}


@pytest.fixture(scope="module")
def line(module_stage, module_site):
    relay = module_stage.with_(Relay(module_stage.folder, TAP, 20))
    vm = module_stage.boot(netdev=relay.netdev, whole_frames=True)
    vm.prompt()
    return relay, vm


@pytest.fixture
def download(request, line, module_stage, module_site):
    """download(KIB, faults of the cable...): fetches and compares."""
    request.node.folders = [module_stage.folder]
    relay, vm = line

    def fetch(size, to_machine, from_machine=None):
        name = re.sub(r"\W+", "-", request.node.name)
        url = module_site.put(name, CONTENT[:size * KIB])
        vm.succeeds("imgfree")
        relay.set(to_machine=to_machine,
                  from_machine=to_machine if from_machine is None
                  else from_machine)
        try:
            assert vm.fetch(url, 60) == sha256(CONTENT[:size * KIB])
        finally:
            relay.both()
        return vm

    return fetch


@pytest.mark.parametrize("loss, delay_ms",
                         itertools.product(LOSS, DELAY_MS))
def test_loss_and_delay(download, loss, delay_ms):
    download(SIZE[loss, delay_ms], {"loss": loss, "delay_ms": delay_ms})


@pytest.mark.parametrize("fault", [
    {"reorder": 0.05}, {"jitter_ms": 20}, {"duplicate": 0.05},
    {"corrupt": 0.01},
    {"loss": 0.01, "reorder": 0.01, "duplicate": 0.01, "corrupt": 0.005}],
    ids=["reordered", "mixed-up", "duplicated", "one-byte-changed", "all"])
def test_other_faults(download, fault):
    vm = download(1536, {"delay_ms": 5, **fault})
    if "corrupt" in fault:      # not all were lucky: the checks have worked
        shown = vm.succeeds("ifstat")
        assert re.search(r"(tcp|ip)_bad_checksum +[1-9]", shown), shown


@pytest.mark.parametrize("dark", ["both", "to_machine", "from_machine"])
def test_blackout_of_five_seconds(download, dark):
    """In the middle of a download, both ways or one way."""
    out = {"delay_ms": 5, "dark_after": 300, "dark_ms": 5000}
    back = {**out, "dark_after": 100}
    download(1536, {"delay_ms": 5} if dark == "from_machine" else out,
             {"delay_ms": 5} if dark == "to_machine" else back)


@pytest.mark.deadline(300)
def test_no_time_out_that_sack_could_have_avoided(download, line):
    """Every time-out at the sender had a segment that was lost when it was
    sent again - of that no SACK block tells if nothing follows - or was
    needless, as the timestamps proved.  A machine that a busy host does not
    let run answers too late; so one download of six must be like that."""
    tries = []
    for _ in range(6):
        lost_again, before = line[0].set(), tcp_counts()
        download(4096, {"delay_ms": 20, "loss": 0.01})
        lost_again, after = line[0].set() - lost_again, tcp_counts()
        count = {name: after[name] - before[name] for name in after}
        tries.append(", ".join(f"{name} {value}" for name, value in
                               count.items() if value) +
                     f"; lost again {lost_again}")
        assert count["TCPSackRecovery"] > 0, tries
        assert count["TCPRenoRecovery"] + count["TCPRenoFailures"] + \
            count["TCPRenoRecoveryFail"] == 0, tries
        if count["TCPTimeouts"] <= lost_again + count["TCPLossUndo"]:
            break
    else:
        pytest.fail("\n".join(tries))


def test_no_ack_ever_passes_a_hole(download):
    """In this download, and in all that the tests above have let the machine
    receive."""
    vm = download(1536, {"loss": 0.02, "reorder": 0.05, "corrupt": 0.01})
    count, wrong = pcap.acks(vm.pcap)
    assert count > 50 and not wrong, wrong[:5]
