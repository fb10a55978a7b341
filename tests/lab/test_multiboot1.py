# SPDX-License-Identifier: BSD-2-Clause
"""What a Multiboot (1) kernel is given, as the test kernel mb1dump prints it:
as GRUB gives it or with a reason; and flat files without any header."""
import os

import pytest

import grub
import mb2
from network import noise

MAGIC = "2badb002"
MODULES = {"first.bin": noise(1, 3_000_001), "second.bin": noise(2, 4096),
           "third.bin": noise(3, 1)}


def put_all(site, kernel):
    site.link("kernel", mb2.kernel(kernel, "mb1"))
    for name, content in MODULES.items():
        site.put(name, content)


def disk(stage):
    path = os.path.join(stage.folder, "disk")
    with open(path, "wb") as file:
        file.truncate(64 << 20)
    return ["-drive", f"file={path},format=raw,if=ide"]


def boot(stage, kernel, extra=()):
    site = stage.site
    put_all(site, kernel)
    site.start("#!ipxe\nkernel --no-name kernel one two=3\n" + "".join(
        f"module {name} args\n" for name in MODULES) + "boot\n",
        dhcp=grub.DHCP)
    vm = stage.boot(extra=extra)
    dump = mb2.read(vm, 60, "mb1")
    check(dump)
    return vm, dump


def check(dump):
    mb2.check_entry(dump, MAGIC)
    mb2.check_modules(dump, [(f"{name} args", content)
                             for name, content in MODULES.items()])
    assert dump.line("cmdline")["cmdline"] == "one two=3"


def test_gives_a_kernel_all_there_is(stage):
    """Flags: memory, command line, modules, ELF, memory map, drives,
    configuration table, loader's name, APM, VBE, framebuffer; no boot device,
    for there is none, and no a.out symbols."""
    _, dump = boot(stage, "elf32.elf", disk(stage))
    assert dump.line("flags")[""] == "flags"
    flags = [line["flags"] for line in dump.all("flags") if "flags" in line]
    assert flags == ["00001fed"]
    drive = dump.line("drive")
    assert (drive["number"], drive["mode"], drive["sectors"]) == \
        ("80", "1", "63")
    sectors = int(drive["cylinders"]) * int(drive["heads"]) * 63
    assert (64 << 20) * 0.9 < sectors * 512 <= 64 << 20
    assert int(dump.line("config")["len"]) >= 8
    names = [section.get("name") for section in dump.all("section")]
    assert ".text" in names and ".symtab" in names


@pytest.mark.parametrize("kernel", ["elf64.elf", "kludge.bin"])
def test_loads_every_kind_of_kernel(stage, kernel):
    boot(stage, kernel)


def test_graphics(stage):
    vm, dump = boot(stage, "video.elf")
    frame = dump.line("framebuffer")
    assert (frame["width"], frame["height"], frame["bpp"], frame["type"]) == \
        ("800", "600", "32", "1")
    assert [mb2.Screen(vm).pixel(x, 16) for x in (16, 48, 80)] == \
        [(255, 0, 0), (0, 255, 0), (0, 0, 255)]


def test_hundreds_of_modules(stage, site):
    """And command lines as long as a script's line."""
    site.link("kernel", mb2.kernel("elf32.elf", "mb1"))
    contents = [noise(100 + i, 1 + 37 * i) for i in range(300)]
    for i, content in enumerate(contents):
        site.put(f"m{i}", content)
    long = "x" * 7000
    site.start("#!ipxe\nkernel kernel " + long + "\n" + "".join(
        f"module m{i} {'y' * (i % 50 * 20)}\n"
        for i in range(len(contents))) + "boot\n")
    dump = mb2.read(stage.boot(), 110, "mb1")
    mb2.check_modules(dump, [
        (f"m{i} {'y' * (i % 50 * 20)}".strip(), content)
        for i, content in enumerate(contents)])
    assert dump.line("cmdline")["cmdline"] == "kernel " + long


@pytest.mark.parametrize("kernel", [
    "elf32.elf", "kludge.bin", "video.elf", "textvideo.elf"])
def test_as_grub(stage, kernel):
    grub.serve(stage, "multiboot",
               {"kernel": mb2.kernel(kernel, "mb1"),
                **{name: os.path.join(stage.site.http, name)
                   for name in MODULES}},
               ["multiboot (pxe)/kernel one two=3",
                *(f"module (pxe)/{name} {name} args" for name in MODULES)])
    _, ours = boot(stage, kernel)
    stage.guests[-1].quit()
    theirs = mb2.read(grub.boot(stage), 90, "mb1")
    check(theirs)

    def flags(dump):
        return int([line["flags"] for line in dump.all("flags")
                    if "flags" in line][0], 16)

    # GRUB has neither the configuration table (8) nor, for Multiboot, APM (10);
    # and it calls the empty list of a flat kernel's sections ELF's (5).
    assert flags(theirs) | 1 << 8 | 1 << 10 == \
        flags(ours) | flags(theirs) & 1 << 5
    for word in "segs", "a20", "framebuffer", "modules":
        assert theirs.all(word) == ours.all(word), word
    # In text mode GRUB fills in columns and rows alone.
    mode = [bytes.fromhex(dump.line("vbe_mode")["bytes"])
            for dump in (theirs, ours)]
    assert mode[0] == mode[1] or not any(mode[0][:18] + mode[0][22:])
    assert mode[0][18:22] == mode[1][18:22]
    assert [s for s in theirs.all("section") if "crc32" not in s] == \
        [s for s in ours.all("section") if "crc32" not in s]
    assert [s["crc32"] for s in theirs.all("section") if "crc32" in s] == \
        [s["crc32"] for s in ours.all("section") if "crc32" in s]
    assert theirs.line("vbe")["mode"] == ours.line("vbe")["mode"]
    # Usable memory has grown where the ROM has been unloaded.
    for start, end, kind in theirs.regions():
        assert any((low, type_) == (start, kind) and end <= high
                   for low, high, type_ in ours.regions())


# --- no header

@pytest.mark.parametrize("options", [
    "--load 0x8000 --entry 0x8000", "--entry 32768 --load 32768",
    "--load 0x8000"])
def test_flat_file_at_an_address(stage, site, options):
    """It finds Multiboot2's block and magic; --entry is --load by itself."""
    site.link("flat", mb2.kernel("plainlow.bin"))
    site.put("module", MODULES["first.bin"])
    site.start(f"""#!ipxe
kernel --type raw {options} flat some arguments
module module
boot
""")
    dump = mb2.read(stage.boot())
    mb2.check_entry(dump, "36d76289")
    mb2.check_modules(dump, [("module", MODULES["first.bin"])])
    assert dump.line("cmdline")["cmdline"] == "flat some arguments"
    assert dump.line("self")["start"] == "00008000"
    assert dump.line("load_base")["load_base"] == "00008000"
