/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Passwords as menus have them: in the clear, or encrypted, as crypt(3) does it by MD5 ("$1$salt$..."), SHA-256 ("$5$")
 * and SHA-512 ("$6$", both with "rounds=N$" or without), or as syslinux' sha1pass does it ("$4$salt$...": SHA-1 of
 * salt and password, in base64).  By the published descriptions: "Unix crypt using SHA-256 and SHA-512", U. Drepper,
 * and FreeBSD's of MD5.  Pure but for `pause`.
 */
#ifndef SERVICES_PXELINUX_PASSWORD_H
#define SERVICES_PXELINUX_PASSWORD_H

#include <stdbool.h>

#define PASSWORD_ROUNDS_MAX 1000000ul	/* a second or more of a slow processor each hundred thousand */

enum password { PASSWORD_OPENS, PASSWORD_WRONG, PASSWORD_FORM, PASSWORD_ENDED, PASSWORD_NO_MEMORY };

/* Another word for it is an encrypted one: it has a form that nothing here knows. */
bool password_is_known(const char *kept);
/*
 * What is typed against what is kept; kept that is empty opens nothing.  pause is called now and then: true, it ends.
 */
enum password password_check(const char *kept, const char *typed, bool (*pause)(void));

#endif
