/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a kernel's boot information, or only measures it: past cap nothing is
 * written, but counted.  Little endian.
 */
#ifndef SERVICES_BOOT_WRITER_H
#define SERVICES_BOOT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct writer {
	uint8_t *buf;		/* may be NULL when cap is 0 */
	size_t cap, len;	/* len counts on past cap, up to: */
};

/* Nobody has so much memory, and there is room for a caller's reserve before it wraps. */
#define WRITER_TOO_LONG (SIZE_MAX - 0xffff)

void put(struct writer *w, const void *p, size_t len);
void put_u8(struct writer *w, uint8_t v);
void put_u16(struct writer *w, uint16_t v);
void put_u32(struct writer *w, uint32_t v);
void put_u64(struct writer *w, uint64_t v);
/* Zero bytes up to the next multiple of align, a power of two up to 16. */
void put_align(struct writer *w, size_t align);
/* len bytes for the caller to fill, or NULL when they do not fit; counted in any case. */
uint8_t *put_room(struct writer *w, size_t len);
/* Over what has been written: v at offset at. */
void set_u32(struct writer *w, size_t at, uint32_t v);

/* "name args" with its NUL; one of the two alone where the other is empty or no_name is set. */
void put_line(struct writer *w, const char *name, const char *args, bool no_name);
size_t line_len(const char *name, const char *args, bool no_name);

#endif
