# SPDX-License-Identifier: BSD-2-Clause
"""Reads what QEMU's filter-dump has recorded: enough for the questions of the
tests about DHCP, ping and TCP."""
import struct


def records(path):
    """(seconds, frame) of a pcap file, up to where it was written."""
    with open(path, "rb") as file:
        data = file.read()
    at = 24
    while at + 16 <= len(data):
        second, micro, size = struct.unpack_from("<III", data, at)
        if at + 16 + size > len(data):
            return
        yield second + micro / 1e6, data[at + 16:at + 16 + size]
        at += 16 + size


def frames(path):
    return (frame for _, frame in records(path))


def dhcp_messages(path, port=68):
    """[(options as {code: bytes}, BOOTP message)] sent from PORT."""
    found = []
    for frame in frames(path):
        if frame[12:14] != b"\x08\0" or frame[23] != 17:
            continue
        udp = 14 + (frame[14] & 15) * 4
        if struct.unpack_from("!H", frame, udp)[0] != port:
            continue
        message = frame[udp + 8:]
        if message[236:240] == b"\x63\x82\x53\x63":
            found.append((options(message[240:]), message))
    return found


def options(data):
    result = {}
    at = 0
    while at < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        length = data[at + 1]
        result[data[at]] = result.get(data[at], b"") + \
            data[at + 2:at + 2 + length]
        at += 2 + length
    return result


def is_whole(data, start=0):
    """Whether DATA's Internet checksum is right."""
    data += b"\0" * (len(data) % 2)
    return (start + int.from_bytes(data, "big")) % 0xffff == 0


class Stream:
    """What a machine got of a TCP stream: where its first hole is."""

    def __init__(self, syn):
        self._first = syn + 1 & 0xffffffff
        self.whole = 0          # bytes before the first hole, FIN included
        self._ahead = {}        # behind it: where a segment began, its end

    def arrived(self, seq, length):
        at = seq - self._first & 0xffffffff
        if at >> 31:
            return              # before the stream's begin, or far away
        self._ahead[at] = max(at + length, self._ahead.get(at, 0))
        while (here := [at for at in self._ahead if at <= self.whole]):
            self.whole = max([self.whole] + [self._ahead.pop(at)
                                             for at in here])

    def passes_a_hole(self, ack):
        ahead = ack - self._first - self.whole & 0xffffffff
        return 0 < ahead < 1 << 31


def acks(path, port=80):
    """(how many ACKs the machine sent to PORT's streams, descriptions of those
    that acknowledge what had not arrived, or not whole)."""
    streams, count, wrong = {}, 0, []
    for number, frame in enumerate(frames(path), 1):
        if frame[12:15] != b"\x08\0\x45" or frame[23] != 6:
            continue
        total = struct.unpack_from("!H", frame, 16)[0]
        ip, tcp = frame[14:34], frame[34:14 + total]
        if len(tcp) < max(20, total - 20):
            continue
        source, to, seq, ack, offset, flags = struct.unpack_from("!HHIIBB",
                                                                 tcp)
        if source == port:
            if not is_whole(ip) or not is_whole(ip[12:20] + tcp,
                                                6 + len(tcp)):
                continue
            if flags & 2:
                streams[to] = Stream(seq)
            elif to in streams:
                length = len(tcp) - (offset >> 4) * 4 + (flags & 1)
                streams[to].arrived(seq, length)
        elif to == port and flags & 16 and source in streams:
            count += 1
            if streams[source].passes_a_hole(ack):
                wrong.append(f"frame {number}: port {source}, ack {ack}")
    return count, wrong
