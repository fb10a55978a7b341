# SPDX-License-Identifier: BSD-2-Clause
"""What servers are told of the machine that asks, and what a fleet's collector hears: nginx's log has it, an HTTP
server that takes records, and rsyslog."""
import collections
import http.server
import json
import os
import subprocess
import threading
import time

import pytest

from network import NOBODY, SERVER, TAP
from test_many import PROGRAM
from test_syslog import Rsyslog

MAC = "52:54:00:12:34:56"
PUBLIC = "198.51.100.7"


def agents(site):
    return {r.line.split()[1]: r.agent for r in site.nginx.requests() if r.agent}


def test_user_agent_names_the_machine_where_that_is_wanted(stage, site):
    """Strangers hear Undine's name and version; one's own servers what the setting says, as it is at that moment.
    A server at a public address is a stranger unless it is named."""
    subprocess.run(["ip", "address", "add", f"{PUBLIC}/32", "dev", "lo"], check=True)
    site.put("data", b"data")
    site.start(script=f"#!ipxe\nimgfetch http://{SERVER}/data?1\nset n 7\nimgfetch http://{SERVER}/data?2\n"
                      f"imgfetch http://{PUBLIC}/data?4\nset user-agent-hosts x, {PUBLIC}\n"
                      f"imgfetch http://{PUBLIC}/data?5\n"
                      f"clear user-agent\nimgfetch http://{SERVER}/data?3\necho all is fetched\nprompt --timeout 1\n",
               dhcp=["--dhcp-option=tag:undine,224,user-agent=n${n}/${net0/mac}/${ip}/${version}",
                     f"--dhcp-host={MAC},10.77.0.59"])
    vm = stage.boot()
    vm.expect("all is fetched", 60)
    seen = agents(site)
    version = seen["/data?3"].removeprefix("Undine/")
    assert seen["/data?3"] == f"Undine/{version}" and version
    assert seen["/boot.ipxe"] == seen["/data?1"] == f"n/{MAC}/10.77.0.59/{version}"
    assert seen["/data?4"] == f"Undine/{version}"
    assert seen["/data?2"] == seen["/data?5"] == f"n7/{MAC}/10.77.0.59/{version}"


class Collector(http.server.ThreadingHTTPServer):
    """A dashboard's other end: what each machine has reported, by its MAC, in order."""

    request_queue_size = 256
    daemon_threads = True

    def __init__(self, port):
        super().__init__((SERVER, port), Taker)
        self.table = collections.defaultdict(list)
        self.url = f"http://{SERVER}:{port}/report"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def of(self, event):
        return {mac: [r for r in records if r["event"] == event] for mac, records in list(self.table.items())}

    def wait_for(self, event, macs, within):
        """Until each of MACS has reported EVENT: the first such record of each."""
        end = time.monotonic() + within
        while not all(self.of(event).get(mac) for mac in macs):
            missing = [mac for mac in macs if not self.of(event).get(mac)]
            assert time.monotonic() < end, (event, len(missing), missing[:5], list(self.table.items())[:2])
            time.sleep(0.1)
        return {mac: self.of(event)[mac][0] for mac in macs}

    def stop(self):
        self.shutdown()
        self.server_close()


