/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip (RFC 1952) by zlib's inflate in its gzip mode, which reads the member
 * header with all its optional fields and checks header CRC, CRC32 and ISIZE.
 * What is left for this file: several members in a row, where the output
 * goes, how big it may get, and what a failure is called.
 */
#include "services/gzip/gunzip.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "services/gzip/scratch.h"

#define GZIP_ID1 0x1f
#define GZIP_ID2 0x8b
#define GZIP_HEADER_LEN 10u	/* RFC 1952, 2.3: the fixed part */
#define GZIP_TRAILER_LEN 8u	/* CRC32, ISIZE */
#define DEFLATE_RATIO_MAX 1032u	/* 258 bytes from 2 bits: no deflate stream gains more */
#define TURN_LEN 262144u	/* of input and output */
#define FIRST_CAP 65536u	/* when ISIZE says nothing believable */

/* What has been read and written since the last turn. */
struct work {
	const uint8_t *data;
	size_t since;
	gunzip_turn *turn;
};

static void work_done(struct work *w, size_t bytes, const uint8_t *at)
{
	w->since += bytes;
	if (w->since < TURN_LEN)
		return;
	w->since = 0;
	if (w->turn)
		w->turn((size_t)(at - w->data));
}

bool gunzip_probe(const uint8_t *data, size_t len)
{
	return len >= GZIP_HEADER_LEN && data[0] == GZIP_ID1 && data[1] == GZIP_ID2 && data[2] == Z_DEFLATED;
}

/* RFC 1950, 2.2: method 8, a window of at most 32 KiB, no preset dictionary, and a check of these two bytes. */
bool gunzip_probe_zlib(const uint8_t *data, size_t len)
{
	return len > 2 && (data[0] & 15) == Z_DEFLATED && data[0] >> 4 <= 7 && !(data[1] & 32) &&
	       (data[0] << 8 | data[1]) % 31 == 0;
}

/*
 * ISIZE of the last member, if it can be true: the output's length for a file
 * of one member below 4 GiB.  Only a hint, so that the pages come in one go.
 */
static size_t expected_len(const uint8_t *data, size_t len)
{
	if (len < GZIP_HEADER_LEN + GZIP_TRAILER_LEN)
		return 0;
	const uint8_t *at = data + len - 4;
	uint32_t isize = (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
	return isize / DEFLATE_RATIO_MAX <= len ? isize : 0;
}

/* Room for at least one byte more in out, never past max; the input has been read as far as `at`. */
static int grow(struct membuf *out, size_t max, struct work *work, const uint8_t *at)
{
	if (out->len >= max)
		return -EFBIG;
	size_t cap = out->cap < FIRST_CAP ? FIRST_CAP : out->cap > max / 2 ? max : out->cap * 2;
	if (cap > max)
		cap = max;
	if (cap <= out->len)
		return 0;
	int err = membuf_move_to(out, cap);
	while (!err && !membuf_move(out))
		work_done(work, MEMBUF_TURN, at);
	return err;
}

/* Runs inflate until the end of one member; z->next_in and avail_in move on. */
static int unpack_member(z_stream *z, const uint8_t *end, size_t max, struct membuf *out, const char **why,
			 struct work *work)
{
	for (;;) {
		size_t cap = out->cap < max ? out->cap : max;
		size_t in = (size_t)(end - z->next_in), room = cap - out->len;
		z->avail_in = in > TURN_LEN ? TURN_LEN : (uInt)in;
		z->avail_out = room > TURN_LEN ? TURN_LEN : (uInt)room;
		z->next_out = out->data + out->len;
		const uint8_t *from = z->next_in;
		int rc = inflate(z, Z_NO_FLUSH);
		size_t before = out->len;
		out->len = (size_t)(z->next_out - out->data);
		work_done(work, (size_t)(z->next_in - from) + out->len - before, z->next_in);
		if (rc == Z_STREAM_END)
			return 0;
		if (rc == Z_MEM_ERROR) {
			*why = "no memory for the unpacker";
			return -ENOMEM;
		}
		if (rc != Z_OK && rc != Z_BUF_ERROR) {
			*why = z->msg ? z->msg : "damaged gzip data";
			return -EINVAL;
		}
		if (z->avail_out) {
			if (z->next_in != end)
				continue;
			*why = "the gzip data ends too early";
			return -ENODATA;
		}
		if (out->len < cap)
			continue;
		int err = grow(out, max, work, z->next_in);
		if (err) {
			*why = err == -EFBIG ? "too big when unpacked" : "no memory for the unpacked file";
			return err;
		}
	}
}

/* What follows the last member: zero padding is nothing. */
static size_t count_trailing(const uint8_t *p, const uint8_t *end, struct work *work)
{
	for (; p < end && *p == 0; p++)
		work_done(work, 1, p);
	return (size_t)(end - p);
}

static int unpack_all(z_stream *z, const uint8_t *data, size_t len, size_t max, struct membuf *out,
		      struct gunzip_result *res, struct work *work)
{
	const uint8_t *end = data + len;
	do {
		int err = unpack_member(z, end, max, out, &res->why, work);
		res->used = (size_t)(z->next_in - data);
		if (err)
			return err;
		res->members++;
		if (inflateReset(z) != Z_OK)
			return -EINVAL;
	} while (gunzip_probe(data, len) && gunzip_probe(z->next_in, (size_t)(end - z->next_in)));
	res->trailing = count_trailing(z->next_in, end, work);
	return 0;
}

int gunzip(const uint8_t *data, size_t len, size_t max, void *scratch, struct membuf *out,
	   struct gunzip_result *res, gunzip_turn *turn)
{
	struct work work = { .data = data, .turn = turn };
	struct scratch s;
	z_stream z = { .next_in = (z_const Bytef *)data };

	scratch_begin(&s, scratch, GUNZIP_SCRATCH_LEN, &z);

	memset(res, 0, sizeof(*res));
	bool is_gzip = gunzip_probe(data, len);
	if (!is_gzip && !gunzip_probe_zlib(data, len)) {
		res->why = "not a gzip file";
		return -EINVAL;
	}
	/* a hint that cannot be met is no reason to fail: the true length may be smaller */
	size_t hint = is_gzip ? expected_len(data, len) : 0;
	int err = hint && hint <= max ? membuf_reserve(out, hint) : -ENOMEM;
	if (err)
		err = grow(out, max, &work, data);
	if (err)
		res->why = err == -EFBIG ? "too big when unpacked" : "no memory for the unpacked file";
	else if (inflateInit2(&z, is_gzip ? 16 + MAX_WBITS : MAX_WBITS) != Z_OK)
		err = -ENOMEM, res->why = "no memory for the unpacker";
	else
		err = unpack_all(&z, data, len, max, out, res, &work);
	if (err)
		membuf_free(out);
	else
		membuf_trim(out);
	return err;
}
