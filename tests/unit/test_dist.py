#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tools/dist.py and tools/manual.py: the archive, what is installed, the manual page."""
import contextlib
import hashlib
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True
TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "tools"))

import dist         # noqa: E402
import manual       # noqa: E402

FOLDER = f"undine-{dist.version()}/"
# what users of any version look for
WANTED = {"undine.0", "undine.lkrn", "undine.iso", "undine.img", "undine.elf", "SHA256SUMS", "man/undine.7",
          "doc/README.md", "doc/LICENSE", "doc/docs/options.md", "doc/docs/ipxe.md", "doc/examples/dnsmasq.conf",
          "doc/licences/picolibc", "doc/licences/zlib", "doc/licences/mbedtls", "doc/licences/png",
          "tools/options.py", "tools/disk.py", "tools/telnet-password.py", "sdk/bsd/bsd.h"}


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def archive(self, name, top=TOP, epoch="1000000000"):
        path = self.folder / name
        with mock.patch.dict(os.environ, SOURCE_DATE_EPOCH=epoch), contextlib.redirect_stdout(io.StringIO()):
            dist.archive(path, top)
        return path

    def copy(self):
        """What is given away, somewhere else: the time, the modes and what lies about are others."""
        top = self.folder / ".hidden/copy"
        for path in {*dist.files().values(), TOP / "kernel/version.h"}:
            to = top / path.relative_to(TOP)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to)
            os.utime(to, (1, 1))
            to.chmod(0o600)
        for dirt in "docs/.options.md.swp", "sdk/bsd/bsd.c~", "examples/__pycache__/x":
            (top / dirt).parent.mkdir(exist_ok=True)
            (top / dirt).write_text("dirt")
        return top


class Archive(Folder):
    def test_what_is_in_it(self):
        with tarfile.open(self.archive("a")) as tar:
            got = {member.name: tar.extractfile(member).read() for member in tar}
            for member in tar:
                with self.subTest(member.name):
                    self.assertEqual((member.uid, member.gid, member.uname, member.gname, member.mtime),
                                     (0, 0, "", "", 1000000000))
            names = [member.name for member in tar]
        self.assertEqual(names, sorted(names))
        self.assertLessEqual({FOLDER + name for name in WANTED}, set(names))
        sums = dict(reversed(line.split("  ")) for line in got[f"{FOLDER}SHA256SUMS"].decode().splitlines())
        self.assertEqual({FOLDER + name for name in sums} | {f"{FOLDER}SHA256SUMS"}, set(names))
        for name, digest in sums.items():
            self.assertEqual(hashlib.sha256(got[FOLDER + name]).hexdigest(), digest, name)
        for name in dist.FORMS:
            self.assertEqual(got[FOLDER + name], (TOP / "build" / name).read_bytes())

    def test_two_are_the_same(self):
        one = self.archive("a").read_bytes()
        before = os.umask(0o077)
        try:
            self.assertEqual(one, self.archive("b", self.copy()).read_bytes())
        finally:
            os.umask(before)
        self.assertNotEqual(one, self.archive("c", epoch="1000000001").read_bytes())

    def test_time(self):
        """Of the commit; not of a repository that this is unpacked in, nor without git."""
        outer, inner = self.folder, self.folder / "inner"
        inner.mkdir()
        git = ["git", "-C", outer, "-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run([*git, "init", "-q"], check=True)
        with mock.patch.dict(os.environ, GIT_COMMITTER_DATE="@1000000000 +0000"):
            subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
        with mock.patch.dict(os.environ):
            os.environ.pop("SOURCE_DATE_EPOCH", None)
            self.assertEqual(dist.epoch(outer), 1000000000)
            self.assertEqual(dist.epoch(inner), 0)
            with mock.patch.object(shutil, "which", return_value=None):
                self.assertEqual(dist.epoch(outer), 0)
            os.environ["SOURCE_DATE_EPOCH"] = "7"
            self.assertEqual(dist.epoch(outer), 7)

    def test_what_is_not_there(self):
        top = self.copy()
        for name in ("build/undine.0", "build/undine.iso", "build/undine.7", "tools/options.py", "README.md",
                     "build/deps/src/zlib/LICENSE"):
            os.rename(top / name, top / "away")
            with self.assertRaisesRegex(SystemExit, name):
                self.archive("a", top)
            os.rename(top / "away", top / name)

    def test_links(self):
        """What the documents speak of is given away, too."""
        given = {name.removeprefix("doc/") for name in dist.files() if name.startswith("doc/")}
        for name in given:
            if not name.endswith(".md"):
                continue
            text = re.sub(r"^```.*?^```|`[^`]*`", "", (TOP / name).read_text(), flags=re.M | re.S)
            for link in re.findall(r"\]\(([^)#: ]+)(?:#[^)]*)?\)", text):
                to = os.path.normpath(os.path.join(os.path.dirname(name), link))
                self.assertIn(to, given, f"{name} links to {link}")


class Install(Folder):
    def make(self, *variables):
        subprocess.run(["make", "install", f"DESTDIR={self.folder}", *variables], cwd=TOP, check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "MAKEFLAGS": "", "MAKELEVEL": "0"})
        return {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()}

    def test_usual_places(self):
        there = self.make()
        self.assertEqual(len(there), len(dist.files()))
        self.assertLessEqual({f"usr/lib/undine/{name}" for name in dist.FORMS} | {
            "usr/share/man/man7/undine.7", "usr/share/doc/undine/README.md", "usr/lib/undine/sdk/bsd/bsd.h",
            "usr/share/doc/undine/examples/dnsmasq.conf", "usr/lib/undine/tools/options.py"}, there)
        self.assertTrue(os.access(self.folder / "usr/lib/undine/sdk/bin/undine-cc", os.X_OK))
        # the example serves what is installed, from where it is
        example = (self.folder / "usr/share/doc/undine/examples/dnsmasq.conf").read_text()
        root = re.search(r"^tftp-root=/(.*)", example, re.M)[1]
        nbp = re.search(r"^dhcp-boot=tag:!undine,(.*)", example, re.M)[1]
        self.assertIn(f"{root}/{nbp}", there)
        shown = subprocess.run([self.folder / "usr/lib/undine/tools/options.py", self.folder / root / nbp],
                               capture_output=True, text=True, check=True).stdout
        self.assertIn("8176", shown.replace(",", ""))

    def test_other_places(self):
        self.assertIn("opt/x/lib/undine/undine.0", self.make("PREFIX=/opt/x"))


