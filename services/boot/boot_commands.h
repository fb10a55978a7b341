/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands that fetch what is to be booted, and boot it:
 * kernel imgselect module boot chain, with their other names.
 */
#ifndef SERVICES_BOOT_BOOT_COMMANDS_H
#define SERVICES_BOOT_BOOT_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "services/command/command.h"
#include "services/image/image.h"

struct boot_machine;
struct boot_type;
struct membuf;

extern const struct command boot_commands[];

/*
 * Runs what was fetched from url, by its content or as *t says, where t is not NULL: pushes a script, boots a kernel.
 * base: where names in it are at home if not there, or "".  Takes b over.  0 or -E, said.
 */
int boot_execute(struct membuf *b, const char *url, const char *base, const struct boot_type *t);
/* For commands that work on files. */
struct boot_file {
	const char *ref;		/* the name of an image, or a URL */
	const char *name;		/* what it is to be called if it is fetched; NULL: the URL's */
	enum image_role role;		/* it is to have then */
	uint32_t timeout_ms;
	bool quiet;
};
/* That image, out of the store or fetched into it: 0 or -E, said.  Waits. */
int boot_get_file(const struct boot_file *f, struct image **out);
/* Fills *m: what the machine is, and what the network told it. */
void boot_describe_machine(struct boot_machine *m);

#endif
