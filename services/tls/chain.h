/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a chain of certificates to be believed (RFC 5280, 6; RFC 6125)?  It has to
 * lead from its first certificate, which names who is spoken to or is for the
 * signing of what is run, by signatures of good keys, to one whose fingerprint
 * or key is believed (roots.h), at a time at which all of them hold.  Pure: the
 * time is an argument.
 *
 * Leaves out: policies, name constraints, OCSP; lists of what was taken back: revoked.h.  A certificate that demands
 * an OCSP answer (RFC 7633) is refused.
 */
#ifndef SERVICES_TLS_CHAIN_H
#define SERVICES_TLS_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include <mbedtls/x509_crt.h>

#define CHAIN_WHY_MAX 256

#define CHAIN_NO_TIME INT64_MIN		/* rtc.h's RTC_NO_TIME: the clock is not known */

struct chain_clock {
	int64_t now_s;			/* seconds since 1970, or CHAIN_NO_TIME */
	bool mend;			/* one that cannot be right counts as the day of this program's making */
};

enum chain_use {
	CHAIN_SERVER,			/* of TLS, of the name `host` */
	CHAIN_CODE,			/* its key signs what is run */
};

struct chain_question {
	const mbedtls_x509_crt *of;	/* the first; NULL: the first of `sent` */
	const mbedtls_x509_crt *sent;	/* what came with it in any order, itself or not; or NULL; only read */
	enum chain_use use;
	const char *host;		/* the name or the address in numbers that the first has to be for; or NULL */
	struct chain_clock clock;
};

struct chain_verdict {
	char why[CHAIN_WHY_MAX];	/* when refused: what is wrong, and what to do; a phrase */
	char warning[CHAIN_WHY_MAX];	/* when taken: what would be wrong if its key were not pinned; or "" */
};

/*
 * What a server sends, before a signature by any key of it is computed: is that little work?  RSA of 4096 bits and an
 * exponent of 32 at the most, and few certificates of one name, among which the signer would be looked for.  As
 * chain_judge().
 */
int chain_look(const mbedtls_x509_crt *sent, struct chain_verdict *v);
#define CHAIN_DAY_MAX 40u

/* Today, "2026-11-30", in digits that can be compared: 0; -EACCES, the clock cannot be right. */
int chain_today(const struct chain_clock *c, char day[CHAIN_DAY_MAX]);
/* 0; -EACCES, with the reason; -ENOMEM. */
int chain_judge(const struct chain_question *q, struct chain_verdict *v);

#endif
