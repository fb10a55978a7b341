/* SPDX-License-Identifier: BSD-2-Clause */
/* PNG and PNM: whatever comes, a picture is whole or there is none, and it fits into no more than its sides say. */
#include <assert.h>
#include <stdint.h>

#include "services/graphics/picture.h"
#include "tests/unit/fake_pages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct picture p = { 0 };
	char why[PICTURE_WHY];
	fake_pages_limit = 4u << 20;	/* quick */
	int err = picture_read(&p, data, size, NULL, why);
	assert((err == 0) == (p.pixels != 0) && (err == 0) == !*why);
	if (err == 0)
		for (uint32_t i = 0; i < p.width * p.height; i++)
			assert(p.pixels[i] <= 0xffffff);
	picture_free(&p);
	assert(fake_pages_held == 0);
	return 0;
}
