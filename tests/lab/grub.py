# SPDX-License-Identifier: BSD-2-Clause
"""GRUB, to compare with: it boots the same kernel, with the same modules, on
the same machine, from the same network."""
import os
import shutil
import subprocess

MODULES = "/usr/lib/grub/i386-pc"
# What it is to be told apart by from the machine that starts Undine.
MAC = "52:54:00:47:52:55"
NIC = f"e1000,mac={MAC}"
DHCP = (f"--dhcp-host={MAC},set:grub", "--dhcp-boot=tag:grub,grub.0")


def repaired(stage):
    """GRUB's modules with the entry into 64-bit kernels repaired: the jump in
    Debian's 2.06 takes its target from four bytes before where it is, so that
    no amd64 kernel of FreeBSD's is ever entered."""
    folder = os.path.join(stage.folder, "grub")
    shutil.copytree(MODULES, folder)
    path = os.path.join(folder, "relocator.mod")
    with open(path, "rb") as file:
        data = file.read()
    jump = b"\xfc\xff\x25"              # cld; jmp *0(%rip), and 4 bytes more
    assert data.count(jump + bytes(12)) == 1
    with open(path, "wb") as file:
        file.write(data.replace(jump + bytes(12), jump + b"\4" + bytes(11)))
    return folder


def serve(stage, verb, files, lines, modules=(), folder=MODULES):
    """Put GRUB, and FILES as {name: path}, on the TFTP server.  LINES follow
    VERB, which is GRUB's module for them too."""
    config = os.path.join(stage.folder, "grub.cfg")
    with open(config, "w") as file:
        file.write("serial --unit=0 --speed=115200\nterminal_output serial\n"
                   + "".join(line + "\n" for line in lines) + "boot\n")
    for name, path in files.items():
        os.symlink(os.path.abspath(path), os.path.join(stage.site.tftp, name))
    subprocess.run(
        ["grub-mkimage", "-O", "i386-pc-pxe", "-d", folder, "-c", config,
         "-p", "(pxe)/", "-o", os.path.join(stage.site.tftp, "grub.0"),
         "pxe", "tftp", "serial", "terminal", "video", "vbe", "boot", verb,
         *modules], check=True)


def boot(stage, **options):
    return stage.boot(nic=NIC, **options)
