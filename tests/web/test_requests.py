#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The web console against requests that nobody's good browser sends, forged ones, guesses and floods."""
import json
import os
import re
import socket
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from console import ADDRESS, PASSWORD, TOP, Console     # noqa: E402


def exchange(console, data, source=ADDRESS):
    """What comes back until the other side closes."""
    with socket.create_connection((ADDRESS, console.port), 10, (source, 0)) as sock:
        sock.settimeout(20)
        sock.sendall(data)
        got = b""
        try:
            while piece := sock.recv(65536):
                got += piece
        except ConnectionResetError:
            pass
    return got


def ask(console, path, body=None, host=None, source=ADDRESS, **headers):
    """(status, content) of a request as the page makes it, but for the headers given; None leaves one out."""
    fields = {"Host": host or console.host, "Connection": "close"}
    if body is not None:
        fields |= {"Origin": f"http://{console.host}", "Content-Length": len(body)}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
    got = exchange(console, ("\r\n".join(lines) + "\r\n\r\n" + (body or "")).encode(), source)
    head, _, content = got.partition(b"\r\n\r\n")
    return int(head.split()[1]), content.decode()


def log_in(console, password=PASSWORD, **more):
    status, content = ask(console, "/api/login", password, **more)
    return json.loads(content)["token"] if status == 200 else status


def boot(console):
    return json.loads(ask(console, "/api/boot")[1])


