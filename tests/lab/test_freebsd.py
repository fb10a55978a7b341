# SPDX-License-Identifier: BSD-2-Clause
"""What a FreeBSD kernel is given, as the test kernel fbsddump prints it, and
the state it is entered in; amd64 and i386."""
import gzip
import os
import re
import struct
import zlib

import pytest

import grub
from ftp_servers import Vsftpd
from network import BUILD, SERVER, noise, sha256
from nfs_servers import Ganesha

ROOT = noise(11, 5_000_001)
HINTS = b"""# device hints
hint.uart.0.at="isa"
hint.uart.0.port="0x3F8"

  console="comconsole"
not a setting
"""


SMBIOS = "serial=0123,uuid=11223344-5566-7788-99aa-bbccddeeff00"


def kernel(arch):
    return os.path.join(BUILD, "kernels", f"fbsddump-{arch}.elf")


def ko(arch):
    with open(os.path.join(BUILD, "kernels", f"fbsdmodule-{arch}.ko"),
              "rb") as file:
        return file.read()


def read(vm):
    """The dump's lines, each as its first word and its key=value pairs; and
    the environment."""
    vm.expect(r"^fbsd: begin", 60)
    start = vm.serial.seen
    match = vm.expect(r"^fbsd: end\s", 30)
    lines, env = [], []
    for line in vm.serial.text[start:match.start()].replace("\r", "") \
                                                   .splitlines():
        if not line.startswith("fbsd: "):
            continue
        body = line[6:]
        if body.startswith("env "):
            env.append(body[5:-1])
            continue
        quoted = re.match(r'(\w+) "(.*)"$', body)
        fields = {"value": quoted[2]} if quoted else \
            {key: value.strip('"') for key, value in
             re.findall(r'(\w+)=("[^"]*"|\S+)', body)}
        lines.append((re.match(r"\w+", body)[0], fields))
    return lines, env


def files(lines):
    """The records of each file: kernel, then modules."""
    found = []
    for word, fields in lines:
        if word == "name":
            found.append({})
        if found and word not in ("smap", "symbols"):
            found[-1][word] = fields
    return found


def value(lines, word):
    return next(fields for name, fields in lines if name == word)


def boot(stage, site, arch, pack=False):
    with open(kernel(arch), "rb") as file:
        data = file.read()
    files = {"kernel": gzip.compress(data) if pack else data,
             "root": gzip.compress(ROOT), "entropy": noise(12, 100),
             "device.hints": HINTS, "linked.ko": ko(arch),
             "packed.ko.gz": gzip.compress(ko(arch))}
    for name, content in files.items():
        site.put(name, content)
    # What `kenv` adds was not fetched, and needs no line here.
    site.put("SHA256SUMS", "".join(f"{sha256(content)}  {name}\n" for
                                   name, content in files.items()))
    site.start("""#!ipxe
set sha256sums SHA256SUMS
kernel kernel -sv -h boot.example=7 x="y"
module --type mfs_root root
module --type boot_entropy_cache entropy some words
module --type elf linked.ko for=it
module packed.ko.gz
module --type md_image --name other entropy
module --type kenv device.hints
kenv first=1
kenv second=a b
boot
""", dhcp=("--dhcp-option=17,10.77.0.9:/exports/root",))
    vm = stage.boot(memory=256, extra=["-smbios", f"type=1,{SMBIOS}"])
    vm.expect(rf"boot: kernel: FreeBSD {arch}", 60)
    return data, *read(vm)


def check_ko(module, arch, relocations="4"):
    """The kernel can link what it is given: all it has lies where its headers
    say, and is right after relocation."""
    assert module["type"]["value"] == \
        ("elf obj module" if arch == "amd64" else "elf module")
    assert module["size"]["aligned"] == "1"
    assert module["elfhdr"]["len"] == ("64" if arch == "amd64" else "52")
    if arch == "amd64":
        assert module["object"] == {"lowest": "1", "inside": "1",
                                    "aligned": "1", "relocations": relocations}
    else:
        assert module["shared"] == {"relocations": relocations}
    linked = module["linked"]
    assert linked["text"] == "linked by its kernel"
    assert (linked["zeros"], linked["value"], linked["aligned"]) == \
        ("1", "5", "1")


