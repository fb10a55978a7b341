/* SPDX-License-Identifier: BSD-2-Clause */
/* See initrd.h. */
#include "services/boot/initrd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_LEN 110			/* "070701" and 13 numbers of 8 digits */
#define MODE_FILE 0100000u
#define MODE_DIR 0040755u
#define MODE_DEFAULT 0644u

static void put_entry(struct writer *w, const char *path, size_t path_len, uint32_t mode, uint32_t len)
{
	char head[HEADER_LEN + 1];
	/* inode, mode, owner, group, links, time, length, device's and file's numbers, length of the name, checksum */
	snprintf(head, sizeof(head), "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 0, (unsigned)mode, 0,
		 0, 1, 0, (unsigned)len, 0, 0, 0, 0, (unsigned)path_len + 1, 0);
	put(w, head, HEADER_LEN);
	put(w, path, path_len);
	put_u8(w, 0);
	put_align(w, INITRD_ALIGN);
}

/* The number behind "word=" in args. */
static long number(const char *args, const char *word, int base, long otherwise)
{
	size_t len = strlen(word);
	for (const char *p = args; *p; p += strcspn(p, " ")) {
		p += strspn(p, " ");
		if (!strncmp(p, word, len))
			return strtol(p + len, NULL, base);
	}
	return otherwise;
}

bool initrd_is_file(const char *name, const char *args, const char **path)
{
	*path = args + strspn(args, " ");
	if (!**path)
		*path = name;
	return *path != name || *name == '/';
}

void initrd_put_header(struct writer *w, const char *path, const char *args, uint32_t len)
{
	size_t path_len = strcspn(path, " ");
	long folders = number(args, "mkdir=", 10, 0);
	unsigned left = 0;
	for (size_t i = 1; i < path_len; i++)
		left += path[i] == '/';
	for (size_t i = 1; i < path_len && folders; i++)
		if (path[i] == '/' && (folders < 0 || (long)left-- <= folders))
			put_entry(w, path, i, MODE_DIR, 0);
	put_entry(w, path, path_len, MODE_FILE | ((uint32_t)number(args, "mode=", 8, MODE_DEFAULT) & 07777), len);
}

void initrd_put_trailer(struct writer *w)
{
	static const char trailer[] = "TRAILER!!!";
	put_entry(w, trailer, sizeof(trailer) - 1, 0, 0);
}
