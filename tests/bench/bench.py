# SPDX-License-Identifier: BSD-2-Clause
"""bench.py - downloads the same file with several loaders, in turn, on the
same machine, and compares.  Called by `run`, in its namespaces.

Leaves each figure in build/bench/rounds.json, with it bench.md and bench.svg,
and, unless --draft is given, copies of these two in docs/.
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab"),
                os.path.join(TOP, "tools")]

import machine                          # noqa: E402
import network                          # noqa: E402
import report                           # noqa: E402
from contenders import CONTENDERS, FILE, Raw  # noqa: E402
from feeder import Feeder               # noqa: E402
from network import BUILD, TAP, Site    # noqa: E402
from relay import Relay                 # noqa: E402
from scenarios import SCENARIOS         # noqa: E402
from tapclock import NotDone, TapClock  # noqa: E402
from vcpu import Vcpu                   # noqa: E402

FOLDER = os.path.join(BUILD, "bench")
START = 90                      # seconds from power-on to the request
SLOWEST = 300e3                 # bytes a second: what is slower is given up
WINDOWS = 64, 128, 192, 256     # frames on their way to raw.asm
FEED_SECONDS, FEED_SETTLE, FEED_PAUSE = 2, 0.5, 0.2


def counters():
    """What the tap and the server's TCP have counted so far."""
    found = {}
    with open("/proc/self/net/dev") as file:
        for line in file:
            name, _, values = line.partition(":")
            if name.strip() == TAP:
                values = [int(v) for v in values.split()]
                found.update(frames=values[9], dropped=values[11],
                             from_machine=values[1])
    counts = network.tcp_counts()
    return {**found, "resent": counts["RetransSegs"],
            "timeouts": counts["TCPTimeouts"]}


def boot(folder, args, scenario, contender, netdev=None, tee=None):
    netdev = netdev or f"tap,ifname={TAP},script=no,downscript=no"
    command = machine.base_command(args.memory, scenario.nic, netdev)
    # Memory that is there from the start, as a PC's is: else the host finds
    # each page when it is first written to, and that is what is measured.
    command += ["-object", f"memory-backend-ram,id=ram,size={args.memory}M,prealloc=on",
                "-machine", "memory-backend=ram"]
    return machine.Machine(folder, command + list(contender.options), tee)


def measure_raw(folder, args, scenario, contender):
    """The ceiling is the best that the ROM does with any of WINDOWS frames on
    their way: with few it runs dry, with many it runs out of memory."""
    feeder = None
    vm = boot(folder, args, scenario, contender,
              tee=lambda data: feeder and feeder.heard(data))
    try:
        vm.serial.expect("^raw: open", START)
        vcpu, found = Vcpu(vm), []
        for window in WINDOWS:
            feeder = Feeder(window)
            feeder.feed(FEED_SETTLE)
            began, taken, ran = time.monotonic(), feeder.taken, vcpu.seconds()
            feeder.feed(FEED_SECONDS)
            passed = time.monotonic() - began
            taken, ran = feeder.taken - taken, vcpu.seconds() - ran
            feeder.stop()
            if "raw: failed" in vm.serial.unseen:
                raise NotDone(vm.serial.tail(1))
            found.append({"frames_per_s": taken / passed, "window": window,
                          "frames_per_cpu_s": taken / ran,
                          "stalls": feeder.stalls})
            time.sleep(FEED_PAUSE)
    finally:
        vm.quit()
    return {**max(found, key=lambda f: f["frames_per_s"]), "windows": found}


def let_orphans_live(live):
    """Of a machine that was switched off the server's connections remain, and
    send their FINs again for minutes: to the next machine of that address,
    which lpxelinux does not survive, and they would count as its time-outs.
    So in between they are given up at once."""
    with open("/proc/sys/net/ipv4/tcp_orphan_retries", "w") as file:
        file.write("0" if live else "1")    # 0: as always


def measure_download(folder, args, scenario, contender):
    relay = netdev = None
    clock = TapClock(TAP, "/" + FILE)
    let_orphans_live(False)
    try:
        if scenario.line:
            relay = Relay(folder, TAP, f"{scenario.name} {args.number}")
            netdev = relay.netdev
        vm = boot(folder, args, scenario, contender, netdev)
        try:
            def alive():
                return vm.process.poll() is None

            vcpu = Vcpu(vm)
            if relay:
                relay.both(**scenario.line, from_port=80)
            clock.wait_for_request(START, alive)
            let_orphans_live(True)
            before, ran = counters(), vcpu.seconds()
            clock.wait(10 + args.mib(scenario) * 2**20 / SLOWEST, alive)
            after, ran = counters(), vcpu.seconds() - ran
            more = contender.after(vm)
        finally:
            with open(os.path.join(folder, "serial.txt"), "wb") as file:
                file.write(vm.serial.raw)
            vm.quit()
    finally:
        let_orphans_live(True)
        clock.close()
        if relay:
            relay.stop()
    count = {name: after[name] - before[name] for name in after}
    frames = count["frames"] - count["resent"]
    return {"seconds": clock.seconds, "bytes": clock.size,
            "requests": clock.requests, **count,
            "bytes_per_s": clock.size / clock.seconds,
            "frames_per_s": frames / clock.seconds,
            "bytes_per_cpu_s": clock.size / ran,
            "frames_per_cpu_s": frames / ran, **more}


