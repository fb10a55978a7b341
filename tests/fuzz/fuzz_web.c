/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests to the web console (sdk/examples/web): what a request takes is what it takes when nothing follows, and
 * nothing less is one; its texts end, and its body lies within it.
 */
#include <assert.h>
#include <stdint.h>

#include "sdk/examples/web/http.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool ends(const char *text, size_t cap)
{
	return memchr(text, '\0', cap);
}

/* In memory of its own, so that a byte behind it is noticed. */
static int parse(const uint8_t *data, size_t len, struct request *r)
{
	char *in = malloc(len + 1);
	memcpy(in, data, len);
	in = realloc(in, len ? len : 1);
	int n = request_parse(in, len, r);
	if (n > 0) {
		assert((size_t)n <= len && r->body_len <= BODY_MAX && r->body + r->body_len == in + n);
		assert(r->path[0] == '/' && r->host[0]);
	}
	assert(ends(r->path, sizeof r->path) && ends(r->host, sizeof r->host) && ends(r->origin, sizeof r->origin));
	assert(ends(r->token, sizeof r->token) && (!*r->token || strlen(r->token) == TOKEN_LEN || n < 0));
	free(in);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request r, again;
	size = size > 2 * REQUEST_MAX ? 2 * REQUEST_MAX : size;
	int n = parse(data, size, &r);
	assert(n || size < REQUEST_MAX + BODY_MAX);
	if (n > 0) {
		assert(parse(data, (size_t)n, &again) == n && !strcmp(r.path, again.path) && r.log == again.log);
		assert(parse(data, (size_t)n - 1, &again) == 0);
	}
	return 0;
}
