/* SPDX-License-Identifier: BSD-2-Clause */
/* Form fields and headers that scripts send along.  See params.h. */
#include "services/fetch/params.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "services/fetch/url.h"

#define MARK "##params"

struct text {
	char *p;			/* NULL: "" */
	size_t len;
};

static struct list {
	struct list *next;
	char name[PARAMS_NAME_MAX];	/* "": the one without a name */
	const char *method;		/* NULL: by what there is */
	struct text fields, headers;
} *lists;

static struct list *find(const char *name)
{
	struct list *l = lists;
	while (l && strcmp(l->name, name ? name : ""))
		l = l->next;
	return l;
}

/* What was said in it, passwords among it, stays in nobody's memory. */
static void wipe(struct text *t)
{
	if (t->p)
		memset(t->p, 0, t->len);
	free(t->p);
}

void params_delete(const char *name)
{
	struct list **at = &lists, *l = find(name);
	if (!l)
		return;
	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	wipe(&l->fields);
	wipe(&l->headers);
	free(l);
}

void params_delete_all(void)
{
	while (lists)
		params_delete(lists->name);
}

void params_forget(void)
{
	lists = NULL;
}

int params_create(const char *name, const char *method)
{
	static const char *const methods[] = { "GET", "POST", "PUT" };
	unsigned count = 0, which = 0;
	if (name && strlen(name) >= PARAMS_NAME_MAX)
		return -ENAMETOOLONG;
	while (method && which < 3 && strcasecmp(method, methods[which]))
		which++;
	if (which == 3)
		return -EINVAL;
	params_delete(name);
	for (const struct list *l = lists; l; l = l->next)
		count++;
	if (count == PARAMS_LISTS_MAX)
		return -ENOSPC;
	struct list *l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	strcpy(l->name, name ? name : "");
	l->method = method ? methods[which] : NULL;
	l->next = lists;
	lists = l;
	return 0;
}

/* ---- what is in a list ---- */

/* The text's new end, more bytes behind its old one: NULL and *err if it may not grow. */
static char *grow(struct text *t, size_t more, int *err)
{
	*err = more > PARAMS_LEN_MAX - 1 - t->len ? -ENOSPC : -ENOMEM;
	char *p = *err == -ENOSPC ? NULL : realloc(t->p, t->len + more);
	if (!p)
		return NULL;
	t->p = p;
	t->len += more;
	return p + t->len - more;
}

/* RFC 3986, 2.3 */
static bool is_unreserved(char ch)
{
	return (ch >= '0' && ch <= '9') || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z') || (ch && strchr("-._~", ch));
}

static size_t encoded_len(const char *s)
{
	size_t len = 0;
	for (; *s; s++)
		len += is_unreserved(*s) ? 1 : 3;
	return len;
}

static char *encode(char *out, const char *s)
{
	static const char digits[] = "0123456789ABCDEF";
	for (; *s; s++) {
		if (is_unreserved(*s)) {
			*out++ = *s;
			continue;
		}
		*out++ = '%';
		*out++ = digits[(uint8_t)*s >> 4];
		*out++ = digits[(uint8_t)*s & 15];
	}
	return out;
}

static int add_field(struct list *l, const char *key, const char *value)
{
	int err;
	bool first = !l->fields.len;
	char *out = grow(&l->fields, !first + encoded_len(key) + 1 + encoded_len(value), &err);
	if (!out)
		return err;
	if (!first)
		*out++ = '&';
	out = encode(out, key);
	*out++ = '=';
	encode(out, value);
	return 0;
}

/* RFC 9110, 5.6.2 */
static bool is_token(const char *s)
{
	const char *at = s;
	while (*at > ' ' && *at < 0x7f && !strchr("\"(),/:;<=>?@[\\]{}", *at))
		at++;
	return at > s && !*at;
}

