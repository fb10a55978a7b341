/* SPDX-License-Identifier: BSD-2-Clause */
/* ctxmix < plain > packed: the packing half of kernel/start/ctxmix.c, on the build host; unpacks again to be sure. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/start/ctxmix.h"

#define MAX (1u << 20)

static uint8_t plain[MAX], packed[2 * MAX], again[MAX];

static uint32_t pack(uint32_t len)
{
	struct ctxmix *m = calloc(1, sizeof(*m));
	uint32_t low = 0, high = UINT32_MAX, n = 0;
	if (!m)
		return 0;
	ctxmix_init(m, plain);
	for (uint32_t i = 0; i < len * 8; i++) {
		uint32_t bit = plain[i / 8] >> (7 - i % 8) & 1;
		uint32_t mid = low + (high - low) / 4096 * ctxmix_predict(m);
		if (bit)
			high = mid;
		else
			low = mid + 1;
		ctxmix_learn(m, bit);
		while (!((low ^ high) >> 24)) {
			packed[n++] = (uint8_t)(high >> 24);
			low <<= 8;
			high = high << 8 | 0xff;
		}
	}
	/* one byte more than low's first leaves low behind; what comes after it does not matter */
	packed[n++] = (uint8_t)(high >> 24);
	free(m);
	return n;
}

int main(void)
{
	uint32_t len = (uint32_t)fread(plain, 1, MAX, stdin);
	struct ctxmix *m = calloc(1, sizeof(*m));
	uint32_t n = len && len < MAX ? pack(len) : 0;
	if (!n || !m) {
		fprintf(stderr, "ctxmix: nothing to pack, or more than %u bytes\n", MAX - 1);
		return 1;
	}
	ctxmix_unpack(m, packed, n, again, len);
	free(m);
	if (memcmp(plain, again, len)) {
		fprintf(stderr, "ctxmix: what was packed does not unpack\n");
		return 1;
	}
	return fwrite(packed, 1, n, stdout) == n ? 0 : 1;
}
