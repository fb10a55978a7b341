/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chunked transfer coding, receiving side (RFC 9112, 7.1): a decoder that
 * is fed bytes and points at the data among them.  Pure.
 */
#ifndef SERVICES_HTTP_CHUNKED_H
#define SERVICES_HTTP_CHUNKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHUNKED_LINE_MAX 8192	/* bytes of a chunk's size with its extensions, or of all trailers */

struct chunked {			/* all zero at first */
	bool done;		/* the last chunk and the trailers are through */
	const char *error;	/* sticky: why chunked_feed() gave -EPROTO */

	/* Private. */
	enum {
		CHUNK_SIZE, CHUNK_EXT, CHUNK_SIZE_LF, CHUNK_DATA, CHUNK_DATA_CR, CHUNK_DATA_LF, CHUNK_TRAILER,
	} state;
	uint64_t left;		/* of the chunk's data */
	unsigned digits;
	unsigned skipped;	/* bytes of the line with this chunk's size, or of trailers */
	bool line_empty;
};

/*
 * Takes bytes up to and including the next run of data: how many it took (at
 * least 1 while len > 0 and not done), or -EPROTO.  *data, *data_len is the
 * run, inside `in`; data_len may be 0.  Call again with the rest.
 */
int chunked_feed(struct chunked *c, const void *in, size_t len, const uint8_t **data, size_t *data_len);
/* What of the framing has begun and is not complete: "a chunk's size", "its trailers"; NULL: nothing. */
const char *chunked_amid(const struct chunked *c);

#endif
