# SPDX-License-Identifier: BSD-2-Clause
"""Undine starts itself anew from its copy in memory: after a panic, a hang, or
when a service that it cannot do without is lost; whatever had started it."""
import os
import re
import subprocess
import time

import pytest

import machine
import telnet_session
from network import BUILD, SERVER, noise, sha256
from test_options import patched
from test_starts import SECOND, disk, grub_cd, undine_img


def works(vm, site):
    content = noise(61, 300_000)
    assert vm.fetch(site.put("content", content)) == sha256(content)


def new_life(vm, why, number, within=30):
    """What the next life says of how it came about, with the fault."""
    vm.expect(rf"restart: {why}: Undine starts anew from its copy in memory", within)
    vm.expect(r"restart: the last life's log ended with$", 30)
    vm.expect(rf"restart: this is a new life out of memory, the {number}\. since the machine was started", 30)
    vm.expect("^Undine ")


def panic(vm, number):
    vm.serial.send("crash --panic\r")
    vm.expect("panic: this is a bug in Undine", 30)
    new_life(vm, "panic: asked for by the command crash", number)


@pytest.mark.deadline(240)
def test_panic(stage, site):
    """Twice; the next life's log begins with the fault, and its backtrace."""
    site.start()
    vm = stage.boot()
    vm.prompt(60)
    for number in 2, 3:
        panic(vm, number)
        assert re.search(r"^\| +#\d [0-9a-f]{8} cmd_crash\+", vm.serial.text, re.M)
        vm.prompt(60)
        works(vm, site)


@pytest.mark.deadline(360)
@pytest.mark.waits
def test_the_last_resort_is_the_bios(stage, site):
    """The fourth in a row is a reset of the machine, and that is said."""
    site.start()
    vm = stage.boot()
    vm.prompt(60)
    for number in 2, 3, 4:
        panic(vm, number)
        vm.prompt(60)
    vm.serial.send("crash --panic\r")
    vm.expect("restart: that has not helped several times in a row; the last resort is the BIOS", 30)
    vm.expect("restart: rebooting in 60 s")
    # those, and a start from the BIOS on: 120 s passed on a host with a load of 15
    vm.expect(r"restart: the last life's log ended with$", 180)
    vm.expect(r"restart: so the machine was reset, the 1\. time since it was switched on", 30)
    vm.expect("found by entry stack", 30)
    vm.prompt(60)
    vm.serial.send("crash --panic\r")
    new_life(vm, "panic: asked for by the command crash", 2)


def started(stage, how):
    """A machine that HOW starts Undine on, with arguments; from the disk without."""
    if how == "disk":
        return stage.boot(nic=SECOND, extra=disk(stage, "undine", undine_img(), 1))
    if how == "GRUB":
        return stage.boot(nic=SECOND, extra=grub_cd(stage, "multiboot2 /undine.elf colour=green driver=undi\nboot\n"))
    return stage.boot()


@pytest.mark.deadline(300)
@pytest.mark.parametrize("how", ["disk", "GRUB", "iPXE"])
def test_whatever_has_started_it(stage, site, how):
    """The card's driver comes out of its option ROM again, where it did; and
    the arguments are as they were.  That from the disk has our driver."""
    undine = f"tftp://{SERVER}/undine.0"
    rom = site.put("rom.ipxe", f"#!ipxe\nchain {undine} colour=green driver=undi\n")
    site.start(dhcp=["--dhcp-userclass=set:ipxe,iPXE", f"--dhcp-boot=tag:ipxe,{rom}"] if how == "iPXE" else [])
    vm = started(stage, how)
    vm.prompt(60)
    for number in 2, 3:
        panic(vm, number)
        vm.expect("found by " + ("entry stack" if how == "iPXE" else "its option ROM"), 30)
        vm.prompt(60)
        if how != "disk":
            assert "colour is green" in vm.run("echo colour is ${colour}")
        works(vm, site)


