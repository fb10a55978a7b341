/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of schemes: see scheme.h.  Called by url.c and the fetch service. */
#include "services/fetch/scheme.h"

#include <stdio.h>
#include <string.h>

static const struct scheme *const *schemes;

void scheme_set_table(const struct scheme *const *table)
{
	schemes = table;
}

const struct scheme *scheme_find(const char *name)
{
	for (const struct scheme *const *s = schemes; *s; s++)
		if (!strcmp((*s)->name, name))
			return *s;
	return NULL;
}

const struct scheme *scheme_of_bare_names(void)
{
	for (const struct scheme *const *s = schemes; *s; s++)
		if ((*s)->can & SCHEME_BARE)
			return *s;
	return NULL;
}

void scheme_names(char *out, size_t cap)
{
	size_t n = 0;

	for (const struct scheme *const *s = schemes; *s && n < cap; s++)
		n += (size_t)snprintf(out + n, cap - n, "%s%s", s == schemes ? "" : s[1] ? ", " : " or ", (*s)->name);
}

void scheme_close_kept(void)
{
	for (const struct scheme *const *s = schemes; *s; s++)
		if ((*s)->close_kept)
			(*s)->close_kept();
}
