/* SPDX-License-Identifier: BSD-2-Clause */
/* Listings of folders: the first line of the input is the folder's path, the rest what a server sent. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "services/fetch/listing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64], line[LISTING_LINE_MAX];
	size_t path_len = 0;
	struct listing l, again;
	struct listing_entry e, same;

	while (path_len < size && path_len < sizeof(path) - 1 && data[path_len] && data[path_len] != '\n') {
		path[path_len] = (char)data[path_len];
		path_len++;
	}
	path[path_len] = '\0';
	data += path_len;
	size -= path_len;
	if (size) {
		data++;
		size--;
	}
	char *copy = malloc(size ? size : 1);
	memcpy(copy, data, size);
	listing_begin(&l, copy, size, path);
	while (listing_next(&l, &e)) {
		assert(l.at <= l.end && listing_is_name(e.name));
		/* what was read can be written, and is read again as it was */
		char text[sizeof(LISTING_HEAD) + sizeof(line)] = LISTING_HEAD;
		size_t n = listing_put(line, &e);

		assert(n && n < sizeof(line));
		strcat(text, line);
		listing_begin(&again, text, strlen(text), "/");
		assert(listing_next(&again, &same) && !strcmp(e.name, same.name) && e.kind == same.kind);
	}
	free(copy);
	return 0;
}
