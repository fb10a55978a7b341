/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI's root pointer; see rsdp.h. */
#include "services/firmware/rsdp.h"

#include <stdbool.h>
#include <string.h>

#include "net/cursor.h"

#define RSDP_REVISION_AT 15u
#define RSDP_LENGTH_AT 20u	/* since ACPI 2.0 */
#define RSDP_V2_LEN 36u
#define RSDP_STEP 16u

static bool sums_to_zero(const uint8_t *p, size_t len)
{
	uint8_t sum = 0;
	while (len--)
		sum = (uint8_t)(sum + *p++);
	return sum == 0;
}

/* The length of a sound RSDP at p, or 0. */
static uint32_t rsdp_len(const uint8_t *p, size_t left)
{
	if (left < RSDP_V1_LEN || memcmp(p, "RSD PTR ", 8) || !sums_to_zero(p, RSDP_V1_LEN))
		return 0;
	if (p[RSDP_REVISION_AT] < 2)
		return RSDP_V1_LEN;
	struct cursor c = cur_make(p, left);
	cur_skip(&c, RSDP_LENGTH_AT);
	uint32_t len = cur_le32(&c);
	/* a newer structure that is damaged can still serve as ACPI 1.0's */
	return !c.bad && len >= RSDP_V2_LEN && len <= left && sums_to_zero(p, len) ? len : RSDP_V1_LEN;
}

const uint8_t *rsdp_find(const uint8_t *area, size_t area_len, uint32_t *len)
{
	for (size_t at = 0; at < area_len; at += RSDP_STEP) {
		*len = rsdp_len(area + at, area_len - at);
		if (*len)
			return area + at;
	}
	return NULL;
}
