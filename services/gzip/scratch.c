/* SPDX-License-Identifier: BSD-2-Clause */
/* See scratch.h. */
#include "services/gzip/scratch.h"

static voidpf scratch_alloc(voidpf opaque, uInt items, uInt size)
{
	struct scratch *s = opaque;
	uint64_t len = ((uint64_t)items * size + 7) & ~(uint64_t)7;
	if (len > s->left)
		return Z_NULL;
	voidpf block = s->p;
	s->p += len;
	s->left -= (size_t)len;
	return block;
}

static void scratch_free(voidpf opaque, voidpf block)
{
	(void)opaque;
	(void)block;
}

void scratch_begin(struct scratch *s, void *p, size_t len, z_stream *z)
{
	*s = (struct scratch){ p, len };
	z->zalloc = scratch_alloc;
	z->zfree = scratch_free;
	z->opaque = s;
}
