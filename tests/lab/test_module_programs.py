# SPDX-License-Identifier: BSD-2-Clause
"""Programs as modules: the SDK's examples, and two that the host compiles from the same source."""
import http.server
import json
import os
import re
import socket
import struct
import subprocess
import threading

import pytest

import mb2
from network import BUILD, SERVER, noise
from telnet_session import PORT, Session
from test_leaving import BOOT_SECTOR
from test_linux import sh, shell
from test_modules import HEAPS, SDK, put
from test_ntp import Clock

HERE = os.path.dirname(os.path.abspath(__file__))
REPLY, ORDER = 2, 4
MB, WAIT, MFS, DISKPART = 3, 4, 7, 9


def what(kind, union=b"", line=b""):
    """A struct boot_what, in a struct boot_info of that opcode, below."""
    return struct.pack("<hh260s248s", 1 if line else 0, kind, union, line)


def info(opcode, data=b"", version=1, status=0):
    return struct.pack("<hhi512s", version, opcode, status, data)


class BootinfoServer:
    """Says nothing at first, then nonsense, then that the machine is to wait; then orders it to boot, unasked."""

    def __init__(self, order):
        self._asked, self._orders = (self._open(port) for port in (6969, 6970))
        self.questions = []
        self._order = order
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @staticmethod
    def _open(port):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((SERVER, port))
        return sock

    def _serve(self):
        while True:
            question, (address, _) = self._asked.recvfrom(1000)
            if not question:        # our own, by which close() ends this
                return
            self.questions.append(question)
            for answer in self._answers():
                self._asked.sendto(answer, (address, 9696))

    def _answers(self):
        if len(self.questions) > 1:
            yield info(REPLY, what(WAIT))[:-1]
            yield info(REPLY, what(WAIT), version=2)
            yield info(REPLY, what(WAIT), status=1)
            yield info(9, what(WAIT))
            yield info(REPLY, what(WAIT))

    def order(self, address):
        self._orders.sendto(info(ORDER, self._order), (address, 9696))

    def close(self):
        self._orders.sendto(b"", self._asked.getsockname())
        self._thread.join()
        self._asked.close()
        self._orders.close()


class PromptServer(BootinfoServer):
    """Says at once what is to be done: `says`."""

    def __init__(self, says):
        self.says = says
        super().__init__(None)

    def _answers(self):
        yield info(REPLY, self.says)


class Collector(http.server.BaseHTTPRequestHandler):
    """Keeps what is posted."""
    kept = []

    def do_POST(self):
        self.kept.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def natively(folder, name, *arguments):
    """What the same source prints on the host."""
    program = os.path.join(folder, name)
    subprocess.run(["gcc", "-o", program, os.path.join(HERE, "..", "modules", f"{name}.c")], check=True)
    return subprocess.run([program, *arguments], check=True, text=True, stdout=subprocess.PIPE).stdout


def netcat(folder):
    """The netcat that Debian's netcat-traditional is made of, its source as it was released, as a module."""
    module = os.path.join(folder, "nc.umod")
    subprocess.run([os.path.join(SDK, "bin", "undine-cc"), "-w", os.path.join(BUILD, "debian", "netcat", "netcat.c"),
                    "-o", module], check=True)
    with open(module, "rb") as file:
        return file.read()


def reads_line(connection):
    with connection.makefile("rb") as stream:
        return stream.readline()


def meets(guest, line, answer):
    """A line to a server, and what it answers."""
    with socket.create_server((SERVER, 9000)) as server:
        server.settimeout(30)
        guest.serial.send(f"run nc -v -n {SERVER} 9000 && echo It worked\r")
        connection, _ = server.accept()
        guest.expect(f"^\\(UNKNOWN\\) \\[{SERVER}\\] 9000 \\(\\?\\) open$")
        guest.serial.send(line)
        guest.expect(line)      # it is seen while it is typed, though the program waits in select()
        guest.serial.send("\r")
        assert reads_line(connection) == line.encode() + b"\n"
        connection.sendall(answer)
        connection.close()
    guest.expect("^It worked$")


def listens(guest, address, content):
    """The other way round; what comes is shown, whole and in order."""
    guest.serial.send("run nc -v -n -l -p 9001 && echo It listened\r")
    guest.expect(r"^listening on \[any\] 9001 \.\.\.$")
    with socket.create_connection((address, 9001), 20) as connection:
        guest.expect(r"^connect to \[" + address)
        guest.serial.send("hello out there\r")
        assert reads_line(connection) == b"hello out there\n"
        connection.sendall(content)
    guest.expect("^It listened$", 60)


