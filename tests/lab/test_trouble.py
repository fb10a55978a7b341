# SPDX-License-Identifier: BSD-2-Clause
"""Trouble while a download goes on: a cable pulled, a service that dies."""
import pytest

import oddserver
from network import noise, sha256

CONTENT = noise(11, 8 << 20)
DIGEST = sha256(CONTENT)


@pytest.fixture
def slow_url(odd):
    """A download of some seconds."""
    return odd.serve("/slow", oddserver.slow(CONTENT, 2 << 20))


def start_download(guest, url):
    guest.succeeds("imgfree")
    guest.serial.send(f"imgfetch --name slow {url} && echo It came\r")
    guest.expect(r"\b[1-9]\d?%")


def finish_download(guest, within=60):
    guest.expect("^It came", within)
    guest.prompt()
    assert guest.sha256("slow") == DIGEST


def test_cable_pulled_and_put_back(guest, slow_url):
    start_download(guest, slow_url)
    guest.link(False)
    guest.expect("stalled|fell silent", 30)
    guest.link(True)
    finish_download(guest)


@pytest.mark.deadline(200)
def test_cable_stays_out(guest, slow_url):
    """Ends with a message, and works again once the cable is back."""
    start_download(guest, slow_url)
    guest.link(False)
    guest.expect(r"(^|\r)http://.*: .*; given up after 6 tries", 170)
    guest.prompt()
    assert "slow" not in guest.run("imgstat")
    guest.link(True)
    guest.succeeds(f"imgfetch {slow_url}", 60)


@pytest.mark.parametrize("service", ["net", "fetch", "dhcp", "dns", "console"])
def test_service_dies_while_a_download_goes_on(guest, slow_url, service):
    guest.succeeds("imgfree")
    guest.succeeds(f"crash {service} --after 1500")
    guest.serial.send(f"imgfetch --name slow {slow_url} && echo It came\r")
    guest.expect(rf"trap: .* in task {service}", 20)
    guest.expect(r"#\d+ [0-9a-f]{8} \w+", 5)
    guest.expect(rf"{service}: service started again", 5)
    finish_download(guest)
    assert "still here" in guest.run("echo still here")


def test_shell_dies(guest):
    """Reported on both consoles, and there is a prompt again."""
    guest.serial.send("crash shell\r")
    guest.expect("trap: .* in task shell", 20)
    frame = guest.expect(r"#\d+ [0-9a-f]{8} \w+\S*", 5)[0]
    guest.expect("shell: service started again", 5)
    guest.prompt()
    assert any(frame in line for line in guest.screen())
    assert "still here" in guest.run("echo still here")
