/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules' lives: see module.h. */
#include "services/modules/module.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/pages.h"
#include "kernel/traps.h"
#include "services/console/console.h"
#include "services/image/image.h"
#include "services/modules/calls.h"
#include "services/stack/stack.h"

#define TASK_STACK 16384u
#define TURN_US 2000u		/* of calls that do not wait, before the others have their turn */
#define FRAMES_MAX 24u		/* of a backtrace */
#define LEAVE_US 1500000u
#define VEC_PF 14
#define PF_WRITE 2u
#define PF_FETCH 16u

static struct module *modules[MODULES_MAX];
static unsigned last_id;

struct module *module_get(unsigned i)
{
	for (unsigned slot = 0; slot < MODULES_MAX; slot++)
		if (modules[slot] && !modules[slot]->ended && !i--)
			return modules[slot];
	return NULL;
}

struct module *module_find(const char *id_or_name)
{
	char id[12];
	struct module *m;
	for (unsigned i = 0; (m = module_get(i)); i++) {
		snprintf(id, sizeof(id), "%u", m->id);
		if (!strcmp(id, id_or_name) || !strcmp(m->name, id_or_name))
			return m;
	}
	return NULL;
}

struct module *module_self(void)
{
	for (unsigned i = 0; i < MODULES_MAX; i++)
		if (modules[i] && modules[i]->task == task_self())
			return modules[i];
	return NULL;
}

unsigned module_sockets(const struct module *m)
{
	unsigned n = 0;
	for (unsigned i = 0; i < MODULE_HANDLES; i++)
		n += m->handle[i].kind == HANDLE_SOCKET;
	return n;
}

size_t module_image_len(size_t len)
{
	return ((len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1)) + PAGE_LEN;	/* a page for its name and the like */
}

size_t module_held(const struct module *m)
{
	size_t held = m->space.held + m->file.cap + m->base.cap;
	for (unsigned i = 0; i < MODULE_HANDLES; i++)
		held += m->handle[i].file.cap + m->handle[i].parts.cap;
	for (const struct image *img = image_first(); img && m->id; img = img->next)
		held += img->maker == m->id ? module_image_len(img->len) : 0;
	return held;
}

size_t module_room(const struct module *m)
{
	size_t held = module_held(m);
	return held < m->limits.memory ? m->limits.memory - held : 0;
}

bool module_ended(const struct module *m)
{
	return m->ended;
}

void module_free(struct module *m)
{
	for (unsigned i = 0; i < MODULES_MAX; i++)
		if (modules[i] == m)
			modules[i] = NULL;
	space_free(&m->space);
	membuf_free(&m->file);
	membuf_free(&m->base);
	memset(m, 0, sizeof(*m));
	pages_free(m, sizeof(*m));
}

void module_stop(struct module *m, const char *why)
{
	if (!m->stop)
		m->stop = why;
	waitq_wake(&m->changed);
	waitq_wake(&m->command_done);
}

bool module_key(struct module *m, int key)
{
	if (m->keys == MODULE_KEYS)
		return false;
	m->key[m->keys++] = (uint16_t)key;
	waitq_wake(&m->command_done);
	return true;
}

/* ---- its end ---- */

/* After exit(0) they are there for whoever boots them; those of others wait for modules_sweep(). */
static void keep_images(const struct module *m)
{
	struct image *img = image_first();
	for (; m->status == 0 && img; img = img->next)
		if (img->maker == m->id)
			img->maker = 0;
}

static bool runs(unsigned id)
{
	for (unsigned i = 0; i < MODULES_MAX; i++)
		if (modules[i] && modules[i]->id == id && !modules[i]->ended)
			return true;
	return false;
}

void modules_sweep(void)
{
	for (struct image *next, *img = image_first(); img; img = next) {
		next = img->next;
		if (img->maker && !runs(img->maker))
			image_free(img);
	}
}

/* In the scheduler, when the task and all that was its own are gone. */
static void ended(void *arg)
{
	struct module *m = arg;
	sock_close_owner(net_stack(), (uintptr_t)m);
	module_close_all(m);
	keep_images(m);
	user32_end(&m->cpu);
	space_free(&m->space);
	console_gone(CONSOLE_MODULE + m->slot);
	m->task = NULL;
	m->ended = true;
	if (m->background)
		module_free(m);
	else
		waitq_wake(&m->changed);
}

static void say_where(const struct module *m, unsigned n, uint32_t at)
{
	uint32_t off;
	const char *name = m->file.len ? umod_function(&m->umod, m->file.data, at, &off) : NULL;
	if (name)
		log_error("module %s: #%u %08lx %s+0x%lx", m->name, n, (unsigned long)at, name, (unsigned long)off);
	else
		log_error("module %s: #%u %08lx", m->name, n, (unsigned long)at);
}

