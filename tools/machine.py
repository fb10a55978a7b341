# SPDX-License-Identifier: BSD-2-Clause
"""A QEMU machine without KVM: its monitor (QMP) and its serial line.

KVM cannot run the real-mode code of ROMs everywhere, so every machine here is
emulated (TCG), and all are the same machine type: runs can be compared.
Used by run.py, screenshot.py and the tests in tests/lab.
"""
import json
import os
import re
import socket
import subprocess
import threading
import time

QEMU = "qemu-system-x86_64"

KEY_SIZE, KEY_BUFFER = 2, 32    # bytes of the BIOS's ring of keys, 40:1E

# What colours, moves the cursor or clears: for people, not for matching.
ESCAPES = re.compile(rb"\x1b(\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>78c])")
BACKWARDS = re.compile(rb"\x08+")
STARTS = re.compile(rb"\r{2,}(?!\n)")


class Timeout(AssertionError):
    """Something did not happen within its deadline."""


def base_command(memory, nic, netdev):
    """The machine all runs share; netdev is what follows `-netdev TYPE,id=n0`."""
    kind, _, rest = netdev.partition(",")
    return [QEMU, "-accel", "tcg", "-machine", "pc", "-m", str(memory),
            "-no-user-config", "-nodefaults", "-vga", "std",
            "-boot", "n",
            "-netdev", f"{kind},id=n0" + ("," + rest if rest else ""),
            "-device", f"{nic},netdev=n0"]


class Serial:
    """The bytes of a serial line, kept whole, and waited for by what they say.

    A thread drains the line all the time, so the guest never waits for us.
    """

    def __init__(self, read, write=None, tee=None):
        self._read, self._write, self._tee = read, write, tee
        self._news = threading.Condition()
        self.raw = b""
        self.closed = False
        self._seen = 0      # expect() goes on from here, in clean text
        self._clean = ""
        self._rest = b""    # the start of an escape sequence, cut off
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self):
        while True:
            try:
                data = self._read(65536)
            except OSError:
                data = b""
            if self._tee:
                self._tee(data)
            with self._news:
                if not data:
                    self.closed = True
                    self._news.notify_all()
                    return
                self.raw += data
                washed = self._wash(data)
                # however often it was stepped back, and in how many pieces that came, it is one start
                self._clean += washed.lstrip("\r") if self._clean.endswith("\r") else washed
                self._news.notify_all()

    def _wash(self, data):
        """DATA without escape sequences; what is only half there waits."""
        data = self._rest + data
        cut = data.rfind(b"\x1b")
        if cut < 0 or len(data) - cut > 16 or ESCAPES.match(data[cut:]):
            cut = len(data) - data.endswith(b"\r")
        self._rest, data = data[cut:], data[:cut]
        # What steps back and writes over is one more line's start.
        data = BACKWARDS.sub(b"\r", ESCAPES.sub(b"", data))
        data = STARTS.sub(b"\r", data)
        return data.decode("latin-1").replace("\r\n", "\n")

    @property
    def text(self):
        """Everything so far, without escape sequences."""
        return self._clean

    @property
    def seen(self):
        """How much of `text` lies before what expect() looks at next; one number, whatever comes meanwhile."""
        return self._seen

    @property
    def unseen(self):
        """What came after the last thing expected."""
        return self._clean[self._seen:]

    def expect(self, pattern, within):
        """Wait until PATTERN shows up after the last thing expected.  A line
        also begins where the note about the next try has stood."""
        if pattern.startswith("^"):
            pattern = rf"(?:^|(?<=\)\r)){pattern[1:]}"
        wanted = re.compile(pattern, re.M)
        end = time.monotonic() + within
        with self._news:
            while True:
                match = wanted.search(self._clean, self._seen)
                if match:
                    self._seen = match.end()
                    return match
                left = end - time.monotonic()
                if self.closed or left <= 0:
                    why = "the machine ended" if self.closed else \
                        f"{within} s passed"
                    raise Timeout(f"waited for {pattern!r}: {why}; the last "
                                  f"lines are:\n{self.tail()}")
                self._news.wait(left)

    def tail(self, lines=25):
        shown = [line for line in self._clean.splitlines() if line.strip()]
        return "\n".join(shown[-lines:])

    def send(self, text):
        self._write(text.encode("latin-1"))


