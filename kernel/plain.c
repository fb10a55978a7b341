/* SPDX-License-Identifier: BSD-2-Clause */
/* Text without surprises: see plain.h.  Called by log.c for all that is shown. */
#include "kernel/plain.h"

#include <stdbool.h>

#define ESC '\033'

static bool is_plain(char c)
{
	return (c >= ' ' && c < 127) || c == '\n' || c == '\t';
}

/* Behind "ESC [": parameters and intermediates, then one final byte; anything else ends it. */
static const char *skip_sequence(const char *at)
{
	while (*at >= ' ' && *at < '@')
		at++;
	return *at >= '@' && *at < 127 ? at + 1 : at;
}

void plain_text(char *text)
{
	char *out = text;
	for (const char *at = text; *at;) {
		if (*at == ESC) {
			at = at[1] == '[' ? skip_sequence(at + 2) : at + 1;
		} else {
			*out++ = is_plain(*at) ? *at : '?';
			at++;
		}
	}
	*out = '\0';
}
