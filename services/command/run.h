/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a command may ask of its surroundings while it runs: to say why it
 * fails, whether it is interrupted, to wait, keys and lines, the settings and
 * the script.  Commands run in one task, one at a time.
 */
#ifndef SERVICES_COMMAND_RUN_H
#define SERVICES_COMMAND_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/command/command.h"

struct cause;
struct cause_fact;
struct input_focus;
struct script;
struct settings;

/*
 * Logs why the command fails; returns err.  The first that is said of a
 * command, by this or the next two, is its cause (services/cause/cause.h);
 * what is said later failed for it.
 */
int command_fail(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Notes why, to be told only if nobody catches the failure with ||; returns err. */
int command_why(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same with a cause that a service has found; returns its err.  f->err is not 0. */
int command_caused(const struct cause_fact *f);
/* The failure under way has been explained in the log by somebody else. */
void command_said(void);

/* True when Ctrl-C came, which clears it, or when the command is to end for another reason. */
bool command_interrupted(void);
/* What it was, for "stopped by ...". */
const char *command_stopper(void);
/* Waits: 0, or -EINTR on Ctrl-C. */
int command_sleep_until(uint64_t deadline_us);
/* The next key until the deadline, or -ETIMEDOUT, or -EINTR: the command is to end.  Ctrl-C is a key. */
int command_key(uint64_t deadline_us);
/* The same for one that has taken the focus (services/console/input.h): a widget, a session with another host. */
int command_key_of(struct input_focus *f, uint64_t deadline_us);
/*
 * One line from the user, who changes `initial` ("" or NULL): 0 and the line,
 * -ECANCELED (^C), -EPIPE (^D), -EINTR (the command is to end).  In editor.c.
 */
int command_read_line(const char *prompt, const char *initial, char *line, size_t cap);
/* Logs who typed what was read last, if it came from far away. */
void command_say_typist(void);

/* A whole number >= 0 from text, or, when text is NULL, *out unchanged: 0, or -EINVAL, said. */
int command_number(const char *text, const char *what, uint32_t *out);

/* The mark of sockets that commands open (SOCK_OPT_OWNER): they are closed when the task dies. */
uintptr_t command_owner(void);

/* Those that the command reads and changes (services/script/settings.h, script.h). */
struct settings *command_settings(void);
struct script *command_script(void);

/* For the task that runs commands.  First, and again after a restart: what commands work on. */
void command_begin(struct settings *settings, struct script *script);
/* Who is asked again and again whether what runs is to end: NULL, or by what it is stopped. */
void command_set_end(const char *(*end)(void));
/*
 * What runs is to end at this moment, as by Ctrl-C.  Returns the limit in force before; what is later than
 * that changes nothing.  For commands that run others.
 */
uint64_t command_set_limit(uint64_t limit_us);
/* The limit that command_set_limit() gave back is in force again. */
void command_restore_limit(uint64_t limit_us);
/* Who is asked before each command that has to do with images: 0 if it may run; NULL: nobody. */
void command_set_await(int (*await)(const struct command *c));
/* Runs argv as a command: its result.  Commands that run others are bounded. */
int command_run(int argc, char **argv);
/* A failure from now on is not the one of the command before. */
void command_forget_failure(void);
/* Why the last command failed, and what for that; its task adds to it.  All zero where nobody said. */
struct cause *command_cause(void);
/* A command that had been taken to succeed has failed. */
void command_note(int err);
/* The error of the last command that has failed, as a number > 0; 0: none has yet. */
uint32_t command_errno(void);
/* True if the log has the reason already. */
bool command_was_said(void);

#endif
