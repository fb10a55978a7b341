# SPDX-License-Identifier: BSD-2-Clause
"""The policy: asked before anything is run, kept or believed."""
import mb2
from network import sha256

with open(mb2.kernel("elf32.elf"), "rb") as file:
    KERNEL = file.read()


def test_a_policy_that_is_not_known_closes_the_door(guest, module_site):
    """Every place that asks: kernel, module, script, setting."""
    urls = {name: module_site.put(name, content) for name, content in
            (("kernel", KERNEL), ("module", b"bytes"), ("go.ipxe", "#!ipxe\necho ran\n"),
             ("SUMS", f"{sha256(KERNEL)}  kernel\n"))}
    guest.succeeds(f"kernel {urls['kernel']}")
    guest.succeeds(f"set sha256sums {urls['SUMS']}")
    guest.succeeds("set trust-policy signed")
    for what, command in (("kernel", "boot"), ("list of checksums", "imgverify kernel"),
                          ("kernel", f"kernel {urls['kernel']}"), ("module", f"module {urls['module']}"),
                          ("script", f"chain {urls['go.ipxe']}"),
                          ("setting", f"set sha256sums {urls['SUMS']}"), ("setting", "set trust-policy open"),
                          ("setting", "clear trust-policy"), ("setting", "inc trust-policy")):
        shown = guest.fails(command)
        assert f"this {what} is refused: trust-policy is \"signed\"" in shown, command
        assert "ran" not in shown.replace("transport", "") and "handing over" not in shown
    assert "signed" in guest.succeeds("show trust-policy")
