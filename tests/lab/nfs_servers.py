# SPDX-License-Identifier: BSD-2-Clause
"""An NFS server as people run it: nfs-ganesha by its VFS back end, and rpcbind.

Ganesha asks the kernel for handles of files, and opens files by them.  The second is a right of the system's root
alone; here a library of our own remembers whose handle each is.
"""
import os
import subprocess

from dhcp_servers import Server
from ftp_servers import GROUPS
from network import SERVER

HANDLES = "#define _GNU_SOURCE" + GROUPS + r"""
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct {
	int fd, type;
	unsigned len;
	unsigned char bytes[128];
} known[1000];
static unsigned count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static unsigned find(const struct file_handle *h)
{
	unsigned i;

	for (i = 0; i < count; i++)
		if (known[i].type == h->handle_type && known[i].len == h->handle_bytes &&
		    !memcmp(known[i].bytes, h->f_handle, h->handle_bytes))
			break;
	return i;
}

/* Its back end would find the C library's functions before ours. */
void *dlopen(const char *name, int flags)
{
	void *(*real)(const char *, int) = dlsym(RTLD_NEXT, "dlopen");

	return real(name, flags & ~RTLD_DEEPBIND);
}

int name_to_handle_at(int dir, const char *name, struct file_handle *h, int *mount, int flags)
{
	int (*real)(int, const char *, struct file_handle *, int *, int) = dlsym(RTLD_NEXT, "name_to_handle_at");
	int done = real(dir, name, h, mount, flags);

	pthread_mutex_lock(&lock);
	if (!done && find(h) == count && count < sizeof(known) / sizeof(known[0]) && h->handle_bytes <= 128) {
		known[count].fd = *name ? openat(dir, name, O_PATH | O_NOFOLLOW) : fcntl(dir, F_DUPFD_CLOEXEC, 0);
		known[count].type = h->handle_type;
		known[count].len = h->handle_bytes;
		memcpy(known[count++].bytes, h->f_handle, h->handle_bytes);
	}
	pthread_mutex_unlock(&lock);
	return done;
}

int open_by_handle_at(int mount, struct file_handle *h, int flags)
{
	char path[40];
	unsigned i;

	pthread_mutex_lock(&lock);
	i = find(h);
	pthread_mutex_unlock(&lock);
	(void)mount;
	if (i == count) {
		errno = ESTALE;
		return -1;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", known[i].fd);
	return flags & O_PATH ? fcntl(known[i].fd, F_DUPFD_CLOEXEC, 0) : open(path, flags & ~O_NOFOLLOW);
}
"""


class Ganesha(Server):
    """Gives out `root` as /srv/boot, by version 3 over TCP."""

    def __init__(self, folder):
        self.root = os.path.join(folder, "nfs")
        own = os.path.join(folder, "ganesha-own")
        os.makedirs(own)
        os.makedirs(self.root)
        for name, text in (
                ("handles.c", HANDLES),
                ("passwd", "".join(f"{name}:x:0:0::/:/bin/sh\n" for name in ("root", "_rpc"))),
                ("serve", f"""
export LD_PRELOAD={own}/handles.so
mount --bind {own}/passwd /etc/passwd
mount -t tmpfs none /run
mkdir /run/rpcbind /run/ganesha
mount -t tmpfs none /srv
mkdir /srv/boot
mount --bind {self.root} /srv/boot
rpcbind -h {SERVER} -f &
until grep -q ':006F [0-9A-F:]* 0A ' /proc/net/tcp; do sleep 0.05; done
ganesha.nfsd -F -L /dev/stdout -f $1 -p /run/ganesha.pid &
wait
""")):
            with open(os.path.join(own, name), "w") as file:
                file.write(text)
        subprocess.run(["gcc", "-shared", "-fPIC", "-w", "-o", f"{own}/handles.so", f"{own}/handles.c"], check=True)
        # what it starts ends with it
        begin = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh"]
        super().__init__(folder, "ganesha", begin + [os.path.join(own, "serve"), "{config}"], f"""
NFS_CORE_PARAM {{
    Protocols = 3;
    Bind_addr = {SERVER};
    NFS_Port = 2049;
    MNT_Port = 20048;
    Enable_NLM = false;
    Enable_RQUOTA = false;
    Enable_UDP = false;
}}
NFSv4 {{ Graceless = true; RecoveryRoot = /run/ganesha; }}
EXPORT {{
    Export_Id = 1;
    Path = /srv/boot;
    Pseudo = /boot;
    Access_Type = RO;
    Squash = No_Root_Squash;
    SecType = sys;
    Protocols = 3;
    Transports = TCP;
    FSAL {{ Name = VFS; }}
}}
LOG {{ Default_Log_Level = EVENT; }}
""", "NFS SERVER INITIALIZED")

    def stop(self):
        self._process.kill()        # and with it the namespace; unshare hears no other signal meanwhile
        self._process.wait()

    def put(self, name, content):
        """A file there; its URL."""
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        return f"nfs://{SERVER}/srv/boot/{name}"
