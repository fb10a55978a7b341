# SPDX-License-Identifier: BSD-2-Clause
"""Forty small trees for pxelinux and Undine alike: each boots a kernel that says what it was told (teller.asm), and
both must have told it the same.  By a number a tree is the same each time."""
import os
import subprocess

import machine
from network import BUILD

MODULES = "/usr/lib/syslinux/modules/bios"
COUNT = 40
QUICK = (0, 7, 13, 21, 26, 35)
INITRDS = {"a.gz": 512, "b.gz": 1024, "c.gz": 2048}     # their lengths say which of them have come
LABELS = """LABEL one
  KERNEL k1
  APPEND own=1 initrd=a.gz
LABEL two
  LINUX k2
  INITRD a.gz,b.gz
LABEL three
  MENU LABEL The ^third
  KERNEL k1 in=kernel
  APPEND -
LABEL four
  KERNEL sub/k3
  INITRD c.gz
  APPEND initrd=b.gz four
  IPAPPEND 3
"""
HEADS = (                                       # which label, or line, is wanted
    "DEFAULT one\n", "DEFAULT two extra=1\n", "DEFAULT three  quiet   vga=normal\n", "DEFAULT four\nIPAPPEND 2\n",
    "default k2 initrd=c.gz x\n", "UI menu.c32\nTIMEOUT 1\nDEFAULT three\n", "DEFAULT menu.c32\nTIMEOUT 1\n",
    "PROMPT 1\nTIMEOUT 2\nDEFAULT one\nONTIMEOUT two later\n", "PROMPT 1\nTOTALTIMEOUT 5\nDEFAULT four typed\n",
    "UI menu.c32\nTIMEOUT 1\nONTIMEOUT four of=menu\n",
)
TAILS = (                                       # what stands besides
    "", "APPEND global=1 initrd=c.gz\nSYSAPPEND 0x2\n", "INCLUDE more.cfg\n",
    "MENU BEGIN in\nMENU TITLE Inside\nLABEL five\n MENU DEFAULT\n KERNEL k2\nMENU END\n",
)
MORE = "APPEND of=more\nLABEL six\nKERNEL k1\n"


def tree(number):
    return HEADS[number % len(HEADS)] + TAILS[number // len(HEADS)] + LABELS


def serve(site):
    os.makedirs(os.path.join(BUILD, "lab-files"), exist_ok=True)
    kernel = os.path.join(BUILD, "lab-files", f"teller-{os.getpid()}")
    subprocess.run(["nasm", "-f", "bin", "-o", kernel,
                    os.path.join(os.path.dirname(__file__), "teller.asm")], check=True)
    with open(kernel, "rb") as file:
        content = file.read()
    os.unlink(kernel)
    for name in "k1", "k2", "sub/k3":
        site.put_tftp(name, content)
    for name, length in INITRDS.items():
        site.put_tftp(name, bytes(length))
    site.put_tftp("more.cfg", MORE)
    for name in "ldlinux", "menu", "libutil", "libcom32":
        os.symlink(f"{MODULES}/{name}.c32", os.path.join(site.tftp, f"{name}.c32"))
    os.symlink("/usr/lib/PXELINUX/pxelinux.0", os.path.join(site.tftp, "pxelinux.0"))


# A menu whose time ends on a submenu: pxelinux's DEFAULT starts it again, for ever; Undine enters the submenu.
ONLY_OURS = {36: "BOOT_IMAGE=k2 initrd=00000000"}


def one(vm, number, within):
    try:
        return vm.expect(r"TOLD (.*?)\r?\n", within).group(1).strip()
    except machine.Timeout:
        if number not in ONLY_OURS:
            raise
        return ONLY_OURS[number]


def told(stage, site, numbers):
    """What the kernels were told: a list of pairs, pxelinux's and ours."""
    serve(site)
    lines = []
    for nbp in "pxelinux.0", "undine.0":
        site.start(dhcp=[f"--dhcp-boot={nbp}"])
        lines.append([])
        for number in numbers:
            site.put_tftp("pxelinux.cfg/default", tree(number))
            vm = stage.boot()
            lines[-1].append(one(vm, number, 60 if nbp == "undine.0" or number not in ONLY_OURS else 20))
            vm.quit()
        site.stop()
    return list(zip(*lines))


def check(stage, site, numbers):
    for number, (theirs, ours) in zip(numbers, told(stage, site, numbers)):
        assert theirs == ours, f"tree {number}:\n{tree(number)}"
