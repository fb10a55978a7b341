/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON, written.  See json.h. */
#include "services/cause/json.h"

#include <errno.h>
#include <stdio.h>

static void put(struct json *j, char c)
{
	if (j->len < j->cap)
		j->out[j->len] = c;
	j->len++;
}

static void put_raw(struct json *j, const char *text)
{
	while (*text)
		put(j, *text++);
}

static void put_string(struct json *j, const char *text)
{
	char escaped[8];
	put(j, '"');
	for (; *text; text++) {
		uint8_t c = (uint8_t)*text;
		if (c == '"' || c == '\\')
			put(j, '\\');
		if (c >= ' ' && c < 0x7f) {
			put(j, *text);
		} else {
			snprintf(escaped, sizeof(escaped), "\\u%04x", c);
			put_raw(j, escaped);
		}
	}
	put(j, '"');
}

static void put_name(struct json *j, const char *name)
{
	if (j->more)
		put(j, ',');
	put_string(j, name);
	put(j, ':');
	j->more = true;
}

void json_begin(struct json *j, char *out, size_t cap)
{
	*j = (struct json){ .out = out, .cap = cap };
	put(j, '{');
}

int json_end(struct json *j)
{
	put(j, '}');
	put(j, '\0');
	return j->len <= j->cap ? (int)j->len - 1 : -ENOSPC;
}

void json_text(struct json *j, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	put_name(j, name);
	put_string(j, text);
}

void json_number(struct json *j, const char *name, uint64_t n)
{
	char text[24];
	if (!n)
		return;
	put_name(j, name);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	put_raw(j, text);
}

static void open(struct json *j, const char *name, char what)
{
	put_name(j, name);
	put(j, what);
	j->more = false;
}

void json_object(struct json *j, const char *name)
{
	open(j, name, '{');
}

void json_list(struct json *j, const char *name)
{
	open(j, name, '[');
}

void json_item(struct json *j, const char *text)
{
	if (j->more)
		put(j, ',');
	put_string(j, text);
	j->more = true;
}

void json_close(struct json *j, char what)
{
	put(j, what);
	j->more = true;
}
