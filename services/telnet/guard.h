/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may in: the telnet server's settings, the password, the networks it
 * listens to, what becomes of sources that guess, and how fast a peer may
 * send.  Pure: time is an argument.
 */
#ifndef SERVICES_TELNET_GUARD_H
#define SERVICES_TELNET_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

#define GUARD_SALT_MAX		33	/* with its NUL */
#define GUARD_HASH_LEN		32
#define GUARD_HASHED_MAX	(GUARD_SALT_MAX + 2 * GUARD_HASH_LEN + 1)	/* "SALT:HEX" with its NUL */
#define GUARD_PASSWORD_MAX	128	/* nobody can type a longer one */
#define GUARD_NETS		8
#define GUARD_SESSIONS		8	/* the default and the most */
#define GUARD_SOURCES		256
#define GUARD_FREELY		16	/* of them begin with short waits */

/* The settings "telnetd.NAME" and the options --NAME, in this order. */
enum guard_setting {
	GUARD_PORT, GUARD_PASSWORD, GUARD_PASSWORD_SHA256, GUARD_INSECURE, GUARD_ALLOW, GUARD_READONLY, GUARD_IDLE,
	GUARD_SESSION_MAX, GUARD_SETTINGS
};
extern const char *const guard_names[GUARD_SETTINGS];
extern const char *const guard_forms[GUARD_SETTINGS];	/* what each may be, for people */

struct guard_config {
	uint16_t port;
	bool insecure, readonly, has_password;
	uint8_t sessions, nets;
	uint32_t idle_s;			/* 0: never */
	char salt[GUARD_SALT_MAX];
	uint8_t hash[GUARD_HASH_LEN];		/* SHA-256 of the salt's text and the password behind it */
	struct net_prefix net[GUARD_NETS];	/* none: everybody */
};

void guard_defaults(struct guard_config *c);
/*
 * Takes one setting's text.  A password is kept as its hash only, with `random`
 * as salt; switches are "1", "yes", "on", "true" or "", or "0", "no", "off" or
 * "false".  allow: networks
 * ADDRESS[/LEN], separated by commas, added to those there.  0 or -EINVAL.
 */
int guard_set(struct guard_config *c, enum guard_setting what, const char *text, uint32_t random);
/* "SALT:HEX" of c's password. */
void guard_hashed(const struct guard_config *c, char out[GUARD_HASHED_MAX]);
/* Takes the same time for every wrong password of one length. */
bool guard_password_is(const struct guard_config *c, const char *text, size_t len);
bool guard_allows(const struct guard_config *c, const struct net_addr *a);

/*
 * Sources that gave wrong passwords, or held on to a log-in that others wanted.
 * None is forgotten for others.  Once there are more than have a place, all
 * without one are as one source: from any number of addresses there are no
 * more than 2,000 guesses in an hour, and 1,300 in each later one.
 */
struct guard_source {
	struct net_addr addr;	/* none: free */
	unsigned failures;
	uint64_t until_us;	/* not let in before */
	uint64_t forget_us;
};
struct guard_sources {
	struct guard_source s[GUARD_SOURCES], rest;
};
/*
 * A wrong password: the seconds that this source now has to wait: 1, 2, 4, 8,
 * then 60, 120, ... 960; from the 17th source on from 60; without a place of
 * its own 60 at the most.
 */
unsigned guard_failed(struct guard_sources *g, const struct net_addr *a, uint64_t now_us);
void guard_forgive(struct guard_sources *g, const struct net_addr *a);
/* Seconds until that source may try, 0: now. */
unsigned guard_wait_s(const struct guard_sources *g, const struct net_addr *a, uint64_t now_us);

/* A bucket that fills at `rate` (1..4000) a second up to `depth`. */
struct guard_bucket {
	uint32_t rate, depth, level;
	uint64_t at_us;
};
/* Up to `want` of what is in it now. */
uint32_t guard_take(struct guard_bucket *b, uint32_t want, uint64_t now_us);

#endif
