/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What modules ask the loader for (sdk/include/undine_abi.h).  A call's
 * pointers are never followed: kernel/space.h looks up what they name, and
 * says -EFAULT of what is not the module's own.
 */
#ifndef SERVICES_MODULES_CALLS_H
#define SERVICES_MODULES_CALLS_H

#include <stdint.h>

#include "services/modules/module.h"

/* A call's arguments. */
struct call_args {
	uint32_t a, b, c, d, e, f;
};

typedef int call_fn(struct module *m, const struct call_args *c);

/* Answers the call that m's registers ask for; waits, where the call does.  False: it was exit(). */
bool module_call(struct module *m);
/* All handles are closed. */
void module_close_all(struct module *m);
/* What is left of lines that are not over is shown. */
void module_flush(struct module *m);
/*
 * Waits for a moment, at most until then, and less if m is to end: 0 or -ETIMEDOUT, -EINTR.  s: a socket, or -1: for
 * anything in the network.
 */
int module_wait(struct module *m, int s, unsigned events, uint64_t deadline_us);
/* A free handle, as that kind; or -EMFILE. */
int module_handle_new(struct module *m, enum handle_kind kind);
struct module_handle *module_handle(struct module *m, uint32_t fd, enum handle_kind kind);	/* or NULL */
void module_handle_empty(struct module_handle *h);	/* its buffers are freed */
/* Below the log: what it has asked, in a line that is not over, and what has been typed so far. */
void module_show_typing(struct module *m);
/* Of the console: something could be read. */
bool module_can_read_console(struct module *m);

/* Of files: UNDINE_OPEN; bytes to the module's memory, whole as far as the file goes, or -E; a new place, or -E. */
call_fn module_open;
int module_read(struct module *m, struct module_handle *h, uint32_t to, size_t len);
int module_seek(struct module_handle *h, int32_t offset, uint32_t whence);

/* By number: calls_net.c's from UNDINE_SOCKET on, calls_loader.c's from UNDINE_RUN, calls_watch.c's from UNDINE_LOG. */
extern call_fn *const calls_net[], *const calls_loader[], *const calls_watch[];
int call_available_socket(struct module *m, const struct module_handle *h);

#endif