class Qmp:
    """QEMU's monitor: one command at a time; events are read over."""

    def __init__(self, path):
        self._sock = socket.socket(socket.AF_UNIX)
        self._sock.settimeout(60)
        self._sock.connect(path)
        self._lines = self._sock.makefile("r")
        self._lines.readline()
        self.call("qmp_capabilities")

    def call(self, command, **arguments):
        request = {"execute": command}
        if arguments:
            request["arguments"] = {k.replace("_", "-"): v
                                    for k, v in arguments.items()}
        self._sock.sendall(json.dumps(request).encode())
        while True:
            line = self._lines.readline()
            if not line:
                raise EOFError("the machine ended")
            reply = json.loads(line)
            if "error" in reply:
                raise RuntimeError(f"{command}: {reply['error']['desc']}")
            if "return" in reply:
                return reply["return"]

    def close(self):
        self._lines.close()
        self._sock.close()


class Machine:
    """A running QEMU with its serial line and its monitor on unix sockets."""

    def __init__(self, folder, command, tee=None):
        self._monitor = os.path.join(folder, "qmp")
        line = os.path.join(folder, "serial")
        self._log = open(os.path.join(folder, "qemu.log"), "wb")
        self.process = subprocess.Popen(
            command + ["-display", "none",
                       "-qmp", f"unix:{self._monitor},server=on,wait=off",
                       "-chardev", f"socket,id=s0,path={line},server=on",
                       "-serial", "chardev:s0"],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        # QEMU waits for the serial line before the first instruction runs:
        # nothing that is printed can be missed.
        sock = self._connect(line)
        self.qmp = Qmp(self._monitor)
        self.serial = Serial(sock.recv, sock.sendall, tee)
        self._sock = sock
        self._folder = folder

    def _connect(self, path):
        end = time.monotonic() + 60
        while True:
            sock = socket.socket(socket.AF_UNIX)
            try:
                sock.connect(path)
                return sock
            except OSError:
                sock.close()
                if self.process.poll() is not None or time.monotonic() > end:
                    with open(self._log.name, errors="replace") as log:
                        raise RuntimeError("QEMU did not start: " + log.read())
            time.sleep(0.02)

    def type(self, text):
        """Type on the VGA side's keyboard, to what reads it by the BIOS."""
        names = {" ": "spc", "\n": "ret", ".": "dot", "/": "slash",
                 "-": "minus", ",": "comma", ";": "semicolon", "=": "equal",
                 "\b": "backspace"}
        shifted = {":": "semicolon", "_": "minus", "?": "slash",
                   "$": "4", "{": "bracket_left", "}": "bracket_right",
                   "&": "7", "|": "backslash"}
        for char in text:
            if char in shifted or char.isupper():
                self.press("shift", shifted.get(char, char.lower()))
            else:
                self.press(names.get(char, char))

    def press(self, *keys):
        """Press KEYS at once, and wait until the BIOS has the last.  What the
        keyboard or the BIOS has no room for would be lost: a keyboard holds
        eight keys, the BIOS fifteen, and the machine may leave them there."""
        self._when_keys(lambda head, tail:
                        (head - tail) % KEY_BUFFER != KEY_SIZE, "room for it")
        before = self._key_pointers()[1]
        self.qmp.call("send-key", hold_time=20,
                      keys=[{"type": "qcode", "data": key} for key in keys])
        self._when_keys(lambda head, tail: tail != before, "the BIOS to take it")

    def _key_pointers(self):
        """Where the BIOS's ring of keys begins and ends (40:1A, 40:1C)."""
        shown = self.qmp.call("human-monitor-command",
                              command_line="xp /2hx 0x41a")
        return [int(word, 16) for word in shown.split()[1:]]

    def _when_keys(self, condition, what, within=30):
        end = time.monotonic() + within
        while not condition(*self._key_pointers()):
            if time.monotonic() > end:
                raise Timeout(f"a key was pressed: waited for {what}, {within} s "
                              "passed")
            time.sleep(0.005)

    def cells(self):
        """The VGA text screen, its 25 lines of 80 in one."""
        path = os.path.join(self._folder, "screen")
        self.qmp.call("pmemsave", val=0xb8000, size=80 * 25 * 2,
                      filename=path)
        with open(path, "rb") as file:
            return file.read()[::2].decode("cp437")

    def screenshot(self, path):
        self.qmp.call("screendump", filename=path, format="png")

    def quit(self):
        if self.process.poll() is None:
            try:
                self.qmp.call("quit")
                self.process.wait(10)
            except (OSError, EOFError, subprocess.TimeoutExpired):
                self.process.kill()
        self.process.wait()
        self.qmp.close()
        self._sock.close()
        self._log.close()
