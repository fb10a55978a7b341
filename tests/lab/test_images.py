# SPDX-License-Identifier: BSD-2-Clause
"""Files that are no kernel, or a broken one: the boot command says why, changes
nothing, and the prompt works on."""
import gzip
import os
import re
import struct

import pytest

import mb2
from network import BUILD, SERVER, noise


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


def refused(guest, site, content, *patterns, options=""):
    """CONTENT as a kernel cannot be booted, with a message that has all
    PATTERNS; then all is as before."""
    guest.succeeds(f"kernel --name odd {options} {site.put('odd', content)}")
    guest.refuses(*patterns)


def read_file(*path):
    with open(os.path.join(BUILD, *path), "rb") as file:
        return file.read()


def test_imgstat_names_what_it_is(guest, module_site):
    for content, name in (
            (kernel(), "Multiboot2 kernel"),
            (read_file("kernels", "mb1dump-elf32.elf"), "Multiboot kernel"),
            (kernel("plain.elf"), "ELF without boot header"),
            (read_file("kernels", "fbsddump-amd64.elf"), "FreeBSD kernel"),
            (read_file("debian", "memtest86+x64.bin"), "Linux kernel"),
            (read_file("undine.0"), "NBP"), (gzip.compress(b"x"), "gzip"),
            (b"#!ipxe\n", "script"), (b"", "empty"), (b"?", "unknown")):
        guest.succeeds("imgfree")
        guest.succeeds(f"imgfetch {module_site.put('what', content)}")
        assert name in guest.run("imgstat"), name


@pytest.mark.parametrize("kind, why", [
    ("linux", "Linux kernel"), ("multiboot", "Multiboot kernel"),
    ("bootsector", "boot sector")])
def test_type_overrides_what_it_is(guest, module_site, kind, why):
    """A Multiboot2 kernel that is to be something else is refused as that."""
    refused(guest, module_site, kernel(), rf"\({why}\) cannot be booted",
            options=f"--type {kind}")


def test_no_kernel_at_all(guest):
    assert "kernel URL" in guest.fails("boot")


def test_text_file(guest, module_site):
    refused(guest, module_site, b"<html>It works!</html>\n" * 100,
            "cannot be booted", "begins like a web page")


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


def multiboot1(flags, fields, size=1 << 16):
    """A flat Multiboot kernel: its header, and HLT up to SIZE."""
    head = struct.pack("<III", 0x1badb002, flags,
                       -(0x1badb002 + flags) & 0xffffffff)
    return (head + struct.pack(f"<{len(fields)}I", *fields)).ljust(
        size, b"\xf4")[:size]


@pytest.mark.parametrize("flags, fields, size, why", [
    (8, (), 1 << 16, "unknown features 0x8"),
    (0, (), 1 << 16, "not ELF"),
    (0x10004, (), 30, "ends inside"),
    # header, load, end of load, end of BSS, entry
    (0x10000, (0x100000, 0x100000, 0x200000, 0, 0x100000), 1 << 16,
     "cut short"),
    (0x10000, (0x100000, 0x100000, 0, 0x108000, 0x100000), 1 << 16,
     "BSS is to end"),
    (0x10000, (0x100000, 0x100000, 0, 0, 0x900000), 1 << 16,
     "entry point 0x900000"),
    (0x10000, (0x100000, 0x100001, 0, 0, 0x100000), 1 << 16,
     "behind its header"),
    (0x10000, (0xffff0000, 0xffff0000, 0, 0, 0xffff0000), 1 << 16,
     "4 GiB|reserved"),
    (0x10000, (0, 0, 0, 0, 0), 1 << 16, "0x0-0x500 is reserved"),
    (0x10000, (0xc0000000, 0xc0000000, 0, 0, 0xc0000000), 1 << 16,
     "no memory on this machine"),
    (0x10000, (0x100000, 0x100000, 0, 0xf0000000, 0x100000), 1 << 16,
     "is reserved|no memory")])
def test_multiboot1_that_cannot_be(guest, module_site, flags, fields, size,
                                   why):
    refused(guest, module_site, multiboot1(flags, fields, size), why)


@pytest.mark.parametrize("options, why", [
    ("--load 0x98000", "0x9fc00-0xa0000|is reserved|no memory"),
    ("--load 0xffffff00", "4 GiB"),
    ("--load 0x100000 --entry 0x200000", "entry point 0x200000"),
    ("--load 0 --entry 0", "0x0-0x500 is reserved")])
def test_flat_file_where_it_cannot_be(guest, module_site, options, why):
    refused(guest, module_site, b"\xf4" * 65536, why,
            options=f"--type raw {options}")


@pytest.mark.parametrize("options", [
    "--type nonsense", "--load x", "--load 0x100000000", "--load 12x",
    "--entry -"])
def test_options_that_mean_nothing(guest, module_site, options):
    url = module_site.put("file", b"\xf4")
    shown = guest.fails(f"kernel {options} {url}")
    assert re.search("no image type|is to be an address", shown)
    assert "no images" in guest.run("imgstat")


def test_overlapping_segments(guest, module_site):
    """Both program headers say the same."""
    data = kernel()
    at, = struct.unpack_from("<I", data, 28)
    data = changed(data, at + 32, data[at:at + 32])
    refused(guest, module_site, changed(data, 44, b"\2\0"), "overlap")


def test_required_console_that_there_is_not(guest, module_site):
    """The kernel can use no text screen, and asks for no graphics."""
    refused(guest, module_site, kernel("notext.elf"), "requires a console")


def test_nbp_that_base_memory_cannot_hold(guest, module_site):
    refused(guest, module_site, noise(9, 700_000), "base memory holds",
            options="--type nbp")


def test_type_overrides_what_the_content_says(guest, module_site):
    """A Multiboot2 kernel that lacks what it requires is refused, but not as
    what has no boot header."""
    with open(mb2.kernel("notext.elf"), "rb") as file:
        url = module_site.put("odd", file.read())
    guest.succeeds(f"kernel --type elf {url}")
    assert "--type elf" in guest.run("imgstat")
    guest.succeeds(f"imgfree ; kernel --name odd {url}")
    guest.refuses("requires a console")


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
