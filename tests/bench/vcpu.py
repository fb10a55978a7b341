# SPDX-License-Identifier: BSD-2-Clause
"""How long a machine's emulated processor has run on a real one: where others
are at work on the host, a figure a second of this says more than one a second
of the clock."""
import os


def _here(status):
    """The process or thread id in our own namespace; /proc counts outside."""
    with open(status) as file:
        for line in file:
            if line.startswith("NSpid:"):
                return int(line.split()[-1])


def _find(folder, wanted, belongs=lambda path: True):
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        try:
            if name.isdigit() and _here(path + "/status") == wanted and \
                    belongs(path):
                return path
        except OSError:     # ended meanwhile, or not ours to see
            pass
    raise ProcessLookupError(f"no {wanted} in {folder}")


class Vcpu:
    def __init__(self, vm):
        ours = os.readlink("/proc/self/ns/pid")
        process = _find("/proc", vm.process.pid,
                        lambda path: os.readlink(path + "/ns/pid") == ours)
        thread = vm.qmp.call("query-cpus-fast")[0]["thread-id"]
        self._path = _find(process + "/task", thread) + "/schedstat"

    def seconds(self):
        with open(self._path) as file:
            return int(file.read().split()[0]) / 1e9
