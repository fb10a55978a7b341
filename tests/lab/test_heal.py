# SPDX-License-Identifier: BSD-2-Clause
"""From a desk, with real parts: a cable, a server, a pool of addresses fails,
Undine is watched until its try has failed, and when it is mended the machine
boots with nobody's hand, at the most its pause and twenty seconds later.

What needs no real parts is in tests/world/test_heal.c.  Each story writes its
time to heal into healed.txt in the lab's folder; docs/operations.md has them.
"""
import os
import random
import subprocess
import time

import pytest

import oddserver
from network import BUILD, NOBODY, SERVER, TAP, noise
from oddserver import OddServer

HEAL = 20       # seconds that a try may take which goes well, on a busy host; test_heal.c has ten of its own clock
MODULE = noise(14, 4 << 20)
SETTINGS = "--dhcp-option=tag:undine,224,retry-timeout=5"

pytestmark = pytest.mark.waits


@pytest.fixture
def script(site):
    """A script that boots."""
    kernel = site.link("mb2.elf", "build/kernels/mb2dump-elf32.elf")
    site.put("module", MODULE)
    return f"#!ipxe\nkernel {kernel} quiet\nmodule http://{SERVER}/module\nboot\n"


@pytest.fixture
def slow_script(stage, script):
    """The same, and its module takes some seconds."""
    odd = stage.with_(OddServer())
    url = odd.serve("/module", oddserver.slow(MODULE, 1 << 20))
    return script.replace(f"http://{SERVER}/module", url)


def fails(vm, why, within=60):
    """A try fails, for that reason: the pause that follows."""
    vm.expect(why, within)
    return int(vm.expect(r"tried again in (\d+) s", within)[1])


def boots(vm, within, since=None):
    """It does, of itself; the seconds are kept."""
    since = since or time.monotonic()
    vm.expect("^mb2: ", within)
    name = os.environ["PYTEST_CURRENT_TEST"].partition("::")[2].partition(" ")[0]
    with open(os.path.join(os.environ["LAB"], "healed.txt"), "a") as file:
        file.write(f"{name}: {time.monotonic() - since:.1f} s\n")


def start_again(site, **options):
    """The same site with servers that are set up otherwise."""
    site.stop()
    site.start(**options)


def test_pool_is_exhausted(stage, site, script):
    """dnsmasq has no address left, and says nothing to who asks."""
    script = site.put("boot.ipxe", script)
    site.start(dhcp=["--dhcp-ignore=tag:undine"])
    vm = stage.boot()
    site.wait_for_log("undine.0 to ", 60)
    site.stop()
    leases = os.path.join(site.folder, "leases")
    with open(leases, "w") as file:
        for i in range(50, 61):
            file.write(f"{int(time.time()) + 3600} 52:54:00:00:00:{i} 10.77.0.{i} * *\n")
    site.start(script, dhcp=[SETTINGS])
    site.wait_for_log("no address available", 60)
    pause = fails(vm, "dhcp: no lease on net0", 60)
    site.stop()
    os.remove(leases)
    site.start(script, dhcp=[SETTINGS])
    boots(vm, pause + HEAL)


def test_no_cable_at_the_start(stage, site, script):
    """Nobody would answer before it is out, however quick the machine is."""
    site.start(dhcp=["--dhcp-ignore=tag:undine"])
    vm = stage.boot()
    vm.expect("^Undine ", 60)
    vm.link(False)
    start_again(site, script=script, dhcp=[SETTINGS])
    pause = fails(vm, "dhcp: no lease on net0", 60)
    vm.link(True)
    boots(vm, pause + HEAL)


@pytest.mark.deadline(300)
def test_cable_out_in_a_download(stage, site, slow_script):
    site.start(slow_script, dhcp=[SETTINGS])
    vm = stage.boot()
    vm.expect(r"module .*\b[1-9]\d?%", 60)
    vm.link(False)
    pause = fails(vm, r"module: .*given up after \d+ tries", 200)
    vm.link(True)
    boots(vm, pause + HEAL)


@pytest.mark.undi
@pytest.mark.deadline(300)
def test_cable_flaps(stage, site, slow_script):
    """Half a minute in and out at random, from the first line on.  The ROM does not see it: its card is opened anew.
    By our drivers: test_native.py."""
    site.start(slow_script, dhcp=[SETTINGS])
    vm = stage.boot()
    vm.expect("^Undine ", 60)
    chance = random.Random(14)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        vm.link(False)
        time.sleep(chance.uniform(0.5, 4))
        vm.link(True)
        time.sleep(chance.uniform(0.1, 1))
    boots(vm, 60)


def test_server_has_another_card(stage, site, slow_script):
    """In the middle of a download, and its old address is nobody's."""
    site.start(slow_script, dhcp=[SETTINGS])
    vm = stage.boot()
    vm.expect(r"module .*\b[1-9]\d?%", 60)
    subprocess.run(["ip", "link", "set", TAP, "address", "02:00:00:00:77:01"], check=True)
    boots(vm, 30)


@pytest.mark.deadline(180)
def test_service_lost_in_a_try(stage, site, script):
    """One that nothing boots without ends again and again in the script; the next life, out of memory, boots."""
    site.start("#!ipxe\ncrash --times 6 fetch\nsleep 60\n", dhcp=[SETTINGS])
    vm = stage.boot()
    vm.expect("restart: the fetch service cannot be kept up: Undine starts anew from its copy in memory", 60)
    site.put("boot.ipxe", script)
    boots(vm, 60 + HEAL)


@pytest.mark.stock
def test_reset_in_a_download(stage, site, slow_script):
    """By the ROM once more; nothing is left of the first life."""
    site.start(slow_script, dhcp=[SETTINGS])
    vm = stage.boot()
    vm.expect(r"module .*\b[1-9]\d?%", 60)
    vm.qmp.call("system_reset")
    vm.expect(r"Undine \S+: network boot loader", 60)
    boots(vm, 30)


def test_dead_tftp_with_autoexec(stage, site, script):
    """The script is autoexec.ipxe beside the NBP, whose server has gone since."""
    site.put_tftp("autoexec.ipxe", script)
    site.start(dhcp=["--dhcp-ignore=tag:undine"])
    vm = stage.boot()
    site.wait_for_log("undine.0 to ", 60)
    start_again(site, dhcp=[SETTINGS], tftp=False)
    pause = fails(vm, "script: not from autoexec.ipxe: ", 90)
    start_again(site, dhcp=[SETTINGS])
    boots(vm, pause + HEAL)


def test_dead_syslog_server(stage, site, script):
    """Nobody is at the address that option 7 names: nothing waits for it."""
    site.start(script, dhcp=[SETTINGS, f"--dhcp-option=option:log-server,{NOBODY}"])
    vm = stage.boot()
    vm.expect("^Undine ", 60)
    boots(vm, HEAL + 5)


@pytest.mark.stock
@pytest.mark.deadline(300)
def test_disk_behind_a_rom_without_dhcp(stage, site, script):
    """The ROM asks, gives up, and the BIOS goes on to the disk, where Undine
    is: it asks until there is somebody."""
    disk = os.path.join(stage.folder, "disk")
    with open(os.path.join(BUILD, "undine.img"), "rb") as image, open(disk, "wb") as file:
        file.write(image.read().ljust(1 << 20, b"\0"))
    vm = stage.boot(extra=["-boot", "order=nc", "-drive", f"file={disk},format=raw,if=ide"])
    vm.expect("found by its option ROM", 150)
    pause = fails(vm, "dhcp: no lease on net0", 60)
    site.start(script, dhcp=[SETTINGS])
    boots(vm, pause + HEAL)
