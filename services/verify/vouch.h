/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By whose word may it be run?  Under the policy `signed` (services/trust/trust.h) somebody who is believed has to
 * vouch for each script, kernel, module, list and configuration: a host that the file's final setting trust-hosts
 * names, by https; a list (sha256sums) that is itself so vouched for; or a signature beside it, NAME.sig, or one that
 * imgverify has looked at.  Who that is is found out here, and the policy is asked.
 */
#ifndef SERVICES_VERIFY_VOUCH_H
#define SERVICES_VERIFY_VOUCH_H

#include <stdbool.h>
#include <stddef.h>

#include "services/trust/trust.h"

struct membuf;

struct vouch_subject {
	enum trust_kind kind;
	const char *name;		/* for messages */
	const char *url;		/* where it was asked for; "": nowhere */
	const char *led_to;		/* where it came from, if that is another place; "": it is not */
	const void *data;
	size_t len;
	bool trusted;			/* imgverify has found a signature of it */
};

/* May it be run?  0 or -E, said.  Waits. */
int vouch_ask(const struct vouch_subject *s);
/* The same of a configuration.  led_to NULL: where it came from is not known any more, and no host vouches for it. */
int vouch_ask_text(const char *name, const char *url, const char *led_to, const struct membuf *text);

#endif
