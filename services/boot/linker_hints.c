/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD's linker.hints.  See linker_hints.h. */
#include "services/boot/linker_hints.h"

#include <string.h>

#include "net/cursor.h"

enum { HINTS_VERSION = 1, MDT_VERSION = 3 };

/* A number, which lies at a multiple of four from the file's first byte. */
static int32_t take_int(struct cursor *c)
{
	cur_skip(c, -c->pos & 3);
	return (int32_t)cur_le32(c);
}

/* A text behind its length: where it begins, or NULL. */
static const uint8_t *take_text(struct cursor *c, size_t *len)
{
	*len = cur_u8(c);
	return cur_bytes(c, *len);
}

bool linker_hints_good(const uint8_t *data, size_t len)
{
	struct cursor c = cur_make(data, len);

	return take_int(&c) == HINTS_VERSION && !c.bad;
}

bool linker_hints_find(const uint8_t *data, size_t len, const char *module, const struct kld_version *want,
		       char file[LINKER_HINTS_NAME_MAX])
{
	struct cursor all = cur_make(data, len);
	int32_t best = 0;
	bool found = false;

	if (take_int(&all) != HINTS_VERSION)
		return false;
	while (!all.bad && cur_left(&all) >= 8) {
		size_t record = (uint32_t)take_int(&all), name_len, file_len;

		if (record < 4 || record > cur_left(&all))
			break;
		struct cursor c = { .p = data, .len = all.pos + record, .pos = all.pos };

		cur_skip(&all, record);
		if (take_int(&c) != MDT_VERSION)
			continue;
		const uint8_t *name = take_text(&c, &name_len);
		int32_t version = take_int(&c);
		const uint8_t *kld = take_text(&c, &file_len);

		if (!name || !kld || !file_len || name_len != strlen(module) || memcmp(name, module, name_len) ||
		    memchr(kld, 0, file_len) || memchr(kld, '/', file_len))
			continue;
		bool exact = !want || version == want->preferred;

		if (!exact && (version < want->min || version > want->max || (found && version <= best)))
			continue;
		memcpy(file, kld, file_len);
		file[file_len] = '\0';
		best = version;
		found = true;
		if (exact)
			return true;
	}
	return found;
}
