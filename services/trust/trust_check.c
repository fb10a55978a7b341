/* SPDX-License-Identifier: BSD-2-Clause */
/* The question under the policy in force.  See trust_check.h. */
#include "services/trust/trust_check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/log.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/script/settings.h"

#define SETTLED_MAX 4096u	/* bytes of a setting */
#define POLICY_MAX 64		/* longer ones are none that we know, and so refuse */

/* The policy in force.  Not the settings', which go with the task that has them. */
static char kept[POLICY_MAX];
/* What trust_settle() has found; it outlives tries, and a fault of the task. */
static struct settled {
	enum value_type type;
	size_t len;			/* 0: it was not set */
	uint8_t raw[SETTLED_MAX];
} settled_values[TRUST_WHOM];
static bool settled;
static bool beside;			/* the settings had no room to take it back */
static bool unlocked, others;

/* "" where there is none; one that cannot be read is none that we know. */
static void read_policy(const struct settings *s, char *policy)
{
	int err = settings_format(s, TRUST_POLICY, policy, POLICY_MAX);
	if (err < 0)
		snprintf(policy, POLICY_MAX, "%s", err == -ENOENT ? "" : "?");
}

int trust_keep(void)
{
	char policy[POLICY_MAX];
	read_policy(command_settings(), policy);
	if (!beside || *policy) {
		snprintf(kept, sizeof(kept), "%s", policy);
		beside = false;
	}
	if (*policy && trust_policy_named(policy) == TRUST_CLOSED)
		log_warn(TRUST_POLICY " is \"%s\", neither open nor signed: nothing is run until the machine is "
			 "started anew", policy);
	return 0;
}

void trust_forget(void)
{
	kept[0] = '\0';
	beside = unlocked = false;
}

void trust_restore(struct settings *s)
{
	unlocked = others = false;
	if (!kept[0])
		return;
	beside = settings_set(s, TRUST_POLICY, kept) < 0;
	log_warn("trust: " TRUST_POLICY " is \"%s\" still", kept);
}

static void policy_in_force(const struct settings *s, char *policy)
{
	read_policy(s, policy);
	if (!*policy && beside)
		snprintf(policy, POLICY_MAX, "%s", kept);
}

enum trust_policy trust_policy(void)
{
	char policy[POLICY_MAX];

	if (trust_is_unlocked())
		return TRUST_OPEN;
	policy_in_force(command_settings(), policy);
	return trust_policy_named(policy);
}

void trust_unlock(void)
{
	unlocked = trust_policy() == TRUST_SIGNED;
}

bool trust_is_unlocked(void)
{
	return unlocked && !others && console_typed_here();
}

bool trust_of_others(bool on)
{
	bool was = others;

	others = on;
	return was;
}

static int ask(const struct settings *s, const struct trust_subject *subject)
{
	char policy[POLICY_MAX];
	struct trust_verdict v;

	policy_in_force(s, policy);
	int err = trust_ask(policy, subject, &v);
	return err < 0 ? command_fail(err, "%s: %s", subject->name, v.text) : 0;
}

int trust_check(const struct trust_subject *s)
{
	return trust_is_unlocked() ? 0 : ask(command_settings(), s);
}

int trust_settle(void)
{
	struct settings set = *command_settings();

	if (settled)
		return 0;
	set.lookup = NULL;		/* what a DHCP server says of it does not count */
	for (unsigned i = 0; i < TRUST_WHOM; i++) {
		struct setting_value v;
		bool there = settings_fetch(&set, trust_whom[i], &v) == 0;

		if (there && v.len > SETTLED_MAX)
			return command_fail(-E2BIG, "imgtrust: %s is longer than the %u bytes that can be settled",
					    trust_whom[i], SETTLED_MAX);
		settled_values[i].len = there ? v.len : 0;
		if (!there)
			continue;
		settled_values[i].type = v.type;
		memcpy(settled_values[i].raw, v.raw, v.len);
	}
	settled = true;
	return 0;
}

void trust_put_settled(struct settings *s)
{
	settings_gate_fn *gate = s->gate;

	s->gate = NULL;
	for (unsigned i = 0; i < TRUST_WHOM && settled; i++) {
		const struct settled *v = &settled_values[i];

		if (v->len && settings_set_raw(s, trust_whom[i], v->raw, v->len) == 0)
			s->now->type = v->type;
	}
	s->gate = gate;
}

/* The same value once more changes nothing: a script that is run again says it again. */
static bool stays(const struct settings *s, const char *name, const void *data, size_t len)
{
	struct setting_value v;

	return data && settings_fetch(s, name, &v) == 0 && v.len == len && !memcmp(v.raw, data, len);
}

int trust_check_setting(const struct settings *s, const char *name, const void *data, size_t len)
{
	struct trust_subject subject = { TRUST_SETTING, name, "", data, len, NULL };
	char policy[POLICY_MAX];

	if (settled && trust_setting_names_whom(name) && !stays(s, name, data, len))
		return command_fail(-EACCES, "%s: imgtrust --permanent has settled whom to believe; it stays until "
				    "this machine starts anew", name);
	if (s->marks)		/* it is the file's own, which says what the policy is */
		return 0;
	if (trust_setting_matters(name))
		return ask(s, &subject);
	policy_in_force(s, policy);
	/* in quotation marks, for what stands behind a password's bare name is masked */
	return s->told && trust_setting_steers(name) && trust_policy_named(policy) != TRUST_OPEN ?
	       command_fail(-EACCES, "\"%s\": under this " TRUST_POLICY " a DHCP server does not set that; the file "
			    "may (tools/options.py)", name) : 0;
}
