/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports: see port.h. */
#include "kernel/port.h"

#include <errno.h>
#include <stddef.h>

#include "kernel/clock.h"

static uint32_t last_serial;

void port_init(struct port *p)
{
	*p = (struct port){ .serial = ++last_serial };
}

void port_close(struct port *p)
{
	p->serial = 0;
}

int port_send(struct port *p, const struct msg *m)
{
	if (p->count == PORT_DEPTH)
		return -EAGAIN;
	struct msg *slot = &p->queue[(p->head + p->count++) % PORT_DEPTH];
	*slot = *m;
	slot->to = p;
	slot->serial = m->reply ? m->reply->serial : 0;
	waitq_wake(&p->readers);
	return 0;
}

/* Notes that m wants an answer, for port_reset. */
static void hold(struct port *p, const struct msg *m)
{
	for (unsigned i = 0; i < PORT_DEPTH && m->reply; i++)
		if (!p->held[i].to) {
			p->held[i] = *m;
			return;
		}
}

static void unhold(struct port *p, const struct msg *m)
{
	for (unsigned i = 0; i < PORT_DEPTH; i++)
		if (p->held[i].to && p->held[i].reply == m->reply && p->held[i].serial == m->serial)
			p->held[i].to = NULL;
}

int port_recv(struct port *p, struct msg *m, uint64_t deadline_us)
{
	while (!p->count)
		if (waitq_wait(&p->readers, deadline_us) < 0 && !p->count)
			return -ETIMEDOUT;
	*m = p->queue[p->head];
	p->head = (p->head + 1) % PORT_DEPTH;
	p->count--;
	if (m->type == MSG_CRASH && m->to && !m->reply)
		*(volatile int *)0 = 0;		/* as asked */
	hold(p, m);
	return 0;
}

static void answer(const struct msg *m, int result)
{
	if (!m->reply || m->reply->serial != m->serial)
		return;		/* nobody waits any more */
	struct msg r = { .type = m->type, .result = result, .data = m->data };
	port_send(m->reply, &r);
}

void port_reply(const struct msg *m, int result)
{
	unhold(m->to, m);
	answer(m, result);
}

void port_reset(struct port *p)
{
	for (unsigned i = 0; i < PORT_DEPTH; i++)
		if (p->held[i].to)
			answer(&p->held[i], -ECONNRESET);
	for (; p->count; p->count--, p->head = (p->head + 1) % PORT_DEPTH)
		answer(&p->queue[p->head], -ECONNRESET);
	port_init(p);
}

int port_call(struct port *p, uint32_t type, void *data)
{
	struct port reply;
	port_init(&reply);
	struct msg m = { .type = type, .data = data, .reply = &reply };
	int err = port_send(p, &m);
	if (!err)
		err = port_recv(&reply, &m, CLOCK_NEVER);
	port_close(&reply);
	return err ? err : m.result;
}
