/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that stand in their own URL.  See data_url.h. */
#include "services/fetch/data_url.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static int hex(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* The next byte of *s, whichever way it is written. */
static uint8_t next_byte(const char **s)
{
	const char *p = *s;
	int hi = p[0] == '%' ? hex(p[1]) : -1, lo = hi >= 0 ? hex(p[2]) : -1;
	*s += lo >= 0 ? 3 : 1;
	return lo >= 0 ? (uint8_t)(hi << 4 | lo) : (uint8_t)p[0];
}

/* RFC 4648, 4; 5's two other digits are taken, too. */
static int digit(uint8_t ch)
{
	if (ch >= 'A' && ch <= 'Z')
		return ch - 'A';
	if (ch >= 'a' && ch <= 'z')
		return ch - 'a' + 26;
	if (ch >= '0' && ch <= '9')
		return ch - '0' + 52;
	return ch == '+' || ch == '-' ? 62 : ch == '/' || ch == '_' ? 63 : -1;
}

static int decode_base64(const char *s, uint8_t *out)
{
	size_t n = 0;
	uint32_t bits = 0;
	unsigned have = 0, digits = 0, padding = 0;
	while (*s && *s != '#') {
		uint8_t ch = next_byte(&s);
		int v = digit(ch);
		if (ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n')
			continue;
		padding += ch == '=';
		if ((v < 0 || padding) && ch != '=')
			return -EINVAL;
		if (ch == '=')
			continue;
		bits = bits << 6 | (uint32_t)v;
		digits++;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
	/* whole groups, or what is short of one filled up or left open */
	return digits % 4 == 1 || padding > 2 || (padding && (digits + padding) % 4) ? -EINVAL : (int)n;
}

bool data_url_is(const char *url)
{
	return !strncasecmp(url, "data:", 5);
}

int data_url_decode(const char *url, uint8_t *out)
{
	static const char mark[] = ";base64";
	const char *s = url + strlen("data:"), *comma = strchr(s, ',');
	size_t n = 0, type_len = comma ? (size_t)(comma - s) : 0;
	if (!comma)
		return -EINVAL;
	if (type_len >= strlen(mark) && !strncasecmp(comma - strlen(mark), mark, strlen(mark)))
		return decode_base64(comma + 1, out);
	for (s = comma + 1; *s && *s != '#';)
		out[n++] = next_byte(&s);
	return (int)n;
}
