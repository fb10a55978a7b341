/* SPDX-License-Identifier: BSD-2-Clause */
/* What a loader has one of, or none: one process, one user, no names but its own. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "call.h"

pid_t getpid(void)
{
	return 1;
}

pid_t getppid(void)
{
	return 0;
}

uid_t getuid(void)
{
	return 0;
}

uid_t geteuid(void)
{
	return 0;
}

gid_t getgid(void)
{
	return 0;
}

gid_t getegid(void)
{
	return 0;
}

pid_t getpgrp(void)
{
	return getpid();
}

/* Whoever gives his privileges away stays the one user that there is. */
int setuid(uid_t id)
{
	(void)id;
	return 0;
}

int setgid(gid_t id)
{
	(void)id;
	return 0;
}

mode_t umask(mode_t mask)
{
	(void)mask;
	return 022;
}

int getdtablesize(void)
{
	return 64;
}

int getpagesize(void)
{
	return 4096;
}

long sysconf(int name)
{
	switch (name) {
	case _SC_PAGESIZE:
		return getpagesize();
	case _SC_OPEN_MAX:
		return getdtablesize();
	case _SC_NPROCESSORS_CONF:
	case _SC_NPROCESSORS_ONLN:
		return 1;
	}
	errno = EINVAL;
	return -1;
}

int gethostname(char *name, size_t len)
{
	int n = CALL3(UNDINE_SETTING, "hostname", name, len ? len - 1 : 0);
	if (n < 0)
		n = 0;
	if (len)
		name[(size_t)n < len ? (size_t)n : len - 1] = '\0';
	return 0;
}

int getentropy(void *buf, size_t len)
{
	return CALL3(UNDINE_RANDOM, buf, len, 0);
}

/* Nothing can be written to files. */
static int read_only(void)
{
	errno = EROFS;
	return -1;
}

/* Of files that are URLs: they are fetched for it. */
int stat(const char *restrict path, struct stat *restrict s)
{
	int fd = CALL3(UNDINE_OPEN, path, 0, 0), r = fd < 0 ? -1 : fstat(fd, s);
	if (fd >= 0)
		close(fd);
	return r;
}

int access(const char *path, int mode)
{
	struct stat s;
	if (stat(path, &s) < 0)
		return -1;
	return mode & W_OK ? read_only() : 0;
}

int lstat(const char *restrict path, struct stat *restrict s)
{
	return stat(path, s);
}

int unlink(const char *path)
{
	(void)path;
	return read_only();
}

int rename(const char *from, const char *to)
{
	(void)from;
	(void)to;
	return read_only();
}

int mkdir(const char *path, mode_t mode)
{
	(void)path;
	(void)mode;
	return read_only();
}

int rmdir(const char *path)
{
	(void)path;
	return read_only();
}

int creat(const char *path, mode_t mode)
{
	(void)path;
	(void)mode;
	return read_only();
}

/* picolibc has none. */
int vdprintf(int fd, const char *restrict format, va_list ap)
{
	char *text;
	int n = vasprintf(&text, format, ap);
	if (n < 0)
		return -1;
	n = (int)write(fd, text, (size_t)n);
	free(text);
	return n;
}

int dprintf(int fd, const char *restrict format, ...)
{
	va_list ap;
	va_start(ap, format);
	int n = vdprintf(fd, format, ap);
	va_end(ap);
	return n;
}
