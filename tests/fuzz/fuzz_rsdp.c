/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI's root pointer: what is found is whole, on its boundary, and its sums are right. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "services/firmware/rsdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t sum(const uint8_t *p, uint32_t len)
{
	uint8_t s = 0;
	while (len--)
		s = (uint8_t)(s + *p++);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t len = 0;
	const uint8_t *p = rsdp_find(data, size, &len);
	if (!p)
		return 0;
	assert((p - data) % 16 == 0 && len >= RSDP_V1_LEN && (size_t)(p - data) + len <= size);
	assert(!memcmp(p, "RSD PTR ", 8) && !sum(p, RSDP_V1_LEN) && !sum(p, len));
	assert(len == RSDP_V1_LEN || len >= 36);
	return 0;
}
