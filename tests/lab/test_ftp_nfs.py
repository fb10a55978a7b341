# SPDX-License-Identifier: BSD-2-Clause
"""Downloads from vsftpd - anonymous, by a user, broken off and gone on with - and from nfs-ganesha - by the portmapper,
by a port, by a link -; and a kernel by FTP with a module by NFS.  All in one power-on."""
import os
import re
import time

import mb2
from ftp_servers import Vsftpd
from network import SERVER, TAP, noise, sha256
from nfs_servers import Ganesha

CONTENT = noise(21, 1_500_000)
DIGEST = sha256(CONTENT)


def sent():
    """Bytes that the server's card has sent."""
    with open("/proc/net/dev") as file:
        return int(re.search(rf"{TAP}:(.*)", file.read())[1].split()[8])


def resumed(guest, server, url):
    """Broken off in its middle, and gone on with from there."""
    for _ in range(4):          # a busy host may be late with breaking it off
        guest.succeeds("imgfree")
        before, said = sent(), len(server.talk())
        guest.serial.send(f"imgfetch --name resumed {url} && echo It worked || echo It failed\r")
        end = time.monotonic() + 60
        while "150 Opening" not in server.talk()[said:] or sent() < before + 300_000:
            assert time.monotonic() < end, server.talk()
            time.sleep(0.02)
        server.break_off()
        assert guest.expect(r"^\r*It (worked|failed)$", 60)[1] == "worked"
        guest.prompt()
        assert guest.sha256("resumed") == DIGEST
        if re.search(r'"REST [1-9]\d*"', server.talk()[said:]):
            break
    else:
        assert False, server.talk()
    assert '"EPSV"' in server.talk() and '"SIZE large"' in server.talk()


def test_from_vsftpd_and_ganesha(guest, module_site, module_stage):
    server = module_stage.with_(Vsftpd(module_stage.folder, rate=600_000))
    url = server.put("large", CONTENT)
    resumed(guest, server, url)

    # a user, who stands in the URL
    assert guest.fetch(url.replace("//", "//op:p%40w@"), name="user") == DIGEST
    assert "[op] OK LOGIN" in server.talk()
    shown = guest.fails(f"imgfetch {url.replace('//', '//op:wrong@')}", 60)
    assert "says: 530 Login incorrect.; it wants a user and a password" in shown, shown
    shown = guest.succeeds(f"ls ftp://{SERVER}/")
    assert re.search(r"^ +1500000  large\r*$", shown, re.M), shown
    shown = guest.fails(f"imgfetch ftp://{SERVER}/nothing")
    assert f"{SERVER}:21 says: 550 Could not get file size." in shown or "550 Failed to open file." in shown, shown

    other = module_stage.with_(Ganesha(module_stage.folder))
    url = other.put("large", CONTENT)
    os.symlink("large", os.path.join(other.root, "link"))
    assert guest.fetch(url, name="mapped") == DIGEST
    assert guest.fetch(url.replace(f"{SERVER}/", f"{SERVER}:2049/").replace("/large", "/link"), name="port") == DIGEST
    shown = guest.succeeds(f"ls nfs://{SERVER}/srv/boot")
    assert re.search(r"^ +1500000  large\r*$", shown, re.M) and re.search(r"^ +\?  link\r*$", shown, re.M), shown
    shown = guest.fails(f"imgfetch nfs://{SERVER}/srv/boot/nothing")
    assert f"{SERVER}:2049 says of /srv/boot/nothing: no such file; check the path" in shown, shown
    shown = guest.fails(f"imgfetch nfs://{SERVER}/etc/passwd")
    assert "is it exported to this machine" in shown or "no such file" in shown, shown

    guest.succeeds("imgfree")
    with open(mb2.kernel("elf32.elf"), "rb") as file:
        server.put("mb2.elf", file.read())
    module = other.put("first.bin", b"one")
    script = server.put("boot.ipxe", f"#!ipxe\nkernel mb2.elf by=ftp\nmodule {module}\nboot\n".encode())
    guest.serial.send(f"chain {script}\r")
    dump = mb2.read(guest)
    assert dump.line("cmdline")["cmdline"] == "mb2.elf by=ftp"
    mb2.check_modules(dump, [("first.bin", b"one")])
