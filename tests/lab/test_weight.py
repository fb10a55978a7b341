# SPDX-License-Identifier: BSD-2-Clause
"""undine.0 as a file: damaged on its way to us."""
import os

import pytest

from network import BUILD, NBP
from test_leaving import BOOT_SECTOR
from test_starts import FIRST, disk


@pytest.mark.parametrize("how", ["in the middle", "in its length", "cut"])
def test_damaged_on_its_way(stage, site, how):
    """It is not run: it says so, and the ROM goes on."""
    with open(NBP, "rb") as file:
        content = bytearray(file.read())
    length = os.path.getsize(os.path.join(BUILD, "start.bin")) + 4
    if how == "in the middle":
        content[len(content) // 2] ^= 0x10
    elif how == "in its length":
        content[length + 3] ^= 0x80
    else:
        del content[-20000:]
    os.remove(os.path.join(site.tftp, "undine.0"))
    site.put_tftp("undine.0", content)
    site.start()
    vm = stage.boot(nic=FIRST, extra=disk(stage, "other", BOOT_SECTOR, 2))
    vm.expect("^undine: undine.0 was damaged on its way .*; back to", 60)
    vm.expect("^disk!", 60)
