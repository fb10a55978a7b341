/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an image is, by its content alone.  Pure.  Says what the bytes look
 * like; whether they are sound is for the one who loads them to find out.
 */
#include <errno.h>
#include <string.h>

#include "services/boot/multiboot2.h"
#include "services/image/gunzip.h"
#include "services/image/image.h"

#define ELF_CLASS_AT 4u
#define ELF_CLASS_64 2u
#define LINUX_MAGIC_AT 0x202u	/* Linux boot protocol, "HdrS" */

static const struct {
	enum image_type type;
	uint8_t at, len;
	const char *magic;
} magics[] = {
	{ IMAGE_SCRIPT, 0, 6, "#!ipxe" },
	{ IMAGE_ELF, 0, 4, "\177ELF" },
	{ IMAGE_CPIO, 0, 5, "07070" },
	{ IMAGE_XZ, 0, 6, "\3757zXZ\0" },
	{ IMAGE_ZSTD, 0, 4, "\050\265\057\375" },
	{ IMAGE_BZIP2, 0, 3, "BZh" },
	{ IMAGE_LZ4, 0, 4, "\002\041\114\030" },
};

enum image_type image_type_probe(const uint8_t *data, size_t len)
{
	if (!len)
		return IMAGE_EMPTY;
	if (gunzip_probe(data, len))
		return IMAGE_GZIP;

	struct mb2_header h;
	struct boot_why why;
	int rc = mb2_header_find(data, len, &h, &why);
	bool elf = len > ELF_CLASS_AT && !memcmp(data, "\177ELF", 4);
	if (rc == 0 && h.has_address)
		return IMAGE_MB2_FLAT;
	if (rc != -ENOENT && elf)
		return data[ELF_CLASS_AT] == ELF_CLASS_64 ? IMAGE_MB2_ELF64 : IMAGE_MB2_ELF32;

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (len >= (size_t)magics[i].at + magics[i].len &&
		    !memcmp(data + magics[i].at, magics[i].magic, magics[i].len))
			return magics[i].type;
	if (len >= LINUX_MAGIC_AT + 4 && !memcmp(data + LINUX_MAGIC_AT, "HdrS", 4))
		return IMAGE_LINUX;
	return IMAGE_UNKNOWN;
}

const char *image_type_text(enum image_type type)
{
	switch (type) {
	case IMAGE_UNKNOWN: break;
	case IMAGE_EMPTY: return "empty";
	case IMAGE_SCRIPT: return "script";
	case IMAGE_GZIP: return "gzip";
	case IMAGE_MB2_ELF32: return "multiboot2 ELF32 kernel";
	case IMAGE_MB2_ELF64: return "multiboot2 ELF64 kernel";
	case IMAGE_MB2_FLAT: return "multiboot2 flat kernel";
	case IMAGE_ELF: return "ELF without multiboot2 header";
	case IMAGE_LINUX: return "Linux kernel";
	case IMAGE_CPIO: return "cpio archive";
	case IMAGE_XZ: return "xz";
	case IMAGE_ZSTD: return "zstd";
	case IMAGE_BZIP2: return "bzip2";
	case IMAGE_LZ4: return "lz4";
	}
	return "unknown";
}
