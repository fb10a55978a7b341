# SPDX-License-Identifier: BSD-2-Clause
"""The prompt: what a person types, on the serial line and on the keyboard, and
the commands that tell about the machine and the network."""
import re
import subprocess
import time

import pytest

import pcap
from network import BEYOND, NOBODY, SERVER, TAP, noise, sha256


def test_help_names_the_commands(guest):
    shown = guest.run("help")
    for command in ("dhcp", "ifstat", "set", "echo", "isset", "iseq", "goto",
                    "kernel", "module", "imgstat", "imgargs", "imgfree",
                    "sha256sum", "boot", "chain", "ping", "nslookup", "sleep",
                    "prompt", "shell", "exit", "reboot", "poweroff"):
        assert re.search(rf"^\s*{command}\b", shown, re.M), command


def test_help_of_a_command_shows_its_options(guest):
    shown = guest.run("help initrd")
    for option in ("-n, --name VALUE", "--entry VALUE", "-r, --replace", "--option VALUE (several times)"):
        assert re.search(rf"^ +{re.escape(option)}$", shown, re.M), option


def test_unknown_command(guest):
    assert "frobnicate: no such command" in guest.fails("frobnicate")


def test_typed_on_the_keyboard(guest):
    guest.type("echo typed-here and HERE ; echo ${net0/mac}\n")
    guest.expect("^typed-here and HERE")
    guest.expect("^52:54:00:12:34:56")
    guest.prompt()


def test_both_consoles_are_one(guest):
    """Begun on the serial line, finished on the keyboard."""
    guest.serial.send("echo begun ")
    guest.expect("echo begun ")
    guest.type("finished\n")
    guest.expect("^begun finished")
    guest.prompt()


def test_both_consoles_show_the_same(guest):
    guest.run("help")
    guest.run("ifstat")
    end = time.monotonic() + 30
    while True:         # one or the other may be half drawn
        # What was typed came in many steps; long lines go on in the next row.
        serial = [line[at:at + 80].rstrip()
                  for line in guest.serial.text.split("\n")[-80:]
                  for at in range(0, max(1, len(line)), 80)
                  if "undine>" not in line]
        *screen, last = "\n".join(guest.screen()).rstrip("\n").split("\n")
        shown = [line for line in screen if not line.startswith("undine>")]
        if re.fullmatch(r"undine>   \(try 2 in \d:\d\d; failing for \d+:\d\d\)", last) and \
                len(shown) > 15 and serial[-len(shown):] == shown:
            break
        assert time.monotonic() < end, (serial, screen, last)
        time.sleep(0.05)


def test_line_editing(guest):
    # Typed with mistakes: backspace, to the start, to the end, a word killed.
    shown = guest.run("cho rightt\x7f wrongword\x17\x01e\x05.")
    assert shown.split() == ["right", "."] or shown.split() == ["right."]


def test_tab_completes_what_a_row_says(guest):
    """A command, its option, a setting's name, a command as an argument."""
    guest.run("set greeting hello")
    assert "greeting:string = hello" in guest.run("sho\tgree\t")
    assert "make a service fault" in guest.run("he\tcra\t")
    assert "received" in guest.run("ifst\t--a\t")
    guest.run("clear gree\t")
    guest.fails("isset ${greeting}")


def test_history(guest):
    guest.run("echo first of two")
    guest.run("echo second of two")
    assert "first of two" in guest.run("\x1b[A\x1b[A")
    assert "first of two" in guest.run("\x10")


def test_ctrl_c_drops_the_line_and_ends_a_command(guest):
    guest.serial.send("echo dropped\x03")
    guest.prompt()
    guest.serial.send("sleep 1000\r")
    guest.serial.send("\x03")
    guest.prompt(20)


def test_settings_and_logic(guest):
    guest.run("set greeting hello there")
    assert "hello there!" in guest.run("echo ${greeting}!")
    guest.succeeds("isset ${greeting}")
    guest.fails("isset ${nothing}")
    guest.succeeds("iseq ${greeting} ${greeting}")
    guest.fails("iseq one two")
    assert "1\nyes" in guest.run("echo 1 && echo yes || echo no")
    guest.run("clear greeting")
    guest.fails("isset ${greeting}")


def test_settings_from_the_network(guest):
    shown = guest.run("echo ${net0/ip} ${next-server} ${filename} "
                      "${net0/gateway} ${dns} ${domain}")
    ip, *rest = shown.split()
    assert ip.startswith("10.77.0.")
    assert rest == [SERVER, "undine.0", SERVER, SERVER, "lab.test"]


