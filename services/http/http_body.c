/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bodies of HTTP responses: by length, chunked, or until the connection ends
 * (RFC 9112, 6.3).
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "services/http/http.h"

void http_body_init(struct http_body *b, const struct http_response *r)
{
	memset(b, 0, sizeof(*b));
	b->chunked = r->chunked;
	b->until_close = !r->chunked && r->length == HTTP_LENGTH_UNKNOWN;
	if (!b->chunked && !b->until_close)
		b->left = r->length;
	b->done = !b->chunked && !b->until_close && !b->left;
}

int http_body(struct http_body *b, const void *in, size_t len, const uint8_t **data, size_t *data_len)
{
	int n;

	if (len > INT_MAX)
		len = INT_MAX;
	if (b->chunked) {
		n = chunked_feed(&b->chunks, in, len, data, data_len);
		b->done = b->chunks.done;
		b->error = b->chunks.error;
		return n;
	}
	if (!b->until_close && len > b->left)
		len = (size_t)b->left;
	*data = in;
	*data_len = len;
	http_body_skip(b, len);
	return (int)len;
}

void http_body_skip(struct http_body *b, uint64_t n)
{
	if (b->until_close || b->chunked)
		return;
	b->left -= n;
	b->done = !b->left;
}

int http_body_end(struct http_body *b)
{
	if (b->until_close)
		b->done = true;
	return b->done ? 0 : -EPIPE;
}
