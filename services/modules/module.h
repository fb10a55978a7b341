/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Modules: programs of other people that run inside the loader, each in a task
 * of its own, deprivileged (kernel/user32.h), on memory of its own
 * (kernel/space.h).  Whatever one does, the worst is its end: it is reported,
 * and all that it held - memory, sockets, files - is taken back.  What it may
 * ask for is calls.h's; docs/modules.md is its author's manual.
 *
 *	struct module *m;
 *	err = module_start(&(struct module_start){ .name = "hello", .file = data, .len = len, ... }, &m);
 *	while (!module_ended(m))
 *		waitq_wait(&m->changed, clock_us() + 100000);
 *	status = m->status;
 *	module_free(m);
 *
 * One in the background frees itself.
 */
#ifndef SERVICES_MODULES_MODULE_H
#define SERVICES_MODULES_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/log.h"
#include "kernel/membuf.h"
#include "kernel/space.h"
#include "kernel/task.h"
#include "kernel/user32.h"
#include "sdk/bsd/bsd.h"
#include "services/modules/umod.h"

#define MODULES_MAX 8u			/* console.h has as many typists */
#define MODULE_HANDLES 64u
#define MODULE_KEYS 64u
#define MODULE_NAME_MAX 32u
#define MODULE_COMMAND_MAX 1024u
#define MODULE_WHY_MAX 96u

/* What a module may have at the most; settings module.*. */
struct module_limits {
	size_t memory;			/* bytes: of module_held() */
	unsigned sockets, handles;
	uint64_t cpu_us;		/* without a call that waits; 0: for ever */
};

enum handle_kind { HANDLE_FREE, HANDLE_CONSOLE, HANDLE_SOCKET, HANDLE_FILE };

struct module {
	struct user32 cpu;
	struct space space;
	struct bsd bsd;
	struct umod umod;
	struct membuf file;		/* its own file, for the names of its functions; or empty */
	struct module_limits limits;
	unsigned id, slot;		/* its number, and which of MODULES_MAX it is */
	char name[MODULE_NAME_MAX];
	struct membuf base;		/* the URL to which others are relative, with its NUL; or empty */
	bool background;
	bool stays;			/* from try to try: it was started by a setting */
	struct task *task;
	bool ended, faulted;
	int status;			/* once it has ended: of exit(), or -E: it was ended */
	const char *stop;		/* it is to end, and by what; or NULL */
	char why[MODULE_WHY_MAX];	/* it was ended: a phrase */
	struct waitq changed;		/* it has ended, or wants a command to be run */
	uint32_t heap_end;		/* where more memory would begin */
	uint64_t cpu_us, busy_us;	/* in all; since its last call that waited */
	uint64_t turn_us;		/* when it last let others run */
	bool in_vain;			/* its last wait brought nothing: the cards need not be asked often for it */

	struct module_handle {
		enum handle_kind kind;
		int sock;
		bool nonblock;
		struct membuf file;	/* the file's bytes from `from` on: all, or what was read ahead */
		struct membuf parts;	/* who has the rest (files.c); or empty */
		size_t pos, from, len;	/* where it is read next; as said; of the whole file */
	} handle[MODULE_HANDLES];

	struct module_line {		/* what it has written, of a line that is not over */
		char text[LOG_LINE_MAX];
		size_t len;
		bool returned;		/* '\r' came last */
	} out, err, typed;		/* typed: what is being typed for it */
	size_t typed_at;		/* of typed, which is a whole line then, what has been read */
	bool typed_whole, typed_end;
	uint16_t key[MODULE_KEYS];	/* that it has not read */
	unsigned keys;

	bool wants_command;		/* the task of the commands is to run it, and wakes when it has */
	char command[MODULE_COMMAND_MAX];
	int command_result;
	struct waitq command_done;
};

struct module_start {
	const char *name, *base;
	const uint8_t *file;
	size_t len;
	int argc;			/* words behind its name */
	char **argv;
	bool background;
	struct module_limits limits;
};

/* 0; -ENOEXEC and others with a sentence in *why: it cannot be run. */
int module_start(const struct module_start *s, struct module **out, const char **why);
/* Its task is gone, and with it all that it held but this. */
bool module_ended(const struct module *m);
void module_free(struct module *m);	/* one that has ended */
/* It ends at its next call, wait or turn. */
void module_stop(struct module *m, const char *why);
/* The i-th that runs, in the order in which they came; NULL: none. */
struct module *module_get(unsigned i);
/* The one whose task this is. */
struct module *module_self(void);
struct module *module_find(const char *id_or_name);
unsigned module_sockets(const struct module *m);
/* Bytes of memory that it has: its own, its open files and the images that it has made; how many more it may have. */
size_t module_held(const struct module *m);
size_t module_room(const struct module *m);
size_t module_image_len(size_t len);	/* what an image of len bytes counts */
/* A key for it, in the foreground: false if there is no room. */
bool module_key(struct module *m, int key);
/* All are ended.  Waits.  Machine_leaving's. */
void modules_leave(void);
/* The same, but for those that stay: the next try begins. */
void modules_try_again(void);
/* Whoever waited for one in the foreground is gone: it is ended. */
void modules_forget(void);
/* The images of those that have failed are freed.  By the task of the commands, when no command has an image. */
void modules_sweep(void);

#endif
