# SPDX-License-Identifier: BSD-2-Clause
"""A module that makes every call with random arguments for CALLS_SECONDS, beside downloads; for `make long`."""
import os
import time

import pytest

from network import noise, sha256
from test_modules import HEAPS, put

SECONDS = int(os.environ.get("CALLS_SECONDS", "600"))
CALLS = 20000


@pytest.mark.deadline(SECONDS + 300)
def test_random_calls(stage, site):
    site.start(nginx="limit_rate 800k;")
    content = noise("beside it", 1 << 20)
    long = site.put("long", content)
    guest = stage.boot()
    guest.prompt()
    guest.succeeds(f"imgfetch --name fuzz {put(site, 'tests/fuzz.umod')}")
    guest.run(f"timeout 60 run fuzz 1 {CALLS}", 90)
    before, seed, ended, end = guest.memory(), 1, 0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        seed += 1
        guest.succeeds(f"imgfetch --background --name long {long}")
        # what is read into its own stack may be its end, and a call may wait for what does not come
        ended += "ended" in guest.run(f"timeout 60 run fuzz {seed} {CALLS}", 120)
        guest.succeeds("sync", 90)
        assert guest.sha256("long") == sha256(content), seed
        guest.succeeds("imgfree long")
        assert guest.memory() > before - HEAPS, seed
    print(f"calls: {seed} seeds of {CALLS} in {SECONDS} s, a download beside each; {ended} modules were ended")
