/* SPDX-License-Identifier: BSD-2-Clause */
/* Display files.  See display.h. */
#include "services/pxelinux/display.h"

#include <ctype.h>
#include <string.h>

#include "kernel/log.h"

#define END 0x1a
#define COLOUR 0x0f			/* two digits follow: the ground's, the text's */
#define PICTURE 0x18			/* a name follows */
#define MODES 0x10			/* to 17h: for text screens, for graphics, for serial lines, by its bits */
#define TEXT_OR_SERIAL 5u
#define GREY 7u

void px_display_begin(struct px_display *d, const char *file, size_t len)
{
	const char *end = memchr(file, END, len);
	*d = (struct px_display){ .at = file, .end = end ? end : file + len, .text = GREY };
}

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

static void take_colour(struct px_display *d)
{
	int ground = d->end - d->at < 2 ? -1 : digit(d->at[0]), text = ground < 0 ? -1 : digit(d->at[1]);
	if (text < 0)
		return;
	d->at += 2;
	d->text = (uint8_t)text;
	d->ground = (uint8_t)ground;
}

/* Both marks, or neither. */
static size_t mark(const struct px_display *d, char *out, size_t n, size_t cap)
{
	if (n + 3 > cap)
		return n;
	out[n++] = (char)(LOG_MARK_TEXT | d->text);
	out[n++] = (char)(LOG_MARK_GROUND | d->ground);
	return n;
}

bool px_display_line(struct px_display *d, char *out, size_t cap)
{
	size_t n = 0;
	if (d->at == d->end)
		return false;
	if (d->text != GREY || d->ground)
		n = mark(d, out, n, cap);
	while (d->at < d->end && *d->at != '\n') {
		unsigned char c = (unsigned char)*d->at++;
		if (c == COLOUR) {
			take_colour(d);
			n = mark(d, out, n, cap);
		} else if (c == PICTURE) {
			while (d->at < d->end && *d->at != '\n')
				d->at++;
		} else if (c >> 3 == MODES >> 3) {
			d->hidden = !(c & TEXT_OR_SERIAL);
		} else if (!d->hidden && (c == '\t' || c >= ' ') && n + 1 < cap) {
			out[n++] = c < 0x7f ? (char)c : '?';
		}
	}
	d->at += d->at < d->end;
	out[n] = '\0';
	return true;
}
