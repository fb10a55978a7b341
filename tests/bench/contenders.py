# SPDX-License-Identifier: BSD-2-Clause
"""Who takes part: how each loader is put on the servers and told to fetch the
file, and which version it is."""
import glob
import os
import re
import subprocess

from network import BUILD, SERVER
from tapclock import NotDone

OPTIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "options.py")

FILE = "bench"
URL = f"http://{SERVER}/{FILE}"
PXELINUX = "/usr/lib/PXELINUX/lpxelinux.0"
SYSLINUX = "/usr/lib/syslinux"
IPXE = "/usr/lib/ipxe"

# lpxelinux and GRUB fetch files as parts of a kernel only.  This is a small
# one: 26 KB, fetched before the clock starts.
KERNEL = os.path.join(SYSLINUX, "memdisk")

LPXELINUX_CONFIG = f"""DEFAULT bench
PROMPT 0
LABEL bench
KERNEL memdisk
INITRD {URL}
"""

GRUB_CONFIG = f"""linux16 (http,{SERVER})/memdisk
initrd16 (http,{SERVER})/{FILE}
"""
GRUB_MODULES = "pxe", "tftp", "http", "linux16"


def package(name):
    """A Debian package's version, or "not installed"."""
    result = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", name],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return result.stdout or "not installed"


class Contender:
    """NAME is for the command line and the records, TITLE for people."""
    packages = ()       # Debian's, that must be there
    needs = ()          # files that must be there
    options = ()        # for QEMU
    version = None      # of what is not ours

    def missing(self):
        return [path for path in self.needs if not os.path.exists(path)]

    def lay_out(self, site):
        """Put the loader on the servers; the options that dnsmasq needs."""
        raise NotImplementedError

    @staticmethod
    def boot_file(name):
        return [f"--dhcp-boot=tag:!undine,{name}"]

    def after(self, machine):
        """The download is done: what the loader itself says of it."""
        return {}


def with_driver(driver, source, to):
    """TO becomes a copy of Undine's file SOURCE that has the setting in it."""
    if os.path.lexists(to):
        os.remove(to)
    subprocess.run([OPTIONS, source, "--set", f"driver={driver}", "-o", to], check=True)


class Undine(Contender):
    """By the card's ROM."""
    name = "undine"
    title = "Undine"
    needs = os.path.join(BUILD, "undine.0"),
    driver = "undi"
    script = f"#!ipxe\nimgfetch {URL}\n"

    def lay_out(self, site):
        nbp = os.path.join(site.tftp, "undine.0")
        with_driver(self.driver, os.path.realpath(nbp), nbp)
        script = site.put("boot.ipxe", self.script)
        return [f"--dhcp-boot=tag:undine,{script}"]

    def after(self, machine):
        said = machine.serial.expect(rf"http: {FILE} .* from .*\n", 20)[0]
        machine.serial.expect(r"^\r*undine> ", 20)
        machine.serial.send("ifstat\r")
        frames = machine.serial.expect(r"received (\d+) frames", 20)[1]
        took = machine.serial.expect(r"took (\d+) us for a received frame, "
                                     r"(\d+) frames a visit; (\d+) us", 20)
        return {"says": said.strip(), "counts": int(frames),
                "receive_us": int(took[1]), "frames_a_visit": int(took[2]),
                "send_us": int(took[3])}


class OwnDriver(Undine):
    """As it is: the card taken from its ROM."""
    name = "own"
    title = "Undine, its own driver"
    driver = "auto"

    def after(self, machine):
        if "native: net0 is driven without its ROM" not in machine.serial.text:
            raise NotDone("the card was not taken from its ROM")
        return {"counts": super().after(machine)["counts"]}     # the rest is the ROM's times


class Idle(Undine):
    """With a module beside it that waits."""
    name = "idle"
    title = "Undine beside an idle module"
    module = os.path.join(BUILD, "sdk", "tests", "idle.umod")
    script = f"#!ipxe\nrun --background idle.umod\nimgfetch {URL}\n"

    @property
    def needs(self):
        return os.path.join(BUILD, "undine.0"), self.module

    def lay_out(self, site):
        site.link(os.path.basename(self.module), self.module)
        return super().lay_out(site)


class Sink(Idle):
    """A module that is sent the file and drops it; then, what its calls cost."""
    name = "sink"
    title = "a module, to nowhere"
    module = os.path.join(BUILD, "sdk", "tests", "sink.umod")
    cost = os.path.join(BUILD, "sdk", "tests", "cost.umod")
    script = f"#!ipxe\nrun sink.umod {SERVER} 80 /{FILE}\nrun cost.umod\n"

    def lay_out(self, site):
        site.link("cost.umod", self.cost)
        return super().lay_out(site)

    def after(self, machine):
        machine.serial.expect(r"sink: \d{7,} bytes by \d+ reads", 20)
        took = machine.serial.expect(r"cost: (\d+) calls a second, (\d+) ns each; a function's call ([\d.]+) ns", 20)
        return {"calls_per_s": int(took[1]), "call_ns": int(took[2]), "function_ns": float(took[3])}


