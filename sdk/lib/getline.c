/* SPDX-License-Identifier: BSD-2-Clause */
/* getline() and getdelim() as POSIX has them: picolibc's tell of a file's end by 0, and may write behind the line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST 120u

ssize_t getdelim(char **restrict line, size_t *restrict size, int delim, FILE *restrict stream)
{
	size_t len = 0;
	int c = 0;

	if (!line || !size || !stream) {
		errno = EINVAL;
		return -1;
	}
	if (!*line)
		*size = 0;
	while ((!len || c != delim) && (c = getc(stream)) != EOF) {
		if (len + 2 > *size) {
			size_t more = *size ? 2 * *size : FIRST;
			char *larger = realloc(*line, more);
			if (!larger)
				return -1;
			*line = larger;
			*size = more;
		}
		(*line)[len++] = (char)c;
	}
	if (!len)
		return -1;
	(*line)[len] = '\0';
	return (ssize_t)len;
}

ssize_t getline(char **restrict line, size_t *restrict size, FILE *restrict stream)
{
	return getdelim(line, size, '\n', stream);
}
