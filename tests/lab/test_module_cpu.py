# SPDX-License-Identifier: BSD-2-Clause
"""What modules and Mbed TLS's AES do to the processor: their FPU and SSE registers are their own, and whoever gets the
machine after them finds it as it was."""
import os
import re
import socket
import subprocess
import time

import pytest

import mb2
from network import BUILD, noise, sha256
from test_https import Vcpu, make_certificates
from test_leaving import BOOT_SECTOR
from test_modules import put

# Says "NBP" on COM1 and halts: mov dx, 3f8h; mov al, ...; out dx, al; ...; hlt; jmp $-1
NBP = b"\xba\xf8\x03" + b"".join(bytes([0xb0, char, 0xee]) for char in b"\r\nNBP\r\n") + b"\xf4\xeb\xfd"
# CR0: what QEMU's has after a reset, protected mode, the caches' bits
ET, PE, CACHES = 0x10, 1, 0x60000000
MP, EM, TS, NE = 2, 4, 8, 0x20      # CR0: the FPU's; EM: there is none; TS: it is another task's
OSFXSR, OSXMMEXCPT = 0x200, 0x400   # CR4: SSE's; OSFXSR: its instructions are allowed
EIP_NUMBER = 16             # as GDB counts x86-64's registers
REAL_MODE_END = 0x110000    # FFFF:FFFF and up to its page's end


def rounds(guest):
    """Of whichever has ended next: its number, rounds, wrong ones, its part of the CPU time."""
    match = guest.expect(r"^fpu (\d): (\d+) rounds, (\d+) wrong, in ([\d.]+) of ([\d.]+) ms$")
    return int(match[1]), int(match[2]), int(match[3]), float(match[4]) / float(match[5])


def shown_registers(vm):
    return vm.qmp.call("human-monitor-command", command_line="info registers")


def registers(vm):
    shown = shown_registers(vm)
    return {name: int(re.search(rf"\b{name}=([0-9a-f]+)", shown)[1], 16) for name in ("EIP", "CR0", "CR4", "EFER")}


def xmm(vm):
    found = re.findall(r"XMM0?([0-7])=([0-9a-f ]+)", shown_registers(vm))
    assert len(found) == 8
    return found


def assert_as_before(vm, before, xmm_before=None):
    """What a ROM or the BIOS would see now; the machine may be in real mode, in which it halts."""
    now = registers(vm)
    for name, bits in ("CR0", MP | EM | TS | NE), ("CR4", OSFXSR | OSXMMEXCPT):
        assert now[name] & bits == before[name] & bits, (before, now)
    assert xmm_before in (None, xmm(vm))


class Debugger:
    """GDB's remote protocol, with QEMU's stub: the machine stops when it is called."""

    def __init__(self, path):
        self._sock = socket.socket(socket.AF_UNIX)
        self._sock.settimeout(60)
        self._sock.connect(path)
        self._text = b""

    def send(self, packet):
        self._sock.sendall(f"${packet}#{sum(packet.encode()) % 256:02x}".encode())

    def expect(self, wanted):
        """The first packet that begins so; it may be said, too, that the machine has stopped."""
        while not (found := re.search(rb"\$" + wanted.encode() + rb"[^#]*#..", self._text)):
            got = self._sock.recv(4096)
            assert got, f"the machine ended; {self._text}"
            self._text += got
            self._sock.sendall(b"+" * got.count(b"#"))
        self._text = self._text[found.end():]

    def call(self, packet):
        self.send(packet)
        self.expect("OK")


def built_with_registers():
    """The loader's instructions that use such registers, but for those of Mbed TLS's aesni.c; where that computes a
    block; and where all begins."""
    with open(f"{BUILD}/undine.map") as file:
        parts = re.findall(r"(0x[0-9a-f]+) +(0x[0-9a-f]+) \S+_aesni\.c\.o\)$", file.read(), re.M)
    its = [range(int(at, 16), int(at, 16) + int(length, 16)) for at, length in parts if int(at, 16)]
    shown = subprocess.run(["objdump", "-d", f"{BUILD}/loader.elf"], check=True, capture_output=True, text=True).stdout
    used = re.findall(r"^ *([0-9a-f]+):.*%(?:st|mm\d|xmm\d)", shown, re.M)
    assert used
    names = subprocess.run(["nm", f"{BUILD}/loader.elf"], check=True, capture_output=True, text=True).stdout
    place = {name: int(at, 16) for at, name in re.findall(r"^([0-9a-f]+) \w (\w+)$", names, re.M)}
    return [at for at in used if not any(int(at, 16) in part for part in its)], \
        place["mbedtls_aesni_crypt_ecb"], place["image_start"]


def fault_amid_aes(vm, path, at, line):
    """LINE computes AES by its instructions, with registers that are borrowed; there it is made to fault."""
    debugger = Debugger(path)
    debugger.call(f"Z0,{at:x},1")
    debugger.send("c")
    vm.serial.send(line + "\r")
    debugger.expect("T05")
    meanwhile = registers(vm)
    assert meanwhile["EIP"] == at and meanwhile["CR4"] & OSFXSR and not meanwhile["CR0"] & (EM | TS), meanwhile
    debugger.call(f"z0,{at:x},1")
    debugger.send("qXfer:features:read:target.xml:0,40")    # before that there are no single registers
    debugger.expect("[lm]")
    debugger.call(f"P{EIP_NUMBER:x}=" + bytes(8).hex())
    debugger.call("D")
    assert vm.expect(r"trap: (.*) in task (\w+): eip 00000000").groups() == ("page fault", "fetch")
    vm.expect("fetch: service started again")
    vm.prompt()


