# SPDX-License-Identifier: BSD-2-Clause
"""DHCP servers of the small kind, behind a relay agent, beside a proxy, and beside one that knows of no boot file.

The loader is a process of the host (tests/world/tap.c).
"""
import re
import subprocess

import dhcp_servers
import test_many
from network import SERVER, TAP
from test_ident import RANGE, SCRIPT, URL

OTHER = "10.77.0.9"


def boot(stage, site, *servers):
    """A loader among these servers: its log."""
    site.put("boot.ipxe", SCRIPT)
    site.start_nginx()
    for server in servers:
        stage.with_(server)
    _, logs = test_many.turn_on(site.folder, count=1)
    return logs["1"]


def ran(log):
    """The user class, address and boot file that the script has told of."""
    found = re.search(r"^The script runs: (\S+) (\S+) (.*)$", log, re.M)
    assert found, log
    return found.groups()


def test_udhcpd(stage, site):
    log = boot(stage, site, dhcp_servers.udhcpd(site.folder, f"siaddr {SERVER}\nboot_file {URL}"))
    assert ran(log) == ("Undine", "10.77.0.70", URL) and "not taken" not in log


def test_by_a_relay_agent_and_a_name_of_all_bytes(stage, site):
    """The server is where only the relay has a way to; the file's name has blanks, UTF-8 and what looks encoded, and
    is asked for as it is."""
    site.put_tftp("b\u00f6ot %41.ipxe", SCRIPT)
    log = boot(stage, site, dhcp_servers.tftp(site.folder, site.tftp),
               dhcp_servers.isc_far(site.folder, f'next-server {SERVER}; filename "b\\303\\266ot %41.ipxe";'),
               dhcp_servers.relay(site.folder))
    assert ran(log)[:2] == ("Undine", "10.77.0.50"), log
    assert re.search(rf"ACK 10.77.0.50 from {dhcp_servers.FAR}", log), log
    assert "b??ot %41.ipxe" in log


def test_a_proxy_beside_a_plain_server(stage, site):
    """The server knows of no boot, the proxy gives no address: the lease has both's words."""
    site.put_tftp("boot.ipxe", SCRIPT)
    log = boot(stage, site, dhcp_servers.tftp(site.folder, site.tftp), dhcp_servers.udhcpd(site.folder, ""),
               dhcp_servers.dnsmasq(site.folder, f"""
dhcp-range=10.77.0.0,proxy
pxe-service=x86PC,"Boot script",boot.ipxe,{SERVER}
pxe-prompt="Boot",0
"""))
    assert ran(log)[1] == "10.77.0.70"
    assert "10.77.0.1 names boot file boot.ipxe" in log, log


def test_two_servers_of_which_one_has_no_boot_file(stage, site):
    """The other's lease is taken, whoever is first, and the console says why."""
    subprocess.run(["ip", "address", "add", f"{OTHER}/24", "dev", TAP], check=True)
    log = boot(stage, site, dhcp_servers.dnsmasq(site.folder, RANGE),
               dhcp_servers.udhcpd(site.folder, f"siaddr {SERVER}\nboot_file {URL}", OTHER))
    subprocess.run(["ip", "address", "del", f"{OTHER}/24", "dev", TAP], check=True)
    assert ran(log) == ("Undine", "10.77.0.70", URL)
    # by whichever was the first
    assert re.search(f"an answer of {SERVER} on net0 is not taken: (it names no boot file, and )?that of {OTHER} "
                     "(does|was there before)$", log, re.M), log
