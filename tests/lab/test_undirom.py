# SPDX-License-Identifier: BSD-2-Clause
"""The test ROM by itself, called by tests/undirom/smoke.asm: it works in all
three modes, and each variant misbehaves in its way and in no other."""
import os
import re
import socket
import struct
import threading

import pytest

import machine
from network import BUILD

CARD = "52:54:00:65:43:21"
OURS = bytes.fromhex("525400024322")      # what smoke.asm sets
PEER = bytes.fromhex("020000001234")
ALL = b"\xff" * 6
GROUP = bytes.fromhex("01005e000001")
OTHER_GROUP = bytes.fromhex("01005e000031")
ARP_REQUEST = struct.pack(">HHBBH", 1, 0x800, 6, 4, 1)
ARP_REPLY = struct.pack(">HHBBH", 1, 0x800, 6, 4, 2)


def noise(to, length, kind=b"\x08\0"):
    return to + PEER + kind + bytes(i * 7 & 0xff for i in range(length - 14))


# What the other end sends once it has heard from smoke.asm, which asked for GROUP.
SENT = [noise(OURS, 60), noise(ALL, 1514, b"\x08\x06"), noise(OURS, 601, b"\x86\xdd"),
        noise(OURS, 500), noise(PEER, 100), noise(GROUP, 100), noise(OTHER_GROUP, 100), noise(OURS, 501)]
HEARD = [SENT[i] for i in (0, 1, 2, 3, 5, 7)]


def said(frame, buffer=None, length=None):
    """What smoke.asm says of a frame, or of a piece of it."""
    data = frame if buffer is None else buffer
    kind = {b"\x08\0": 1, b"\x08\x06": 2}.get(frame[12:14], 0)
    to = 1 if frame[:6] == ALL else 2 if frame[:6] == GROUP else 0
    return "isr 0003 %04X %04X %02X%02X %04X" % (
        len(data), len(frame) if length is None else length, to, kind, sum(data) & 0xffff)


class Peer:
    """The other end of the wire: answers ARP, and sends SENT when it has heard a frame of ethertype 88B6."""

    def __init__(self, folder):
        self.path, self.guest = folder + "/peer", folder + "/guest"
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sock.bind(self.path)
        self.frames = []
        threading.Thread(target=self._run, daemon=True).start()

    def netdev(self):
        return (f"dgram,local.type=unix,local.path={self.guest},"
                f"remote.type=unix,remote.path={self.path}")

    def _run(self):
        while True:
            try:
                frame = self._sock.recv(2000)
            except OSError:
                return
            self.frames.append(frame)
            if frame[12:14] == b"\x88\xb6":
                for answer in SENT:
                    self._sock.sendto(answer, self.guest)
            elif frame[12:14] == b"\x08\x06" and frame[14:22] == ARP_REQUEST:
                answer = frame[6:12] + PEER + b"\x08\x06" + ARP_REPLY + PEER \
                    + frame[38:42] + frame[6:12] + frame[28:32]
                self._sock.sendto(answer.ljust(60, b"\0"), self.guest)

    def stop(self):
        self._sock.close()


class Run:
    """A ROM's run: the lines on the serial line, the frames on the wire."""

    def __init__(self, stage, rom, hangs=None):
        folder = os.path.join(stage.folder, "vm")
        os.makedirs(folder)
        path = os.path.join(BUILD, "undirom", rom + ".rom") if rom else os.path.join(BUILD, "undi-e1000.rom")
        peer = stage.with_(Peer(folder))
        command = machine.base_command(32, f"e1000,romfile={path},mac={CARD}", peer.netdev())
        image = os.path.join(BUILD, "undirom", "smoke.img")
        self.vm = machine.Machine(folder, command + [
            "-boot", "c", "-drive", f"file={image},format=raw,if=ide,readonly=off,snapshot=on"])
        try:
            if hangs:
                self.vm.serial.expect(f"^{hangs}: asking", 90)
                if "late" in rom:
                    self.vm.serial.expect(f"^{hangs}: call, status 08..$", 30)
                with pytest.raises(machine.Timeout):
                    self.vm.serial.expect("ARP answer|no answer|fault", 3)
            else:
                self.vm.serial.expect("smoke: done", 90)
        finally:
            self.vm.quit()
        self.text = self.vm.serial.text.replace("\r", "")
        self.lines = self.text.splitlines()
        self.frames = peer.frames

    def word(self, what):
        match = re.search(re.escape(what) + " ([0-9A-F]{4})$", self.text, re.M)
        return match and int(match[1], 16)

    def statuses(self, call, mode="real"):
        """The status of each call of this opcode."""
        return [int(m, 16) for m in
                re.findall(rf"^{mode}: call, status {call:02X}(..)$", self.text, re.M)]

    @property
    def heard(self):
        return [line for line in self.lines if line.startswith("isr ")]

    def asked(self, mode):
        """An ARP question of this mode was answered."""
        return f"{mode}: ARP answer, length 003C" in self.lines

    def healthy(self, *modes, heard=True):
        """As a good ROM does, as far as that can be seen in these modes."""
        assert self.word("smoke: ROM's sum") == 0
        assert self.word("smoke: loader's answer") == 0
        for mode in modes:
            assert self.asked(mode), self.text
        if heard:
            assert self.heard == [said(f) for f in HEARD]
        for call in (7, 5, 2, 0x70, 0x15):
            assert self.statuses(call) == [0]
        assert self.word("upper half of BAR0") == 0xfebc


