/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chunked transfer coding (RFC 9112, 7.1).  Extensions and trailers are
 * skipped, within bounds.  A bare LF ends a line as CR LF does (RFC 9112, 2.2).
 * Called by http_body.c.
 */
#include <errno.h>
#include <limits.h>

#include "services/http/chunked.h"

static int hex(uint8_t ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

static void fail(struct chunked *c, const char *why)
{
	c->error = why;
}

/* The size line has ended. */
static void start_chunk(struct chunked *c)
{
	if (!c->digits)
		fail(c, "a chunk without a size");
	c->state = c->left ? CHUNK_DATA : CHUNK_TRAILER;
	c->digits = c->skipped = 0;
	c->line_empty = true;
}

static void size_byte(struct chunked *c, uint8_t ch)
{
	int v = hex(ch);

	if (v >= 0) {
		if (c->left >> 56)
			fail(c, "a chunk size that is out of all bounds");
		c->left = c->left << 4 | (unsigned)v;
		c->digits = 1;
	} else if (ch == '\n') {
		start_chunk(c);
	} else if (ch == '\r') {
		c->state = CHUNK_SIZE_LF;
	} else if ((ch == ';' || ch == ' ' || ch == '\t') && c->digits) {
		c->state = CHUNK_EXT;
	} else {
		fail(c, "a chunk size that is no number");
	}
}

static void trailer_byte(struct chunked *c, uint8_t ch)
{
	if (ch == '\n') {
		c->done = c->line_empty;
		c->line_empty = true;
	} else if (ch != '\r') {
		c->line_empty = false;
	}
	if (++c->skipped > CHUNKED_LINE_MAX)
		fail(c, "endless trailers");
}

static void line_byte(struct chunked *c, uint8_t ch)
{
	if ((c->state == CHUNK_SIZE || c->state == CHUNK_EXT) && ++c->skipped > CHUNKED_LINE_MAX) {
		fail(c, c->state == CHUNK_SIZE ? "an endless chunk size" : "an endless chunk extension");
		return;
	}
	switch (c->state) {
	case CHUNK_SIZE:
		size_byte(c, ch);
		break;
	case CHUNK_EXT:
		if (ch == '\n')
			start_chunk(c);
		break;
	case CHUNK_SIZE_LF:
		if (ch == '\n')
			start_chunk(c);
		else
			fail(c, "a chunk size that is no number");
		break;
	case CHUNK_DATA_CR:
	case CHUNK_DATA_LF:
		if (ch == '\r' && c->state == CHUNK_DATA_CR)
			c->state = CHUNK_DATA_LF;
		else if (ch == '\n')
			c->state = CHUNK_SIZE;
		else
			fail(c, "a chunk that is longer than its size");
		break;
	default:
		trailer_byte(c, ch);
	}
}

const char *chunked_amid(const struct chunked *c)
{
	if (c->done || c->state == CHUNK_DATA)
		return NULL;
	return c->state == CHUNK_TRAILER ? "its trailers" : "a chunk's size";
}

int chunked_feed(struct chunked *c, const void *in, size_t len, const uint8_t **data, size_t *data_len)
{
	const uint8_t *p = in;
	size_t n = 0;

	*data = NULL;
	*data_len = 0;
	if (len > INT_MAX)
		len = INT_MAX;
	while (n < len && !c->done && !c->error) {
		if (c->state != CHUNK_DATA) {
			line_byte(c, p[n++]);
			continue;
		}
		*data = p + n;
		*data_len = len - n < c->left ? len - n : (size_t)c->left;
		c->left -= *data_len;
		if (!c->left)
			c->state = CHUNK_DATA_CR;
		return (int)(n + *data_len);
	}
	return c->error ? -EPROTO : (int)n;
}
