/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A DNS lookup against servers that the fuzzer plays.  For each question a
 * control byte: bits 0..1 no answer, raw bytes, an answer with header and
 * question made right, or "unreachable"; bit 2 sets TC; bit 3 comes from the
 * wrong server; bit 4 has the wrong id; bits 5..7 the rcode.  Then a length
 * and the bytes: of a made answer, the number of records and the records.
 * Every lookup must end, in bounded questions and time.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "services/dns/dns.h"
#include "tests/unit/v4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const uint8_t *in;
static size_t left;

static uint8_t next(void)
{
	if (!left)
		return 0;
	left--;
	return *in++;
}

/* The answer to q in m: its length. */
static size_t answer(uint8_t *m, size_t cap, const struct dns_output *q, uint8_t control)
{
	uint8_t len = next(), count = next();
	size_t at = q->len;

	if (len > left)
		len = (uint8_t)left;
	if ((control & 3) == 1) {
		memcpy(m, in, len);
		at = len;
	} else {
		assert(at + len <= cap);
		memcpy(m, q->data, at);
		m[2] = (uint8_t)(0x81 | (control & 4 ? 2 : 0));
		m[3] = control >> 5;
		m[7] = count & 15;
		m[9] = count >> 4;
		if (control & 16)
			m[1] ^= 1;
		memcpy(m + at, in, len);
		at += len;
	}
	in += len;
	left -= len;
	return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct dns_config cfg = { .servers = { { NET_V4, { 1 } }, { NET_V4, { 2 } } }, .server_count = 2,
					       .search = "lab.example other.example" };
	static const char *const names[] = { "boot", "boot.example.com", "boot.example.com.", "a.b.c" };
	static struct dns_cache cache;
	static struct dns_lookup l;
	static struct dns_output out;
	struct net_addr addrs[DNS_MAX_ADDRS];
	uint8_t m[DNS_PACKET_MAX + 256];
	uint64_t now = 1000;
	unsigned questions = 0;
	int kept;

	in = data;
	left = len;
	memset(&cache, 0, sizeof cache);
	dns_lookup_start(&l, names[next() & 3], &cfg, now);
	for (unsigned polls = 0; !l.done; polls++) {
		uint8_t control;
		/*
		 * 4 forms of the name, 9 names on the way each, 2 types, 3 rounds of 2 servers, by UDP and TCP,
		 * and the polls between
		 */
		assert(polls < 4 * 9 * 2 * 6 * 2 * 2);
		if (dns_lookup_deadline(&l) > now)
			now = dns_lookup_deadline(&l);
		dns_lookup_poll(&l, now, (uint32_t)polls * 77, &out);
		if (!out.len)
			continue;
		questions++;
		assert(out.len <= DNS_PACKET_MAX && (out.server.v4 == 1 || out.server.v4 == 2));
		control = next();
		if ((control & 3) == 3)
			dns_lookup_fail(&l, -ECONNREFUSED, now);
		else if (control & 3) {
			size_t n = answer(m, sizeof m, &out, control);
			dns_lookup_input(&l, m, n, V4(control & 8 ? 3 - out.server.v4 : out.server.v4), now);
		}
	}
	assert(questions && l.result);
	assert(l.result <= (int)DNS_MAX_ADDRS);
	assert(l.result > 0 || l.result == -ENOENT || l.result == -EIO || l.result == -ETIMEDOUT ||
	       l.result == -EAFNOSUPPORT);
	assert(now < 3600000000u);
	char why[DNS_WHY_MAX];
	if (l.result < 0)
		dns_lookup_why(&l, names[0], why, sizeof why);
	dns_cache_put(&cache, "x", &l, now);
	kept = dns_cache_get(&cache, "x", addrs, DNS_MAX_ADDRS, now);
	assert(kept == 0 || kept == l.result);
	return 0;
}
