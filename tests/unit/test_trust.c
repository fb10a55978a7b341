/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy's one question. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "services/trust/trust.h"

static const char *word;			/* who vouches */

static int ask(const char *policy, enum trust_kind kind, struct trust_verdict *v)
{
	struct trust_subject s = { kind, "vmlinuz", "http://10.0.0.1/vmlinuz", "bytes", 5, word };
	return trust_ask(policy, &s, v);
}

static void open_lets_everything_run(void **state)
{
	static const char *const open[] = { NULL, "", "open" };
	struct trust_verdict v;
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		for (enum trust_kind k = 0; k < TRUST_KINDS; k++) {
			assert_int_equal(ask(open[i], k, &v), 0);
			assert_string_equal(v.by, "nobody's (the policy is open)");
		}
}

static void what_is_not_known_closes_the_door(void **state)
{
	static const char *const closed[] = { "Signed", "signed ", "Open", "open ", "opened", "no", "0" };
	struct trust_verdict v;
	(void)state;
	for (unsigned i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		for (enum trust_kind k = 0; k < TRUST_KINDS; k++) {
			assert_int_equal(ask(closed[i], k, &v), -EACCES);
			assert_string_equal(v.by, "");
			assert_non_null(strstr(v.text, closed[i]));
		}
}

static void signed_wants_somebody(void **state)
{
	struct trust_verdict v;
	(void)state;
	for (enum trust_kind k = 0; k < TRUST_KINDS; k++) {
		word = NULL;
		assert_int_equal(ask("signed", k, &v), -EACCES);
		assert_non_null(strstr(v.text, "is refused: trust-policy is \"signed\", and"));
		assert_true(strlen(v.text) < sizeof(v.text) - 1);
		word = "";
		assert_int_equal(ask("signed", k, &v), -EACCES);
		word = "CN=Somebody";		/* settings have nobody's word: who sets them is not known */
		assert_int_equal(ask("signed", k, &v), k == TRUST_SETTING ? -EACCES : 0);
		assert_string_equal(v.by, k == TRUST_SETTING ? "" : "CN=Somebody");
	}
	word = NULL;
	assert_int_equal(trust_policy_named(NULL), TRUST_OPEN);
	assert_int_equal(trust_policy_named("signed"), TRUST_SIGNED);
	assert_int_equal(trust_policy_named("unreadable"), TRUST_CLOSED);
}

static void a_long_policy_is_shown_in_part(void **state)
{
	char policy[2000];
	struct trust_verdict v;
	(void)state;
	memset(policy, 'x', sizeof(policy) - 1);
	policy[sizeof(policy) - 1] = '\0';
	assert_int_equal(ask(policy, TRUST_LIST, &v), -EACCES);
	assert_non_null(strstr(v.text, "it knows open and signed"));
}

static void settings_that_matter(void **state)
{
	(void)state;
	assert_true(trust_setting_matters("trust-policy"));
	assert_true(trust_setting_matters("sha256sums"));
	assert_true(trust_setting_matters("trust"));
	/* by its number, and of a link, which counts where there is none without a scope */
	assert_true(trust_setting_matters("175.90"));
	assert_true(trust_setting_matters("net0/trust"));
	assert_true(trust_setting_matters("net0/trust-hosts"));
	assert_true(trust_setting_matters("telnetd.insecure"));
	assert_true(trust_setting_names_whom("net0/175.90"));
	assert_false(trust_setting_names_whom("trust-hosts"));
	assert_false(trust_setting_matters("net0/ip"));
	assert_true(trust_setting_matters("trust-pin"));
	assert_true(trust_setting_matters("trust-clock"));
	assert_true(trust_setting_matters("net0/crl"));
	assert_true(trust_setting_names_whom("crl"));
	assert_false(trust_setting_matters("trus"));
	assert_false(trust_setting_matters("trust-policy2"));
	assert_false(trust_setting_matters("hostname"));
	assert_false(trust_setting_matters(""));
	/* a DHCP server's word does not count for these */
	assert_true(trust_setting_steers("fallback"));
	assert_true(trust_setting_steers("net0/boot-type"));
	assert_true(trust_setting_steers("telnetd.password-sha256"));
	assert_false(trust_setting_steers("fallback-after"));
	assert_false(trust_setting_steers("telnetd.allow"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_lets_everything_run),
		cmocka_unit_test(what_is_not_known_closes_the_door),
		cmocka_unit_test(signed_wants_somebody), cmocka_unit_test(a_long_policy_is_shown_in_part),
		cmocka_unit_test(settings_that_matter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
