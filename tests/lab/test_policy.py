# SPDX-License-Identifier: BSD-2-Clause
"""The policy: asked before anything is run, kept or believed."""
import re

import mb2
from network import sha256
from test_chains import mbr_disk

with open(mb2.kernel("elf32.elf"), "rb") as file:
    KERNEL = file.read()


def refuses(guest, what, command):
    shown = guest.fails(command)
    assert f"this {what} is refused: trust-policy is \"signed\"" in shown, command
    assert not re.search("^ran$", shown, re.M) and "handing over" not in shown


def test_a_policy_that_is_not_known_closes_the_door(stage, site):
    """Every place that asks: kernel, disk, module, script, setting; and it is
    closed still when the shell that was told so is another."""
    site.start()
    guest = stage.boot(extra=mbr_disk(stage))
    guest.prompt()
    urls = {name: site.put(name, content) for name, content in
            (("kernel", KERNEL), ("module", b"bytes"), ("go.ipxe", "#!ipxe\necho ran\n"),
             ("SUMS", f"{sha256(KERNEL)}  kernel\n"))}
    guest.succeeds(f"kernel {urls['kernel']}")
    guest.succeeds(f"set sha256sums {urls['SUMS']}")
    guest.succeeds("set trust-policy signed")
    for what, command in (("kernel", "boot"), ("list of checksums", "imgverify kernel"),
                          ("kernel", f"kernel {urls['kernel']}"), ("module", f"module {urls['module']}"),
                          ("kernel", "sanboot --no-describe --drive 0x80"), ("kernel", "sanboot --partition 1"),
                          ("script", f"chain {urls['go.ipxe']}"),
                          ("setting", f"set sha256sums {urls['SUMS']}"), ("setting", "set trust-policy open"),
                          ("setting", "clear trust-policy")):
        refuses(guest, what, command)
    assert "only integers are counted up" in guest.fails("inc trust-policy")
    assert "signed" in guest.succeeds("show trust-policy")
    guest.run("crash shell")
    assert "signed" in guest.succeeds("show trust-policy")
    refuses(guest, "script", f"chain {urls['go.ipxe']}")
    refuses(guest, "setting", "set trust-policy open")


def test_a_script_that_dhcp_names(stage, site):
    """The same server closes the door and names the script."""
    site.start("#!ipxe\necho the script ran\n", dhcp=["--dhcp-option=tag:undine,224,trust-policy=signed"])
    vm = stage.boot()
    vm.expect("this script is refused: trust-policy is \"signed\"", 60)
    vm.prompt()
    assert "the script ran" not in vm.serial.text