class Requests(unittest.TestCase):
    def setUp(self):
        self.console = Console(f"web.password={PASSWORD}", "web.host=boot.example console.example")
        self.addCleanup(self.console.__exit__, None)

    def typed(self, text):
        return text in boot(self.console)["log"]

    def test_good(self):
        token = log_in(self.console)
        self.assertRegex(token, "^[0-9a-f]{32}$")
        type_ = {"Authorization": f"Undine {token}"}
        ask(self.console, "/api/type", "key 3", **type_)
        self.assertEqual(ask(self.console, "/api/type", "line echo it is done", **type_)[0], 200)
        self.assertTrue(self.typed("\nit is done\n"))
        self.assertEqual(ask(self.console, "/api/logout", "", **type_)[0], 200)
        self.assertEqual(ask(self.console, "/api/type", "line echo too late", **type_)[0], 401)

    def test_several_in_a_connection(self):
        one = f"GET / HTTP/1.1\r\nHost: {self.console.host}\r\n".encode()
        got = exchange(self.console, (one + b"\r\n") * 3 + one + b"Connection: close\r\n\r\n")
        self.assertEqual(got.count(b"HTTP/1.1 200 OK"), 4)
        for name in b"Content-Security-Policy: default-src 'none'", b"nosniff", b"frame-ancestors 'none'":
            self.assertIn(name, got)

    def test_log_goes_on(self):
        first = boot(self.console)
        status, content = ask(self.console, f"/api/boot?log={first['at']}")
        self.assertEqual((status, json.loads(content)["log"]), (200, ""))
        self.assertTrue(first["log"].endswith("part-59.img, 12.0 MiB, 11 MB/s\n"))

    def test_foreign_hosts(self):
        port = self.console.port
        for host in ("evil.example", f"evil.example:{port}", f"{ADDRESS}:{port + 1}", ADDRESS,
                     f"{ADDRESS}.evil.example:{port}", f"node7.evil.example:{port}", f"node7@evil.example:{port}",
                     f":{port}"):
            self.assertEqual(ask(self.console, "/", host=host)[0], 421, host)
            self.assertEqual(ask(self.console, "/api/boot", host=host)[0], 421, host)
            self.assertEqual(ask(self.console, "/api/login", PASSWORD, host=host, Origin=f"http://{host}")[0], 421)
        for host in f"node7:{port}", f"NODE7.lab.test:{port}", f"boot.example:{port}", f"console.example:{port}":
            self.assertEqual(ask(self.console, "/api/boot", host=host)[0], 200, host)

    def test_forged(self):
        """A page of another site knows even the token: its browser gives it away by what pages cannot change."""
        good = {"Authorization": f"Undine {log_in(self.console)}"}
        for headers in ({"Origin": "http://evil.example"}, {"Origin": None}, {"Origin": "null"},
                        {"Origin": f"https://{self.console.host}"}, {"Origin": f"http://{ADDRESS}"},
                        {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}):
            self.assertEqual(ask(self.console, "/api/type", "line echo forged", **good | headers)[0], 403, headers)
            self.assertEqual(ask(self.console, "/api/login", PASSWORD, **headers)[0], 403, headers)
        self.assertEqual(ask(self.console, "/api/boot", Sec_Fetch_Site="cross-site")[0], 403)
        self.assertEqual(ask(self.console, "/api/type", "line echo forged")[0], 401)
        for token in "0" * 32, "", "Undine", "0" * 31, "\xff" * 32:
            good = {"Authorization": "Undine " + token}
            self.assertEqual(ask(self.console, "/api/type", "line echo forged", **good)[0], 401)
        # a form of another site, which no browser asks about before it sends it
        self.assertEqual(ask(self.console, "/api/type", "line echo forged", Content_Type="text/plain",
                             Origin="http://evil.example", Cookie="token=x")[0], 403)
        self.assertFalse(self.typed("forged"))
        # what a browser asks before it sends a header of its own
        got = exchange(self.console, f"OPTIONS /api/type HTTP/1.1\r\nHost: {self.console.host}\r\n\r\n".encode())
        self.assertIn(b" 405 ", got)
        self.assertNotIn(b"Access-Control", got)

    def test_odd_requests(self):
        host = f"Host: {self.console.host}\r\n"
        for text, status in (
                ("GET / HTTP/1.1\r\n\r\n", 400), (f"GET / HTTP/1.1\r\n{host}{host}\r\n", 400),
                (f"GET / HTTP/1.1\n{host}\n", 400), (f"GET / HTTP/2.0\r\n{host}\r\n", 505), ("\r\n", 400),
                (f"GET  / HTTP/1.1\r\n{host}\r\n", 404), (f"GET HTTP/1.1\r\n{host}\r\n", 404),
                (f"GET http://evil/ HTTP/1.1\r\n{host}\r\n", 404), (f"GET /{'a' * 100} HTTP/1.1\r\n{host}\r\n", 404),
                (f"GET /../../etc/passwd HTTP/1.1\r\n{host}Connection: close\r\n\r\n", 404),
                (f"GET /api/boot?log=-1 HTTP/1.1\r\n{host}\r\n", 404), (f"GET /?x HTTP/1.1\r\n{host}\r\n", 404),
                (f"GET /api/boot?log={'9' * 30} HTTP/1.1\r\n{host}\r\n", 404),
                (f"PUT / HTTP/1.1\r\n{host}\r\n", 405), (f"GET / HTTP/1.1\r\n{host}Host: \0\r\n\r\n", 400),
                (f"POST /api/type HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
                (f"POST /api/type HTTP/1.1\r\n{host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400),
                (f"POST /api/type HTTP/1.1\r\n{host}Content-Length: -1\r\n\r\n", 400),
                (f"POST /api/type HTTP/1.1\r\n{host}Content-Length: 99999999999999999999\r\n\r\n", 400),
                (f"POST /api/type HTTP/1.1\r\n{host}Content-Length: 4096\r\n\r\n", 413),
                (f"GET / HTTP/1.1\r\n{host}X: {'a' * 7000}", 431), ("GET " + "/" * 8000, 431),
                (f"GET / HTTP/1.1\r\nHost: {'a' * 500}\r\n\r\n", 400)):
            got = exchange(self.console, text.encode())
            self.assertRegex(got, b"^HTTP/1.1 %d " % status, text[:60])
        self.assertEqual(ask(self.console, "/")[0], 200)

    def test_odd_keys(self):
        good = {"Authorization": f"Undine {log_in(self.console)}"}
        self.assertEqual(ask(self.console, "/api/type", "line " + "a" * 256, **good)[0], 413)
        for what in ("", "line", "key", "key 0", "key -1", "key 3x", "key 99999", "key 18446744073709551619", "keys 3",
                     "line a\nb", "line a\x1b[2J", "line a\0b"):
            self.assertEqual(ask(self.console, "/api/type", what, **good)[0], 400, repr(what))

    def test_guesses(self):
        # the pause holds for the right one, too; a second, which a busy host may let go by: then by another address
        for i in range(1, 6):
            begun = time.monotonic()
            self.assertEqual(log_in(self.console, "wrong", source=f"127.0.5.{i}"), 401)
            again = log_in(self.console, source=f"127.0.5.{i}")
            if time.monotonic() - begun < 1:
                break
        self.assertEqual(again, 429)
        self.assertNotIsInstance(log_in(self.console, source="127.0.0.2"), int)   # and for nobody else
        time.sleep(1.1)
        for i, password in enumerate(["", PASSWORD[:-1], PASSWORD + "x", "x" * 1000, PASSWORD + "\0"], 1):
            self.assertEqual(log_in(self.console, password, source=f"127.0.1.{i}"), 401, password)
        self.assertNotIsInstance(log_in(self.console), int)
        # from however many addresses: no more than ten at once, and two a second
        begun = time.monotonic()
        looked_at = [log_in(self.console, "wrong", source=f"127.0.2.{i}") for i in range(1, 60)].count(401)
        self.assertLessEqual(looked_at, 11 + 2 * (time.monotonic() - begun))

    def test_flood(self):
        """Connections that say nothing, from one address and from many, keep nobody out for long."""
        held = [socket.create_connection((ADDRESS, self.console.port), 10, ("127.0.3.1", 0)) for _ in range(50)]
        self.assertEqual(ask(self.console, "/")[0], 200)
        for i in range(1, 30):
            held.append(socket.create_connection((ADDRESS, self.console.port), 10, (f"127.0.4.{i}", 0)))
        time.sleep(2.2)
        self.assertEqual(ask(self.console, "/")[0], 200)
        for sock in held:
            sock.close()
        one = f"GET /api/boot HTTP/1.1\r\nHost: {self.console.host}\r\n\r\n".encode()
        begun = time.monotonic()
        got = exchange(self.console, one * 400)
        self.assertTrue(b"HTTP/1.1 429 " in got)
        self.assertLess(got.count(b"HTTP/1.1 200 "), 60 + 51 * (time.monotonic() - begun))
        self.assertEqual(ask(self.console, "/")[0], 200)

    def test_changed_password(self):
        """Whoever was in by the old one is out."""
        good = {"Authorization": f"Undine {log_in(self.console)}"}
        ask(self.console, "/api/type", "key 3", **good)
        self.assertEqual(ask(self.console, "/api/type", "line set web.password another", **good)[0], 200)
        self.assertEqual(ask(self.console, "/api/type", "line echo still here", **good)[0], 401)
        self.assertNotIsInstance(log_in(self.console, "another"), int)


class Others(unittest.TestCase):
    def test_without_password(self):
        with Console() as console:
            self.assertFalse(boot(console)["commands"])
            self.assertEqual(log_in(console, ""), 401)

    def test_private(self):
        with Console(f"web.password={PASSWORD}", options=["--private"]) as console:
            self.assertNotIn("log", boot(console))
            self.assertEqual(ask(console, "/api/detail")[0], 401)
            good = {"Authorization": f"Undine {log_in(console)}"}
            self.assertIn("part-59", ask(console, "/api/boot", **good)[1])
            self.assertEqual(ask(console, "/api/detail", **good)[0], 200)

    def test_usage(self):
        for words in ["0"], ["70000"], ["80", "nowhere"], ["80", ADDRESS, "more"], ["x"]:
            run = subprocess.run([os.path.join(TOP, "build/web/web"), *words], stderr=subprocess.PIPE, text=True,
                                 check=False)
            self.assertTrue(run.returncode and re.match("usage|web: nowhere is no address", run.stderr), words)


if __name__ == "__main__":
    unittest.main(verbosity=2)
