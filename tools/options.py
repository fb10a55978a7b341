#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Settings inside undine.0, its other forms (elf lkrn iso img), or a disk that Undine is on.

    options.py FILE                                 shows them (--list)
    options.py FILE [--set NAME=VALUE]... [--clear NAME]... [--final NAME]...
                    [-o COPY]

changes FILE, or leaves it alone and writes COPY.  --clear without NAME begins
with none.  --final: nothing may change this setting later, neither arguments
nor DHCP, script or telnet; without it they do.  Passwords and the like are
shown as *** unless --show-secrets is given; telnetd.password and
unlock-password are kept as their hashes, and so is trust-bundle=FILE.
Setting a name again replaces its value, and it is not final any more
unless that is said again.
"""
import argparse
import hashlib
import os
import re
import runpy
import secrets
import stat
import struct
import sys
import zlib

NBP_MAGIC_AT, NBP_MAGIC = 8, b"UND0"            # boot16/abi.inc
NBP_OPTIONS_AT, NBP_AT = 12, 0x7C00
HDRS_AT, SETUP_SECTS_AT = 0x202, 0x1F1          # Linux's boot.rst
MAGIC, HEADER = b"UNO0", struct.Struct("<4sIII")    # kernel/patch.h
CRC_FROM = 8
SECTOR, FIRST_AT = 512, 434                     # tools/disk.py
LOOKED_AT = 4 << 20                             # of a disk
NAME_MAX, VALUE_MAX = 63, 4096                  # services/script/settings.h
TYPES = ("string uristring ipv4 int8 int16 int32 uint8 uint16 uint32 hex hexhyp hexraw base64 uuid").split()
UNLOCK_ROUNDS = 200_000                         # of PBKDF2: what each guess costs
SECRET = re.compile(r"password|secret|token|key|pin$", re.I)


class Wrong(Exception):
    pass


def kept_as(name, value=""):
    """A password's name and value as they are in the file: its hash."""
    if name == "telnetd.password":
        here = os.path.dirname(os.path.abspath(__file__))
        hashed = runpy.run_path(os.path.join(here, "telnet-password.py"))["hashed"]
        return "telnetd.password-sha256", hashed(value)
    if name == "unlock-password":           # services/trust/unlock.h
        salt = secrets.token_hex(8)
        derived = hashlib.pbkdf2_hmac("sha256", value.encode(), salt.encode(), UNLOCK_ROUNDS)
        return "unlock-password-pbkdf2", f"{UNLOCK_ROUNDS}:{salt}:{derived.hex()}"
    if name == "trust-bundle" and os.path.isfile(value):        # /etc/ssl/certs/ca-certificates.crt
        with open(value, "rb") as file:
            return name, hashlib.sha256(file.read()).hexdigest()
    return name, value


class Options:
    """The settings as {name: (value, final)}; names with their types."""

    def __init__(self, block):
        magic, crc, self.room, used = HEADER.unpack_from(block)
        self.entries = {}
        self.why = None
        if used > self.room - HEADER.size:
            self.why = "its length does not fit"
        elif zlib.crc32(block[CRC_FROM:HEADER.size + used]) != crc:
            self.why = "its checksum does not match"
        else:
            self.read(block[HEADER.size:HEADER.size + used])

    def read(self, data):
        for entry in data.split(b"\0")[:-1]:
            text = entry.decode("utf-8", "surrogateescape")
            name, _, value = text.removeprefix("!").partition("=")
            self.entries[name] = value, text.startswith("!")

    def data(self):
        return b"".join(f"{'!' * final}{name}={value}".encode("utf-8", "surrogateescape") + b"\0"
                        for name, (value, final) in self.entries.items())

    def block(self):
        data = self.data()
        if len(data) > self.room - HEADER.size:
            raise Wrong(f"the settings are {len(data)} bytes long; there is room for {self.room - HEADER.size}")
        checked = struct.pack("<II", self.room, len(data)) + data
        return (MAGIC + struct.pack("<I", zlib.crc32(checked)) + checked).ljust(self.room, b"\0")

    def find(self, name):
        """As it is stored, whatever the type."""
        base = name.partition(":")[0]
        return next((there for there in self.entries if there.partition(":")[0] == base), None)

    def set(self, text):
        name, equals, value = text.partition("=")
        if not equals:
            raise Wrong(f"--set {text}: NAME=VALUE is wanted")
        if not value:
            raise Wrong(f"--set {name}: the value is empty; --clear {name} takes it away")
        check_name(name)
        if name == "unlock-password" and not re.fullmatch(r"[ -~]{1,128}", value):
            raise Wrong("--set unlock-password: 1 to 128 characters of ASCII, for it is typed at any keyboard")
        name, value = kept_as(name, value)
        if len(value.encode("utf-8", "surrogateescape")) > VALUE_MAX:
            raise Wrong(f"--set {name}: a value has at most {VALUE_MAX} bytes")
        self.entries.pop(self.find(name), None)
        self.entries[name] = value, False

    def clear(self, name):
        there = self.find(name)
        if not there:
            raise Wrong(f"--clear {name}: it is not set in this file")
        del self.entries[there]

    def make_final(self, name):
        there = self.find(kept_as(name)[0])
        if not there:
            raise Wrong(f"--final {name}: it is not set in this file; --set it too")
        self.entries[there] = self.entries[there][0], True

    def show(self, secrets):
        if self.why:
            print(f"the settings in this file cannot be read: {self.why}; --clear begins anew")
            return
        for name, (value, final) in self.entries.items():
            print(f"{name}={value if secrets else masked(name, value)}{'  (final)' * final}")
        print(f"{len(self.entries)} settings, {len(self.data())} of {self.room - HEADER.size} bytes")


