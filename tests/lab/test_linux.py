# SPDX-License-Identifier: BSD-2-Clause
"""Linux kernels: Debian's with initrds and files put into them, through both
entries; memtest86+, which is made like one; and what is refused."""
import gzip
import os
import re
import struct
import subprocess
import time

import pytest

from network import BUILD, noise

DEBIAN = os.path.join(BUILD, "debian")


def archive(folder, name, content):
    """A cpio archive with one file."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)
    return subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=folder,
                          input=name.encode(), stdout=subprocess.PIPE,
                          check=True).stdout


def sh(vm, line):
    """What LINE prints in the initramfs shell.  What the kernel itself prints
    is asked for there: on the way to the console it gives up a byte that the
    serial line does not take within 10 ms, as on a busy host."""
    vm.expect(r"\(initramfs\) ", 30)
    vm.serial.send(f"{line}; echo; echo s''een\r")
    start = vm.serial.seen
    match = vm.expect(r"^seen$", 30)
    return vm.serial.text[start:match.start()].replace("\r", "")


def has_line(shown, line):
    return re.search(f"^{re.escape(line)}\\s*$", shown, re.M)


def shell(vm):
    vm.expect(r"\(initramfs\)", 120)
    vm.serial.send("\r")


def serve_debian(site, kernel_args, modules="initrd initrd\n"):
    for name in "vmlinuz", "initrd":
        site.link(name, os.path.join(DEBIAN, name))
    site.start(f"#!ipxe\nkernel vmlinuz {kernel_args}\n{modules}boot\n")


@pytest.mark.deadline(240)
@pytest.mark.parametrize("memory", ["384", "5G"])
def test_debian_with_files_in_its_initrd(stage, site, memory):
    """Archives and named files, in any order, behind each other; all of the
    command line and of the memory arrives."""
    hello, plain = noise(7, 1001).hex(), noise(8, 777).hex()
    site.put("hello", hello)
    site.put("plain.cpio", archive(os.path.join(stage.folder, "a"), "plain",
                                   plain.encode()))
    site.put("packed.gz", gzip.compress(archive(
        os.path.join(stage.folder, "b"), "packed", b"of an archive")))
    serve_debian(site, "initrd=initrd console=ttyS0 break=top lab=1", """\
initrd initrd
initrd --name /lab-hello hello
initrd packed.gz
initrd hello /deep/er/hello mode=711 mkdir=-1
initrd plain.cpio
""")
    vm = stage.boot(memory=memory)
    vm.expect(r"boot: vmlinuz: Linux 6\S+ \(protocol 2\.15, 32-bit entry\)", 60)
    shell(vm)
    assert has_line(sh(vm, "cat /proc/cmdline"),
                    "initrd=initrd console=ttyS0 break=top lab=1")
    if memory == "5G":
        assert re.search(r"\[mem 0x0*100000000-0x\w+\] usable",
                         sh(vm, "dmesg | grep BIOS-e820:"))
        # as high as the kernel's initrd_addr_max lets it, though memory below
        # 4 GiB ends at 3 GiB
        end = re.search(r"\[mem 0x\w+-0x(\w+)\]", sh(vm, "dmesg | grep RAMDISK:"))[1]
        assert 0x7ffff000 <= int(end, 16) <= 0x7fffffff
    # its tables are found
    assert "table memory at" in sh(vm, "dmesg | grep 'ACPI: Reserving'")
    assert hello in sh(vm, "cat /lab-hello")
    assert hello in sh(vm, "cat /deep/er/hello")
    assert "-rwx--x--x" in sh(vm, "ls -l /deep/er/hello")
    assert plain in sh(vm, "cat /plain")
    assert "of an archive" in sh(vm, "cat /packed")
    assert "colour VGA+ 80x25" in sh(vm, "dmesg | grep Console:")


@pytest.mark.deadline(240)
def test_debian_through_the_setup_code(stage, site):
    """vga= is the setup code's affair: entry in real mode."""
    serve_debian(site, "console=ttyS0 break=top vga=0xf01 mem=300M")
    vm = stage.boot(memory=512)
    vm.expect(r"boot: vmlinuz: Linux 6\S+ \(protocol 2\.15, 16-bit entry\)", 60)
    shell(vm)
    assert has_line(sh(vm, "cat /proc/cmdline"),
                    "console=ttyS0 break=top vga=0xf01 mem=300M")
    # mode F01h is 80x50
    assert "colour VGA+ 80x50" in sh(vm, "dmesg | grep Console:")


