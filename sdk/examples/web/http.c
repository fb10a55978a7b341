/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of HTTP/1.1 (RFC 9112), as far as browsers need them here: see web.h.  What is odd is refused. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "web.h"

/* The field's value, if the line begins with its name. */
static bool field(const char *line, size_t len, const char *name, const char **value, size_t *n)
{
	size_t at = strlen(name);
	if (len <= at || strncasecmp(line, name, at) || line[at] != ':')
		return false;
	for (at++; at < len && (line[at] == ' ' || line[at] == '\t'); at++)
		;
	while (len > at && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	*value = line + at;
	*n = len - at;
	return true;
}

/* Said once, and of that length at the most. */
static bool keep(char *out, size_t cap, const char *value, size_t n)
{
	if (*out || !n || n >= cap)
		return false;
	memcpy(out, value, n);
	out[n] = '\0';
	return true;
}

static bool number(const char *digits, size_t n, uint64_t most, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (digits[i] < '0' || digits[i] > '9' || *out > most)
			return false;
		*out = *out * 10 + (uint64_t)(digits[i] - '0');
	}
	return n && *out <= most;
}

/* "GET /path?log=7 HTTP/1.1" */
static int first_line(struct request *r, const char *line, size_t len)
{
	static const char get[] = "GET ", post[] = "POST ", version[] = " HTTP/1.1", log[] = "log=";
	size_t at, end = sizeof version - 1;
	if (len < end || memcmp(line + len - end, version, end))
		return -505;
	end = len - end;
	r->post = !strncmp(line, post, sizeof post - 1);
	if (!r->post && strncmp(line, get, sizeof get - 1))
		return -405;
	at = r->post ? sizeof post - 1 : sizeof get - 1;
	const char *query = at < end ? memchr(line + at, '?', end - at) : NULL;
	size_t n = (query ? (size_t)(query - line) : end) - at;
	if (at >= end || line[at] != '/' || !keep(r->path, sizeof r->path, line + at, n))
		return -404;
	if (!query)
		return 0;
	query++;
	n = (size_t)(line + end - query);
	if (n <= sizeof log - 1 || memcmp(query, log, sizeof log - 1) ||
	    !number(query + sizeof log - 1, n - (sizeof log - 1), UINT64_MAX / 16, &r->log))
		return -404;
	return 0;
}

static int header(struct request *r, const char *line, size_t len, size_t *body_len)
{
	static const char undine[] = "Undine ";
	const char *v;
	size_t n;
	uint64_t length;
	if (field(line, len, "Host", &v, &n))
		return keep(r->host, sizeof r->host, v, n) ? 0 : -400;
	if (field(line, len, "Origin", &v, &n))
		return keep(r->origin, sizeof r->origin, v, n) ? 0 : -400;
	if (field(line, len, "Transfer-Encoding", &v, &n))
		return -411;
	if (field(line, len, "Connection", &v, &n))
		r->close |= n == 5 && !strncasecmp(v, "close", 5);
	if (field(line, len, "Sec-Fetch-Site", &v, &n))
		r->foreign |= !(n == 11 && !memcmp(v, "same-origin", 11)) && !(n == 4 && !memcmp(v, "none", 4));
	if (field(line, len, "Authorization", &v, &n) && n == sizeof undine - 1 + TOKEN_LEN &&
	    !memcmp(v, undine, sizeof undine - 1))
		return keep(r->token, sizeof r->token, v + sizeof undine - 1, TOKEN_LEN) ? 0 : -400;
	if (field(line, len, "Content-Length", &v, &n)) {
		if (*body_len != SIZE_MAX || !number(v, n, UINT32_MAX, &length))
			return -400;
		*body_len = (size_t)length;
		return length > BODY_MAX ? -413 : 0;
	}
	return 0;
}

int request_parse(const char *in, size_t len, struct request *r)
{
	size_t at = 0, body_len = SIZE_MAX;
	memset(r, 0, sizeof *r);
	for (bool first = true;; first = false) {
		const char *line = in + at, *end = at < len ? memchr(line, '\n', len - at) : NULL;
		int err;
		if (!end)
			return len >= REQUEST_MAX ? -431 : 0;
		size_t n = (size_t)(end - line);
		at += n + 1;
		if (!n || line[n - 1] != '\r' || memchr(line, '\0', n))
			return -400;
		if (!--n)
			break;
		err = first ? first_line(r, line, n) : header(r, line, n, &body_len);
		if (err < 0)
			return err;
	}
	if (at > REQUEST_MAX)
		return -431;
	if (!*r->path || !*r->host)
		return -400;
	if (body_len == SIZE_MAX)
		body_len = 0;
	r->body = in + at;
	r->body_len = body_len;
	return len - at < body_len ? 0 : (int)(at + body_len);
}
