/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a server of TLS says, after a first byte: how long the pieces are in which it comes.  With its upper bit a file
 * for the store of certificates, all of which are then judged as a server's chain.  With the next bit two things, after
 * the length of the first: two conversations, of which the second may go on with the session of the first; or, with
 * both, such a file, and a list of certificates that were taken back.
 * The client's random numbers are always the same, so that what a server once answered goes on to be an answer.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <errno.h>

#include "net/bytes.h"
#include "net/stream.h"
#include "services/tls/chain.h"
#include "services/tls/revoked.h"
#include "services/tls/roots.h"
#include "services/tls/tls.h"

#define STEPS 400

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint32_t rng;

static uint32_t random32(void)
{
	rng = rng * 1664525u + 1013904223u;
	return rng ^ rng >> 16;
}

static int64_t now_s(void)
{
	return 1798761600;		/* 2027-01-01 */
}

struct script {
	struct stream stream;
	const uint8_t *at;
	size_t left, piece;
	bool closed;
};

static int script_send(struct stream *s, const void *buf, size_t len)
{
	(void)s;
	(void)buf;
	return (int)len;
}

static int script_recv(struct stream *st, void *buf, size_t len)
{
	struct script *s = (struct script *)st;

	len = len < s->piece ? len : s->piece;
	len = len < s->left ? len : s->left;
	memcpy(buf, s->at, len);
	s->at += len;
	s->left -= len;
	return (int)len;
}

static int script_none(struct stream *s)
{
	(void)s;
	return 0;
}

static void script_close(struct stream *s, bool abort)
{
	(void)abort;
	((struct script *)s)->closed = true;
}

static unsigned script_events(struct stream *s)
{
	(void)s;
	return SOCK_IN | SOCK_OUT;
}

static int script_error(const struct stream *s)
{
	(void)s;
	return 0;
}

/* True if it was open. */
static bool speak(const uint8_t *data, size_t len, size_t piece)
{
	static const struct stream_ops ops = {
		.send = script_send, .recv = script_recv, .peek = script_recv, .shutdown = script_none,
		.close = script_close, .events = script_events, .error = script_error, .sock = script_error,
	};
	struct script below = { .stream.ops = &ops, .at = data, .left = len, .piece = piece };
	struct stream *s = tls_client(&below.stream, "boot.test");
	char got[64];
	int n = 0;

	assert(s);
	for (unsigned i = 0; i < STEPS && (n == 0 || n == -EAGAIN); i++)
		n = tls_step(s);
	if (n < 0 && n != -EAGAIN)
		assert(*tls_why(s) && stream_recv(s, got, sizeof(got)) == n && stream_error(s) == n);
	bool open = n == 1;
	for (unsigned i = 0; i < STEPS && (n > 0 || n == -EAGAIN); i++)
		n = stream_recv(s, got, sizeof(got));
	stream_close(s);
	assert(below.closed);
	return open;
}

static void keep(const uint8_t *data, size_t len)
{
	struct chain_question q = { .host = "boot.test", .clock = { .now_s = now_s() } };
	struct chain_verdict v;
	int n = roots_store(data, len, NULL);

	assert((n > 0) == (roots_stored() != NULL) || n < 0);
	q.sent = roots_stored();
	for (unsigned i = 0; q.sent && i < 2; i++) {
		char sum[ROOTS_HASH_TEXT];

		roots_sum(ROOTS_FINGERPRINTS, q.sent, sum);
		assert(roots_set(ROOTS_FINGERPRINTS, i ? sum : "") == 0);
		int err = chain_judge(&q, &v);
		assert(err <= 0 && (err == 0) == !*v.why);
		assert(i || err == -EACCES);
	}
	roots_free(NULL);
	assert(!roots_stored());
}

static void take_back(const uint8_t *certs, size_t certs_len, const uint8_t *list, size_t list_len)
{
	struct chain_question q = { .host = "boot.test", .clock = { .now_s = now_s() } };
	struct chain_verdict v;
	int verdict[REVOKED_REFUSED + 1];
	int err = revoked_add(list, list_len);

	assert(err == 0 || err == -EBADMSG || err == -EFBIG);
	assert(err || revoked_lists());
	roots_store(certs, certs_len, NULL);
	q.sent = roots_stored();
	for (int rule = REVOKED_IGNORED; q.sent && rule <= REVOKED_REFUSED; rule++) {
		revoked_set_rule(rule);
		verdict[rule] = chain_judge(&q, &v);
		assert(rule == REVOKED_IGNORED || verdict[rule] <= verdict[rule - 1]);	/* the stricter, the fewer */
	}
	revoked_set_rule(REVOKED_IGNORED);
	revoked_forget();
	assert(!revoked_lists());
	roots_free(NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct tls_machine machine = { .random32 = random32, .now_s = now_s };
	size_t first = len > 2 ? get_be16(data + 1) : 0;
	bool two = len > 3 && *data & 0x40;
	/* of the root that has signed what is in the corpus */
	static const char root[] = "6cd6918852cb3232a439fdc5b4d33fe88d7c429cd8b845eb05519d6ec615b5b0";

	tls_setup(&machine);
	rng = 1;
	if (!len)
		return 0;
	assert(roots_set(ROOTS_FINGERPRINTS, root) == 0);
	roots_note_change();		/* no session is there */
	size_t piece = *data & 0x3f ? *data & 0x3f : 20000;
	if (!two) {
		if (*data & 0x80)
			keep(data + 1, len - 1);
		else
			speak(data + 1, len - 1, piece);
		return 0;
	}
	first = first < len - 3 ? first : len - 3;
	if (*data & 0x80)
		take_back(data + 3, first, data + 3 + first, len - 3 - first);
	else if (speak(data + 3, first, piece))
		speak(data + 3 + first, len - 3 - first, piece);
	return 0;
}
