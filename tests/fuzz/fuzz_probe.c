/* SPDX-License-Identifier: BSD-2-Clause */
/* What a file is by its content: an answer for all bytes, the same each time, and one that people and --type know. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "services/boot/probes.h"
#include "services/image/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char empty[] = "", script[] = "script", unknown[] = "no such type";
	image_set_probes(boot_probes);
	enum image_type type = image_type_probe(data, len);
	assert(type < IMAGE_TYPES && image_type_text(type));
	assert((type == IMAGE_EMPTY) == !len);
	assert(image_type_probe(data, len) == type);
	struct image img = { .type = empty, .role = IMAGE_KERNEL };
	assert(image_type_of(&img, data, len) == type);
	img.type = script;
	assert(image_type_of(&img, data, len) == IMAGE_SCRIPT);
	img.type = unknown;
	assert(image_type_of(&img, data, len) == IMAGE_UNKNOWN);
	img.role = IMAGE_MODULE;
	assert(image_type_of(&img, data, len) == type);
	return 0;
}
