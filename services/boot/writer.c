/* SPDX-License-Identifier: BSD-2-Clause */
/* See writer.h. */
#include "services/boot/writer.h"

#include <string.h>

#include "kernel/checked.h"

uint8_t *put_room(struct writer *w, size_t len)
{
	uint8_t *at = w->buf && w->len <= w->cap && len <= w->cap - w->len ? w->buf + w->len : NULL;
	w->len = checked_within(w->len, len, WRITER_TOO_LONG) ? w->len + len : WRITER_TOO_LONG;
	return at;
}

void put(struct writer *w, const void *p, size_t len)
{
	uint8_t *at = put_room(w, len);
	if (at && len)
		memcpy(at, p, len);
}

/* The low len bytes of v. */
static void put_number(struct writer *w, uint64_t v, size_t len)
{
	uint8_t *at = put_room(w, len);
	for (size_t i = 0; at && i < len; i++)
		at[i] = (uint8_t)(v >> i * 8);
}

void put_u8(struct writer *w, uint8_t v)
{
	put_number(w, v, 1);
}

void put_u16(struct writer *w, uint16_t v)
{
	put_number(w, v, 2);
}

void put_u32(struct writer *w, uint32_t v)
{
	put_number(w, v, 4);
}

void put_u64(struct writer *w, uint64_t v)
{
	put_number(w, v, 8);
}

void put_align(struct writer *w, size_t align)
{
	static const uint8_t zeros[16];
	put(w, zeros, -w->len & (align - 1));
}

void set_u32(struct writer *w, size_t at, uint32_t v)
{
	size_t len = w->len;
	w->len = at;
	put_u32(w, v);
	w->len = len;
}

size_t line_len(const char *name, const char *args, bool no_name)
{
	struct writer w = { 0 };
	put_line(&w, name, args, no_name);
	return w.len;
}

void put_line(struct writer *w, const char *name, const char *args, bool no_name)
{
	if (!no_name)
		put(w, name, strlen(name));
	if (!no_name && *name && *args)
		put(w, " ", 1);
	put(w, args, strlen(args) + 1);
}
