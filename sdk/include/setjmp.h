/* SPDX-License-Identifier: BSD-2-Clause */
/* picolibc's, and of POSIX what that leaves out. */
#ifndef _UNDINE_SETJMP_H
#define _UNDINE_SETJMP_H

#include_next <setjmp.h>
#include <signal.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
	jmp_buf place;
	int saved;
	sigset_t blocked;
} sigjmp_buf[1];

#define sigsetjmp(at, save) \
	((at)->saved = (save), sigprocmask(SIG_SETMASK, (sigset_t *)0, &(at)->blocked), setjmp((at)->place))
_Noreturn void siglongjmp(sigjmp_buf at, int value);

#ifdef __cplusplus
}
#endif

#endif