/* From one saved frame pointer to the next, as long as they rise. */
static void say_backtrace(const struct module *m)
{
	uint32_t frame = m->cpu.frame.ebp, link[2];
	say_where(m, 0, m->cpu.frame.eip);
	for (unsigned n = 1; n < FRAMES_MAX && space_read(&m->space, link, frame, sizeof(link)) == 0 && link[1]; n++) {
		say_where(m, n, link[1]);
		if (link[0] <= frame)
			break;
		frame = link[0];
	}
}

static void say_fault(struct module *m)
{
	const struct trap_frame *f = &m->cpu.frame;
	char where[64] = "";
	if (f->vector == VEC_PF)
		snprintf(where, sizeof(where), " when %s %08lx", f->error & PF_FETCH ? "executing" :
			 f->error & PF_WRITE ? "writing to" : "reading", (unsigned long)m->cpu.fault_at);
	bool overflow = f->vector == VEC_PF && m->cpu.fault_at >= UMOD_HIGH && m->cpu.fault_at < UMOD_STACK_LOW;
	snprintf(m->why, sizeof(m->why), "%s%s, at %08lx", overflow ? "stack overflow" : traps_name(f->vector), where,
		 (unsigned long)f->eip);
	log_error("module %s: %s (error %lx): it is ended", m->name, m->why, (unsigned long)f->error);
	log_error("module %s: eax %08lx ebx %08lx ecx %08lx edx %08lx esi %08lx edi %08lx ebp %08lx esp %08lx", m->name,
		  (unsigned long)f->eax, (unsigned long)f->ebx, (unsigned long)f->ecx, (unsigned long)f->edx,
		  (unsigned long)f->esi, (unsigned long)f->edi, (unsigned long)f->ebp, (unsigned long)f->user_esp);
	say_backtrace(m);
}

/* ---- its life ---- */

static void let_others_run(struct module *m)
{
	task_yield();
	m->turn_us = clock_us();
}

/* Until it calls exit(), faults, or is stopped: its status. */
static int run(struct module *m)
{
	int why;
	while (!m->stop) {
		uint64_t from = clock_us();
		why = user32_run(&m->cpu, &m->space);
		uint64_t us = clock_us() - from;
		m->cpu_us += us;
		m->busy_us += us;
		if (why < 0)
			return why;
		if (why == USER32_FAULT) {
			m->faulted = true;
			say_fault(m);
			return -EFAULT;
		}
		if (why == USER32_CALL && !module_call(m))
			return m->status;
		if (m->limits.cpu_us && m->busy_us > m->limits.cpu_us)
			m->stop = "the limit module.cpu";
		if (why == USER32_TIMER || clock_us() - m->turn_us > TURN_US)
			let_others_run(m);
	}
	return -EINTR;
}

static void say_end(struct module *m)
{
	bool stopped = m->status == -EINTR && m->stop;
	if (m->status >= 0 && m->background)
		log_line("module %s (%u): has ended with status %d", m->name, m->id, m->status);
	if (m->status >= 0 || m->faulted)
		return;
	snprintf(m->why, sizeof(m->why), "%s%s", stopped ? "ended by " : "", stopped ? m->stop :
		 m->status == -EINVAL ? "this machine's memory lies where modules are to be" :
		 "not enough memory for its page tables");
	log_warn("module %s: %s", m->name, m->why);
	if (stopped && m->limits.cpu_us && m->busy_us > m->limits.cpu_us)
		say_backtrace(m);	/* it is in an endless loop, most likely: in which? */
}

static void module_main(void *arg)
{
	struct module *m = arg;
	uint32_t esp = m->cpu.frame.user_esp;
	task_at_end(ended, m);
	m->status = -ECONNRESET;	/* should this task fault */
	int err = user32_begin(&m->cpu, m->umod.entry, esp);
	m->turn_us = clock_us();
	int status = err < 0 ? err : run(m);
	m->status = status;
	module_flush(m);
	say_end(m);
}

/* ---- its beginning ---- */

static uint64_t bsd_now(void *ctx)
{
	(void)ctx;
	return clock_us();
}

static int bsd_wait(void *ctx, int s, unsigned events, uint64_t deadline_us)
{
	unsigned ending = events | SOCK_ERR | (events == SOCK_OUT ? 0 : SOCK_HUP);	/* as of net_wait() */
	int err;
	while ((err = module_wait(ctx, s, events, deadline_us)) == -ETIMEDOUT && clock_us() < deadline_us && s >= 0 &&
	       !(sock_events(net_stack(), s) & ending))
		;
	return err;
}

static int load_segments(struct module *m, const uint8_t *data)
{
	for (unsigned i = 0; i < m->umod.count; i++) {
		const struct umod_segment *s = &m->umod.segment[i];
		size_t piece;
		int err = space_add(&m->space, s->at, s->len, s->rights);
		if (err < 0)
			return err;
		memcpy(space_piece(&m->space, s->at, &piece, false), data + s->off, s->file_len);
	}
	return space_add(&m->space, UMOD_STACK_LOW, UMOD_STACK_LEN, SPACE_WRITE);
}

