/* SPDX-License-Identifier: BSD-2-Clause */
/* See why.h. */
#include "services/boot/why.h"

#include <stdarg.h>
#include <stdio.h>

int boot_why(struct boot_why *w, int err, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(w->text, sizeof(w->text), fmt, ap);
	va_end(ap);
	return err;
}
