# SPDX-License-Identifier: BSD-2-Clause
"""Downloads over TFTP: from dnsmasq (blksize, tsize) and atftpd (windowsize)."""
import os
import subprocess
import time

import pytest

from network import SERVER, noise, sha256

pytestmark = pytest.mark.undi

PORT = 1069


@pytest.fixture(autouse=True)
def clean_store(guest):
    guest.succeeds("imgfree")


@pytest.mark.parametrize("size", [0, 1, 1455, 1456, 1457, 8 * 1456, 100_000])
def test_sizes_around_the_block(guest, module_site, size):
    content = noise(size, size)
    assert guest.fetch(module_site.put_tftp(f"f{size}", content)) == sha256(content)


def test_file_of_megabytes(guest, module_site):
    content = noise(3, 8 << 20)
    assert guest.fetch(module_site.put_tftp("large", content), 100) == sha256(content)


def test_missing_file(guest):
    shown = guest.fails(f"imgfetch tftp://{SERVER}/nothing")
    assert "File not found" in shown or "file /" in shown, shown
    assert "check the path" in shown, shown


def test_no_server(guest):
    shown = guest.fails(f"imgfetch tftp://{SERVER}:99/nothing", 60)
    assert "is a TFTP server running there?" in shown, shown


@pytest.fixture(scope="module")
def atftpd(module_stage):
    folder = module_stage.folder
    process = subprocess.Popen(
        ["/usr/sbin/atftpd", "--daemon", "--no-fork", "--port", str(PORT),
         "--user", "root", "--group", "root", "--logfile",
         os.path.join(folder, "atftpd.log"), os.path.join(folder, "tftp")])
    end = time.monotonic() + 30
    while f":{PORT:04X} " not in open("/proc/net/udp").read():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.02)
    yield
    process.kill()
    process.wait()


@pytest.mark.parametrize("size", [1456, 8 * 1456, 4 << 20])
def test_several_blocks_a_window(guest, module_site, atftpd, size):
    content = noise(size, size)
    module_site.put_tftp(f"w{size}", content)
    assert guest.fetch(f"tftp://{SERVER}:{PORT}/w{size}", 60) == sha256(content)
