/* SPDX-License-Identifier: BSD-2-Clause */
/* The block of settings in the loader's file.  See patch.h. */
#include "kernel/patch.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <zlib.h>

#define AT_MAGIC 0
#define AT_CRC 4
#define AT_LEN 8
#define AT_USED 12
#define AT_ENTRIES 16

static uint32_t word(const void *block, size_t at)
{
	uint32_t v;
	memcpy(&v, (const uint8_t *)block + at, sizeof(v));
	return v;
}

/* The length of the name that an entry begins with, which '=' ends; 0: none. */
static size_t name_len(const char *entry)
{
	size_t len = strcspn(entry, "=");
	return entry[len] && len < PATCH_NAME_MAX ? len : 0;
}

bool patch_next(const void *block, size_t *at, struct patch_entry *e)
{
	if (*at >= word(block, AT_USED))
		return false;
	const char *entry = (const char *)block + AT_ENTRIES + *at;
	*at += strlen(entry) + 1;
	e->final = *entry == '!';
	entry += e->final;
	size_t len = name_len(entry);
	memcpy(e->name, entry, len);
	e->name[len] = '\0';
	e->value = entry + len + 1;
	return true;
}

int patch_check(const void *block)
{
	const uint8_t *b = block;
	uint32_t used = word(block, AT_USED);
	if (word(block, AT_MAGIC) != OPTIONS_MAGIC)
		return -ENOENT;
	if (word(block, AT_LEN) != OPTIONS_LEN || used > PATCH_ROOM)
		return -E2BIG;
	if (crc32(0, b + AT_LEN, AT_ENTRIES - AT_LEN + used) != word(block, AT_CRC))
		return -EBADMSG;
	if (used && b[AT_ENTRIES + used - 1])
		return -EINVAL;
	for (const char *entry = (const char *)b + AT_ENTRIES, *end = entry + used; entry < end;
	     entry += strlen(entry) + 1)
		if (!name_len(entry + (*entry == '!')))
			return -EINVAL;
	return (int)used;
}

const char *patch_why(int err)
{
	return err == -ENOENT ? "there is no such block where it should be" :
	       err == -E2BIG ? "its length does not fit" :
	       err == -EBADMSG ? "its checksum does not match" : "an entry of it is no setting";
}

const char *patch_get(const void *block, const char *name, bool *final)
{
	struct patch_entry e;
	size_t at = 0, len = strlen(name);
	if (patch_check(block) <= 0)
		return NULL;
	while (patch_next(block, &at, &e))
		if (!strncmp(e.name, name, len) && (!e.name[len] || e.name[len] == ':')) {
			if (final)
				*final = e.final;
			return e.value;
		}
	return NULL;
}