@pytest.mark.deadline(180)
def test_netcat(stage, site):
    """A program that somebody else wrote for other systems is compiled unchanged, and works."""
    site.start()
    guest = stage.boot()
    guest.prompt()
    guest.succeeds("set retry-timeout 0")       # no seconds are counted amid what programs write
    guest.succeeds(f"imgfetch --name nc {site.put('nc.umod', netcat(stage.folder))}")
    address = guest.run("echo ${net0/ip}").split()[0]
    meets(guest, "to whom it may concern", b"an answer\nof two lines\n")
    lines = [f"line {i} of what netcat was sent" for i in range(300)]
    listens(guest, address, "".join(line + "\n" for line in lines).encode())
    # alarm(): nobody comes
    assert "no connection : Connection timed out" in guest.fails("run nc -n -l -p 9002 -w 2")
    shown = guest.fails("run nc -v -w 20 www.lab.test 9003")
    assert "Connection refused" in shown and f"inverse host lookup failed for {SERVER}" in shown
    shown = guest.serial.text.replace("\r", "").split("\n")
    at = shown.index("an answer")
    assert shown[at + 1] == "of two lines"
    at = shown.index(lines[0])
    assert shown[at:at + len(lines)] == lines


def echoes(kind, address):
    data = noise("echo", 1000)
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.settimeout(20)
        sock.connect((address, 7))
        sock.send(data)
        got = b""
        while len(got) < len(data):
            got += sock.recv(2000)
    assert got == data


def ends_while_spoken_to(guest, address):
    """Whoever talks to a module hears of its end, and nobody listens there any more."""
    with socket.create_connection((address, 7), 20) as connection:
        connection.sendall(b"is anybody there?")
        assert connection.recv(100)
        guest.succeeds("kill echo")
        guest.serial.send("\r")
        try:
            assert connection.recv(100) == b""
        except ConnectionResetError:
            pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, 7), 20)


