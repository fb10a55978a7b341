/* SPDX-License-Identifier: BSD-2-Clause */
/* What is booted instead.  See fallback.h. */
#include "services/shell/fallback.h"

#include <string.h>

#define BETWEEN " \t,"

size_t fallback_entry(const char *list, unsigned n, const char **entry)
{
	for (;; n--) {
		list += strspn(list, BETWEEN);
		size_t len = strcspn(list, BETWEEN);
		*entry = list;
		if (!n || !len)
			return len;
		list += len;
	}
}

bool fallback_due(unsigned failed, int after, bool late)
{
	unsigned least = after < 0 ? FALLBACK_AFTER : (unsigned)after;
	return failed && (late || failed >= least);
}
