# SPDX-License-Identifier: BSD-2-Clause
"""Signed boots: a machine whose file says so boots a signed kernel by a signed script, and refuses others."""
import os
import subprocess

import mb2
from network import SERVER, noise
from test_https import make_certificates
from test_options import by_pxe


def openssl(*words):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, text=True).stdout


class Signers:
    """A CA, and a certificate of it for signing what is run."""
    CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "30"]

    def __init__(self, folder):
        self.folder = folder
        openssl("req", "-x509", *self.CURVE, "-subj", "/CN=Lab CA", "-out", self.path("ca.crt"), "-keyout",
                self.path("ca.key"), "-addext", "keyUsage=critical,keyCertSign")
        openssl("req", "-x509", *self.CURVE, "-subj", "/CN=Signer", "-out", self.path("sign.crt"), "-keyout",
                self.path("sign.key"), "-CA", self.path("ca.crt"), "-CAkey", self.path("ca.key"),
                "-addext", "basicConstraints=CA:FALSE", "-addext", "keyUsage=critical,digitalSignature",
                "-addext", "extendedKeyUsage=codeSigning")
        self.fingerprint = openssl("x509", "-in", self.path("ca.crt"), "-noout", "-fingerprint",
                                   "-sha256").partition("=")[2].strip()

    def path(self, name):
        return os.path.join(self.folder, name)

    def sign(self, content, *options):
        with open(self.path("content"), "wb") as file:
            file.write(content)
        openssl("cms", "-sign", "-binary", *options, "-in", self.path("content"), "-signer", self.path("sign.crt"),
                "-inkey", self.path("sign.key"), "-certfile", self.path("ca.crt"), "-outform", "DER",
                "-out", self.path("signature"))
        with open(self.path("signature"), "rb") as file:
            return file.read()


def test_a_fleet_that_boots_what_is_signed(stage, site):
    """The policy is in the file: DHCP names scripts, and what else it says does not loosen it.  The script has only
    what is trusted executed."""
    with open(mb2.kernel("elf32.elf"), "rb") as file:
        kernel = file.read()
    signers = Signers(site.folder)
    path, https = make_certificates(site.folder)

    module = noise(5, 3_000_000)

    def put(name, content, *options, signed=True):
        site.put(name, content)
        if signed:
            site.put(name + ".sig", signers.sign(content.encode() if isinstance(content, str) else content, *options))

    put("good", kernel, "-noattr")
    put("module", module, "-md", "sha512")
    put("bad", kernel + b"\0", signed=False)
    put("free.ipxe", "#!ipxe\necho this ran\n", signed=False)
    put("from.ipxe", "#!ipxe\necho by its host\n", signed=False)
    put("boot.ipxe", f"""#!ipxe
kernel bad || echo no kernel
chain free.ipxe || echo no script
set trust {https} || echo no root
set trust-policy open || echo no policy
chain https://{SERVER}/from.ipxe || echo not by its host
chain https://www.lab.test/from.ipxe || echo not by its host, either
shell
imgtrust --permanent
imgtrust --allow || echo not allowed
kernel good from=policy
module module
boot || echo not booted
imgverify bad good.sig || echo not vouched for
imgfree bad
imgverify --signer Other module module.sig || echo of another name
imgverify --signer Signer module module.sig
imgverify good good.sig && boot
""")
    by_pxe(stage, site, "trust-policy=signed", f"trust={signers.fingerprint}:{https}", "trust-hosts=www.lab.test",
           "unlock-password=open, sesame", final=("trust-policy", "trust", "trust-hosts", "unlock-password"))
    key = f"ssl_certificate {path['leaf.pem']}; ssl_certificate_key {path['leaf.key']};"
    with open(path["ca.pem"], encoding="ascii") as ca, open(path["leaf.pem"], "a", encoding="ascii") as chain:
        chain.write(ca.read())
    site.start(f"http://{SERVER}/boot.ipxe", nginx=f"listen 443 ssl; {key}",
               dhcp=["--dhcp-option=tag:undine,224,trust-policy=open trust-hosts=10.77.0.1"])
    vm = stage.boot()
    vm.prompt()
    vm.fails("chain free.ipxe")
    assert "this ran" not in vm.serial.text
    for typed, said in (("open, simsim", "that is not the password"),
                        ("open, sesame", "may use what nobody vouches for")):
        vm.serial.send("sleep 1 && unlock\r")
        vm.expect("password, here:", 30)
        vm.serial.send(typed + "\r")
        vm.expect(said, 60)
    assert "this ran" in vm.succeeds("chain free.ipxe")
    assert "sesame" not in vm.serial.text
    vm.serial.send("exit\r")
    dump = mb2.read(vm, 110)
    assert "from=policy" in dump.line("cmdline")["cmdline"]
    mb2.check_modules(dump, [("module", module)])
    said = vm.serial.text
    for text in ("trust-policy is ignored: it is final", "boot.ipxe may be used, by the word of CN=Signer",
                 "this kernel is refused: trust-policy is \"signed\"", "no kernel", "no script", "no root", "no policy",
                 "not by its host", "by the word of its server, which trust-hosts names", "by its host",
                 "not allowed", "good: it is not trusted", "not booted",
                 "good.sig does not vouch for bad: it is not by the key of CN=Signer", "not vouched for",
                 "is not by a signer with the common name Other", "module: signed by CN=Signer",
                 "good: signed by CN=Signer"):
        assert text in said, text
    assert said.count("\nthis ran") == 1 and "by its host, either" not in said
