/* SPDX-License-Identifier: BSD-2-Clause */
/* picolibc's, and of POSIX what that leaves out. */
#ifndef _UNDINE_SIGNAL_H
#define _UNDINE_SIGNAL_H

#include_next <signal.h>

#ifdef __cplusplus
extern "C" {
#endif

int siginterrupt(int sig, int on);

#ifdef __cplusplus
}
#endif

#endif
