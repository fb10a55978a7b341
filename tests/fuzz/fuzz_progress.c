/* SPDX-License-Identifier: BSD-2-Clause */
/* The progress line: any name and any numbers fit into its width, and so do sizes, rates and times alone. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "net/cursor.h"
#include "services/console/progress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_human(uint64_t v)
{
	char text[HUMAN_LEN];
	assert(strlen(human_size(v, text)) < HUMAN_LEN && strlen(human_rate(v, text)) < HUMAN_LEN);
	assert(strlen(human_time(v, text)) < HUMAN_LEN && strlen(human_elapsed(v, text)) < HUMAN_LEN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cur_make(data, size);
	char line[PROGRESS_WIDTH + 1], *name = malloc(size + 1);
	struct progress p = { .got = cur_le64(&c), .total = cur_le64(&c), .elapsed_us = cur_le64(&c),
			      .rate = cur_le64(&c), .name = name, .peer = "192.168.100.100:65535" };
	p.tries = (unsigned)p.rate & 15;
	size_t len = cur_left(&c);
	memcpy(name, data + size - len, len);
	name[len] = '\0';
	int n = progress_format(&p, line);
	assert(n >= 0 && n <= PROGRESS_WIDTH && strlen(line) == (size_t)n);
	check_human(p.got);
	check_human(p.elapsed_us);
	struct rate_meter m;
	uint64_t now = p.elapsed_us, got = 0;
	rate_begin(&m, now);
	for (size_t i = 0; i + 1 < len; i += 2) {
		now += (uint64_t)(uint8_t)name[i] << (name[i + 1] & 15);
		got += (uint64_t)(uint8_t)name[i + 1] << (name[i] & 31);
		rate_sample(&m, got, now);
	}
	rate_average(p.got, p.elapsed_us);
	free(name);
	return 0;
}