/* Said by whoever writes the request: the end of its body and the place of its file depend on them. */
static bool is_ours(const char *key)
{
	static const char *const ours[] = {
		"Host", "Connection", "Content-Length", "Content-Type", "Transfer-Encoding", "Range", "If-Range",
		"Expect", "Upgrade", "TE", "Trailer",
	};
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!strcasecmp(key, ours[i]))
			return true;
	return false;
}

static int add_header(struct list *l, const char *key, const char *value)
{
	int err;
	size_t key_len = strlen(key), len = strlen(value);
	for (const char *s = value; *s; s++)
		if ((*s < ' ' && *s != '\t') || *s == 0x7f)
			return -EINVAL;
	if (!is_token(key))
		return -EINVAL;
	if (is_ours(key))
		return -EPERM;
	char *out = grow(&l->headers, key_len + len + 4, &err);
	if (!out)
		return err;
	memcpy(out, key, key_len);
	memcpy(out + key_len, ": ", 2);
	memcpy(out + key_len + 2, value, len);
	memcpy(out + key_len + 2 + len, "\r\n", 2);
	return 0;
}

int params_add(const char *name, const char *key, const char *value, bool header)
{
	struct list *l = find(name);
	return !l ? -ENOENT : (header ? add_header : add_field)(l, key, value);
}

/* ---- a request ---- */

size_t params_split(const char *url, const char **name)
{
	const char *at = strstr(url, MARK), *behind = at ? at + strlen(MARK) : NULL;
	bool is_mark = behind && (!*behind || *behind == '=');
	*name = is_mark && *behind ? behind + 1 : NULL;
	return is_mark ? (size_t)(at - url) : strlen(url);
}

static char *put(char *out, const char *text, size_t len)
{
	if (len)
		memcpy(out, text, len);
	return out + len;
}

char *params_take(const char *name, const char *url, size_t len, int *packed)
{
	struct list *l = find(name);
	size_t url_len = strcspn(url, "#");
	*packed = -ENOENT;
	if (!l)
		return NULL;
	const char *method = l->method ? l->method : l->fields.len ? "POST" : "GET";
	bool in_url = !strcmp(method, "GET") && l->fields.len;
	size_t method_len = strlen(method), fields = l->fields.len;
	if (url_len > len)
		url_len = len;
	*packed = url_len + in_url * (1 + fields) >= URL_TEXT_MAX ? -ENAMETOOLONG : -ENOMEM;
	size_t all = url_len + 1 + fields + 1 + method_len + 1 + l->headers.len + 1;
	char *form = *packed == -ENAMETOOLONG ? NULL : malloc(all), *out = form;
	if (form) {
		out = put(out, url, url_len);
		if (in_url) {
			*out++ = memchr(url, '?', url_len) ? '&' : '?';
			out = put(out, l->fields.p, fields);
		}
		*out++ = '\0';
		out = put(out, method, method_len + 1);
		out = put(out, l->headers.p, l->headers.len);
		*out++ = '\0';
		if (!in_url)
			out = put(out, l->fields.p, fields);
		*packed = (int)(out - form);
	}
	params_delete(name);
	return form;
}

/* The text at *at, which moves behind its NUL; NULL: there is none before the end. */
static const char *next_text(const char **at, const char *end)
{
	const char *text = *at, *nul = text < end ? memchr(text, '\0', (size_t)(end - text)) : NULL;
	*at = nul ? nul + 1 : end;
	return nul ? text : NULL;
}

bool params_unpack(struct params_request *r, const char *packed, size_t len)
{
	const char *at = packed, *end = packed + len;
	r->url = next_text(&at, end);
	r->method = next_text(&at, end);
	r->headers = next_text(&at, end);
	r->body = at;
	r->body_len = (size_t)(end - at);
	return r->headers != NULL;
}

bool params_has_header(const char *headers, const char *name)
{
	size_t len = strlen(name);
	for (; headers && *headers; headers = strchr(headers, '\n') + 1)
		if (!strncasecmp(headers, name, len) && headers[len] == ':')
			return true;
	return false;
}
