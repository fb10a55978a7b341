# SPDX-License-Identifier: BSD-2-Clause
"""run linux [--rounds N] [--size MB] [--nic NIC,...] [--only LOADER,...] - seconds from power-on to
Linux's first line, by turns: the stock ROM starts Undine, or is an iPXE and goes
on by itself; the same script, kernel and initrd, SIZE million bytes of them.

By the clock and by the emulated processor's own seconds, also up to the request
for the kernel: until then there is the BIOS, the ROM, and Undine's own way.
docs/speed.md has the figures.  Called by `run`, in its namespaces.
"""
import argparse
import os
import shutil
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab"),
                os.path.join(TOP, "tools")]

import machine                          # noqa: E402
import network                          # noqa: E402
from contenders import with_driver      # noqa: E402
from network import BUILD, SERVER, TAP, Site    # noqa: E402
from tapclock import TapClock           # noqa: E402
from vcpu import Vcpu                   # noqa: E402

FOLDER = os.path.join(BUILD, "bench", "linux")
KERNEL = os.path.join(BUILD, "debian", "vmlinuz")
SCRIPT = f"""#!ipxe
kernel http://{SERVER}/vmlinuz console=ttyS0
initrd http://{SERVER}/initrd
boot
"""
REQUEST, LINUX = 120, 300       # seconds, at the most
LOADERS = "undine", "undi", "ipxe"


def lay_out(site, loader):
    """The options that dnsmasq needs."""
    if loader == "ipxe":
        site.put_tftp("boot.ipxe", SCRIPT)
        return ["--dhcp-boot=tag:!undine,boot.ipxe"]
    with_driver("undi" if loader == "undi" else "auto", network.NBP, os.path.join(site.tftp, "undine.0"))
    return ["--dhcp-boot=tag:undine," + site.put("boot.ipxe", SCRIPT)]


def measure(args, nic, loader, initrd):
    """Seconds to the request for the kernel and to Linux, then the processor's."""
    folder = os.path.join(FOLDER, f"{nic}-{loader}")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    site = Site(folder)
    options = lay_out(site, loader)
    site.link("vmlinuz", KERNEL)
    site.link("initrd", initrd)
    site.start(dhcp=options)
    clock, vm = TapClock(TAP, "/vmlinuz"), None
    try:
        began = time.monotonic()
        vm = machine.Machine(folder, machine.base_command(
            args.memory, nic, f"tap,ifname={TAP},script=no,downscript=no"))
        vcpu = Vcpu(vm)
        clock.wait_for_request(REQUEST, lambda: vm.process.poll() is None)
        times = [time.monotonic() - began, 0, vcpu.seconds(), 0]
        end = time.monotonic() + LINUX
        while b"Linux version" not in vm.serial.raw:
            if time.monotonic() > end or vm.process.poll() is not None:
                sys.exit(f"bench: {nic}, {loader}: no Linux; see {folder}")
            time.sleep(0.005)
        times[1::2] = time.monotonic() - began, vcpu.seconds()
        return times
    finally:
        clock.close()
        if vm:
            with open(os.path.join(folder, "serial.txt"), "wb") as file:
                file.write(vm.serial.raw)
            vm.quit()
        site.stop()


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run linux")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", type=int, default=87, metavar="MB")
    parser.add_argument("--memory", type=int, default=512, metavar="MIB")
    parser.add_argument("--nic", default="virtio-net-pci,e1000")
    parser.add_argument("--only", default=",".join(LOADERS), help=",".join(LOADERS))
    args = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    network.set_up()
    initrd = os.path.join(FOLDER, "initrd")
    with open(initrd, "wb") as file:
        file.write(network.noise(args.size, args.size * 1000000 - os.path.getsize(KERNEL)))
    rows = [(nic, loader) for nic in args.nic.split(",") for loader in args.only.split(",")]
    found = {row: [] for row in rows}
    for number in range(args.rounds):
        for row in rows:
            found[row].append(measure(args, *row, initrd))
            print(f"round {number + 1}: {row[0]}, {row[1]}:", *(f"{t:.2f}" for t in found[row][-1]), flush=True)
    print(f"{'card':16s}{'loader':8s}{'asks for the kernel':>20s}{'Linux':>8s}{'(least)':>9s}"
          f"{'processor: asks':>17s}{'Linux':>8s}")
    for row, times in found.items():
        asks, linux, cpu_asks, cpu_linux = (statistics.median(t) for t in zip(*times))
        print(f"{row[0]:16s}{row[1]:8s}{asks:20.2f}{linux:8.2f}{min(t[1] for t in times):9.2f}"
              f"{cpu_asks:17.2f}{cpu_linux:8.2f}")


if __name__ == "__main__":
    main()