@pytest.mark.deadline(240)
@pytest.mark.parametrize("version, entry", [
    (0x200, 16), (0x201, 16), (0x203, 16), (0x207, 16), (0x209, 32)])
def test_older_protocols(stage, site, version, entry):
    """Debian's kernel says that it is older: what a protocol does not have is
    not used, and before 2.08, when no kernel says what it holds, the setup code
    is entered. It understands them all."""
    with open(os.path.join(DEBIAN, "vmlinuz"), "rb") as file:
        data = bytearray(file.read())
    data[0x206:0x208] = struct.pack("<H", version)
    site.put("vmlinuz", bytes(data))
    site.link("initrd", os.path.join(DEBIAN, "initrd"))
    site.start("#!ipxe\nkernel vmlinuz console=ttyS0 break=top lab=1\n"
               "initrd initrd\nboot\n")
    vm = stage.boot(memory=384)
    vm.expect(rf"\(protocol 2\.{version & 255:02}, {entry}-bit entry\)", 60)
    shell(vm)
    assert has_line(sh(vm, "cat /proc/cmdline"),
                    "console=ttyS0 break=top lab=1")


@pytest.mark.deadline(300)
def test_debian_installer(stage, site):
    """Up to its first question, on the serial console."""
    for name in "linux", "initrd.gz":
        site.link(name, os.path.join(DEBIAN, "installer", name))
    site.start("#!ipxe\nkernel linux console=ttyS0,115200n8\n"
               "initrd initrd.gz\nboot\n")
    vm = stage.boot(memory=1024)
    vm.expect(r"boot: linux: Linux 6\S+ \(protocol 2\.15, 32-bit entry\)", 60)
    vm.expect(r"Select a language|Choose the language", 200)


@pytest.mark.parametrize("name", ["memtest86+x64.bin", "memtest86+ia32.bin"])
def test_memtest86(stage, site, name):
    site.link(name, os.path.join(DEBIAN, name))
    site.start(f"#!ipxe\nkernel {name} console=ttyS0,115200\nboot\n")
    vm = stage.boot(memory=64)
    vm.expect(rf"boot: \S+: Linux Memtest86\+ \(protocol 2\.12", 60)
    vm.expect(r"handing over", 30)
    vm.expect(r"Memtest86\+ v6", 30)
    # On the screen it counts the memory that it was told of, and tests it.
    end = time.monotonic() + 60
    while not re.search(r"Time: +0:\d\d:(0[2-9]|[1-5]\d)", shown := "\n".join(vm.screen())):
        assert time.monotonic() < end, shown
        time.sleep(0.5)
    assert re.search(r"Memory *: *63MB", shown), shown


@pytest.fixture(scope="module")
def debian(module_site):
    return module_site.link("vmlinuz", os.path.join(DEBIAN, "vmlinuz"))


def test_command_line_too_long_for_the_kernel(guest, debian):
    guest.succeeds("imgfree")
    guest.succeeds(f"kernel {debian}", 60)
    guest.succeeds("set x " + "a" * 300)
    guest.succeeds("imgargs vmlinuz " + "${x} " * 7)
    guest.refuses(r"2106 characters long, and this kernel takes 2047")


def test_wrong_vga(guest, debian):
    guest.succeeds("imgfree")
    guest.succeeds(f"kernel {debian} vga=big", 60)
    guest.refuses("vga=big: vga= takes a mode's number")


def test_damaged_kernels(guest, module_site):
    with open(os.path.join(DEBIAN, "vmlinuz"), "rb") as file:
        data = file.read()
    for at, value, why in [
            (0x230, struct.pack("<I", 3), "no power of two"),
            (0x214, struct.pack("<I", 0), "entry point 0x0 is outside"),
            (0x258, struct.pack("<Q", 0xf0000000), "past 4 GiB|no free memory"),
            (0x260, struct.pack("<I", 0x30000000), "no free memory"),
            (0x22c, struct.pack("<I", 0x00100fff), "for its initrd below")]:
        guest.succeeds("imgfree")
        odd = data[:at] + value + data[at + len(value):]
        guest.succeeds(f"kernel {module_site.put('odd', odd)}", 60)
        guest.succeeds(f"initrd {module_site.put('rd', bytes(9000))}")
        guest.refuses(why)
    guest.succeeds("imgfree")
    guest.succeeds(f"kernel {module_site.put('odd', data[:-2000000])}", 60)
    guest.refuses("cut short")
