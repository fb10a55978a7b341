/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an image is, by its content alone.  Pure.  Says what the bytes look
 * like; whether they are sound is for the one who loads them to find out.
 */
#include <string.h>
#include <strings.h>

#include "services/gzip/gunzip.h"
#include "services/image/image.h"

/* name: for --type, where somebody can boot it; and what people call it */
static const struct {
	const char *name, *text;
} image_types[IMAGE_TYPES] = {
	[IMAGE_UNKNOWN] = { NULL, "unknown" },
	[IMAGE_EMPTY] = { NULL, "empty" },
	[IMAGE_SCRIPT] = { "script", "script" },
	[IMAGE_GZIP] = { NULL, "gzip" },
	[IMAGE_MULTIBOOT2] = { "multiboot2", "Multiboot2 kernel" },
	[IMAGE_MULTIBOOT] = { "multiboot", "Multiboot kernel" },
	[IMAGE_ELF] = { "elf", "ELF without boot header" },
	[IMAGE_FREEBSD] = { "freebsd", "FreeBSD kernel" },
	[IMAGE_RAW] = { "raw", "flat" },
	[IMAGE_LINUX] = { "linux", "Linux kernel" },
	[IMAGE_LINUX16] = { "linux16", "Linux kernel" },
	[IMAGE_LINUX32] = { "linux32", "Linux kernel" },
	[IMAGE_NBP] = { "nbp", "NBP" },
	[IMAGE_BOOTSECTOR] = { "bootsector", "boot sector" },
	[IMAGE_CPIO] = { NULL, "cpio archive" },
	[IMAGE_XZ] = { NULL, "xz" },
	[IMAGE_ZSTD] = { NULL, "zstd" },
	[IMAGE_BZIP2] = { NULL, "bzip2" },
	[IMAGE_LZ4] = { NULL, "lz4" },
	[IMAGE_PAGE] = { NULL, "web page" },
	[IMAGE_SCRIPT_BOM] = { NULL, "script behind a byte order mark" },
	[IMAGE_SCRIPT_UTF16] = { NULL, "script in UTF-16" },
	[IMAGE_SCRIPT_CR] = { NULL, "script with CR behind its lines" },
	[IMAGE_SCRIPT_LATE] = { NULL, "script with #!ipxe in a wrong place" },
};

/* What is known by its first bytes. */
static const struct {
	enum image_type type;
	uint8_t len;
	const char *magic;
} magics[] = {
	{ IMAGE_SCRIPT, 6, "#!ipxe" },
	{ IMAGE_SCRIPT, 6, "#!gpxe" },		/* its name before, which iPXE takes, too */
	{ IMAGE_SCRIPT_BOM, 5, "\xef\xbb\xbf#!" },
	{ IMAGE_SCRIPT_UTF16, 6, "\xff\xfe#\0!\0" },
	{ IMAGE_SCRIPT_UTF16, 6, "\xfe\xff\0#\0!" },
	{ IMAGE_SCRIPT_UTF16, 4, "#\0!\0" },
	{ IMAGE_SCRIPT_UTF16, 4, "\0#\0!" },
	{ IMAGE_CPIO, 5, "07070" },
	{ IMAGE_XZ, 6, "\3757zXZ\0" },
	{ IMAGE_ZSTD, 4, "\050\265\057\375" },
	{ IMAGE_BZIP2, 3, "BZh" },
	{ IMAGE_LZ4, 4, "\002\041\114\030" },
};

#define SCRIPT_MAX (1u << 20)		/* that there may be of a script */
#define LATE_MAX 1024u

static const struct image_probe *probes;

void image_set_probes(const struct image_probe *rows)
{
	probes = rows;
}

/* As browsers do (WHATWG, MIME Sniffing 7.1): blanks, then one of a few tags, in any case. */
static bool is_page(const uint8_t *data, size_t len)
{
	static const char *const tags[] = { "<!doctype html", "<html", "<head", "<body", "<title", "<h1" };
	size_t at = len >= 3 && !memcmp(data, "\xef\xbb\xbf", 3) ? 3 : 0;
	while (at < len && data[at] && strchr(" \t\r\n\f", data[at]))
		at++;
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (len - at >= strlen(tags[i]) && !strncasecmp((const char *)data + at, tags[i], strlen(tags[i])))
			return true;
	return false;
}

/* What begins as a script. */
static enum image_type script_type(const uint8_t *data, size_t len)
{
	len = len < SCRIPT_MAX ? len : SCRIPT_MAX;
	return memchr(data, '\r', len) && !memchr(data, '\n', len) ? IMAGE_SCRIPT_CR : IMAGE_SCRIPT;
}

/* Early on there is a line of text that begins so, if neither blanks nor capitals count. */
static bool is_late_script(const uint8_t *data, size_t len)
{
	static const char magic[] = "#!ipxe";
	size_t n = 0;			/* letters of it that the line has, or none can be */
	len = len < LATE_MAX ? len : LATE_MAX;
	for (size_t i = 0; i < len && data[i]; i++) {
		if (data[i] == '\n' || data[i] == '\r')
			n = 0;
		else if (n < sizeof(magic) && data[i] != ' ' && data[i] != '\t')
			n = (data[i] | 0x20) == (magic[n] | 0x20) ? n + 1 : sizeof(magic);
		if (n == sizeof(magic) - 1)
			return true;
	}
	return false;
}

enum image_type image_type_probe(const uint8_t *data, size_t len)
{
	if (!len)
		return IMAGE_EMPTY;
	if (gunzip_probe(data, len))
		return IMAGE_GZIP;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (len >= magics[i].len && !memcmp(data, magics[i].magic, magics[i].len))
			return magics[i].type == IMAGE_SCRIPT ? script_type(data, len) : magics[i].type;
	for (const struct image_probe *p = probes; p && p->is; p++)
		if (p->is(data, len))
			return p->type;
	return is_page(data, len) ? IMAGE_PAGE : is_late_script(data, len) ? IMAGE_SCRIPT_LATE : IMAGE_UNKNOWN;
}

enum image_type image_type_named(const char *name)
{
	for (unsigned t = 0; t < IMAGE_TYPES; t++)
		if (image_types[t].name && !strcmp(image_types[t].name, name))
			return (enum image_type)t;
	return IMAGE_UNKNOWN;
}

enum image_type image_type_of(const struct image *img, const uint8_t *data, size_t len)
{
	return img->role != IMAGE_MODULE && img->type[0] ? image_type_named(img->type) : image_type_probe(data, len);
}

const char *image_type_mistake(enum image_type type)
{
	switch (type) {
	case IMAGE_PAGE: return "it begins like a web page";
	case IMAGE_EMPTY: return "it is empty";
	case IMAGE_SCRIPT_BOM: return "it is a script behind a byte order mark (save it as UTF-8 without one)";
	case IMAGE_SCRIPT_UTF16: return "it is a script in UTF-16 (save it as UTF-8 without a byte order mark)";
	case IMAGE_SCRIPT_CR: return "it is a script with CR alone behind its lines (save it with LF there)";
	case IMAGE_SCRIPT_LATE: return "it looks like a script, but its first letters are not #!ipxe";
	default: return NULL;
	}
}

const char *image_type_text(enum image_type type)
{
	return image_types[type].text;
}
