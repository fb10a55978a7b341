/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of what only wants to know which schemes there are: the loader's, without what they do. */
#ifndef TESTS_UNIT_SCHEMES_H
#define TESTS_UNIT_SCHEMES_H

#include "services/fetch/scheme.h"

static inline void schemes_of_the_loader(void)
{
	static const struct scheme http = { .name = "http", .port = 80 };
	static const struct scheme tftp = { .name = "tftp", .port = 69, .can = SCHEME_BARE };
	static const struct scheme *const table[] = { &http, &tftp, NULL };
	scheme_set_table(table);
}

#endif