@pytest.mark.deadline(240)
@pytest.mark.parametrize("services", [("console", "net", "dhcp"), ("dns", "fetch", "shell")], ids="-".join)
def test_a_service_that_cannot_be_kept_up(stage, site, services):
    """Without it nothing boots; so the whole loader begins anew."""
    site.start()
    vm = stage.boot()
    vm.prompt(60)
    for number, service in enumerate(services, 2):
        vm.serial.send(f"crash --times 6 {service}\r")
        vm.expect(f"{service}: ended 5 times within seconds of its start", 30)
        new_life(vm, f"the {service} service cannot be kept up", number)
        vm.prompt(60)
        works(vm, site)


@pytest.mark.deadline(240)
@pytest.mark.waits
def test_a_service_that_gets_a_rest(stage, site):
    """Machines boot without telnet; it comes back by itself."""
    site.start()
    vm = stage.boot()
    vm.prompt(60)
    vm.succeeds(f"set telnetd.port {telnet_session.PORT}")
    vm.succeeds("set telnetd.password sesame")
    said = ""
    while "ended" not in said:          # not once more, for that would be in its rest, and end it
        vm.serial.send("crash telnet\r")
        said = vm.expect("telnet: (service started again|ended 5 times within seconds of its start)")[1]
    vm.expect("telnet: it is started again in 60 s")
    begun = time.monotonic()
    works(vm, site)
    address = vm.run("echo ${net0/ip}").strip()
    end, session = time.monotonic() + 120, None
    while not session:
        try:
            session = telnet_session.Session(address)
        except ConnectionRefusedError:
            assert time.monotonic() < end
            time.sleep(1)
    session.expect("^Password: ", 120)
    assert time.monotonic() - begun > 50
    session.close()


@pytest.mark.deadline(240)
def test_a_task_that_hangs(stage, site):
    """It is ended, with a backtrace; a second one soon after is one too many."""
    site.start()
    vm = stage.boot()
    vm.prompt(60)
    for number, service in enumerate(["shell", "net", "fetch"], 2):
        vm.succeeds("set watchdog 5")
        vm.serial.send(f"crash --at loop {service}\r")
        vm.expect(f"trap: hang in task {service}", 60)     # 5 s by a chip whose ticks a busy host swallows
        vm.expect(r"#0 [0-9a-f]{8} task_machine_crash\+")
        vm.expect(f"watchdog: task {service} has kept all others waiting")
        vm.expect(f"{service}: service started again")
        vm.prompt(60)
        works(vm, site)
        vm.succeeds("set watchdog 5")
        vm.serial.send(f"crash --at loop {service}\r")
        new_life(vm, f"task {service} hangs, a short while after another hang", number)
        vm.prompt(60)
        works(vm, site)


def rom(stage, site, name, *settings):
    """Undine from a disk, with SETTINGS in it; its card's option ROM is the variant NAME of ours, and drives it."""
    site.start()
    with open(patched(stage, "undine.img", "driver=undi", *settings), "rb") as image:
        return stage.boot(nic=f"{SECOND},romfile={os.path.join(BUILD, 'undirom', name + '.rom')}",
                          extra=disk(stage, "undine", image.read(), 1))


@pytest.mark.deadline(240)
def test_a_rom_call_that_hangs(stage, site):
    """In real mode, after v86: the next life leaves that ROM's driver alone
    and brings up another one, which hangs as well; so the BIOS has the word."""
    vm = rom(stage, site, "hang-real-late", "undi.patience=15")
    vm.expect("undi: the ROM has not come back from call 14h for 15 s", 120)
    new_life(vm, "the card's ROM hangs in call 14h", 2)
    vm.expect("pxe: the PXE stack that started the loader hangs, and is left alone", 30)
    vm.expect("found by its option ROM", 30)
    vm.expect("undi: the ROM has not come back from call 14h for 15 s", 120)
    vm.expect("restart: drivers that hang have left too little base memory; the last resort is the BIOS", 30)
    vm.expect("restart: rebooting in 60 s")


@pytest.mark.deadline(240)
def test_the_last_lease_holds(stage, site):
    """DHCP is dead by then: address, boot file and settings are the last life's."""
    site.start("#!ipxe\necho colour is ${colour} at ${net0/ip}\nshell\n", dhcp=["--dhcp-option=224,colour=green"])
    vm = stage.boot()
    address = vm.expect(r"^colour is green at ([\d.]+)\s", 60)[1]
    vm.prompt()
    site.stop_dhcp()
    panic(vm, 2)
    vm.expect(f"dhcp: no server answered 3 DISCOVERs in .*; the last life's lease of {address} on net0 holds", 30)
    vm.expect(f"^colour is green at {address}$", 40)


