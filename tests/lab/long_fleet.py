# SPDX-License-Identifier: BSD-2-Clause
"""`make fleet`: fleets of growing size, switched on at once, by each of the ways of docs/fleet.md.  FLEET are the
numbers of machines; FLEET_CHART is where the chart goes."""
import os
import sys

import pytest

from fleet import WAYS, Fleet
from network import BUILD

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
import chart                            # noqa: E402

NUMBERS = [int(n) for n in (os.environ.get("FLEET") or "10 50 100 200").split()]


@pytest.mark.deadline(600 + 20 * sum(NUMBERS))
def test_growth(stage):
    fleet, results = Fleet(stage, os.path.join(BUILD, "fleet/tap")), {}
    for way in WAYS:
        for machines in NUMBERS:
            if way == "nginx, warm":
                fleet.run(2, "nginx, cold")
            results[way, machines] = fleet.run(machines, way, within=120 + 10 * machines)
            print(f"\nfleet: {results[way, machines]}", end="", flush=True)
    if "FLEET_CHART" in os.environ:
        groups = [(f"{n} machines, switched on at once", [
            (way, r.median, r.median, r.slowest, "other" if way == "the origin alone" else "ours")
            for way in WAYS for r in [results[way, n]]],
            "bars: the median boot; lines: up to the slowest") for n in NUMBERS]
        with open(os.environ["FLEET_CHART"], "w") as file:
            file.write(chart.svg(groups, "s", "A fleet's boot, seconds"))
