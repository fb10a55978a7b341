/* SPDX-License-Identifier: BSD-2-Clause */
/* How the image store knows what can be booted.  See probes.h. */
#include "services/boot/probes.h"

#include <errno.h>

#include "services/boot/multiboot1.h"
#include "services/boot/multiboot2.h"
#include "services/boot/nbp.h"

/* A header that is there but wrong is Multiboot's too: who loads it says what is wrong. */
static bool is_multiboot2(const uint8_t *data, size_t len)
{
	struct mb2_header h;
	struct boot_why why;
	return mb2_header_find(data, len, &h, &why) != -ENOENT;
}

static bool is_multiboot(const uint8_t *data, size_t len)
{
	struct mb1_header h;
	struct boot_why why;
	return mb1_header_find(data, len, &h, &why) != -ENOENT;
}

const struct image_probe boot_probes[] = {
	{ IMAGE_MULTIBOOT2, is_multiboot2 },
	{ IMAGE_MULTIBOOT, is_multiboot },
	{ IMAGE_NBP, nbp_probe },
	{ 0 },
};
