/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy: see trust.h. */
#include "services/trust/trust.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_text[TRUST_KINDS] = { "script", "kernel", "module", "list of checksums", "setting" };

int trust_ask(const char *policy, const struct trust_subject *s, struct trust_verdict *v)
{
	*v = (struct trust_verdict){ .by = "" };
	if (!policy || !*policy || !strcmp(policy, "open")) {
		v->by = "nobody's (the policy is open)";
		return 0;
	}
	snprintf(v->text, sizeof(v->text), "this %s is refused: " TRUST_POLICY " is \"%.40s\", which this version does "
		 "not know, so nothing is let through; it knows open", kind_text[s->kind], policy);
	return -EACCES;
}

bool trust_setting_matters(const char *name)
{
	static const char *const names[] = { TRUST_POLICY, "sha256sums", "trust", "trust-pin", "trust-clock" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}
