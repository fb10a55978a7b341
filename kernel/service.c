/* SPDX-License-Identifier: BSD-2-Clause */
/* The supervisor: see service.h. */
#include "kernel/service.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/log.h"

#define SERVICES_MAX 16
#define QUICK_US 1000000u	/* a service that faults again this soon ... */
#define QUICK_MAX 5		/* ... this many times in a row is left down */

static struct service *services[SERVICES_MAX];
static unsigned count;

static int launch(struct service *s)
{
	s->started_us = clock_us();
	s->task = task_create(s->name, s->main, s, s->stack_len);
	return s->task ? 0 : -ENOMEM;
}

int service_start(struct service *s)
{
	if (count == SERVICES_MAX)
		return -ENOMEM;
	port_init(&s->port);
	services[count++] = s;
	return launch(s);
}

struct service *service_find(const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (!strcmp(services[i]->name, name))
			return services[i];
	return NULL;
}

void service_serve_none(struct service *s)
{
	struct msg m;
	while (s->port.count && port_recv(&s->port, &m, 0) == 0)
		port_reply(&m, -ENOSYS);
}

bool service_faulted(struct task *t)
{
	struct service *s = NULL;
	for (unsigned i = 0; i < count; i++)
		if (services[i]->task == t)
			s = services[i];
	if (!s)
		return false;
	s->task = NULL;
	s->quick = clock_us() - s->started_us < QUICK_US ? s->quick + 1 : 0;
	if (s->cleanup)
		s->cleanup();
	port_reset(&s->port);
	if (s->quick >= QUICK_MAX) {
		log_line("%s: faulted %u times within seconds of its start; it stays down. Reboot when convenient.",
			 s->name, s->quick);
		return false;
	}
	s->restarts++;
	if (launch(s) < 0) {
		log_line("%s: no memory to start the service again; it stays down", s->name);
		return false;
	}
	log_line("%s: service started again (restart %u); what it was doing is answered with an error", s->name, s->restarts);
	return true;
}
