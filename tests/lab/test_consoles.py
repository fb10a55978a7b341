# SPDX-License-Identifier: BSD-2-Clause
"""Which serial ports show the console: by arguments, DHCP, a script and the
firmware's tables; and a BIOS that shows its own screen there."""
import os
import re
import struct
import subprocess
import time

from guest import PROMPT
from network import SERVER

COM1, COM2 = 0x3f8, 0x2f8


def other_port(stage, *options):
    """COM1 is a file; the line that the tests listen to is COM2."""
    path = os.path.join(stage.folder, "com1")
    return path, ["-chardev", f"file,id=c1,path={path}",
                  "-serial", "chardev:c1", *options]


def shown(path):
    with open(path, "rb") as file:
        return file.read().decode("latin1").replace("\r", "")


def monitor(vm, line):
    return vm.qmp.call("human-monitor-command", command_line=line)


def divisor(vm, port):
    """What the UART divides 115200 by."""
    def read(at):
        return int(re.search(r"= (0x[0-9a-f]+)", monitor(vm, f"i /b {at}"))[1],
                   16)
    vm.qmp.call("stop")     # it would send to the divisor's latch
    line = read(port + 3)
    monitor(vm, f"o /b {port + 3} {line | 0x80}")
    low, high = read(port), read(port + 1)
    monitor(vm, f"o /b {port + 3} {line}")
    vm.qmp.call("cont")
    return high << 8 | low


def wait_for_ticks(vm, count):
    """Until the BIOS has counted so many more (40:6C)."""
    def ticks():
        return int(monitor(vm, "xp /1wx 0x46c").split()[1], 16)
    begun, end = ticks(), time.monotonic() + 30
    while ticks() < begun + count:
        assert time.monotonic() < end
        time.sleep(0.05)


def with_arguments(site, arguments):
    """The card's ROM chains us with arguments."""
    rom = site.put("rom.ipxe", "#!ipxe\n"
                   f"chain tftp://{SERVER}/undine.0 {arguments}\n")
    site.start(dhcp=["--dhcp-userclass=set:ipxe,iPXE",
                     f"--dhcp-boot=tag:ipxe,{rom}"])


def test_com2_at_another_rate_by_arguments(stage, site):
    with_arguments(site, "console=com2,57600n8")
    com1, extra = other_port(stage)
    vm = stage.boot(extra=extra)
    vm.expect("^Undine .*network boot loader", 60)      # from the first line on
    vm.expect("^console: COM2, 57600 8N1")
    vm.prompt()
    assert divisor(vm, COM2) == 2
    assert "heard" in vm.run("echo heard")
    vm.shown("heard")
    # COM1 was the console until the arguments were read, and says so.
    assert shown(com1).rstrip().endswith("console: not on COM1 any more")


def test_ports_by_a_script_at_once(stage, site):
    site.start(script="""#!ipxe
set console com1,com2,9600n8 || echo not taken
echo on both
set console com1,com3,2400 || echo not taken
set console com1,fast || echo not taken
echo on COM1
shell
""")
    path = os.path.join(stage.folder, "com2")
    vm = stage.boot(extra=["-device", "isa-serial,index=1,chardev=c2",
                           "-chardev", f"file,id=c2,path={path}"])
    vm.expect("^console: COM2, 9600 8N1", 60)
    vm.expect("^on both")
    vm.expect("^console: COM3: no serial port answers at 3E8h")
    vm.expect('^console: "fast" is no port, rate or terminal')
    vm.expect("^on COM1")
    vm.prompt()
    assert divisor(vm, COM2) == 12
    text = shown(path)
    assert text.count("network boot loader") == 1
    assert "\non both\n" in text and "on COM1\n" not in text
    vm.run("set console com2,9600n8,com1")      # goes on where it was
    vm.run("echo again")
    end = time.monotonic() + 30
    while "\nagain\n" not in shown(path):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert shown(path).count("network boot loader") == 1


def test_com2_by_dhcp(stage, site):
    site.start(dhcp=["--dhcp-option=tag:undine,224,console=com2,19200"])
    com1, extra = other_port(stage)
    vm = stage.boot(extra=extra)
    vm.expect("^Undine .*network boot loader", 60)
    vm.prompt()
    assert divisor(vm, COM2) == 6
    assert "dhcp: ACK" in shown(com1)