def masked(name, value):
    if SECRET.search(name):
        return "***"
    return re.sub(r"(?<=//)[^/\s]*@", "***@", value)


def check_name(name):
    """As services/script/settings.c reads them."""
    base, colon, kind = name.partition(":")
    if not base or re.search(r"[\0-\x20${}&|;!\x7f]", base) or base.startswith("/") or base.endswith("/"):
        raise Wrong(f"{name!r} is no name that a setting can have")
    if len(name.encode()) > NAME_MAX:
        raise Wrong(f"{name}: a name has at most {NAME_MAX} bytes")
    if colon and kind not in TYPES:
        raise Wrong(f"{name}: a setting's type is one of {', '.join(TYPES)}")


def find_nbp(data):
    """Where undine.0 begins in DATA, which is it, or another form of it."""
    def is_nbp(at):
        return data[at + NBP_MAGIC_AT:at + NBP_MAGIC_AT + 4] == NBP_MAGIC

    def inside(offset):
        at = data.find(NBP_MAGIC, offset) - NBP_MAGIC_AT
        return at if at >= offset else None

    at = None
    if data[HDRS_AT:HDRS_AT + 4] == b"HdrS":
        at = inside((data[SETUP_SECTS_AT] + 1) * SECTOR)
    elif is_nbp(0):
        at = 0
    elif data[:4] == b"\x7fELF":
        phoff, = struct.unpack_from("<I", data, 28)
        at = inside(struct.unpack_from("<I", data, phoff + 4)[0])
    elif data[510:512] == b"\x55\xaa":
        first, = struct.unpack_from("<I", data, FIRST_AT)
        at = first * SECTOR if is_nbp(first * SECTOR) else None
    if at is None:
        raise Wrong("this is neither undine.0 nor another form of it (elf lkrn iso img), nor a disk with Undine on it")
    return at


def find_block(data):
    """Where the block of settings lies in DATA, and its length."""
    nbp = find_nbp(data)
    place, = struct.unpack_from("<I", data, nbp + NBP_OPTIONS_AT)
    at = nbp + place - NBP_AT
    if data[at:at + 4] != MAGIC or at < nbp:
        raise Wrong("this Undine is too old to hold settings")
    _, _, room, _ = HEADER.unpack_from(data, at)
    if not HEADER.size < room <= len(data) - at or room > 1 << 16:
        raise Wrong("the place for the settings is damaged; take a new file")
    return at, room


def is_disk(path):
    return stat.S_ISBLK(os.stat(path).st_mode)


def change(options, args):
    if "" in args.clear:
        options.entries, options.why = {}, None
    if options.why:
        raise Wrong(f"the settings in this file cannot be read: {options.why}; --clear begins anew")
    for name in filter(None, args.clear):
        options.clear(name)
    for text in args.set:
        options.set(text)
    for name in args.final:
        options.make_final(name)


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--clear", action="append", nargs="?", const="", default=[], metavar="NAME")
    parser.add_argument("--final", action="append", default=[], metavar="NAME")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--show-secrets", action="store_true")
    parser.add_argument("-o", dest="out", metavar="COPY")
    args = parser.parse_args(argv)
    changing = bool(args.set or args.clear or args.final or args.out)
    try:
        with open(args.file, "rb") as file:
            data = file.read(LOOKED_AT if is_disk(args.file) else -1)
        at, room = find_block(data)
        options = Options(data[at:at + room])
        if changing:
            change(options, args)
            block = options.block()
            if args.out:
                with open(args.out, "wb") as file:
                    file.write(data[:at] + block + data[at + room:])
            else:
                with open(args.file, "r+b") as file:
                    file.seek(at)
                    file.write(block)
        if args.list or not changing:
            options.show(args.show_secrets)
            return bool(options.why)
    except (Wrong, OSError, struct.error) as err:
        sys.exit(f"options.py: {err}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
