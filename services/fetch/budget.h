/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Budgets: what a peer may take of one phase of a conversation - its head, its
 * body, a chunk's size - in bytes, in time, in silence, and how slow it may
 * be.  Whatever a server does, a phase ends.  Pure; times are microseconds of
 * any clock that does not go back.
 *
 *	static const struct budget_limits head = { .phase = "its answer's head", .bytes = 32768, .total_s = 20 };
 *	budget_begin(&b, &head, clock_us());
 *	while (...not complete...) {
 *		...wait until budget_deadline(&b); n bytes have come...
 *		budget_count(&b, n, clock_us());
 *		if (budget_check(&b, clock_us()) < 0)
 *			...budget_text() says what was too much...
 *	}
 *
 * A line that is slow but honest is not cut: what is judged is whole windows,
 * not moments, and what arrives late counts in the window in which it arrives.
 */
#ifndef SERVICES_FETCH_BUDGET_H
#define SERVICES_FETCH_BUDGET_H

#include <stddef.h>
#include <stdint.h>

/* 0 is no limit, each time. */
struct budget_limits {
	const char *phase;		/* for people: "its body" */
	uint64_t bytes;			/* that it may take */
	uint32_t total_s;		/* from its beginning to its end */
	uint32_t silence_s;		/* without a byte */
	uint32_t rate, window_s;	/* at least so many bytes a second, over each window of that length */
	const char *setting;		/* by which people change total_s; or NULL */
};

struct budget {
	struct budget_limits limits;
	uint64_t begun_us, heard_us;
	uint64_t bytes;
	uint64_t window_us, window_bytes;	/* when the present window began, and how many there were then */
	enum { BUDGET_KEPT, BUDGET_BYTES, BUDGET_TOTAL, BUDGET_SILENCE, BUDGET_RATE } broken;	/* sticky */
};

void budget_begin(struct budget *b, const struct budget_limits *limits, uint64_t now_us);
/* Something came that is not what the phase is for, as a chunk's size: it ends a silence, and makes no rate. */
void budget_heard(struct budget *b, uint64_t now_us);
/* n bytes of what the phase is for have come. */
void budget_count(struct budget *b, uint64_t n, uint64_t now_us);
/* 0, -EFBIG, or -ETIMEDOUT: b->broken tells which limit.  Before it, all that came is to be counted. */
int budget_check(struct budget *b, uint64_t now_us);
/* Until when one may wait for a byte without asking budget_check() again; UINT64_MAX: for ever. */
uint64_t budget_deadline(const struct budget *b);
/* What was too much, behind the peer's name: "sends its body at less than 100 bytes/s ...". */
void budget_text(const struct budget *b, char *out, size_t cap);

#endif