@pytest.fixture
def run(stage):
    return lambda rom, **more: Run(stage, rom, **more)


def test_a_good_rom_works_in_all_modes(run):
    r = run("")
    r.healthy("real", "v86", "pm")
    for sum_of in ("ROM", "ROM ID", "!PXE", "PXENV+"):
        assert r.word(f"smoke: {sum_of}'s sum") == 0
    assert r.word("SP off by") == 0 and r.word("DS is") == 0
    assert r.word("MAC ends in") == 0x4322 and r.word("device") == 0x100e
    assert r.word("group address ends in") == 0x0102
    assert r.statuses(0x71, "pm") == [3]
    # two frames, three questions, some of them again if the answer was late; then the counters are cleared
    asked = len(re.findall("^.*: call, status 0800$", r.text.partition("frames sent")[0], re.M))
    assert asked >= 5 and re.findall("frames sent (....)", r.text) == ["%04X" % asked, "0000"]
    assert r.word("smoke: interrupt") == 11 and r.word("interrupts") == 1
    assert re.findall("ISR START says (....)", r.text) == ["0000", "0001"]
    # a whole frame, and one whose header the ROM made, from three pieces
    whole, made = r.frames[:2]
    assert whole.startswith(ALL + OURS + b"\x88\xb6smoke: done\r\n\0") and len(whole) == 60
    assert made == ALL + OURS + b"\x08\0" + bytes(range(214))


def test_frames_in_pieces(run):
    r = run("fragments")
    r.healthy("real", "v86", "pm", heard=False)
    assert r.heard == [said(f, f[at:at + 500]) for f in HEARD for at in range(0, len(f), 500)]


@pytest.mark.parametrize("rom, length", [("frame-zero", 0), ("frame-short", 20)])
def test_frames_that_are_none(run, rom, length):
    r = run(rom)
    r.healthy("real", "v86", "pm", heard=False)
    assert r.heard[1::2] == [said(f) for f in HEARD]
    assert {line.split()[2:4] == ["003C", "%04X" % length] for line in r.heard[::2]} == {True}


def test_unknown_answer_for_done(run):
    r = run("flag")
    r.healthy("real", "v86", "pm", heard=False)
    assert any(line.startswith("isr 0042") for line in r.heard)


def test_never_done(run):
    r = run("endless")
    r.healthy("real", "v86", "pm", heard=False)
    assert len(r.heard) == 24


def test_dead_interrupt(run):
    r = run("dead-irq")
    r.healthy("real", "v86", "pm")
    assert r.word("smoke: interrupt") == 11 and r.word("interrupts") == 0


def test_no_interrupt(run):
    r = run("no-irq")
    r.healthy("real", "v86", "pm")
    assert r.word("smoke: interrupt") == 0 and r.word("interrupts") == 0


def test_initialize_fails_at_first(run):
    r = run("init-fails")
    r.healthy("real", "v86", "pm")
    assert r.statuses(3) == [0x61] * 9 + [0]


def test_initialize_fails_after_close(run):
    r = run("restart-fails")
    assert r.asked("real") and r.statuses(3) == [0] and r.statuses(7) == [0]
    assert r.statuses(5) == [0x6a]


def test_start_fails(run):
    assert run("start-fails").statuses(0) == [0x63]


def test_loader_fails(run):
    assert run("loader-fails").word("loader's answer") == 1


def test_nic_type_unwritten(run):
    r = run("nic-type")
    r.healthy("real", "v86", "pm")
    assert r.statuses(0x12, "pm") == [0] and r.word("device") == 0


