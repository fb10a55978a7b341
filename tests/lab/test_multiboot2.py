# SPDX-License-Identifier: BSD-2-Clause
"""What a Multiboot2 kernel is given, as the test kernel mb2dump prints it:
tag by tag as GRUB gives it or with a reason, with little and with much memory,
with every tag required in turn, on every kind of screen."""
import gzip
import os

import pytest

import grub
import mb2
import pcap
from network import noise, sha256

MAGIC = "36d76289"
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


def check(dump):
    mb2.check_entry(dump, MAGIC)
    first = MODULES["first.bin"]
    mb2.check_modules(dump, [
        ("first.bin for the first", first),
        ("other", MODULES["second.bin"]),
        ("bare", b""),
        ("packed.gz", first),
        ("stays.gz", PACKED)])


@pytest.mark.parametrize("memory", ["32", "256", "5G"])
def test_gives_a_kernel_all_it_asks_for(stage, site, memory):
    """Also with 32 MiB of memory, and with more than 4 GiB."""
    serve(site, "request.elf")
    vm = stage.boot(memory=memory)
    dump = mb2.read(vm)
    check(dump)
    assert dump.line("cmdline")["cmdline"] == "mb2.elf one two=3"
    # No boot device: there is none when a machine boots from its network.
    assert set(dump.tags()) == {0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 13, 14, 16, 21}
    assert "Undine" in dump.line("loader")["loader"]
    assert dump.line("rsdp")["ok"] == "1"
    smbios = dump.line("smbios")
    assert (smbios["major"], smbios["last"], smbios["complete"]) == \
        ("2", "127", "1")
    assert int(smbios["count"]) > 4

    # The last ACK's UDP payload, byte by byte.
    ack = [message for options, message in pcap.dhcp_messages(vm.pcap, 67)
           if options.get(53) == b"\x05"][-1]
    assert bytes.fromhex(dump.line("ack")["bytes"]) == \
        ack[:int(dump.line("network")["len"])]
    assert int(dump.line("network")["len"]) == len(ack)

    usable = sum(end - start for start, end, kind in dump.regions()
                 if kind == 1)
    total = {"32": 32 << 20, "256": 256 << 20, "5G": 5 << 30}[memory]
    # QEMU's firmware keeps 200 KiB or so; all else is handed over, that is,
    # what the ROM had hidden has come back.
    assert total - (1 << 20) < usable <= total
    above = [start for start, _, kind in dump.regions()
             if kind == 1 and start >= 1 << 32]
    assert bool(above) == (memory == "5G")
    if memory == "5G":
        # Memory below 4 GiB ends at 3 GiB here, and that is where modules are.
        assert min(int(m["start"], 16) for m in dump.all("module")
                   if m["size"] != "0") > 2 << 30


@pytest.mark.parametrize("kernel", [
    "elf64.elf", "flat.bin", "flatwhole.bin", "modalign.elf", "high.elf",
    "low.elf", "big.elf", "console.elf", "efibs.elf", "efi32.elf", "efi.elf",
    "plain.elf"])
def test_loads_every_kind_of_kernel(stage, site, kernel):
    """plain.elf has no header at all, and is given the same."""
    serve(site, kernel)
    dump = mb2.read(stage.boot())
    check(dump)


@pytest.mark.parametrize("kernel, low, high, align", [
    ("reloc", 0x400000, 0xffffffff, 0x200000),
    ("relocany", 0x100000, 0xffffffff, 1),
    ("reloclow", 0x2345678, 0x4000000, 0x1000)])
def test_relocates(stage, site, kernel, low, high, align):
    serve(site, f"{kernel}.elf")
    dump = mb2.read(stage.boot())
    check(dump)
    start = int(dump.line("self")["start"], 16)
    assert int(dump.line("load_base")["load_base"], 16) == start
    assert low <= start and int(dump.line("self")["end"], 16) - 1 <= high
    assert start % align == 0
    if kernel == "reloclow":
        assert start == 0x2346000           # the lowest there is
    if kernel == "relocany":
        assert start == 0x100000            # where it is linked
    if kernel == "reloc":
        assert start > 0x8000000            # high


def test_every_information_tag_required(stage, site):
    """What a BIOS machine never has is no reason to refuse a kernel: "required"
    means that the loader must know it.  Each alone: tests/unit/test_mb2_header.c."""
    serve(site, "needs.elf")
    dump = mb2.read(stage.boot())
    check(dump)
    absent = {5, 11, 12, 15, 17, 18, 19, 20}
    assert set(dump.tags()) == set(range(22)) - absent


