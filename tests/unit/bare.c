/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tests are linked with where they run without ASan (tools/hosttree.py):
 * what they tell it goes to nobody, and memory for those who know nothing of
 * the wrapped malloc(), such as the run time of the coverage, comes from libc.
 */
#include <stddef.h>
#include <string.h>

#define UNLESS_WRAPPED __attribute__((weak))

void *__libc_malloc(size_t len);
void *__libc_calloc(size_t n, size_t len);
void *__libc_realloc(void *p, size_t len);
void __libc_free(void *p);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_realloc(void *p, size_t len);
char *__wrap_strdup(const char *text);
void __wrap_free(void *p);

UNLESS_WRAPPED void *__wrap_malloc(size_t len)
{
	return __libc_malloc(len);
}

UNLESS_WRAPPED void *__wrap_calloc(size_t n, size_t len)
{
	return __libc_calloc(n, len);
}

UNLESS_WRAPPED void *__wrap_realloc(void *p, size_t len)
{
	return __libc_realloc(p, len);
}

UNLESS_WRAPPED char *__wrap_strdup(const char *text)
{
	size_t len = strlen(text) + 1;
	char *copy = __libc_malloc(len);
	return copy ? memcpy(copy, text, len) : NULL;
}

UNLESS_WRAPPED void __wrap_free(void *p)
{
	__libc_free(p);
}

void __sanitizer_start_switch_fiber(void **fake, const void *bottom, size_t len);
void __sanitizer_finish_switch_fiber(void *fake, const void **bottom, size_t *len);
void __asan_poison_memory_region(const volatile void *p, size_t len);
void __asan_unpoison_memory_region(const volatile void *p, size_t len);

void __sanitizer_start_switch_fiber(void **fake, const void *bottom, size_t len)
{
	(void)bottom;
	(void)len;
	*fake = NULL;
}

void __sanitizer_finish_switch_fiber(void *fake, const void **bottom, size_t *len)
{
	(void)fake;
	*bottom = NULL;
	*len = 0;
}

void __asan_poison_memory_region(const volatile void *p, size_t len)
{
	(void)p;
	(void)len;
}

void __asan_unpoison_memory_region(const volatile void *p, size_t len)
{
	(void)p;
	(void)len;
}
