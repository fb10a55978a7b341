/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole response, head and body, in pieces as the first byte says; the
 * verdict is asked for as well.  Two ways of cutting give the same facts.
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "services/http/http.h"
#include "tests/unit/schemes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Bytes of body, or -1 for a protocol error; *done says if it was complete. */
static long run(const uint8_t *p, size_t len, size_t step, struct http_response *r, bool *done)
{
	struct http_body b;
	long body = 0;
	size_t at = 0;

	*done = false;
	http_response_init(r);
	while (!r->head_done) {
		size_t n = len - at < step ? len - at : step;
		int k = http_head(r, p + at, n);
		if (k < 0) {
			assert(r->error);
			return -1;
		}
		at += (size_t)k;
		if (at == len && !r->head_done)
			return 0;
	}
	assert(r->status >= 200 && strlen(r->location) < sizeof(r->location));
	http_body_init(&b, r);
	while (!b.done && at < len) {
		size_t n = len - at < step ? len - at : step, data_len;
		const uint8_t *d;
		int k = http_body(&b, p + at, n, &d, &data_len);
		if (k < 0) {
			assert(b.error);
			return -1;
		}
		assert(k > 0 && (size_t)k <= n);
		assert(!data_len || (d >= p + at && d + data_len <= p + at + k));
		at += (size_t)k;
		body += (long)data_len;
	}
	*done = b.done;
	return body;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct http_response r, r2;
	struct http_decision d;
	struct url base, to;
	bool done, done2;
	long n;

	if (!len)
		return 0;
	schemes_of_the_loader();
	n = run(data + 1, len - 1, data[0] + 1u, &r, &done);
	assert(run(data + 1, len - 1, 1, &r2, &done2) == n && done == done2);
	assert(r.status == r2.status && r.length == r2.length && !strcmp(r.validator, r2.validator));
	if (!r.head_done)
		return 0;
	if (http_judge(&r, data[0], data[0] % 2 ? 100 : HTTP_LENGTH_UNKNOWN, &d) == HTTP_TAKE)
		assert(d.from == 0 || d.from == data[0]);
	url_parse(&base, "http://u:p@h/a/b");
	if (url_redirect(&to, &base, r.location) == 0)
		assert(!to.has_user || url_same_server(&to, &base) || strchr(r.location, '@'));
	return 0;
}
