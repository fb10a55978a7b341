# SPDX-License-Identifier: BSD-2-Clause
"""What a Multiboot2 kernel is given, as the test kernel mb2dump prints it; and
machines with little and with much memory."""
import gzip

import pytest

import mb2
from network import noise

MODULES = {"first.bin": noise(1, 3_000_001), "second.bin": noise(2, 4096),
           "empty.bin": b""}
PACKED = gzip.compress(MODULES["first.bin"])


def serve(site, kernel="elf32.elf", arguments="one two=3"):
    site.link("mb2.elf", mb2.kernel(kernel))
    for name, content in MODULES.items():
        site.put(name, content)
    site.put("packed.gz", PACKED)
    site.start(f"""#!ipxe
kernel mb2.elf {arguments}
module first.bin for the first
module --name other second.bin
module --no-name empty.bin bare
module packed.gz
module --nounzip --name stays.gz packed.gz
boot
""")


def check_entry(dump):
    assert dump.line("magic")["magic"] == "36d76289"
    flags = dump.line("flags")
    assert (flags["if"], flags["pe"], flags["pg"]) == ("0", "1", "0")
    assert dump.line("a20")["a20"] == "1"
    assert dump.line("self")["bss_zero"] == "1"
    assert not [line for line in dump.lines if "overlap" in line]


def check_modules(dump):
    modules = dump.all("module")
    first = MODULES["first.bin"]
    expected = [
        ("first.bin for the first", first),
        ("other", MODULES["second.bin"]),
        ("bare", b""),
        ("packed.gz", first),
        ("stays.gz", PACKED)]
    assert [(m["cmdline"], int(m["size"]), m["crc32"]) for m in modules] == \
        [(cmdline, len(data), mb2.crc32(data)) for cmdline, data in expected]
    assert {m["aligned"] for m in modules} == {"1"}
    # Modules overlap neither each other nor memory that is not there.
    spans = sorted((int(m["start"], 16), int(m["end"], 16)) for m in modules)
    for (_, end), (start, _) in zip(spans, spans[1:]):
        assert end <= start
    usable = [(int(m["base"], 16), int(m["base"], 16) + int(m["len"], 16))
              for m in dump.all("mmap") if m.get("type") == "1"]
    for start, end in spans:
        assert any(low <= start and end <= high for low, high in usable) or \
            start == end


@pytest.mark.parametrize("memory", ["32", "256", "5G"])
def test_gives_a_kernel_all_it_asks_for(stage, site, memory):
    """Also with 32 MiB of memory, and with more than 4 GiB."""
    serve(site, "request.elf")
    vm = stage.boot(memory=memory)
    dump = mb2.read(vm)
    check_entry(dump)
    check_modules(dump)
    assert dump.line("cmdline")["cmdline"] == "mb2.elf one two=3"
    tags = {int(tag["type"]) for tag in dump.all("tag")}
    assert {1, 2, 3, 4, 6, 9, 14, 16, 21} <= tags
    assert "Undine" in dump.line("loader")["loader"]
    network = dump.line("network")
    assert network["yiaddr"].startswith("10.77.0.")
    assert network["chaddr"] == "52:54:00:12:34:56"
    assert dump.line("rsdp")["ok"] == "1"

    regions = [m for m in dump.all("mmap") if "base" in m]
    usable = sum(int(m["len"], 16) for m in regions if m["type"] == "1")
    total = {"32": 32 << 20, "256": 256 << 20, "5G": 5 << 30}[memory]
    # QEMU's firmware keeps 200 KiB or so; all else is handed over, that is,
    # what the ROM had hidden has come back.
    assert total - (1 << 20) < usable <= total
    above = [m for m in regions if int(m["base"], 16) >= 1 << 32
             and m["type"] == "1"]
    assert bool(above) == (memory == "5G")


@pytest.mark.parametrize("kernel", [
    "elf64.elf", "flat.bin", "flatwhole.bin", "modalign.elf", "reloc.elf",
    "relocany.elf", "reloclow.elf", "high.elf", "efi.elf"])
def test_loads_every_kind_of_kernel(stage, site, kernel):
    serve(site, kernel)
    dump = mb2.read(stage.boot())
    check_entry(dump)
    check_modules(dump)
