# SPDX-License-Identifier: BSD-2-Clause
"""What is measured: a card, a cable, a file, and who takes part."""
import os
from dataclasses import dataclass, field

from network import BUILD


@dataclass
class Scenario:
    name: str
    title: str
    nic: str
    mib: int                    # of the file
    contenders: tuple
    line: dict = field(default_factory=dict)    # what is wrong with the cable, both ways: relay.py
    base: str = "undine"        # whom the others are compared with
    # (contender, how many times as fast the base is to be); raw ones by frames
    targets: tuple = ()
    aims: tuple = ()            # the same, hoped for
    by_cpu: str = ""            # compared by CPU seconds, and why


PEERS = ("lpxelinux", 2.5), ("undionly", 7), ("grub", 5), ("raw", 0.8)
AIMS = ("raw", 0.9),
ALL = "undine", "before", "lpxelinux", "grub", "undionly", "raw", "raw-wide", "native"
BAD_LINE = "undine", "before", "lpxelinux", "native"
BUSY = "what a module costs is the processor's time, and by the clock rounds scatter by more than that"
OWN = "own", "native"
OUR_ROM = os.path.join(BUILD, "undi-e1000.rom")

SCENARIOS = (
    Scenario("e1000", "e1000, stock ROM", "e1000", 64, ALL,
             targets=PEERS, aims=AIMS),
    Scenario("virtio", "virtio-net-pci, stock ROM", "virtio-net-pci", 64, ALL,
             targets=PEERS, aims=AIMS),
    Scenario("undirom", "e1000, ROM of the tests", f"e1000,bootindex=2,romfile={OUR_ROM}",
             64, ("pm", "v86", "real"), base="pm", targets=(("real", 1),),
             by_cpu="the emulated processor waits for QEMU's other threads, "
             "the tap and the server for a quarter of the time, and by the "
             "clock protected and real mode differ by less than they scatter"),
    Scenario("loss", "e1000, 1 % loss and 20 ms each way", "e1000", 16,
             BAD_LINE, {"loss": 0.01, "delay_ms": 20},
             targets=(("native", 1), ("lpxelinux", 2))),
    Scenario("module", "e1000, a module", "e1000", 64, ("sink", "undine"), base="sink", targets=(("undine", 0.7),),
             by_cpu=BUSY),
    Scenario("idle", "e1000, an idle module", "e1000", 64, ("idle", "undine"), base="idle",
             targets=(("undine", 0.95),), by_cpu=BUSY),
    Scenario("own-virtio", "virtio-net-pci, without the ROM", "virtio-net-pci", 64, OWN, base="own",
             targets=(("native", 1),), aims=(("native", 1.5),)),
    Scenario("own-e1000", "e1000, without the ROM", "e1000", 64, OWN, base="own",
             targets=(("native", 1),), aims=(("native", 1.5),)),
    Scenario("own-loss", "e1000 without the ROM, 1 % loss and 20 ms each way", "e1000", 16, OWN,
             {"loss": 0.01, "delay_ms": 20}, base="own", targets=(("native", 1),), aims=(("native", 2),)),
    Scenario("own-delay", "e1000 without the ROM, 50 ms each way", "e1000", 16, OWN,
             {"delay_ms": 50}, base="own", targets=(("native", 1),), aims=(("native", 2),)),
    Scenario("delay", "e1000, 50 ms each way", "e1000", 16, BAD_LINE,
             {"delay_ms": 50}, targets=(("native", 1), ("lpxelinux", 8))),
)
