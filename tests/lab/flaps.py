# SPDX-License-Identifier: BSD-2-Clause
"""A cable that somebody keeps pulling out and putting in while files are fetched."""
import random
import time

from network import SERVER, noise, sha256

PACE = "limit_rate 4m;"        # for nginx, so that the cable goes out in the middle
CONTENT = noise(67, 1_000_000)


def downloads(vm, site, count, least, seed, within, settling=0):
    """Downloads, one after the other, each of which must be right: COUNT of them or more, until the cable has gone
    out LEAST times meanwhile; how many they were and how often it went out.  WITHIN so many seconds.
    SETTLING: so long a card takes to have a link, once the cable is in."""
    url = site.put("flapped", CONTENT)
    site.put("flaps.ipxe", f"""#!ipxe
set n:int32 0
:again
imgfetch --name flapped {url} || goto lost
imgverify --sha256 {sha256(CONTENT)} flapped || goto lost
imgfree flapped
inc n
iseq ${{n}} {count} && set enough yes ||
isset ${{enough}} || goto again
imgfetch --name often http://{SERVER}/often || goto again
echo flaps: ${{n}} were right
exit
:lost
echo flaps: number ${{n}} was lost
exit
""")
    vm.succeeds("set retry-timeout 0")      # nobody is there: else the next try would end it
    chance, flaps, end = random.Random(seed), 0, time.monotonic() + within
    seen = len(vm.serial.text)
    vm.serial.send(f"chain http://{SERVER}/flaps.ipxe\r")
    while "\nflaps: " not in vm.serial.text[seen:].replace("\r", "\n"):
        assert time.monotonic() < end, "the downloads do not end"
        time.sleep(settling + chance.uniform(0.1, 0.8))
        vm.link(False)
        time.sleep(chance.choice((0.01, 0.1, 0.3, 1.0)))
        vm.link(True)
        flaps += 1
        if flaps == least:
            site.put("often", b"enough")
    right = int(vm.expect(r"^flaps: (\d+) were right")[1])
    vm.prompt()
    assert right >= count and flaps >= least
    return right, flaps
