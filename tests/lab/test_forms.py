# SPDX-License-Identifier: BSD-2-Clause
"""Forms and headers that scripts send, as another's decoder reads them."""
import http.server
import threading
import urllib.parse

import pytest

from network import SERVER


class Inventory(http.server.BaseHTTPRequestHandler):
    """Takes machines in, and answers with a script that says what it has understood."""
    protocol_version = "HTTP/1.1"
    seen = []

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/elsewhere":
            self.send_response(307)
            self.send_header("Location", "/boot.php")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        fields = urllib.parse.parse_qs(body.decode(), keep_blank_values=True, strict_parsing=bool(body))
        self.seen.append((self.command, self.path, fields, self.headers.get("X-Token")))
        script = f"#!ipxe\necho {self.command} taken\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(script)))
        self.end_headers()
        self.wfile.write(script)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, format, *args):
        pass


@pytest.fixture
def inventory():
    server = http.server.ThreadingHTTPServer((SERVER, 8090), Inventory)
    Inventory.seen.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{SERVER}:8090"
    server.shutdown()
    server.server_close()


def test_forms(guest, inventory):
    for command in ("params", "param mac ${net0/mac}", "param what a&b=c + 100%", "param empty"):
        guest.succeeds(command)
    assert "POST taken" in guest.succeeds(f"chain {inventory}/boot.php##params")
    mac = guest.succeeds("show net0/mac").split(" = ")[1].split()[0]
    fields = {"mac": [mac], "what": ["a&b=c + 100%"], "empty": [""]}
    assert Inventory.seen == [("POST", "/boot.php", fields, None)]
    guest.succeeds("params --name token --method PUT && param --params token --header X-Token a secret ; "
                   "param --params token who node 7")
    assert "PUT taken" in guest.succeeds(f"chain {inventory}/elsewhere##params=token")
    assert Inventory.seen[1:] == [("PUT", "/boot.php", {"who": ["node 7"]}, "a secret")]
    # used up: an ordinary request
    assert "GET taken" in guest.succeeds(f"chain {inventory}/again##params=token")
    assert Inventory.seen[2:] == [("GET", "/again", {}, None)]
