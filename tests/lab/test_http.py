# SPDX-License-Identifier: BSD-2-Clause
"""Downloads over HTTP: what is right arrives whole, whatever the way; what is
wrong ends in one clear message and a working prompt."""
import re
import threading

import pytest

import oddserver
from network import BEYOND, NOBODY, SERVER, noise, sha256

CONTENT = noise(7, 300_000)
DIGEST = sha256(CONTENT)


@pytest.fixture(autouse=True)
def clean_store(guest):
    guest.succeeds("imgfree")


def images(guest):
    return guest.run("imgstat")


# What must arrive.

def test_large_file_arrives_unchanged(guest, module_site):
    content = noise(8, 32 << 20)
    url = module_site.put("large", content)
    assert guest.fetch(url, within=90) == sha256(content)


@pytest.mark.parametrize("size", [0, 1, 1459, 1460, 1461, 65535, 65536])
def test_small_files_arrive_unchanged(guest, module_site, size):
    content = noise(size, size)
    url = module_site.put(f"small{size}", content)
    assert guest.fetch(url) == sha256(content)


def test_server_beyond_the_gateway(guest, module_site):
    module_site.put("far", CONTENT)
    assert guest.fetch(f"http://{BEYOND}/far") == DIGEST


def test_server_by_name(guest, module_site):
    module_site.put("named", CONTENT)
    assert guest.fetch("http://www.lab.test/named") == DIGEST
    assert guest.fetch("http://alias/named") == DIGEST


def test_every_address_of_a_name_is_tried(guest, module_site):
    module_site.put("two", CONTENT)
    assert re.search(rf"{NOBODY}\n.*{SERVER}\n",
                     guest.succeeds("nslookup two.lab.test"))
    shown = guest.succeeds("imgfetch http://two.lab.test/two", 60)
    assert re.search(rf"two\.lab\.test answers at {SERVER}:80; {NOBODY} does not|"
                     rf"{NOBODY}:80: .*; trying the next address", shown)
    assert guest.sha256("two") == DIGEST


@pytest.mark.parametrize("behaviour", [
    oddserver.chunked(CONTENT), oddserver.chunked(CONTENT, 7),
    oddserver.until_close(CONTENT)],
    ids=["chunked", "small-chunks", "until-close"])
def test_unknown_length(guest, odd, behaviour):
    assert guest.fetch(odd.serve("/unknown", behaviour)) == DIGEST


def test_progress_of_unknown_length(guest, odd):
    drawn = threading.Event()

    def slowly(conn, request):
        conn.sendall(oddserver.head(None, "200 OK",
                                    "Transfer-Encoding: chunked"))
        for _ in range(20):
            conn.sendall(b"%x\r\n" % 50_000 + b"x" * 50_000 + b"\r\n")
            drawn.wait(0.5)
        conn.sendall(b"0\r\n\r\n")
        return True

    guest.serial.send(f"imgfetch {odd.serve('/slowly', slowly)}\r")
    guest.expect(r"slowly \S+ KiB \S+ kB/s .*length unknown")
    drawn.set()
    guest.expect("slowly 976 KiB in .* from")
    guest.prompt()


def test_redirects_are_followed(guest, odd):
    odd.serve("/there", oddserver.good(CONTENT))
    odd.serve("/elsewhere", oddserver.redirect("there", 301))
    url = odd.serve("/here", oddserver.redirect("/elsewhere"))
    assert guest.fetch(url) == DIGEST


def test_connection_is_kept(guest, odd):
    url = odd.serve("/kept", oddserver.good(CONTENT))
    guest.fetch(url)
    before = odd.connections
    for _ in range(3):
        assert guest.fetch(url) == DIGEST
    assert odd.connections == before


def test_server_closes_between_requests(guest, odd):
    """It kept the connection for one answer and then closed it."""
    url = odd.serve("/closing", oddserver.closing(CONTENT))
    for _ in range(3):
        assert guest.fetch(url) == DIGEST
    assert odd.count("/closing") == 3


def test_broken_download_is_resumed(guest, odd):
    url = odd.serve("/broken", oddserver.resumable(CONTENT, 100_000))
    assert guest.fetch(url) == DIGEST
    # The second request asked for the rest only.
    asked = [r.first_byte() for r in odd.requests if r.path == "/broken"]
    assert asked[0] == 0 and 0 < asked[1] <= 100_000


def test_file_changed_while_it_was_broken_off(guest, odd):
    """The rest of another file is not glued to the first one's beginning."""
    old = noise(9, 200_000)
    tries = []

    def changing(conn, request):
        tries.append(request)
        if len(tries) == 1:
            return oddserver.resumable(old, 100_000, '"old"')(conn, request)
        return oddserver.resumable(CONTENT, 100_000, '"new"')(conn, request)

    assert guest.fetch(odd.serve("/changing", changing)) == DIGEST


@pytest.mark.parametrize("trouble", [
    oddserver.reset(CONTENT, 100_000), oddserver.stall(CONTENT, 100_000),
    oddserver.short(CONTENT, 1)], ids=["reset", "stall", "short"])
