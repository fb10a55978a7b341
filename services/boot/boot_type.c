/* SPDX-License-Identifier: BSD-2-Clause */
/* The setting boot-type: see boot_type.h.  Called by boot_commands.c and services/shell/source.c. */
#include "services/boot/boot_type.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "services/image/image.h"

#define ADDRESS_MAX 16			/* of its text, with the NUL */

int boot_address_parse(const char *text, uint32_t *out)
{
	char *end;
	errno = 0;
	unsigned long v = strtoul(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || errno || v > UINT32_MAX)
		return -EINVAL;
	*out = (uint32_t)v;
	return 0;
}

/* The next of the words between commas, into out: 1; 0: there is none; -EINVAL: it is too long. */
static int next_word(const char **at, char *out, size_t cap)
{
	size_t len = strcspn(*at, ",");
	if (!len || len >= cap)
		return !len && !(*at)[0] ? 0 : -EINVAL;
	memcpy(out, *at, len);
	out[len] = '\0';
	*at += len;
	if (**at == ',' && !*++*at)
		return -EINVAL;
	return 1;
}

/* 0, whether there is one or not, or -EINVAL. */
static int next_address(const char **at, bool *has, uint32_t *out)
{
	char word[ADDRESS_MAX];
	int err = next_word(at, word, sizeof(word));
	*has = err > 0;
	return err > 0 ? boot_address_parse(word, out) : err;
}

int boot_type_parse(struct boot_type *t, const char *text)
{
	*t = (struct boot_type){ .has_load = false };
	int err = next_word(&text, t->name, sizeof(t->name));
	if (err <= 0 || image_type_named(t->name) == IMAGE_UNKNOWN)
		return -EINVAL;
	err = next_address(&text, &t->has_load, &t->load);
	if (err == 0)
		err = next_address(&text, &t->has_entry, &t->entry);
	return err == 0 && *text ? -EINVAL : err;
}
