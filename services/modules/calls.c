/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules' calls: handles, the console, time, memory; the others' are in files.c, calls_net.c, ....  See calls.h. */
#include "services/modules/calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/pages.h"
#include "sdk/include/undine_abi.h"
#include "services/console/console.h"
#include "services/console/keys.h"
#include "services/firmware/machine.h"
#include "services/modules/module.h"
#include "services/stack/stack.h"

#define SLICE_US 200000u
#define KEYS_SLICE_US 50000u
#define GROW_MIN (64u << 10)
#define WRITE_TURN 512u			/* bytes between two looks at the others, and at whether it is to end */

/* ---- what all use ---- */

int module_wait(struct module *m, int s, unsigned events, uint64_t deadline_us)
{
	uint64_t slice = clock_us() + SLICE_US;
	int err;
	m->busy_us = 0;
	if (m->stop)
		return -EINTR;
	if (slice > deadline_us)
		slice = deadline_us;
	err = m->in_vain ? net_wait_on(s, events, slice) : s < 0 ? net_wait_any(slice) : net_wait(s, events, slice);
	m->in_vain = err == -ETIMEDOUT;
	m->turn_us = clock_us();
	if (m->stop)
		return -EINTR;
	return err >= 0 ? 0 : err;
}

/* The first free one of from ... to - 1. */
static int handle_between(struct module *m, enum handle_kind kind, uint32_t from, uint32_t to)
{
	unsigned held = 0;
	for (unsigned i = 0; i < MODULE_HANDLES; i++)
		held += m->handle[i].kind != HANDLE_FREE;
	if (held >= m->limits.handles)
		return -EMFILE;
	for (uint32_t i = from; i < to && i < MODULE_HANDLES; i++)
		if (m->handle[i].kind == HANDLE_FREE) {
			m->handle[i] = (struct module_handle){ .kind = kind };
			return (int)i;
		}
	return -EMFILE;
}

int module_handle_new(struct module *m, enum handle_kind kind)
{
	return handle_between(m, kind, 0, MODULE_HANDLES);
}

struct module_handle *module_handle(struct module *m, uint32_t fd, enum handle_kind kind)
{
	return fd < MODULE_HANDLES && m->handle[fd].kind == kind ? &m->handle[fd] : NULL;
}

void module_handle_empty(struct module_handle *h)
{
	membuf_free(&h->file);
	membuf_free(&h->parts);
}

static void close_handle(struct module_handle *h)
{
	module_handle_empty(h);
	*h = (struct module_handle){ .kind = HANDLE_FREE };
}

void module_close_all(struct module *m)
{
	for (unsigned i = 0; i < MODULE_HANDLES; i++)
		close_handle(&m->handle[i]);
}

/* ---- the console ---- */

static void end_line(struct module_line *l)
{
	l->text[l->len] = '\0';
	l->len = 0;
	log_line("%s", l->text);
}

static void put(struct module_line *l, char c)
{
	bool again = l->returned;
	l->returned = c == '\r';
	if (c == '\n')
		end_line(l);
	if (c == '\n' || c == '\r')
		return;
	if (again)
		l->len = 0;		/* the line is written anew */
	l->text[l->len++] = c;
	if (l->len == sizeof(l->text) - 1)
		end_line(l);
}

void module_flush(struct module *m)
{
	if (m->out.len)
		end_line(&m->out);
	if (m->err.len)
		end_line(&m->err);
}

static int write_console(struct module *m, struct module_line *l, uint32_t from, size_t len)
{
	size_t piece;
	for (size_t done = 0; done < len; done += piece) {
		if (m->stop)
			return done ? (int)done : -EINTR;
		const char *text = space_piece(&m->space, from + (uint32_t)done, &piece, false);
		if (!text)
			return -EFAULT;
		if (piece > len - done)
			piece = len - done;
		if (piece > WRITE_TURN)
			piece = WRITE_TURN;
		for (size_t i = 0; i < piece; i++)
			put(l, text[i]);
		if (len > WRITE_TURN) {
			task_yield();
			m->turn_us = clock_us();
		}
	}
	return (int)len;
}

void module_show_typing(struct module *m)
{
	char text[2 * LOG_LINE_MAX];
	memcpy(text, m->out.text, m->out.len);
	memcpy(text + m->out.len, m->typed.text, m->typed.len);
	text[m->out.len + m->typed.len] = '\0';
	console_live(text, -1);
}

/* One key of the line that is being typed. */
static void type(struct module *m, int key)
{
	struct module_line *l = &m->typed;
	if (key == KEY_CTRL_D && !l->len)
		m->typed_end = true;
	else if (key == KEY_CTRL_D || key == KEY_ENTER || key == '\n')
		m->typed_whole = true;
	else if ((key == KEY_BACKSPACE || key == 0x7f) && l->len)
		l->len--;
	else if (key >= ' ' && key < 0x7f && l->len < sizeof(l->text) - 2)
		l->text[l->len++] = (char)key;
}