def test_hundreds_of_modules(stage, site):
    """And command lines as long as a script's line."""
    site.link("mb2.elf", mb2.kernel("elf32.elf"))
    contents = [noise(100 + i, 1 + 37 * i) for i in range(400)]
    for i, content in enumerate(contents):
        site.put(f"m{i}", content)
    long = "x" * 7000
    site.start("#!ipxe\nkernel mb2.elf " + long + "\n" + "".join(
        f"module m{i} {'y' * (i % 50 * 20)}\n"
        for i in range(len(contents))) + "boot\n")
    dump = mb2.read(stage.boot(), 110)
    mb2.check_entry(dump, MAGIC)
    mb2.check_modules(dump, [
        (f"m{i} {'y' * (i % 50 * 20)}".strip(), content)
        for i, content in enumerate(contents)])
    assert dump.line("cmdline")["cmdline"] == "mb2.elf " + long


def test_boots_what_the_list_of_checksums_knows(stage, site):
    content = {"module": noise(3, 5000)}
    with open(mb2.kernel("elf32.elf"), "rb") as file:
        content["kernel"] = file.read()
    site.put("SHA256SUMS", "".join(
        f"{sha256(data)}  {name}\n" for name, data in content.items()))
    for name, data in content.items():
        site.put(name, data)
    site.start("#!ipxe\nset sha256sums SHA256SUMS\nkernel kernel\n"
               "module module\nboot\n")
    dump = mb2.read(stage.boot())
    mb2.check_modules(dump, [("module", content["module"])])


# --- screens

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def screen_of(stage, site, kernel, extra=()):
    serve(site, kernel)
    vm = stage.boot(extra=extra)
    dump = mb2.read(vm)
    check(dump)
    return vm, dump


@pytest.mark.parametrize("kernel, size, depths", [
    ("graphics", (1024, 768), {32}),
    ("anymode", (1024, 768), {32}),
    ("hicolour", (800, 600), {16}),
    ("sizeonly", (640, 480), {24, 32}),
    ("oddmode", (800, 600), {24})])
def test_graphics(stage, site, kernel, size, depths):
    """The mode asked for, or the nearest that is not bigger; and what the
    kernel draws by the framebuffer tag is on the screen."""
    vm, dump = screen_of(stage, site, f"{kernel}.elf")
    frame = dump.line("framebuffer")
    assert frame["type"] == "1"
    assert (int(frame["width"]), int(frame["height"])) == size
    assert int(frame["bpp"]) in depths
    assert dump.line("vbe")["mode"].startswith("00004")
    assert [mb2.Screen(vm).pixel(x, 16) for x in (16, 48, 80)] == [RED, GREEN, BLUE]


def test_text_screen_on_request(stage, site):
    _, dump = screen_of(stage, site, "textmode.elf")
    frame = dump.line("framebuffer")
    assert (frame["type"], frame["width"], frame["height"], frame["addr"]) == \
        ("2", "80", "25", "00000000000b8000")


def test_graphics_where_there_is_no_screen(stage, site):
    """A recommendation is not a requirement."""
    _, dump = screen_of(stage, site, "graphics.elf", ["-vga", "none"])
    assert 7 not in dump.tags() and 8 not in dump.tags()


# --- the same by GRUB

def both(stage, kernel, arguments="one two=3"):
    """The dumps of KERNEL as GRUB starts it and as Undine does."""
    site = stage.site
    names = list(MODULES)
    grub.serve(stage, "multiboot2",
               {"kernel": mb2.kernel(kernel),
                **{name: os.path.join(site.http, name) for name in names}},
               [f"multiboot2 (pxe)/kernel {arguments}",
                *(f"module2 (pxe)/{name} {name} args" for name in names)])
    site.link("kernel", mb2.kernel(kernel))
    for name, content in MODULES.items():
        site.put(name, content)
    # GRUB leaves the file name off the command lines.
    site.start(f"#!ipxe\nkernel --no-name kernel {arguments}\n" + "".join(
        f"module {name} args\n" for name in names) + "boot\n",
        dhcp=grub.DHCP)
    vm = grub.boot(stage)
    theirs = mb2.read(vm, 90)
    vm.quit()                   # there is one network for one machine
    ours = mb2.read(stage.boot(), 60)
    return theirs, ours


def without(fields, *keys):
    return {key: value for key, value in fields.items() if key not in keys}


