# SPDX-License-Identifier: BSD-2-Clause
"""Trouble while a download goes on: a cable pulled, a service that dies, a
server that vanishes, a flood."""
import os
import re
import socket
import struct
import subprocess
import time

import pytest

import flood
import oddserver
import pcap
from network import BUILD, noise, sha256

CONTENT = noise(11, 8 << 20)
DIGEST = sha256(CONTENT)


@pytest.fixture
def slow_url(odd):
    """A download of some seconds."""
    return odd.serve("/slow", oddserver.slow(CONTENT, 2 << 20))


def start_download(guest, url):
    guest.succeeds("imgfree")
    guest.serial.send(f"imgfetch --name slow {url} && echo It came\r")
    guest.expect(r"\b[1-9]\d?%")


def finish_download(guest, within=60):
    guest.expect("^It came", within)
    guest.prompt()
    assert guest.sha256("slow") == DIGEST


def test_cable_pulled_and_put_back(guest, slow_url):
    start_download(guest, slow_url)
    guest.link(False)
    guest.expect("stalled|fell silent|is gone", 30)
    guest.link(True)
    finish_download(guest)


@pytest.mark.deadline(200)
@pytest.mark.waits
def test_cable_stays_out(guest, slow_url):
    """Ends with a message, and works again once the cable is back."""
    start_download(guest, slow_url)
    guest.link(False)
    guest.expect(r"(^|\r)http://.*: .*; given up after 6 tries", 170)
    guest.prompt()
    assert "slow" not in guest.run("imgstat")
    guest.link(True)
    guest.succeeds(f"imgfetch {slow_url}", 60)


@pytest.mark.parametrize("service, driver", [
    ("net", "undi"), ("net", "auto"), ("fetch", "auto"), ("dhcp", "auto"), ("dns", "auto"), ("console", "auto")])
def test_service_dies_while_a_download_goes_on(guest, slow_url, service, driver):
    guest.succeeds(f"set driver {driver}")
    guest.succeeds("dhcp")
    guest.succeeds("imgfree")
    guest.succeeds(f"crash --after 1500 {service}")
    guest.serial.send(f"imgfetch --name slow {slow_url} && echo It came\r")
    guest.expect(rf"trap: .* in task {service}", 20)
    guest.expect(r"#\d+ [0-9a-f]{8} \w+", 30)
    guest.expect(rf"{service}: service started again", 30)
    finish_download(guest)
    assert "still here" in guest.run("echo still here")


@pytest.mark.parametrize("place", ["code", "constants"])
def test_nobody_writes_to_the_loaders_code(guest, place):
    """A page fault for the write alone, with a backtrace; and all goes on."""
    guest.serial.send(f"crash --at {place} fetch\r")
    guest.expect(r"trap: page fault in task fetch: .* error 3 ", 20)
    guest.expect(r"#0 [0-9a-f]{8} task_machine_crash\+", 30)
    guest.expect("fetch: service started again", 30)
    guest.prompt()
    assert "still here" in guest.run("echo still here")
    guest.fails("crash --at home fetch")


def loader_symbols():
    shown = subprocess.run(["nm", os.path.join(BUILD, "loader.elf")],
                           check=True, capture_output=True, text=True).stdout
    return {name: int(value, 16) for value, _, name in
            re.findall(r"^([0-9a-f]{8}) (\w) (\w+)$", shown, re.M)}


def test_what_the_pages_allow(guest):
    """As the processor has it: code and constants can only be read, the rest
    of the loader is written to, and below its first stack nothing is mapped."""
    at = loader_symbols()
    loader = int(re.search(r"loader at (\w+)", guest.serial.text)[1], 16)
    segment = int(re.search(r"segment at (\w+)", guest.serial.text)[1], 16)
    ranges = []
    end = time.monotonic() + 30
    # at times the processor is in the ROM, in real mode, without pages
    while not any(start <= loader < stop for start, stop, _ in ranges):
        assert time.monotonic() < end, ranges
        shown = guest.qmp.call("human-monitor-command", command_line="info mem")
        ranges = [(int(start, 16), int(stop, 16), bits) for start, stop, bits in
                  re.findall(r"^(\w+)-(\w+) \w+ (...)", shown, re.M)]

    def bits(address):
        return next((bits for start, end, bits in ranges
                     if start <= address < end), None)

    def within(name):
        return loader + at[name] - at["image_start"]

    pages = range(loader, within("image_constants_end"), 4096)
    assert {bits(page)[1:] for page in pages} == {"r-"}
    assert {bits(within(name))[1:] for name in ("devices", "services")} == \
        {"rw"}
    assert bits(segment)[1:] == "r-" and bits(segment + 4096)[1:] == "rw"
    assert bits(0) is None and bits(within("boot_stack_guard")) is None
    assert bits(within("boot_stack_guard") + 4096)[1:] == "rw"


