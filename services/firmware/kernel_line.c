/* SPDX-License-Identifier: BSD-2-Clause */
/* See kernel_line.h. */
#include "services/firmware/kernel_line.h"

#include <stdbool.h>
#include <string.h>

#define BLANKS " \t\r\n"

static bool is_loaders_own(const char *word, size_t len)
{
	static const char *const begins[] = { "BOOT_IMAGE=", "initrd=" };
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (len >= strlen(begins[i]) && !memcmp(word, begins[i], strlen(begins[i])))
			return true;
	return len == 4 && !memcmp(word, "auto", 4);
}

const char *kernel_line_split(const char *line, char *words)
{
	char *end = words;
	for (size_t len; line += strspn(line, BLANKS), len = strcspn(line, BLANKS), len; line += len) {
		if (is_loaders_own(line, len))
			continue;
		if (!memchr(line, '=', len))
			break;
		if (end > words)
			*end++ = ' ';
		memcpy(end, line, len);
		end += len;
	}
	*end = '\0';
	return line;
}
