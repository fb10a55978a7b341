/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of checksums: the first line of the input is the file's URL, the rest is the list. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "services/image/sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t hash[SHA256_LEN];
	size_t url_len = 0, len;
	while (url_len < size && data[url_len] && data[url_len] != '\n')
		url_len++;
	char *url = malloc(url_len + 1);
	memcpy(url, data, url_len);
	url[url_len] = '\0';
	const char *name = sums_name("http://h/d/SHA256SUMS", url, &len);
	assert(name >= url && name + len <= url + url_len);
	if (url_len < size && !sums_find((const char *)data + url_len + 1, size - url_len - 1, name, len, hash, NULL))
		assert(size > url_len + 66 + len);
	struct sums_about about;
	if (url_len < size && sums_read_about((const char *)data + url_len + 1, size - url_len - 1, &about) == 0)
		assert(!*about.until || strlen(about.until) == 10);
	free(url);
	return 0;
}
