/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the SDK's library: the one door to the loader. */
#ifndef SDK_LIB_CALL_H
#define SDK_LIB_CALL_H

#include <errno.h>
#include <stdint.h>

#include <undine_abi.h>

#define UNDINE_TEXT_(x) #x
#define UNDINE_TEXT(x) UNDINE_TEXT_(x)

/* EAX, and what EDX is afterwards in the upper half. */
unsigned long long undine_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f);

/* As POSIX has it: -1 and errno. */
static inline int undine_result(uint32_t r)
{
	if (r <= -4096u)
		return (int)r;
	errno = (int)-r;
	return -1;
}

#define WORD(x) ((uint32_t)(uintptr_t)(x))
#define CALL6(n, a, b, c, d, e, f) \
	undine_result((uint32_t)undine_call(n, WORD(a), WORD(b), WORD(c), WORD(d), WORD(e), WORD(f)))
#define CALL3(n, a, b, c) CALL6(n, a, b, c, 0, 0, 0)

#endif