def measure(args, scenario, contender):
    folder = os.path.join(FOLDER, f"{scenario.name}-{contender.name}")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    record = {"scenario": scenario.name, "contender": contender.name,
              "load": os.getloadavg()[0]}
    site = Site(folder, network.NBP)
    try:
        options = contender.lay_out(site)
        site.link(FILE, content(args.mib(scenario)))
        site.start(dhcp=options)
        how = measure_raw if isinstance(contender, Raw) else measure_download
        record.update(how(folder, args, scenario, contender))
    except (NotDone, machine.Timeout, AssertionError, RuntimeError) as error:
        record["failed"] = str(error)
    finally:
        site.stop()
    return record


def measure_host(args):
    """net/ alone, on this machine: the rows of its page's table."""
    command = [os.path.join(HERE, "net-host")] + ["--draft"] * args.draft
    page = subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    return [line for line in page.splitlines() if line.startswith("|")]


def content(mib):
    """A file of this size that cannot be guessed, made once."""
    path = os.path.join(FOLDER, f"file-{mib}M")
    if not os.path.exists(path):
        with open(path + ".new", "wb") as file:
            file.write(network.noise(mib, mib << 20))
        os.rename(path + ".new", path)
    return path


def parse():
    parser = argparse.ArgumentParser(prog="tests/bench/run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, metavar="MIB",
                        help="of the file, instead of each scenario's own")
    parser.add_argument("--memory", type=int, default=512, metavar="MIB")
    parser.add_argument("--only", default=",".join(CONTENDERS),
                        help="contenders: " + ",".join(CONTENDERS))
    names = ",".join([s.name for s in SCENARIOS] + ["host"])
    parser.add_argument("--scenario", default=names, help=names)
    parser.add_argument("--before", metavar="FILE",
                        help="another undine.0, measured beside this one")
    parser.add_argument("--draft", action="store_true",
                        help="leave docs/ as it is")
    parser.add_argument("--report", action="store_true",
                        help="measure nothing; report the last run again")
    args = parser.parse_args()
    args.mib = lambda scenario: args.size or scenario.mib
    args.only = args.only.split(",")
    if args.before:
        CONTENDERS["before"].needs = os.path.abspath(args.before),
    else:
        args.only = [name for name in args.only if name != "before"]
    args.host = "host" in args.scenario.split(",")
    return args


def plan(args):
    """[(scenario, contender)] of one round."""
    scenarios = [s for s in SCENARIOS if s.name in args.scenario.split(",")]
    pairs = [(s, CONTENDERS[name]) for s in scenarios
             for name in s.contenders if name in args.only]
    lacking = {c.name: c.missing() for _, c in pairs if c.missing()}
    for name, paths in lacking.items():
        print(f"bench: {name} lacks {' '.join(paths)}; Debian's packages: "
              + " ".join(CONTENDERS[name].packages), file=sys.stderr)
    if lacking or not (pairs or args.host):
        sys.exit("bench: nothing measured")
    return pairs


def run(args, results):
    pairs = plan(args)
    network.set_up()
    if args.host:
        results["host"] = measure_host(args)
    # What is built during the run must not change it.
    for name in "undine.0", "undine.img":
        shutil.copy(os.path.join(BUILD, name), FOLDER)
    network.NBP = os.path.join(FOLDER, "undine.0")
    for number in range(1, args.rounds + 1):
        args.number = number
        for scenario, contender in pairs:
            record = measure(args, scenario, contender)
            record["round"] = number
            results["records"].append(record)
            print(report.line(record, args.rounds), flush=True)
            save(results)


def save(results):
    path = os.path.join(FOLDER, "rounds.json")
    with open(path + ".new", "w") as file:
        json.dump(results, file, indent=1)
    os.rename(path + ".new", path)


def main():
    args = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.chdir(TOP)
    path = os.path.join(FOLDER, "rounds.json")
    if args.report:
        with open(path) as file:
            results = json.load(file)
    else:
        results = {"about": report.about(args), "records": []}
        run(args, results)
    report.write(results, FOLDER)
    if not args.draft:
        for name in "bench.md", "bench.svg":
            shutil.copy(os.path.join(FOLDER, name), "docs")
    return any("failed" in record for record in results["records"])


if __name__ == "__main__":
    sys.exit(main())
