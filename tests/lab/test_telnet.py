# SPDX-License-Identifier: BSD-2-Clause
"""The remote console: with our own bytes, and with other people's programs."""
import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

import pytest

from network import BUILD, SERVER, noise
from test_main_job import serve_debian

PORT = 2323
TOOL = os.path.join(BUILD, "..", "tools", "telnet-password.py")
INTERRUPT = b"\xff\xf4"


class Session:
    """A telnet connection that answers nothing: a person with netcat."""

    def __init__(self, ip, port=PORT, buffer=0):
        self.sock = socket.socket()
        if buffer:      # before the window is told
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.sock.settimeout(10)
        self.sock.connect((ip, port))
        self.raw = b""
        self.seen = 0

    def read(self, within=10):
        self.sock.settimeout(within)
        try:
            got = self.sock.recv(65536)
        except ConnectionResetError:
            got = b""
        self.raw += got
        return got

    @property
    def text(self):
        """Without telnet's commands, and as lines."""
        text = re.sub(rb"\xff[\xfb-\xfe].", b"", self.raw)
        text = re.sub(rb"(\r|\x08{2,})\x1b\[K", b"\n", text)
        return text.replace(b"\x1b[K", b"").replace(b"\r", b"").decode("latin1")

    def expect(self, pattern, within=30):
        end = time.monotonic() + within
        while not (match := re.search(pattern, self.text[self.seen:], re.M)):
            left = end - time.monotonic()
            try:
                assert left > 0 and self.read(left), "closed"
            except (AssertionError, socket.timeout) as e:
                raise AssertionError(f"no {pattern!r} in "
                                     f"{self.text[self.seen:]!r}") from e
        self.seen += match.end()
        return match

    def send(self, data):
        self.sock.sendall(data.encode("latin1") if isinstance(data, str)
                          else data)

    def until_closed(self, within=20):
        while self.read(within):
            pass
        return self.text

    def log_in(self, password="sesame"):
        self.expect("^Password: ")
        self.send(password + "\n")
        return self

    def close(self):
        self.sock.close()


def run(guest, line, within=30):
    """As Guest.run, but what sessions bring onto the console - lines, after
    which the prompt is drawn again - does not confuse it."""
    run.count += 1
    mark = f"done-{run.count}"
    guest.serial.send(f"\x15{line} && echo {mark} well || echo {mark} badly\r")
    start = len(guest.serial.text) - len(guest.serial.unseen)
    match = guest.expect(f"^{mark} (well|badly)", within)
    run.well = match[1] == "well"
    shown = guest.serial.text[start:match.start()].replace("\r", "")
    return shown.partition(f"{mark} badly\n")[2]


run.count = 0


def succeeds(guest, line, within=30):
    shown = run(guest, line, within)
    assert run.well, f"{line}:\n{shown}"
    return shown


def fails(guest, line, within=30):
    shown = run(guest, line, within)
    assert not run.well, f"{line}:\n{shown}"
    return shown


def settle(guest):
    """From anything to the prompt."""
    guest.serial.send("\x03")
    run(guest, "echo")


@pytest.fixture
def ip(guest):
    """telnetd runs on the guest, and nobody is in."""
    settle(guest)
    ip = run(guest, "echo ${net0/ip}").split()[0]
    succeeds(guest, f"telnetd --port {PORT} --password sesame")
    yield ip
    settle(guest)
    succeeds(guest, "telnetd --stop")


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
    assert "typed by session 1" in guest.serial.text
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
    deadline = time.monotonic() + 20
    while re.search("^ *[12] 10.77", run(guest, "who"), re.M):
        assert time.monotonic() < deadline


def test_history_and_arrows(guest, ip):
    session = Session(ip).log_in()
    session.expect("^undine> ")
    session.send("echo abc\r\n")
    session.expect("^abc$")
    session.send("\x1b[A\x1b[D\x1b[Dx\r\0")
    session.expect("^axbc$")