def collects(guest):
    """The hardware report, as a server gets it."""
    with http.server.HTTPServer((SERVER, 8090), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert "the server says 204" in guest.succeeds(f"run report {SERVER} /hardware 8090")
        server.shutdown()
    report = json.loads(Collector.kept[-1])
    assert report["machine"]["manufacturer"] == "QEMU" and int(report["machine"]["memory_mib"]) > 200
    assert "QEMU" in report["machine"]["cpu"] and re.fullmatch("(..:){5}..", report["net"]["mac"])
    assert {"at": "0000:00:00.0", "id": "12378086"}.items() <= report["pci"][0].items() or len(report["pci"]) > 3


@pytest.mark.deadline(240)
def test_programs(stage, site):
    site.start()
    with open(mb2.kernel("elf32.elf"), "rb") as file:
        kernel = site.put("kernel", file.read())
    site.put("page", "the page's text\n")
    site.put("large", noise(7, 4 << 20) + b"the end")
    guest = stage.boot()
    guest.prompt()
    guest.succeeds("set retry-timeout 0")       # no seconds are counted amid what programs write
    # all of undine.h, which leaves no image; a script that it chains runs when it has ended
    site.put("next.ipxe", "#!ipxe\necho the script after it\n")
    guest.serial.send(f"run {put(site, 'tests/api.umod')} {SERVER}\r")
    guest.expect("^api: 0 wrong")
    guest.expect("^the script after it")
    guest.prompt()
    # of a large file only what was read
    large = [r for r in site.nginx.requests() if " /large " in r.line]
    assert [(r.line.split()[0], r.status) for r in large] == [("HEAD", 200), ("GET", 206)] and large[1].sent < 100
    for name in ("examples/httpget", "examples/echo", "examples/report", "examples/bootinfo", "tests/dnsq",
                 "tests/ntpq", "tests/fuzz", "tests/libc", "tests/sockets"):
        guest.succeeds(f"imgfetch --name {os.path.basename(name)} {put(site, name + '.umod')}")
    shown = guest.succeeds("run httpget www.lab.test /page")
    assert "200 OK" in shown and "the page's text" in shown
    assert "Connection refused" in guest.fails(f"run httpget {SERVER} /page 81")
    assert "not known" in guest.fails("run httpget nobody.test /page")
    clock = Clock()
    for line in f"dnsq {SERVER} two.lab.test", f"dnsq {SERVER} nobody.test", f"ntpq {SERVER}":
        if line.startswith("ntpq"):
            guest.fails("run " + line)          # it does not hear the first question
        assert guest.succeeds("run " + line).startswith(natively(stage.folder, *line.split())), line
    assert guest.succeeds("run libc").startswith(natively(stage.folder, "libc"))
    with socket.create_server((SERVER, 9004)) as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line = f"sockets {SERVER} 9004"
        assert guest.succeeds("run " + line).startswith(natively(stage.folder, *line.split()))
    assert clock.questions
    clock.stop()
    address = guest.run("echo ${net0/ip}").split()[0]
    guest.succeeds("run --background echo")
    echoes(socket.SOCK_DGRAM, address)
    echoes(socket.SOCK_STREAM, address)
    # the one to whom it has spoken last may still be there
    assert any(re.search(r"echo +\d+ +\d+ +2 ", guest.succeeds("ps")) for _ in range(20))
    ends_while_spoken_to(guest, address)
    collects(guest)
    # what is read into its own stack may be its end
    guest.run("timeout 30 run fuzz 1 2000", 90)
    before = guest.memory()
    for seed in 2, 3:
        guest.run(f"timeout 30 run fuzz {seed} 20000", 90)
    assert guest.memory() > before - HEAPS
    server = BootinfoServer(what(MB, struct.pack("4s256s", b"", kernel.encode()), b"said by the server"))
    guest.serial.send(f"run bootinfo {SERVER}\r")
    for why in "does not answer", "another length", "another version", "server has failed", "neither an answer":
        guest.expect(why)
    guest.expect("waiting, as the server says")
    server.order(address)
    guest.expect(r"^mb2: .*said by the server", 60)
    server.close()


def with_partition(path):
    """A disk whose first partition's sector says "part!"."""
    sector = BOOT_SECTOR.replace(b"disk!", b"part!")
    table = struct.pack("<B3xB3xII", 0x80, 0x83, 63, 100)
    with open(path, "wb") as file:
        file.write(BOOT_SECTOR[:446] + table + bytes(48) + b"\x55\xaa" + bytes(62 * 512) + sector.ljust(1 << 19, b"\0"))


@pytest.mark.deadline(240)
def test_bootinfo_acts(stage, site):
    """Told by its server: to its disk, after a prompt over telnet; then Linux with a RAM disk."""
    disk = os.path.join(stage.folder, "disk")
    with_partition(disk)
    os.makedirs(os.path.join(site.http, "images"))
    site.link("images/bzImage", os.path.join(BUILD, "debian", "vmlinuz"))
    site.link("images/rootfs.cpio.gz", os.path.join(BUILD, "debian", "initrd"))
    bootinfo = put(site, "examples/bootinfo.umod")
    site.start()
    vm = stage.boot(memory=384, extra=["-boot", "order=n", "-drive", f"file={disk},format=raw,if=ide"])
    vm.prompt(60)
    address = vm.run("echo ${net0/ip}").split()[0]
    vm.succeeds(f"telnetd --port {PORT} --password sesame")
    server = PromptServer(what(DISKPART, struct.pack("<ii", 0x80, 1)))
    session = Session(address).log_in()
    session.expect("^undine> ")
    session.send(f"run {bootinfo} {SERVER}\nx")     # the key is there before the three seconds begin
    session.expect("^bootinfo> ")
    assert not server.questions
    session.send("echo ${net0/ip} is mine\n")
    session.expect(f"^{address} is mine$")
    session.send("\n")
    vm.expect("^part!", 60)
    # pxelinux's line for the same, by a module
    vm.qmp.call("system_reset")
    vm.prompt(60)
    vm.serial.send(f"run {put(site, 'tests/command.umod')} chain.c32 hd0 1\r")
    vm.expect("^part!", 60)
    server.says = what(MFS, f"http://{SERVER}/images".encode(), b"console=ttyS0 break=top lab=bootinfo")
    vm.qmp.call("system_reset")
    vm.prompt(60)
    vm.serial.send(f"run {bootinfo} {SERVER}\r")
    vm.expect("a key within three seconds gives a prompt")
    shell(vm)
    assert "lab=bootinfo" in sh(vm, "cat /proc/cmdline")
    server.close()
