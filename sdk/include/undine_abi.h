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
#define UNDINE_ABI_MINOR 2

/* The note in a module's file: name "Undine", this type, and the two numbers above, 32 bits each. */
#define UNDINE_NOTE_NAME "Undine"
#define UNDINE_NOTE_VERSION 1

enum undine_call {
	UNDINE_EXIT = 0,		/* status */
	UNDINE_READ = 1,		/* fd, buffer, length */
	UNDINE_WRITE = 2,		/* fd, buffer, length */
	UNDINE_OPEN = 3,		/* URL, to be read */
	UNDINE_CLOSE = 4,		/* fd */
	UNDINE_SEEK = 5,		/* fd, offset, whence */
	UNDINE_GROW = 6,		/* bytes: where that much more memory begins */
	UNDINE_CLOCK = 7,		/* struct undine_clock * */
	UNDINE_SLEEP = 8,		/* ms */
	UNDINE_NONBLOCK = 9,		/* fd, 1, 0 or -1 to ask */
	UNDINE_AVAILABLE = 10,		/* fd: bytes that can be read at once */
	/* since minor 2 */
	UNDINE_DUP = 11,		/* fd, from, to: the same by the first free of from ... to - 1; no file */

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
	/* since minor 1 */
	UNDINE_LOG = 41,		/* uint64_t * position, buffer, length: how much was copied; 0 at the end */
	UNDINE_BELOW = 42,		/* buffer, length: what stands below the log; the length of all of it */
	UNDINE_TYPE = 43,		/* const uint16_t *, how many: keys, 256 at the most: all are taken, or 0 */
	UNDINE_INFO = 44,		/* enum undine_info, which, from 0, struct *, its length: that of all of it */
	UNDINE_CALLS = 45
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

/* What UNDINE_INFO tells, each in a structure of its own; later versions add members at an end.  Texts have a NUL. */
enum undine_info {
	UNDINE_INFO_STATE = 0,
	UNDINE_INFO_SETTING = 1,	/* those that were set, in that order */
	UNDINE_INFO_LINK = 2,
	UNDINE_INFO_SOCKET = 3,
	UNDINE_INFO_TASK = 4,
	UNDINE_INFO_COUNTER = 5		/* of what the network has dropped, and why, and the like */
};

struct undine_state {
	uint64_t up_us;			/* since the loader's start */
	uint64_t failing_us;		/* since the first try of the boot failed */
	uint32_t failures;		/* how many have */
	uint32_t images;
	uint64_t fetched;		/* bytes of images that are held */
	char version[16];		/* of Undine */
	char script[128];		/* what runs, or "" */
	char cause[400];		/* why the last try failed, or "" */
};

/* As people may see it: masked are telnetd.password and the like, and users and passwords in URLs. */
struct undine_setting {
	char name[64];
	uint32_t len;			/* in bytes, of all of it */
	uint32_t marks;			/* 1: gives way to any other; 2: nothing changes it */
	char text[256];			/* cut */
};

struct undine_link {
	char name[16];			/* "net0" */
	char state[16];			/* "up", "open", "down" */
	uint8_t mac[6];
	uint16_t prefix;		/* of its address, bits */
	uint32_t addr;			/* network order; 0: none */
	uint32_t mtu;
	uint64_t rx_bytes, tx_bytes;
	uint32_t rx_frames, tx_frames;
	uint32_t rx_errors, tx_errors;	/* of its card */
};

struct undine_socket {
	uint32_t type;			/* SOCK_STREAM, SOCK_DGRAM */
	uint32_t local, remote;		/* network order; 0: any, or none */
	uint16_t local_port, remote_port;	/* plain numbers */
	uint32_t recv_len, send_len;	/* bytes that wait: to be read, to be acknowledged */
	uint32_t rtt_us;
	char state[16];			/* "ESTABLISHED"; "" of UDP */
};

struct undine_task {
	char name[16];
	char state[16];
	uint64_t run_us;		/* CPU time */
	uint32_t memory;		/* bytes of its heap */
	uint32_t stack, stack_used;	/* bytes; the most that was ever used */
	uint32_t module;		/* the number that `kill` takes; 0: one of the loader's own */
};

struct undine_counter {
	char name[32];			/* as `ifstat` has it */
	uint64_t n;
};

#endif
