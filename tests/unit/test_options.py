#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tools/options.py: on all forms of undine.0 as they are built."""
import contextlib
import io
import os
import shutil
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BUILD = os.path.join(ROOT, "build")
FILES = ("undine.0", "undine.elf", "undine.lkrn", "undine.iso", "undine.img")
sys.path.insert(0, os.path.join(ROOT, "tools"))

import options      # noqa: E402


class Tool(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def copy(self, name="undine.0"):
        shutil.copy(os.path.join(BUILD, name), self.folder)
        return self.path(name)

    def run_tool(self, *args):
        """As a process would, but for its start."""
        out, err, status = io.StringIO(), "", 0
        with contextlib.redirect_stdout(out):
            try:
                status = options.main(list(args))
            except SystemExit as end:
                err, status = str(end), 1
        return status, out.getvalue(), err

    def shown(self, *args):
        status, out, err = self.run_tool(*args)
        self.assertEqual((status, err), (0, ""))
        return out

    def refused(self, why, *args):
        status, out, err = self.run_tool(*args)
        self.assertEqual(status, 1)
        self.assertIn(why, out + err)

    def content(self, path):
        with open(path, "rb") as file:
            return file.read()

    def test_set_and_list(self):
        for name in FILES:
            with self.subTest(name):
                path = self.copy(name)
                before = self.content(path)
                self.assertEqual(self.shown(path), "0 settings, 0 of 8176 bytes\n")
                self.assertEqual(self.shown(path, "--set", "retry-timeout=120", "--set", "script=http://h/x?a=b",
                                            "--final", "script"), "")
                self.assertEqual(self.shown(path, "--list"), "retry-timeout=120\nscript=http://h/x?a=b  (final)\n"
                                 "2 settings, 41 of 8176 bytes\n")
                after = self.content(path)
                self.assertEqual(len(after), len(before))
                changed = [at for at in range(len(after)) if after[at] != before[at]]
                self.assertLess(changed[-1] - changed[0], 64)
                self.shown(path, "--clear")
                self.assertEqual(self.content(path), before)

    def test_copy_leaves_the_file_alone(self):
        path, out = self.copy(), self.path("my.0")
        before = self.content(path)
        self.shown(path, "--set", "a=1", "-o", out)
        self.assertEqual(self.content(path), before)
        self.assertIn("a=1\n", self.shown(out))

    def test_replacing_and_clearing(self):
        path = self.copy()
        self.shown(path, "--set", "a=1", "--set", "b:int32=2", "--final", "a", "--final", "b")
        self.shown(path, "--set", "a=3", "--clear", "b")
        self.assertEqual(self.shown(path), "a=3\n1 settings, 4 of 8176 bytes\n")
        self.shown(path, "--set", "a:uint8=4")
        self.assertEqual(self.shown(path), "a:uint8=4\n1 settings, 10 of 8176 bytes\n")
        self.refused("it is not set in this file", path, "--clear", "b")
        self.refused("it is not set in this file; --set it too", path, "--final", "b")

    def test_secrets(self):
        path = self.copy()
        self.shown(path, "--set", "telnetd.password=sesame", "--set", "script=http://me:hidden@h/x", "--final",
                   "telnetd.password")
        self.assertNotIn(b"sesame", self.content(path))
        shown = self.shown(path)
        self.assertIn("telnetd.password-sha256=***  (final)\n", shown)
        self.assertIn("script=http://***@h/x\n", shown)
        self.assertIn("script=http://me:hidden@h/x\n", self.shown(path, "--show-secrets"))
        self.assertRegex(self.shown(path, "--show-secrets"), r"password-sha256=\w+:[0-9a-f]{64}  \(final\)\n")

    def test_long_values(self):
        path, url = self.copy(), "http://h/" + "x" * 4087
        self.shown(path, "--set", "script=" + url)
        self.assertIn(f"script={url}\n", self.shown(path))
        self.refused("at most 4096 bytes", path, "--set", "script=" + url + "x")
        self.refused("there is room for 8176", path, "--set", "other=" + url)
        self.assertIn("1 settings", self.shown(path))

    def test_names(self):
        path = self.copy()
        before = self.content(path)
        for name in ("", "a b", "/a", "a/", "!a", "a;b", "a:b", "x" * 64):
            self.refused("", path, "--set", f"{name}=1")
        self.refused("NAME=VALUE is wanted", path, "--set", "a")
        self.refused("the value is empty", path, "--set", "a=")
        self.assertEqual(self.content(path), before)

    def test_damage(self):
        path = self.copy()
        self.shown(path, "--set", "script=http://h/x")
        data = bytearray(self.content(path))
        data[data.index(b"script=") + 9] ^= 1
        with open(path, "wb") as file:
            file.write(data)
        self.refused("its checksum does not match", path)
        self.refused("its checksum does not match", path, "--set", "a=1")
        self.shown(path, "--clear", "--set", "a=1")
        self.assertIn("1 settings", self.shown(path))

    def test_other_files(self):
        for content in (b"", b"\x7fELF", b"\x7fELF" + bytes(100), bytes(510) + b"\x55\xaa", b"text" * 1000,
                        self.content(os.path.join(BUILD, "undine.0"))[:1000]):
            with open(self.path("other"), "wb") as file:
                file.write(content)
            self.refused("options.py: ", self.path("other"))
        self.refused("No such file", self.path("none"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
