# SPDX-License-Identifier: BSD-2-Clause
"""The web console in a machine: what it shows, who may type, and that a download goes on whatever comes to its port."""
import contextlib
import json
import socket
import urllib.error
import urllib.request

import pytest

from network import noise, sha256
from test_modules import put

PASSWORD = "of the lab"


class Page:
    """What a browser's page asks."""

    def __init__(self, address):
        self.host = address
        self.token = None

    def ask(self, path, body=None, **headers):
        fields = {"Origin": f"http://{self.host}", "Authorization": f"Undine {self.token}"} | headers
        request = urllib.request.Request(f"http://{self.host}{path}", None if body is None else body.encode(), fields)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, ""

    def await_port(self):
        """The module runs, and listens."""
        while True:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection((self.host, 80), 10):
                return

    def await_end(self):
        """Nothing listens any more: a module that is killed ends at its next turn."""
        with contextlib.suppress(OSError):
            while True:
                socket.create_connection((self.host, 80), 10).close()

    def boot(self):
        return json.loads(self.ask("/api/boot")[1])


@pytest.mark.deadline(180)
def test_web_console(stage, site):
    site.start(nginx="limit_rate 400k;")
    content = noise("a long download", 4 << 20)
    long = site.put("long", content)
    guest = stage.boot()
    guest.prompt()
    page = Page(guest.run("echo ${net0/ip}").split()[0])
    guest.succeeds(f"set web.password {PASSWORD}")
    guest.succeeds(f"run --background {put(site, 'examples/web.umod')}")
    page.await_port()
    assert "the password can be read on the wire" in page.boot()["log"]
    assert "<title>Undine</title>" in page.ask("/")[1]
    shown = page.boot()
    assert "web.umod runs as number 1" in shown["log"] and shown["below"].startswith("undine> ")
    assert shown["machine"]["ip"] == page.host and shown["machine"]["maker"] == "QEMU"
    detail = json.loads(page.ask("/api/detail")[1])
    assert ["web.password", "(not shown)", 0] in detail["settings"]
    assert any(s["local"].endswith(":80") and s["state"] == "LISTEN" for s in detail["sockets"])
    assert any(t["name"] == "web.umod" and t["module"] == 1 for t in detail["tasks"])
    assert detail["links"][0]["ip"].startswith(page.host) and detail["links"][0]["rx"] > 0
    assert page.ask("/", Host="evil.example")[0] == 421
    assert page.ask("/api/type", "line echo forged")[0] == 401
    assert page.ask("/api/login", PASSWORD, Origin="http://evil.example")[0] == 403
    page.token = json.loads(page.ask("/api/login", PASSWORD)[1])["token"]
    assert page.ask("/api/type", f"line imgfetch --name long {long} && echo it is all there")[0] == 200
    guest.expect(r"web: [\d.]+ types: imgfetch")
    held = [socket.create_connection((page.host, 80), 10) for _ in range(5)]     # of the six of an address
    while "%" not in page.boot()["below"]:
        pass
    guest.expect("^it is all there$", 90)
    for sock in held:
        sock.close()
    guest.prompt()
    assert guest.sha256("long") == sha256(content)
    page.ask("/api/type", "line menu Which")
    page.ask("/api/type", "line item one The first")
    page.ask("/api/type", "line item two The second")
    page.ask("/api/type", "line choose it && echo it is ${it}")
    while "\x1b[7m" not in page.boot()["below"]:
        pass
    page.ask("/api/type", "key 257")
    page.ask("/api/type", "key 13")
    guest.expect("^it is two$")
    guest.prompt()
    assert "forged" not in guest.serial.text
    guest.succeeds("kill web.umod")
    page.await_end()
