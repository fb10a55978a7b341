/* SPDX-License-Identifier: BSD-2-Clause */
/* What the C library wants from below, and POSIX's calls for files, memory and time. */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "alarm.h"
#include "call.h"

static char *no_environment[1];
char **environ = no_environment;

_Noreturn void _exit(int status)
{
	for (;;)
		CALL3(UNDINE_EXIT, status, 0, 0);
}

ssize_t read(int fd, void *buf, size_t len)
{
	return alarm_wait(fd, POLLIN) < 0 ? -1 : CALL3(UNDINE_READ, fd, buf, len);
}

ssize_t write(int fd, const void *buf, size_t len)
{
	return alarm_is_set() && socket_type(fd) ? send(fd, buf, len, 0) : CALL3(UNDINE_WRITE, fd, buf, len);
}

int open(const char *path, int flags, ...)
{
	if ((flags & O_ACCMODE) != O_RDONLY) {
		errno = EROFS;
		return -1;
	}
	return CALL3(UNDINE_OPEN, path, 0, 0);
}

int close(int fd)
{
	return CALL3(UNDINE_CLOSE, fd, 0, 0);
}

int dup(int fd)
{
	return CALL3(UNDINE_DUP, fd, 0, -1);
}

int dup2(int fd, int to)
{
	int err = errno;
	if (CALL3(UNDINE_NONBLOCK, fd, -1, 0) < 0)
		return -1;
	if (fd == to)
		return fd;
	close(to);
	errno = err;
	return CALL3(UNDINE_DUP, fd, to, to + 1);
}

off_t lseek(int fd, off_t off, int whence)
{
	return CALL3(UNDINE_SEEK, fd, off, whence);
}

/* What is neither a file nor a socket. */
int isatty(int fd)
{
	if (lseek(fd, 0, SEEK_CUR) < 0 && (errno != ESPIPE || !socket_type(fd)))
		return errno == ESPIPE || errno == EBADF;
	errno = ENOTTY;
	return 0;
}

int fstat(int fd, struct stat *s)
{
	int here, size;
	memset(s, 0, sizeof *s);
	if (isatty(fd)) {
		s->st_mode = S_IFCHR | 0666;
		return 0;
	}
	here = (int)lseek(fd, 0, SEEK_CUR);
	if (here < 0) {
		if (errno != ESPIPE)
			return -1;
		s->st_mode = S_IFSOCK | 0666;
		return 0;
	}
	size = (int)lseek(fd, 0, SEEK_END);
	lseek(fd, here, SEEK_SET);
	s->st_mode = S_IFREG | 0444;
	s->st_size = size;
	return 0;
}

int fcntl(int fd, int command, ...)
{
	va_list ap;
	int arg, is;
	va_start(ap, command);
	arg = va_arg(ap, int);
	va_end(ap);
	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return CALL3(UNDINE_DUP, fd, arg, -1);
	case F_GETFD:
	case F_SETFD:
		return 0;
	case F_GETFL:
		is = CALL3(UNDINE_NONBLOCK, fd, -1, 0);
		return is < 0 ? is : O_RDWR | (is ? O_NONBLOCK : 0);
	case F_SETFL:
		is = CALL3(UNDINE_NONBLOCK, fd, !!(arg & O_NONBLOCK), 0);
		return is < 0 ? is : 0;
	}
	errno = EINVAL;
	return -1;
}

static int next_datagram(int fd)
{
	int err = errno, n = (int)recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
	errno = err;
	return n < 0 ? 0 : n;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	int *arg, n;
	va_start(ap, request);
	arg = va_arg(ap, int *);
	va_end(ap);
	if (request == FIONBIO) {
		n = CALL3(UNDINE_NONBLOCK, fd, !!*arg, 0);
		return n < 0 ? n : 0;
	}
	if (request == FIONREAD) {
		n = socket_type(fd) == SOCK_DGRAM ? next_datagram(fd) : CALL3(UNDINE_AVAILABLE, fd, 0, 0);
		if (n >= 0)
			*arg = n;
		return n < 0 ? n : 0;
	}
	errno = ENOTTY;
	return -1;
}

/* ---- memory ---- */

void *sbrk(ptrdiff_t more)
{
	static char *at, *end;
	char *was;
	if (more < 0) {
		errno = ENOMEM;
		return (void *)-1;
	}
	if (more > end - at) {
		unsigned long long r = undine_call(UNDINE_GROW, (uint32_t)(more - (end - at)), 0, 0, 0, 0, 0);
		if ((uint32_t)r > -4096u) {
			errno = ENOMEM;
			return (void *)-1;
		}
		if (!end)
			at = end = (char *)(uint32_t)r;
		end += (uint32_t)(r >> 32);
	}
	was = at;
	at += more;
	return was;
}

/* ---- time ---- */

int clock_gettime(clockid_t clock, struct timespec *t)
{
	struct undine_clock now;
	if (CALL3(UNDINE_CLOCK, &now, 0, 0) < 0)
		return -1;
	if (clock == CLOCK_REALTIME && now.unix_s >= 0) {
		/*
		 * The machine's clock has seconds only, so that each reading says how much later than the start it
		 * is at the least; the most of these is nearest, and what is a second past one was said before the
		 * clock was set back.
		 */
		static int64_t later_us = INT64_MIN;
		int64_t least = now.unix_s * 1000000 - (int64_t)now.up_us;
		if (later_us < least || later_us - least >= 1000000)
			later_us = least;
		int64_t us = (int64_t)now.up_us + later_us;
		t->tv_sec = (time_t)(us / 1000000);
		t->tv_nsec = (long)(us % 1000000) * 1000;
	} else {
		t->tv_sec = (time_t)(now.up_us / 1000000);
		t->tv_nsec = (long)(now.up_us % 1000000) * 1000;
	}
	return 0;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	struct timespec now;
	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return -1;
	t->tv_sec = now.tv_sec;
	t->tv_usec = now.tv_nsec / 1000;
	return 0;
}

clock_t clock(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (clock_t)(now.tv_sec * CLOCKS_PER_SEC + now.tv_nsec / (1000000000 / CLOCKS_PER_SEC));
}

static int sleep_ms(uint32_t ms)
{
	return alarm_is_set() ? alarm_poll(NULL, 0, (int)ms) : CALL3(UNDINE_SLEEP, ms, 0, 0);
}

int nanosleep(const struct timespec *span, struct timespec *left)
{
	uint64_t all_ms = (uint64_t)span->tv_sec * 1000 + ((uint64_t)span->tv_nsec + 999999) / 1000000;
	struct timespec from, now;
	clock_gettime(CLOCK_MONOTONIC, &from);
	int r = sleep_ms(all_ms > INT_MAX ? INT_MAX : (uint32_t)all_ms);
	clock_gettime(CLOCK_MONOTONIC, &now);
	int64_t left_ms = (int64_t)all_ms - (int64_t)(now.tv_sec - from.tv_sec) * 1000 -
			  (now.tv_nsec - from.tv_nsec) / 1000000;
	if (r < 0 && left)
		*left = left_ms < 0 ? (struct timespec){ 0 } :
			(struct timespec){ (time_t)(left_ms / 1000), (long)(left_ms % 1000 * 1000000) };
	return r;
}

unsigned sleep(unsigned s)
{
	struct timespec from, now;
	clock_gettime(CLOCK_MONOTONIC, &from);
	if (sleep_ms(s * 1000) == 0)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	unsigned slept = (unsigned)(now.tv_sec - from.tv_sec);
	return slept < s ? s - slept : 0;
}

int usleep(useconds_t us)
{
	return sleep_ms((us + 999) / 1000);
}