@pytest.mark.parametrize("arch", ["amd64", "i386"])
def test_all_a_kernel_is_given(stage, site, arch):
    data, lines, env = boot(stage, site, arch, pack=arch == "i386")
    wide = arch == "amd64"
    word = "8" if wide else "4"
    cpu = value(lines, "cpu")
    assert cpu["bss_zero"] == "1"
    assert not int(cpu["flags"], 16) & 0x200        # no interrupts
    if wide:
        assert cpu["mapping"] == "7"
        assert int(cpu["cr0"], 16) & 0x80000001 == 0x80000001
        assert int(cpu["cr4"], 16) == 0x20
        assert int(cpu["efer"], 16) & 0x500 == 0x500
    else:
        assert int(cpu["cr0"], 16) & 0x80000001 == 1

    given = value(lines, "given")
    assert given["aligned"] == "1"
    assert value(lines, "last")["inside"] == "1"
    image, root, entropy, linked, packed, other = files(lines)
    assert image["name"]["value"] == "kernel"
    assert image["type"]["value"] == "elf kernel"
    assert image["args"]["value"] == '-sv -h boot.example=7 x="y"'
    assert int(image["addr"]["addr"], 16) == (0x200000 if wide else 0x400000)
    assert int(image["howto"]["howto"], 16) == 0x2 | 0x800 | 0x1000
    assert image["elfhdr"] == {"len": "64" if wide else "52",
                               "magic": "464c457f"}
    assert int(image["kernend"]["kernend"], 16) == int(given["kernend"], 16)
    if wide:
        assert int(image["modulep"]["modulep"], 16) == \
            int(given["modulep"], 16)
    for name in "addr", "envp", "kernend", "ssym", "esym", "size":
        assert image[name]["len"] == word, name
    assert image["howto"]["len"] == "4"
    symbols = value(lines, "symbols")
    assert (symbols["complete"], symbols["link_base"]) == ("1", "1")

    assert root["name"]["value"] == "root"
    assert root["type"]["value"] == "mfs_root"
    assert (int(root["size"]["size"]), root["size"]["crc32"]) == \
        (len(ROOT), f"{zlib.crc32(ROOT):08x}")
    assert root["size"]["aligned"] == "1"
    assert entropy["type"]["value"] == "boot_entropy_cache"
    assert entropy["args"]["value"] == "some words"
    assert entropy["size"]["crc32"] == f"{zlib.crc32(noise(12, 100)):08x}"

    assert linked["name"]["value"] == "linked.ko"
    assert linked["args"]["value"] == "for=it"
    for module in linked, packed:
        check_ko(module, arch)
    assert other["type"]["value"] == "md_image"
    if not wide:
        assert [(fields["complete"], fields["facts"])
                for name, fields in lines if "facts" in fields] == \
            [("1", "1")] * 2

    smap = [fields for name, fields in lines if name == "smap"]
    assert int(smap[0]["count"]) == len(smap) - 1 and smap[0]["rest"] == "0"
    usable = sum(int(e["len"], 16) for e in smap[1:] if e["type"] == "1")
    assert (256 << 20) - (1 << 20) < usable <= 256 << 20

    assert env[:7] == ["boot.example=7", "x=y", "hint.uart.0.at=isa",
                       "hint.uart.0.port=0x3F8", "console=comconsole",
                       "first=1", "second=a b"]
    settings = dict(pair.split("=", 1) for pair in env)
    assert settings["kernelname"] == "kernel"
    assert settings["vfs.root.mountfrom"] == "ufs:/dev/md0"
    assert settings["boot.netif.ip"].startswith("10.77.0.")
    assert settings["boot.netif.netmask"] == "255.255.255.0"
    assert settings["boot.netif.gateway"] == "10.77.0.1"
    assert settings["boot.netif.hwaddr"] == "52:54:00:12:34:56"
    assert re.fullmatch(r"0x000f[0-9a-f]{4}", settings["hint.acpi.0.rsdp"])
    assert settings["hint.acpi.0.oem"].startswith("BOCHS")

    assert settings["boot.nfsroot.server"] == "10.77.0.9"
    assert settings["boot.nfsroot.path"] == "/exports/root"
    assert settings["smbios.system.serial"] == "0123"
    assert settings["smbios.system.uuid"] == \
        "11223344-5566-7788-99aa-bbccddeeff00"
    assert settings["smbios.system.maker"] == "QEMU"
    assert settings["smbios.bios.vendor"] == "SeaBIOS"
    assert settings["smbios.memory.enabled"] == str(256 << 10)

    if not wide:
        stack = value(lines, "stack")
        assert stack == {"howto": "80001802", "device": "00000000",
                         "zeros": "1"}
        info = value(lines, "bootinfo")
        assert (info["version"], info["size"]) == ("1", "84")
        assert info["modulep"] == given["modulep"]
        assert info["kernend"] == given["kernend"]
        assert int(info["ssym"], 16) == int(image["ssym"]["ssym"], 16)
        assert int(info["envp"], 16) == int(image["envp"]["envp"], 16)
        assert 600 < int(info["base"]) < 640
        assert 254 * 1024 < int(info["ext"]) <= 255 * 1024


