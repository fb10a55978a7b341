# SPDX-License-Identifier: BSD-2-Clause
"""The lab's clock: times a download from the outside, on the tap, in the same
way whoever asks for it.

It runs from the first byte of the request to the acknowledgement of the last
byte of the answer.  The kernel's packet filter picks the few frames that tell,
and gives each its time, so that watching costs a download nothing: of the
acknowledgements only those of the last 64 KiB are seen.
"""
import ctypes
import re
import select
import socket
import struct
import time

PORT = 80
TAIL = 65536
SO_ATTACH_FILTER, SO_TIMESTAMPNS = 26, 35
ETH_P_ALL, PACKET_OUTGOING = 3, 4

# Classic BPF, as <linux/filter.h> has it.  A and X are its registers, M its
# memory, P the frame.
OPS = {"A=P16": 0x28, "A=P8": 0x30, "A=P32[X]": 0x40, "A=P16[X]": 0x48,
       "A=P8[X]": 0x50, "X=4*(P8&15)": 0xb1, "X=M": 0x61, "M=A": 0x02,
       "X=A": 0x07, "A&": 0x54, "A>>": 0x74, "A-": 0x14, "A+X": 0x0c,
       "A-X": 0x1c, "A==": 0x15, "A>": 0x25, "A>=": 0x35, "return": 0x06}


def assemble(program):
    """PROGRAM is a list of labels and of (op, operand) or (op, operand, label
    where it is true, label where not); None is the next line."""
    places, lines = {None: None}, []
    for line in program:
        if isinstance(line, str):
            places[line] = len(lines)
        else:
            lines.append(line)
    code = []
    for at, (op, operand, *labels) in enumerate(lines):
        there = [places[label] for label in labels] or [None, None]
        code.append(struct.pack("HBBI", OPS[op], *(
            0 if place is None else place - at - 1 for place in there),
            operand & 0xffffffff))
    return code


def picks(base=0, low=0):
    """The filter: requests, the heads of answers, and the acknowledgements of
    what comes LOW bytes after sequence number BASE, or later."""
    ip, tcp = 14, 14            # the latter behind X, the IP header's length
    tcp_len = [("A=P8[X]", tcp + 12), ("A&", 0xf0), ("A>>", 2)]
    return assemble([
        ("A=P16", 12), ("A==", 0x0800, None, "drop"),
        ("A=P8", ip + 9), ("A==", 6, None, "drop"),
        ("X=4*(P8&15)", ip),
        ("A=P16[X]", tcp + 2), ("A==", PORT, "to server", None),
        ("A=P16[X]", tcp), ("A==", PORT, None, "drop"),
        *tcp_len, ("A+X", 0), ("X=A", 0),
        ("A=P32[X]", 14), ("A==", 0x48545450, "take", "drop"),  # "HTTP"
        "to server",
        *tcp_len, ("A+X", 0), ("M=A", 0), ("X=M", 0),
        ("A=P16", ip + 2), ("A-X", 0), ("A>", 0, "take", None),  # has data
        ("X=4*(P8&15)", ip),
        ("A=P32[X]", tcp + 8), ("A-", base), ("A>=", low, "take", "drop"),
        "take", ("return", 2048),
        "drop", ("return", 0)])


class Segment:
    def __init__(self, frame):
        ip_len = (frame[14] & 15) * 4
        tcp = 14 + ip_len
        self.ports = struct.unpack_from("!HH", frame, tcp)
        self.ack, self.flags = struct.unpack_from("!IB", frame, tcp + 8)
        self.data = frame[tcp + (self.flags >> 4) * 4:
                          14 + struct.unpack_from("!H", frame, 16)[0]]


class NotDone(Exception):
    """The download did not end, or not as it should have."""


class TapClock:
    """Waits for the download of PATH that somebody behind the tap will ask
    for.  After wait(): seconds, size, requests."""

    def __init__(self, tap, path):
        self._request = re.compile(
            rb"GET (?:http://[^/ ]+)?" + re.escape(path.encode()) + rb" HTTP")
        self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self._sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._attach(picks())
        self._sock.bind((tap, ETH_P_ALL))
        self.began = self.ended = None
        self.requests = self.size = 0
        self._port = self._base = self._total = None

    def _attach(self, code):
        text = ctypes.create_string_buffer(b"".join(code))
        self._sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack(
            "HP", len(code), ctypes.addressof(text)))

    def _receive(self):
        frame, extra, _, address = self._sock.recvmsg(2048, 64)
        for _, kind, data in extra:
            if kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = struct.unpack("qq", data)
                return (Segment(frame), seconds + nanoseconds / 1e9,
                        address[2] == PACKET_OUTGOING)

    def _see(self, segment, when, outgoing):
        if outgoing:
            if segment.ports[1] == self._port and self._total is None:
                self._answer(segment.data)
        elif self._request.match(segment.data):
            if (segment.ports[0], segment.ack) == (self._port, self._base):
                return      # sent once more: the answer may be on its way
            self.requests += 1
            self.began = self.began or when
            self._port, self._base = segment.ports[0], segment.ack
            self._total = None
            self._attach(picks())
        elif segment.ports[0] == self._port and self._total is not None and \
                self._total <= (segment.ack - self._base) & 0xffffffff < 1 << 31:
            self.ended = when

    def _answer(self, data):
        head, end, _ = data.partition(b"\r\n\r\n")
        length = re.search(rb"\r\nContent-Length: (\d+)", head, re.I)
        if not end or not length or head.split()[1] not in (b"200", b"206"):
            raise NotDone("the server answers " + repr(head[:200]))
        self.size = int(length[1])
        self._total = len(head) + 4 + self.size
        self._attach(picks(self._base, max(0, self._total - TAIL)))

    def wait_for_request(self, within, alive=lambda: True):
        self._wait(lambda: self.began, within, alive)

    def wait(self, within, alive=lambda: True):
        """Wait until the download is done, as long as ALIVE() is true."""
        self._wait(lambda: self.ended, within, alive)

    def _wait(self, come, within, alive):
        end = time.monotonic() + within
        while come() is None:
            if not alive():
                raise NotDone(f"the machine ended; {self.state()}")
            if time.monotonic() > end:
                raise NotDone(f"not done after {within} s: {self.state()}")
            if select.select([self._sock], [], [], 0.2)[0]:
                self._see(*self._receive())

    def state(self):
        if self._total is not None:
            return "the server answered, the end is missing"
        return "asked for, no answer" if self.requests else "not asked for"

    @property
    def seconds(self):
        return self.ended - self.began

    def close(self):
        self._sock.close()
