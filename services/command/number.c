/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as people write them.  See number.h. */
#include "services/command/number.h"

#include <errno.h>

int number_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int number_parse_magnitude(const char *text, uint32_t *out, bool *negative)
{
	*negative = *text == '-';
	text += *negative || *text == '+';
	unsigned base = 10;
	if (text[0] == '0' && (text[1] | 0x20) == 'x') {
		base = 16;
		text += 2;
	} else if (text[0] == '0' && text[1]) {
		base = 8;
	}
	uint32_t n = 0;
	bool over = false;
	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		int d = number_digit(*text);
		if (d < 0 || (unsigned)d >= base)
			return -EINVAL;
		uint64_t more = (uint64_t)n * base + (unsigned)d;
		over |= more > UINT32_MAX;
		n = (uint32_t)more;
	}
	*out = n;
	return over || (*negative && n > (uint32_t)INT32_MAX + 1) ? -ERANGE : 0;
}

int number_parse(const char *text, int32_t *out)
{
	uint32_t n;
	bool negative;
	int r = number_parse_magnitude(text, &n, &negative);
	if (r < 0)
		return r;
	*out = (int32_t)(negative ? 0u - n : n);
	return 0;
}
