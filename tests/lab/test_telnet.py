# SPDX-License-Identifier: BSD-2-Clause
"""The remote console, byte by byte."""
import re
import socket
import subprocess
import threading
import time

import pytest

from network import SERVER, TAP, noise
from telnet_session import PORT, Session, fails, ip, run, settle, succeeds, until_nobody_is_in  # noqa: F401

INTERRUPT = b"\xff\xf4"


def test_off_without_a_password(guest):
    shown = fails(guest, f"telnetd --port {PORT}")
    assert "stays off" in shown and "--password" in shown
    ip = run(guest, "echo ${net0/ip}").split()[0]
    with pytest.raises(OSError):
        Session(ip)


def test_log_in_and_run(guest, ip):
    session = Session(ip)
    session.expect(rf"^Undine \S+ on a machine without a name \({ip}, "
                   "52:54:00:12:34:56\\), serial number unknown$")
    session.log_in()
    session.expect("^Undine .*network boot loader")
    session.expect("telnetd: session \\d+: 10.77.0.1 logged in")
    session.expect("^undine> ")
    session.send("echo seen ${net0/mac}\n")
    session.expect("^seen 52:54:00:12:34:56")
    guest.expect("^seen 52:54:00:12:34:56")
    session.expect("^undine> ")
    assert "typed by session 1 (10.77.0.1)" in guest.serial.text
    guest.serial.send("echo from here\r")
    session.expect("^from here")
    session.send("logout\n")
    assert "sesame" not in session.until_closed()
    settle(guest)
    assert "sesame" not in guest.serial.text


def test_options_are_agreed_on_once(guest, ip):
    session = Session(ip)
    session.expect("Password: ")
    asked = re.findall(rb"\xff[\xfb-\xfe].", session.raw, re.S)
    assert sorted(asked) == [b"\xff\xfb\x01", b"\xff\xfb\x03",
                             b"\xff\xfd\x03", b"\xff\xfd\x18",
                             b"\xff\xfd\x1f"]
    # agreed, agreed again; LINEMODE offered, LINEMODE asked for, no answer to a no
    session.send(b"\xff\xfd\x01\xff\xfd\x01\xff\xfb\x1f\xff\xfb\x22"
                 b"\xff\xfd\x22\xff\xfe\x22\xff\xfc\x22\xff\xf6")
    session.expect(r"\[Undine: yes\]")
    answered = re.findall(rb"\xff[\xfb-\xfe].", session.raw, re.S)[5:]
    assert answered == [b"\xff\xfe\x22", b"\xff\xfc\x22"]
    session.send(b"\xff\xfa\x1f\x00\x64\x00\x1e\xff\xf0")
    session.send("sesame\r\0")
    session.expect("^undine> ")
    session.send("whoX" + "\xff\xf7\r\n")        # EC takes the X away
    session.expect(r"^ *1 10\.77\.0\.1:\d+ .* 100x30")


def test_interrupt_and_erase_line(guest, ip):
    session = Session(ip).log_in()
    session.expect("^undine> ")
    session.send("nonsense\xff\xf8sleep 1000\r\n")
    session.expect("^undine> sleep 1000")
    session.send(INTERRUPT)
    session.expect("^undine> ")
    guest.expect(r"typed by session 1 \(10\.77\.0\.1\)")
    assert "nonsense: no such command" not in session.text
    # behind more than the queue of keys holds
    session.send("sleep 1000\r\n")
    session.expect("^undine> sleep 1000")
    session.send(900 * "x" + "\x03")
    session.expect("^undine> ")
    session.send("\x15echo heard\r\n")
    session.expect("^heard$")


