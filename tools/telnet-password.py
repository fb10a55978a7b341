#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""telnet-password.py - print SALT:HEX for telnetd's --password-sha256 and the
setting telnetd.password-sha256.

The password is asked for, or read from standard input when that is no
terminal; it is never an argument, which every user of this host could see.
HEX is the SHA-256 of the salt's characters and the password behind them.
"""
import getpass
import hashlib
import secrets
import sys


def hashed(password, salt=None):
    salt = salt or secrets.token_hex(8)
    return f"{salt}:{hashlib.sha256((salt + password).encode()).hexdigest()}"


def main():
    if sys.stdin.isatty():
        password = getpass.getpass("Password for telnetd: ")
        if password != getpass.getpass("Again: "):
            sys.exit("telnet-password: these are not the same")
    else:
        password = sys.stdin.readline().rstrip("\n")
    if not 0 < len(password.encode()) <= 128:
        sys.exit("telnet-password: a password has 1 to 128 bytes")
    print(hashed(password))


if __name__ == "__main__":
    main()