class Manual(Folder):
    def test_page(self):
        said = subprocess.run(["groff", "-ww", "-mandoc", "-Tutf8", "-P-cbou"], input=manual.page(), text=True,
                              capture_output=True, check=True)
        self.assertEqual(said.stderr, "")
        shown = re.sub("[\u2010\u2212]", "-", said.stdout)
        for names, usual, _ in manual.settings():
            for name in names:
                self.assertIn(name, shown)
            self.assertIn(usual.strip("`"), shown)
        self.assertIn("dhcp-boot=tag:undine,http://", shown)
        self.assertNotRegex(shown, r"`|\]\(|@[A-Z]+@")

    def test_settings_that_rot(self):
        """A setting that the list lacks, one that is none any more, and one that it has twice."""
        top = self.folder
        for name in "main.c", "services", "drivers":
            os.symlink(TOP / name, top / name)
        (top / "docs").mkdir()
        text = (TOP / "docs/options.md").read_text()
        (top / "docs/options.md").write_text(text)
        self.assertEqual(list(manual.setting_problems(top)), [])
        for name in ("watchdog", "fetch.read-timeout", "telnetd.idle", "undi.cards", "trust-policy", "menu-idle"):
            (top / "docs/options.md").write_text(text.replace(f"| `{name}` |", "| `not-there` |"))
            self.assertEqual(list(manual.setting_problems(top)), [
                f"docs/options.md: the table of settings lacks {name}",
                "docs/options.md: the table of settings has not-there, which is none"])
        (top / "docs/options.md").write_text(text.replace("| `watchdog` |", "| `menu-idle`, `watchdog` |"))
        self.assertEqual(list(manual.setting_problems(top)), [
            "docs/options.md: the table of settings has menu-idle twice"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
