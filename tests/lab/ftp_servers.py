# SPDX-License-Identifier: BSD-2-Clause
"""An FTP server as people run it: vsftpd, for anonymous and for user op with password p@w."""
import contextlib
import os
import re
import signal
import subprocess
import time

from dhcp_servers import Server
from network import SERVER

# A user namespace allows neither of them, and vsftpd and tftpd-hpa call them before they let somebody in.
GROUPS = """
int setgroups(unsigned long count, const void *list) { (void)count; (void)list; return 0; }
int initgroups(const char *user, unsigned group) { (void)user; (void)group; return 0; }
"""


def groups_library(folder):
    """To be loaded before the C library."""
    source = os.path.join(folder, "groups.c")
    with open(source, "w") as file:
        file.write(GROUPS)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", f"{folder}/groups.so", source], check=True)
    return f"{folder}/groups.so"


class Vsftpd(Server):
    """Its files lie in `root`.  It reads accounts of its own, in a mount namespace."""

    def __init__(self, folder, rate=0, port=21):
        self.root = os.path.join(folder, "ftp")
        own = os.path.join(folder, "vsftpd-own")
        os.makedirs(os.path.join(own, "pam"))
        os.makedirs(os.path.join(own, "empty"))
        os.makedirs(self.root)
        secret = subprocess.run(["openssl", "passwd", "-6", "p@w"], capture_output=True, text=True, check=True)
        for name, text in (
                ("pam/lab", "".join(f"{kind} required pam_{which}.so\n" for kind, which in (
                    ("auth", "unix"), ("account", "permit"), ("session", "permit")))),
                ("passwd", "".join(f"{name}:x:0:0::{self.root}:/bin/sh\n" for name in (
                    "root", "ftp", "op", "nobody"))),
                ("shadow", f"op:{secret.stdout.strip()}:19000::::::\n"),
                ("serve", f"""
mount -t tmpfs -o ro none {own}/empty
mount --bind {self.root} {self.root}
mount -o remount,bind,ro {self.root}
mount --bind {own}/pam /etc/pam.d
mount --bind {own}/passwd /etc/passwd
mount --bind {own}/shadow /etc/shadow
echo begins
LD_PRELOAD={groups_library(own)} exec /usr/sbin/vsftpd $1
""")):
            with open(os.path.join(own, name), "w") as file:
                file.write(text)
        self.protocol = os.path.join(own, "protocol")
        open(self.protocol, "w").close()
        super().__init__(folder, "vsftpd", ["unshare", "--mount", "sh", os.path.join(own, "serve"), "{config}"], f"""
listen=YES
background=NO
listen_address={SERVER}
listen_port={port}
anonymous_enable=YES
local_enable=YES
guest_enable=YES
guest_username=root
anon_root={self.root}
local_root={self.root}
anon_max_rate={rate}
isolate=NO
isolate_network=NO
seccomp_sandbox=NO
nopriv_user=root
secure_chroot_dir={own}/empty
pam_service_name=lab
xferlog_enable=YES
vsftpd_log_file={self.protocol}
log_ftp_protocol=YES
xferlog_std_format=NO
""", "begins")
        end = time.monotonic() + 60
        while not re.search(rf":{port:04X} [0-9A-F:]* 0A ", open("/proc/net/tcp").read()):
            assert self._process.poll() is None and time.monotonic() < end, self.said()
            time.sleep(0.02)

    def put(self, name, content):
        """A file there; its URL."""
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        return f"ftp://{SERVER}/{name}"

    def talk(self):
        """What has been said, both ways."""
        with open(self.protocol, errors="replace") as file:
            return file.read()

    def break_off(self):
        """What conversations there are end, and it serves on."""
        # /proc has other numbers than our namespace: (number there, its parent's there, number here)
        shown = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/status") as file:
                    text = file.read()
            except (FileNotFoundError, ProcessLookupError):
                continue        # it has ended meanwhile
            shown.append((entry, re.search(r"PPid:\s*(\d+)", text)[1],
                          int(re.search(r"NSpid:.*?(\d+)$", text, re.M)[1])))
        me = os.readlink("/proc/self")
        listener, = [entry for entry, parent, pid in shown if pid == self._process.pid and parent == me]
        for pid in (pid for _, parent, pid in shown if parent == listener):
            with contextlib.suppress(ProcessLookupError):       # it has ended meanwhile
                os.kill(pid, signal.SIGKILL)
