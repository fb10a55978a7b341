# SPDX-License-Identifier: BSD-2-Clause
"""A machine whose console is open to telnet, and a person at the other end."""
import re
import socket
import time

import pytest

PORT = 2323


class Session:
    """A telnet connection that answers nothing: a person with netcat."""

    def __init__(self, ip, port=PORT, buffer=0, source=""):
        self.sock = socket.socket()
        if buffer:      # before the window is told
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.sock.settimeout(30)
        self.sock.bind((source, 0))
        try:
            self.sock.connect((ip, port))
        except ConnectionResetError:
            pass        # turned away before connect() has looked: read() says so
        self.raw = b""
        self.seen = 0

    def read(self, within=30):
        self.sock.settimeout(within)
        try:
            got = self.sock.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            got = b""
        self.raw += got
        return got

    @property
    def text(self):
        """Without telnet's commands, and as lines."""
        text = re.sub(rb"\xff[\xfb-\xfe].", b"", self.raw)
        text = text.replace(b"\r\0", b"\r")      # RFC 854
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

    def until_closed(self, within=30):
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
    start = guest.serial.seen
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


def until_nobody_is_in(guest):
    """Who has left keeps a place, and its number, until both sides have said so."""
    while re.search(r"^ *\d+ 10\.", run(guest, "who"), re.M):
        pass


@pytest.fixture
def ip(guest):
    """telnetd runs on the guest, and nobody is in."""
    settle(guest)
    ip = run(guest, "echo ${net0/ip}").split()[0]
    succeeds(guest, f"telnetd --port {PORT} --password sesame")
    until_nobody_is_in(guest)
    yield ip
    settle(guest)
    succeeds(guest, "telnetd --stop")