def test_prompt_of_a_script_and_progress(guest, ip, module_site, odd):
    def slowly(conn, request):
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n")
        for _ in range(8):
            conn.sendall(noise(1, 50_000))
            time.sleep(0.2)

    slow = odd.serve("/slowly", slowly)
    script = module_site.put("asks.ipxe", "#!ipxe\nprompt --key y Go on? && "
                             f"imgfetch --name slowly {slow}\n")
    session = Session(ip).log_in()
    session.expect("^undine> ")
    guest.serial.send(f"chain {script}\r")
    session.expect("^Go on\\?")
    session.send("y")
    session.expect(r"\] +[2-9][0-9]%")
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
    fails(guest, "telnetd --password sesame --allow 10.0.0.0/33")


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
    succeeds(guest, f"telnetd --port {PORT} --password sesame --sessions 2 "
                   "--idle 2")
    kept = [Session(ip).log_in() for _ in range(2)]
    for session in kept:
        session.expect("^undine> ")
    assert "All 2 sessions are in use" in Session(ip).log_in().until_closed()
    # of those that do not log in, a source may have two
    waiting = [Session(ip) for _ in range(3)]
    for session in waiting[:2]:
        session.expect("Password: ")
    assert waiting[2].until_closed() == ""
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
    guest.serial.send(f"chain {script}\r")
    session.expect("^begins .* ends$")
    session.send("y")
    session.expect("^undine> ")
    settle(guest)
    late = Session(ip).log_in()     # replayed
    late.expect("^begins .* ends$")
    late.expect("^undine> ")
    for raw in session.raw, late.raw:
        raw = re.sub(rb"\xff[\xfb-\xfe].", b"", raw).replace(b"\x1b[K", b"")
        assert set(raw) <= set(b"\r\n\b" + bytes(range(32, 127)))


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


# For machines.

@pytest.mark.parametrize("end", ["logout\n", ""])
def test_netcat(guest, ip, end):
    done = subprocess.run(
        ["nc", "-N", "-w", "20", ip, str(PORT)],
        input=f"sesame\nifstat\nping -c 2 -i 100 {SERVER}\n{end}".encode(),
        stdout=subprocess.PIPE, timeout=60)
    assert done.returncode == 0
    text = done.stdout.replace(b"\r", b"").decode("latin1")
    assert re.search("^net0: 52:54:00:12:34:56 link up", text, re.M)
    assert "2 received" in text
    assert "sesame" not in text


def test_expect(guest, ip):
    done = subprocess.run(
        ["expect", "-c", f"""
set timeout 20
spawn nc {ip} {PORT}
expect "Password: " {{ send "sesame\n" }} timeout {{ exit 2 }}
expect "undine> " {{ send "echo by \\${{net0/mac}}\n" }} timeout {{ exit 3 }}
expect "by 52:54:00:12:34:56" {{ send "logout\n" }} timeout {{ exit 4 }}
expect eof {{ exit 0 }} timeout {{ exit 5 }}
"""], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=100)
    assert done.returncode == 0, done.stdout


