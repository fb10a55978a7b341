# SPDX-License-Identifier: BSD-2-Clause
"""Servers that know iPXE: dnsmasq, ISC dhcpd and Kea, set up as for iPXE
(docs/servers.md), give Undine their script.

The loader is a process of the host (tests/world/tap.c), so that nobody but it
asks these servers for a lease.
"""
import re
import shutil

import pytest

import dhcp_servers
import test_many
from network import SERVER

UNDIONLY = "/usr/lib/ipxe/undionly.kpxe"

SCRIPT = """#!ipxe
echo The script runs: ${user-class} ${net0/ip} ${filename}
exit
"""
URL = f"http://{SERVER}/boot.ipxe"

# --- dnsmasq

RANGE = "dhcp-range=10.77.0.50,10.77.0.60,255.255.255.0,1h\n"
DNSMASQ = {
    "by 77": "dhcp-userclass=set:ipxe,iPXE\n",
    "by 175": "dhcp-match=set:ipxe,175\n",
    "by 175.19": "dhcp-match=set:ipxe,175,19\n",
}


def dnsmasq(folder, rule, loader="undine.0"):
    return dhcp_servers.dnsmasq(folder, RANGE + DNSMASQ[rule] + f"""
dhcp-boot=tag:!ipxe,{loader},,{SERVER}
dhcp-boot=tag:ipxe,{URL}
""")


# --- ISC dhcpd

ISC_OPTIONS = """
option space ipxe;
option ipxe-encap-opts code 175 = encapsulate ipxe;
option ipxe.priority code 1 = signed integer 8;
option ipxe.keep-san code 8 = unsigned integer 8;
option ipxe.skip-san-boot code 9 = unsigned integer 8;
option ipxe.http code 19 = unsigned integer 8;
option ipxe.no-pxedhcp code 176 = unsigned integer 8;
option ipxe.bios-drive code 189 = unsigned integer 8;
option ipxe.username code 190 = string;
option ipxe.password code 191 = string;
option ipxe.no-pxedhcp 1;
"""
ISC = {
    "by 77": 'exists user-class and option user-class = "iPXE"',
    "by 175": "exists ipxe-encap-opts",
    "by 175.19": "exists ipxe.http",
}


def isc(folder, rule, loader="undine.0", more=""):
    return dhcp_servers.isc(folder, ISC_OPTIONS + more + f"""
next-server {SERVER};
if {ISC[rule]} {{
    filename "{URL}";
}} else {{
    filename "{loader}";
}}
""")


# --- Kea

KEA_OPTIONS = [
    {"name": "ipxe", "code": 175, "space": "dhcp4", "type": "empty", "encapsulate": "ipxe"},
    {"name": "http", "code": 19, "space": "ipxe", "type": "uint8"},
]
KEA = {
    "by 77": "option[77].hex == 'iPXE'",
    "by 175": "option[175].exists",
    "by 175.19": "option[175].option[19].exists",
}


def kea(folder, rule, loader="undine.0"):
    return dhcp_servers.kea(folder, {
        "option-def": KEA_OPTIONS,
        "next-server": SERVER,
        "client-classes": [
            {"name": "ipxe", "test": KEA[rule], "boot-file-name": URL},
            {"name": "others", "test": "not member('ipxe')", "boot-file-name": loader},
        ],
    })


def turn_on(stage, site, server, *args):
    """The site with that server in place of its own, and a loader: its log."""
    site.put("boot.ipxe", SCRIPT)
    site.start_nginx()
    stage.with_(dhcp_servers.tftp(site.folder, site.tftp))
    stage.with_(server(site.folder, *args))
    _, logs = test_many.turn_on(site.folder, count=1)
    log, = logs.values()
    return log


def pxe_service(folder):
    """A boot menu of PXE's, and no boot file: that comes from port 4011."""
    return dhcp_servers.dnsmasq(folder, RANGE + f"""
pxe-service=x86PC,"Boot script",boot.ipxe,{SERVER}
pxe-service=x86PC,"Others",77,{SERVER}
pxe-prompt="Boot",0
""")


def test_pxe_service(stage, site):
    site.put_tftp("boot.ipxe", SCRIPT)
    log = turn_on(stage, site, pxe_service)
    assert re.search("its first entry, Boot script .type 32768., is taken", log), log
    assert re.search("^The script runs: Undine", log, re.M), log


@pytest.mark.parametrize("rule", ["by 77", "by 175", "by 175.19"])
@pytest.mark.parametrize("server", [dnsmasq, isc, kea], ids=lambda server: server.__name__)
def test_rule(stage, site, server, rule):
    log = turn_on(stage, site, server, rule)
    by_class = rule == "by 77"
    assert re.search(rf"^The script runs: {'iPXE' if by_class else 'Undine'} 10\.77\.0\.\d+ {URL}$", log, re.M), log
    assert log.count("asking once more as iPXE") == by_class, log


def test_undionly_for_all_but_ipxe(stage, site):
    """Not even the boot file's name was changed: no circle, but the script."""
    shutil.copy(UNDIONLY, site.tftp)
    log = turn_on(stage, site, dnsmasq, "by 77", "undionly.kpxe")
    assert re.search("it is another network boot program: .*/undionly.kpxe", log), log
    assert re.search("^The script runs: iPXE", log, re.M), log
