/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may in: see guard.h. */
#include "services/telnet/guard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/sha256.h>

#include "services/command/number.h"
#include "services/image/sums.h"
#include "services/script/value.h"

#define LOCK_AFTER	4		/* failures with short waits before long ones */
#define LOCK_S		60u
#define LOCK_MAX_S	960u
#define FORGET_US	3600000000ull	/* after the wait is over */
#define IDLE_MAX_S	4000000

const char *const guard_names[GUARD_SETTINGS] = {
	"port", "password", "password-sha256", "insecure", "allow", "readonly", "idle", "sessions",
};

const char *const guard_forms[GUARD_SETTINGS] = {
	"a number, 1 to 65535", "1 to 128 bytes", "SALT:HEX, 64 digits", "yes or no",
	"ADDRESS/LEN, up to 8, with commas", "yes or no", "seconds, 0 to 4000000", "a number, 1 to 8",
};
_Static_assert(GUARD_PASSWORD_MAX == 128 && GUARD_NETS == 8 && IDLE_MAX_S == 4000000 && GUARD_SESSIONS == 8,
	       "as guard_forms say");

void guard_defaults(struct guard_config *c)
{
	*c = (struct guard_config){ .port = 23, .sessions = GUARD_SESSIONS };
}

static void hash(const char *salt, const char *text, size_t len, uint8_t out[GUARD_HASH_LEN])
{
	mbedtls_sha256_context ctx;
	mbedtls_sha256_init(&ctx);
	mbedtls_sha256_starts(&ctx, 0);
	mbedtls_sha256_update(&ctx, (const uint8_t *)salt, strlen(salt));
	mbedtls_sha256_update(&ctx, (const uint8_t *)text, len);
	mbedtls_sha256_finish(&ctx, out);
	mbedtls_sha256_free(&ctx);
}

bool guard_password_is(const struct guard_config *c, const char *text, size_t len)
{
	uint8_t got[GUARD_HASH_LEN];
	unsigned differ = !c->has_password;
	hash(c->salt, text, len, got);
	for (size_t i = 0; i < sizeof(got); i++)
		differ |= got[i] ^ ((const volatile uint8_t *)c->hash)[i];
	return !differ;
}

void guard_hashed(const struct guard_config *c, char out[GUARD_HASHED_MAX])
{
	size_t n = strlen(c->salt);
	memcpy(out, c->salt, n);
	out[n] = ':';
	value_format(VALUE_HEXRAW, c->hash, sizeof(c->hash), out + n + 1, GUARD_HASHED_MAX - n - 1);
}

static int set_hashed(struct guard_config *c, const char *text)
{
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	if (!len || len >= GUARD_SALT_MAX || strlen(colon + 1) != 2 * GUARD_HASH_LEN ||
		    sums_parse(colon + 1, 2 * GUARD_HASH_LEN, c->hash) != 0)
		return -EINVAL;
	memcpy(c->salt, text, len);
	c->salt[len] = '\0';
	c->has_password = true;
	return 0;
}

static int add_net(struct guard_config *c, const char *text, size_t len)
{
	char address[20];
	if (len >= sizeof(address) || c->nets == GUARD_NETS)
		return -EINVAL;
	snprintf(address, sizeof(address), "%.*s", (int)len, text);
	return net_prefix_parse(address, &c->net[c->nets]) < 0 ? -EINVAL : (c->nets++, 0);
}

static int number(const char *text, int32_t lo, int32_t hi, int32_t *out)
{
	return number_parse(text, out) < 0 || *out < lo || *out > hi ? -EINVAL : 0;
}

/* What is neither may be meant either way: nothing is opened on a guess. */
static int on_or_off(const char *text, bool *out)
{
	static const char *const words[] = { "0", "no", "off", "false", "", "1", "yes", "on", "true" };
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(text, words[i])) {
			*out = i > 3;
			return 0;
		}
	return -EINVAL;
}

