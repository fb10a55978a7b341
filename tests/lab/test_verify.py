# SPDX-License-Identifier: BSD-2-Clause
"""Checksums: what is not what it has to be is never booted."""
import pytest

import mb2
from network import noise, sha256


def kernel():
    with open(mb2.kernel("elf32.elf"), "rb") as file:
        return file.read()


@pytest.fixture(autouse=True)
def clean_store(guest):
    guest.succeeds("imgfree")
    guest.run("clear sha256sums")
    yield
    guest.run("clear sha256sums")


def test_right_and_wrong_checksum(guest, module_site):
    url = module_site.put("kernel", kernel())
    guest.succeeds(f"kernel {url}")
    assert "verified" in guest.succeeds(
        f"imgverify --sha256 {sha256(kernel())} kernel")
    assert f"--sha256 wants {sha256(b'else')}" in guest.fails(
        f"imgverify --sha256 {sha256(b'else')} kernel")
    # From now on it is not booted, until it is known to be good.
    assert "fetch it again" in guest.fails("boot")
    guest.succeeds(f"imgverify --sha256 {sha256(kernel()).upper()} kernel")
    assert "64 hexadecimal" in guest.fails("imgverify --sha256 12ab kernel")
    assert "no image is called" in guest.fails("imgverify nothing")
    assert "neither" in guest.fails("imgverify kernel")


def test_list(guest, module_site):
    good, other = noise(1, 100_000), noise(2, 100_000)
    urls = {name: module_site.put(f"d/{name}", content) for name, content in
            (("good", good), ("bad", other), ("sub/deep", other),
             ("unlisted", good))}
    sums = module_site.put("d/SHA256SUMS", f"{sha256(good)}  good\n"
                           f"{sha256(good)} *bad\n{sha256(other)}  ./sub/deep\n")
    guest.succeeds(f"set sha256sums {sums}")
    guest.succeeds(f"module {urls['good']}")
    guest.succeeds(f"module {urls['sub/deep']}")
    assert f"SHA256SUMS wants {sha256(good)}" in guest.fails(
        f"module {urls['bad']}")
    assert "says nothing of unlisted" in guest.fails(f"kernel {urls['unlisted']}")
    stored = guest.run("imgstat")
    assert "good" in stored and "deep" in stored
    assert "bad" not in stored and "unlisted" not in stored


def test_list_set_after_the_download(guest, module_site):
    guest.succeeds(f"kernel {module_site.put('d/kernel', kernel())}")
    sums = module_site.put("d/SUMS", f"{sha256(b'else')}  kernel\n")
    guest.succeeds(f"set sha256sums {sums}")
    shown = guest.fails("boot")
    assert f"{sums} wants {sha256(b'else')}" in shown
    assert "handing over" not in shown
    # What somebody says of it does not outweigh the list.
    guest.succeeds(f"imgverify --sha256 {sha256(kernel())} kernel")
    shown = guest.fails("boot")
    assert f"{sums} wants {sha256(b'else')}" in shown
    assert "handing over" not in shown


def test_each_boot_looks_at_each_image(guest, module_site):
    """The kernel is known to be good; what is behind it is looked at again."""
    guest.succeeds(f"kernel {module_site.put('e/kernel', kernel())}")
    guest.succeeds(f"module {module_site.put('e/module', noise(3, 1000))}")
    sums = module_site.put("e/SUMS", f"{sha256(kernel())}  kernel\n")
    guest.succeeds(f"set sha256sums {sums}")
    for _ in range(2):
        assert "says nothing of module" in guest.fails("boot")


def test_list_that_is_not_there(guest, module_site):
    url = module_site.put("kernel", kernel())
    guest.succeeds(f"set sha256sums {url}-missing")
    assert "404" in guest.fails(f"kernel {url}")
    assert "no images" in guest.run("imgstat")


def test_listed_script(guest, module_site):
    """A script that the list knows must be as it says; others may run."""
    script = module_site.put("d/listed.ipxe", "#!ipxe\necho it ran\n")
    free = module_site.put("d/free.ipxe", "#!ipxe\necho this ran\n")
    sums = module_site.put("d/SUMS2", f"{sha256(b'else')}  listed.ipxe\n")
    guest.succeeds(f"set sha256sums {sums}")
    shown = guest.fails(f"chain {script}")
    assert f"{sums} wants {sha256(b'else')}" in shown and "it ran" not in shown
    assert "this ran" in guest.succeeds(f"chain {free}")