def test_several_see_and_steer_the_same(guest, ip):
    sessions = [Session(ip).log_in() for _ in range(2)]
    for session in sessions:
        session.expect("^undine> ")
    sessions[0].send("echo half ")
    sessions[1].expect("echo half ")
    sessions[1].send("done\r\n")
    for session in sessions:
        session.expect("typed by session 1 .* and session 2 ")
        session.expect("^half done$")
    settle(guest)
    shown = run(guest, "who")
    assert re.search("^ *1 10.77.0.1:", shown, re.M)
    assert re.search("^ *2 10.77.0.1:", shown, re.M)
    assert "no session 7" in fails(guest, "kick 7")
    succeeds(guest, "kick 2")
    assert "session 2 (10.77.0.1) ends: kicked out" in \
        sessions[1].until_closed()
    sessions[0].send("logout\n")
    sessions[0].until_closed()
    settle(guest)
    until_nobody_is_in(guest)


def test_nobody_types_faster_than_2000_bytes_a_second(guest, ip):
    session = Session(ip).log_in()
    session.expect("^undine> ")
    begun = time.monotonic()
    session.send(b"\xff\xf1" * 4000 + b"echo through\r\n")    # NOPs
    session.expect("^through$")
    assert time.monotonic() - begun > 2     # (8000 - 2000) / 2000 is 3


def test_history_and_arrows(guest, ip):
    session = Session(ip).log_in()
    session.expect("^undine> ")
    session.send("echo abc\r\n")
    session.expect("^abc$")
    session.send("\x1b[A\x1b[D\x1b[Dx\r\0")
    session.expect("^axbc$")


def test_prompt_of_a_script_and_progress(guest, ip, module_site, odd):
    half_was_seen = threading.Event()

    def slowly(conn, request):
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n" + noise(1, 200_000))
        half_was_seen.wait(60)
        conn.sendall(noise(2, 200_000))

    slow = odd.serve("/slowly", slowly)
    script = module_site.put("asks.ipxe", "#!ipxe\nprompt --key y Go on? && "
                             f"imgfetch --name slowly {slow}\n")
    session = Session(ip).log_in()
    session.expect("^undine> ")
    guest.serial.send(f"chain {script}\r")
    session.expect("^Go on\\?")
    session.send("y")
    session.expect(r"\] +[2-9][0-9]%")
    half_was_seen.set()
    session.expect("^undine> ")
    settle(guest)
    succeeds(guest, "imgfree slowly")


# How it is closed to strangers.

def test_guessing(guest, ip):
    waits = []
    while len(waits) < 5:
        session = Session(ip)
        session.expect("^(Password: |Too many wrong passwords)")
        if "Too many" in session.text:
            session.until_closed()
            time.sleep(0.2)     # not to be an attack of another kind
            continue
        session.send("guess\n")
        shown = session.until_closed()
        waits.append(int(re.search("Wrong password; try again in (\\d+) s",
                                   shown)[1]))
        assert "guess" not in shown
    assert waits == [1, 2, 4, 8, 60]
    session = Session(ip)
    assert "Too many" in session.until_closed()
    settle(guest)
    assert "wrong password from 10.77.0.1; it may try again in 60 s" in \
        guest.serial.text
    succeeds(guest, f"telnetd --port {PORT} --password sesame")
    succeeds(guest, "crash telnet")
    assert "Too many" in Session(ip).until_closed()     # it is remembered
    succeeds(guest, "telnetd --stop")
    succeeds(guest, f"telnetd --port {PORT} --password sesame")
    Session(ip).log_in().expect("logged in")


def test_only_allowed_networks(guest, ip):
    succeeds(guest, f"telnetd --port {PORT} --password sesame "
                   "--allow 10.78.0.0/16 --allow 10.77.0.9")
    session = Session(ip)
    assert session.until_closed() == ""
    guest.expect("telnetd: refused 1, the last from 10.77.0.1: it is not "
                 "among the networks allowed")
    succeeds(guest, f"telnetd --port {PORT} --password sesame "
                   "--allow 10.77.0.0/24")
    Session(ip).log_in().expect("logged in")
    # a command that fails changes nothing
    fails(guest, "telnetd --password sesame --allow 10.0.0.0/33")
    fails(guest, "telnetd --port 23")
    Session(ip).log_in().expect("logged in")


