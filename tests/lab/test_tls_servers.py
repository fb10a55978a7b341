# SPDX-License-Identifier: BSD-2-Clause
"""TLS with other people's servers - nginx, OpenSSL's s_server, GnuTLS's gnutls-serv, rsyslog -, each version and each
suite that is offered; sessions that are resumed, certificates that were taken back, and the policy's host by its key.
The machines are whole loaders as processes of the host (tests/world/tap.c): a handshake takes a moment."""
import http.server
import os
import re
import ssl
import subprocess
import threading
import time

import pytest

from network import SERVER, noise, pass_a_second, sha256
from test_many import RANGE, turn_on
from test_syslog import Rsyslog

CONTENT = noise(31, 300_000)
SUITES_13 = {"TLS_CHACHA20_POLY1305_SHA256": "TLS1-3-CHACHA20-POLY1305-SHA256",
             "TLS_AES_128_GCM_SHA256": "TLS1-3-AES-128-GCM-SHA256",
             "TLS_AES_256_GCM_SHA384": "TLS1-3-AES-256-GCM-SHA384"}
SUITES_12 = {f"ECDHE-{kind}-{ours}": f"TLS-ECDHE-{kind}-WITH-{theirs}" for kind in ("ECDSA", "RSA")
             for ours, theirs in (("CHACHA20-POLY1305", "CHACHA20-POLY1305-SHA256"),
                                  ("AES128-GCM-SHA256", "AES-128-GCM-SHA256"),
                                  ("AES256-GCM-SHA384", "AES-256-GCM-SHA384"))}


def openssl(*words):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, text=True).stdout


class Authority:
    """A CA that may sign lists, its servers' chains and keys by either kind of key, and what it has taken back."""

    def __init__(self, folder):
        self.folder = folder
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        self._make("ca", "Lab CA", curve, "keyUsage=critical,keyCertSign,cRLSign")
        for name, key in (("ecdsa", curve), ("rsa", ["-newkey", "rsa:2048"])):
            self._make(name, name, key, f"subjectAltName=DNS:www.lab.test,IP:{SERVER}", "basicConstraints=CA:FALSE",
                       by=["-CA", self.path("ca.pem"), "-CAkey", self.path("ca.key")])
            with open(self.path(f"{name}-chain.pem"), "w") as chain:
                for part in name, "ca":
                    with open(self.path(f"{part}.pem")) as file:
                        chain.write(file.read())
        self._make("sign", "sign", curve, "basicConstraints=CA:FALSE", "keyUsage=critical,digitalSignature",
                   "extendedKeyUsage=codeSigning", by=["-CA", self.path("ca.pem"), "-CAkey", self.path("ca.key")])
        with open(self.path("ca.cnf"), "w") as file:
            file.write(f"[ca]\ndefault_ca = d\n[d]\ndatabase = {self.path('index')}\ndefault_md = sha256\n"
                       f"certificate = {self.path('ca.pem')}\nprivate_key = {self.path('ca.key')}\n")
        open(self.path("index"), "w").close()
        shown = openssl("x509", "-in", self.path("ca.pem"), "-noout", "-fingerprint", "-sha256")
        self.fingerprint = shown.partition("=")[2].strip()
        openssl("pkey", "-in", self.path("ca.key"), "-pubout", "-outform", "DER", "-out", self.path("ca.pub"))
        with open(self.path("ca.pub"), "rb") as file:
            self.pin = sha256(file.read())
        pass_a_second()

    def _make(self, name, subject, key, *extensions, by=()):
        openssl("req", "-x509", *key, "-noenc", "-subj", f"/CN={subject}", "-days", "30", "-out",
                self.path(f"{name}.pem"), "-keyout", self.path(f"{name}.key"), *by,
                *(word for e in extensions for word in ("-addext", e)))

    def path(self, name):
        return os.path.join(self.folder, name)

    def take_back(self, name):
        openssl("ca", "-config", self.path("ca.cnf"), "-revoke", self.path(f"{name}.pem"))

    def sign(self, path):
        openssl("cms", "-sign", "-binary", "-noattr", "-in", path, "-signer", self.path("sign.pem"), "-inkey",
                self.path("sign.key"), "-certfile", self.path("ca.pem"), "-outform", "DER", "-out", self.path("cms"))
        with open(self.path("cms"), "rb") as file:
            return file.read()

    def list(self):
        openssl("ca", "-config", self.path("ca.cnf"), "-gencrl", "-crldays", "30", "-out", self.path("list.pem"))
        with open(self.path("list.pem")) as file:
            return file.read()


