# SPDX-License-Identifier: BSD-2-Clause
"""What a card and its ROM are, and what passes between the ROM and Undine, for somebody who was only sent the log."""
import os
import re
import time

import pytest

from network import BUILD, SERVER, noise, sha256
from test_options import patched

CONTENT = noise(33, 2 << 20)
LINE = re.compile(r"undi: trace: [^\r\n]*")


def start(stage, site, rom, *options):
    """Undine from a disk, with these settings in it; its card's option ROM is ours, and drives it."""
    site.start()
    image = patched(stage, "undine.img", "driver=undi", *options)
    return stage.boot(
        nic=f"e1000,bootindex=2,romfile={os.path.join(BUILD, rom)}",
        extra=["-drive", f"id=d0,file={image},format=raw,if=none,snapshot=on",
               "-device", "ide-hd,drive=d0,bootindex=1"])


def lines(text):
    return LINE.findall(text)


@pytest.mark.deadline(120)
def test_calls_are_shown_and_do_not_flood(stage, site):
    vm = start(stage, site, "undi-e1000.rom")
    vm.expect("^undi: net0 in its ROM's words: UNDI test ROM for 8086:100e, Undine$", 60)
    vm.prompt()
    stat = vm.succeeds("ifstat")
    assert "8086:100e at 00:03.0, UNDI test ROM for 8086:100e, Undine" in stat
    assert "link up" in stat and re.search("the last frame came [^ ]+ .*ago", stat)
    assert not lines(vm.serial.text)
    vm.succeeds("set undi.trace 1")
    vm.succeeds("ifclose net0 && ifopen net0")
    shown = lines(vm.serial.text)
    for wanted in (r"CLOSE \(07h\): zeros", r"CLOSE \(07h\): status 00h after \d+ us: zeros",
                   r"OPEN \(06h\): 0000 0000 0003", r"OPEN \(06h\): status 00h after \d+ us: 0000 0000 0003"):
        assert any(re.search(wanted, line) for line in shown), (wanted, shown)
    # under load: each second has its lines, not more, and the download is as it was
    vm.succeeds("iflinkwait", 30)
    before, begun = len(lines(vm.serial.text)), time.monotonic()
    vm.succeeds("imgfree")
    assert vm.fetch(site.put("content", CONTENT), 60) == sha256(CONTENT)
    vm.succeeds("sleep 2")              # what has been counted is said within a second
    took = time.monotonic() - begun
    shown = lines(vm.serial.text)[before:]
    assert len(shown) <= 22 * (took + 2), (took, len(shown))
    for wanted in (r"TRANSMIT \(08h\): status 00h after", r": \d{2,} more like it",
                   r"ISR \(14h\): \d+ times, \d{3,} frames"):
        assert any(re.search(wanted, line) for line in shown), (wanted, shown)
    vm.succeeds("set undi.trace 0")
    before = len(lines(vm.serial.text))
    vm.succeeds(f"ping -c 2 -i 100 {SERVER}")
    assert len(lines(vm.serial.text)) == before
    assert "undi.trace is to be 1 or 0" in vm.fails("set undi.trace maybe")


@pytest.mark.deadline(120)
def test_from_the_first_call_on(stage, site):
    """By a setting in the file; a ROM that does not come back is seen to be asked, and given up."""
    vm = start(stage, site, "undirom/hang-v86.rom", "undi.trace=1")
    vm.expect(r"^undi: trace: START_UNDI \(00h\): 0000 0018 ffff ffff", 60)
    vm.expect(r"^undi: trace: INITIALIZE \(03h\): zeros")
    vm.expect(r"^undi: trace: GET_INFORMATION \(0ch\): status 00h after \d+ us: 0000 ")
    vm.expect(r"^undi: trace: GET_INFORMATION \(0ch\): no answer after \d+ us: no return in time", 30)
    vm.prompt()
    assert len(lines(vm.serial.text)) < 400