@pytest.fixture
def strangers():
    """Seven more addresses."""
    sources = [f"10.77.0.{200 + n}" for n in range(7)]
    for source in sources:
        subprocess.run(["ip", "address", "add", f"{source}/24", "dev", TAP],
                       check=True)
    yield sources
    for source in sources:
        subprocess.run(["ip", "address", "delete", f"{source}/24", "dev",
                        TAP], check=True)


def test_strangers_do_not_keep_out_friends(guest, ip, strangers):
    succeeds(guest, f"telnetd --port {PORT} --password sesame "
                   "--allow 10.77.0.1")
    for _ in range(40):
        for session in [Session(ip, source=strangers[0]) for _ in range(5)]:
            assert session.until_closed() == ""
    Session(ip).log_in().expect("logged in")


def test_read_only(guest, ip):
    succeeds(guest, f"telnetd --port {PORT} --password sesame --readonly")
    session = Session(ip).log_in()
    session.expect("^undine> ")
    session.send("echo should not be run\r\n" + "\x03" + "\xff\xf4")
    session.expect("keys are not read here")
    succeeds(guest, "echo still here")
    session.expect("^still here$")
    assert "should not be run" not in guest.serial.text
    session.send("\x04")
    session.until_closed()


def test_limits(guest, ip):
    succeeds(guest, f"telnetd --port {PORT} --password sesame --sessions 2")
    kept = [Session(ip).log_in() for _ in range(2)]
    for session in kept:
        session.expect("^undine> ")
    assert "All 2 sessions are in use" in Session(ip).log_in().until_closed()
    # of those that do not log in, a source may have two, and one that is
    # turned away is one until it is gone
    while "closing" in run(guest, "who"):
        time.sleep(0.1)
    waiting = [Session(ip) for _ in range(3)]
    for session in waiting[:2]:
        session.expect("Password: ")
    assert waiting[2].until_closed() == ""
    succeeds(guest, f"telnetd --port {PORT} --password sesame --idle 2")
    for session in kept:
        assert "idle for too long" in session.until_closed()
    fails(guest, "telnetd --password sesame --sessions 9")
    fails(guest, "telnetd --password sesame --port 0")
    for session in waiting:
        session.close()


def test_no_password_at_all(guest, ip):
    succeeds(guest, f"telnetd --port {PORT} --insecure")
    session = Session(ip)
    session.expect("^undine> ")
    assert "Password:" not in session.text


def test_passwords_are_masked(guest, ip, module_site):
    script = module_site.put("secrets.ipxe", f"""#!ipxe
set telnetd.port {PORT}
set telnetd.password hunter2
show telnetd.password-sha256
show
echo and ${{telnetd.password}}
imgfetch http://someone:hunter2@{SERVER}/missing || echo as expected
telnetd --password hunter2 --allow nonsense || echo as expected
telnetd --frobnicate --password=hunter2 || echo as expected
frobnicate telnetd.password=hunter2
""")
    shown = fails(guest, f"chain {script}")
    assert "frobnicate" in shown and shown.count("as expected") == 3
    run(guest, "set telnetd.password hunter2")
    run(guest, "show telnetd.password")
    run(guest, "log", 60)
    typed = "imgargs nothing " + "long " * 20 + "http://x:hunter2@y/"
    fails(guest, typed)
    assert "hunter2" not in guest.serial.text
    session = Session(ip).log_in("hunter2")
    session.expect("^undine> ")
    session.send("log\nlogout\n")
    assert "hunter2" not in session.until_closed(60)


