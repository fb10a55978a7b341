/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors to standard error, as BSD and Linux have it: `NAME: what: why`. */
#ifndef _ERR_H
#define _ERR_H

#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

#define _ERR_FORMAT(f, a) __attribute__((format(printf, f, a)))

void warn(const char *format, ...) _ERR_FORMAT(1, 2);
void warnx(const char *format, ...) _ERR_FORMAT(1, 2);
void vwarn(const char *format, va_list ap) _ERR_FORMAT(1, 0);
void vwarnx(const char *format, va_list ap) _ERR_FORMAT(1, 0);
_Noreturn void err(int status, const char *format, ...) _ERR_FORMAT(2, 3);
_Noreturn void errx(int status, const char *format, ...) _ERR_FORMAT(2, 3);
_Noreturn void verr(int status, const char *format, va_list ap) _ERR_FORMAT(2, 0);
_Noreturn void verrx(int status, const char *format, va_list ap) _ERR_FORMAT(2, 0);

#undef _ERR_FORMAT

#ifdef __cplusplus
}
#endif

#endif