@pytest.mark.parametrize("rom, off", [("retf-pops", 6), ("retf-leaves", 0xfffa), ("iret", 2)])
def test_endings(run, rom, off):
    r = run(rom)
    r.healthy("real", "v86", "pm")
    assert r.word("SP off by") == off


def test_trashed_registers(run):
    r = run("trash")
    r.healthy("real", "v86", "pm")
    assert r.word("DS is") == 0xdead


def test_direction_flag(run):
    r = run("df")
    r.healthy("real", "v86", "pm")
    assert r.word("DF and IF") & 0x400


def test_whole_frames_get_a_second_header(run):
    r = run("tx-unknown")
    r.healthy("real", "v86", "pm", heard=False)
    assert r.frames[0].startswith(ALL + OURS + b"\x08\0" + ALL + OURS + b"\x88\xb6")


def test_transmit_out_of_resources(run):
    r = run("tx-busy")
    assert r.asked("real") and r.asked("v86") and r.asked("pm")
    assert r.statuses(8, "v86")[:4] == [6, 6, 6, 0]


@pytest.mark.parametrize("rom, mode", [
    *((f"hang-{mode}{how}", mode) for mode in ("v86", "pm") for how in ("", "-cli", "-late")),
    ("hang-pm-late-cli", "pm"),
    ("segment-outside", "pm")])         # there is nothing at that address: TCG executes zeroes
def test_hangs(run, rom, mode):
    r = run(rom, hangs=mode)
    assert r.asked("real")
    assert bool(r.statuses(8, mode)) == ("late" in rom)


@pytest.mark.parametrize("rom, mode", [
    ("pm-fault", "pm"), ("pm-fault-late", "pm"), ("pm-int", "pm"), ("own-pm", "v86"),
    ("own-pm-late", "v86"), ("callout-always", "pm")])          # smoke.asm's call-out is a real-mode address
def test_faults(run, rom, mode):
    r = run(rom)
    r.healthy(*{"real", "v86", "pm"} - {mode})
    assert not r.asked(mode) and re.search(f"^{mode}: fault", r.text, re.M)
    if rom.endswith("late"):
        assert r.statuses(8, mode)[0] == 0


@pytest.mark.parametrize("rom", ["pci-bios", "pm-cs-write"])     # TCG lets code segments be written
def test_what_is_allowed_here(run, rom):
    run(rom).healthy("real", "v86", "pm")


def test_status_callout(run):
    r = run("callout")
    r.healthy("real", "v86", "pm")
    assert "smoke: status call-out" in r.text
    assert "smoke: status call-out" not in r.text.partition("call, status 01")[0]


def test_no_bang_pxe(run):
    r = run("pxenv-only")
    r.healthy("real")
    assert r.word("!PXE in segment") == 0 and r.word("PXENV+'s sum") == 0


@pytest.mark.parametrize("rom, wrong", [
    ("rom-sum", {"ROM"}), ("pxe-sum", {"!PXE"}), ("both-sums", {"!PXE", "PXENV+"})])
def test_wrong_sums(run, rom, wrong):
    r = run(rom)
    for what in ("ROM", "ROM ID", "!PXE", "PXENV+"):
        assert (r.word(f"smoke: {what}'s sum") != 0) == (what in wrong)


@pytest.mark.parametrize("rom", ["id-short", "id-cut", "id-outside", "loader-outside"])
def test_bad_rom_ids(rom):
    """In the file; smoke.asm does not look that closely."""
    with open(os.path.join(BUILD, "undirom", rom + ".rom"), "rb") as file:
        image = file.read()
    assert len(image) == image[2] * 512 and sum(image) & 0xff == 0
    at, = struct.unpack_from("<H", image, 0x16)
    if rom == "id-outside":
        assert at >= len(image)
        return
    assert image[at:at + 4] == b"UNDI"
    if rom == "id-cut":
        assert at + 0x16 > len(image)
        return
    assert sum(image[at:at + image[at + 4]]) & 0xff == 0
    loader, = struct.unpack_from("<H", image, at + 10)
    assert (image[at + 4] < 0x16) == (rom == "id-short")
    assert (loader >= len(image)) == (rom == "loader-outside")


@pytest.mark.parametrize("rom, what", [("pxe-outside", "!PXE in"), ("entry-outside", "entry in")])
def test_pointers_outside(run, rom, what):
    assert run(rom).word(f"smoke: {what} segment") == 0xffff