static void take_keys(struct module *m)
{
	unsigned n = 0;
	while (n < m->keys && !m->typed_whole && !m->typed_end)
		type(m, m->key[n++]);
	bool entered = n && m->key[n - 1] != KEY_CTRL_D;	/* else what has been typed so far is read */
	m->keys -= n;
	memmove(m->key, m->key + n, m->keys * sizeof(m->key[0]));
	if (!m->typed_whole) {
		if (n)
			module_show_typing(m);
		return;
	}
	console_live("", -1);
	m->typed.text[m->typed.len] = '\0';
	m->out.text[m->out.len] = '\0';
	log_line("%s%s", m->out.text, m->typed.text);
	m->out.len = 0;
	if (entered)
		m->typed.text[m->typed.len++] = '\n';
	m->typed_at = 0;
}

bool module_can_read_console(struct module *m)
{
	if (m->background)
		return true;		/* there is nothing, for ever */
	if (!m->typed_whole)
		take_keys(m);
	return m->typed_whole || m->typed_end;
}

static int read_console(struct module *m, uint32_t to, size_t len, bool nonblock)
{
	while (!module_can_read_console(m)) {
		if (nonblock)
			return -EAGAIN;
		if (m->stop)
			return -EINTR;
		module_show_typing(m);
		m->busy_us = 0;
		waitq_wait(&m->command_done, clock_us() + SLICE_US);
		m->turn_us = clock_us();
	}
	if (m->background || m->typed_end) {
		m->typed_end = false;
		return 0;
	}
	size_t n = m->typed.len - m->typed_at;
	if (n > len)
		n = len;
	if (space_write(&m->space, to, m->typed.text + m->typed_at, n) < 0)
		return -EFAULT;
	m->typed_at += n;
	if (m->typed_at == m->typed.len) {
		m->typed.len = m->typed_at = 0;
		m->typed_whole = false;
	}
	return (int)n;
}

/* ---- handles ---- */

/* Whether a socket has another number, too. */
static bool is_shared(const struct module *m, const struct module_handle *h)
{
	for (const struct module_handle *o = m->handle; o < m->handle + MODULE_HANDLES; o++)
		if (o != h && o->kind == HANDLE_SOCKET && o->sock == h->sock)
			return true;
	return false;
}

static int call_close(struct module *m, const struct call_args *c)
{
	struct module_handle *h = c->a < MODULE_HANDLES ? &m->handle[c->a] : NULL;
	if (!h || h->kind == HANDLE_FREE)
		return -EBADF;
	int err = h->kind == HANDLE_SOCKET && !is_shared(m, h) ? bsd_close(&m->bsd, h->sock) : 0;
	close_handle(h);
	return err < 0 ? err : 0;
}

static int call_dup(struct module *m, const struct call_args *c)
{
	struct module_handle *h = c->a < MODULE_HANDLES ? &m->handle[c->a] : NULL;
	if (!h || h->kind == HANDLE_FREE || c->b >= MODULE_HANDLES)
		return -EBADF;
	if (h->kind == HANDLE_FILE)
		return -EOPNOTSUPP;		/* where it is read, and its memory, are one handle's */
	int fd = handle_between(m, h->kind, c->b, c->c);
	if (fd >= 0)
		m->handle[fd] = *h;
	return fd;
}

static int call_read(struct module *m, const struct call_args *c)
{
	struct module_handle *h;
	if (module_handle(m, c->a, HANDLE_SOCKET))
		return calls_net[UNDINE_RECVFROM - UNDINE_SOCKET](m, &(struct call_args){ c->a, c->b, c->c, 0, 0, 0 });
	if (!space_holds(&m->space, c->b, c->c, true))
		return -EFAULT;
	if ((h = module_handle(m, c->a, HANDLE_FILE)))
		return module_read(m, h, c->b, c->c < INT32_MAX ? c->c : INT32_MAX);
	h = module_handle(m, c->a, HANDLE_CONSOLE);
	return h ? read_console(m, c->b, c->c, h->nonblock) : -EBADF;
}

static int call_write(struct module *m, const struct call_args *c)
{
	if (module_handle(m, c->a, HANDLE_SOCKET))
		return calls_net[UNDINE_SENDTO - UNDINE_SOCKET](m, &(struct call_args){ c->a, c->b, c->c, 0, 0, 0 });
	if (!module_handle(m, c->a, HANDLE_CONSOLE))
		return module_handle(m, c->a, HANDLE_FILE) ? -EROFS : -EBADF;
	if (c->c > INT32_MAX || !space_holds(&m->space, c->b, c->c, false))
		return -EFAULT;
	return write_console(m, c->a == 2 ? &m->err : &m->out, c->b, c->c);
}

