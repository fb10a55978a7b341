# SPDX-License-Identifier: BSD-2-Clause
"""The telnet client: against other people's servers, and against listeners
that misbehave."""
import contextlib
import os
import re
import socket
import subprocess
import threading

import pytest

from network import BUILD, NOBODY, SERVER

DEBIAN = os.path.join(BUILD, "debian")
IAC, SB, WILL, WONT, DO, ECHO, SGA = 255, 250, 251, 252, 253, 1, 3
SHELL = """#!/bin/sh
# What a login would give: a shell that says when it waits.
export PS1='remote> ' ENV=
exec /bin/sh -i
"""


class Listener:
    """Takes one connection after the other, and hands each to SERVE."""

    def __init__(self, serve, rcvbuf=None):
        self._serve = serve
        self._sock = socket.create_server((SERVER, 0))
        if rcvbuf:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.port = self._sock.getsockname()[1]
        self.begun, self.done = [], threading.Semaphore(0)
        threading.Thread(target=self._loop, daemon=True).start()

    def _loop(self):
        while True:
            try:
                sock = self._sock.accept()[0]
            except OSError:
                return
            sock.settimeout(30)
            self.begun.append(sock)
            with sock, contextlib.suppress(ConnectionError):
                self._serve(sock)
            self.done.release()

    def stop(self):
        self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()


class Busybox:
    """busybox telnetd, which listens itself."""

    term = "as-it-was"

    def __init__(self, folder, shell):
        with socket.create_server((SERVER, 0)) as sock:
            self.port = sock.getsockname()[1]
        self._process = subprocess.Popen(
            [os.path.join(DEBIAN, "busybox"), "telnetd", "-F", "-l", shell,
             "-f", "/dev/null", "-b", SERVER, "-p", str(self.port)],
            env=os.environ | {"TERM": self.term})
        while True:
            try:
                socket.create_connection((SERVER, self.port)).close()
                break
            except ConnectionRefusedError:
                assert self._process.poll() is None

    def stop(self):
        self._process.kill()
        self._process.wait()


class Inetutils(Listener):
    """telnetd of the inetutils, started for each connection as inetd does."""

    term = "dumb"

    def __init__(self, folder, shell):
        def serve(sock):
            subprocess.run(
                [os.path.join(DEBIAN, "telnetd"), "-h", f"-E{shell}"],
                stdin=sock, stdout=sock, stderr=subprocess.DEVNULL)
        super().__init__(serve)


@pytest.fixture(params=[Busybox, Inetutils])
def server(request, module_stage):
    shell = os.path.join(module_stage.folder, "shell")
    with open(shell, "w") as file:
        file.write(SHELL)
    os.chmod(shell, 0o755)
    server = request.param(module_stage.folder, shell)
    yield server
    server.stop()


@pytest.fixture
def listen():
    """listen(SERVE): a Listener that ends with the test."""
    listeners = []

    def make(serve, **options):
        listeners.append(Listener(serve, **options))
        return listeners[-1]

    yield make
    for listener in listeners:
        listener.stop()


def connect(guest, port, host=SERVER):
    guest.serial.send(f"telnet {host} {port}\r")
    guest.expect(rf"connected to {SERVER}:{port}, Ctrl-\]")


def sees(guest, text, within=30):
    """A whole line; some of it may have been shown while it was not whole."""
    guest.expect(rf"(^|\r){text}$", within)


def no_connections(guest):
    """Whatever was connected goes, and nothing stays of it."""
    while re.search(r" tcp ", guest.succeeds("sockets")):
        pass


def quit_session(guest):
    guest.serial.send("\x1d")
    guest.expect("telnet> ")
    guest.serial.send("quit\r")
    guest.expect(f"the connection to {SERVER}:[0-9]+ is closed$")
    guest.prompt()


