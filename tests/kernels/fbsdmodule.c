/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel module of FreeBSD's form: an object file for amd64, a shared object for i386. fbsddump links it and reads
 * `facts`.
 */
struct facts {
	const char *text;
	const int *zeros, *aligned;
	int (*function)(void);
};

static const char text[] = "linked by its kernel";
static int zeros[1000];
static int aligned __attribute__((aligned(256))) = 5;

static int function(void)
{
	return zeros[999] + aligned;
}

struct facts facts = { text, zeros, &aligned, function };
