# SPDX-License-Identifier: BSD-2-Clause
"""What was secret in Undine is nowhere in the machine's memory when the next kernel runs: passwords, keys, tokens, and
the secrets of TLS's sessions."""
import base64
import hashlib
import hmac
import http.server
import os
import re
import ssl
import subprocess
import threading

import mb2
import pytest
from network import SERVER
from test_https import make_certificates
from test_native import may_reach_memory
from test_options import by_pxe

RAM = 256 << 20
TYPED = {"typed": "sesame-for-telnet", "set": "sesame-for-the-web", "url": "token-in-a-url",
         "clear": "token-in-the-clear", "script": "token-in-a-script"}
DROPPED = b"token-in-a-file-that-is-dropped"


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"       # kept open

    def log_message(self, *_):
        pass


class Secure:
    """A web server that speaks TLS of one version and writes down its sessions' secrets."""

    def __init__(self, folder, port, version, path, keys):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = context.maximum_version = version
        context.load_cert_chain(path["chain.pem"], path["leaf.key"])
        context.load_verify_locations(path["ca.pem"])
        context.verify_mode = ssl.CERT_OPTIONAL
        context.keylog_filename = keys
        self.server = http.server.ThreadingHTTPServer(
            (SERVER, port), lambda *words: Handler(*words, directory=folder))
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def expand(secret, label, length):
    """HKDF-Expand-Label (RFC 8446, 7.1)."""
    name = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes([len(name)]) + name + b"\0\1"
    return hmac.digest(secret, info, "sha256" if len(secret) == 32 else "sha384")[:length]


def sessions(keys):
    """{name: bytes} of the secrets in a key log, and of the keys that come from those of TLS 1.3."""
    found = {}
    with open(keys, encoding="ascii") as log:
        for i, line in enumerate(line for line in log if not line.startswith("#")):
            label, _, secret = line.split()
            found[f"{label} {i}"] = bytes.fromhex(secret)
            if label.endswith("TRAFFIC_SECRET_0"):
                found[f"key of {label} {i}"] = expand(bytes.fromhex(secret), b"key", 32)
    return found


def private_key(path):
    """{name: bytes}: the number itself, either way round, and a line of its file."""
    shown = subprocess.run(["openssl", "pkey", "-in", path, "-noout", "-text"], check=True, capture_output=True,
                           text=True).stdout
    number = bytes.fromhex(re.sub(r"[\s:]", "", re.search(r"priv:\n((?: +[0-9a-f:]+\n)+)", shown)[1]))[-32:]
    with open(path, encoding="ascii") as file:
        line = file.read().splitlines()[1]
    return {"key": number, "key, turned round": number[::-1], "key's file": line.encode()}


def memory(vm, name):
    path = os.path.join(vm._folder, name)
    vm.qmp.call("pmemsave", val=0, size=RAM, filename=path)
    with open(path, "rb") as file:
        held = file.read()
    os.remove(path)
    assert len(held) == RAM
    return held


def where(held, secrets):
    return {name: hex(held.find(secret)) for name, secret in secrets.items() if secret in held}


@pytest.mark.parametrize("driver", ["undi", "native"])
def test_nothing_secret_is_handed_over(stage, site, driver):
    by_pxe(stage, site, f"driver={driver}")
    site.start("#!ipxe\necho begun ${secret}\nprompt --key 0x07 --timeout 100 ||\nshell\n")
    path, fingerprint = make_certificates(site.folder)
    path["chain.pem"] = os.path.join(site.folder, "chain.pem")
    with open(path["chain.pem"], "w", encoding="ascii") as chain:
        for name in ("leaf.pem", "ca.pem"):
            with open(path[name], encoding="ascii") as one:
                chain.write(one.read())
    subprocess.run(["openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", path["own.key"]],
                   check=True, capture_output=True)
    subprocess.run(["openssl", "req", "-x509", "-key", path["own.key"], "-subj", "/CN=machine 7", "-days", "30", "-out",
                    path["own.pem"], "-CA", path["ca.pem"], "-CAkey", path["ca.key"]], check=True, capture_output=True)
    keys = os.path.join(site.folder, "keys.log")
    for port, version in ((4431, ssl.TLSVersion.TLSv1_3), (4432, ssl.TLSVersion.TLSv1_2)):
        stage.with_(Secure(site.http, port, version, path, keys))
    site.put("file", b"x" * 300_000)
    site.put("dropped", b"x" * 600_000 + DROPPED + b"x" * 600_000)
    site.put("go.ipxe", f"#!ipxe\nset token {TYPED['script']}\necho the script ran\n")
    for name in ("own.pem", "own.key"):
        with open(path[name], "rb") as file:
            site.put(name, file.read())
    site.link("kernel", mb2.kernel("elf32.elf"))

    vm = stage.boot(stock=True)
    vm.prompt()
    vm.succeeds(f"set trust {fingerprint}")
    # once as a file that stays, once as one that goes
    vm.succeeds(f"imgset --keep privkey https://{SERVER}:4431/own.key")
    vm.succeeds(f"imgset privkey https://{SERVER}:4432/own.key")
    vm.succeeds(f"imgset cert https://{SERVER}:4431/own.pem")
    vm.succeeds(f"set password {TYPED['set']}")
    vm.succeeds(f"set telnetd.password {TYPED['typed']}")
    vm.succeeds(f"chain https://{SERVER}:4431/go.ipxe")
    for port in (4431, 4432):
        vm.succeeds(f"imgfetch --name f{port} https://machine:{TYPED['url']}@{SERVER}:{port}/file")
    if driver == "native":              # then frames, too, are in memory of ours
        vm.succeeds(f"imgfetch --name clear http://{TYPED['clear']}@{SERVER}/file")
    vm.succeeds(f"imgfetch http://{SERVER}/dropped && imgfree dropped")
    vm.succeeds(f"kernel http://{SERVER}/kernel from=memory")
    secrets = {name: text.encode() for name, text in TYPED.items()} | private_key(path["own.key"]) | sessions(keys)
    secrets["for the server, in the clear"] = base64.b64encode(f"{TYPED['clear']}:".encode())
    secrets["for the server"] = base64.b64encode(f"machine:{TYPED['url']}".encode())
    secrets["dropped"] = DROPPED
    secrets["hash"] = hashlib.sha256(TYPED["typed"].encode()).digest()

    there = where(memory(vm, "before"), secrets)
    for name in ("set", "url", "key, turned round", "key's file", "dropped"):
        assert name in there, name      # so the search can find something
    assert any("TRAFFIC_SECRET_0" in name for name in there) and len(secrets) > 20

    vm.serial.send("boot\r")
    assert "from=memory" in mb2.read(vm, 60).line("cmdline")["cmdline"]
    assert driver == "undi" or not may_reach_memory(vm, 3)
    held = memory(vm, "after")
    assert b"from=memory" in held
    assert where(held, secrets) == {}
