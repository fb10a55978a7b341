/* SPDX-License-Identifier: BSD-2-Clause */
/* picolibc's strerror(), but for the error that here is always a socket's: its text there is of processes. */
#include <errno.h>

char *__real_strerror(int err);
char *__wrap_strerror(int err);

char *__wrap_strerror(int err)
{
	return err == EAGAIN ? (char *)"Resource temporarily unavailable" : __real_strerror(err);
}