/* On top of its stack the words, then argc, argv[] and a NULL, as the System V ABI has them: where that begins. */
static int push_words(struct module *m, const struct module_start *s, uint32_t *esp)
{
	uint32_t top = UMOD_STACK_TOP - 16, argc = (uint32_t)s->argc + 1, table = 0;
	uint32_t *at = calloc(argc + 3, sizeof(*at));
	int err = at ? 0 : -ENOMEM;
	for (uint32_t i = 0; err == 0 && i < argc; i++) {
		const char *word = i ? s->argv[i - 1] : m->name;
		size_t len = strlen(word) + 1;
		err = len > UMOD_STACK_LEN / 4 || top - len < UMOD_STACK_TOP - UMOD_STACK_LEN / 2 ? -E2BIG : 0;
		if (err < 0)
			break;
		top -= (uint32_t)len;
		at[1 + i] = top;
		err = space_write(&m->space, top, word, len);
	}
	if (err == 0) {
		at[0] = argc;
		table = (top - (argc + 3) * 4) & ~15u;
		err = argc > UMOD_STACK_LEN / 64 ? -E2BIG : space_write(&m->space, table, at, (argc + 3) * sizeof(*at));
	}
	free(at);
	*esp = table;
	return err;
}

/* A copy that takes no more than it needs. */
static int keep_bytes(struct membuf *b, const void *bytes, size_t len)
{
	int err = membuf_reserve(b, len);
	return err < 0 ? err : membuf_append(b, bytes, len);
}

static int fill(struct module *m, const struct module_start *s)
{
	static const struct bsd_ops ops = { .now_us = bsd_now, .wait = bsd_wait };
	struct bsd_ops own = ops;
	own.ctx = m;
	snprintf(m->name, sizeof(m->name), "%s", s->name);
	m->background = s->background;
	m->limits = s->limits;
	m->heap_end = m->umod.end;
	bsd_init(&m->bsd, net_stack(), &own, (uintptr_t)m);
	for (unsigned i = 0; i < 3; i++)
		m->handle[i].kind = HANDLE_CONSOLE;
	int err = s->base ? keep_bytes(&m->base, s->base, strlen(s->base) + 1) : 0;
	m->space.most = module_room(m);
	if (err == 0)
		err = load_segments(m, s->file);
	if (err == 0)
		err = push_words(m, s, &m->cpu.frame.user_esp);
	if (err == 0 && m->umod.symbols && s->len + PAGE_LEN <= module_room(m))
		(void)keep_bytes(&m->file, s->file, s->len);
	return err;
}

static struct module **free_slot(void)
{
	for (unsigned i = 0; i < MODULES_MAX; i++)
		if (!modules[i])
			return &modules[i];
	return NULL;
}

int module_start(const struct module_start *s, struct module **out, const char **why)
{
	struct umod u;
	struct module **slot = free_slot();
	int err = umod_parse(s->file, s->len, &u, why);
	if (err < 0)
		return err;
	*why = "as many modules run as can; kill ends one";
	if (!slot)
		return -EAGAIN;
	*why = "not enough memory";
	struct module *m = pages_alloc(sizeof(*m));
	if (!m)
		return -ENOMEM;
	memset(m, 0, sizeof(*m));
	m->umod = u;
	err = fill(m, s);
	if (err == -EDQUOT)
		*why = "it needs more memory than modules may have (module.memory)";
	if (err == -E2BIG)
		*why = "its words are too long together";
	if (err == 0) {
		m->id = ++last_id;
		m->slot = (unsigned)(slot - modules);
		m->task = task_create(m->name, module_main, m, TASK_STACK);
		err = m->task ? 0 : -ENOMEM;
	}
	if (err < 0) {
		module_free(m);
		return err;
	}
	*out = *slot = m;
	return 0;
}

/* ---- all of them ---- */

static bool any_runs(bool all)
{
	struct module *m;
	for (unsigned i = 0; (m = module_get(i)); i++)
		if (all || !m->stays)
			return true;
	return false;
}

static void end(const char *why, bool all)
{
	struct module *m;
	uint64_t until = clock_us() + LEAVE_US;
	for (unsigned i = 0; (m = module_get(i)); i++)
		if (all || !m->stays)
			module_stop(m, why);
	while (any_runs(all) && clock_us() < until)
		task_sleep_ms(10);
}

void modules_leave(void)
{
	end("the loader's leaving", true);
}

void modules_try_again(void)
{
	end("the next try", false);
}

void modules_forget(void)
{
	struct module *m;
	for (unsigned i = 0; (m = module_get(i)); i++)
		if (!m->background) {
			m->background = true;
			module_stop(m, "the end of what had started it");
		}
	for (unsigned i = 0; i < MODULES_MAX; i++)
		if (modules[i] && modules[i]->ended)
			module_free(modules[i]);
}