static int call_seek(struct module *m, const struct call_args *c)
{
	struct module_handle *h = module_handle(m, c->a, HANDLE_FILE);
	if (!h)
		return c->a < MODULE_HANDLES && m->handle[c->a].kind != HANDLE_FREE ? -ESPIPE : -EBADF;
	return module_seek(h, (int32_t)c->b, c->c);
}

static int call_nonblock(struct module *m, const struct call_args *c)
{
	struct module_handle *h = c->a < MODULE_HANDLES ? &m->handle[c->a] : NULL;
	if (!h || h->kind == HANDLE_FREE)
		return -EBADF;
	if (h->kind == HANDLE_SOCKET)
		return bsd_nonblock(&m->bsd, h->sock, (int32_t)c->b < 0 ? -1 : c->b != 0);
	if ((int32_t)c->b >= 0)
		h->nonblock = c->b;
	return h->nonblock;
}

static int call_available(struct module *m, const struct call_args *c)
{
	struct module_handle *h;
	if ((h = module_handle(m, c->a, HANDLE_SOCKET)))
		return call_available_socket(m, h);
	if ((h = module_handle(m, c->a, HANDLE_FILE)))
		return h->pos < h->len ? (int)(h->len - h->pos) : 0;
	if (!module_handle(m, c->a, HANDLE_CONSOLE))
		return -EBADF;
	return !m->background && module_can_read_console(m) ? (int)(m->typed.len - m->typed_at) : 0;
}

/* ---- memory and time ---- */

static int call_exit(struct module *m, const struct call_args *c)
{
	m->status = (int)(c->a & 0xff);
	return 0;
}

/* It grows by more than is asked, so that many small steps are few regions. */
static int call_grow(struct module *m, const struct call_args *c)
{
	uint32_t at = m->heap_end, room = UMOD_HIGH - at;
	uint32_t len = (uint32_t)(m->space.held / 4) > GROW_MIN ? (uint32_t)(m->space.held / 4) : GROW_MIN;
	if (len < c->a)
		len = c->a;
	if (!c->a)
		return (int)at;
	if (len > room)
		len = room;
	m->space.most = m->space.held + module_room(m);
	int err = c->a > len ? -ENOMEM : space_add(&m->space, at, len, SPACE_WRITE);
	if (err < 0 && len > c->a)
		err = space_add(&m->space, at, len = c->a, SPACE_WRITE);
	if (err < 0)
		return -ENOMEM;
	len = m->space.region[m->space.count - 1].len;
	m->heap_end += len;
	m->cpu.frame.edx = len;		/* how much it is */
	return (int)at;
}

static int call_clock(struct module *m, const struct call_args *c)
{
	struct undine_clock now = { .up_us = clock_us(), .unix_s = machine_wall_clock() };
	return space_write(&m->space, c->a, &now, sizeof(now));
}

static int call_sleep(struct module *m, const struct call_args *c)
{
	uint64_t until = clock_us() + (uint64_t)c->a * 1000;
	if (!c->a)
		task_yield();
	while (!m->stop && clock_us() < until) {
		uint64_t slice = clock_us() + SLICE_US;
		task_sleep_until(slice < until ? slice : until);
	}
	m->busy_us = 0;
	m->turn_us = clock_us();
	return m->stop ? -EINTR : 0;
}

/* ---- all of them ---- */

static call_fn *const calls[] = {
	[UNDINE_EXIT] = call_exit, [UNDINE_READ] = call_read, [UNDINE_WRITE] = call_write, [UNDINE_OPEN] = module_open,
	[UNDINE_CLOSE] = call_close, [UNDINE_SEEK] = call_seek, [UNDINE_GROW] = call_grow, [UNDINE_CLOCK] = call_clock,
	[UNDINE_SLEEP] = call_sleep, [UNDINE_NONBLOCK] = call_nonblock, [UNDINE_AVAILABLE] = call_available,
	[UNDINE_DUP] = call_dup,
};

static call_fn *find(uint32_t number)
{
	if (number < sizeof(calls) / sizeof(calls[0]))
		return calls[number];
	if (number >= UNDINE_SOCKET && number <= UNDINE_RESOLVE)
		return calls_net[number - UNDINE_SOCKET];
	if (number >= UNDINE_RUN && number < UNDINE_LOG)
		return calls_loader[number - UNDINE_RUN];
	if (number >= UNDINE_LOG && number < UNDINE_CALLS)
		return calls_watch[number - UNDINE_LOG];
	return NULL;
}

bool module_call(struct module *m)
{
	struct trap_frame *f = &m->cpu.frame;
	struct call_args c = { f->ebx, f->ecx, f->edx, f->esi, f->edi, f->ebp };
	uint32_t number = f->eax;
	call_fn *fn = find(number);
	if (number == UNDINE_CONNECT || number == UNDINE_SENDTO || number == UNDINE_WRITE)
		m->in_vain = false;		/* an answer may come soon */
	f->eax = (uint32_t)(fn ? fn(m, &c) : -ENOSYS);
	return number != UNDINE_EXIT;
}
