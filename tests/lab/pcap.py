# SPDX-License-Identifier: BSD-2-Clause
"""Reads what QEMU's filter-dump has recorded: enough for DHCP's questions."""
import struct


def frames(path):
    """The frames of a pcap file, up to where it was written."""
    with open(path, "rb") as file:
        data = file.read()
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        if at + 16 + size > len(data):
            return
        yield data[at + 16:at + 16 + size]
        at += 16 + size


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
