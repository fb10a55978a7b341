/* SPDX-License-Identifier: BSD-2-Clause */
/* The password of the prompt: see unlock.h.  Called by unlock_commands.c. */
#include "services/trust/unlock.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>

#define SUM_LEN 32u
#define SALT_MIN 8u
#define SALT_MAX 64u
#define ROUNDS_AT_ONCE 200ul

struct kept {
	unsigned long rounds;
	const char *salt;
	size_t salt_len;
	uint8_t sum[SUM_LEN];
};

static int digit(char ch)
{
	return ch >= '0' && ch <= '9' ? ch - '0' : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

static bool read_kept(const char *text, struct kept *k)
{
	size_t digits = strspn(text, "0123456789");

	if (!digits || digits > 8 || text[digits] != ':')
		return false;
	k->rounds = strtoul(text, NULL, 10);
	k->salt = text + digits + 1;
	k->salt_len = strcspn(k->salt, ":");
	const char *hex = k->salt + k->salt_len + 1;
	if (k->rounds < UNLOCK_ROUNDS_MIN || k->rounds > UNLOCK_ROUNDS_MAX || k->salt_len < SALT_MIN ||
	    k->salt_len > SALT_MAX || !k->salt[k->salt_len] || strlen(hex) != 2 * SUM_LEN)
		return false;
	for (size_t i = 0; i < SUM_LEN; i++) {
		if (digit(hex[2 * i]) < 0 || digit(hex[2 * i + 1]) < 0)
			return false;
		k->sum[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	}
	return true;
}

/* The first block, which is all that is kept: the XOR of HMACs of HMACs. */
static enum unlock derive(mbedtls_md_context_t *md, const struct kept *k, bool (*pause)(void), uint8_t sum[SUM_LEN])
{
	static const uint8_t first[] = { 0, 0, 0, 1 };
	uint8_t u[SUM_LEN];
	enum unlock end = UNLOCK_WRONG;

	mbedtls_md_hmac_update(md, (const uint8_t *)k->salt, k->salt_len);
	mbedtls_md_hmac_update(md, first, sizeof(first));
	mbedtls_md_hmac_finish(md, u);
	memcpy(sum, u, SUM_LEN);
	for (unsigned long i = 1; i < k->rounds && end == UNLOCK_WRONG; i++) {
		mbedtls_md_hmac_reset(md);
		mbedtls_md_hmac_update(md, u, SUM_LEN);
		mbedtls_md_hmac_finish(md, u);
		for (size_t b = 0; b < SUM_LEN; b++)
			sum[b] ^= u[b];
		if (i % ROUNDS_AT_ONCE == 0 && pause())
			end = UNLOCK_ENDED;
	}
	mbedtls_platform_zeroize(u, sizeof(u));
	return end;
}

enum unlock unlock_check(const char *kept, const char *typed, size_t len, bool (*pause)(void))
{
	struct kept k;
	mbedtls_md_context_t md;
	uint8_t sum[SUM_LEN] = { 0 };
	unsigned differ = 0;

	if (!read_kept(kept, &k))
		return UNLOCK_FORM;
	mbedtls_md_init(&md);
	enum unlock end = mbedtls_md_setup(&md, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1) == 0 &&
			  mbedtls_md_hmac_starts(&md, (const uint8_t *)typed, len) == 0 ?
			  derive(&md, &k, pause, sum) : UNLOCK_NO_MEMORY;
	for (size_t i = 0; i < SUM_LEN; i++)
		differ |= sum[i] ^ ((const volatile uint8_t *)k.sum)[i];
	mbedtls_md_free(&md);
	mbedtls_platform_zeroize(sum, sizeof(sum));
	return end == UNLOCK_WRONG && !differ ? UNLOCK_OPENS : end;
}
