/* SPDX-License-Identifier: BSD-2-Clause */
/* The question under the policy in force.  See trust_check.h. */
#include "services/trust/trust_check.h"

#include <stdio.h>

#include "kernel/log.h"
#include "services/command/run.h"
#include "services/script/settings.h"

#define POLICY_MAX 64		/* longer ones are none that we know, and so refuse */

/* The policy in force.  Not the settings', which go with the task that has them. */
static char kept[POLICY_MAX];
static bool beside;			/* the settings had no room to take it back */

int trust_keep(void)
{
	if (settings_format(command_settings(), TRUST_POLICY, kept, sizeof(kept)) < 0)
		kept[0] = '\0';
	beside = false;
	return 0;
}

void trust_restore(struct settings *s)
{
	if (!kept[0])
		return;
	beside = settings_set(s, TRUST_POLICY, kept) < 0;
	log_line("trust: " TRUST_POLICY " is \"%s\" still", kept);
}

static int ask(const struct settings *s, const struct trust_subject *subject)
{
	char policy[POLICY_MAX];
	struct trust_verdict v;

	if (settings_format(s, TRUST_POLICY, policy, sizeof(policy)) < 0)
		snprintf(policy, sizeof(policy), "%s", beside ? kept : "");
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
