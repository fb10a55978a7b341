# SPDX-License-Identifier: BSD-2-Clause
"""What modules do to the processor: their FPU registers are their own, and whoever gets the machine after them finds
it as it was."""
import os
import re
import subprocess
import time

import pytest

import mb2
from network import BUILD, noise, sha256
from test_https import make_certificates
from test_leaving import BOOT_SECTOR
from test_modules import put

# Says "NBP" on COM1 and halts: mov dx, 3f8h; mov al, ...; out dx, al; ...; hlt; jmp $-1
NBP = b"\xba\xf8\x03" + b"".join(bytes([0xb0, char, 0xee]) for char in b"\r\nNBP\r\n") + b"\xf4\xeb\xfd"
# CR0: what QEMU's has after a reset, protected mode, the caches' bits
ET, PE, CACHES = 0x10, 1, 0x60000000
REAL_MODE_END = 0x110000    # FFFF:FFFF and up to its page's end


def rounds(guest):
    """Of whichever has ended next: its number, rounds, wrong ones, its part of the CPU time."""
    match = guest.expect(r"^fpu (\d): (\d+) rounds, (\d+) wrong, in ([\d.]+) of ([\d.]+) ms$")
    return int(match[1]), int(match[2]), int(match[3]), float(match[4]) / float(match[5])


def test_fpu_registers(stage, site):
    """Two modules that use all of x87 and SSE, and a download by TLS, at once; and the loader has no such registers."""
    code = subprocess.run(["objdump", "-d", f"{BUILD}/loader.elf"], check=True, capture_output=True, text=True)
    assert not re.search(r"%(st|mm\d|xmm\d)", code.stdout)
    path, fingerprint = make_certificates(site.folder)
    site.start(nginx=f"listen 443 ssl; ssl_certificate {path['leaf.pem']}; ssl_certificate_key {path['leaf.key']};")
    content = noise("by TLS", 2_000_000)
    site.put("file", content)
    with open(path["ca.pem"], "rb") as file:
        ca = site.put("ca.pem", file.read())
    guest = stage.boot()
    guest.prompt()
    guest.succeeds(f"set trust {fingerprint} && certstore {ca}")
    for number in 1, 2:
        guest.succeeds(f"imgfetch --name fpu{number} {put(site, 'tests/fpu.umod')}")
    guest.succeeds("run --background fpu1 1")
    guest.succeeds("run --background fpu2 2")
    assert guest.fetch("https://www.lab.test/file", within=90) == sha256(content)
    assert len(re.findall(r"^\d+ +fpu[12] ", guest.succeeds("ps"), re.M)) == 2
    guest.serial.send("set fpu.stop 1\r")
    ended = [rounds(guest), rounds(guest)]
    assert {seed for seed, *_ in ended} == {1, 2}
    for _, count, wrong, part in ended:
        assert count > 10 and wrong == 0 and 0.05 < part < 0.8, ended


def registers(vm):
    shown = vm.qmp.call("human-monitor-command", command_line="info registers")
    return {name: int(re.search(rf"\b{name}=([0-9a-f]+)", shown)[1], 16) for name in ("CR0", "CR4", "EFER")}


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
