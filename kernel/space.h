/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory of a program that runs deprivileged (user32.h): regions of whole
 * pages at addresses of its own between SPACE_LO and SPACE_HI, where a PC has
 * devices and never memory.  All that such a program names - a pointer and a
 * length - is looked up here, by space_piece() and what stands on it, and
 * nowhere else: the loader never follows its pointers.  Pure.
 *
 *	struct space s = { .most = 16u << 20 };
 *	err = space_add(&s, 0xf0010000, len, SPACE_EXECUTE);
 *	err = space_read(&s, &request, pointer, sizeof(request));	-EFAULT: not all of it is its own
 *	space_free(&s);
 */
#ifndef KERNEL_SPACE_H
#define KERNEL_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPACE_LO 0xf0000000u
#define SPACE_HI 0xfec00000u
#define SPACE_REGIONS 64u

enum space_right { SPACE_READ = 0, SPACE_WRITE = 1, SPACE_EXECUTE = 2 };

struct space {
	size_t most, held;		/* bytes that it may have; that it has */
	unsigned count;
	struct space_region {
		uint32_t at, len;	/* whole pages */
		uint8_t *mem;		/* where they are, in one piece */
		unsigned rights;
	} region[SPACE_REGIONS];
};

/*
 * Zeroed memory for [at, at + len), rounded to pages: 0; -EINVAL (outside, empty, or over another region), -EDQUOT
 * (more than it may have), -ENOMEM.
 */
int space_add(struct space *s, uint32_t at, uint32_t len, unsigned rights);
void space_free(struct space *s);	/* all of it; most stays */

/* Where `at` lies, and in *len how much of it is there in one piece; NULL: nothing that it may read, or write. */
void *space_piece(const struct space *s, uint32_t at, size_t *len, bool write);
/* All of [at, at + len) is its own, to be read, or written to. */
bool space_holds(const struct space *s, uint32_t at, size_t len, bool write);
int space_read(const struct space *s, void *to, uint32_t from, size_t len);	/* 0 or -EFAULT */
int space_write(const struct space *s, uint32_t to, const void *from, size_t len);	/* the same; nothing or all */
/* A text with its NUL: its length; or -EFAULT, -ENAMETOOLONG. */
int space_text(const struct space *s, char *to, size_t cap, uint32_t from);

#endif
