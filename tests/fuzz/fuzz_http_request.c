/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP requests: the input's first line is a URL, the second a validator as a
 * server sent it, and text that was set for a User-Agent.  Whatever they hold,
 * the request has its own lines and no others, and fits or says that it does
 * not.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "services/fetch/fetch_policy.h"
#include "services/http/http.h"
#include "tests/unit/schemes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A validator comes from a header's line: it holds no line's end. */
static void take_validator(char *out, const char *from)
{
	size_t n = strcspn(from, "\r\n");
	n = n < HTTP_VALIDATOR_MAX ? n : HTTP_VALIDATOR_MAX - 1;
	memcpy(out, from, n);
	out[n] = '\0';
}

static void check(const struct http_request *r, size_t cap)
{
	char *buf = malloc(cap + 1);
	int n = http_build_request(buf, cap, r);
	assert(n < 0 || (size_t)n <= cap);
	if (n >= 0) {
		unsigned lines = 0;
		bool ranged = r->range_from || r->range_to;
		unsigned wanted = 7 + ranged + (ranged && r->if_range[0]) + r->url->has_user +
				  2 * (r->body_type != NULL);
		const char *method = r->body_type ? "POST /" : "GET /";
		for (int i = 0; i + 1 < n; i++)
			lines += buf[i] == '\r' && buf[i + 1] == '\n';
		assert(lines == wanted && !memcmp(buf + n - 4, "\r\n\r\n", 4) && !memcmp(buf, method, strlen(method)));
		assert(!memchr(buf, 0, (size_t)n));
	}
	free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct url u;
	char *text = malloc(size + 1), *rest, validator[HTTP_VALIDATOR_MAX] = "";
	memcpy(text, data, size);
	text[size] = '\0';
	schemes_of_the_loader();
	rest = strchr(text, '\n');
	if (rest) {
		*rest++ = '\0';
		take_validator(validator, rest);
	}
	fetch_agent_set(rest ? rest : "", "");
	if (url_parse(&u, text) == 0) {
		struct http_request r = { .url = &u, .if_range = validator, .agent = fetch_agent("x", "10.0.0.1:80") };
		check(&r, HTTP_REQUEST_MAX);
		r.range_from = UINT64_MAX >> (size % 64);
		check(&r, HTTP_REQUEST_MAX);
		check(&r, size);
		r.range_to = r.range_from;
		r.range_from = 0;
		check(&r, HTTP_REQUEST_MAX);
		r.range_to = 0;
		r.body_type = "text/plain";
		r.body_len = size;
		check(&r, HTTP_REQUEST_MAX);
	}
	free(text);
	return 0;
}