def test_ifstat(guest):
    shown = guest.succeeds("ifstat")
    assert "52:54:00:12:34:56" in shown
    assert re.search(r"address 10\.77\.0\.\d+ mask 255\.255\.255\.0", shown)
    assert re.search(r"received \d+ frames.* damaged \d+, overruns \d+", shown)


def test_ping(guest):
    assert "3 received" in guest.succeeds(f"ping -c 3 -i 100 {SERVER}")
    assert "1 received" in guest.succeeds(f"ping -c 1 -s 1472 {BEYOND}")
    assert "0 received" in guest.fails(f"ping -c 1 -t 500 {NOBODY}")


def test_ping_options(guest):
    """Count, size, interval and TTL as they go over the wire, and a big one in
    fragments, there and back."""
    shown = guest.succeeds(f"ping -c 3 -s 200 -i 300 --ttl 7 {SERVER}")
    assert "208 bytes" not in shown and shown.count("200 bytes from") == 3
    seen = [(when, frame[22], len(frame))
            for when, frame in pcap.records(guest.pcap)
            if frame[12:14] == b"\x08\0" and frame[23] == 1 and
            frame[34] == 8 and len(frame) == 14 + 20 + 8 + 200]
    assert [ttl for _, ttl, _ in seen] == [7, 7, 7]
    assert seen[2][0] - seen[0][0] >= 0.3, seen      # 0.6, but for a first one that a busy host holds up
    assert "8000 bytes from" in guest.succeeds(f"ping -c 1 -s 8000 {SERVER}")
    assert "at most 16376" in guest.fails(f"ping -s 20000 {SERVER}")
    assert "1 to 255" in guest.fails(f"ping --ttl 256 {SERVER}")


@pytest.fixture
def router():
    """The server forwards, to a network where nobody is."""
    switch = "/proc/sys/net/ipv4/ip_forward"
    route = ["10.99.0.0/24", "dev", TAP]
    with open(switch, "w") as file:
        file.write("1")
    subprocess.run(["ip", "route", "add"] + route, check=True)
    yield
    subprocess.run(["ip", "route", "del"] + route, check=True)
    with open(switch, "w") as file:
        file.write("0")


def test_ping_through_a_router(guest, router):
    """A TTL that ends on the way: the router says so, and is named."""
    shown = guest.fails("ping -c 1 --ttl 1 10.99.0.1")
    assert f"from {SERVER}: seq=1" in shown and "1 errors" in shown


def test_routes(guest):
    assert "10.1.0.0/16" not in guest.succeeds("route")
    guest.succeeds(f"route add 10.1.0.0/16 {SERVER}")
    guest.succeeds(f"route add 10.1.2.3 {NOBODY}")
    shown = guest.succeeds("route")
    # Longest prefix first.
    assert re.search(rf"10\.1\.2\.3/32 by {NOBODY} on net0\n.*10\.1\.0\.0/16 by "
                     rf"{SERVER} on net0\n.*0\.0\.0\.0/0 by {SERVER} on net0", shown), shown
    guest.succeeds("route del 10.1.2.3")
    guest.succeeds("route del 10.1.0.0/16")
    assert "10.1." not in guest.succeeds("route")
    guest.fails("route del 10.1.0.0/16")
    guest.fails(f"route add 10.1.2.3/16 {SERVER}")


def test_arp_and_sockets(guest, module_site):
    guest.succeeds(f"ping -c 1 {SERVER}")
    assert re.search(rf"{SERVER} +([0-9a-f:]{{17}}) known",
                     guest.succeeds("arp"))
    # The connection is kept for the next request.
    guest.succeeds(f"imgfetch {module_site.put('kept', b'kept')}")
    assert re.search(rf"tcp 10\.77\.0\.\d+:\d+ - {SERVER}:80 ESTABLISHED .*"
                     r" rtt \d+ us, window \d+", guest.succeeds("sockets"))