@pytest.fixture
def authority(site):
    return Authority(site.folder)


@pytest.fixture
def folder(site):
    path = os.path.join(site.folder, "machines")
    os.makedirs(path)
    return path


def one(folder, arguments="", settings=()):
    """A machine's end and its log."""
    ends, logs = turn_on(folder, arguments, 1, settings)
    return ends["1"], logs["1"]


def wait_for(port, process):
    """It listens there."""
    end = time.monotonic() + 60
    while not any(re.search(rf":{port:04X} \S+ 0A ", open(f"/proc/self/net/{kind}").read())
                  for kind in ("tcp", "tcp6")):
        assert time.monotonic() < end and process.poll() is None, port
        time.sleep(0.02)


class Process:
    """A server on PORT."""

    def __init__(self, folder, port, *command):
        self.log = open(os.path.join(folder, f"server-{port}.log"), "w")
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        wait_for(port, self.process)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


def speak(names, site, authority, folder, nginx=""):
    """Fetches https://www.lab.test:PORT/file of each {PORT: how that is to be}, by a script."""
    lines = [f"set trust {authority.fingerprint}"]
    lines += [f"imgfetch --name f{port} https://www.lab.test:{port}/file && imgverify --sha256 {sha256(CONTENT)} "
              f"f{port} && imgfree f{port} || exit 1" for port in names]
    site.start("#!ipxe\n" + "\n".join(lines) + "\nexit 0\n", dhcp=[RANGE], nginx=nginx)
    end, log = one(folder)
    assert end == "exited 0", log
    assert re.findall(r"fetch: www\.lab\.test: (.*)", log) == list(names.values()), log


def test_openssl(stage, site, authority, folder):
    with open(os.path.join(site.folder, "file"), "wb") as file:
        file.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(CONTENT) + CONTENT)
    names, port = {}, 4430
    for version, suites in (("1.3", SUITES_13), ("1.2", SUITES_12)):
        for suite, name in suites.items():
            kind = "rsa" if "-RSA-" in suite or suite == "TLS_AES_256_GCM_SHA384" else "ecdsa"
            option = "-ciphersuites" if version == "1.3" else "-cipher"
            stage.with_(Process(site.folder, port, "openssl", "s_server", "-accept", f"{SERVER}:{port}", "-HTTP",
                                f"-tls{version.replace('.', '_')}", option, suite, "-cert", f"{kind}.pem",
                                "-key", f"{kind}.key", "-cert_chain", "ca.pem"))
            names[port] = f"TLSv{version}, {name}"
            port += 1
    speak(names, site, authority, folder)


def test_nginx(site, authority, folder):
    names, servers = {}, ""
    for version, suites in (("1.3", SUITES_13), ("1.2", SUITES_12)):
        for suite, name in suites.items():
            port = 4430 + len(names)
            kind = "rsa" if "-RSA-" in suite or suite == "TLS_AES_256_GCM_SHA384" else "ecdsa"
            chosen = f"ssl_conf_command Ciphersuites {suite}" if version == "1.3" else f"ssl_ciphers {suite}"
            servers += f"""}} server {{ listen {port} ssl; ssl_protocols TLSv{version}; {chosen}; root {site.http};
                ssl_certificate {authority.path(kind)}-chain.pem; ssl_certificate_key {authority.path(kind)}.key; """
            names[port] = f"TLSv{version}, {name}"
    site.put("file", CONTENT)
    speak(names, site, authority, folder, servers)


def test_gnutls(stage, site, authority, folder):
    """Its server answers with a page of its own about the session."""
    ciphers = ("CHACHA20-POLY1305", "AES-128-GCM", "AES-256-GCM")
    wanted, port = {}, 4430
    for version in "1.3", "1.2":
        for cipher in ciphers:
            kind = "rsa" if cipher == "AES-256-GCM" else "ecdsa"
            stage.with_(Process(site.folder, port, "gnutls-serv", "--http", "--port", str(port), "--x509certfile",
                                f"{kind}-chain.pem", "--x509keyfile", f"{kind}.key", "--priority",
                                f"NORMAL:-VERS-ALL:+VERS-TLS{version}:-CIPHER-ALL:+{cipher}"))
            wanted[port] = f"TLSv{version}, .*{'' if cipher[0] == 'C' else 'WITH-' if version == '1.2' else ''}{cipher}"
            port += 1
    lines = [f"imgfetch --name f{port} https://www.lab.test:{port}/ || exit 1" for port in wanted]
    site.start(f"#!ipxe\nset trust {authority.fingerprint}\n" + "\n".join(lines) + "\nexit 0\n", dhcp=[RANGE])
    end, log = one(folder)
    assert end == "exited 0", log
    said = re.findall(r"fetch: www\.lab\.test: (.*)", log)
    assert len(said) == len(wanted) and all(map(re.match, wanted.values(), said)), log