int guard_set(struct guard_config *c, enum guard_setting what, const char *text, uint32_t random)
{
	int32_t n = 0;
	int err = 0;
	switch (what) {
	case GUARD_PASSWORD:
		if (!*text || strlen(text) > GUARD_PASSWORD_MAX)
			return -EINVAL;
		snprintf(c->salt, sizeof(c->salt), "%08lx", (unsigned long)random);
		hash(c->salt, text, strlen(text), c->hash);
		c->has_password = true;
		return 0;
	case GUARD_PASSWORD_SHA256: return set_hashed(c, text);
	case GUARD_INSECURE: return on_or_off(text, &c->insecure);
	case GUARD_READONLY: return on_or_off(text, &c->readonly);
	case GUARD_ALLOW:
		for (size_t len; !err && *text; text += len + (text[len] == ',')) {
			len = strcspn(text, ",");
			err = add_net(c, text, len);
		}
		return err;
	case GUARD_PORT:
		err = number(text, 1, 65535, &n);
		c->port = (uint16_t)n;
		return err;
	case GUARD_IDLE:
		err = number(text, 0, IDLE_MAX_S, &n);
		c->idle_s = (uint32_t)n;
		return err;
	default:
		err = number(text, 1, GUARD_SESSIONS, &n);
		c->sessions = (uint8_t)n;
		return err;
	}
}

bool guard_allows(const struct guard_config *c, const struct net_addr *a)
{
	for (unsigned i = 0; i < c->nets; i++)
		if (net_prefix_has(&c->net[i], a))
			return true;
	return !c->nets;
}

static struct guard_source *find(struct guard_sources *g, const struct net_addr *a)
{
	for (unsigned i = 0; i < GUARD_SOURCES; i++)
		if (net_addr_equal(&g->s[i].addr, a))
			return &g->s[i];
	return NULL;
}

/* Its own entry, one that is free or forgotten, or that of all the others: nobody is pushed out. */
static struct guard_source *place(struct guard_sources *g, const struct net_addr *a, uint64_t now_us)
{
	struct guard_source *s = find(g, a), *empty = NULL;
	unsigned live = 0;
	if (s && now_us < s->forget_us)
		return s;
	for (struct guard_source *e = g->s; e < g->s + GUARD_SOURCES; e++)
		if (now_us < e->forget_us)
			live++;
		else if (!empty)
			empty = e;
	s = s ? s : empty ? empty : &g->rest;
	if (now_us >= s->forget_us)
		*s = (struct guard_source){ .failures = s != &g->rest && live >= GUARD_FREELY ? LOCK_AFTER : 0 };
	if (s != &g->rest)
		s->addr = *a;
	return s;
}

unsigned guard_failed(struct guard_sources *g, const struct net_addr *a, uint64_t now_us)
{
	struct guard_source *s = place(g, a, now_us);
	unsigned wait_s = s->failures < LOCK_AFTER ? 1u << s->failures : LOCK_S << (s->failures - LOCK_AFTER);
	unsigned max_s = s == &g->rest ? LOCK_S : LOCK_MAX_S;
	if (wait_s > max_s)
		wait_s = max_s;
	if (s->failures < LOCK_AFTER + 4)
		s->failures++;
	s->until_us = now_us + wait_s * 1000000ull;
	s->forget_us = s->until_us + FORGET_US;
	return wait_s;
}

void guard_forgive(struct guard_sources *g, const struct net_addr *a)
{
	struct guard_source *s = find(g, a);
	if (s)
		*s = (struct guard_source){ 0 };
}

unsigned guard_wait_s(const struct guard_sources *g, const struct net_addr *a, uint64_t now_us)
{
	const struct guard_source *s = find((struct guard_sources *)g, a);
	if (!s)
		s = &g->rest;
	return s->until_us > now_us ? (uint32_t)(s->until_us - now_us) / 1000000u + 1 : 0;
}

uint32_t guard_take(struct guard_bucket *b, uint32_t want, uint64_t now_us)
{
	uint64_t gone_us = now_us - b->at_us;
	if (gone_us > 1000000)
		gone_us = 1000000;
	uint32_t parts = b->rate * (uint32_t)gone_us, add = parts / 1000000;
	if (add) {
		b->at_us = now_us - parts % 1000000 / b->rate;
		b->level = b->depth - b->level < add ? b->depth : b->level + add;
	}
	uint32_t n = b->level < want ? b->level : want;
	b->level -= n;
	return n;
}
