/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests and ports: see request.h. */
#include "kernel/request.h"

#include <errno.h>
#include <string.h>

#include "kernel/arena.h"
#include "kernel/clock.h"
#include "kernel/membuf.h"

/* A handle is a generation above an index. */
#define INDEX_BITS 8
#define GENERATION_MAX (0x7fffffff >> INDEX_BITS)

#define STOP_SLICE_US 100000u

enum request_state { FREE, QUEUED, SERVED, ANSWERED };

struct request {
	enum request_state state;
	unsigned generation;
	struct task *owner;		/* NULL: nobody wants the answer */
	struct task *server;		/* SERVED */
	struct port *port;		/* QUEUED */
	struct request *next;		/* in the port's queue */
	uint32_t type;
	int result;
	uint8_t *data;			/* in_len bytes asked, then room for out_cap answered */
	size_t in_len, out_cap, out_len;
	struct membuf buffer;
	struct waitq answered;
};

static struct request pool[REQUESTS_MAX];
static struct arena arena = { .name = "requests" };	/* no task's: it outlives them */
static struct waitq room;				/* a place in a queue or in the pool is free again */

static int handle_of(const struct request *q)
{
	return (int)(q->generation << INDEX_BITS | (unsigned)(q - pool));
}

static struct request *find(int r)
{
	unsigned i = (unsigned)r & ((1u << INDEX_BITS) - 1);
	return r > 0 && i < REQUESTS_MAX && pool[i].state != FREE && handle_of(&pool[i]) == r ? &pool[i] : NULL;
}

static struct request *owned(int r)
{
	struct request *q = find(r);
	return q && q->owner == task_self() ? q : NULL;
}

static struct request *served(int r)
{
	struct request *q = find(r);
	return q && q->state == SERVED && q->server == task_self() ? q : NULL;
}

static void free_request(struct request *q)
{
	membuf_free(&q->buffer);
	arena_free(q->data);
	q->data = NULL;
	q->state = FREE;
	waitq_wake(&room);
}

static void unqueue(struct request *q)
{
	struct request **at = &q->port->first;
	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
	q->port->waiting--;
	waitq_wake(&room);
}

static void answer(struct request *q, int result)
{
	if (q->state == SERVED && !q->owner)
		task_cancel_heard(q->server);
	q->server = NULL;
	q->state = ANSWERED;
	q->result = result;
	if (q->owner)
		waitq_wake(&q->answered);
	else
		free_request(q);
}

/* The owner lets go. */
static void forget(struct request *q)
{
	q->owner = NULL;
	if (q->state == SERVED) {
		task_cancel(q->server);
		return;
	}
	if (q->state == QUEUED)
		unqueue(q);
	free_request(q);
}

void port_open(struct port *p)
{
	p->open = true;
}

void port_close(struct port *p)
{
	p->open = false;
	while (p->first) {
		struct request *q = p->first;
		unqueue(q);
		answer(q, -ECONNRESET);
	}
}

/* ---- the caller ---- */

/* A free place in the pool, or NULL and why. */
static struct request *find_place(int *err)
{
	struct request *place = NULL;
	unsigned own = 0;
	for (struct request *q = pool; q < pool + REQUESTS_MAX; q++) {
		if (q->state == FREE)
			place = place ? place : q;
		else
			own += q->owner == task_self();
	}
	*err = own >= REQUESTS_EACH ? -EMFILE : -EAGAIN;
	return own >= REQUESTS_EACH ? NULL : place;
}

int request_start(struct port *p, uint32_t type, const void *in, size_t in_len, size_t out_cap)
{
	int err;
	if (!p || !p->open)
		return -ECONNRESET;
	if (in_len > REQUEST_DATA_MAX || out_cap > REQUEST_DATA_MAX)
		return -EMSGSIZE;
	struct request *q = find_place(&err);
	if (!q)
		return err;
	if (p->waiting == PORT_DEPTH)
		return -EAGAIN;
	uint8_t *data = arena_alloc(&arena, in_len + out_cap);
	if (!data)
		return -ENOMEM;
	*q = (struct request){
		.state = QUEUED, .generation = q->generation % GENERATION_MAX + 1, .owner = task_self(), .port = p,
		.type = type, .data = data, .in_len = in_len, .out_cap = out_cap,
	};
	if (in_len)
		memcpy(data, in, in_len);
	struct request **at = &p->first;
	while (*at)
		at = &(*at)->next;
	*at = q;
	p->waiting++;
	waitq_wake(&p->readers);
	return handle_of(q);
}

