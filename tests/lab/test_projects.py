# SPDX-License-Identifier: BSD-2-Clause
"""A boot server as somebody sets it up: Undine as `make install` puts it, by the dnsmasq example that comes with it;
and on one machine, one after the other, what the projects of docs/ipxe-recipes.md serve (tests/projects; its
stories are told in tests/world/test_projects.c).  LAB_INSTALLED=FOLDER takes what is installed there, as a package."""
import contextlib
import os
import re
import shutil

import pytest

import dhcp_servers
import dist
from network import SERVER, noise

pytestmark = pytest.mark.deadline(300)

PROJECTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "projects")
MAC = "52:54:00:12:34:56"
MARKS = {"@SERVER@": SERVER, "@MAC@": MAC, "@MAC-@": MAC.replace(":", "-")}
POST = "error_page 405 =200 $uri;"      # files answer to it, too


def installed(stage):
    """Where it is, and the example's lines with the lab's addresses."""
    root = os.environ.get("LAB_INSTALLED") or os.path.join(stage.folder, "root")
    if "LAB_INSTALLED" not in os.environ:
        dist.install(root, "/usr")
    with open(os.path.join(root, "usr/share/doc/undine/examples/dnsmasq.conf")) as file:
        text = file.read()
    # iPXE's ROM need not wait for an IPv6 router, nor for other servers' offers
    return text.replace("10.0.0.", "10.77.0.").replace("tftp-root=/", f"tftp-root={root}/") + \
        "enable-ra\ndhcp-range=fd77::,ra-only\ndhcp-option=encap:175,176,1b\n"


def filled(text):
    for mark, value in MARKS.items():
        text = text.replace(mark, value)
    return text


def serve(site, name):
    """That project's files in place of the last one's; its story, [(word, the rest)]."""
    for entry in os.listdir(site.http):
        path = os.path.join(site.http, entry)
        with contextlib.suppress(NotADirectoryError):
            shutil.rmtree(path)
            continue
        os.remove(path)
    top = os.path.join(PROJECTS, name)
    for folder, _, files in os.walk(top):
        for file in files:
            path = os.path.join(folder, file)
            with open(path) as content:
                site.put(filled(os.path.relpath(path, top)), filled(content.read()))
    with open(os.path.join(top, "story")) as file:
        story = [line.rstrip("\n").split(" ", 1) for line in file if not line.startswith("#")]
    for word, rest in story:
        if word == "image":
            path, which = filled(rest).split()
            # no kernel, so that the machine is there for the next project
            site.put(path[1:], noise(len(which), 5000))
    return story


def play(vm, story):
    told = dict(story)
    vm.serial.send(f"imgfree ; chain http://{SERVER}{filled(told['boot'])}\r")
    for word, rest in story:
        if word == "when":
            text, keys = rest.split(" | ")
            vm.expect(re.escape(text), 60)
            vm.serial.send(keys.replace("\\r", "\r").replace("\\e", "\x1b"))
    if "kernel" not in told:
        vm.expect(re.escape(next(rest for word, rest in story if word == "says")), 60)
        vm.prompt()
        return
    # by its name: menus that close show what is above anew
    name, = (rest.split()[0].rpartition("/")[2] for word, rest in story if word == "image" and rest.endswith(" linux"))
    vm.expect(rf"^boot: ({re.escape(name)}|kernel) \(unknown\) cannot be booted", 60)
    vm.interrupt()
    shown = re.sub(r"\s+", " ", vm.run("imgstat"))
    line = re.escape(re.sub(" +", " ", filled(told["kernel"]))).replace("@UUID@", "[0-9a-f-]*")
    # the worlds' machine has another address, and no gateway
    line = line.replace(re.escape(f"ip=10.0.0.100:{SERVER}::"), rf"ip=10\.77\.0\.\d+:{re.escape(SERVER)}:[0-9.]+:")
    assert re.search(f"kernel, unknown(, --no-name)?(; [0-9]+ bytes)? {line} ", shown), f"{line} is not in\n{shown}"
    assert len(re.findall("module, unknown", shown)) == len(told["initrd"].split()), shown


def test_each_project(stage, site):
    site.put("boot.ipxe", "#!ipxe\necho the example's script, as ${user-class}\nshell\n")
    site.start_nginx(POST)
    stage.with_(dhcp_servers.dnsmasq(site.folder, installed(stage)))
    vm = stage.boot()
    vm.expect("^the example's script, as Undine", 120)
    vm.prompt()
    for name in sorted(os.listdir(PROJECTS)):
        play(vm, serve(site, name))
