# SPDX-License-Identifier: BSD-2-Clause
"""The main job: from the card's ROM to Xen, Linux as dom0 and the shell of its
initrd, by DHCP and one HTTP connection."""
import itertools
import os

import pytest

import pcap
from network import BUILD, SERVER

pytestmark = pytest.mark.stock

SCRIPT = """#!ipxe
kernel xen.gz console=com1 com1=115200,8n1 loglvl=all
module vmlinuz console=hvc0 break=top lab=1
module initrd
boot
"""


def serve_debian(site):
    for name in "xen.gz", "vmlinuz", "initrd":
        site.link(name, os.path.join(BUILD, "debian", name))


@pytest.mark.deadline(240)
@pytest.mark.parametrize("nic", [pytest.param("e1000", marks=pytest.mark.undi), "virtio-net-pci"])
def test_boots_xen_linux_and_initrd(stage, site, nic):
    serve_debian(site)
    site.start(SCRIPT)
    # Of two machines, one knows its UUID (its bytes read the same in either
    # of the orders that are in use).
    uuid = "12121212-3434-5656-7890-abcdefabcdef" if nic == "e1000" else None
    vm = stage.boot(nic=nic, memory=1024,
                    extra=["-uuid", uuid] if uuid else [])

    # What a person is told on the way.
    vm.expect(r"Undine \S+", 45)
    vm.expect(r"pxe: !PXE at [0-9a-f]+")
    vm.expect(r"PXENV\+ \d+\.\d+")
    vm.expect(r"segment [0-9a-f]{4}")
    vm.expect(r"MAC 52:54:00:12:34:56")
    vm.expect(r"undi: transport real \(it is iPXE, which works in real mode only\)")
    vm.expect(r"dhcp: DISCOVER")
    vm.expect(rf"dhcp: OFFER \S+ from {SERVER}")
    vm.expect(rf"dhcp: REQUEST \S+ from {SERVER}")
    vm.expect(rf"dhcp: ACK \S+ from {SERVER}")
    vm.expect(r"mask 255\.255\.255\.0")
    vm.expect(rf"gateway +{SERVER}")
    vm.expect(rf"boot file +http://{SERVER}/boot\.ipxe")
    vm.expect(r"lease +3600 s")
    for name in "xen.gz", "vmlinuz", "initrd":
        vm.expect(rf"http: {name} .*iB in .* from {SERVER}:80")
    vm.expect(r"boot: xen\.gz: .*entry 0x[0-9a-f]+")

    # Xen has all its options, the first one included, and both modules.
    vm.expect(r"Xen version 4\.17", 60)
    vm.expect(r"Command line: console=com1 com1=115200,8n1 loglvl=all\s")
    vm.expect(r"Linux version 6\.1", 90)
    vm.expect(r"Command line: .*console=hvc0 break=top lab=1\s")
    vm.expect(r"^\(initramfs\)", 120)
    vm.serial.send("cat /sys/hypervisor/type; ls /conf\r")
    vm.expect(r"^xen\b")
    vm.expect(r"arch\.conf")

    ours = [request for request in site.nginx.requests()
            if "Undine" in request.agent]
    assert [(request.line, request.status) for request in ours] == [
        (f"GET /{name} HTTP/1.1", 200)
        for name in ("boot.ipxe", "xen.gz", "vmlinuz", "initrd")]
    assert len({request.connection for request in ours}) == 1

    check_identity(vm.pcap, bytes.fromhex(uuid.replace("-", "")) if uuid
                   else bytes(16))


def check_identity(path, uuid):
    """What Undine says about itself in each of its own DHCP messages."""
    ours = [options for options, _ in pcap.dhcp_messages(path)
            if options.get(77) == b"Undine"]
    # a message is sent again where a busy host keeps the server from answering within a second
    assert [kind for kind, _ in itertools.groupby(options[53] for options in ours)] == [b"\x01", b"\x03"]
    for options in ours:
        assert options[60] == b"PXEClient:Arch:00000:UNDI:002001"
        assert options[93] == b"\0\0"
        assert options[94] == b"\x01\x02\x01"
        assert options[97] == b"\0" + uuid