int request_wait(int r, uint64_t deadline_us)
{
	struct request *q = owned(r);
	if (!q)
		return -EBADF;
	while (q->state != ANSWERED) {
		int why = waitq_wait(&q->answered, deadline_us);
		if (why < 0 && q->state != ANSWERED)
			return why == -ETIMEDOUT ? -EAGAIN : why;
	}
	return q->result;
}

int request_read(int r, void *out, size_t cap)
{
	struct request *q = owned(r);
	if (!q)
		return -EBADF;
	size_t len = q->out_len < cap ? q->out_len : cap;
	if (len)
		memcpy(out, q->data + q->in_len, len);
	return (int)len;
}

int request_take(int r, struct membuf *b)
{
	struct request *q = owned(r);
	if (!q)
		return -EBADF;
	if (q->state != ANSWERED)
		return -EAGAIN;
	*b = q->buffer;
	q->buffer = (struct membuf){ 0 };
	return 0;
}

void request_close(int r)
{
	struct request *q = owned(r);
	if (q)
		forget(q);
}

/* The end of one wait between two questions to stop(). */
static uint64_t slice(uint64_t deadline_us, bool (*stop)(void))
{
	uint64_t next = clock_us() + STOP_SLICE_US;
	return stop && next < deadline_us ? next : deadline_us;
}

/* A handle as soon as there is room. */
static int start_until(struct port *p, uint32_t type, const void *in, size_t in_len, size_t out_cap,
		       uint64_t deadline_us, bool (*stop)(void))
{
	for (;;) {
		int r = request_start(p, type, in, in_len, out_cap);
		if (r != -EAGAIN)
			return r;
		if (clock_us() >= deadline_us)
			return -EAGAIN;
		if (waitq_wait(&room, slice(deadline_us, stop)) == -ECANCELED || (stop && stop()))
			return -ECANCELED;
	}
}

int port_call_unless(struct port *p, uint32_t type, const void *in, size_t in_len, void *out, size_t out_cap,
		     uint64_t deadline_us, bool (*stop)(void))
{
	int err, r = start_until(p, type, in, in_len, out_cap, deadline_us, stop);
	if (r < 0)
		return r;
	while ((err = request_wait(r, slice(deadline_us, stop))) == -EAGAIN) {
		if (stop && stop())
			err = -ECANCELED;
		else if (clock_us() >= deadline_us)
			err = -ETIMEDOUT;
		else
			continue;
		break;
	}
	request_read(r, out, out_cap);
	request_close(r);
	return err;
}

int port_call(struct port *p, uint32_t type, const void *in, size_t in_len, void *out, size_t out_cap,
	      uint64_t deadline_us)
{
	return port_call_unless(p, type, in, in_len, out, out_cap, deadline_us, NULL);
}

/* ---- the service ---- */

int port_receive(struct port *p, int *r, uint64_t deadline_us)
{
	while (!p->first) {
		int why = waitq_wait(&p->readers, deadline_us);
		if (why < 0 && !p->first)
			return why;
	}
	struct request *q = p->first;
	unqueue(q);
	q->state = SERVED;
	q->server = task_self();
	*r = handle_of(q);
	return 0;
}

uint32_t request_type(int r)
{
	const struct request *q = served(r);
	return q ? q->type : 0;
}

const void *request_in_any(int r, size_t *len)
{
	const struct request *q = served(r);
	*len = q ? q->in_len : 0;
	return q ? q->data : NULL;
}

const void *request_in(int r, size_t len)
{
	size_t have;
	const void *in = request_in_any(r, &have);
	return have == len ? in : NULL;
}

const char *request_in_text(int r)
{
	size_t len;
	const char *in = request_in_any(r, &len);
	return in && len && !in[len - 1] ? in : NULL;
}

bool request_cancelled(int r)
{
	const struct request *q = served(r);
	return q && !q->owner;
}

void request_publish(int r, const void *out, size_t len)
{
	struct request *q = served(r);
	if (!q || !out)
		return;
	q->out_len = len < q->out_cap ? len : q->out_cap;
	memcpy(q->data + q->in_len, out, q->out_len);
}

struct membuf *request_buffer(int r)
{
	struct request *q = served(r);
	return q ? &q->buffer : NULL;
}

void request_reply(int r, int result, const void *out, size_t len)
{
	struct request *q = served(r);
	if (!q)
		return;
	request_publish(r, out, len);
	answer(q, result == -EAGAIN ? -EBUSY : result);
}

/* ---- the supervisor ---- */

void request_task_ended(struct task *t)
{
	for (struct request *q = pool; q < pool + REQUESTS_MAX; q++) {
		if (q->state == SERVED && q->server == t)
			answer(q, -ECONNRESET);
		if (q->state != FREE && q->owner == t)
			forget(q);
	}
}