def test_fpu_registers(stage, site):
    """Two modules that use all of x87 and SSE, and a download by AES's instructions, at once; before that a fault amid
    them.  Nothing else of the loader has such registers, and a ROM finds its own as they were."""
    elsewhere, at, linked_at = built_with_registers()
    assert not elsewhere
    path, fingerprint = make_certificates(site.folder)
    site.start(nginx=f"""listen 443 ssl; ssl_certificate {path['leaf.pem']}; ssl_certificate_key {path['leaf.key']};
        ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;""")
    content = noise("by TLS", 2_000_000)
    site.put("file", content)
    with open(path["ca.pem"], "rb") as file:
        ca = site.put("ca.pem", file.read())
    stub = os.path.join(stage.folder, "gdb")
    guest = stage.boot(extra=["-cpu", "max", "-gdb", f"unix:{stub},server=on,wait=off"])
    at += int(guest.expect("loader at ([0-9a-f]{8}),")[1], 16) - linked_at
    guest.prompt()
    guest.succeeds(f"set trust {fingerprint} && certstore {ca}")
    before, xmm_before = registers(guest), xmm(guest)
    assert not before["CR4"] & OSFXSR
    fault_amid_aes(guest, stub, at, "imgfetch https://www.lab.test/file")
    assert_as_before(guest, before, xmm_before)
    vcpu = Vcpu(guest)
    before_s = vcpu.seconds()
    guest.succeeds("imgfetch --name first https://www.lab.test/file", 90)
    print(f"AES-128-GCM by instructions: {len(content) / 1e6 / (vcpu.seconds() - before_s):.1f} MB of a second of the "
          "processor's, handshake and all")
    assert guest.sha256("first") == sha256(content)
    assert_as_before(guest, before, xmm_before)
    for number in 1, 2:
        guest.succeeds(f"imgfetch --name fpu{number} {put(site, 'tests/fpu.umod')}")
    guest.succeeds("run --background fpu1 1 && run --background fpu2 2")       # neither is alone for long
    assert guest.fetch("https://www.lab.test/file", within=90) == sha256(content)
    assert len(re.findall(r"^\d+ +fpu[12] ", guest.succeeds("ps"), re.M)) == 2
    guest.serial.send("set fpu.stop 1\r")
    ended = [rounds(guest), rounds(guest)]
    assert {seed for seed, *_ in ended} == {1, 2}
    for _, count, wrong, part in ended:
        assert count > 10 and wrong == 0 and 0.05 < part < 0.8, ended
    guest.prompt()
    assert_as_before(guest, before)


def written_and_executed(vm):
    """Pages above what real mode can name that could be both; the monitor's X marks those of NX."""
    shown, end = "PG disabled", time.monotonic() + 30
    while "PG disabled" in shown:       # in the ROM or the BIOS, for now
        assert time.monotonic() < end
        shown = vm.qmp.call("human-monitor-command", command_line="info tlb")
    pages = re.findall(r"^([0-9a-f]{16}): [0-9a-f]{16} (\S+)", shown, re.M)
    assert len(pages) > 1000, shown[:1000]
    return [at for at, marks in pages if int(at, 16) >= REAL_MODE_END and "W" in marks and "X" not in marks]


def after_module(vm, hello, prompt):
    """A machine in which a module has run; where that has left the processor."""
    if not prompt:
        vm.qmp.call("system_reset")
    vm.prompt(90)
    assert "Hello, world!" in vm.succeeds(f"run {hello}")
    assert registers(vm)["EFER"], "no NX: then this shows little"
    assert not written_and_executed(vm)


@pytest.mark.undi                       # the ROM is called in real mode meanwhile
@pytest.mark.deadline(180)
def test_the_processor_is_as_it_was(stage, site):
    """For a kernel, an NBP and the BIOS: no paging, nothing of the FPU's or of NX."""
    site.start()
    hello, nbp = put(site, "examples/hello.umod"), site.put("nbp", NBP)
    with open(mb2.kernel("elf32.elf"), "rb") as file:
        kernel = site.put("kernel", file.read())
    disk = os.path.join(stage.folder, "disk")
    with open(disk, "wb") as file:
        file.write(BOOT_SECTOR.ljust(1 << 20, b"\0"))
    vm = stage.boot(extra=["-boot", "order=nc", "-drive", f"file={disk},format=raw,if=ide"])
    for i, (line, says, mode) in enumerate(((f"kernel {kernel} && boot", "^mb2: end", PE),
                                            (f"kernel --type nbp {nbp} && boot", "^NBP", 0),
                                            ("exit", "^disk!", 0))):
        after_module(vm, hello, i == 0)
        vm.serial.send(line + "\r")
        vm.expect(says, 60)
        is_now = registers(vm)
        assert is_now["CR0"] & ~(CACHES | PE) == ET and is_now["CR0"] & PE >= mode, (line, is_now)
        assert (is_now["CR4"], is_now["EFER"]) == (0, 0), (line, is_now)