def test_output_cannot_reprogram_a_terminal(guest, ip, module_site):
    evil = (b"\x1b]0;title\x07 \x1b[2J\x1b[6n \x1bP1$r\x1b\\ \x9b31m "
            b"\x1b[?47h\x1bc\x0e \xff\xf4")
    script = module_site.put("evil.ipxe", b"#!ipxe\necho begins " + evil +
                             b" ends\necho -n " + evil + b"\necho\nprompt " +
                             evil + b"\n")
    session = Session(ip).log_in()
    session.expect("^undine> ")
    begun = len(guest.serial.raw)
    guest.serial.send(f"chain {script}\r")
    session.expect("^begins .* ends$")
    session.send("y")
    session.expect("^undine> ")
    settle(guest)
    late = Session(ip).log_in()     # replayed
    late.expect("^begins .* ends$")
    late.expect("^undine> ")
    for raw in session.raw, late.raw, guest.serial.raw[begun:]:
        raw = re.sub(rb"\xff[\xfb-\xfe].", b"", raw).replace(b"\x1b[K", b"")
        raw = re.sub(rb"(\x1b\[?|\xff[\xfb-\xfe]?)\Z", b"", raw)      # the rest of it was still to come
        assert set(raw) <= set(b"\r\n\b" + bytes(range(32, 127)))


def test_a_new_session_did_not_type_what_the_old_one_did(guest, ip):
    """It has got its place, while keys of the old one still wait."""
    old = Session(ip).log_in()
    old.expect("^undine> ")
    old.send("sleep 4\nlogout\n")
    guest.expect(r"typed by session \d+ \(10.77.0.1\)")
    old.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        b"\1\0\0\0\0\0\0\0")
    old.close()
    guest.expect(r"telnetd: session \d+ \(10.77.0.1\) is gone")
    new = Session(ip).log_in()
    new.expect("typed by a session that is gone")
    new.send("echo still here\n")
    new.expect("^still here")
    new.send("logout\n")
    new.until_closed()


def test_two_of_an_address_may_log_in(guest, ip, strangers):
    """Those turned away cost others nothing."""
    kept = [Session(ip) for _ in range(2)]
    for session in kept:
        session.expect("Password: ")
    for _ in range(60):
        assert Session(ip).until_closed() == ""
    other = Session(ip, source=strangers[0]).log_in()
    other.expect("^undine> ")
    for session in other, *kept:
        session.close()


def test_the_oldest_login_makes_room(guest, ip, strangers):
    """Eight, all places, do not keep out the ninth for more than 10 s; who
    is in does not notice."""
    operator = Session(ip).log_in()
    operator.expect("^undine> ")
    begun = time.monotonic()
    logins = [Session(ip, source=source)
              for source in strangers[:4] for _ in range(2)]
    for session in logins:
        session.expect("Password: ")
    while not (late := Session(ip, source=strangers[6])).read():
        assert time.monotonic() - begun < 25
        time.sleep(1)
    assert time.monotonic() - begun > 9
    late.log_in().expect("^undine> ")
    logins[0].until_closed()
    logins[7].send("sesame\n")
    logins[7].expect("^undine> ")
    operator.send("echo not disturbed\r\n")
    operator.expect("^not disturbed")
    for session in operator, late, *logins:
        session.close()


def test_login_takes_no_longer_than_30_s(guest, ip):
    begun = time.monotonic()
    session = Session(ip)
    session.expect("Password: ")
    session.until_closed(60)
    assert time.monotonic() - begun > 29


def test_random_bytes(guest, ip):
    """Before and after the login; then all is as before."""
    for seed in range(3):
        session = Session(ip)
        try:
            session.send(noise(seed, 20_000))
            session.until_closed(5)
        except (OSError, socket.timeout):
            pass
        session.close()
    succeeds(guest, "telnetd --stop")
    succeeds(guest, f"telnetd --port {PORT} --password sesame")
    session = Session(ip).log_in()
    session.expect("^undine> ")
    try:
        session.sock.settimeout(5)
        # no CR, LF or ^D: bytes that run nothing
        session.send(re.sub(rb"[\r\n\x04]", b"", noise(9, 20_000)))
    except socket.timeout:
        pass
    session.close()
    # what it sent is still typed, at the rate allowed
    guest.expect(r"telnetd: session 1 \(10\.77\.0\.1\) (ends|is gone)", 60)
    settle(guest)
    succeeds(guest, "echo alive")