def test_address_that_somebody_else_has(guest):
    """Said on the console, by the card's name and the other's address."""
    subprocess.run(["ip", "address", "add", "10.77.0.67/32", "dev", TAP],
                   check=True)
    try:
        guest.succeeds("set net0/ip 10.77.0.67")
        guest.succeeds("set net0/netmask 255.255.255.0")
        guest.serial.send("dhcp\r")
        guest.expect(r"net0: [0-9a-f:]{17} uses our address 10\.77\.0\.67", 20)
    finally:
        subprocess.run(["ip", "address", "del", "10.77.0.67/32", "dev", TAP],
                       check=True)
    guest.interrupt()
    guest.succeeds("clear net0/ip")
    guest.succeeds("clear net0/netmask")
    guest.succeeds("dhcp", 60)
    guest.succeeds(f"ping -c 1 {SERVER}")


def test_nslookup(guest):
    assert SERVER in guest.succeeds("nslookup www.lab.test")
    guest.succeeds("nslookup far beyond.lab.test")
    assert BEYOND in guest.run("echo ${far}")
    guest.fails("nslookup missing.lab.test")


def test_tftp(guest, module_site):
    for size in 0, 511, 512, 1468, 300_000:
        content = noise(size, size)
        url = module_site.put_tftp(f"file{size}", content)
        assert guest.fetch(url) == sha256(content)
    shown = guest.fails(f"imgfetch tftp://{SERVER}/missing")
    assert "missing" in shown and "not found" in shown


def test_images_are_listed_and_freed(guest, module_site):
    guest.succeeds("imgfree")
    for name in "one", "two":
        url = module_site.put(name, noise(1, 5000))
        guest.succeeds(f"module {url} with {name}")
    guest.succeeds("imgargs two something else")
    shown = guest.run("imgstat")
    assert re.search(r"one: .*\n\s+with one", shown)
    assert re.search(r"two: .*\n\s+something else", shown)
    guest.succeeds("imgfree one")
    shown = guest.run("imgstat")
    assert "with one" not in shown and "something else" in shown


def test_script_is_chained(guest, module_site):
    module_site.put("inner.ipxe", "#!ipxe\nset inner was-here\n")
    url = module_site.put("outer.ipxe", """#!ipxe
chain inner.ipxe
isset ${inner} || goto bad
set n:int32 0
:again
inc n
iseq ${n} 3 || goto again
echo counted to ${n}
exit
:bad
echo went wrong
""")
    shown = guest.succeeds(f"chain {url}")
    assert "counted to 3" in shown
    assert "went wrong" not in shown


def test_malformed_scripts(guest, module_site):
    for name, script in (
            ("no-label", "#!ipxe\ngoto nowhere\n"),
            ("unknown", "#!ipxe\nfrobnicate the ${thing}\n"),
            ("unfinished", "#!ipxe\necho ${unfinished\nfail ${\n"),
            ("binary", b"#!ipxe\n" + noise(2, 20_000)),
            ("no-script", b"MZ" + noise(3, 20_000))):
        guest.fails(f"chain {module_site.put(name, script)}")
    # A script that calls itself for ever.
    url = module_site.put("itself", "#!ipxe\nchain itself\n")
    guest.fails(f"chain {url}", 60)


def test_prompt_command_times_out(guest):
    guest.fails("prompt --key x --timeout 500 press x")
    guest.serial.send("prompt --key x --timeout 20000 press x && echo pressed\r")
    guest.expect("echo pressed[^\n]*\n")         # typed it has been, and now it is asked
    guest.expect("press x")
    guest.serial.send("x")
    guest.expect("^pressed")
    guest.prompt()


def test_ctrl_c_right_behind_enter(guest):
    """Before the command has begun, or after: it is said in any case."""
    guest.serial.send("sleep 100\r\x03")
    guest.expect("^(sleep 100: )?stopped by Ctrl-C$")
    guest.prompt()


def test_the_log_to_look_through(guest):
    """A widget: on the screen, on the serial line and for a dumb terminal."""
    guest.run("echo the last line before")
    guest.serial.send("log --page\r")
    guest.expect(r"log: from line \d+ of \d+( \(try .*?\))?; q ends; arrows")
    lines = guest.shown("^log: from line ")
    assert lines[23].startswith("log: from line ") and "the last line before" in lines[20:23]
    guest.serial.send("\x1b[1~")                  # home
    guest.expect(r"log: from line 1 of ")
    assert "network boot loader" in guest.shown("network boot loader")[0]
    guest.type("q")
    guest.prompt()
    # What is drawn again has old commands' results in it.
    guest.serial.send("echo and on it goes\r")
    guest.expect("^and on it goes\r*$")
    guest.prompt()
    guest.shown("^and on it goes$", "^the last line before$")
