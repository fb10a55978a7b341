# SPDX-License-Identifier: BSD-2-Clause
"""Behind a proxy: what is asked for goes by squid and by tinyproxy, with user
and password, and the second machine's file comes from squid's cache."""
import re

import proxies
from network import SERVER, noise, sha256

CONTENT = noise(9, 300_000)
DIGEST = sha256(CONTENT)


def test_by_proxies(guest, module_site):
    url = module_site.put("by-proxy", CONTENT)

    def sent():
        return sum("by-proxy" in request.line and request.status == 200 for request in module_site.nginx.requests())

    squid = proxies.squid(module_site.folder)
    tiny = proxies.tinyproxy(module_site.folder)
    try:
        before = sent()
        guest.succeeds(f"set http-proxy http://{proxies.USER['squid']}@{SERVER}:3128/")
        assert guest.fetch(url, name="first") == DIGEST and guest.fetch(url, name="second") == DIGEST
        lines = []
        while len(lines) < 2:       # they are written behind the answers
            with open(f"{squid.folder}/access.log") as log:
                lines = [line for line in log if line.endswith("\n") and "by-proxy" in line]
        # from its memory, perhaps after the server has said that the file is still the same
        assert "TCP_MISS/200" in lines[0] and re.search("TCP_(MEM_HIT|REFRESH_UNMODIFIED)/200", lines[1]), lines
        assert sent() == before + 1

        guest.succeeds(f"set http-proxy http://{proxies.USER['tinyproxy']}@{SERVER}:8888/")
        assert guest.fetch(url, name="third") == DIGEST
        assert "by-proxy" in tiny.said()

        guest.succeeds(f"set http-proxy http://op:wrong@{SERVER}:3128/")
        assert "407 Proxy Authentication Required from the proxy" in guest.fails(f"imgfetch {url}")
        guest.succeeds("set no-proxy 10.77.0.0/16")
        assert guest.fetch(url, name="fourth") == DIGEST
        guest.succeeds("set no-proxy other.test")
        squid.stop()
        assert f"the proxy {SERVER}:3128 refuses" in guest.fails(f"imgfetch {url}", 60)
    finally:
        guest.succeeds("clear http-proxy")
        squid.stop()
        tiny.stop()
