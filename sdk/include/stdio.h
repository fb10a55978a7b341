/* SPDX-License-Identifier: BSD-2-Clause */
/* picolibc's, and of POSIX what that leaves out. */
#ifndef _UNDINE_STDIO_H
#define _UNDINE_STDIO_H

#include_next <stdio.h>
#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

int dprintf(int fd, const char *__restrict format, ...) __attribute__((format(printf, 2, 3)));
int vdprintf(int fd, const char *__restrict format, va_list ap) __attribute__((format(printf, 2, 0)));

#ifdef __cplusplus
}
#endif

#endif
