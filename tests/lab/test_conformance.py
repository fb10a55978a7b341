# SPDX-License-Identifier: BSD-2-Clause
"""One suite of scripts, three loaders: Undine, iPXE of the release after Debian 12, and Debian 12's own.  Their
transcripts are the same, but where a case names a difference."""
import os

import pytest

import conformance
import machine
from network import BUILD, SERVER, TAP

pytestmark = [pytest.mark.stock, pytest.mark.deadline(300)]

OURS, NEXT = "/usr/lib/ipxe/ipxe.lkrn", os.path.join(BUILD, "debian", "ipxe.lkrn")
COMMANDS = r"Available commands:([^:]*?)Type "


class Ipxe(machine.Machine):
    """A PC whose BIOS shows its screen on the serial line and starts an iPXE that brings its own drivers."""

    def __init__(self, folder, lkrn):
        command = machine.base_command(256, "e1000,romfile=", f"tap,ifname={TAP},script=no,downscript=no")
        command[command.index("pc")] = "pc,graphics=off"
        # its https wants a processor's random numbers, or waits for the clock's
        super().__init__(folder, command + ["-cpu", "max", "-kernel", lkrn])
        self._folder = folder

    def quit(self):
        super().quit()
        with open(os.path.join(self._folder, "serial.txt"), "wb") as file:
            file.write(self.serial.raw)


def test_undine(stage, site):
    chosen = conformance.cases("undine")
    conformance.put(site, chosen)
    # a terminal on which nothing is painted twice
    site.start(f"http://{SERVER}/suite.ipxe", dhcp=["--dhcp-option=tag:undine,224,console=com1,dumb"])
    found = conformance.play(stage.boot(), chosen, 60)
    assert conformance.differences(found, chosen, "undine") == {}


@pytest.mark.parametrize("lkrn, witness", [(NEXT, "2025"), (OURS, "2019")])
def test_ipxe(stage, site, lkrn, witness):
    """The cases whose commands it has."""
    # it waits for a suite of what it has
    site.put("begin.ipxe", "#!ipxe\nhelp\n:again\nchain suite.ipxe || sleep 1\ngoto again\n")
    site.start(dhcp=["--dhcp-userclass=set:ipxe,iPXE", f"--dhcp-boot=tag:ipxe,http://{SERVER}/begin.ipxe"])
    vm = stage.boot(Ipxe, lkrn=os.environ.get(f"LAB_IPXE_{witness}", lkrn))
    has = vm.serial.expect(COMMANDS, 60)[1].split()
    chosen = [case for case in conformance.cases(witness) if set(case.needs) <= set(has)]
    conformance.put(site, chosen)
    found = conformance.play(vm, chosen, 60)
    assert conformance.differences(found, chosen, witness) == {}
