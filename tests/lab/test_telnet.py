# SPDX-License-Identifier: BSD-2-Clause
"""The remote console, with our own bytes."""
import re
import socket
import time

import pytest

PORT = 2323
IAC = 255


class Session:
    """A telnet connection that answers nothing: a person with netcat."""

    def __init__(self, ip, port=PORT):
        self.sock = socket.create_connection((ip, port), 10)
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
        return text.replace(b"\r", b"").decode("latin1")

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


@pytest.fixture
def ip(guest):
    """telnetd runs on the guest, and nobody is in."""
    ip = guest.run("echo ${net0/ip}").split()[0]
    guest.succeeds(f"telnetd --port {PORT} --password sesame")
    yield ip
    guest.run("telnetd --stop")


def test_off_without_a_password(guest):
    shown = guest.fails(f"telnetd --port {PORT}")
    assert "stays off" in shown and "--password" in shown
    ip = guest.run("echo ${net0/ip}").split()[0]
    with pytest.raises(OSError):
        Session(ip)


def test_log_in_and_run(guest, ip):
    session = Session(ip).log_in()
    session.expect("^Undine .*network boot loader")
    session.expect("telnetd: session \\d: 10.77.0.1 logged in")
    session.expect("^undine> $")
    session.send("echo seen ${net0/mac}\n")
    session.expect("^seen 52:54:00:12:34:56")
    guest.expect("^seen 52:54:00:12:34:56")
    guest.expect("telnetd: typed by session \\d \\(10.77.0.1\\)")
    session.expect("^undine> $")
    guest.serial.send("echo from here\r")
    session.expect("^from here")
    session.send("logout\n")
    session.until_closed()
    session.close()
    guest.run("")