def spcr(port, rate, terminal=0):
    """The table's body, behind ACPI's header; rate is its code, 6 = 57600."""
    return struct.pack("<B3x4BQ2BI6B4HI4B4x", 0, 1, 8, 0, 1, port, 3, 4, 0,
                       rate, 0, 1, 0, terminal, 0, 0xffff, 0xffff, 0, 0, 0, 0,
                       0, 0, 0)


def spcr_table(stage, body):
    path = os.path.join(stage.folder, "spcr")
    with open(path, "wb") as file:
        file.write(body)
    return ["-acpitable", f"sig=SPCR,rev=2,data={path}"]


def test_the_port_that_the_firmware_names(stage, site):
    site.start()
    com1, extra = other_port(stage, *spcr_table(stage, spcr(COM2, 6, 3)))
    vm = stage.boot(extra=extra)
    vm.expect("^console: COM2, 57600 8N1", 60)
    vm.expect("^console: that is the port which the firmware names")
    vm.expect("^Undine .*network boot loader")
    vm.prompt()
    assert divisor(vm, COM2) == 2
    assert "Undine" not in shown(com1).partition("Undine")[2]
    # The default, for who asks for it.
    vm.serial.send("set console com1\r")
    end = time.monotonic() + 30
    while not re.search(PROMPT, shown(com1), re.M):
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_port_that_the_firmware_names_and_that_is_not_there(stage, site):
    site.start()
    vm = stage.boot(extra=spcr_table(stage, spcr(0x2e8, 7)))
    vm.expect("^console: COM4: no serial port answers at 2E8h", 60)
    vm.prompt()


def test_a_bios_that_shows_its_screen_on_the_port(stage, site):
    """SeaBIOS's sercon: INT 10h goes to the serial port too, and with each
    tick the BIOS's cursor; what comes in is read with each tick."""
    path = os.path.join(stage.folder, "sercon-port")
    with open(path, "wb") as file:
        file.write(struct.pack("<H", COM1))
    site.start()
    vm = stage.boot(extra=["-fw_cfg", f"name=etc/sercon-port,file={path}"])
    vm.expect("console: COM1, 115200 8N1, where the BIOS shows its screen too",
              60)
    vm.prompt()
    begun = len(vm.serial.raw)
    # What the BIOS reads at each tick is sixteen bytes at most.
    line = "echo abcdefghijklmnopqrstuvwxyz 0123456789"
    for at in range(0, len(line), 8):
        vm.serial.send(line[at:at + 8])
        vm.expect(re.escape(line[at:at + 8].rstrip()))
    vm.serial.send("\r")
    vm.expect("^abcdefghijklmnopqrstuvwxyz 0123456789$")
    vm.prompt()
    vm.serial.send("ifstat\r")
    vm.expect("^net0: ")
    vm.prompt()
    wait_for_ticks(vm, 18)
    raw = vm.serial.raw[begun:]
    assert not re.search(rb"\x1b\[\d+;\d+H", raw), raw
    assert b"\n\r\n" not in raw and b"\n\n" not in raw, raw
    text = vm.serial.text
    for line in "network boot loader", "undi: net0 open", "No script was found":
        assert text.count(line) == 1, text


def copying_bios(stage):
    """The ROM of copybios.asm, its bytes' sum zero."""
    path = os.path.join(stage.folder, "copybios.rom")
    source = os.path.join(os.path.dirname(__file__), "copybios.asm")
    subprocess.run(["nasm", "-f", "bin", "-o", path, source], check=True)
    with open(path, "rb") as file:
        rom = file.read().ljust(1023, b"\0")
    assert len(rom) == 1023
    with open(path, "wb") as file:
        file.write(rom + bytes([-sum(rom) % 256]))
    return ["-option-rom", path]


def test_a_bios_that_copies_the_screen_to_the_port(stage, site):
    """The port is the BIOS's: what comes out of it are rows with their places,
    and no line of ours; until somebody wants it otherwise."""
    site.start()
    vm = stage.boot(extra=[*copying_bios(stage),
                           *spcr_table(stage, spcr(COM1, 7))])
    vm.expect("undine> ", 60)
    # that line went by too fast to be copied, perhaps
    vm.type("log --page\n")
    vm.expect(r"from line \d+ of")
    vm.type("g")
    vm.expect("console: COM1 is left to the BIOS, which copies the screen")
    vm.type("q")
    vm.expect("undine> ")
    vm.type("echo heard-${product}\n")
    vm.expect("heard-Standard")
    assert b"\n" not in vm.serial.raw
    vm.type("set console com1\n")
    vm.expect("^console: COM1, 115200 8N1")
    assert b"\r\n" in vm.serial.raw
