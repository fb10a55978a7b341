/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that come side by side, and `sync`, which waits for them.
 *
 * A script's kernel, module, initrd and imgfetch lines that follow each other
 * (their rows say `beside`) begin their downloads and are taken as done, up to
 * the setting fetch-parallel of them at once.  Before anything else happens -
 * another command, the script's end - all of them are waited for, and kept in
 * the script's order.  If one has failed, those behind it are dropped, and the
 * script goes back to its command, which fails there: && and || see the same
 * as if each had been waited for.
 *
 * What --background says is not taken back: it goes on beside all other
 * commands.  Those that work on images (their rows say so) wait for it, and
 * fail if it did; so does sync.
 *
 * Only the task that runs commands calls these.
 */
#ifndef SERVICES_BOOT_PARALLEL_COMMANDS_H
#define SERVICES_BOOT_PARALLEL_COMMANDS_H

#include <stdbool.h>

#include "services/command/command.h"

struct download;
struct membuf;

extern const struct command parallel_commands[];

/* What becomes of a file: the first member of whoever knows. */
struct parallel_file {
	/* It is here, to be taken over, and where redirects have led: 0, or -E, said.  keep or drop is called, once. */
	int (*keep)(struct parallel_file *f, struct membuf *b, const char *led_to);
	void (*drop)(struct parallel_file *f);
};

/* The command that runs may begin a download and end. */
bool parallel_allowed(void);
/*
 * As many as may be under way at once are: waits for one to end.  0; -EINTR; or -E: one of the script's has failed, or
 * the background's fill the table (-ENOBUFS, said).
 */
int parallel_make_room(bool background);
/* Takes d and f over: their command has succeeded, or is taken to have. */
void parallel_add(struct download *d, struct parallel_file *f, bool background);
/* Waits for all that a script has begun: 0; or -E, and the script has gone back to what failed; or -EINTR. */
int parallel_settle(void);
/* For the script's interpreter: before each command (NULL: there is none of that name), as above; and after it. */
int parallel_before(const struct command *c);
int parallel_after(int err);
/* The same, when a script has been left: what it has begun, and has not waited for, is dropped. */
void parallel_leave(void);
/* Before a command that works on images (command_set_await()): waits for the background's; 0 or -E, said. */
int parallel_await(const struct command *c);
/* Nothing of it is wanted any more. */
void parallel_drop(void);
/* The same after a fault of the task: its heap is not looked at; download_forget() frees what has come. */
void parallel_forget(void);

#endif
