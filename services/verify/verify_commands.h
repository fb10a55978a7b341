/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checksums and signatures that images are to have: imgverify, imgtrust, and the list that the setting
 * sha256sums names.  While that is set, no kernel and no module is booted that
 * the list does not vouch for; a script that it knows must be as it says.
 */
#ifndef SERVICES_VERIFY_VERIFY_COMMANDS_H
#define SERVICES_VERIFY_VERIFY_COMMANDS_H

#include "services/command/command.h"

struct image;

extern const struct command verify_commands[];

/* What was fetched is what it has to be, as far as somebody said what that is: 0 or -E, said.  Waits. */
int image_verify(struct image *img);
/* The same for the kernel and all modules. */
int image_verify_all(void);
/*
 * The list that sha256sums names says that the file of that URL has these bytes: 1; 0: there is no list, or it says
 * nothing of it; -EBADMSG, said: it says something else; or -E, said.  Waits.
 */
int list_vouches(const char *url, const char *name, const void *data, size_t len);
/*
 * May it be executed, as far as imgtrust goes: 0 or -EACCES, said.  As with iPXE that is asked of kernels, scripts and
 * programs, and not of what a kernel is given.
 */
int image_may_run(const struct image *img);
/* The list is fetched again when it is wanted next. */
void verify_forget(void);

#endif
