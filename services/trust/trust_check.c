/* SPDX-License-Identifier: BSD-2-Clause */
/* The question under the policy in force.  See trust_check.h. */
#include "services/trust/trust_check.h"

#include "services/command/run.h"
#include "services/script/settings.h"

#define POLICY_MAX 64		/* longer ones are none that we know, and so refuse */

static int ask(const struct settings *s, const struct trust_subject *subject)
{
	char policy[POLICY_MAX];
	struct trust_verdict v;

	if (settings_format(s, TRUST_POLICY, policy, sizeof(policy)) < 0)
		policy[0] = '\0';
	int err = trust_ask(policy, subject, &v);
	return err < 0 ? command_fail(err, "%s: %s", subject->name, v.text) : 0;
}

int trust_check(enum trust_kind kind, const char *name, const char *origin, const void *data, size_t len)
{
	struct trust_subject subject = { kind, name, origin, data, len };
	return ask(command_settings(), &subject);
}

int trust_check_setting(const struct settings *s, const char *name, const void *data, size_t len)
{
	struct trust_subject subject = { TRUST_SETTING, name, "", data, len };
	return trust_setting_matters(name) ? ask(s, &subject) : 0;
}
