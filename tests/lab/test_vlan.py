# SPDX-License-Identifier: BSD-2-Clause
"""VLANs, over UNDI and by our drivers: the machine's card is on a switch's trunk port, the ROM boots
from the network without a tag, and all that follows goes through the tag."""
import json
import os
import subprocess

import pytest

from network import BUILD, SERVER, TAP, noise, sha256
from second_network import SERVER as FAR
from second_network import TAP as SIDE
from second_network import SecondNetwork
from tagger import Tagger
from test_main_job import serve_debian

TAG = 7
CONTENT = noise(77, 3_000_000)

MAIN_JOB = f"""#!ipxe
vcreate --tag {TAG} --priority 3 net0
dhcp net0-{TAG}
kernel http://{FAR}/xen.gz console=com1 com1=115200,8n1
module http://{FAR}/vmlinuz console=hvc0 break=top lab=1
module http://{FAR}/initrd
boot
"""


def bytes_to(tap):
    shown = subprocess.run(["ip", "-j", "-s", "link", "show", tap], check=True, capture_output=True)
    return json.loads(shown.stdout)[0]["stats64"]["tx"]["bytes"]


def on_a_trunk(stage, site, script=None, **options):
    other = stage.with_(SecondNetwork(stage.folder))
    tagger = stage.with_(Tagger(stage.folder, TAP, other.tap, TAG))
    site.start(script)
    return stage.boot(netdev=tagger.netdev, **options), tagger


@pytest.mark.undi
@pytest.mark.deadline(300)
def test_main_job(stage, site):
    serve_debian(site)
    vm, tagger = on_a_trunk(stage, site, MAIN_JOB, memory=1024)
    bytes_before = bytes_to(SIDE)
    vm.expect(rf"dhcp: DISCOVER \(xid \w+\) on net0-{TAG} 52:54:00:12:34:56", 60)
    vm.expect(rf"dhcp: ACK 10\.78\.0\.\d+ from {FAR} on net0-{TAG}$")
    untagged_before = tagger.counts()["untagged"]
    for name in "xen.gz", "vmlinuz", "initrd":
        vm.expect(rf"http: {name} .*iB in .* from {FAR}:80", 60)
    counts, came = tagger.counts(), bytes_to(SIDE)
    vm.expect(r"Xen version 4\.17", 60)
    vm.expect(r"Linux version 6\.1", 90)
    vm.expect(r"^\(initramfs\)", 120)
    size = sum(os.path.getsize(os.path.join(BUILD, "debian", name)) for name in ("xen.gz", "vmlinuz", "initrd"))
    assert came - bytes_before > size
    assert counts["untagged"] - untagged_before < 5           # answers to ARP; the download's are dozens
    assert counts["priorities"] == [3]
    assert counts["longest"] <= 1514                                   # what an iPXE ROM takes


