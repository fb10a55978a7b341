# SPDX-License-Identifier: BSD-2-Clause
"""Files that are no kernel, or a broken one: the boot command says why, changes
nothing, and the prompt works on."""
import gzip
import os
import re
import struct

import pytest

import mb2
from network import SERVER, noise


@pytest.fixture(autouse=True)
def clean_store(guest):
    guest.succeeds("imgfree")


def kernel(name="elf32.elf"):
    with open(mb2.kernel(name), "rb") as file:
        return file.read()


def changed(data, at, value):
    return data[:at] + value + data[at + len(value):]


def header_at(data):
    return data.index(struct.pack("<I", 0xe85250d6))


def refused(guest, site, content, *patterns):
    """CONTENT as a kernel cannot be booted, with a message that has all
    PATTERNS; then all is as before."""
    guest.succeeds(f"kernel --name odd {site.put('odd', content)}")
    shown = guest.fails("boot")
    for pattern in patterns:
        assert re.search(pattern, shown), shown
    assert "odd" in guest.run("imgstat")
    assert "still here" in guest.run("echo still here")


def test_no_kernel_at_all(guest):
    assert "kernel URL" in guest.fails("boot")


def test_text_file(guest, module_site):
    refused(guest, module_site, b"<html>It works!</html>\n" * 100,
            "cannot be booted", "no boot header")


def test_empty_file(guest, module_site):
    refused(guest, module_site, b"", "cannot be booted")


def test_noise(guest, module_site):
    refused(guest, module_site, noise(3, 1 << 20), "cannot be booted")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated_kernel(guest, module_site, share):
    data = kernel()
    refused(guest, module_site, data[:int(len(data) * share)],
            "cannot be booted")


def test_truncated_gzip(guest, module_site):
    data = gzip.compress(kernel())
    refused(guest, module_site, data[:-1000], "ends too early")


def test_corrupt_gzip(guest, module_site):
    data = gzip.compress(kernel())
    middle = len(data) // 2
    refused(guest, module_site, changed(data, middle, noise(5, 64)),
            "unpacking failed")


def test_bad_header_checksum(guest, module_site):
    data = kernel("flat.bin")
    refused(guest, module_site,
            changed(data, header_at(data) + 12, b"\0\0\0\0"),
            "no boot header")


def test_header_for_another_machine(guest, module_site):
    data = kernel()
    at = header_at(data)
    length = struct.unpack_from("<I", data, at + 8)[0]
    head = struct.pack("<IIII", 0xe85250d6, 4, length,
                       -(0xe85250d6 + 4 + length) & 0xffffffff)
    refused(guest, module_site, changed(data, at, head), "architecture 4")


def test_tag_longer_than_its_header(guest, module_site):
    data = kernel("reloc.elf")
    refused(guest, module_site,
            changed(data, header_at(data) + 20, b"\xff\xff\xff\x7f"),
            "header is damaged")


def test_entry_outside_the_kernel(guest, module_site):
    refused(guest, module_site, changed(kernel(), 24, b"\0\0\0\x70"),
            "entry point 0x70000000")


def test_segment_past_the_end_of_the_file(guest, module_site):
    data = kernel()
    program_headers = struct.unpack_from("<I", data, 28)[0]
    refused(guest, module_site,
            changed(data, program_headers + 4, b"\0\0\0\x7f"),
            "cannot be booted")


@pytest.mark.parametrize("name, why", [
    ("badrequest.elf", "type 99"), ("badtag.elf", "header tag 76"),
    ("unbooted.elf", "cannot|no room|memory"),
    ("relocfar.elf", "cannot|no room|memory")])
def test_kernel_that_wants_what_there_is_not(guest, module_site, name, why):
    refused(guest, module_site, kernel(name), why)


def test_memory_full_of_modules(guest, module_site):
    """Two of 150 MiB do not fit into 256: the second is refused at once, and
    its place is not lost."""
    with open(os.path.join(module_site.http, "big"), "wb") as file:
        file.truncate(150 << 20)
    guest.succeeds(f"module --name one http://{SERVER}/big", 60)
    shown = guest.fails(f"module --name two http://{SERVER}/big", 60)
    assert re.search(r"153600 KiB long, but only \d+ KiB of memory", shown)
    assert "two" not in guest.run("imgstat")


def test_unpacks_to_more_than_memory(guest, module_site):
    """A megabyte that would become a gigabyte."""
    bomb = gzip.compress(b"\0" * (1 << 20)) * 1024
    refused(guest, module_site, bomb, "unpack|memory")


def test_failed_download_is_not_booted(guest, module_site):
    """In a script, a module that cannot be fetched ends the boot."""
    module_site.put("mb2.elf", kernel())
    url = module_site.put("half.ipxe", """#!ipxe
kernel mb2.elf
module missing
boot
""")
    shown = guest.fails(f"chain {url}")
    assert "404" in shown
    assert "handing over" not in shown