class Cutting(http.server.BaseHTTPRequestHandler):
    """Each file once in half, and then nothing: without TLS's own end, as by somebody on the way; the rest by Range."""
    protocol_version = "HTTP/1.1"
    cut, ranges = set(), []

    def do_GET(self):
        begin = int(self.headers.get("Range", "bytes=0-")[6:-1])
        self.ranges.append((self.path, begin))
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(CONTENT) - begin))
        self.send_header("ETag", '"one"')
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.end_headers()
        if self.path in self.cut:
            self.wfile.write(CONTENT[begin:])
            return
        self.cut.add(self.path)
        self.wfile.write(CONTENT[:len(CONTENT) // 2])
        self.close_connection = True

    def log_message(self, *_):
        pass


def test_cut_off_and_several_at_once(stage, site, authority, folder):
    """The end of the stream is no end of TLS: the half that came is kept and the rest asked for; six side by side."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.path("ecdsa-chain.pem"), authority.path("ecdsa.key"))
    server = stage.with_(http.server.ThreadingHTTPServer((SERVER, 8443), Cutting))
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.stop = lambda: (server.shutdown(), server.server_close())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    names = [f"f{n}" for n in range(6)]
    site.start("\n".join(["#!ipxe", f"set trust {authority.fingerprint}", "set fetch-parallel 6",
                          *(f"imgfetch https://www.lab.test:8443/{name} || exit 1" for name in names),
                          *(f"imgverify --sha256 {sha256(CONTENT)} {name} || exit 2" for name in names),
                          "exit 0", ""]), dhcp=[RANGE])
    end, log = one(folder)
    assert end == "exited 0", log
    assert len(re.findall("connection aborted after .* bytes; trying again from byte", log)) == 6, log
    for name in names:
        asked = [begin for path, begin in Cutting.ranges if path == f"/{name}"]
        assert asked[0] == 0 and len(asked) == 2 and 0 < asked[1] <= len(CONTENT) // 2, Cutting.ranges


def test_resumed_and_taken_back(site, authority, folder):
    """nginx says whether a session is resumed: 1.3 on 443, 1.2 on 444.  Then the server's certificate is taken back."""
    key = f"ssl_certificate {authority.path('ecdsa')}-chain.pem; ssl_certificate_key {authority.path('ecdsa')}.key;"
    again = "keepalive_timeout 0; location = /again { return 200 $ssl_session_reused; }"
    site.put("list", authority.list())
    site.put("again.ipxe", f"""#!ipxe
set trust {authority.fingerprint}
imgfetch --name a https://www.lab.test/again && imgverify --sha256 {sha256(b".")} a || exit 1
imgfetch --name b https://www.lab.test/again && imgverify --sha256 {sha256(b"r")} b || exit 2
imgfetch --name c https://www.lab.test:444/again && imgverify --sha256 {sha256(b".")} c || exit 3
imgfetch --name d https://www.lab.test:444/again && imgverify --sha256 {sha256(b"r")} d || exit 4
imgfetch --name e https://{SERVER}/again && imgverify --sha256 {sha256(b".")} e || exit 5
set crl http://{SERVER}/list
imgfetch --name f https://{SERVER}/again && imgverify --sha256 {sha256(b".")} f || exit 6
imgfetch --name g https://{SERVER}/again && imgverify --sha256 {sha256(b"r")} g && exit 0 ||
exit 7
""")
    site.start(f"http://{SERVER}/again.ipxe", dhcp=[RANGE], nginx=f"""
        listen 443 ssl; {key} ssl_protocols TLSv1.3; {again}
    }} server {{ listen 444 ssl; {key} ssl_protocols TLSv1.2; ssl_session_tickets on; {again}""")
    end, log = one(folder)
    assert end == "exited 0" and "cannot be told" not in log, log
    authority.take_back("ecdsa")
    taken = f"imgfetch https://{SERVER}/again || exit 3\nexit 4\n"
    site.put("list", authority.list())
    site.put("again.ipxe", f"#!ipxe\nset trust {authority.fingerprint}\nset crl http://{SERVER}/list\n{taken}")
    end, log = one(folder)
    assert end == "exited 3" and "the certificate of CN=ecdsa was taken back by CN=Lab CA" in log, log
    # who has signed what is run, too
    authority.take_back("sign")
    site.put("list", authority.list())
    with open(os.path.join(site.http, "signature"), "wb") as file:
        file.write(authority.sign(site.http + "/list"))
    site.put("again.ipxe", f"#!ipxe\nset trust {authority.fingerprint}\n"
             f"imgverify list signature || exit 5\nset crl http://{SERVER}/list\n"
             "imgverify list signature || exit 6\n")
    end, log = one(folder)
    assert end == "exited 6" and "does not vouch for list: the certificate of CN=sign was taken back" in log, log
    # a list that cannot be had: open, that is said, and all goes on
    site.put("again.ipxe", f"#!ipxe\nset trust {authority.fingerprint}\nset crl http://{SERVER}/none\n{taken}")
    end, log = one(folder)
    assert end == "exited 4" and "crl: " in log and "none: 404" in log, log
    assert f"fetch: {SERVER} is believed all the same, but whether its certificate was taken back cannot be told" in log


def test_a_host_by_its_key(site, authority, folder):
    """Under `signed`: any host whose chain has the key that the file names, unless others are believed, too; and by a
    list of what was taken back, which has to be there."""
    key = f"ssl_certificate {authority.path('ecdsa')}-chain.pem; ssl_certificate_key {authority.path('ecdsa')}.key;"
    site.put("boot.ipxe", "#!ipxe\nexit 5\n")
    site.put("list", authority.list())
    site.start("https://www.lab.test/boot.ipxe", dhcp=[RANGE], nginx=f"listen 443 ssl; {key}")
    policy = ("trust-policy=signed", f"trust-pin={authority.pin}", "trust-hosts=*")
    arguments = "fallback=exit fallback-after=1 retry-timeout=1"
    end, log = one(folder, arguments, policy)
    assert end == "exited 5" and "boot.ipxe may be used, by the word of its server, which trust-hosts names" in log, log
    for more, said in (((f"trust={authority.fingerprint}",), "trust-hosts * counts only where a final trust-pin"),
                       ((f"crl=http://{SERVER}/none",), "of what crl names nothing is a list by CN=Lab CA")):
        end, log = one(folder, arguments, policy + more)
        assert end == "exited 1" and said in log, (end, log)
    end, log = one(folder, arguments, policy + (f"crl=http://{SERVER}/list",))
    assert end == "exited 5", log


class Gate(http.server.BaseHTTPRequestHandler):
    """Answers when what `until` waits for has come."""
    until = None

    def do_GET(self):
        type(self).until()
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"go")

    def log_message(self, *_):
        pass


def test_the_log_by_tls(stage, site, authority, folder):
    """RFC 5425, to rsyslogd: all of it in its order, up to the last line before the machine is left; and to nobody who
    is not believed."""
    server = stage.with_(Rsyslog(stage.folder, 6514, tls=(authority.path("ca.pem"), authority.path("rsa-chain.pem"),
                                                         authority.path("rsa.key"))))
    wait_for(6514, server.process)
    gate = stage.with_(http.server.ThreadingHTTPServer((SERVER, 8081), Gate))
    gate.stop = lambda: (gate.shutdown(), gate.server_close())
    threading.Thread(target=gate.serve_forever, daemon=True).start()
    passes = f"set fetch.response-timeout 90\nimgfetch http://{SERVER}:8081/go || exit 9\n"
    Gate.until = lambda: server.wait_for("the first line by tls", 60)
    site.start(f"""#!ipxe
set trust {authority.fingerprint}
set syslog tls://www.lab.test
echo the first line by tls
{passes}echo the last line by tls
exit 0
""", dhcp=[RANGE])
    end, log = one(folder)
    assert end == "exited 0", log
    server.wait_for("the last line by tls")
    texts = [m["text"].strip() for m in server.messages()]
    assert texts.count("the first line by tls") == 1 and any("network boot loader" in text for text in texts), texts
    numbers = [int(re.search(r'sequenceId="(\d+)"', m["data"])[1]) for m in server.messages()]
    assert numbers == list(range(1, len(numbers) + 1)), numbers
    heard = len(texts)
    said = "syslog: tls://www.lab.test: TLS: is not believed: no root is trusted"

    def complains():
        end = time.monotonic() + 60
        while said not in open(os.path.join(folder, "1.log"), errors="replace").read() and time.monotonic() < end:
            time.sleep(0.05)

    Gate.until = complains
    site.put("boot.ipxe", f"#!ipxe\nset syslog tls://www.lab.test\necho nobody hears this\n{passes}exit 0\n")
    end, log = one(folder)
    assert end == "exited 0" and said in log, log
    assert len(server.messages()) == heard
