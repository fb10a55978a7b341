/* SPDX-License-Identifier: BSD-2-Clause */
/* How the image store knows what can be booted.  See probes.h. */
#include "services/boot/probes.h"

#include <errno.h>
#include <string.h>

#include "services/boot/multiboot1.h"
#include "services/boot/multiboot2.h"
#include "services/boot/nbp.h"

#define EI_OSABI 7u			/* in an ELF file's first bytes */
#define ELFOSABI_FREEBSD 9
#define LINUX_MAGIC_AT 0x202u		/* Linux boot protocol, "HdrS" */

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

static bool is_elf(const uint8_t *data, size_t len)
{
	return len >= 8 && !memcmp(data, "\177ELF", 4);
}

static bool is_freebsd(const uint8_t *data, size_t len)
{
	return is_elf(data, len) && data[EI_OSABI] == ELFOSABI_FREEBSD;
}

static bool is_linux(const uint8_t *data, size_t len)
{
	return len >= LINUX_MAGIC_AT + 4 && !memcmp(data + LINUX_MAGIC_AT, "HdrS", 4);
}

/* In the order in which they are asked: memtest86+, for one, is made like Linux and begins as NBPs do. */
const struct image_probe boot_probes[] = {
	{ IMAGE_MULTIBOOT2, is_multiboot2 },
	{ IMAGE_MULTIBOOT, is_multiboot },
	{ IMAGE_FREEBSD, is_freebsd },
	{ IMAGE_ELF, is_elf },
	{ IMAGE_LINUX, is_linux },
	{ IMAGE_NBP, nbp_probe },
	{ 0 },
};