def test_a_damaged_copy(stage, site, monkeypatch):
    """It is not started: its checksum tells, and the BIOS has the word."""
    monkeypatch.setattr(machine, "QEMU", "qemu-system-i386")
    site.start()
    door = os.path.join(stage.folder, "gdb")
    vm = stage.boot(extra=["-gdb", f"unix:{door},server=on,wait=off"])
    loader = int(vm.expect(r"loader at ([0-9a-f]{8})", 60)[1], 16)
    vm.prompt(60)
    names = subprocess.run(["nm", os.path.join(BUILD, "loader.elf")], check=True, capture_output=True, text=True).stdout
    keep = loader + int(re.search(r"^(\w+) b keep$", names, re.M)[1], 16) - 0x400000
    subprocess.run(["gdb", "-batch", "-nx", "-ex", "set architecture i386", "-ex", f"target remote {door}",
                    "-ex", f"set *(char *)(*(unsigned *){keep} + 0x10000) ^= 1", "-ex", "detach"],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
                   timeout=60)
    vm.serial.send("crash --panic\r")
    vm.expect("restart: the loader's copy in memory is damaged; the last resort is the BIOS", 30)
    vm.expect("restart: rebooting in 60 s")


def test_no_watchdog_is_said(stage, site):
    """A clock chip whose line is not IRQ 8."""
    site.start()
    vm = stage.boot(extra=["-no-hpet", "-global", "mc146818rtc.irq=13"])
    vm.expect("watchdog: the clock chip's interrupts .IRQ 8. do not come", 90)


def nmi(vm, protected):
    """In our own code, or while the BIOS, a ROM or our 16-bit code runs in real mode."""
    vm.qmp.call("stop")
    now = vm.qmp.call("human-monitor-command", command_line="info registers")
    is_protected = int(re.search(r"CR0=(\w+)", now)[1], 16) & 1
    # between the modes, for some instructions, a segment or the table is the other mode's: nothing can help there
    segments = re.findall(r"^[CS]S =(\w+) (\w+)", now, re.M)
    is_real = not is_protected and int(re.search(r"IDT= *(\w+)", now)[1], 16) == 0 and \
        all(int(base, 16) == int(value, 16) << 4 for value, base in segments)
    wanted = int(re.search(r"EIP=(\w+)", now)[1], 16) >= 1 << 20 if protected else is_real
    if wanted:
        vm.qmp.call("inject-nmi")
    vm.qmp.call("cont")
    return wanted


def test_nmi(stage, site):
    """Said, and all goes on."""
    site.start()
    vm = stage.boot()
    vm.prompt(60)
    vm.fetch(site.put("large", noise(62, 16 << 20)), name="large")
    end = time.monotonic() + 30
    while not re.search(r"nmi: \d+ of them", vm.serial.text):
        assert time.monotonic() < end
        vm.serial.send("sha256sum large\r")
        for _ in range(20):
            nmi(vm, protected=True)
            time.sleep(0.05)
    vm.interrupt()
    works(vm, site)
    assert "service started again" not in vm.serial.text and "panic" not in vm.serial.text


@pytest.mark.undi
def test_nmi_in_real_mode(stage, site):
    """Where the BIOS's handler would have it: the stock ROM drives its card in real mode."""
    site.start()
    vm = stage.boot()
    vm.prompt(60)
    url = site.put("large", noise(63, 16 << 20))
    end = time.monotonic() + 60
    while not re.search(r"nmi: \d+ of them", vm.serial.text):
        assert time.monotonic() < end
        vm.serial.send(f"imgfree ; imgfetch --name large {url}\r")
        for _ in range(20):
            nmi(vm, protected=False)
            time.sleep(0.05)
    vm.interrupt()
    works(vm, site)
    assert "service started again" not in vm.serial.text and "panic" not in vm.serial.text
    assert "watchdog:" not in vm.serial.text
