# SPDX-License-Identifier: BSD-2-Clause
"""Two cards as links: each with its lease, its routes and its settings; the
commands with interfaces as arguments, and without."""
import pytest

from network import BEYOND, SERVER
from second_network import SERVER as FAR
from second_network import TAP as SIDE
from test_two_cards import CONTENT, DIGEST, came_up, start
from test_vlan import bytes_to

SCRIPT = f"""#!ipxe
imgfree
imgfetch --name near http://{SERVER}/content
imgfetch --name far http://{FAR}/content
"""


@pytest.mark.deadline(240)
def test_each_card_has_its_lease(stage, site):
    vm = start(stage, site, "e1000", "virtio-net-pci")
    site.put("both.ipxe", SCRIPT)
    site.put_tftp("content", CONTENT)
    came_up(vm)
    assert vm.succeeds("echo ${netX/mac} ${net1/mac} ${net1/ip}").splitlines()[-2].split() == [
        "52:54:00:00:00:01", "52:54:00:00:00:02"]
    vm.succeeds("dhcp net1", 60)
    here, there, last = vm.succeeds("echo ${net0/ip} ${net1/ip} ${netX/ip}").splitlines()[-2].split()
    assert here.startswith("10.77.0.") and there.startswith("10.78.0.") and last == there

    vm.succeeds(f"chain http://{SERVER}/both.ipxe", 120)
    assert vm.sha256("near") == vm.sha256("far") == DIGEST
    assert bytes_to(SIDE) > len(CONTENT)
    sockets = vm.succeeds("sockets")
    assert "ESTABLISHED on net0 in" in sockets and "ESTABLISHED on net1 in" in sockets
    shown = vm.succeeds("route")
    assert f"0.0.0.0/0 by {SERVER} on net0" in shown and f"0.0.0.0/0 by {FAR} on net1" in shown

    # Without net0, its network is behind net1's gateway.
    before = bytes_to(SIDE)
    vm.succeeds("ifclose net0")
    assert "link closed" in vm.succeeds("ifstat net0") and "link up" in vm.succeeds("ifstat net1")
    vm.succeeds("imgfree")
    assert vm.fetch(f"http://{SERVER}/content", 90) == DIGEST
    assert bytes_to(SIDE) - before > len(CONTENT)

    vm.succeeds("ifopen net0")
    vm.succeeds("iflinkwait --timeout 20000 net0", 40)
    before = bytes_to(SIDE)
    vm.succeeds("imgfree")
    assert vm.fetch(f"tftp://{SERVER}/content", 90) == DIGEST      # not by the connection kept
    assert bytes_to(SIDE) - before < 10_000

    vm.succeeds("ifclose")
    vm.fails(f"ping -c 1 {SERVER}")
    vm.succeeds("ifopen")
    vm.succeeds("iflinkwait", 40)
    vm.succeeds(f"ping -c 1 {SERVER}")
    vm.fails("ifstat net2")


@pytest.mark.deadline(240)
def test_second_card_where_the_first_has_no_server(stage, site):
    """dhcp tries all in order, and keeps the first that works."""
    vm = start(stage, site, "e1000", "virtio-net-pci")
    came_up(vm)
    site.stop_dhcp()
    vm.succeeds("dhcp", 120)
    assert vm.succeeds("echo ${netX/ifname} ${ip}").startswith("net1 10.78.0.")


def test_routes_from_dhcp(stage, site):
    """Option 121 has the word alone: what it does not name cannot be reached, though option 3 names a gateway."""
    site.put("content", CONTENT)
    site.start(dhcp=[f"--dhcp-option=option:classless-static-route,{BEYOND}/32,{SERVER}"])
    vm = stage.boot()
    vm.prompt()
    shown = vm.succeeds("route")
    assert f"{BEYOND}/32 by {SERVER} on net0" in shown and "0.0.0.0/0" not in shown
    assert vm.fetch(f"http://{BEYOND}/content", 60) == DIGEST
    vm.fails("ping -c 1 10.99.0.1")
