# SPDX-License-Identifier: BSD-2-Clause
"""Two cards in one machine: net0 is the one that the ROM booted from, net1
comes up by its own option ROM.  docs/cards.md has what each pair did."""
import contextlib
import os
import re
import subprocess

import pytest

import mb2
from network import BUILD, SERVER, TAP, noise, sha256
from second_network import SERVER as SECOND
from second_network import TAP as SIDE
from second_network import SecondNetwork
from test_leaving import BOOT_SECTOR
from test_options import by_pxe, patched
from test_starts import disk

CONTENT = noise(43, 2_000_000)
DIGEST = sha256(CONTENT)
OWN = f"e1000,romfile={os.path.join(BUILD, 'undi-e1000.rom')}"


def start(stage, site, first, second, extra=(), options=()):
    """FIRST boots, and is before SECOND on the bus; Undine has OPTIONS in its file."""
    if options:
        by_pxe(stage, site, *options)
    other = stage.with_(SecondNetwork(stage.folder))
    site.put("content", CONTENT)
    site.start()
    vm = stage.boot(
        nic=f"{first},addr=5,bootindex=1,mac=52:54:00:00:00:01",
        extra=["-netdev", other.netdev, "-device",
               f"{second},addr=6,netdev=n1,mac=52:54:00:00:00:02", *extra])
    return vm


def came_up(vm):
    vm.expect(r"undi: card PCI .* at 00:05\.0", 90)
    vm.expect(r"undi: net0 MAC 52:54:00:00:00:01")
    vm.expect(r"rom: c\w{4}h: its card is net0")
    vm.expect(r"undi: card PCI .* at 00:06\.0", 30)
    vm.expect(r"undi: net1 MAC 52:54:00:00:00:02")
    vm.expect("undi: net0 open, receiving")
    vm.expect("undi: net1 open, receiving")
    vm.prompt()


def downloads(vm, server=SERVER):
    vm.succeeds("imgfree")
    assert vm.fetch(f"http://{server}/content", 90) == DIGEST


def has_own_lease(vm):
    vm.succeeds("dhcp net1", 60)
    assert vm.run("echo ${net1/ip}").startswith("10.78.0.5")


@pytest.mark.deadline(240)
@pytest.mark.parametrize("first, second, driver", [
    ("e1000", "virtio-net-pci", "undi"), ("e1000", "e1000", "undi"), ("virtio-net-pci", "virtio-net-pci", "undi"),
    ("e1000", OWN, "undi"), ("e1000", "virtio-net-pci", "auto")],
    ids=["e1000-virtio", "two-e1000", "two-virtio", "e1000-own", "without-roms"])
def test_second_card(stage, site, first, second, driver):
    """Beside the first, with a lease of its own; the other one does not suffer
    when one loses its cable and is opened anew; and a kernel finds all memory
    free that both ROMs had."""
    site.link("mb2.elf", mb2.kernel("elf32.elf"))
    vm = start(stage, site, first, second, options=[f"driver={driver}"])
    came_up(vm)
    has_own_lease(vm)
    for server in SERVER, SECOND, SERVER:
        downloads(vm, server)
    vm.serial.send(f"ping {SECOND}\r")
    vm.expect("bytes from")
    vm.qmp.call("set_link", name="n1", up=False)
    vm.expect("undi: net1 has heard nothing" if driver == "undi" else "native: net1 has lost its link", 30)
    vm.interrupt()
    downloads(vm)
    vm.qmp.call("set_link", name="n1", up=True)
    downloads(vm, SECOND)
    downloads(vm)
    vm.succeeds(f"imgfetch http://{SERVER}/mb2.elf", 60)
    vm.serial.send("boot mb2.elf\r")
    dump = mb2.read(vm)
    usable = [(low, high) for low, high, kind in dump.regions() if kind == 1]
    assert usable == [(0, 0x9fc00), (0x100000, 0xffe0000)]


@contextlib.contextmanager
def bridged():
    """Both cards' networks are one; what joined them goes, whatever happens."""
    subprocess.run("ip link add both type bridge forward_delay 0".split(), check=True)
    try:
        for command in f"{TAP} master both", f"{SIDE} master both", "both up":
            subprocess.run(["ip", "link", "set"] + command.split(), check=True)
        yield
    finally:
        subprocess.run("ip link delete both".split(), check=True)


def frames_come(vm, options):
    """A busy host may hold one up for longer than lotest waits: then again."""
    for _ in range(5):
        shown = vm.fails(f"timeout 2 lotest {options}")
        if re.search(r"lotest: stopped by .*; [1-9]\d* frames have come", shown):
            return
        assert "came to" not in shown, shown
    pytest.fail(f"no frames come: {shown}")


def lotest_works(vm):
    """lotest, while a bridge joins both cards' networks, and when that is gone."""
    with bridged():
        frames_come(vm, "net0 net1")
        frames_come(vm, "--broadcast --mtu 60 net1 net0")
    assert "frames one from net0 has not come to net1 within a second" in vm.fails("lotest net0 net1")


@pytest.mark.deadline(180)
def test_a_script_downloads_by_either(stage, site):
    """And by each alone, while the other is closed; then they send to each other."""
    site.put("script.ipxe", f"""#!ipxe
dhcp net1
imgfetch --name one http://{SERVER}/content
imgfetch --name two http://{SECOND}/content
ifclose net0
imgfetch --name three http://{SECOND}/content
ifopen net0
ifclose net1
dhcp net0
imgfetch --name four http://{SERVER}/content
echo done
""")
    vm = start(stage, site, "e1000", "virtio-net-pci")
    came_up(vm)
    assert "PCI 1af4:1000 at 00:06.0" in vm.succeeds("ifstat net1")
    vm.succeeds(f"imgfetch http://{SERVER}/script.ipxe")
    vm.serial.send("chain script.ipxe\r")
    for name in "one", "two", "three", "four":
        vm.expect(rf"http: {name} .*iB in .* from 10\.7[78]\.0\.1:80", 60)
    vm.expect("^done$")
    vm.prompt()
    for name in "one", "two", "three", "four":
        assert vm.sha256(name) == DIGEST
    lotest_works(vm)


