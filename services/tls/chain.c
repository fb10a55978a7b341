/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a chain of certificates to be believed: see chain.h.  Called by tls.c and services/verify. */
#include "services/tls/chain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <mbedtls/oid.h>

#include "kernel/version.h"
#include "services/tls/revoked.h"
#include "services/tls/roots.h"
#include "services/tls/tls_random.h"

#define CHAIN_MAX 16u			/* certificates that a server may send */
#define NAMESAKES_MAX 4u		/* of those, of one subject: a CA that several have signed */
#define RSA_BITS_MAX 4096u
#define EXPONENT_BITS_MAX 32u
#define DAY_S 86400
/* What the library may find wrong with a CA's list of what it has taken back. */
#define BAD_LIST (uint32_t)(MBEDTLS_X509_BADCRL_NOT_TRUSTED | MBEDTLS_X509_BADCRL_BAD_MD | \
			    MBEDTLS_X509_BADCRL_BAD_PK | MBEDTLS_X509_BADCRL_BAD_KEY)

/* id-pe-tlsfeature (RFC 7633) as an extension's name */
static const uint8_t must_staple[] = { 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x18 };

struct judging {
	const struct chain_question *q;
	struct chain_verdict *v;
	mbedtls_x509_crt pool;		/* the first, what came with it, what is stored */
	mbedtls_x509_crt anchors;	/* those of them that are believed */
	bool by_leaf, by_pin;		/* the first is itself; its key's pin, and no fingerprint, says so */
	int64_t now_s;
	uint32_t flags;			/* of the library: what is wrong with those that count */
	const mbedtls_x509_crt *weak;	/* whose key or signature */
	const mbedtls_x509_crt *top;	/* the highest that was reached */
	const mbedtls_x509_crt *revoked;	/* its CA's list says so */
	const mbedtls_x509_crt *unlisted;	/* of whose CA there is no list that counts */
	struct untimely {
		const mbedtls_x509_crt *crt;	/* whose time is not now; NULL: nobody's */
		bool early;
	} untimely, excused;		/* excused: its own key is pinned */
};

