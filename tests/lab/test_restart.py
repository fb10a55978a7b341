# SPDX-License-Identifier: BSD-2-Clause
"""Undine starts itself anew from its copy in memory: after a panic, a hang, or
when a service that it cannot do without is lost; whatever had started it."""
import pytest

from network import noise, sha256

pytestmark = pytest.mark.stock


def works(vm, site):
    content = noise(61, 300_000)
    assert vm.fetch(site.put("content", content)) == sha256(content)


def new_life(vm, why, number):
    """What the next life says of how it came about, with the fault."""
    vm.expect(rf"restart: {why}: Undine starts anew from its copy in memory", 30)
    vm.expect(r"restart: the last life's log ended with$", 30)
    vm.expect(rf"restart: this is a new life out of memory, the {number}\. since the machine was started", 30)
    vm.expect("^Undine ")


@pytest.mark.deadline(240)
def test_panic(stage, site):
    site.start()
    vm = stage.boot()
    vm.prompt(60)
    works(vm, site)
    for number in 2, 3:
        vm.serial.send("crash --panic\r")
        vm.expect("panic: this is a bug in Undine", 10)
        new_life(vm, "panic: asked for by the command crash", number)
        vm.prompt(60)
        works(vm, site)
