/* SPDX-License-Identifier: BSD-2-Clause */
/* zlib's memory: it asks for its state and its window, once, and gives them back only at the end.  Within this room. */
#ifndef SERVICES_GZIP_SCRATCH_H
#define SERVICES_GZIP_SCRATCH_H

#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

struct scratch {
	uint8_t *p;
	size_t left;
};

/* z takes what it needs out of len bytes at p, 8-aligned; s and they must stay as long as z is used. */
void scratch_begin(struct scratch *s, void *p, size_t len, z_stream *z);

#endif
