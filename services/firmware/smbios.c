/* SPDX-License-Identifier: BSD-2-Clause */
/* SMBIOS: see smbios.h.  Called by machine.c once. */
#include "services/firmware/smbios.h"

#include <errno.h>
#include <string.h>

#include "net/cursor.h"

#define TYPE_SYSTEM 1
#define TYPE_CHASSIS 3
#define TYPE_END 127

static bool sum_is_zero(const uint8_t *p, size_t len)
{
	uint8_t sum = 0;
	while (len--)
		sum = (uint8_t)(sum + *p++);
	return sum == 0;
}

int smbios_find(const uint8_t *area, size_t area_len, struct smbios_table *t)
{
	for (size_t at = 0; at + 0x20 <= area_len; at += 16) {
		struct cursor c = cur_make(area + at, area_len - at);
		bool v3 = !memcmp(c.p, "_SM3_", 5);
		if (!v3 && memcmp(c.p, "_SM_", 4))
			continue;
		uint8_t len = c.p[v3 ? 6 : 5];
		if (len < (v3 ? 0x18 : 0x1e) || len > c.len || !sum_is_zero(c.p, len))
			continue;
		cur_skip(&c, v3 ? 7 : 6);
		t->major = cur_u8(&c);
		t->minor = cur_u8(&c);
		cur_skip(&c, v3 ? 3 : 0x0e);
		t->len = v3 ? cur_le32(&c) : cur_le16(&c);
		t->addr = v3 ? cur_le64(&c) : cur_le32(&c);
		return 0;
	}
	return -ENOENT;
}

bool smbios_whole(const uint8_t *p, const uint8_t *end)
{
	return end - p >= 4 && p[1] >= 4 && p[1] <= end - p;
}

const uint8_t *smbios_next(const uint8_t *p, const uint8_t *end)
{
	/* the string set ends with two zero bytes */
	for (p += p[1]; end - p >= 2 && (p[0] || p[1]); p++)
		;
	return end - p < 2 ? end : p + 2;
}

int smbios_text(const uint8_t *p, const uint8_t *end, uint8_t field, char *out)
{
	return smbios_text_nth(p, end, field < p[1] ? p[field] : 0, out);
}

int smbios_text_nth(const uint8_t *p, const uint8_t *end, uint8_t n, char *out)
{
	const uint8_t *s = p + p[1];
	*out = 0;
	if (!n)
		return 0;
	while (--n && s < end) {
		while (s < end && *s)
			s++;
		s++;
	}
	size_t i = 0, len = 0;			/* len: without blanks at the end */
	for (; s < end && *s; s++) {
		if (*s < ' ' || *s >= 127)
			continue;
		if (i < SMBIOS_TEXT - 1)
			out[i] = (char)*s;
		i++;
		if (*s != ' ')
			len = i;
	}
	out[len < SMBIOS_TEXT ? len : 0] = 0;
	return len < SMBIOS_TEXT ? 0 : -ENAMETOOLONG;
}

/* One that is too long is missing, and the first of them is remembered by name. */
static void take(struct smbios_info *info, const char *name, char *out, const uint8_t *p, const uint8_t *end,
		 uint8_t field)
{
	if (smbios_text(p, end, field, out) < 0 && !info->too_long)
		info->too_long = name;
}

static void copy_uuid(const uint8_t *p, bool turned, struct smbios_info *out)
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	bool zeros = true, ones = true;
	for (int i = 0; i < 16; i++) {
		out->uuid[i] = p[turned ? order[i] : i];
		zeros = zeros && p[i] == 0;
		ones = ones && p[i] == 0xff;
	}
	out->has_uuid = !zeros && !ones;
}

size_t smbios_read(const uint8_t *table, size_t len, unsigned version, struct smbios_info *out)
{
	const uint8_t *end = table + len;
	memset(out, 0, sizeof *out);
	const uint8_t *p = table;
	for (bool last = false; !last && smbios_whole(p, end); p = smbios_next(p, end)) {
		last = p[0] == TYPE_END;
		if (p[0] == TYPE_SYSTEM) {
			take(out, "maker", out->manufacturer, p, end, 4);
			take(out, "product", out->product, p, end, 5);
			take(out, "serial number", out->serial, p, end, 7);
			if (p[1] >= 24)
				copy_uuid(p + 8, version >= SMBIOS_TURNED, out);
		} else if (p[0] == TYPE_CHASSIS && !*out->asset) {
			take(out, "asset tag", out->asset, p, end, 8);
		}
	}
	return (size_t)(p - table);
}
