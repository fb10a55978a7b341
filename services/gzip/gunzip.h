/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip files (RFC 1952), and zlib's own format (RFC 1950), unpacked into a membuf.  The deflate part is zlib's;
 * the wrapper (header fields, members, checksums) is read here.  Pure except
 * for the pages that the output takes.
 *
 * Called by services/boot for kernels and modules; what comes bit by bit is inflater.h's.
 */
#ifndef SERVICES_GZIP_GUNZIP_H
#define SERVICES_GZIP_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/membuf.h"

/* Bytes of memory that zlib works in: its state and the 32 KiB window. */
#define GUNZIP_SCRATCH_LEN (48 * 1024)

struct gunzip_result {
	unsigned members;	/* complete members unpacked */
	size_t used;		/* bytes of the input that belong to them */
	size_t trailing;	/* bytes after them that are neither gzip nor zero padding */
	const char *why;	/* after an error: one sentence without the file's name, static */
};

/* True if data begins like a gzip file: by content, never by name. */
bool gunzip_probe(const uint8_t *data, size_t len);
/* The same for zlib's format, which one in a thousand files of any kind begins like. */
bool gunzip_probe_zlib(const uint8_t *data, size_t len);

/*
 * Called after each 256 KiB, input and output counted together, and each MiB that is moved to
 * where there is more room, with the bytes of the input that are done: a turn for others.
 */
typedef void gunzip_turn(size_t used);

/*
 * Unpacks every member of data, or the zlib stream that it is, into *out, which must be empty (all zero) and
 * is the caller's to free; no more than max bytes.  scratch is
 * GUNZIP_SCRATCH_LEN bytes, 8-aligned; turn may be NULL.
 * 0, or with res->why set and *out empty again: -EINVAL (not gzip, damaged,
 * checksum or length wrong), -ENODATA (the file ends too early), -EFBIG (more
 * than max bytes), -ENOMEM.
 * Zero padding after the last member is accepted; other bytes there are
 * counted in res->trailing and are not an error, as with gzip(1).
 */
int gunzip(const uint8_t *data, size_t len, size_t max, void *scratch, struct membuf *out,
	   struct gunzip_result *res, gunzip_turn *turn);

#endif
