/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of checksums: see sums.h. */
#include "services/image/sums.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "services/fetch/mirrors.h"

#define HEX_LEN (2 * SHA256_LEN)

/* Where the path ends; of several places of a file, the first one's: they differ in what they stand in. */
static size_t path_end(const char *url)
{
	size_t end = strcspn(url, "?#"), first = mirrors_first(url);
	return end < first ? end : first;
}

const char *sums_name(const char *list_url, const char *url, size_t *len)
{
	size_t end = path_end(url), folder = path_end(list_url);
	while (folder && list_url[folder - 1] != '/')
		folder--;
	if (!folder || folder >= end || strncmp(list_url, url, folder))
		for (folder = end; folder && url[folder - 1] != '/'; folder--)
			;
	*len = end - folder;
	return url + folder;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int sums_parse(const char *text, size_t len, uint8_t hash[SHA256_LEN])
{
	if (len < HEX_LEN)
		return -EINVAL;
	for (size_t i = 0; i < SHA256_LEN; i++) {
		int hi = digit(text[2 * i]), lo = digit(text[2 * i + 1]);
		if (hi < 0 || lo < 0)
			return -EINVAL;
		hash[i] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}

/* Whether the line from `line` to eol gives the hash of that file. */
static bool is_for(const char *line, const char *eol, const char *name, size_t name_len, uint8_t hash[SHA256_LEN])
{
	if (eol > line && eol[-1] == '\r')
		eol--;
	const char *at = line + HEX_LEN;
	if (sums_parse(line, (size_t)(eol - line), hash) || eol - at < 3 || *at != ' ' ||
	    (at[1] != ' ' && at[1] != '*'))
		return false;
	at += 2;
	if (eol - at > 2 && at[0] == '.' && at[1] == '/')
		at += 2;
	return (size_t)(eol - at) == name_len && !memcmp(at, name, name_len);
}

/* A date's form: digits, where a '9' stands. */
static bool is_date(const char *text, size_t len)
{
	static const char form[] = "9999-99-99";

	if (len != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < len; i++)
		if (form[i] == '9' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	return true;
}

/* One line of a list, without its end: 0 or -EBADMSG. */
static int about_line(const char *line, size_t len, struct sums_about *a)
{
	static const char issue[] = "# issue: ", until[] = "# valid-until: ";
	uint32_t n = 0;

	if (len && line[len - 1] == '\r')
		len--;
	/* what begins so without the colon and the blank is meant for it, and would be missed */
	if (len >= sizeof(until) - 3 && !memcmp(line, until, sizeof(until) - 3)) {
		if (len < sizeof(until) - 1 || memcmp(line, until, sizeof(until) - 1) ||
		    !is_date(line + sizeof(until) - 1, len - (sizeof(until) - 1)))
			return -EBADMSG;
		memcpy(a->until, line + sizeof(until) - 1, sizeof(a->until) - 1);
		return 0;
	}
	if (len < sizeof(issue) - 3 || memcmp(line, issue, sizeof(issue) - 3))
		return 0;
	if (len < sizeof(issue) - 1 || memcmp(line, issue, sizeof(issue) - 1))
		return -EBADMSG;
	for (size_t i = sizeof(issue) - 1; i < len; i++) {
		if (line[i] < '0' || line[i] > '9' || n > 99999999)
			return -EBADMSG;
		n = n * 10 + (uint32_t)(line[i] - '0');
	}
	a->issue = n;
	return n ? 0 : -EBADMSG;
}

int sums_read_about(const char *list, size_t list_len, struct sums_about *a)
{
	const char *end = list + list_len, *eol;
	int err = 0;

	*a = (struct sums_about){ 0 };
	for (const char *line = list; line < end && err == 0; line = eol + 1) {
		eol = memchr(line, '\n', (size_t)(end - line));
		eol = eol ? eol : end;
		err = about_line(line, (size_t)(eol - line), a);
	}
	return err;
}

int sums_find(const char *list, size_t list_len, const char *name, size_t name_len, uint8_t hash[SHA256_LEN],
	      void (*turn)(void))
{
	const char *end = list + list_len, *line = list, *at = list;
	while (at < end) {
		size_t len = end - at > SUMS_TURN ? SUMS_TURN : (size_t)(end - at);
		const char *stop = at + len, *eol;
		while (at < stop && ((eol = memchr(at, '\n', (size_t)(stop - at))) || stop == end)) {
			eol = eol ? eol : end;
			if (is_for(line, eol, name, name_len, hash))
				return 0;
			line = at = eol < end ? eol + 1 : end;
		}
		if (at < stop)		/* the line goes on */
			at = stop;
		if (at < end && turn)
			turn();
	}
	return -ENOENT;
}
