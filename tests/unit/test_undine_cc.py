#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""undine-cc: what it takes, what comes out, and that each of its headers can be the first that a program names."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
CC = TOP / "build/sdk/bin/undine-cc"
HELLO = '#include <stdio.h>\nint main(void)\n{\n\tputs("hello");\n\treturn 0;\n}\n'
# of POSIX and BSD, that docs/modules.md promises
HEADERS = ("arpa/inet.h assert.h ctype.h err.h errno.h fcntl.h getopt.h ifaddrs.h inttypes.h limits.h net/if.h "
           "netdb.h netinet/in.h netinet/in_systm.h netinet/ip.h netinet/tcp.h poll.h resolv.h setjmp.h signal.h "
           "stdint.h stdio.h stdlib.h string.h strings.h sys/ioctl.h sys/param.h sys/poll.h sys/select.h "
           "sys/socket.h sys/stat.h sys/time.h sys/types.h sys/uio.h sys/un.h time.h undine.h unistd.h").split()


class UndineCc(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def cc(self, *arguments, source=None):
        done = subprocess.run([CC, *arguments], input=source, text=True, capture_output=True, cwd=self.folder,
                              check=False, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def elf(self, name):
        """A program for the i386, as readelf tells it."""
        shown = subprocess.run(["readelf", "-hW", self.folder / name], check=True, capture_output=True, text=True)
        return shown.stdout

    def test_from_standard_input(self):
        self.cc("-xc", "-", "-o", "it.umod", source=HELLO)
        self.assertRegex(self.elf("it.umod"), r"Type: +EXEC")
        self.cc("-x", "c", "-", source=HELLO)
        self.assertTrue((self.folder / "a.umod").exists())

    def test_in_steps(self):
        (self.folder / "hello.c").write_text(HELLO)
        self.cc("-c", "hello.c", "-o", "hello.o")
        self.assertRegex(self.elf("hello.o"), r"Type: +REL")
        self.cc("hello.o", "-lm", "-ohello.umod")
        self.assertRegex(self.elf("hello.umod"), r"Type: +EXEC")
        lines = subprocess.run(["readelf", "-SW", self.folder / "hello.umod.debug"], check=True, capture_output=True,
                               text=True).stdout
        self.assertIn(".debug_line", lines)

    def test_headers(self):
        """Alone, and all of them together, by several standards."""
        for header in HEADERS:
            for standard in "gnu89", "c99", "gnu2x":
                with self.subTest(header=header, standard=standard):
                    self.cc("-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-std={standard}", "-D_DEFAULT_SOURCE",
                            "-xc", "-", source=f"#include <{header}>\nint x;\n")
        every = "".join(f"#include <{header}>\n" for header in reversed(HEADERS))
        self.cc("-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-xc", "-", source=every + "int x;\n")

    def refused(self, *arguments, source=""):
        """What is said where nothing is made."""
        done = subprocess.run([CC, *arguments], input=source, text=True, capture_output=True, cwd=self.folder,
                              check=False, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(list(self.folder.iterdir()), [])
        return done.stderr

    def test_what_is_missing_is_named(self):
        """A program that wants what a loader has none of is not made; the linker says what that is."""
        for source, said in (
                ("#include <unistd.h>\nint main(void)\n{\n\treturn fork();\n}\n", "undefined reference to `fork'"),
                ("_Thread_local int n;\nint main(void)\n{\n\treturn n++;\n}\n", "has no thread-local variables"),
                ("__thread int n = 1;\nint main(void)\n{\n\treturn n++;\n}\n", "has no thread-local variables")):
            self.assertIn(said, self.refused("-xc", "-", "-o", "it.umod", source=source))

    def test_nothing_to_do(self):
        """Not one word about the SDK's own files."""
        self.assertEqual(self.refused(), "usage: undine-cc [gcc's options] file.c ... [-o name.umod]\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
