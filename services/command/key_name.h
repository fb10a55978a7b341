/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys as scripts name them.  Pure. */
#ifndef SERVICES_COMMAND_KEY_NAME_H
#define SERVICES_COMMAND_KEY_NAME_H

/*
 * A key (services/console/keys.h): one character, or a number as iPXE has
 * them: the character's, or for F1.. the two digits and the ~ of its escape
 * sequence ("0x197e" is F8).  0 = no such key.
 */
int key_named(const char *text);

#endif