def test_a_shell(guest, server):
    """Typing with corrections, window size, terminal, Ctrl-C, remote end."""
    connect(guest, server.port, "www.lab.test")
    guest.expect("remote> ")
    guest.serial.send("echo $((6*7))x\x7f is it\r")
    sees(guest, "42 is it")
    guest.expect("remote> ")
    guest.serial.send("stty size; echo term=$TERM\r")
    sees(guest, "25 80")
    # busybox does not ask for the terminal's name.
    sees(guest, f"term={server.term}")
    guest.expect("remote> ")
    guest.serial.send("cat; echo cat has ended\r")
    guest.serial.send("line to cat\r")
    sees(guest, "line to cat")
    guest.serial.send("\x03")
    guest.expect("remote> ")
    # A partial line is seen before it ends.
    guest.serial.send("printf 'no line end'; read x; echo; echo got $x.\r")
    guest.expect("no line end")
    guest.serial.send("this\r")
    sees(guest, "got this\\.")
    guest.expect("remote> ")
    guest.serial.send("exit\r")
    guest.expect(f"the connection to {SERVER}:{server.port} is closed by that side")
    guest.prompt()


def test_typed_on_the_keyboard_seen_on_the_screen(guest, server):
    connect(guest, server.port)
    guest.expect("remote> ")
    guest.type("echo from the keyboard\n")
    sees(guest, "from the keyboard")
    guest.expect("remote> ")
    guest.type("echo un")
    guest.expect("echo un")
    screen = [line for line in guest.shown("remote> echo un") if line]
    assert screen[-2:] == ["from the keyboard", "remote> echo un"]
    guest.press("ctrl", "bracket_right")
    guest.expect("telnet> ")
    guest.type("close\n")
    guest.prompt()


def test_a_lot_of_output(guest, server):
    connect(guest, server.port)
    guest.expect("remote> ")
    guest.serial.send("seq 1 3000; echo the end of it\r")
    sees(guest, "the end of it", 60)
    lines = [line.rpartition("\r")[2]
             for line in guest.serial.text.split("\n")]
    assert [str(n) for n in range(1, 3001)] == \
        [line for line in lines if line.isdigit()][-3000:]
    quit_session(guest)


def test_a_flood_is_stopped(guest, server):
    connect(guest, server.port)
    guest.expect("remote> ")
    guest.serial.send("yes flood\r")
    guest.expect("(flood\n.*){100}")
    guest.serial.send("\x03")
    guest.expect("remote> ", 90)
    quit_session(guest)


def test_refused(guest):
    with socket.create_server((SERVER, 0)) as sock:
        port = sock.getsockname()[1]
    shown = guest.fails(f"telnet {SERVER} {port}")
    assert f"{SERVER}:{port}: connection refused; does a server run" in shown
    assert "ports go from 1 to 65535" in guest.fails(f"telnet {SERVER} 65536")
    assert "there is no host missing.lab.test" in \
        guest.fails("telnet missing.lab.test")