class Before(Undine):
    """Another build of Undine, to see what a change does to the speed: takes
    part where --before names it."""
    name = "before"
    title = "Undine before"

    def lay_out(self, site):
        link = os.path.join(site.tftp, "undine.0")
        os.remove(link)
        os.symlink(self.needs[0], link)
        return super().lay_out(site)


class Transport(Undine):
    """Undine from a disk, on a card whose ROM has no base code; it is told how
    to call that ROM."""
    needs = os.path.join(BUILD, "undine.img"), \
        os.path.join(BUILD, "undi-e1000.rom")

    def __init__(self, word, title):
        self.name = word
        self.title = f"Undine, {title}"
        self.script = (f"#!ipxe\nset undi.transport {word}\nifopen\n"
                       f"imgfetch {URL}\n")

    def lay_out(self, site):
        image = os.path.join(site.folder, "undine.img")
        with_driver("undi", os.path.join(BUILD, "bench", "undine.img"), image)
        self.options = ("-drive", f"id=d0,format=raw,if=none,snapshot=on,file={image}",
                        "-device", "ide-hd,drive=d0,bootindex=1")
        return super().lay_out(site)

    def after(self, machine):
        used = re.findall(r"undi: transport (\w+)", machine.serial.text)
        if not used or used[-1] != self.name:
            raise NotDone(f"transport {self.name} was not used but {used}")
        return super().after(machine)


class Lpxelinux(Contender):
    name = "lpxelinux"
    title = "lpxelinux.0"
    packages = "pxelinux", "syslinux-common"
    needs = PXELINUX, KERNEL

    def lay_out(self, site):
        modules = glob.glob(os.path.join(SYSLINUX, "modules/bios/*.c32"))
        for path in [PXELINUX, KERNEL] + modules:
            os.symlink(path, os.path.join(site.tftp, os.path.basename(path)))
        site.put_tftp("pxelinux.cfg/default", LPXELINUX_CONFIG)
        return self.boot_file("lpxelinux.0")

    @property
    def version(self):
        return package("pxelinux")


class Grub(Contender):
    name = "grub"
    title = "GRUB"
    packages = "grub-common", "grub-pc-bin"
    needs = "/usr/bin/grub-mkimage", "/usr/lib/grub/i386-pc/http.mod", KERNEL

    def lay_out(self, site):
        config = os.path.join(site.folder, "grub.cfg")
        with open(config, "w") as file:
            file.write(GRUB_CONFIG)
        subprocess.run(
            ["grub-mkimage", "-O", "i386-pc-pxe", "-p", "(pxe)/grub",
             "-c", config, "-o", os.path.join(site.tftp, "grub.0"),
             *GRUB_MODULES], check=True)
        site.link("memdisk", KERNEL)
        return self.boot_file("grub.0")

    @property
    def version(self):
        return package("grub-pc-bin")


class Undionly(Contender):
    name = "undionly"
    title = "iPXE undionly.kpxe"
    packages = "ipxe",
    needs = os.path.join(IPXE, "undionly.kpxe"),

    def lay_out(self, site):
        """The ROM is an iPXE, too, and both ask DHCP for the same file: a
        script that goes on where it is read by the right one."""
        os.symlink(self.needs[0], os.path.join(site.tftp, "undionly.kpxe"))
        site.put_tftp("bench.ipxe", f"""#!ipxe
iseq ${{net0/chip}} undionly && goto fetch || chain tftp://{SERVER}/undionly.kpxe
:fetch
imgfetch {URL}
""")
        return self.boot_file("bench.ipxe")

    @property
    def version(self):
        return package("ipxe")


class Native(Contender):
    name = "native"
    title = "iPXE, native driver"

    def lay_out(self, site):
        site.put_tftp("bench.ipxe", f"#!ipxe\nimgfetch {URL}\n")
        return self.boot_file("bench.ipxe")

    @property
    def version(self):
        return package("ipxe-qemu")


class Raw(Contender):
    """Not a loader: the ROM itself, emptied as fast as it can be."""

    def __init__(self, name, title):
        self.name, self.title = name, title
        self.needs = os.path.join(BUILD, "bench", name + ".0"),

    def lay_out(self, site):
        os.symlink(self.needs[0], os.path.join(site.tftp, "raw.0"))
        return self.boot_file("raw.0")


CONTENDERS = {c.name: c for c in (
    Undine(), OwnDriver(), Idle(), Sink(), Before(), Lpxelinux(), Grub(), Undionly(), Native(),
    Raw("raw", "raw ceiling"), Raw("raw-wide", "raw ceiling, wide TLB"),
    Transport("pm", "protected mode"), Transport("v86", "v86"),
    Transport("real", "real mode"))}
