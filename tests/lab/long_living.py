# SPDX-License-Identifier: BSD-2-Clause
"""One machine that lives: for LIVING_SECONDS, two hours, its servers and its
cable fail at random, several at a time, and never all is well.  Then all is
mended, and it must boot, with nobody's hand from its power-on to its kernel.

Too long for each change: its name keeps it out of `make lab`; `make long` plays it.
"""
import os
import random
import subprocess
import time

import pytest

import oddserver
from network import SERVER, TAP, noise
from oddserver import OddServer

SECONDS = int(os.environ.get("LIVING_SECONDS", "7200"))
SEED = int(os.environ.get("LIVING_SEED", "14"))
# a try is over after BOOT_S, and the next begins after a pause of PAUSE_S at the most
BOOT_S, PAUSE_S = 60, 20
SETTINGS = ("--dhcp-option=tag:undine,224,"
            f"retry-timeout=5 retry-max={PAUSE_S} boot-timeout={BOOT_S}")
MODULE = noise(15, 2 << 20)
KERNEL = os.path.join("build", "kernels", "mb2dump-elf32.elf")


class Servers:
    """All that the machine needs, and how it breaks: each of FAULTS sets a part
    to a state that is drawn, good or bad.  The kernel is withheld to the end."""

    def __init__(self, stage, vm):
        self.vm, self.site = vm, stage.site
        self.odd = stage.with_(OddServer())
        with open(KERNEL, "rb") as file:
            self.kernel = file.read()
        self.script = (f"#!ipxe\nkernel http://{SERVER}/mb2.elf quiet\n"
                       f"module http://{SERVER}:8080/module\nboot\n")
        self.well()
        self.site.put("mb2.elf", self.kernel[:3000])

    def well(self):
        """Everything, the kernel too."""
        self.set_dhcp(True)
        self.set_web(True)
        self.set_card("02:00:00:00:77:00")
        self.vm.link(True)
        self.odd.serve("/module", oddserver.slow(MODULE, 4 << 20))
        self.site.put("boot.ipxe", self.script)
        self.site.put("mb2.elf", self.kernel)

    def set_dhcp(self, on, *options):
        self.site.stop_dhcp()
        if on:
            self.site.start_dhcp(f"http://{SERVER}/boot.ipxe", [SETTINGS, *options])

    def set_web(self, on):
        self.site.stop_nginx()
        if on:
            self.site.start_nginx()

    def set_card(self, mac):
        subprocess.run(["ip", "link", "set", TAP, "address", mac], check=True)

    def dhcp(self, chance):
        self.set_dhcp(*chance.choice([(False,), (True,), (True, "--dhcp-ignore=tag:undine"),
                                      (True, "--dhcp-option=option:dns-server,10.77.0.66")]))

    def web(self, chance):
        self.set_web(chance.random() < 0.5)

    def boot_file(self, chance):
        self.site.put("boot.ipxe", chance.choice([
            self.script, self.script, "#!ipxe\nkernle\n", "no script at all\n", self.script[:40], "",
            "<html><body>Sign in</body></html>\n", "#!ipxe\n:on\nsleep 1\ngoto on\n",
            "#!ipxe\nchain boot.ipxe\n"]))

    def kernel_file(self, chance):
        self.site.put("mb2.elf", chance.choice([
            b"", noise(chance.randrange(1000), 100_000), self.kernel[:chance.randrange(1, 4000)],
            b"<html><body>404</body></html>"]))

    def module(self, chance):
        self.odd.serve("/module", chance.choice([
            oddserver.good(MODULE), oddserver.status(404), oddserver.status(503), oddserver.redirect("/module"),
            oddserver.reset(MODULE, 300_000), oddserver.stall(MODULE, 300_000), oddserver.short(MODULE, 1000),
            oddserver.raw(b"220 ESMTP\r\n"), oddserver.vanish(MODULE, 100_000)]))

    def cable(self, chance):
        for _ in range(chance.choice([0, 0, 1, 5])):
            self.vm.link(False)
            time.sleep(chance.uniform(0.1, 2))
            self.vm.link(True)
            time.sleep(chance.uniform(0.1, 2))
        self.vm.link(chance.random() < 0.7)

    def card(self, chance):
        self.set_card(f"02:00:00:00:77:{chance.randrange(256):02x}")

    FAULTS = dhcp, web, boot_file, kernel_file, module, cable, card


@pytest.mark.deadline(SECONDS + 600)
def test_living(stage, site):
    site.start(f"http://{SERVER}/boot.ipxe", dhcp=[SETTINGS])
    vm = stage.boot()
    vm.expect("^Undine ", 60)
    servers = Servers(stage, vm)
    chance = random.Random(SEED)
    end = time.monotonic() + SECONDS
    faults = 0
    while time.monotonic() < end:
        chance.choice(servers.FAULTS)(servers, chance)
        faults += 1
        time.sleep(chance.choice([0, 1, 5, 15]))
    assert "mb2: " not in vm.serial.text
    servers.well()
    mended = time.monotonic()
    vm.expect("^mb2: ", BOOT_S + 5 * PAUSE_S // 4 + 10)
    text = vm.serial.text
    assert "panic: " not in text and "trap: " not in text
    print(f"\nliving: {SECONDS} s, {faults} faults, {text.count('tried again in')} tries failed; "
          f"booted {time.monotonic() - mended:.0f} s after all was mended")
