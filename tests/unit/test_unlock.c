/* SPDX-License-Identifier: BSD-2-Clause */
/* The password of the prompt, against OpenSSL's PBKDF2 and what tools/options.py makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "services/trust/unlock.h"

#define SUM "065b9ee2aa43080a534df94516ab42c82b235aa69643adeca224c6ef009c839d"

static unsigned pauses, pauses_max;

static bool pause_once(void)
{
	return ++pauses > pauses_max;
}

static enum unlock check(const char *kept, const char *typed)
{
	pauses = 0;
	pauses_max = 1000;
	return unlock_check(kept, typed, strlen(typed), pause_once);
}

static void as_python_makes_it(void **state)
{
	static const char kept[] = "1000:saltsalt:" SUM;
	(void)state;
	assert_int_equal(check(kept, "open it"), UNLOCK_OPENS);
	static const char *const wrong[] = { "", "open", "open it ", "Open it", "open iu" };
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(check(kept, wrong[i]), UNLOCK_WRONG);
	assert_int_equal(check("1001:saltsalt:" SUM, "open it"), UNLOCK_WRONG);
	assert_int_equal(check("1000:saltsalu:" SUM, "open it"), UNLOCK_WRONG);
}

static void as_openssl_does(void **state)
{
	static const char *const words[] = { "x", "a longer one, with blanks in it and more than sixty-four characters",
					   "" };
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		uint8_t sum[32];
		char kept[200];
		int n = snprintf(kept, sizeof(kept), "%u:0123456789abcdef:", 1000 + 777 * i);
		PKCS5_PBKDF2_HMAC(words[i], (int)strlen(words[i]), (const uint8_t *)"0123456789abcdef", 16,
				  1000 + 777 * (int)i, EVP_sha256(), 32, sum);
		for (unsigned b = 0; b < 32; b++)
			n += snprintf(kept + n, sizeof(kept) - (size_t)n, "%02x", sum[b]);
		assert_int_equal(check(kept, words[i]), UNLOCK_OPENS);
		kept[n - 1] ^= 1;
		assert_int_equal(check(kept, words[i]), UNLOCK_WRONG);
	}
}

/* What is not understood opens for nobody. */
static void what_is_not_one(void **state)
{
	static const char *const bad[] = {
		"", ":", "::", "1000", "1000:saltsalt", "1000:saltsalt:", "999:saltsalt:" SUM, "0:saltsalt:" SUM,
		"10000001:saltsalt:" SUM, "100000000:saltsalt:" SUM, "1000:salt:" SUM, " 1000:saltsalt:" SUM,
		"-1000:saltsalt:" SUM, "1000:saltsalt:" SUM "0", "1000:saltsalt:0" SUM, "1000:saltsalt:x" SUM,
		"1000:01234567890123456789012345678901234567890123456789012345678901234:" SUM, "open it", SUM,
	};
	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(check(bad[i], "open it"), UNLOCK_FORM);
	char cut[] = "1000:saltsalt:" SUM;
	for (size_t len = sizeof(cut) - 1; len--;) {
		cut[len] = '\0';
		assert_int_equal(check(cut, "open it"), UNLOCK_FORM);
	}
}

static void it_can_be_ended(void **state)
{
	(void)state;
	pauses = 0;
	pauses_max = 2;
	assert_int_equal(unlock_check("10000000:saltsalt:" SUM, "open it", 7, pause_once), UNLOCK_ENDED);
	assert_int_equal(pauses, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_python_makes_it), cmocka_unit_test(as_openssl_does),
		cmocka_unit_test(what_is_not_one), cmocka_unit_test(it_can_be_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
