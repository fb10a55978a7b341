# SPDX-License-Identifier: BSD-2-Clause
"""All trees of pxelinux_trees.py, for `make long`."""
import pytest

import pxelinux_trees


@pytest.mark.deadline(3600)
def test_all_trees(stage, site):
    numbers = range(pxelinux_trees.COUNT)
    different = [(number, *pair) for number, pair in zip(numbers, pxelinux_trees.told(stage, site, numbers))
                 if pair[0] != pair[1]]
    print(f"trees: {len(numbers) - len(different)} of {len(numbers)} are the same")
    assert not different
