/* SPDX-License-Identifier: BSD-2-Clause */
/* Text without surprises: see plain.h. */
#include "services/telnet/plain.h"

#include <string.h>

#define ESC 27

enum { TEXT, ESCAPE, CSI, CSI_MORE };

static size_t text_byte(struct plain *p, uint8_t c, char *out)
{
	p->at = c == ESC ? ESCAPE : TEXT;
	*out = (char)(c == '\t' ? ' ' : (c >= ' ' && c < 127) || c == '\r' || c == '\n' || c == '\b' ? c : '?');
	return c != ESC && c;
}

size_t plain_byte(struct plain *p, uint8_t c, char out[PLAIN_GROWTH])
{
	switch (p->at) {
	case ESCAPE:
		if (c == '[') {
			p->at = CSI;
			return 0;
		}
		break;
	case CSI:
		if (c == 'K') {
			p->at = TEXT;
			memcpy(out, "\033[K", 3);
			return 3;
		}
		/* fallthrough */
	case CSI_MORE:
		/* ECMA-48, 5.4: parameters and intermediates, then one final byte; anything else ends it */
		if (c >= ' ' && c < 127) {
			p->at = c < '@' ? CSI_MORE : TEXT;
			return 0;
		}
		break;
	}
	return text_byte(p, c, out);
}