def test_second_try_succeeds(guest, odd, trouble):
    """The server fails once; without ranges, the file comes from its start."""
    tries = []

    def first_bad(conn, request):
        tries.append(request)
        if len(tries) == 1:
            return trouble(conn, request)
        return oddserver.good(CONTENT)(conn, request)

    assert guest.fetch(odd.serve("/once", first_bad)) == DIGEST
    assert len(tries) == 2


# What must not.

def refused(guest, url, *patterns, within=60):
    """Fetching URL fails with one message that has all PATTERNS, and leaves
    nothing behind."""
    shown = guest.fails(f"imgfetch --name wrong {url}", within)
    for pattern in patterns:
        assert re.search(pattern, shown), shown
    assert "wrong" not in images(guest)
    return shown


def test_missing_file(guest):
    refused(guest, f"http://{SERVER}/missing", "404", f"{SERVER}:80",
            "check the path")


def test_forbidden_file(guest, odd):
    refused(guest, odd.serve("/secret", oddserver.status(403)), "403")


def test_refused_connection(guest):
    refused(guest, f"http://{SERVER}:81/x", "refuses the connection",
            "is a web server running there")


def test_silent_address(guest):
    refused(guest, f"http://{NOBODY}/x", NOBODY, within=100)


def test_unknown_host(guest):
    refused(guest, "http://nowhere.lab.test/x",
            r"no host nowhere\.lab\.test")


def test_unknown_scheme(guest):
    refused(guest, f"gopher://{SERVER}/x", "gopher")


def test_redirects_in_a_circle(guest, odd):
    url = odd.serve("/circle", oddserver.redirect("/circle"))
    refused(guest, url, "circle")


def test_no_http_at_all(guest, odd):
    url = odd.serve("/ssh", oddserver.raw(b"SSH-2.0-OpenSSH_9.2\r\n" * 20))
    refused(guest, url, f"{SERVER}:8080")


def test_endless_header(guest, odd):
    url = odd.serve("/header", oddserver.raw(
        b"HTTP/1.1 200 OK\r\n" + b"X-Odd: " + b"x" * 1_000_000))
    refused(guest, url, f"{SERVER}:8080")


def test_body_longer_than_memory(guest, odd):
    url = odd.serve("/huge", oddserver.raw(
        oddserver.head(1 << 40) + b"x" * 100_000))
    refused(guest, url, "memory")


def test_endless_body(guest, odd):
    def endless(conn, request):
        conn.sendall(oddserver.head(None))
        while True:
            conn.sendall(b"x" * 65536)
    # 256 MiB of memory, at ten or so a second.
    refused(guest, odd.serve("/endless", endless), "memory is full",
            within=110)


def test_always_short(guest, odd):
    url = odd.serve("/short", oddserver.short(CONTENT, 1))
    refused(guest, url, "ended the file early", "299999 of 300000 bytes",
            within=100)


@pytest.fixture
def impatient(guest):
    """A least speed that is judged every three seconds."""
    guest.succeeds("set fetch.speed-time 3")
    yield
    guest.succeeds("clear fetch.speed-time")


@pytest.mark.parametrize("begin, bit", [
    (oddserver.head(1000), b"x"),
    (oddserver.head(None, "200 OK", "Transfer-Encoding: chunked"),
     b"1\r\nx\r\n")], ids=["length", "chunks"])
def test_dripping_server_is_left(guest, odd, impatient, begin, bit):
    url = odd.serve("/drip", oddserver.drip(begin, bit))
    guest.serial.send(f"imgfetch {url}\r")
    guest.expect(rf"drip: {SERVER}:8080 sends the file at less than 100 "
                 r"bytes/s over 3 s \(fetch.speed-limit\) after \d+ .*; trying "
                 r"again from the start in .* s \(try 2\)", 40)
    guest.interrupt()


def test_zeros_without_end_as_a_chunk_size(guest, odd):
    url = odd.serve("/zeros", oddserver.drip(oddserver.head(
        None, "200 OK", "Transfer-Encoding: chunked"), b"0" * 1000, 0.001))
    refused(guest, url, f"{SERVER}:8080 sends an endless chunk size")


def test_slow_line_is_not_cut(guest, odd, impatient):
    content = noise(9, 10_000)
    url = odd.serve("/slow", oddserver.slow(content, 1024))
    assert guest.fetch(url) == sha256(content)
    assert odd.count("/slow") == 1


def test_limit_out_of_range(guest):
    shown = guest.fails("set fetch.speed-time 0")
    assert "fetch.speed-time is to be a number from 1 to 3600; it stays 60" \
        in shown
    guest.succeeds("clear fetch.speed-time")


def test_ctrl_c_ends_a_stalled_download(guest, odd):
    url = odd.serve("/stalled", oddserver.stall(CONTENT, 1000))
    guest.serial.send(f"imgfetch {url}\r")
    guest.expect("stalled")
    guest.serial.send("\x03")
    guest.expect("Ctrl-C", 20)
    guest.prompt(20)
    assert "stalled" not in images(guest)
