/* SPDX-License-Identifier: BSD-2-Clause */
/* The block of what is carried over into the next life.  See carry.h. */
#include "kernel/carry.h"

#include <string.h>

#include <zlib.h>

#define AT_CRC 4
#define AT_LEN 8
#define RECORD_HEAD 4u
#define RECORD_MAX 0xffffu

static uint32_t word(const void *block, size_t at)
{
	uint32_t v;
	memcpy(&v, (const uint8_t *)block + at, sizeof v);
	return v;
}

static void put_word(void *block, size_t at, uint32_t v)
{
	memcpy((uint8_t *)block + at, &v, sizeof v);
}

void carry_begin(struct carry *c, void *block, size_t cap)
{
	*c = (struct carry){ .block = block, .cap = cap, .len = CARRY_HEAD };
	memset(block, 0, CARRY_HEAD);
}

size_t carry_room(const struct carry *c)
{
	size_t left = c->cap - c->len, most = left > RECORD_HEAD ? left - RECORD_HEAD : 0;
	return most < RECORD_MAX ? most : RECORD_MAX;
}

bool carry_put(struct carry *c, enum carry_tag tag, const void *data, size_t len)
{
	const uint16_t head[2] = { (uint16_t)tag, (uint16_t)len };
	if (!len || len > carry_room(c))
		return false;
	memcpy(c->block + c->len, head, sizeof head);
	memcpy(c->block + c->len + RECORD_HEAD, data, len);
	c->len += RECORD_HEAD + len;
	return true;
}

void carry_seal(struct carry *c)
{
	put_word(c->block, AT_LEN, (uint32_t)(c->len - CARRY_HEAD));
	put_word(c->block, AT_CRC, (uint32_t)crc32(0, c->block + AT_LEN, (uInt)(c->len - AT_LEN)));
	put_word(c->block, 0, CARRY_MAGIC);
}

bool carry_is_whole(const void *block, size_t cap)
{
	if (cap < CARRY_HEAD || word(block, 0) != CARRY_MAGIC || word(block, AT_LEN) > cap - CARRY_HEAD)
		return false;
	uint32_t len = word(block, AT_LEN) + CARRY_HEAD - AT_LEN;
	return crc32(0, (const uint8_t *)block + AT_LEN, len) == word(block, AT_CRC);
}

bool carry_get(const void *block, enum carry_tag tag, unsigned nth, const void **data, size_t *len)
{
	const uint8_t *at = (const uint8_t *)block + CARRY_HEAD, *end = at + word(block, AT_LEN);
	uint16_t head[2];
	while ((size_t)(end - at) >= RECORD_HEAD) {
		memcpy(head, at, sizeof head);
		at += RECORD_HEAD;
		if (head[1] > (size_t)(end - at))
			return false;
		if (head[0] == tag && !nth--) {
			*data = at;
			*len = head[1];
			return true;
		}
		at += head[1];
	}
	return false;
}