@pytest.mark.deadline(180)
def test_from_a_disk(stage, site):
    """No PXE stack is resident: both come up by their own ROMs."""
    other = stage.with_(SecondNetwork(stage.folder))
    site.put("content", CONTENT)
    site.start()
    image = patched(stage, "undine.img", "driver=undi")
    vm = stage.boot(nic="e1000,addr=5,mac=52:54:00:00:00:01,bootindex=2", extra=[
        "-netdev", other.netdev, "-device", "virtio-net-pci,addr=6,netdev=n1,mac=52:54:00:00:00:02",
        "-drive", f"id=d0,file={image},format=raw,if=none,snapshot=on", "-device", "ide-hd,drive=d0,bootindex=1"])
    vm.expect("undi: net1 open, receiving", 60)
    vm.prompt()
    has_own_lease(vm)
    for server in SERVER, SECOND:
        downloads(vm, server)


@pytest.mark.deadline(240)
def test_each_way_out(stage, site):
    """To another NBP, which finds both cards again, and back to the ROM: the last driver is the first to go."""
    vm = start(stage, site, "e1000", "e1000", disk(stage, "other", BOOT_SECTOR, 2), ["driver=undi"])
    came_up(vm)
    downloads(vm)
    vm.serial.send(f"chain tftp://{SERVER}/undine.0\r")
    vm.expect("found by entry stack", 60)
    came_up(vm)
    downloads(vm)
    vm.serial.send("exit\r")
    vm.expect("back to the boot ROM")
    vm.expect("^disk!", 60)


@pytest.mark.deadline(300)
def test_a_rom_that_hangs_costs_only_its_card(stage, site):
    rom = os.path.join(BUILD, "undirom", "loader-hangs.rom")
    vm = start(stage, site, "e1000", f"e1000,romfile={rom}", options=["undi.patience=15"])
    vm.expect("rom: c.*h: its UNDI loader has not come back for 15 s: it hangs, and its card is left alone", 150)
    vm.expect("undi: net0 open, receiving")
    vm.prompt()
    downloads(vm)


@pytest.mark.deadline(300)
def test_a_rom_that_hangs_at_work_costs_only_its_card(stage, site):
    """It hangs when it is asked for frames, in v86 and then in real mode."""
    rom = os.path.join(BUILD, "undirom", "hang-real-late.rom")
    vm = start(stage, site, "e1000", f"e1000,romfile={rom}", options=["undi.patience=15", "driver=undi"])
    vm.expect(r"undi: transport real for net1 \(v86 failed at work: no return in time", 90)
    vm.expect("undi: the ROM for net1 has not come back from call 14h for 15 s: it hangs, and its card is left "
              "alone", 150)     # by the machine's clock, which a busy host holds up
    vm.prompt()
    vm.succeeds("dhcp net0", 60)
    downloads(vm)
    assert "as its ROM hangs" in vm.fails("ifopen net1")
    site.link("mb2.elf", mb2.kernel("elf32.elf"))
    vm.succeeds(f"imgfetch http://{SERVER}/mb2.elf", 60)
    vm.serial.send("boot mb2.elf\r")
    mb2.read(vm)


@pytest.mark.deadline(180)
def test_a_driver_that_takes_its_card_late(stage, site):
    """INITIALIZE of the second card's new driver fails nine times: net0 and
    all else is up meanwhile, and net1 then has its address and its lease."""
    rom = os.path.join(BUILD, "undirom", "init-fails.rom")
    vm = start(stage, site, "virtio-net-pci", f"e1000,romfile={rom}", options=["driver=undi"])
    vm.expect(r"rom: c.*h: its driver does not take the card yet \(INITIALIZE status 61h\); on in 200 ms", 90)
    vm.expect("undi: net0 open, receiving")
    vm.expect("dhcp: DISCOVER .* on net0")
    vm.expect("undi: net1 MAC 52:54:00:00:00:02")
    vm.expect("undi: net1 open, receiving")
    vm.prompt()
    has_own_lease(vm)
    for server in SERVER, SECOND:
        downloads(vm, server)


@pytest.mark.parametrize("name, why", [
    ("loader-fails", "its UNDI loader fails"), ("start-fails", "its driver does not take the card"),
    ("both-sums", "its UNDI cannot be used"), ("rom-sum", "refused: its checksum is wrong")],
    ids=lambda value: value if "-" in value else "")
def test_a_rom_that_is_no_good(stage, site, name, why):
    rom = os.path.join(BUILD, "undirom", f"{name}.rom")
    vm = start(stage, site, "virtio-net-pci", f"e1000,romfile={rom}")
    vm.expect(f"rom: c.*{why}", 90)
    vm.expect("undi: net0 open, receiving")
    vm.prompt()
    downloads(vm)


def test_only_one_is_wanted(stage, site):
    vm = start(stage, site, "e1000", "virtio-net-pci")
    came_up(vm)
    vm.serial.send(f"chain tftp://{SERVER}/undine.0 undi.cards=1\r")
    vm.expect("found by entry stack", 60)
    vm.expect("undi: net0 open, receiving")
    shown = vm.serial.text
    vm.prompt()
    assert "net1" not in vm.serial.text[len(shown):]
