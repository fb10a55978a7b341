# SPDX-License-Identifier: BSD-2-Clause
"""Files and listings from the web servers that people run, and by haproxy, one of whose backends dies in mid-file."""
import os

import oddserver
import web_servers
from network import SERVER, noise, sha256

CONTENT = noise(16, 300_000)
DIGEST = sha256(CONTENT)
TEXT = b"#!ipxe\n" + b"# a line that packs well\n" * 400 + b"echo it ran\n"


def test_servers(guest, module_site):
    root = os.path.join(module_site.folder, "files")
    os.makedirs(os.path.join(root, "deep"))
    os.chmod(module_site.folder, 0o755)
    for name, content in (("vmlinuz", CONTENT), ("deep/initrd", CONTENT), ("menu", TEXT)):
        with open(os.path.join(root, name), "wb") as file:
            file.write(content)
    all_of_them = web_servers.apache, web_servers.lighttpd, web_servers.caddy, web_servers.python
    for port, serve in enumerate(all_of_them, 8181):
        server = serve(module_site.folder, root, port)
        base = f"http://{SERVER}:{port}"
        try:
            shown = guest.succeeds(f"ls {base}/", 60)
            assert "deep/" in shown and "vmlinuz" in shown, shown
            assert "initrd" in guest.succeeds(f"ls {base}/deep", 60)
            assert guest.fetch(f"{base}/vmlinuz") == DIGEST, serve
            assert guest.fetch(f"{base}/deep/initrd") == DIGEST, serve
            assert "404" in guest.fails(f"imgfetch {base}/none")
            if serve is web_servers.apache:
                assert 'packed as "gzip", unasked' in guest.succeeds(f"imgfetch --name menu {base}/packed/menu")
                assert guest.sha256("menu") == sha256(TEXT)
                assert "it ran" in guest.succeeds(f"chain {base}/packed/menu")
        finally:
            server.stop()


def test_haproxy(guest, module_site):
    backends = [oddserver.OddServer(port=port) for port in (8191, 8192)]
    for backend in backends:
        backend.serve("/image", oddserver.resumable(CONTENT, 100_000))
    proxy = web_servers.haproxy(module_site.folder, 8190, (8191, 8192))
    try:
        shown = guest.succeeds(f"imgfetch --name image http://{SERVER}:8190/image", 60)
        assert "trying again from byte " in shown, shown
        assert guest.sha256("image") == DIGEST
        assert [backend.count("/image") for backend in backends] == [1, 1]
    finally:
        proxy.stop()
        for backend in backends:
            backend.stop()