static int refuse(struct judging *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int refuse(struct judging *j, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(j->v->why, sizeof(j->v->why), fmt, ap);
	va_end(ap);
	return -EACCES;
}

/* ---- times ---- */

/* Days since 1970-01-01 (the civil calendar, from March on). */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t seconds_of(const mbedtls_x509_time *t)
{
	return days_of(t->year, t->mon, t->day) * DAY_S + t->hour * 3600 + t->min * 60 + t->sec;
}

/* "2026-11-30" */
static const char *date_text(int64_t time_s, char text[40])
{
	int64_t days = time_s / DAY_S + 719468 - (time_s % DAY_S < 0), era = days / 146097;
	int64_t of_era = days - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;

	snprintf(text, 40, "%04d-%02d-%02d", (int)(year + era * 400 + (month >= 10)),
		 (int)(month < 10 ? month + 3 : month - 9), (int)(of_year - (153 * month + 2) / 5 + 1));
	return text;
}

static int64_t made_at(void)
{
	return days_of(UNDINE_YEAR, UNDINE_MONTH, UNDINE_DAY) * DAY_S;
}

int chain_today(const struct chain_clock *c, char day[CHAIN_DAY_MAX])
{
	bool good = c->now_s != CHAIN_NO_TIME && c->now_s >= made_at();

	date_text(good ? c->now_s : made_at(), day);
	return good || c->mend ? 0 : -EACCES;
}

/* The time that counts: 0, or refused. */
static int settle_clock(struct judging *j)
{
	const int64_t made_s = made_at();
	char now[40], made[40];

	j->now_s = j->q->clock.now_s;
	if (j->now_s != CHAIN_NO_TIME && j->now_s >= made_s)
		return 0;
	bool known = j->now_s != CHAIN_NO_TIME;
	if (j->q->clock.mend) {
		j->now_s = made_s;
		return 0;
	}
	if (j->by_pin)			/* a warning: no time is too early for it */
		return 0;
	return refuse(j, "this machine's clock %s%s, before this Undine was made (%s), so that no certificate's time "
		"can "
		      "be told: ntp SERVER sets it; set trust-clock mend takes that day",
		      known ? "says " : "has no time", known ? date_text(j->now_s, now) : "", date_text(made_s, made));
}

static void check_time(struct judging *j, const mbedtls_x509_crt *crt)
{
	bool early = j->now_s == CHAIN_NO_TIME || j->now_s < seconds_of(&crt->valid_from);

	if (!early && j->now_s <= seconds_of(&crt->valid_to))
		return;
	/* a pin speaks for that key, and not for what was signed by it */
	bool pinned = roots_has(ROOTS_PINS, crt) && !roots_has(ROOTS_FINGERPRINTS, crt);
	struct untimely *u = pinned ? &j->excused : &j->untimely;

	if (!u->crt)
		*u = (struct untimely){ crt, early };
}

static void add_hour(char text[40], int64_t time_s)
{
	unsigned s = (unsigned)(time_s % DAY_S);
	size_t n = strlen(text);

	snprintf(text + n, 40 - n, " %02u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
}

static void say_time(const struct judging *j, const struct untimely *u, char text[CHAIN_WHY_MAX])
{
	int64_t limit_s = seconds_of(u->early ? &u->crt->valid_from : &u->crt->valid_to);
	char name[ROOTS_NAME_MAX], limit[40], now[40];

	if (j->now_s == CHAIN_NO_TIME) {
		snprintf(text, CHAIN_WHY_MAX, "this machine's clock has no time");
		return;
	}
	roots_name(&u->crt->subject, name);
	if (!strcmp(date_text(limit_s, limit), date_text(j->now_s, now))) {
		add_hour(limit, limit_s);
		add_hour(now, j->now_s);
	}
	snprintf(text, CHAIN_WHY_MAX, "the certificate of %s %s %s, and this machine's clock says %s: renew it, or "
		 "set the clock (ntp SERVER)", name, u->early ? "is not valid before" : "expired on", limit, now);
}

/* ---- names and uses of the first ---- */

/* "a.test, *.b.test, 10.0.0.1": whom it is for. */
static void names_of(const mbedtls_x509_crt *crt, char *text, size_t cap)
{
	size_t n = 0;

	text[0] = '\0';
	for (const mbedtls_x509_sequence *s = &crt->subject_alt_names; s && s->buf.p && n < cap; s = s->next) {
		const uint8_t *p = s->buf.p;
		const char *comma = n ? ", " : "";

		if ((s->buf.tag & 0x1f) == MBEDTLS_X509_SAN_DNS_NAME)
			n += (size_t)snprintf(text + n, cap - n, "%s%.*s", comma, (int)s->buf.len, (const char *)p);
		else if ((s->buf.tag & 0x1f) == MBEDTLS_X509_SAN_IP_ADDRESS && s->buf.len == 4)
			n += (size_t)snprintf(text + n, cap - n, "%s%u.%u.%u.%u", comma, p[0], p[1], p[2], p[3]);
	}
	for (char *p = text; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	if (!n)
		roots_name(&crt->subject, text);
}

static bool demands_stapling(const mbedtls_x509_crt *crt)
{
	const mbedtls_x509_buf *b = &crt->v3_ext;

	for (size_t i = 0; i + sizeof(must_staple) <= b->len; i++)
		if (!memcmp(b->p + i, must_staple, sizeof(must_staple)))
			return true;
	return false;
}

/* By name, as iPXE has it: one that says nothing of its uses, or that it is for any, has not been meant for this. */
static bool is_for_code(const mbedtls_x509_crt *crt)
{
	const mbedtls_x509_sequence *s = &crt->ext_key_usage;

	if (!mbedtls_x509_crt_has_ext_type(crt, MBEDTLS_X509_EXT_KEY_USAGE) ||
	    mbedtls_x509_crt_check_key_usage(crt, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) != 0)
		return false;
	while (s && !(s->buf.p && MBEDTLS_OID_CMP(MBEDTLS_OID_CODE_SIGNING, &s->buf) == 0))
		s = s->next;
	return s;
}

static int check_leaf(struct judging *j)
{
	char name[ROOTS_NAME_MAX], names[120];
	const mbedtls_x509_crt *leaf = &j->pool;

	roots_name(&leaf->subject, name);
	if (j->q->use == CHAIN_CODE)
		return is_for_code(leaf) ? 0 :
		       refuse(j, "the certificate of %s is not for signing what is run: that needs the uses "
			      "codeSigning and digitalSignature, by name", name);
	if (j->flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) {
		names_of(leaf, names, sizeof(names));
		return refuse(j, "its certificate is for %s, and not for %.80s: ask it by one of its names, or give "
			"it a "
			      "certificate for that one", names, j->q->host);
	}
	if (mbedtls_x509_crt_check_extended_key_usage(leaf, MBEDTLS_OID_SERVER_AUTH,
						      MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)) != 0 ||
	    mbedtls_x509_crt_check_key_usage(leaf, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) != 0)
		return refuse(j, "the certificate of %s is not for a server of TLS: that needs the uses serverAuth and "
			      "digitalSignature", name);
	if (demands_stapling(leaf))
		return refuse(j, "the certificate of %s demands an OCSP answer with it (must-staple), which is not "
			"read "
			      "here: a certificate without that will do", name);
	return 0;
}

/* ---- the chain ---- */

static bool is_costly(const mbedtls_x509_crt *crt)
{
	mbedtls_mpi e;
	bool costly;

	if (mbedtls_pk_get_type(&crt->pk) != MBEDTLS_PK_RSA)
		return false;
	const mbedtls_rsa_context *rsa = mbedtls_pk_rsa(crt->pk);

	mbedtls_mpi_init(&e);
	costly = mbedtls_rsa_get_bitlen(rsa) > RSA_BITS_MAX ||
		 mbedtls_rsa_export(rsa, NULL, NULL, NULL, NULL, &e) != 0 || mbedtls_mpi_bitlen(&e) > EXPONENT_BITS_MAX;
	mbedtls_mpi_free(&e);
	return costly;
}

static int add(mbedtls_x509_crt *to, const mbedtls_x509_crt *crt)
{
	return mbedtls_x509_crt_parse_der_nocopy(to, crt->raw.p, crt->raw.len) == 0 ? 0 : -ENOMEM;
}

/* A file of public CAs is for servers: whom they let sign code nobody here has chosen. */
static bool is_trusted(const struct judging *j, const mbedtls_x509_crt *crt)
{
	return roots_has(ROOTS_FINGERPRINTS, crt) || (j->q->use == CHAIN_SERVER && roots_in_bundle(crt));
}

static bool same(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b)
{
	return a->len == b->len && !memcmp(a->p, b->p, a->len);
}

static bool believed(const struct judging *j, const mbedtls_x509_crt *crt)
{
	return is_trusted(j, crt) || roots_has(ROOTS_PINS, crt);
}

/* What is known, and which of it is believed: 0 or -E. */
static int gather(struct judging *j)
{
	int err = 0;

	if (j->q->of)
		err = add(&j->pool, j->q->of);
	for (const mbedtls_x509_crt *c = j->q->sent; c && err == 0; c = c->next)
		err = c == j->q->of ? 0 : add(&j->pool, c);
	for (const mbedtls_x509_crt *c = roots_stored(); c && err == 0; c = c->next)
		err = is_costly(c) ? 0 : add(&j->pool, c);
	for (const mbedtls_x509_crt *c = &j->pool; c && err == 0; c = c->next) {
		bool trusted = is_trusted(j, c), pinned = roots_has(ROOTS_PINS, c);

		if (trusted || pinned)
			err = add(&j->anchors, c);
		j->by_leaf |= c == &j->pool && (trusted || pinned);
		j->by_pin |= c == &j->pool && pinned && !trusted;
	}
	return err;
}

/* The list of the CA that has signed it is here, and holds now; whether it is the CA's own the library sees. */
static bool is_list_here(const struct judging *j, const mbedtls_x509_crt *crt)
{
	for (const mbedtls_x509_crl *l = revoked_lists(); l; l = l->next)
		if (l->version && same(&l->issuer_raw, &crt->issuer_raw) && j->now_s <= seconds_of(&l->next_update))
			return true;
	return false;
}

static void check_lists(struct judging *j, const mbedtls_x509_crt *crt, uint32_t *flags)
{
	if (*flags & MBEDTLS_X509_BADCERT_REVOKED)
		j->revoked = crt;
	if (!believed(j, crt) && (*flags & BAD_LIST || !is_list_here(j, crt)))
		j->unlisted = crt;
	*flags &= ~BAD_LIST;
}

/* The library's question about each certificate of the chain that it found, from its top down. */
static int look(void *ctx, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
	struct judging *j = ctx;

	if (!j->top)
		j->top = crt;
	if (j->by_leaf && depth) {	/* who has signed it does not count, nor, below, how */
		*flags = 0;
		return 0;
	}
	if (j->by_leaf)
		*flags &= ~(uint32_t)(MBEDTLS_X509_BADCERT_NOT_TRUSTED | MBEDTLS_X509_BADCERT_BAD_MD);
	check_time(j, crt);
	if (revoked_rule() != REVOKED_IGNORED)
		check_lists(j, crt, flags);
	if (*flags & (MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_KEY | MBEDTLS_X509_BADCERT_BAD_PK))
		j->weak = crt;
	return 0;
}

static int say_weak(struct judging *j)
{
	char name[ROOTS_NAME_MAX];

	roots_name(&j->weak->subject, name);
	if (j->flags & (MBEDTLS_X509_BADCERT_BAD_KEY | MBEDTLS_X509_BADCERT_BAD_PK))
		return refuse(j, "the key in the certificate of %s is too weak: RSA of 2048 bits at the least, or the "
			"curves "
			      "P-256 and P-384", name);
	return refuse(j, "the certificate of %s is signed by a hash that is broken (SHA-1 or MD5): have it signed by "
		"SHA-256",
		      name);
}

/* There is no good way up from the highest one that was reached. */
static int say_unknown(struct judging *j)
{
	const mbedtls_x509_crt *top = j->top ? j->top : &j->pool, *above = &j->pool;
	char name[ROOTS_NAME_MAX], sum[ROOTS_HASH_TEXT];

	roots_name(&top->issuer, name);
	while (above && (above->raw.p == top->raw.p || !same(&above->subject_raw, &top->issuer_raw)))
		above = above->next;
	if (!above && same(&top->subject_raw, &top->issuer_raw))
		above = top;
	if (above && !mbedtls_x509_crt_get_ca_istrue(above) && above != &j->pool)
		return refuse(j, "%s, which has signed a certificate of its chain, is no CA", name);
	if (above && believed(j, above))
		return refuse(j, "a certificate of its chain names %s as its signer, and is not signed by it, or is "
			"farther "
			      "from it than that allows (path length)", name);
	if (!above)
		return refuse(j, "its chain ends where %s is missing: %s, or certstore URL; and trust has to name "
			      "it, or one below it", name, j->q->use == CHAIN_CODE ? "sign with -certfile CA" :
			      "have the server send it");
	roots_sum(ROOTS_FINGERPRINTS, above, sum);
	return refuse(j, "its chain leads to %s, which trust does not name; its fingerprint is %s", name, sum);
}

/* Nothing is believed: what there is to believe is named. */
static int say_nothing_set(struct judging *j)
{
	const mbedtls_x509_crt *last = j->q->sent ? j->q->sent : j->q->of;
	char name[ROOTS_NAME_MAX], sum[ROOTS_HASH_TEXT];

	while (last->next)
		last = last->next;
	roots_name(&last->subject, name);
	roots_sum(ROOTS_FINGERPRINTS, last, sum);
	return refuse(j, "no root is trusted: set trust to a CA's SHA-256 fingerprint, or trust-pin to a key's; the "
		"last of its chain is %s, %s, if that is known to be right", name, sum);
}

static int refuse_costly(struct judging *j, const mbedtls_x509_crt *crt)
{
	char name[ROOTS_NAME_MAX];

	roots_name(&crt->subject, name);
	return refuse(j, "the key in the certificate of %s is RSA of more than %u bits, or has an exponent of more "
		      "than %u: such are not computed with", name, RSA_BITS_MAX, EXPONENT_BITS_MAX);
}

static int say_revoked(struct judging *j)
{
	char name[ROOTS_NAME_MAX], by[ROOTS_NAME_MAX];

	roots_name(&j->revoked->subject, name);
	roots_name(&j->revoked->issuer, by);
	return refuse(j, "the certificate of %s was taken back by %s, whose list says so (crl): have a new one made",
		      name, by);
}

/* 0, with a warning, or refused. */
static int say_unlisted(struct judging *j)
{
	char by[ROOTS_NAME_MAX];
	bool must = revoked_rule() == REVOKED_REFUSED;

	roots_name(&j->unlisted->issuer, by);
	snprintf(must ? j->v->why : j->v->warning, CHAIN_WHY_MAX, "whether its certificate was taken back cannot be "
		 "told: of what crl names nothing is a list by %s that is good today", by);
	return must ? -EACCES : 0;
}

static int verify(struct judging *j)
{
	mbedtls_x509_crl *lists = revoked_rule() != REVOKED_IGNORED ? revoked_lists() : NULL;
	int err = mbedtls_x509_crt_verify_with_profile(&j->pool, &j->anchors, lists, &mbedtls_x509_crt_profile_default,
						       j->q->host, &j->flags, look, j);
	char name[ROOTS_NAME_MAX];

	if (err != 0 && err != MBEDTLS_ERR_X509_CERT_VERIFY_FAILED)
		return refuse(j, "its chain of certificates cannot be followed: too long, or damaged");
	if (j->weak)
		return say_weak(j);
	if (j->flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED)
		return say_unknown(j);
	err = check_leaf(j);
	if (err < 0)
		return err;
	if (j->untimely.crt) {
		say_time(j, &j->untimely, j->v->why);
		return -EACCES;
	}
	if (j->excused.crt)
		say_time(j, &j->excused, j->v->warning);
	if (j->revoked)
		return say_revoked(j);
	if (j->unlisted)
		err = say_unlisted(j);
	if (err < 0 || !j->flags)
		return err;
	roots_name(&j->pool.subject, name);
	return refuse(j, "the certificate of %s is refused (%08lx)", name, (unsigned long)j->flags);
}

static int look_at_all(const mbedtls_x509_crt *sent, struct chain_verdict *v)
{
	struct judging j = { .v = v };
	char name[ROOTS_NAME_MAX];
	unsigned all = 0;

	for (const mbedtls_x509_crt *c = sent; c; c = c->next)
		if (++all > CHAIN_MAX)
			return refuse(&j, "it sends a chain of more than %u certificates", CHAIN_MAX);
	for (const mbedtls_x509_crt *c = sent; c; c = c->next) {
		unsigned count = 0;

		roots_name(&c->subject, name);
		if (is_costly(c))
			return refuse_costly(&j, c);
		for (const mbedtls_x509_crt *o = c; o; o = o->next)
			count += same(&o->subject_raw, &c->subject_raw);
		if (count > NAMESAKES_MAX)
			return refuse(&j, "it sends more than %u certificates of %s", NAMESAKES_MAX, name);
	}
	return 0;
}

/* What could not be told for want of memory counts neither for nor against anybody. */
static int unless_short(struct chain_verdict *v, int err, bool short_before)
{
	if (tls_short_of_memory) {
		v->why[0] = v->warning[0] = '\0';
		err = -ENOMEM;
	}
	tls_short_of_memory |= short_before;
	return err;
}

int chain_look(const mbedtls_x509_crt *sent, struct chain_verdict *v)
{
	bool short_before = tls_short_of_memory;

	tls_short_of_memory = false;
	return unless_short(v, look_at_all(sent, v), short_before);
}

static int judge(const struct chain_question *q, struct chain_verdict *v)
{
	struct judging j = { .q = q, .v = v };
	int err;

	v->why[0] = v->warning[0] = '\0';
	if (!q->of && (!q->sent || !q->sent->raw.p))
		return refuse(&j, "it shows no certificate");
	if (!roots_any())
		return say_nothing_set(&j);
	err = look_at_all(q->sent, v);
	if (err == 0 && q->of && is_costly(q->of))
		err = refuse_costly(&j, q->of);
	if (err < 0)
		return err;
	mbedtls_x509_crt_init(&j.pool);
	mbedtls_x509_crt_init(&j.anchors);
	err = gather(&j);
	if (err == 0)
		err = settle_clock(&j);
	if (err == 0)
		err = verify(&j);
	mbedtls_x509_crt_free(&j.pool);
	mbedtls_x509_crt_free(&j.anchors);
	return err;
}

int chain_judge(const struct chain_question *q, struct chain_verdict *v)
{
	bool short_before = tls_short_of_memory;

	tls_short_of_memory = false;
	return unless_short(v, judge(q, v), short_before);
}
