# SPDX-License-Identifier: BSD-2-Clause
"""Tries: what is broken is mended while the machine waits, who is there holds
it for a while, and what boots it when nothing else does."""
import os
import re
import time

import pytest

from network import SERVER
from oddserver import OddDhcp
from telnet_session import PORT, Session
from test_dhcp import SCRIPT, lease
from test_leaving import BOOT_SECTOR

FAILING = f"#!ipxe\nset retry-timeout 8\ntelnetd --port {PORT} --password sesame\nkernel missing\n"
MENDED = "#!ipxe\necho It is mended\n"


def fail_once(stage, site, script):
    """A machine whose first try has failed, and somebody in a session there."""
    site.start(script)
    vm = stage.boot()
    ip = vm.expect(r"dhcp: ACK (\S+) from", 60)[1]
    vm.expect("is tried again in", 60)
    person = Session(ip).log_in()
    person.expect("undine> ")
    return vm, person


@pytest.mark.deadline(200)
@pytest.mark.waits
def test_a_session_sees_tries_come_and_go(stage, site):
    """The same session, the lease with a server and without one, the count on
    each console's last line."""
    vm, person = fail_once(stage, site, FAILING)
    person.expect(r"\(try \d in 0:0\d; failing for 0:\d\d\)")
    vm.expect(r"\(try \d in 0:0\d; failing for 0:\d\d\)")
    person.expect("Nobody is there: try 3,", 60)
    person.expect("is tried again in", 60)
    count, end = r"\nundine>   \(try 4 in 0:\d\d; failing for \d:\d\d\)\n*\Z", time.monotonic() + 30
    while not re.search(count, screen := "\n".join(vm.screen())):
        assert time.monotonic() < end, screen
        time.sleep(0.05)
    site.stop_dhcp()
    person.expect("its lease is good for this try", 60)
    site.put("boot.ipxe", MENDED)
    person.expect("^It is mended", 90)


@pytest.mark.waits
def test_what_a_lost_session_runs_ends(stage, site):
    """It neither holds the prompt, nor do its keys hold a try."""
    vm, person = fail_once(stage, site, FAILING)
    person.send(f"ping {SERVER}\n")
    person.expect("seq=2 ")
    person.close()
    vm.expect("stopped by the end of the session that typed it", 20)
    site.put("boot.ipxe", MENDED)
    vm.expect("^It is mended", 40)


@pytest.mark.deadline(180)
@pytest.mark.waits
def test_dhcp_server_comes_back(stage, site):
    """The try begins when it answers, and not when the pause is over."""
    site.put("boot.ipxe", SCRIPT)
    site.start(dhcp=OddDhcp.DNSMASQ)
    vm = stage.boot()
    vm.expect("dhcp: no lease on net0: .*", 100)
    vm.expect(r"\(try 2 in 0:3\d", 60)
    stage.with_(OddDhcp(lease))
    vm.expect("a DHCP server is back", 40)
    vm.expect("the script runs", 30)


@pytest.mark.parametrize("fallback", ["disk", "exit"])
def test_fallback(stage, site, fallback):
    """When tries fail the list has its turn: what does not boot gives way to
    the next."""
    site.start(f"#!ipxe\nset fallback-after 1\nset fallback http://{SERVER}/nothing {fallback}\nkernel missing\n")
    disk = os.path.join(stage.folder, "disk")
    with open(disk, "wb") as file:
        file.write(BOOT_SECTOR.ljust(1 << 20, b"\0"))
    vm = stage.boot(extra=["-boot", "order=nc", "-drive", f"file={disk},format=raw,if=ide"])
    vm.expect("nothing has not booted anything either", 60)
    vm.expect(f"Falling back to {fallback}", 30)
    vm.expect("^disk!", 30)
