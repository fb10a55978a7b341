#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""dist.py archive OUT.tar.xz | install FOLDER PREFIX - what is given away.

`make dist` and `make install` take the same files: the loader's forms, the tools
that write into them, the SDK, the documents, the manual page, and the licences
of what is linked.  The archive is the same bytes for the same files, whoever
makes it, and when: its times are SOURCE_DATE_EPOCH, or that of the commit, or
0 where there is no git.
FOLDER is what packagers call DESTDIR.
"""
import hashlib
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

TOP = pathlib.Path(__file__).resolve().parent.parent
FORMS = ("undine.0", "undine.elf", "undine.lkrn", "undine.iso", "undine.img")
TOOLS = ("options.py", "disk.py", "telnet-password.py")
PAPERS = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
# of the libraries that are linked: what their licences want to be told with a program; the LZMA SDK is public domain
LICENCES = {"picolibc": "COPYING.picolibc", "zlib": "LICENSE", "mbedtls": "LICENSE", "png": "LICENSE"}
# where the parts of the archive are installed, below PREFIX
PLACES = {"": "lib/undine", "doc": "share/doc/undine", "man": "share/man/man7"}


def version(top=TOP):
    return re.search(r'UNDINE_VERSION "([^"]+)"', (top / "kernel/version.h").read_text())[1]


def below(folder):
    """What is in a folder of the sources, without what tools and editors leave there."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and not re.search(
        r"(^|/)__pycache__/|(^|/)\.|~$|\.new$|\.in$", p.relative_to(folder).as_posix()))


def files(top=TOP):
    """Name in the archive -> path; the first folder says where it is installed."""
    build = top / "build"
    found = {name: build / name for name in FORMS}
    found.update({f"tools/{name}": top / "tools" / name for name in TOOLS})
    found.update({p.relative_to(top).as_posix(): p for p in below(top / "sdk")})
    found.update({f"doc/{name}": top / name for name in (*PAPERS, "LICENSE")})
    found.update({f"doc/{p.relative_to(top)}": p for name in ("docs", "examples") for p in below(top / name)})
    found.update({f"doc/licences/{name}": build / "deps/src" / name / path for name, path in LICENCES.items()})
    found["man/undine.7"] = build / "undine.7"
    missing = [path.as_posix() for path in found.values() if not path.is_file()]
    if missing:
        sys.exit(f"dist: not there: {', '.join(missing)}")
    return found


def mode(name):
    return 0o755 if name.startswith(("tools/", "sdk/bin/")) else 0o644


def epoch(top=TOP):
    said = os.environ.get("SOURCE_DATE_EPOCH")
    if not said and shutil.which("git") and (top / ".git").exists():    # else it may be a repository around this tree
        said = subprocess.run(["git", "-C", top, "log", "-1", "--format=%ct"], capture_output=True, text=True,
                              check=False).stdout
    return int(said or 0)


def archive(out, top=TOP):
    found = {name: path.read_bytes() for name, path in files(top).items()}
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(found.items()))
    found["SHA256SUMS"] = sums.encode()
    folder = f"undine-{version(top)}"
    with tarfile.open(out, "w:xz", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in sorted(found.items()):
            info = tarfile.TarInfo(f"{folder}/{name}")
            info.size, info.mtime, info.mode = len(data), epoch(top), mode(name)
            tar.addfile(info, io.BytesIO(data))
    print(f"{hashlib.sha256(pathlib.Path(out).read_bytes()).hexdigest()}  {out}")


def install(folder, prefix, top=TOP):
    for name, path in files(top).items():
        first, _, rest = name.partition("/")
        place = f"{PLACES[first]}/{rest}" if first in PLACES else f"{PLACES['']}/{name}"
        to = pathlib.Path(f"{folder}/{prefix}/{place}")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
        to.chmod(mode(name))


if __name__ == "__main__":
    if sys.argv[1:2] == ["archive"] and len(sys.argv) == 3:
        archive(sys.argv[2])
    elif sys.argv[1:2] == ["install"] and len(sys.argv) == 4:
        install(sys.argv[2], sys.argv[3])
    else:
        sys.exit(__doc__)
