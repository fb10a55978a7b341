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
static struct service *starved;		/* there was no memory to start it again; its end will bring some */

static int launch(struct service *s)
{
	s->started_us = clock_us();
	s->task = task_create(s->name, s->main, s, s->stack_len);
	return s->task ? 0 : -ENOMEM;
}

static struct port *port_of(struct service *s)
{
	return s->serves ? service_port(s->serves) : &s->port;
}

/* Whoever else serves its port keeps it open. */
static void down(struct service *s)
{
	s->task = NULL;
	for (unsigned i = 0; i < count; i++)
		if (services[i]->task && port_of(services[i]) == port_of(s))
			return;
	port_close(port_of(s));
}

static void say_restarted(const struct service *s)
{
	log_error("%s: service started again (restart %u); what it was doing is answered with an error", s->name,
		  s->restarts);
}

/* Sets s up again, unless it ends too often. */
static void restart(struct service *s)
{
	s->quick = clock_us() - s->started_us < QUICK_US ? s->quick + 1 : 0;
	if (s->quick >= QUICK_MAX) {
		log_error("%s: ended %u times within seconds of its start; it stays down. Reboot when convenient.",
			  s->name, s->quick);
		down(s);
		return;
	}
	s->restarts++;
	if (launch(s) < 0)
		starved = s;
	else
		say_restarted(s);
}

/* With the memory that its last life has left there is enough for the next, unless somebody was quicker. */
static void task_gone(void)
{
	struct service *s = starved;
	if (!s)
		return;
	starved = NULL;
	if (launch(s) == 0) {
		say_restarted(s);
		return;
	}
	log_error("%s: no memory to start the service again; it stays down", s->name);
	down(s);
}

/* What it has open may point into its requests' buffers: it is closed before they go. */
static void task_ended(struct task *t)
{
	struct service *s = NULL;
	for (unsigned i = 0; i < count; i++)
		if (services[i]->task == t)
			s = services[i];
	if (s && s->cleanup)
		s->cleanup(s);
	request_task_ended(t);
	if (s)
		restart(s);
}

int service_start(struct service *s)
{
	if (count == SERVICES_MAX)
		return -ENOMEM;
	task_on_end(task_ended, task_gone);
	port_open(&s->port);
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

unsigned service_restarts(void)
{
	unsigned all = 0;
	for (unsigned i = 0; i < count; i++)
		all += services[i]->restarts;
	return all;
}

struct port *service_port(const char *name)
{
	struct service *s = service_find(name);
	return s ? &s->port : NULL;
}
