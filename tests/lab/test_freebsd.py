# SPDX-License-Identifier: BSD-2-Clause
"""What a FreeBSD kernel is given, as the test kernel fbsddump prints it, and
the state it is entered in; amd64 and i386."""
import gzip
import os
import re
import zlib

import pytest

from network import BUILD, SERVER, noise

ROOT = noise(11, 5_000_001)
HINTS = """# device hints
hint.uart.0.at="isa"
hint.uart.0.port="0x3F8"

  console="comconsole"
not a setting
"""


def kernel(arch):
    return os.path.join(BUILD, "kernels", f"fbsddump-{arch}.elf")


def read(vm):
    """The dump's lines, each as its first word and its key=value pairs; and
    the environment."""
    vm.expect(r"^fbsd: begin", 60)
    start = len(vm.serial.text) - len(vm.serial.unseen)
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
            dict(re.findall(r"(\w+)=(\S+)", body))
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
    site.put("kernel", gzip.compress(data) if pack else data)
    site.put("root", gzip.compress(ROOT))
    site.put("entropy", noise(12, 100))
    site.put("device.hints", HINTS)
    site.start("""#!ipxe
kernel kernel -sv -h boot.example=7 x="y"
module --type mfs_root root
module --type boot_entropy_cache entropy some words
module --type kenv device.hints
kenv first=1
kenv second=a b
boot
""")
    vm = stage.boot(memory=256)
    vm.expect(rf"boot: kernel: FreeBSD {arch}", 60)
    return data, *read(vm)


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
    image, root, entropy = files(lines)
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


@pytest.fixture(autouse=True)
def clean_store(request):
    if "guest" in request.fixturenames:
        request.getfixturevalue("guest").succeeds("imgfree")


@pytest.mark.parametrize("line, why", [
    ("kernel kernel -z", "-z is no boot flag"),
    ("kernel cut", "cut short|not within|cannot"),
    ("kernel outside", "entry point 0x\\w+ is in none"),
    ("kernel far", "not within 1 GiB")])
def test_what_is_refused(guest, module_site, line, why):
    with open(kernel("amd64"), "rb") as file:
        data = file.read()
    module_site.put("kernel", data)
    module_site.put("cut", data[:5000])
    module_site.put("outside", data[:24] + bytes(8) + data[32:])
    module_site.put("far", data[:64 + 40] + b"\0\0\0\x40" + data[64 + 44:])
    name = line.split()[1]
    guest.succeeds(line.replace(" " + name, f" http://{SERVER}/{name}"))
    shown = guest.fails("boot")
    assert re.search(why, shown), shown