def test_shell_dies(guest):
    """Reported on both consoles, and there is a prompt again."""
    guest.serial.send("crash shell\r")
    guest.expect("trap: .* in task shell", 20)
    frame = guest.expect(r"(#\d+ [0-9a-f]{8} \w+\S*)\s", 30)[1]
    guest.expect("shell: service started again", 30)
    guest.prompt()
    guest.shown(re.escape(frame))
    assert "still here" in guest.run("echo still here")


def test_shell_dies_over_a_lookup(guest):
    """What it asked is let go of: the next lookups are answered."""
    guest.succeeds("set dns 10.77.0.99")    # nobody is there
    guest.succeeds("dhcp")
    guest.succeeds("crash --after 500 shell")
    guest.serial.send("nslookup silent.lab.test\r")
    guest.expect("trap: .* in task shell", 20)
    guest.expect("shell: service started again", 30)
    guest.prompt()
    guest.succeeds("dhcp")
    guest.succeeds("nslookup www.lab.test")


def test_server_vanishes_without_a_word(guest, odd):
    """No FIN, no RST: the silence is noticed, and the rest comes anew."""
    content = CONTENT[:1 << 20]
    behaviours = iter([oddserver.vanish(content, 300_000)])

    def behave(conn, request):
        return next(behaviours, oddserver.good(content))(conn, request)

    guest.succeeds("imgfree")
    guest.serial.send(f"imgfetch --name v {odd.serve('/vanish', behave)}"
                      " && echo It came\r")
    guest.expect(r"(fell silent|is gone.*|reset the connection) after 300000 of \d+ bytes; trying again", 30)
    guest.expect("^It came", 30)
    guest.prompt()
    assert guest.sha256("v") == sha256(content)


def counted(guest, name):
    match = re.search(rf"^ +{name} +(\d+)", guest.succeeds("ifstat --all"),
                      re.M)
    return int(match[1])


def bare_acks(guest, port):
    """How many segments without data it has sent to PORT."""
    return sum(frame[12:14] == b"\x08\0" and frame[23] == 6 and
               frame[36:38] == struct.pack("!H", port) and
               frame[16:18] == struct.pack("!H", 20 + (frame[46] >> 4) * 4)
               for frame in pcap.frames(guest.pcap))


@pytest.mark.deadline(60)
def test_server_stops_reading(guest, module_stage):
    """A request that the server's window has no room for: the window is
    probed, and once the server reads he gets the rest."""
    deaf = module_stage.with_(oddserver.DeafServer())
    command = f"imgfetch --name d {deaf.url}{'x' * 850} && echo It came\r"
    guest.serial.send(command)
    deaf.answer_unheard()
    guest.expect("^It came", 30)
    guest.prompt()
    before = bare_acks(guest, deaf.port)
    guest.serial.send(command)
    while bare_acks(guest, deaf.port) < before + 3:
        time.sleep(0.1)
    deaf.hear()
    guest.expect("^It came", 30)
    guest.prompt()
    assert guest.sha256("d") == sha256(b"heard")
    assert counted(guest, "tcp_zero_window_probe") >= 2


@pytest.mark.parametrize("kind, counters", [
    ("syn", ("tcp_no_socket", "tcp_limited", "tcp_reset_out")),
    ("blind", ("tcp_no_socket",)),
    ("noise", ("ip_truncated", "arp_bad", "tcp_bad", "icmp_bad", "udp_bad",
               "igmp_bad", "ip_unknown_proto", "ip_bad_header"))])
def test_flood(guest, slow_url, kind, counters):
    """The download goes on, and the telnet console, whose port a third of the
    SYNs meet, lets people in afterwards."""
    before = {name: counted(guest, name) for name in counters}
    address = re.search(r"address ([\d.]+)", guest.run("ifstat"))[1]
    guest.run("telnetd --password secret")
    start_download(guest, slow_url)
    make = getattr(flood.Kinds(address, 14), kind)
    stream = flood.Flood(make, 20_000)
    try:
        guest.expect("^It came", 60)
        while stream.sent <= 1000:      # a busy host may be late with it
            time.sleep(0.05)
    finally:
        stream.stop()
    guest.prompt()
    assert guest.sha256("slow") == DIGEST
    for name in counters:
        assert counted(guest, name) > before[name], name
    with socket.create_connection((address, 23), 30) as console:
        answer = b""
        while b"Password: " not in answer:
            piece = console.recv(1000)
            assert piece, answer
            answer += piece
    guest.run("telnetd --stop")
