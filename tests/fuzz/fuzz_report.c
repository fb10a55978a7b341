/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records for a collector: the input is laid over a cause and over the texts
 * about a machine.  What is written is JSON, in printable ASCII, to its last
 * byte, and its first text comes back as it went in.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "services/cause/cause.h"
#include "services/report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A text at p, its quotation mark first: what is behind it; the text itself into out, if there is one. */
static const char *read_text(const char *p, char *out)
{
	assert(*p++ == '"');
	while (*p != '"') {
		unsigned c = (uint8_t)*p++;
		assert(c >= ' ' && c < 0x7f);
		if (c == '\\') {
			c = (uint8_t)*p++;
			assert(c == '"' || c == '\\' || c == 'u');
			if (c == 'u') {
				char hex[5] = { p[0], p[1], p[2], p[3] }, *end;
				c = (unsigned)strtoul(hex, &end, 16);
				assert(end == hex + 4 && c && c < 0x100);
				p += 4;
			}
		}
		if (out)
			*out++ = (char)c;
	}
	if (out)
		*out = '\0';
	return p + 1;
}

/* Any value, whole. */
static const char *read_value(const char *p)
{
	char close = *p == '{' ? '}' : ']';
	size_t digits = strspn(p, "0123456789");
	if (*p == '"')
		return read_text(p, NULL);
	if (digits)
		return p + digits;
	assert(*p == '{' || *p == '[');
	if (*++p == close)
		return p + 1;
	for (;;) {
		if (close == '}') {
			p = read_text(p, NULL);
			assert(*p++ == ':');
		}
		p = read_value(p);
		if (*p == close)
			return p + 1;
		assert(*p++ == ',');
	}
}

/* The next bytes as a text of at most cap - 1; what is over the end are zeros. */
static void take(const uint8_t **data, size_t *left, char *out, size_t cap)
{
	size_t n = *left < cap - 1 ? *left : cap - 1;
	memset(out, 0, cap);
	memcpy(out, *data, n);
	*data += n;
	*left -= n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char out[3 * REPORT_JSON_MAX], words[7][2 * REPORT_WORD_MAX], back[CAUSE_WHAT_MAX];
	struct cause c = { .fact.err = size & 1 ? -5 : 5 };
	struct report r = {
		.event = "failure", .to = words[0], .mac = words[1], .ip = words[2], .host = words[3],
		.serial = words[4], .maker = words[5], .product = words[6], .attempt = (unsigned)size,
		.up_us = size << 8, .cause = &c,
	};
	size_t left = size;
	const char *what;
	take(&data, &left, c.fact.what, sizeof(c.fact.what));
	for (unsigned i = 0; i < 7; i++)
		take(&data, &left, words[i], sizeof(words[i]));
	take(&data, &left, c.fact.url, sizeof(c.fact.url));
	take(&data, &left, c.fact.peer, sizeof(c.fact.peer));
	for (; left && c.count < CAUSE_LINKS; c.count++)
		take(&data, &left, c.failed[c.count], CAUSE_LINK_MAX);
	int len = report_json(&r, out, sizeof(out));
	assert(len > 0 && (size_t)len == strlen(out));
	assert(read_value(out) == out + len);
	if (*c.fact.what) {
		what = strstr(out, "\"cause\":{\"what\":");
		assert(what);
		read_text(what + 16, back);
		assert(!strcmp(back, c.fact.what));
	}
	char *exact = malloc(size + 1);
	assert(report_json(&r, exact, size) == (size > (size_t)len ? len : -28));
	free(exact);
	return 0;
}