def test_amd64_kernel_on_another_processor(stage, site):
    site.link("kernel", kernel("amd64"))
    site.start("#!ipxe\nkernel kernel\nboot\n")
    vm = stage.boot(extra=["-cpu", "qemu32"])
    vm.expect("it is for amd64, and this processor is not", 60)
    vm.prompt()


# --- the same by GRUB

def check_like_grub(theirs, ours, arch):
    wide = arch == "amd64"
    for lines in theirs, ours:
        cpu = value(lines, "cpu")
        assert (cpu["bss_zero"], int(cpu["flags"], 16) & 0x200) == ("1", 0)
        assert value(lines, "given")["aligned"] == "1"
        assert value(lines, "last")["inside"] == "1"
    # CR3 is each one's own tables; GRUB sets CR4.PSE too, which long mode
    # does not look at. Arithmetic flags are left over.
    for key in ("efer", "cs", "mapping") + (() if wide else ("cr4",)):
        assert value(theirs, "cpu")[key] == value(ours, "cpu")[key], key
    assert int(value(theirs, "cpu")["cr0"], 16) == \
        int(value(ours, "cpu")["cr0"], 16)
    assert value(theirs, "last")["self_crc32"] == \
        value(ours, "last")["self_crc32"]

    (kernel1, *modules1), (kernel2, *modules2) = files(theirs), files(ours)
    # GRUB has no MODULEP, which amd64's newer kernels want, and does not tell
    # the kernel its arguments.
    assert set(kernel2) - set(kernel1) == {"args"} | \
        ({"modulep"} if wide else set())
    assert not set(kernel1) - set(kernel2)
    # "elf kernel" is FreeBSD's own word; 15 no longer takes GRUB's.
    assert kernel1["type"]["value"] == \
        ("elf64 kernel" if wide else "elf kernel")
    assert kernel2["type"]["value"] == "elf kernel"
    for word in "name", "addr", "elfhdr", "howto":
        assert kernel1[word] == kernel2[word], word
    # GRUB's size reaches to the end of the last page, and the symbols begin
    # there; ours to the last byte.
    assert int(kernel1["size"]["size"]) == \
        -(-int(kernel2["size"]["size"]) // 4096) * 4096
    for one, two in zip(*([fields for name, fields in lines
                           if name == "symbols"] for lines in (theirs, ours))):
        assert one == two
    # Environment and metadata lie the other way round.
    for word in "envp", "kernend":
        assert kernel1[word]["len"] == kernel2[word]["len"]

    assert [m["name"] for m in modules1] == [m["name"] for m in modules2]
    assert [m["type"] for m in modules1] == [m["type"] for m in modules2]
    root1, root2 = modules1[0], modules2[0]
    assert root1["size"] == root2["size"]
    # GRUB lays out an object's sections in an order of its own, and a shared
    # one with whole pages; it gives shared objects no section headers, which
    # FreeBSD's loader does. What the kernel links from either is the same.
    ko1, ko2 = modules1[1], modules2[1]
    assert set(ko2) - set(ko1) == (set() if wide else {"record"})
    assert not set(ko1) - set(ko2)
    for word in ("linked", "elfhdr", "object" if wide else "shared"):
        assert ko1[word] == ko2[word], word

    # GRUB leaves the card's ROM in memory.
    def regions(lines, usable):
        return [(int(e["base"], 16), int(e["base"], 16) + int(e["len"], 16))
                for name, e in lines if name == "smap" and "base" in e
                and (e["type"] == "1") == usable]

    for low, high in regions(theirs, True):
        assert any(start == low and high <= end
                   for start, end in regions(ours, True))
    assert set(regions(theirs, False)) <= set(regions(ours, False))
    assert regions(ours, False)[0][0] >= 0x9f000

    if not wide:
        stack1, stack2 = value(theirs, "stack"), value(ours, "stack")
        # GRUB makes up a disk, though it has none.
        for key in "howto", "zeros":
            assert stack1[key] == stack2[key]
        assert stack2["device"] == "00000000"
        info1, info2 = value(theirs, "bootinfo"), value(ours, "bootinfo")
        for key in "version", "size":
            assert info1[key] == info2[key]
        # It leaves out memory and symbols.
        assert {info1[key] for key in ("base", "ext")} == {"0"}
        assert {info1[key] for key in ("ssym", "esym")} == {"00000000"}


@pytest.mark.parametrize("arch", ["amd64", "i386"])
def test_as_grub(stage, site, arch):
    """The same kernel, root image, hints, variable and module."""
    site.link("kernel", kernel(arch))
    for name, content in (("root", ROOT), ("device.hints", HINTS),
                          ("linked.ko", ko(arch))):
        site.put(name, content)
    grub.serve(stage, "bsd",
               {name: os.path.join(site.http, name)
                for name in ("kernel", "root", "device.hints", "linked.ko")},
               ["kfreebsd (pxe)/kernel -s -v -h",
                "kfreebsd_loadenv (pxe)/device.hints",
                "kfreebsd_module (pxe)/root type=mfs_root",
                "kfreebsd_module_elf (pxe)/linked.ko",
                "set kFreeBSD.first=1"], folder=grub.repaired(stage))
    site.start("""#!ipxe
kernel kernel -s -v -h
module --type kenv device.hints
module --type mfs_root root
module --type elf linked.ko
kenv first=1
boot
""", dhcp=grub.DHCP)
    vm = grub.boot(stage)
    theirs, their_env = read(vm)
    vm.quit()
    ours, our_env = read(stage.boot())
    check_like_grub(theirs, ours, arch)
    # GRUB sorts, and keeps the blanks before a name; ours has what is known of
    # the machine behind the user's own.
    assert sorted(line.strip() for line in their_env) == sorted(our_env[:4])
    assert our_env[4].startswith("kernelname=")


# --- a whole tree, as FreeBSD's own loader reads it

def hint(module, version, file):
    """A record of linker.hints: that module is in that file."""
    body = struct.pack("<iB", 3, len(module)) + module.encode()
    body += bytes(-len(body) % 4) + struct.pack("<iB", version, len(file)) + \
        file.encode()
    body += bytes(-len(body) % 4)
    return struct.pack("<i", len(body)) + body


TREE = {
    "boot/loader.conf": b"""# comment
first_load="YES"
mfsroot_load="YES"
mfsroot_type="mfs_root"
mfsroot_name="/images/root"
missing_load="YES"
boot_verbose="YES"
kernel_options="boot.example=7"
kern.hz="1000"
dir="/boot/${kernel}"
""",
    "boot/device.hints": HINTS.split(b"\n\n")[0] + b"\n",
    "boot/loader.conf.local": b'kern.hz="250"\n',
    "boot/loader.conf.d/20.conf": b'last="20"\n',
    "boot/loader.conf.d/10.conf": b'last="10"\nalso="10"\n',
    "boot/loader.conf.d/readme": b"nothing\n",
    "images/root.gz": gzip.compress(ROOT),
    "boot/kernel/linker.hints": struct.pack("<i", 1) +
    hint("second", 3, "other.ko") + hint("first", 3, "first.ko"),
}


@pytest.mark.parametrize("scheme, arch", [("http", "amd64"), ("tftp", "i386"), ("nfs", "amd64"), ("ftp", "i386")])
def test_tree(stage, site, scheme, arch):
    """What loader.conf names, with what that needs; nothing else is said of
    it by the script."""
    put = {"http": lambda: site.put, "tftp": lambda: site.put_tftp,
           "nfs": lambda: stage.with_(Ganesha(stage.folder)).put,
           "ftp": lambda: stage.with_(Vsftpd(stage.folder)).put}[scheme]()
    for name, content in TREE.items():
        put("bsd/" + name, content)
    for name, file in (("kernel", kernel(arch)),
                       ("first.ko", f"fbsdfirst-{arch}.ko"),
                       ("other.ko", f"fbsdsecond-{arch}.ko")):
        with open(os.path.join(BUILD, "kernels", file), "rb") as source:
            url = put("bsd/boot/kernel/" + name, source.read())
    site.start(f"#!ipxe\nfreebsd {url.rpartition('/kernel/')[0]} -s\nboot\n",
               nginx="autoindex on;")
    vm = stage.boot(memory=256)
    vm.expect(r"module missing is nowhere in /boot/kernel;/boot/modules", 60)
    lines, env = read(vm)
    image, first, second, root = files(lines)
    assert image["name"]["value"] == "/boot/kernel/kernel"
    assert image["args"]["value"] == "boot.example=7 -s"
    assert int(image["howto"]["howto"], 16) == 0x2 | 0x800
    assert [module["name"]["value"] for module in (first, second, root)] == \
        ["/boot/kernel/first.ko", "/boot/kernel/other.ko", "/images/root"]
    check_ko(first, arch, "10")
    check_ko(second, arch, "7")
    assert root["type"]["value"] == "mfs_root"
    assert root["size"]["crc32"] == f"{zlib.crc32(ROOT):08x}"
    settings = {}
    for pair in env:                    # the kernel takes the first
        settings.setdefault(*pair.split("=", 1))
    assert settings["boot.example"] == "7"
    assert settings["hint.uart.0.port"] == "0x3F8"
    assert settings["kern.hz"] == "250"
    assert settings["dir"] == "/boot/kernel"
    assert settings["kernelname"] == "/boot/kernel/kernel"
    assert settings["module_path"].startswith("/boot/kernel;/boot/modules")
    assert settings["vfs.root.mountfrom"] == "ufs:/dev/md0"
    assert "first_load" not in settings
    # a TFTP server cannot say what is in a folder
    assert settings.get("last") == (None if scheme == "tftp" else "20")


# --- what is refused

@pytest.fixture(autouse=True)
def clean_store(request):
    if "guest" in request.fixturenames:
        request.getfixturevalue("guest").succeeds("imgfree")


@pytest.mark.parametrize("line, why", [
    ("kernel kernel -z", "-z is no boot flag"),
    ("kernel cut", "cut short|not within|cannot"),
    ("kernel outside", "entry point 0x\\w+ is in none"),
    ("kernel far", "not within 1 GiB"),
    ("module --type elf text", "text is no module for it: not an ELF file"),
    ("module i386.ko", "i386.ko is no module for it: "),
    ("module cut.ko", "cut.ko is no module for it: .*cut short")])
def test_what_is_refused(guest, module_site, line, why):
    with open(kernel("amd64"), "rb") as file:
        data = file.read()
    module_site.put("kernel", data)
    module_site.put("cut", data[:5000])
    module_site.put("outside", data[:24] + bytes(8) + data[32:])
    module_site.put("far", data[:64 + 40] + b"\0\0\0\x40" + data[64 + 44:])
    module_site.put("text", "no module")
    module_site.put("i386.ko", ko("i386"))
    module_site.put("cut.ko", ko("amd64")[:-200])
    if line.startswith("module"):
        guest.succeeds(f"kernel http://{SERVER}/kernel")
    name = line.split()[-1] if line.startswith("module") else line.split()[1]
    guest.succeeds(line.replace(" " + name, f" http://{SERVER}/{name}"))
    guest.refuses(why)


def test_what_does_not_fit_behind_the_kernel(guest, module_site):
    """A kernel for the first GiB's end, and a module of 3 MB."""
    with open(kernel("amd64"), "rb") as file:
        data = bytearray(file.read())
    headers, = struct.unpack_from("<Q", data, 32)
    for at in 24, headers + 16, headers + 56 + 16:
        address, = struct.unpack_from("<Q", data, at)
        struct.pack_into("<Q", data, at, address + 0x3fa00000)
    guest.succeeds(f"kernel {module_site.put('edge', bytes(data))}")
    guest.succeeds(f"module {module_site.put('m', noise(13, 3_000_000))}")
    guest.refuses("m does not fit into the first GiB behind the kernel")
    guest.succeeds("imgfree m")
    # and there is no such memory here
    guest.refuses("0x3fc00000-0x\\w+ ")