class Terminal:
    """A program on a terminal of 100 columns and 30 rows."""

    def __init__(self, *command):
        pid, self.fd = pty.fork()
        if pid == 0:
            os.environ["TERM"] = "vt220"
            os.execvp(command[0], command)
        self.pid = pid
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 30, 100, 0, 0))
        self.raw = self.text = ""
        self.seen = 0

    def read(self, left):
        """False at the end."""
        if not select.select([self.fd], [], [], max(0, left))[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.raw += data.decode("latin1")
        self.text = re.sub("(\r|\x08{2,})\x1b\\[K", "\n",
                           self.raw).replace("\r", "")
        return bool(data)

    def expect(self, pattern, within=30):
        end = time.monotonic() + within
        while not (match := re.search(pattern, self.text[self.seen:], re.M)):
            left = end - time.monotonic()
            assert left > 0 and self.read(left), \
                f"no {pattern!r} in {self.text[self.seen:]!r}"
        self.seen += match.end()
        return match

    def send(self, text):
        os.write(self.fd, text.encode("latin1"))

    def ends(self, within=20):
        end = time.monotonic() + within
        while self.read(end - time.monotonic()):
            assert time.monotonic() < end, self.text
        _, status = os.waitpid(self.pid, 0)
        self.pid = None
        return os.waitstatus_to_exitcode(status)

    def stop(self):
        os.close(self.fd)
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


CLIENTS = {
    "inetutils": lambda ip: ["inetutils-telnet", ip, str(PORT)],
    "putty": lambda ip: ["plink", "-telnet", "-P", str(PORT), ip],
    "busybox": lambda ip: ["busybox", "telnet", ip, str(PORT)],
}


@pytest.mark.parametrize("client", CLIENTS)
def test_client(guest, ip, client):
    terminal = Terminal(*CLIENTS[client](ip))
    try:
        terminal.expect("^Password: ")
        terminal.send("sesame\r")
        terminal.expect("^undine> ")
        assert "sesame" not in terminal.text
        terminal.send("echo it is ${net0/mac}\r")
        terminal.expect("^it is 52:54:00:12:34:56")
        terminal.send("\x1b[A\x7f\x7f\x7f\x7fip}.\r")
        terminal.expect(rf"^it is {ip}\.$")
        terminal.send("sleep 1000\r")
        terminal.expect("^undine> sleep 1000")
        terminal.send("\x03")
        terminal.expect("^undine> ")
        terminal.send("who\r")
        shown = terminal.expect(r"^ *1 10\.77\.0\.1:.*$")[0]
        assert "100x30" in shown
        assert re.search("vt220|xterm", shown, re.I)
        # nothing twice: the terminal does not echo by itself
        assert "eecchhoo" not in terminal.text
        terminal.send("logout\r")
        terminal.ends()
        assert "ends: kicked out" not in terminal.text
    finally:
        terminal.stop()


# Under load.

class Reader(threading.Thread):
    """Reads a session until it is closed."""

    def __init__(self, session):
        super().__init__(daemon=True)
        self.session = session
        self.start()

    def run(self):
        try:
            while self.session.read(600):
                pass
        except OSError:
            pass


class Flood(threading.Thread):
    """At most COUNT connections, fifty a second, each with random bytes."""

    ADDRESS = "10.77.0.200"

    def __init__(self, ip, count=400):
        super().__init__(daemon=True)
        self.ip = ip
        self.left = count
        self.made = 0
        self.over = threading.Event()
        self.start()

    def run(self):
        open_ = []
        while self.left and not self.over.wait(0.02):
            self.left -= 1
            sock = socket.socket()
            sock.setblocking(False)
            sock.bind((self.ADDRESS, 0))
            sock.connect_ex((self.ip, PORT))
            open_.append(sock)
            for sock in open_[-20:]:
                try:
                    sock.send(NOISE[self.left % len(NOISE)])
                    self.made += 1
                except OSError:
                    pass
            if len(open_) > 40:
                open_.pop(0).close()
        for sock in open_:
            sock.close()


TURNS = 5
NOISE = [noise(seed, 500) for seed in range(50)]


def processor_seconds(guest):
    # clock_getcpuclockid(3)
    return time.clock_gettime((~guest.process.pid << 3) | 2)


def sockets(guest):
    """Connections and listeners that are not just waiting for their end."""
    return [line for line in run(guest, "sockets").splitlines()
            if "tcp" in line and "TIME" not in line and ":80 " not in line]


@pytest.mark.deadline(400)
def test_load(guest, ip, module_site):
    subprocess.run(["ip", "address", "replace", f"{Flood.ADDRESS}/24",
                    "dev", "lab0"], check=True)
    url = module_site.put("load", noise(5, 32 << 20))
    before = sockets(guest)
    assert len(before) == 1 and f":{PORT} " in before[0]

    def seconds():
        """Of processor time that the machine took for a download.  It polls
        and never sleeps meanwhile, so this is its speed, without what else
        this host does."""
        begun = processor_seconds(guest)
        succeeds(guest, f"imgfetch --name load {url}", 120)
        taken = processor_seconds(guest) - begun
        succeeds(guest, "imgfree load")
        return taken

    def kick_all():
        run(guest, " ; ".join(f"kick {n + 1}" for n in range(12)))

    seconds()       # warms up both ends
    quiet, loaded = [], []
    for turn in range(TURNS):
        quiet.append(seconds())
        sessions = []
        for n in range(8):
            session = Session(ip, buffer=4096 if n == 0 else 0)
            session.log_in().expect("^undine> ")
            sessions.append(session)
        stopped, readers = sessions[0], [Reader(s) for s in sessions[1:]]
        flood = Flood(ip)
        loaded.append(seconds())
        flood.over.set()
        flood.join()
        assert flood.made > 20
        if turn < TURNS - 1:
            kick_all()
            for reader in readers:
                reader.join(20)
                assert not reader.is_alive()
            stopped.until_closed()
    print(f"quiet {quiet}, loaded {loaded}")
    assert min(loaded) <= min(quiet) / 0.8, (quiet, loaded)

    # More than the ring and the connection hold: the one that reads nothing
    # loses, the others do not.
    deadline = time.monotonic() + 120
    for n in range(8):
        run(guest, f"log ; echo mark {n}", 60)
        while any(f"\nmark {n}\n" not in reader.session.text
                  for reader in readers):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert not any("are lost here" in reader.session.text
                   for reader in readers)
    assert "are lost here" not in stopped.text
    stopped.expect(r"\[telnetd: \d+ bytes of output are lost here", 60)
    stopped.expect("^mark 7$", 60)
    assert len(re.findall(r"^ *\d+ 10\.77\.0\.1:.* [1-9]\d* bytes lost",
                          run(guest, "who"), re.M)) == 1
    stopped.send("echo and it works\r\n")
    stopped.expect("^and it works$")
    settle(guest)

    # Nothing is left.
    kick_all()
    stopped.until_closed()
    for reader in readers:
        reader.join(20)
        assert not reader.is_alive()
        reader.session.close()
    deadline = time.monotonic() + 60
    while sockets(guest) != before:
        assert time.monotonic() < deadline, sockets(guest)


# The whole.

@pytest.fixture
def alone(module_stage):
    """Ends the shared machine and its servers: a story has its own."""
    for guest in module_stage.guests:
        guest.quit()
    module_stage.site.stop()


@pytest.mark.deadline(300)
def test_story(alone, stage, site):
    """A script waits; an operator comes, looks, changes, boots, and watches."""
    hashed = subprocess.run([TOOL], input=b"open sesame\n", check=True,
                            stdout=subprocess.PIPE).stdout.decode().strip()
    serve_debian(site)
    site.start("""#!ipxe
kernel xen.gz console=com1 com1=115200,8n1
module vmlinuz console=hvc0 break=top
module initrd
prompt Boot Xen as always?
boot
""", dhcp=[f"--dhcp-option=224,telnetd.password-sha256={hashed} "
           f"telnetd.port={PORT} telnetd.allow=10.77.0.0/24",
           "--dhcp-host=52:54:00:12:34:56,node7,10.77.0.57"])
    vm = stage.boot(memory=1024,
                    extra=["-smbios", "type=1,serial=SN-0815"])
    vm.expect(f"telnetd: listening on port {PORT}", 60)
    vm.expect("^Boot Xen as always", 60)
    terminal = Terminal("inetutils-telnet", "10.77.0.57", str(PORT))
    try:
        terminal.expect(r"on node7 \(10\.77\.0\.57, 52:54:00:12:34:56\), "
                        "serial number SN-0815")
        terminal.expect("^Password: ")
        terminal.send("open sesame\r")
        terminal.expect("http: initrd .*iB in ")
        terminal.expect("^Boot Xen as always")
        terminal.send("\x03")
        terminal.expect("^undine> ")
        terminal.send("ifstat\r")
        terminal.expect("^net0: 52:54:00:12:34:56 link up")
        terminal.expect("^undine> ")
        terminal.send("imgargs vmlinuz vmlinuz console=hvc0 break=top far=1\r")
        terminal.expect("^undine> imgargs")
        terminal.expect("^undine> ")
        terminal.send("boot\r")
        terminal.expect(r"boot: xen\.gz: .*entry 0x")
        terminal.expect(r"boot: starting xen\.gz; its own console is "
                        "console=com1$")
        terminal.ends()
        assert "Connection closed by foreign host" in terminal.text
    finally:
        terminal.stop()
    vm.expect(r"boot: handing over to xen\.gz")
    vm.expect("Linux version 6", 120)
    vm.expect(r"Command line: .*break=top far=1\s")


def test_leaving_ends_sessions(alone, stage, site):
    site.start()
    vm = stage.boot()
    vm.prompt()
    succeeds(vm, f"telnetd --port {PORT} --insecure")
    ip = run(vm, "echo ${net0/ip}").split()[0]
    session, idle = Session(ip), Session(ip)
    idle.expect("^undine> ")
    session.expect("^undine> ")
    session.send("reboot\r\n")
    for one in session, idle:
        assert re.search(r"^Rebooting\.$[^$]*the loader leaves the machine",
                         one.until_closed(), re.M)
    vm.expect("undine: rebooting")
