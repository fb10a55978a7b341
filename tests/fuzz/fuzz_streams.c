/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text in streams.  The first bytes say how long the text is to be, how many addresses are expected and where each
 * stream ends; the rest is the forms and the streams.  Whatever they hold, nothing is written beyond the text and the
 * addresses, and each address found lies in the text.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/start/streams.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { NUMBERS = 3 + STREAMS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < NUMBERS)
		return 0;
	uint32_t text_len = (uint32_t)data[0] << 8 | data[1], sites_max = data[2];
	size_t all = sizeof(struct streams_head) + len - NUMBERS;
	struct streams_head *h = calloc(1, all);
	memcpy((uint8_t *)h + offsetof(struct streams_head, form), data + NUMBERS, len - NUMBERS);
	h->text_len = text_len;
	h->mark = 0xa5;
	for (int i = 0; i < STREAMS; i++)
		h->len[i] = data[3 + i];
	uint8_t *text = malloc(text_len ? text_len : 1);
	uint32_t *sites = malloc(sites_max ? sites_max * sizeof *sites : 1);
	int n = streams_join(h, (uint32_t)all, text, 0x7f000000, sites, sites_max);
	assert(n <= (int)sites_max);
	for (int i = 0; i < n; i++)
		assert(sites[i] + 4 <= text_len && (!i || sites[i] >= sites[i - 1] + 4));
	free(sites);
	free(text);
	free(h);
	return 0;
}
