# SPDX-License-Identifier: BSD-2-Clause
"""The remote console with other people's programs, under load, and in a whole boot."""
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
from telnet_session import PORT, Session, ip, run, settle, succeeds  # noqa: F401
from test_main_job import serve_debian

TOOL = os.path.join(BUILD, "..", "tools", "telnet-password.py")


# For machines.

@pytest.mark.parametrize("end", ["logout\n", ""])
def test_netcat(guest, ip, end):
    done = subprocess.run(
        ["nc", "-N", "-w", "20", ip, str(PORT)],
        input=f"sesame\nifstat\nping -c 2 -i 100 -t 20000 {SERVER}\n{end}".encode(),
        stdout=subprocess.PIPE, timeout=60)
    assert done.returncode == 0
    text = done.stdout.replace(b"\r", b"").decode("latin1")
    assert re.search("^net0: 52:54:00:12:34:56 link up", text, re.M)
    assert "2 received" in text
    assert "sesame" not in text


def test_expect(guest, ip):
    done = subprocess.run(
        ["expect", "-c", f"""
set timeout 30
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
        if pid == 0:        # the size before the program asks for it
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
            os.environ["TERM"] = "vt220"
            os.execvp(command[0], command)
        self.pid = pid
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

    def ends(self, within=30):
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
        shown = terminal.expect(r"^ *1 10\.77\.0\.1:.*\n")[0]
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


TURNS_AT_LEAST = 2
TURNS_AT_MOST = 24
NOISE = [noise(seed, 500) for seed in range(50)]


def processor_seconds(guest):
    # clock_getcpuclockid(3)
    return time.clock_gettime((~guest.process.pid << 3) | 2)


def sockets(guest):
    """Connections and listeners that are not just waiting for their end."""
    return [line for line in run(guest, "sockets").splitlines()
            if "tcp" in line and "TIME" not in line and ":80 " not in line]


@pytest.mark.deadline(600)
def test_load(guest, ip, module_site):
    subprocess.run(["ip", "address", "replace", f"{Flood.ADDRESS}/24",
                    "dev", "lab0"], check=True)
    url = module_site.put("load", noise(5, 32 << 20))
    while len(before := sockets(guest)) > 1:        # of the stories before
        time.sleep(0.1)
    assert f":{PORT} " in before[0]

    def seconds():
        """Of processor time that the machine took for some downloads.  It
        polls and never sleeps meanwhile, so this is its speed, without what
        else this host does."""
        begun = processor_seconds(guest)
        for _ in range(8):
            succeeds(guest, f"imgfetch --name load {url}", 120)
            succeeds(guest, "imgfree load")
        return processor_seconds(guest) - begun

    def kick_all():
        run(guest, " ; ".join(f"kick {n + 1}" for n in range(16)))

    def judged():
        """The better half of each, since what else the host does only ever
        adds: whether sessions cost no more than two fifths of the speed (alone on its host it is less than one)."""
        half = (len(quiet) + 1) // 2
        return sum(sorted(loaded)[:half]) <= sum(sorted(quiet)[:half]) / 0.6

    seconds()       # warms up both ends
    quiet, loaded = [], []
    readers = []
    # A host that is busy needs more turns until both have had quiet ones.
    while len(loaded) < TURNS_AT_LEAST or not judged():
        assert len(loaded) < TURNS_AT_MOST, (quiet, loaded)
        if readers:
            kick_all()
            for reader in readers:
                reader.join(60)
                assert not reader.is_alive()
            stopped.until_closed()
        quiet.append(seconds())
        sessions = []
        for n in range(8):
            session = Session(ip, buffer=4096 if n == 0 else 0)
            session.log_in().expect("^undine> ")
            sessions.append(session)
        stopped, readers = sessions[0], [Reader(s) for s in sessions[1:]]
        flood = Flood(ip)
        while flood.made <= 20 and flood.is_alive():       # a fast machine has soon done its downloads
            time.sleep(0.02)
        loaded.append(seconds())
        flood.over.set()
        flood.join()
        assert flood.made > 20
    print(f"quiet {quiet}, loaded {loaded}")

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
    stopped.expect(r"\[console: \d+ bytes of output are lost here", 60)
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
        reader.join(60)
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
