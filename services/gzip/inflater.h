/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip (RFC 1952, one or more members), zlib's format (RFC 1950) and deflate
 * alone (RFC 1951) as they come, bit by bit: HTTP's content codings "gzip"
 * and "deflate".  Pure.
 *
 *	inflater_begin(f, true);
 *	while (...more has come, or the last call filled its room...)
 *		n = inflater_feed(f, in, len, out, room, &made);
 *	err = inflater_end(f);
 *
 * What is made of a piece of input has no other bound than the room that is
 * given for it: 1032 bytes for each at the most.
 */
#ifndef SERVICES_GZIP_INFLATER_H
#define SERVICES_GZIP_INFLATER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/gzip/gunzip.h"
#include "services/gzip/scratch.h"

struct inflater {
	bool gzip;			/* as it is called; else zlib's format, or what some servers send for it */
	size_t idle;			/* bytes taken since the last that made something */
	bool begun, ended;		/* ended: a member, or all, is whole */
	const char *error;		/* sticky: what is wrong, a phrase */
	z_stream z;
	struct scratch scratch;
	uint64_t memory[GUNZIP_SCRATCH_LEN / sizeof(uint64_t)];
};

void inflater_begin(struct inflater *f, bool gzip);
/*
 * Takes bytes of in and makes bytes of out of them, as many as go: those that
 * were taken, *made those that were made; or -EINVAL with f->error.  While it
 * fills out, there may be more with no further input.
 */
int inflater_feed(struct inflater *f, const uint8_t *in, size_t len, uint8_t *out, size_t room, size_t *made);
/* All input has been given: 0 if that was whole (nothing at all is, too), else -ENODATA with f->error. */
int inflater_end(struct inflater *f);

#endif
