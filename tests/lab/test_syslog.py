# SPDX-License-Identifier: BSD-2-Clause
"""The log on its way to a real rsyslogd."""
import os
import re
import subprocess
import time

import pytest

from network import SERVER

MAC = "52:54:00:12:34:56"
PROCID = MAC.replace(":", "-")       # a tag of RFC 3164 would end at a colon
FIELDS = ("from", "host", "app", "procid", "msgid", "facility", "severity", "data", "text")


def by_udp(port):
    return f"""module(load="imudp")
input(type="imudp" address="{SERVER}" port="{port}")"""


def by_tls(port, authority, chain, key):
    return f"""global(defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="{authority}"
defaultNetstreamDriverCertFile="{chain}" defaultNetstreamDriverKeyFile="{key}")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imtcp" address="{SERVER}" port="{port}")"""


class Rsyslog:
    """An rsyslogd on SERVER, and what it made of each message; tls: a CA, a chain and its key, then by TCP and TLS."""

    def __init__(self, folder, port=514, tls=None):
        self.folder = os.path.join(folder, f"rsyslog-{port}")
        os.makedirs(self.folder)
        self.path = os.path.join(self.folder, "messages")
        config = os.path.join(self.folder, "rsyslog.conf")
        with open(config, "w") as file:
            file.write(f"""
global(workDirectory="{self.folder}" net.enableDNS="off")
{by_tls(port, *tls) if tls else by_udp(port)}
template(name="fields" type="string" string="%fromhost-ip%|%hostname%|%app-name%|%procid%|%msgid%|\
%syslogfacility-text%|%syslogseverity-text%|%structured-data%|%msg%\\n")
action(type="omfile" file="{self.path}" template="fields")
""")
        self._log = open(os.path.join(self.folder, "log"), "w")
        self.process = subprocess.Popen(["/usr/sbin/rsyslogd", "-n", "-f", config, "-i", "NONE"],
                                         stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        end = time.monotonic() + 30
        # bound, or listening: Linux shows a UDP socket that is open as 07
        while not re.search(rf":{port:04X} [0-9A-F:]* {'0A' if tls else '07'} ",
                            open("/proc/net/tcp" if tls else "/proc/net/udp").read()):
            assert time.monotonic() < end and self.process.poll() is None, self.folder
            time.sleep(0.02)

    def messages(self):
        try:
            with open(self.path) as file:
                lines = file.read().split("\n")[:-1]
        except FileNotFoundError:
            return []
        return [dict(zip(FIELDS, line.split("|", len(FIELDS) - 1))) for line in lines]

    def wait_for(self, pattern, within=30):
        """The first message whose text has the pattern."""
        end = time.monotonic() + within
        while True:
            for message in self.messages():
                if re.search(pattern, message["text"]):
                    return message
            assert time.monotonic() < end and self.process.poll() is None, self.messages()
            time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self._log.close()


def test_dead_server_then_all_of_the_log(stage, site):
    """Option 7 names a server where nobody listens: said once, nothing is
    held up; when it is there, it gets the log from its first line on."""
    site.start(dhcp=[f"--dhcp-option=option:log-server,{SERVER}", f"--dhcp-host={MAC},node7"])
    vm = stage.boot()
    vm.expect(f"syslog: the log goes to {SERVER}, by DHCP's option 7", 60)
    vm.expect(f"syslog: {SERVER}: sending: connection refused; it is tried every 10 s, and the log waits", 30)
    vm.prompt()
    vm.run("echo before it is there")
    server = stage.with_(Rsyslog(stage.folder))
    server.wait_for("before it is there")
    first = server.wait_for("network boot loader")
    assert first["text"].strip().startswith("Undine ")
    assert (first["app"], first["procid"], first["host"]) == ("undine", PROCID, "node7")
    assert (first["facility"], first["severity"]) == ("daemon", "info")
    assert re.search(r'\[meta sequenceId="\d+" sysUpTime="\d+"\]\[origin ip="10\.77\.0\.\d+" software="Undine"',
                     first["data"])
    assert server.wait_for("dhcp: ACK")["msgid"] == "dhcp"
    vm.run("echo and after")
    server.wait_for("and after")
    # as bad as it is: a command that failed, and a service that faulted
    vm.fails("imgstat --wrong")
    assert server.wait_for(r"^ ?(?!undine>).*--wrong")["severity"] == "warning"
    vm.run("crash dns", within=30)
    for line in "trap: .* in task dns", "#0 ", "dns: service started again":
        assert server.wait_for(line)["severity"] == "err", line
    assert vm.serial.text.count("sending: connection refused") == 1
    assert "has heard nothing" not in vm.serial.text, "a server that never answers makes a card look deaf"
    texts = [m["text"].strip() for m in server.messages()]
    # each line once, in its order
    numbers = [int(re.search(r'sequenceId="(\d+)"', m["data"])[1]) for m in server.messages()]
    assert numbers == sorted(set(numbers)), numbers
    assert texts.count("before it is there") == 1, texts


def test_by_a_script_until_the_handover(stage, site):
    """A script names a server by name and port, in the older form; what is
    said last before the kernel is there, too."""
    server = stage.with_(Rsyslog(stage.folder, 5514))
    kernel = site.link("mb2.elf", "build/kernels/mb2dump-elf32.elf")
    site.start(script="#!ipxe\nset syslog www2.lab.test:5514\nset syslog.format rfc3164\n"
                      f"kernel {kernel} quiet\nboot\n")
    vm = stage.boot()
    vm.expect("^mb2: ", 60)
    message = server.wait_for("boot: starting mb2.elf")
    assert (message["app"], message["procid"], message["host"]) == ("undine", PROCID, message["from"])
    server.wait_for("network boot loader")


@pytest.mark.parametrize("bad", ["syslog http://h/", "syslog :514", "syslog h:70000", "syslog.format xml"])
def test_what_is_no_server_is_refused(guest, bad):
    text = guest.fails(f"set {bad}")
    assert "syslog" in text
    assert guest.fails(f"show {bad.split()[0]}")