class Taker(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        assert self.headers["Content-Type"] == "application/json"
        record = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.table[record["machine"]["mac"]].append(record)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.mark.deadline(180)
def test_one_machine_from_failure_to_handover(stage, site):
    """A module that is missing, then there: both records say who, why and how long; nobody typed."""
    collector = stage.with_(Collector(8088))
    kernel = site.link("mb2.elf", "build/kernels/mb2dump-elf32.elf")
    site.start(script=f"#!ipxe\nset report-url {collector.url}\nset retry-timeout 1\nkernel {kernel}\n"
                      "module later\nboot\n", dhcp=[f"--dhcp-host={MAC},node7"])
    vm = stage.boot(extra=["-smbios", 'type=1,serial=SN"1,manufacturer=Maker,product=Model,'
                           "uuid=00112233-4455-6677-8899-aabbccddeeff"])
    failed = collector.wait_for("failure", [MAC], 60)[MAC]
    who = failed["machine"]
    assert (who["host"], who["serial"], who["maker"], who["product"]) == ("node7", 'SN"1', "Maker", "Model")
    assert who["uuid"] == "00112233-4455-6677-8899-aabbccddeeff" and who["ip"].startswith("10.77.0.")
    assert failed["try"] == 1 and 0 < failed["timings"]["try_ms"] < failed["timings"]["up_ms"]
    cause = failed["cause"]
    assert (cause["url"], cause["peer"], cause["status"]) == (f"http://{SERVER}/later", f"{SERVER}:80", 404)
    assert cause["failed"] == ["boot.ipxe:5: module later"]
    site.put("later", b"now it is")
    vm.expect("^mb2: ", 60)
    over = collector.wait_for("handover", [MAC], 10)[MAC]
    assert over["to"] == "mb2.elf" and over["try"] >= 2 and over["timings"]["failing_ms"] > 0
    assert 0 < over["timings"]["fetch_ms"] < over["timings"]["try_ms"] and over["timings"]["lease_ms"] > 0
    assert over["timings"]["fetch_bytes"] > len(b"now it is")
    assert over["machine"] == who and "report:" not in vm.serial.text


@pytest.mark.deadline(120)
def test_a_dead_collector_delays_nothing(stage, site):
    """Nobody takes the records: one line of it, and the handover is not later than two seconds."""
    kernel = site.link("mb2.elf", "build/kernels/mb2dump-elf32.elf")
    site.start(script=f"#!ipxe\nset report-url http://{NOBODY}/report\nkernel {kernel}\nboot\n")
    vm = stage.boot()
    vm.expect("^boot: starting mb2.elf", 60)
    begun = time.monotonic()
    vm.expect("^mb2: ", 30)
    assert time.monotonic() - begun < 15        # a connection would be waited for longer
    assert vm.serial.text.count("report: ") <= 1


MACHINES = int(os.environ.get("FLEET_MACHINES", "40"))      # `make long`: 200
WITHIN = 160 + 2 * MACHINES
RANGES = ("10.77.0.70,10.77.0.254", "10.77.0.2,10.77.0.49")


def mac_of(n):
    return f"02:00:00:00:01:{n:02x}"


@pytest.mark.deadline(60 + 2 * WITHIN)
def test_a_fleet_and_one_server_that_is_out(stage, site):
    """The files' server is out for all: the collector's table names each machine with that cause, rsyslog has the
    lines of each; the server comes back, and all get what they wanted, with nobody's hand."""
    folder = os.path.join(site.folder, "machines")
    os.makedirs(folder)
    collector, log = stage.with_(Collector(8088)), stage.with_(Rsyslog(stage.folder))
    site.start(f"#!ipxe\nimgfetch http://{SERVER}:8081/data\nexit 0\n",
               dhcp=[f"--dhcp-range={range},255.255.255.0,1h" for range in RANGES])
    fleet = stage.with_(Fleet(folder, f"report-url={collector.url} retry-timeout=5 syslog={SERVER}"))
    macs = [mac_of(n) for n in range(1, MACHINES + 1)]
    begun = time.monotonic()
    for mac, record in collector.wait_for("failure", macs, WITHIN).items():
        cause = record["cause"]
        assert cause["url"] == f"http://{SERVER}:8081/data" and cause["peer"] == f"{SERVER}:8081", (mac, record)
        assert "refuses the connection" in cause["what"], (mac, record)
        assert cause["failed"] == ["boot.ipxe:2: imgfetch http://10.77.0.1:8081/data"]
    assert len({records[0]["machine"]["ip"] for records in collector.table.values()}) == MACHINES
    named = time.monotonic() - begun
    data = stage.with_(http.server.ThreadingHTTPServer((SERVER, 8081), Giver))
    data.stop = data.shutdown
    threading.Thread(target=data.serve_forever, daemon=True).start()
    for record in collector.wait_for("leaving", macs, WITHIN).values():
        assert record["try"] >= 2
    assert fleet.ends() == {str(n): "exited 0" for n in range(1, MACHINES + 1)}
    refused = {m["procid"] for m in log.messages() if m["severity"] == "err" and "refuses the connection" in m["text"]}
    assert refused == {mac.replace(":", "-") for mac in macs}
    print(f"\nfleet: {MACHINES} machines, each named with its cause by collector and rsyslog, {named:.0f} s after all "
          f"were switched on; all served {time.monotonic() - begun - named:.0f} s after the server was back")


class Giver(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"data")

    def log_message(self, *_):
        pass


class Fleet:
    """MACHINES whole loaders (tests/world/tap.c)."""

    def __init__(self, folder, arguments):
        self._process = subprocess.Popen([PROGRAM, TAP, str(MACHINES), folder, arguments], stdout=subprocess.PIPE,
                                         text=True, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})

    def ends(self):
        return dict(line.split(None, 1) for line in self._process.communicate(timeout=120)[0].splitlines())

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
