/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy: see trust.h. */
#include "services/trust/trust.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "services/script/setting_names.h"

static const char *const kind_text[TRUST_KINDS] = { "script", "kernel", "module", "list of checksums", "setting" };

enum trust_policy trust_policy_named(const char *policy)
{
	if (!policy || !*policy || !strcmp(policy, "open"))
		return TRUST_OPEN;
	return strcmp(policy, "signed") ? TRUST_CLOSED : TRUST_SIGNED;
}

int trust_ask(const char *policy, const struct trust_subject *s, struct trust_verdict *v)
{
	*v = (struct trust_verdict){ .by = "" };
	switch (trust_policy_named(policy)) {
	case TRUST_OPEN:
		v->by = "nobody's (the policy is open)";
		return 0;
	case TRUST_SIGNED:
		v->by = s->kind != TRUST_SETTING && s->word ? s->word : "";
		if (*v->by)
			return 0;
		snprintf(v->text, sizeof(v->text), "this %s is refused: " TRUST_POLICY " is \"signed\", and %s",
			 kind_text[s->kind], s->kind == TRUST_SETTING ?
			 "then it is only set in the file (tools/options.py)" :
			 "nobody whom trust names vouches for it, by a signature beside it (.sig) or in a signed list, "
			 "nor does a host of trust-hosts");
		return -EACCES;
	case TRUST_CLOSED:
		break;
	}
	snprintf(v->text, sizeof(v->text), "this %s is refused: " TRUST_POLICY " is \"%.40s\", which this version does "
		 "not know, so nothing is let through; it knows open and signed", kind_text[s->kind], policy);
	return -EACCES;
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
	const char *slash = strrchr(name, '/');

	/* a link's own would count, too, where there is none without a scope; and its number is as good as its name */
	name = setting_name_of(slash ? slash + 1 : name);
	while (count && strcmp(name, names[count - 1]))
		count--;
	return count;
}

const char *const trust_whom[TRUST_WHOM] = { "trust", "trust-pin", "trust-bundle", "trust-clock", "crl" };

bool trust_setting_names_whom(const char *name)
{
	return is_among(name, trust_whom, TRUST_WHOM);
}

bool trust_setting_matters(const char *name)
{
	static const char *const names[] = {
		TRUST_POLICY, "sha256sums", "trust-hosts", "trust-min-issue", "telnetd.insecure",
		"unlock-password-pbkdf2",
	};

	return trust_setting_names_whom(name) || is_among(name, names, sizeof(names) / sizeof(names[0]));
}

bool trust_setting_steers(const char *name)
{
	static const char *const names[] = {
		"fallback", "localboot", "boot-type", "telnetd.password", "telnetd.password-sha256", "web.password",
		"user-agent",
	};

	return is_among(name, names, sizeof(names) / sizeof(names[0]));
}
