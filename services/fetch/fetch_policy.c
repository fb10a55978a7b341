/* SPDX-License-Identifier: BSD-2-Clause */
/* Decisions of the fetch service: limits, retries and redirects. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/addr.h"
#include "services/fetch/fetch_policy.h"

static const struct {
	const char *name;
	uint32_t usual, least, most;
} rows[FETCH_LIMITS] = {
	[FETCH_CONNECT_TIMEOUT] = { "connect-timeout", 8, 1, 3600 },
	[FETCH_RESPONSE_TIMEOUT] = { "response-timeout", 20, 1, 3600 },	/* what makes scripts may have to think */
	[FETCH_READ_TIMEOUT] = { "read-timeout", 10, 1, 3600 },
	[FETCH_SPEED_LIMIT] = { "speed-limit", 100, 0, INT32_MAX },
	[FETCH_SPEED_TIME] = { "speed-time", 60, 1, 3600 },
	[FETCH_PATIENCE] = { "patience", 4, 1, 100 },
	[FETCH_MAX_REDIRS] = { "max-redirs", 10, 0, FETCH_REDIRECTS_MAX },
	[FETCH_MAX_FILESIZE] = { "max-filesize", 0, 0, INT32_MAX },
};

static struct {
	bool set;
	uint32_t value;
} limits[FETCH_LIMITS];

const char *fetch_limit_name(unsigned i)
{
	return i < FETCH_LIMITS ? rows[i].name : NULL;
}

uint32_t fetch_limit_default(enum fetch_limit which)
{
	return rows[which].usual;
}

uint32_t fetch_limit(enum fetch_limit which)
{
	return limits[which].set ? limits[which].value : rows[which].usual;
}

int fetch_limit_set(enum fetch_limit which, int32_t value, uint32_t *least, uint32_t *most)
{
	*least = rows[which].least;
	*most = rows[which].most;
	if (value < 0 || (uint32_t)value < *least || (uint32_t)value > *most)
		return -ERANGE;
	limits[which].set = true;
	limits[which].value = (uint32_t)value;
	return 0;
}

static char agent[FETCH_AGENT_MAX], own_hosts[FETCH_AGENT_MAX];

void fetch_agent_set(const char *text, const char *hosts)
{
	size_t n = 0;

	snprintf(own_hosts, sizeof(own_hosts), "%s", hosts);
	for (text += strspn(text, " "); *text && n + 1 < sizeof(agent); text++)
		if (*text >= ' ' && *text < 0x7f)
			agent[n++] = *text;
	while (n && agent[n - 1] == ' ')
		n--;
	agent[n] = '\0';
}

static bool is_named(const char *host)
{
	const size_t len = strlen(host);

	for (const char *at = own_hosts; *at; at += strspn(at, ", ")) {
		size_t n = strcspn(at, ", ");
		if (n && n <= len && !strncasecmp(host + len - n, at, n) && (n == len || *at == '.'))
			return true;
		at += n;
	}
	return false;
}

bool fetch_is_own(const char *host, const char *peer)
{
	char ip[NET_ADDR_TEXT];
	struct net_addr a;

	snprintf(ip, sizeof(ip), "%.*s", (int)strcspn(peer, ":"), peer);
	return is_named(host) || (net_addr_parse(ip, &a) == 0 && net_addr_is_private(&a));
}

const char *fetch_agent(const char *host, const char *peer)
{
	return fetch_is_own(host, peer) ? agent : "";
}

static bool any_source;

void fetch_any_source_set(bool on)
{
	any_source = on;
}

bool fetch_any_source(void)
{
	return any_source;
}

static int by_rom = -1;

void fetch_by_rom_set(int how)
{
	by_rom = how;
}

int fetch_by_rom(void)
{
	return by_rom;
}

bool fetch_retry_allowed(struct fetch_retry *t, unsigned limit, uint64_t kept)
{
	if (kept >= t->best + FETCH_GAIN) {
		t->best = kept;
		t->tries = 0;
	}
	t->all++;
	return ++t->tries < limit;
}

uint32_t fetch_retry_pause_ms(const struct fetch_retry *t, uint32_t random, uint32_t retry_after_s)
{
	uint32_t base = 1000u << (t->tries < 4 ? t->tries ? t->tries - 1 : 0 : 3);
	uint32_t ms = base - base / 4 + random % (base / 2);

	if (retry_after_s > FETCH_RETRY_AFTER_MAX_S)
		retry_after_s = FETCH_RETRY_AFTER_MAX_S;
	return ms > retry_after_s * 1000 ? ms : retry_after_s * 1000;
}

/* FNV-1a over what names the resource. */
static uint32_t hash_text(uint32_t h, const char *s)
{
	do
		h = (h ^ (uint8_t)*s) * 16777619u;
	while (*s++);
	return h;
}

int fetch_trail_add(struct fetch_trail *t, const struct url *u)
{
	uint32_t h = hash_text(hash_text(hash_text(2166136261u ^ u->port, u->scheme), u->host), u->target);

	for (unsigned i = 0; i < t->count; i++)
		if (t->seen[i] == h)
			return -ELOOP;
	if (t->count > fetch_limit(FETCH_MAX_REDIRS))
		return -E2BIG;
	t->seen[t->count++] = h;
	return 0;
}
