/* SPDX-License-Identifier: BSD-2-Clause */
/* BSD's and Linux's err(), warn() and their kind, with the program's name before what they say. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char *__progname;

static void say(int err, const char *format, va_list ap)
{
	fprintf(stderr, "%s: ", __progname);
	if (format)
		vfprintf(stderr, format, ap);
	if (err >= 0)
		fprintf(stderr, "%s%s", format ? ": " : "", strerror(err));
	fputc('\n', stderr);
}

void vwarn(const char *format, va_list ap)
{
	say(errno, format, ap);
}

void vwarnx(const char *format, va_list ap)
{
	say(-1, format, ap);
}

void verr(int status, const char *format, va_list ap)
{
	say(errno, format, ap);
	exit(status);
}

void verrx(int status, const char *format, va_list ap)
{
	say(-1, format, ap);
	exit(status);
}

void warn(const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	say(errno, format, ap);
	va_end(ap);
}

void warnx(const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	say(-1, format, ap);
	va_end(ap);
}

void err(int status, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	verr(status, format, ap);
}

void errx(int status, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	verrx(status, format, ap);
}