@pytest.mark.deadline(180)
def test_vlan_is_a_link_like_others(stage, site):
    site.put("content", CONTENT)
    site.put_tftp("content", CONTENT[:500_000])
    vm, _ = on_a_trunk(stage, site)
    vm.prompt()
    assert "there is no interface net1; ifstat shows" in vm.fails(f"vcreate --tag {TAG} net1")
    assert "vcreate --tag n net0" in vm.fails("vcreate net0")
    vm.fails("vcreate --tag 4095 net0")
    assert "write 10.1.0.0/16 for the network, 10.1.2.3/32" in vm.fails(f"route add 10.1.2.3/16 {SERVER}")
    assert "there is no route to 10.1.0.0/16" in vm.fails("route del 10.1.0.0/16")
    vm.succeeds(f"vcreate --tag {TAG} netX")
    vm.succeeds(f"dhcp net9 net0-{TAG}", 60)                             # a wrong name does not keep it from the rest
    vm.fails(f"ifclose net9 net0-{TAG}")
    assert "link closed" in vm.succeeds(f"ifstat net0-{TAG}")
    vm.fails(f"ifopen net9 net0-{TAG}")
    assert "link up" in vm.succeeds(f"ifstat net0-{TAG}")
    vm.succeeds(f"vcreate --tag {TAG} --priority 5 net0")                # as a script does that is tried again
    shown = vm.succeeds(f"echo ${{net0-{TAG}/ip}} ${{netX/netmask}} ${{net0/ip}} "
                        f"${{net0-{TAG}/mtu:int32}} ${{ip}}").split()
    assert shown[0].startswith("10.78.0.") and shown[2].startswith("10.77.0.")
    assert shown[1] == "255.255.255.0" and shown[3] == "1496" and shown[4] == shown[0]
    assert vm.fetch(f"http://{FAR}/content", 90) == sha256(CONTENT)
    assert f"10.78.0.0/24 on net0-{TAG}" in vm.succeeds("route")
    assert f"0.0.0.0/0 by {FAR} on net0-{TAG}" in vm.succeeds("route")
    assert f"known on net0-{TAG}" in vm.succeeds("arp")
    vm.succeeds(f"ping -c 2 -s 1400 {FAR}")
    stat = vm.succeeds(f"ifstat net0-{TAG}")
    assert "link up, mtu 1496" in stat and f"VLAN {TAG}, priority 5, on net0" in stat

    before = bytes_to(SIDE)
    vm.succeeds("imgfree")
    assert vm.fetch(f"http://{SERVER}/content", 90) == sha256(CONTENT)     # beside it, without a tag
    assert bytes_to(SIDE) - before < len(CONTENT) / 10      # the far servers have something to say now and then

    # What no machine can have is refused, and the lease stays.
    vm.fails(f"set net0-{TAG}/ip 10.78.0.255")
    assert shown[0] in vm.succeeds(f"ifstat net0-{TAG}")
    assert vm.succeeds(f"echo ${{net0-{TAG}/ip}}").startswith(shown[0])
    vm.succeeds(f"ping -c 1 {FAR}")

    vm.fails("set console com9")
    vm.fails("isset ${console}")
    vm.fails("set telnetd.port 0")
    vm.fails("isset ${telnetd.port}")

    # Set, it takes effect at once; and the link goes with all it has.
    vm.succeeds(f"set net0-{TAG}/ip 10.78.0.99")
    vm.succeeds(f"ping -c 1 {FAR}")
    for command in f"set net0-{TAG}/ip 10.255.255.255", f"set net0-{TAG}/netmask 10.0.0.1":
        vm.fails(command)
        assert "10.78.0.99" in vm.succeeds(f"ifstat net0-{TAG}")
        assert vm.succeeds(f"echo ${{net0-{TAG}/ip}}").startswith("10.78.0.99")
    assert "10.0.0.1" not in vm.succeeds(f"echo ${{net0-{TAG}/netmask}}")
    vm.run("crash shell")
    vm.succeeds(f"vcreate --tag {TAG + 1} net0")                         # new settings take no address away
    assert "10.78.0.99" in vm.succeeds(f"ifstat net0-{TAG}")
    vm.succeeds(f"set net0-{TAG}/ip 10.78.0.99")
    vm.succeeds(f"clear net0-{TAG}/ip")
    assert "no address" in vm.succeeds(f"ifstat net0-{TAG}")
    for i in range(32):
        vm.run(f"route add 10.99.{i}.0/24 {SERVER}")
    # the address is worth having
    assert f"route to 0.0.0.0/0 on net0-{TAG} is left out" in vm.succeeds(f"dhcp net0-{TAG}", 60)
    assert "address 10.78.0." in vm.succeeds(f"ifstat net0-{TAG}")
    vm.succeeds(f"vdestroy net0-{TAG}")
    vm.fails(f"ifstat net0-{TAG}")
    assert f"net0-{TAG}" not in vm.succeeds("route")
    assert "net0 is a card and stays" in vm.fails("vdestroy net0")
    vm.succeeds("imgfree")
    assert vm.fetch(f"http://{SERVER}/content", 90) == sha256(CONTENT)


@pytest.mark.deadline(180)
@pytest.mark.waits
def test_first_link_that_works(stage, site):
    """Without names, dhcp tries the links in their order: nobody answers without a tag any more."""
    vm, _ = on_a_trunk(stage, site)
    vm.prompt()
    site.stop_dhcp()
    vm.succeeds(f"vcreate --tag {TAG} net0")
    vm.succeeds("dhcp", 90)
    assert vm.succeeds("echo ${netX/ip}").startswith("10.78.0.")
