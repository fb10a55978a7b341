/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a script that waits for somebody - at a menu, a form, `prompt`, `read`,
 * `login` or `shell` without a time of its own - is left for the next try:
 * when no key has come for menu-idle seconds, and not while somebody is there.
 * Noise on a line holds it no longer than RETRY_HOLD times presence.  Pure.
 */
#ifndef SERVICES_SHELL_IDLE_H
#define SERVICES_SHELL_IDLE_H

#include <stdint.h>

#define IDLE_S 900		/* where the setting menu-idle says nothing else; 0 is never */

/* menu-idle of one try: up to an eighth longer, by chance, lest machines that began as one come back as one. */
uint64_t idle_spread_us(uint32_t idle_s, uint32_t random);
/*
 * When that is, or RETRY_NEVER (retry.h).  begun_us: since when is waited;
 * typed_us: the last key of somebody who is there, 0 = none; idle_us: 0 = never.
 */
uint64_t idle_due_us(uint64_t begun_us, uint64_t typed_us, uint64_t idle_us, uint32_t presence_s);

#endif
