/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Services: tasks that the supervisor keeps alive, each behind a port.  A
 * fault is reported with a backtrace on all consoles.  However a service ends
 * - none should - its stack and arena are freed, whoever waits for what it had in its hands gets
 * -ECONNRESET, and it starts again; what stood in its port's queue is served
 * then.  One that ends again and again gets a rest; if nothing can be booted
 * without it, or there is no memory for it, the loader starts itself anew
 * (restart.h).  The table of services stands in main.c and nowhere else.
 */
#ifndef KERNEL_SERVICE_H
#define KERNEL_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/request.h"
#include "kernel/task.h"

struct service {
	const char *name;		/* "dns" */
	task_fn *main;			/* called with the service itself as argument */
	size_t stack_len;		/* bytes */
	/* after its end, before the restart: closes sockets and the like; or NULL */
	void (*cleanup)(struct service *self);
	bool essential;			/* nothing can be booted without it */
	/* the name of the service whose port it serves, too, or NULL: its own */
	const char *serves;
	struct port port;		/* closed while all who serve it are down */
	struct task *task;		/* NULL while it is down */
	unsigned restarts;
	unsigned quick;			/* ends in a row, each soon after a start */
	uint64_t started_us;
};

/* Starts s; 0 or -ENOMEM. */
int service_start(struct service *s);
/* The service of that name, or NULL. */
struct service *service_find(const char *name);
/* How often services have been started again, all together. */
unsigned service_restarts(void);
/* Its port, for port_call() and request_start(), which say what there is to say about NULL. */
struct port *service_port(const char *name);

#endif
