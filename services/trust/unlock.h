/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The password that unlocks the prompt: kept as PBKDF2-HMAC-SHA256 (RFC 8018, 5.2) of it, "ROUNDS:SALT:HEX", the
 * salt's characters as they are, which tools/options.py makes.  Pure but for `pause`.
 */
#ifndef SERVICES_TRUST_UNLOCK_H
#define SERVICES_TRUST_UNLOCK_H

#include <stdbool.h>
#include <stddef.h>

#define UNLOCK_PASSWORD_MAX 128u
#define UNLOCK_ROUNDS_MIN 1000u
#define UNLOCK_ROUNDS_MAX 10000000u

enum unlock { UNLOCK_OPENS, UNLOCK_WRONG, UNLOCK_FORM, UNLOCK_ENDED, UNLOCK_NO_MEMORY };

/* What is typed against what is kept.  pause is called now and then: true, it ends.  The work is the same for each. */
enum unlock unlock_check(const char *kept, const char *typed, size_t len, bool (*pause)(void));

#endif
