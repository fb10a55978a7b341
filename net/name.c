/* SPDX-License-Identifier: BSD-2-Clause */
/* Domain names as messages carry them.  See name.h. */
#include "net/name.h"

#include <errno.h>

#define LABEL_MAX 63
#define POINTER 0xc0

int name_read(struct cursor *c, char *out, size_t cap)
{
	struct cursor at = *c;
	size_t n = 0, limit = at.len;
	bool jumped = false;

	for (;;) {
		size_t start = at.pos;
		unsigned l = cur_u8(&at);

		if ((l & POINTER) == POINTER) {
			size_t to = (l & ~POINTER) << 8 | cur_u8(&at);
			if (!jumped)
				c->pos = at.pos;
			jumped = true;
			if (at.bad || to >= start || to >= limit)
				return -EPROTO;
			at.pos = limit = to;
			continue;
		}
		const uint8_t *label = cur_bytes(&at, l);
		if (at.bad || l > LABEL_MAX || n + l + 1 >= cap)
			return -EPROTO;
		if (!l)
			break;
		if (n)
			out[n++] = '.';
		for (unsigned i = 0; i < l; i++)
			out[n++] = label[i] <= ' ' || label[i] >= 0x7f || label[i] == '.' ? '?' : (char)label[i];
	}
	out[n] = '\0';
	if (!jumped)
		c->pos = at.pos;
	return (int)n;
}
