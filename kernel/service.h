/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Services: tasks that the supervisor keeps alive.  A service that faults is
 * reported with a backtrace on all consoles, its stack and arena are freed,
 * the callers that wait for it get -ECONNRESET, and it starts again with an
 * empty port.  The table of services stands in main.c and nowhere else.
 */
#ifndef KERNEL_SERVICE_H
#define KERNEL_SERVICE_H

#include "kernel/port.h"
#include "kernel/task.h"

struct service {
	const char *name;		/* "dns" */
	task_fn *main;			/* called with the service itself as argument */
	size_t stack_len;		/* bytes */
	void (*cleanup)(void);		/* after a fault, before the restart: closes sockets and the like; or NULL */
	struct port port;
	struct task *task;
	unsigned restarts;
	unsigned quick;			/* faults in a row, each soon after a start */
	uint64_t started_us;
};

/* Starts s; 0 or -ENOMEM. */
int service_start(struct service *s);
/* The service of that name, or NULL. */
struct service *service_find(const char *name);
/* For services without requests of their own: takes what lies in the port and answers -ENOSYS.  Does not wait. */
void service_serve_none(struct service *s);
/* Called by the trap handler: t faulted.  True if t was a service and has been set up again. */
bool service_faulted(struct task *t);

#endif
