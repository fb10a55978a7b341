/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy: one question, "may this be run, and by whose word?", asked for
 * each script, kernel, module, list of checksums, and setting that changes the
 * answer.  Whoever is about to run, keep or believe something asks here, and
 * nowhere else is it decided.  Pure.
 *
 *	struct trust_subject s = { TRUST_KERNEL, img->name, img->url, img->data, img->len };
 *	struct trust_verdict v;
 *	int err = trust_ask(policy, &s, &v);
 *	if (err < 0)
 *		return command_fail(err, "%s: %s", img->name, v.text);
 *
 * The policy is the value of the setting trust-policy.  `open`, which holds
 * where nothing is set, lets everything run by nobody's word.  `signed` lets
 * run what somebody who is believed vouches for: whoever asks has found out
 * who that is (services/verify).  A policy that
 * this version does not know closes the door: nothing runs, and no setting
 * that could open it again is taken, until all begins anew: a fault of the
 * shell is no new beginning.
 */
#ifndef SERVICES_TRUST_TRUST_H
#define SERVICES_TRUST_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRUST_POLICY "trust-policy"	/* the setting */

enum trust_policy { TRUST_OPEN, TRUST_SIGNED, TRUST_CLOSED };

enum trust_kind {
	TRUST_SCRIPT, TRUST_KERNEL, TRUST_MODULE,
	TRUST_LIST,			/* of checksums, which speaks for others */
	TRUST_SETTING,			/* one that trust_setting_matters() */
	TRUST_KINDS
};

/* What is asked about.  Everything is the caller's and is only read. */
struct trust_subject {
	enum trust_kind kind;
	const char *name;		/* an image's or a setting's */
	/* a URL, or "" where none is known: a disk's boot sector, a setting (who set it is not kept) */
	const char *origin;
	const void *data;		/* its bytes, or a setting's new value */
	size_t len;
	const char *word;		/* who is believed and vouches for it; NULL or "": nobody */
};

struct trust_verdict {
	const char *by;			/* whose word: "nobody's (the policy is open)", or s->word; when refused "" */
	/* when refused: a sentence on which rule says so and what would be let through */
	char text[240];
};

/* What the setting's value means: NULL or "" is open, one that is not known closed. */
enum trust_policy trust_policy_named(const char *policy);

/* policy NULL or "": the default, open.  0, or -EACCES with the sentence. */
int trust_ask(const char *policy, const struct trust_subject *s, struct trust_verdict *v);
/* The settings that name whom to believe, and when: some of those that trust_setting_matters() of. */
#define TRUST_WHOM 5u
extern const char *const trust_whom[TRUST_WHOM];
/* True if it is one of them. */
bool trust_setting_names_whom(const char *name);
/* True if the setting of that name decides what may be run, so that a change of it is asked for. */
bool trust_setting_matters(const char *name);
/*
 * True if it names nothing that is asked for itself, and yet chooses what is run, or how, or who types at the prompt,
 * or has secrets told to servers: so a DHCP server's word does not count for it.
 */
bool trust_setting_steers(const char *name);

#endif