def test_nobody_answers(guest):
    assert f"{NOBODY}:23: host unreachable" in guest.fails(f"telnet {NOBODY}")
    # A full backlog: Linux lets further attempts go unanswered.
    with socket.socket() as full:
        full.bind((SERVER, 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection((SERVER, port)):
            shown = guest.fails(f"telnet {SERVER} {port}")
            assert f"{SERVER}:{port}: timed out" in shown
            guest.serial.send(f"telnet {SERVER} {port}\r")
            guest.expect("Ctrl-C gives up")
            guest.serial.send("\x03")
            guest.expect("telnet: stopped by Ctrl-C")
            guest.prompt()


def test_silence_is_left(guest, listen):
    """A server that never says anything: Ctrl-] is always there."""
    heard = []
    silent = listen(lambda sock: heard.append(sock.recv(100)))
    connect(guest, silent.port)
    guest.serial.send("\x1d")
    guest.expect("telnet> ")
    guest.serial.send("what\r")
    guest.expect("^quit \\(or close\\) ends it")
    quit_session(guest)
    assert silent.done.acquire(timeout=30)
    assert heard == [b""]


def test_the_last_words_are_seen(guest, listen):
    closes = listen(lambda sock: sock.sendall(b"first\r\nno line end"))
    connect(guest, closes.port)
    sees(guest, "first")
    guest.expect("no line end")
    guest.expect(f"telnet: the connection to {SERVER}:{closes.port} is "
                 "closed by that side$")
    guest.prompt()
    # In a script, the end of the session is success.
    shown = guest.succeeds(f"telnet {SERVER} {closes.port}")
    assert "first" in shown


def test_a_reset_is_told(guest, listen):
    def serve(sock):
        sock.sendall(b"soon\r\n")
        sock.recv(1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        b"\1\0\0\0\0\0\0\0")

    resets = listen(serve)
    guest.serial.send(f"telnet {SERVER} {resets.port} || echo It failed\r")
    sees(guest, "soon")
    guest.serial.send("\r")
    guest.expect(f"telnet: the connection to {SERVER}:{resets.port} is "
                 "connection reset$")
    sees(guest, "It failed")
    guest.prompt()


def read_until(sock, end):
    data = b""
    while not data.endswith(end):
        got = sock.recv(1)
        assert got, data
        data += got
    return data


def test_a_server_without_telnet(guest, listen):
    """Lines are edited here and sent whole; nothing else is sent."""
    lines = []

    def serve(sock):
        sock.sendall(b"220 ready\r\nname: ")
        lines.append(read_until(sock, b"\r\n"))
        sock.sendall(b"250 fine\r\n")
        lines.append(read_until(sock, b"\x03"))
        sock.sendall(b"221 bye\r\n")

    plain = listen(serve)
    connect(guest, plain.port)
    sees(guest, "220 ready")
    guest.expect("name: ")
    guest.serial.send("HELO wrong\x17rigth\x7f\x7fht\r")
    sees(guest, "name: HELO right")
    sees(guest, "250 fine")
    guest.serial.send("half a line\x03")
    sees(guest, "221 bye")
    guest.expect("closed by that side")
    guest.prompt()
    assert lines == [b"HELO right\r\n", b"\x03"]


def test_options(guest, listen):
    """What the client answers, byte by byte; and keys as bytes."""
    answers = []

    def serve(sock):
        sock.sendall(bytes([IAC, DO, 31, IAC, DO, 24, IAC, SB, 24, 1, IAC, 240,
                            IAC, DO, 34, IAC, WILL, SGA]))
        answers.append(read_until(sock, bytes([IAC, DO, SGA])))
        sock.sendall(bytes([IAC, WILL, ECHO]) + b"keys\r\n")
        answers.append(read_until(sock, bytes([IAC, 246])))
        sock.sendall(bytes([IAC, WONT, ECHO]) + b"lines\r\n")
        answers.append(read_until(sock, b"\r\n"))
        answers.append(read_until(sock, bytes([IAC, 244])))

    peer = listen(serve)
    connect(guest, peer.port)
    sees(guest, "keys")
    guest.serial.send("a\r\x03\x7f\x1b[A\x1b[3~\x1bOP")
    guest.serial.send("\x1descape\r\x1dbreak\r\x1dayt\r")
    sees(guest, "lines")
    guest.serial.send("b\r\x03")
    guest.expect("closed by that side")
    guest.prompt()
    window = bytes([IAC, SB, 31, 0, 80, 0, 25, IAC, 240])
    terminal = bytes([IAC, SB, 24, 0]) + b"DUMB" + bytes([IAC, 240])
    assert answers == [
        bytes([IAC, WILL, 31]) + window + bytes([IAC, WILL, 24]) + terminal +
        bytes([IAC, WONT, 34, IAC, DO, SGA]),
        bytes([IAC, DO, ECHO]) + b"a\r\0\x03\x7f\x1b[A\x1b[3~\x1b[11~\x1d" +
        bytes([IAC, 243, IAC, 246]),
        bytes([IAC, 254, ECHO]) + b"b\r\n",
        bytes([IAC, 244])]


def test_nothing_reprograms_a_terminal(guest, listen):
    """Only what the console's own drawing needs reaches the serial line, and
    no question that a terminal would answer."""
    heard = []

    def serve(sock):
        sock.sendall(b"begin\r\n\x1b]0;title\x07\x1bc\x1b[5n\x1b[6n\x1b[c\x05"
                     b"\x0e\x9b31m\x90q\x1b\\\x1b[2J\x1b[H\x1b[?1049h"
                     b"\x1b[1;31mred\x1b[0m\r\n\x1b(0lqk\x1b(B\r\n"
                     b"\x1bP+q\x1b\\\x1b[12;12r\x1b[20hwrong\b\x1b[D\x1b[K!\r\n"
                     + bytes(range(32)) + bytes(range(127, 255)) + b"\r\nend")
        heard.append(read_until(sock, b"\r\n"))

    begun = len(guest.serial.raw)
    connect(guest, listen(serve).port)
    sees(guest, "begin")
    sees(guest, "red")
    sees(guest, "wro!")
    guest.expect("end")
    guest.serial.send("fine\r")
    guest.expect("closed by that side")
    guest.prompt()
    assert heard == [b"fine\r\n"]
    drawn = re.sub(rb"\x1b(\[K|\[?\Z)", b"", guest.serial.raw[begun:])     # the last may still be under way
    assert not re.search(rb"[^ -~\r\n\b]", drawn)


def test_a_peer_that_does_not_read(guest, listen):
    """What is typed is lost in the end, Ctrl-] is not."""
    heard, rounds = bytearray(), 60
    ready = threading.Event()

    def serve(sock):
        ready.wait(100)
        while got := sock.recv(65536):
            heard.extend(got)

    deaf = listen(serve, rcvbuf=2048)
    connect(guest, deaf.port)
    for _ in range(rounds):
        guest.serial.send("x" * 200 + "\r\x1d?\r")
        guest.expect("quit \\(or close\\) ends it")
    quit_session(guest)
    ready.set()
    assert deaf.done.acquire(timeout=30)
    assert heard.startswith(b"x" * 200 + b"\r\n")
    assert 8000 < len(heard) < rounds * 202
    no_connections(guest)


def test_no_residue(guest, listen):
    """Sessions that end in every way leave no socket and no memory."""
    def serve(sock):
        way = len(peer.begun) % 3
        sock.sendall(b"hello\r\n" * 100)
        if way:
            sock.recv(1)
        if way == 1:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            b"\1\0\0\0\0\0\0\0")

    def sessions(count):
        for _ in range(count):
            connect(guest, peer.port)
            guest.expect("hello$")
            way = len(peer.begun) % 3
            if way == 1:
                guest.serial.send("\r")
            elif way == 2:
                guest.serial.send("\x1dquit\r")
            guest.expect("telnet: the connection to .* is")
            guest.prompt()

    def state():
        no_connections(guest)
        memory = re.findall("free for images.*", guest.succeeds("memmap"))
        shell = re.findall(r"^\s+shell .*?/\s*\d+\s+(\S+ \S+)",
                           guest.succeeds("tasks"), re.M)
        assert memory and shell
        return memory, shell

    peer = listen(serve)
    sessions(3)
    before, after = None, state()
    rounds = 0
    while after != before:      # a heap may grow meanwhile, once; what leaks takes memory each time
        assert rounds < 3, (before, after)
        rounds += 1
        sessions(30)
        before, after = after, state()


def test_a_fault_in_the_session(guest, listen):
    """The shell dies in the middle: the server is told, and no socket stays."""
    ends = []

    def serve(sock):
        sock.sendall(b"hello\r\n")
        try:
            ends.append(sock.recv(1))
        except ConnectionResetError:
            ends.append("reset")

    peer = listen(serve)
    guest.serial.send(f"crash --after 10000 shell && telnet {SERVER} {peer.port}\r")
    sees(guest, "hello")
    guest.expect("shell: service started again")
    guest.prompt()
    assert peer.done.acquire(timeout=30)
    assert ends == ["reset"]
    no_connections(guest)
