# SPDX-License-Identifier: BSD-2-Clause
"""A small fleet behind the caches of docs/fleet.md, by the very files of examples/fleet."""
import pytest

from fleet import SIZE, Fleet

MACHINES = 4


@pytest.mark.deadline(180)
def test_caches_spare_the_origin(stage):
    """Cold and all at once, the origin gives each byte once, and nothing when a mirror is out and the cache is warm."""
    fleet = Fleet(stage)
    alone = fleet.run(MACHINES, "the origin alone")
    assert alone.egress > MACHINES * SIZE
    for way in "nginx, cold", "squid, cold", "a mirror out, nginx":
        assert SIZE <= fleet.run(MACHINES, way).egress < 1.2 * SIZE, way
    assert fleet.run(MACHINES, "nginx, warm").egress < 0.1 * SIZE
