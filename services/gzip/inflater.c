/* SPDX-License-Identifier: BSD-2-Clause */
/* Packed data as it comes.  See inflater.h.  Called by services/http. */
#include "services/gzip/inflater.h"

#include <errno.h>
#include <limits.h>

#define GZIP_ID1 0x1f
#define IDLE_MAX 65536u		/* of a name, empty members and blocks, zeros behind the end */

void inflater_begin(struct inflater *f, bool gzip)
{
	*f = (struct inflater){ .gzip = gzip };
	scratch_begin(&f->scratch, f->memory, sizeof(f->memory), &f->z);
}

static int fail(struct inflater *f, int err, const char *why)
{
	if (!f->error)
		f->error = why;
	return err;
}

/*
 * What the first byte says of "deflate": RFC 1950's method and window, which RFC 9110, 8.4.1.2 means; as deflate alone
 * that byte would be a stored block behind which a bit is set that is to be 0.
 */
static int window_bits(const struct inflater *f, uint8_t first)
{
	return f->gzip ? 16 + MAX_WBITS : (first & 15) == Z_DEFLATED && first >> 4 <= 7 ? MAX_WBITS : -MAX_WBITS;
}

/* Behind a whole member: another one, or zeros to fill up; how many bytes of that are done, or -E. */
static int go_on(struct inflater *f, const uint8_t *in, size_t len)
{
	size_t zeros = 0;

	while (zeros < len && !in[zeros])
		zeros++;
	if (zeros == len)
		return (int)len;
	if (!f->gzip || zeros || in[0] != GZIP_ID1 || inflateReset(&f->z) != Z_OK)
		return fail(f, -EINVAL, "bytes behind the end of packed data");
	f->ended = false;
	return 0;
}

static int feed(struct inflater *f, const uint8_t *in, size_t len, uint8_t *out, size_t room, size_t *made)
{
	int rc, n;

	len = len > INT_MAX ? INT_MAX : len;
	if (!f->begun && len && inflateInit2(&f->z, window_bits(f, in[0])) != Z_OK)
		return fail(f, -EINVAL, "packed data, and there is no memory to unpack it");
	f->begun |= len != 0;
	if (f->ended && len) {
		n = go_on(f, in, len);
		if (n)
			return n;
	}
	if (!f->begun || f->ended)
		return 0;
	f->z.next_in = (z_const Bytef *)in;
	f->z.avail_in = (uInt)len;
	f->z.next_out = out;
	f->z.avail_out = room > INT_MAX ? INT_MAX : (uInt)room;
	rc = inflate(&f->z, Z_NO_FLUSH);
	*made = (size_t)(f->z.next_out - out);
	if (rc != Z_OK && rc != Z_BUF_ERROR && rc != Z_STREAM_END)
		return fail(f, -EINVAL, "damaged packed data");
	f->ended = rc == Z_STREAM_END;
	return (int)(len - f->z.avail_in);
}

int inflater_feed(struct inflater *f, const uint8_t *in, size_t len, uint8_t *out, size_t room, size_t *made)
{
	*made = 0;
	if (f->error)
		return -EINVAL;
	int n = feed(f, in, len, out, room, made);

	if (n >= 0)
		f->idle = *made ? 0 : f->idle + (size_t)n;
	return n >= 0 && f->idle > IDLE_MAX ? fail(f, -EINVAL, "packed data of which nothing comes") : n;
}

int inflater_end(struct inflater *f)
{
	if (f->error)
		return -EINVAL;
	return f->begun && !f->ended ? fail(f, -ENODATA, "packed data that ends too early") : 0;
}
