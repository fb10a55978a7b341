/* SPDX-License-Identifier: BSD-2-Clause */
/* See fake_malloc.h. */
#include "tests/unit/fake_malloc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

long fake_malloc_left = -1;

void *__real_malloc(size_t len);
void *__real_calloc(size_t n, size_t len);
void *__real_realloc(void *p, size_t len);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_realloc(void *p, size_t len);
char *__wrap_strdup(const char *text);

static bool is_out(void)
{
	if (fake_malloc_left > 0)
		fake_malloc_left--;
	else if (fake_malloc_left == 0)
		return true;
	return false;
}

void *__wrap_malloc(size_t len)
{
	return is_out() ? NULL : __real_malloc(len);
}

void *__wrap_calloc(size_t n, size_t len)
{
	return is_out() ? NULL : __real_calloc(n, len);
}

void *__wrap_realloc(void *p, size_t len)
{
	return is_out() ? NULL : __real_realloc(p, len);
}

char *__wrap_strdup(const char *text)
{
	return is_out() ? NULL : __real_strdup(text);
}
