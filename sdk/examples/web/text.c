/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts that grow, and JSON in them: see web.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web.h"

void text_add(struct text *t, const void *bytes, size_t len)
{
	if (t->len + len > t->cap) {
		size_t cap = t->cap ? t->cap : 2048;
		while (cap < t->len + len)
			cap *= 2;
		char *data = realloc(t->data, cap);
		if (!data) {
			t->failed = true;
			return;
		}
		t->data = data;
		t->cap = cap;
	}
	memcpy(t->data + t->len, bytes, len);
	t->len += len;
}

void text_say(struct text *t, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	text_add(t, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

/* What is no ASCII is taken for Latin 1. */
void text_json_part(struct text *t, const char *bytes, size_t len)
{
	size_t plain = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];
		if (c >= ' ' && c < 0x7f && c != '"' && c != '\\')
			continue;
		text_add(t, bytes + plain, i - plain);
		text_say(t, "\\u%04x", c);
		plain = i + 1;
	}
	text_add(t, bytes + plain, len - plain);
}

void text_json(struct text *t, const char *name, const char *value)
{
	if (name)
		text_say(t, "\"%s\":", name);
	text_add(t, "\"", 1);
	text_json_part(t, value, strlen(value));
	text_add(t, "\",", name ? 2 : 1);
}
