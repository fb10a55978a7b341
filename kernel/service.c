/* SPDX-License-Identifier: BSD-2-Clause */
/* The supervisor: see service.h. */
#include "kernel/service.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/restart.h"

#define SERVICES_MAX 16
#define QUICK_US 5000000u	/* a service that faults again this soon ... */
#define QUICK_MAX 5		/* ... this many times in a row cannot be kept up */
#define REST_MS 60000u		/* before it is tried again, where the loader can do without it for so long */

static struct service *services[SERVICES_MAX];
static unsigned count;
static struct service *starved;		/* there was no memory to start it again; its end will bring some */

static int launch(struct service *s)
{
	s->started_us = clock_us();
	s->task = task_create(s->name, s->main, s, s->stack_len);
	return s->task ? 0 : -ENOMEM;
}

/* A service's task after a rest. */
static void rested(void *arg)
{
	struct service *s = arg;
	task_sleep_ms(REST_MS);
	s->started_us = clock_us();
	s->main(s);
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

/* It ends too often: true if it comes back by itself after a rest. */
static bool rest(struct service *s)
{
	log_error("%s: ended %u times within seconds of its start", s->name, s->quick);
	if (s->essential)
		restart("the %s service cannot be kept up", s->name);
	s->quick = 0;
	s->restarts++;
	s->task = task_create(s->name, rested, s, s->stack_len);
	if (s->task)
		log_line("%s: it is started again in %u s", s->name, REST_MS / 1000);
	return s->task;
}

/* Sets s up again. */
static void set_up_again(struct service *s)
{
	s->quick = clock_us() - s->started_us < QUICK_US ? s->quick + 1 : 0;
	if (s->quick >= QUICK_MAX) {
		if (!rest(s))
			starved = s;
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
	log_error("%s: no memory to start the service again", s->name);
	if (s->essential)
		restart("there is no memory for the %s service", s->name);
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
		set_up_again(s);
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
