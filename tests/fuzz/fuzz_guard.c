/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may in: lines "N TEXT" are settings (N: which, modulo their number), and
 * "@ BYTES" wrong passwords and keys: of each two bytes the first is a source,
 * the second how long it is quiet before.  Nobody waits less because others
 * guess, and all together guess no faster than a table full of sources may.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "services/telnet/guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct guard_config config;

static void take_setting(unsigned what, const char *text)
{
	struct guard_config before = config;
	int err = guard_set(&config, what % GUARD_SETTINGS, text, what);
	assert(err == 0 || err == -22);
	assert(config.nets <= GUARD_NETS);
	struct net_addr a = net_addr_v4(0x0a000001 + what);
	if (what % GUARD_SETTINGS != GUARD_ALLOW)
		assert(guard_allows(&config, &a) == guard_allows(&before, &a));
	for (unsigned i = 0; i < config.nets; i++)
		assert(guard_allows(&config, &config.net[i].addr));
	if (err < 0 || !config.has_password)
		return;
	char hashed[GUARD_HASHED_MAX];
	guard_hashed(&config, hashed);
	struct guard_config again;
	guard_defaults(&again);
	assert(guard_set(&again, GUARD_PASSWORD_SHA256, hashed, 0) == 0);
	assert(guard_password_is(&again, text, strlen(text)) == guard_password_is(&config, text, strlen(text)));
}

static void take_guesses(const uint8_t *p, size_t len)
{
	static struct guard_sources g;
	struct guard_bucket b = { .rate = len % 4000 + 1, .depth = 100 };
	uint64_t now = 1, begun = now;
	unsigned guesses = 0;
	memset(&g, 0, sizeof(g));
	for (size_t i = 0; i + 1 < len; i += 2) {
		struct net_addr a = net_addr_v4(1 + p[i]), other = net_addr_v4(1 + (p[i] ^ 1));
		now += (uint64_t)p[i + 1] * p[i + 1] * 1000;
		assert(guard_take(&b, p[i], now) <= p[i] && b.level <= b.depth);
		unsigned others = guard_wait_s(&g, &other, now);
		if (p[i + 1] == 255)
			guard_forgive(&g, &a);
		if (guard_wait_s(&g, &a, now))
			continue;
		unsigned wait_s = guard_failed(&g, &a, now);
		guesses += p[i + 1] != 255;
		assert(wait_s >= 1 && wait_s <= 960 && guard_wait_s(&g, &a, now) >= wait_s);
		assert(guard_wait_s(&g, &other, now) >= others);
	}
	/* at most 5 s of each source's first guesses, and one a minute afterwards; who is forgiven begins anew */
	if (!memchr(p, 255, len))
		assert(guesses <= (GUARD_SOURCES + 1) * (5 + (now - begun) / 60000000));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	guard_defaults(&config);
	for (const uint8_t *p = data, *end = data + len, *next; p < end; p = next) {
		const uint8_t *nl = memchr(p, '\n', (size_t)(end - p));
		next = nl ? nl + 1 : end;
		size_t n = (size_t)((nl ? nl : end) - p);
		if (n < 2)
			continue;
		if (*p == '@') {
			take_guesses(p + 1, (size_t)(end - p - 1));
			break;
		}
		char *text = malloc(n);
		memcpy(text, p + 1, n - 1);
		text[n - 1] = '\0';
		take_setting(*p, text);
		free(text);
	}
	return 0;
}
