/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that stand in their own URL: whatever it says, what comes out has room in as many bytes. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "services/fetch/data_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *url = malloc(size + 1);
	memcpy(url, data, size);
	url[size] = '\0';
	if (data_url_is(url)) {
		uint8_t *out = malloc(strlen(url));
		int n = data_url_decode(url, out);
		assert(n < 0 || (size_t)n < strlen(url));
		free(out);
	}
	free(url);
	return 0;
}
