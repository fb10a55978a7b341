# SPDX-License-Identifier: BSD-2-Clause
"""The stock ROM's own TFTP and UDP, beside our stack and in its place."""
import pytest

from network import NBP, SERVER, noise, sha256

pytestmark = [pytest.mark.stock, pytest.mark.waits]


@pytest.mark.deadline(240)
def test_a_server_that_answers_the_rom_alone(stage, site):
    """No lease for Undine: its script comes by the ROM's TFTP, and so does what that names."""
    content = noise(41, 1_000_000)
    site.put_tftp("content", content)
    site.put_tftp("even", content[:1456 * 3])
    site.put_tftp("autoexec.ipxe", "#!ipxe\nimgfetch content\nsha256sum content\nimgfetch even\n"
                  "sha256sum even\nimgfetch nothing || echo what it was to say\nshell\n")
    site.start(dhcp=["--dhcp-ignore=tag:undine"])
    vm = stage.boot()
    vm.expect("dhcp: no lease on net0", 150)
    vm.expect("tftp: no link has an address, but the ROM has 10.77.0.5", 30)
    vm.expect(sha256(content), 60)
    vm.expect(sha256(content[:1456 * 3]), 30)
    vm.expect("by the ROM's own TFTP: the server has no such file", 30)
    vm.expect("^what it was to say", 30)
    vm.prompt(60)


@pytest.mark.deadline(240)
def test_beside_our_own_stack(stage, site):
    """By URL and by setting; by UDP, where the name is too long for the ROM's TFTP; what our stack had goes on."""
    content = noise(42, 300_000)
    site.put_tftp("content", content)
    long = "n" * 60 + "/" + "m" * 100
    site.put_tftp(long, content)
    site.put("web", content)
    site.start("#!ipxe\nshell\n")
    vm = stage.boot()
    vm.prompt(60)
    assert vm.fetch(f"pxe-tftp://{SERVER}/content", 60) == sha256(content)
    assert vm.fetch(f"http://{SERVER}/web", 60) == sha256(content)
    assert vm.fetch(f"pxe-tftp://{SERVER}/{long}", 60) == sha256(content)
    vm.succeeds("set tftp-by-rom 1")
    assert vm.fetch(f"tftp://{SERVER}/content", 60) == sha256(content)
    shown = vm.fails(f"imgfetch tftp://{SERVER}/nothing", 60)
    assert "by the ROM's own TFTP: the server has no such file" in shown, shown
    shown = vm.fails(f"imgfetch pxe-tftp://{SERVER}:99/nothing", 150)
    assert "by the ROM's own TFTP" in shown, shown
    # as before: another NBP finds the ROM as it wants it
    vm.serial.send(f"chain tftp://{SERVER}/undine.0 script=prompt\r")
    vm.expect("found by entry stack", 60)
    vm.prompt(60)
    vm.succeeds("dhcp", 60)
    assert vm.fetch(f"http://{SERVER}/web", 60) == sha256(content)
