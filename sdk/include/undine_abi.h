/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a module asks the loader for something: INT 40h with the call's number
 * in EAX, arguments in EBX, ECX, EDX, ESI, EDI, EBP; the answer comes in EAX,
 * an error as -E (above -4096).  Numbers and structures stay as they are as long
 * as UNDINE_ABI_MAJOR stays; a higher minor only adds some.  Programs use the
 * C library and undine.h instead.
 */
#ifndef UNDINE_ABI_H
#define UNDINE_ABI_H

#include <stdint.h>

#define UNDINE_ABI_MAJOR 1
#define UNDINE_ABI_MINOR 0

/* The note in a module's file: name "Undine", this type, and the two numbers above, 32 bits each. */
#define UNDINE_NOTE_NAME "Undine"
#define UNDINE_NOTE_VERSION 1

enum undine_call {
	UNDINE_EXIT = 0,		/* status */
	UNDINE_READ = 1,		/* fd, buffer, length */
	UNDINE_WRITE = 2,		/* fd, buffer, length */
	UNDINE_OPEN = 3,		/* URL: it is fetched whole */
	UNDINE_CLOSE = 4,		/* fd */
	UNDINE_SEEK = 5,		/* fd, offset, whence */
	UNDINE_GROW = 6,		/* bytes: where that much more memory begins */
	UNDINE_CLOCK = 7,		/* struct undine_clock * */
	UNDINE_SLEEP = 8,		/* ms */
	UNDINE_NONBLOCK = 9,		/* fd, 1, 0 or -1 to ask */
	UNDINE_AVAILABLE = 10,		/* fd: bytes that can be read at once */

	/* As POSIX has them; addresses are struct sockaddr_in. */
	UNDINE_SOCKET = 16,		/* domain, type, protocol */
	UNDINE_BIND = 17,		/* fd, address, its length */
	UNDINE_LISTEN = 18,		/* fd, backlog */
	UNDINE_ACCEPT = 19,		/* fd, address or NULL, length's place */
	UNDINE_CONNECT = 20,		/* fd, address, its length */
	UNDINE_SENDTO = 21,		/* fd, buffer, length, flags, address or NULL, its length */
	UNDINE_RECVFROM = 22,		/* fd, buffer, length, flags, address or NULL, length's place */
	UNDINE_SHUTDOWN = 23,		/* fd, how */
	UNDINE_GETSOCKNAME = 24,	/* fd, address, length's place */
	UNDINE_GETPEERNAME = 25,	/* fd, address, length's place */
	UNDINE_SETSOCKOPT = 26,		/* fd, level, name, value, length */
	UNDINE_GETSOCKOPT = 27,		/* fd, level, name, value, length's place */
	UNDINE_POLL = 28,		/* struct pollfd *, how many, ms or -1 */
	UNDINE_RESOLVE = 29,		/* name, uint32_t * in network order, how many: their count */

	UNDINE_RUN = 32,		/* a command's line: its result */
	UNDINE_SETTING = 33,		/* name, buffer, length: the value as text; the length of all of it */
	UNDINE_SETTING_RAW = 34,	/* the same, its bytes */
	UNDINE_IMAGE_MAKE = 35,		/* name, bytes, length: an image of that content */
	UNDINE_IMAGE_READ = 36,		/* name, offset, buffer, length: how much was read */
	UNDINE_IMAGE_INFO = 37,		/* which, from 0, struct undine_image * */
	UNDINE_KEY = 38,		/* ms, or -1: a key */
	UNDINE_PROGRESS = 39,		/* a line that stands below the log; "": none */
	UNDINE_RANDOM = 40,		/* buffer, length */
	UNDINE_CALLS = 41
};

struct undine_clock {
	uint64_t up_us;			/* since the loader's start */
	int64_t unix_s;			/* seconds since 1970, or -1 */
};

struct undine_image {
	char name[64];			/* cut, with its NUL */
	uint32_t len;
	uint32_t role;			/* 0 a file, 1 a module for the kernel, 2 the kernel */
};

#endif