def same_memory(theirs, ours):
    """GRUB leaves the card's ROM in memory, Undine has unloaded it: usable
    memory has grown at the top of base memory and at the top of all, and what
    is reserved above 1 MiB is the same."""
    def reserved(dump):
        return {region for region in dump.regions()
                if region[2] != 1 and region[0] >= 0xf0000}

    def usable(dump):
        return [region for region in dump.regions() if region[2] == 1]

    assert reserved(theirs) == reserved(ours)
    for start, end, _ in usable(theirs):
        assert any(low == start and end <= high
                   for low, high, _ in usable(ours))
    head = "entry_size", "version"
    assert [theirs.line("mmap")[key] for key in head] == \
        [ours.line("mmap")[key] for key in head]


def same_vbe(theirs, ours):
    """The mode, and the BIOS's blocks byte by byte, but for the far pointer to
    the list of modes (offset 14 of the control block), which is into each
    loader's own buffer.  GRUB's fields for the protected-mode interface are
    what a failed call leaves in the registers; Undine's are 0."""
    assert theirs.line("vbe")["mode"] == ours.line("vbe")["mode"]
    control = [bytes.fromhex(dump.line("vbe_control")["bytes"])
               for dump in (theirs, ours)]
    assert control[0][:14] == control[1][:14]
    assert control[0][18:] == control[1][18:]
    assert theirs.line("vbe_mode") == ours.line("vbe_mode")
    assert {ours.line("vbe")[key] for key in ("seg", "off", "len")} == \
        {"00000000"}


def same_sections(theirs, ours):
    """Everything but where the symbols are, which no segment loads."""
    def sections(dump):
        return [without(s, "addr") if "crc32" in s else s
                for s in dump.all("section")]

    assert sections(theirs) == sections(ours)
    assert theirs.all("elf") == ours.all("elf") or \
        (theirs.line("elf")["num"] == "0" and not ours.all("elf"))


def check_like_grub(theirs, ours):
    for dump in theirs, ours:
        mb2.check_entry(dump, MAGIC)
        mb2.check_modules(dump, [(f"{name} args", content)
                                 for name, content in MODULES.items()])
    # EFLAGS bit 21 is as it was found; EBX says where the information is.
    for word in "regs", "segs", "a20":
        assert without(theirs.line(word), "ebx") == \
            without(ours.line(word), "ebx")
    # GRUB has no SMBIOS tag; with its PXE driver it has no network tag; and in
    # text mode it has no VBE tag.  For a flat kernel it has an empty tag of ELF
    # sections.  All else comes in the same order.
    extra = set(ours.tags()) - set(theirs.tags())
    assert extra <= {7, 13, 16} and {13, 16} <= extra
    empty = {9} if not ours.all("elf") else set()
    assert [tag for tag in ours.tags() if tag not in extra] == \
        [tag for tag in theirs.tags() if tag not in empty]
    for tag in set(theirs.tags()) - {2, 3, 4, 6, 7, 9, 21}:
        assert [t for t in theirs.all("tag") if t["type"] == str(tag)] == \
            [t for t in ours.all("tag") if t["type"] == str(tag)], tag
    # 2, the loader's name, is each one's own; 3 has been checked above.
    same_memory(theirs, ours)               # 6, and 4 follows from it
    for dump in theirs, ours:
        lower = next(end for start, end, kind in dump.regions()
                     if (start, kind) == (0, 1)) >> 10
        upper = next(end - start for start, end, kind in dump.regions()
                     if (start, kind) == (1 << 20, 1)) >> 10
        assert dump.line("basic") == \
            {"": "basic", "lower": str(lower), "upper": str(upper)}
    if 7 in theirs.tags():
        same_vbe(theirs, ours)
    same_sections(theirs, ours)             # 9


@pytest.mark.parametrize("kernel", [
    "elf32.elf", "elf64.elf", "flat.bin", "graphics.elf", "hicolour.elf"])
def test_tag_by_tag_as_grub(stage, kernel):
    theirs, ours = both(stage, kernel)
    check_like_grub(theirs, ours)
    assert theirs.line("load_base") == ours.line("load_base")


@pytest.mark.parametrize("kernel", ["reloclow.elf", "reloc.elf"])
def test_relocates_like_grub(stage, kernel):
    """The highest place lies higher where the ROM has been unloaded."""
    theirs, ours = both(stage, kernel)
    check_like_grub(theirs, ours)
    if kernel == "reloclow.elf":
        assert theirs.line("load_base") == ours.line("load_base")
    else:
        assert int(theirs.line("load_base")["load_base"], 16) <= \
            int(ours.line("load_base")["load_base"], 16)
