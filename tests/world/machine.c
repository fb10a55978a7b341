/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks, clock, memory and log on the host: see machine.h. */
#include "tests/world/machine.h"

#include <assert.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "kernel/arena.h"
#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/memmap.h"
#include "kernel/pages.h"
#include "kernel/panic.h"
#include "kernel/restart.h"
#include "kernel/random.h"
#include "kernel/task_machine.h"

/* ---- stacks ---- */

struct fiber {
	void *at[5];			/* __builtin_setjmp's: no system call is made, unlike by swapcontext() */
	bool ran;
	ucontext_t first;		/* the way to its function */
	void *fake;			/* ASan's */
	const void *bottom;
	size_t len;
	task_fn *fn;
	void *arg;
	unsigned waits;			/* how often it was left */
};

static struct fiber outside, *here = &outside;	/* outside: whoever called machine_run() */
static struct fiber *scheduler;
static bool (*until)(void);
static bool reached, stopped;
static uint64_t now_us = 1000000, limit;

void (*machine_at_wait)(const char *task, unsigned n, bool back);

/* After coming from `from`, whose bounds are known now. */
static void arrive(struct fiber *from, void *fake)
{
	const void *bottom;
	size_t len;
	__sanitizer_finish_switch_fiber(fake, &bottom, &len);
	from->bottom = bottom;
	from->len = len;
}

static struct fiber *came_from;

/* ASan knows of the switch already; it need not clean the stack that is left, which is as it shall be found again. */
static void __attribute__((noinline, no_sanitize("address"))) leave_for(struct fiber *from, struct fiber *to)
{
	from->ran = true;
	if (__builtin_setjmp(from->at))
		return;
	if (to->ran)
		__builtin_longjmp(to->at, 1);
	setcontext(&to->first);
}

static void go(struct fiber *to)
{
	struct fiber *from = here;
	came_from = from;
	here = to;
	__sanitizer_start_switch_fiber(&from->fake, to->bottom, to->len);
	leave_for(from, to);
	arrive(came_from, from->fake);
}

static void entry(void)
{
	arrive(came_from, NULL);
	here->fn(here->arg);
	task_exit();
}

void *task_machine_prepare(void *stack, size_t len, task_fn *fn, void *arg)
{
	struct fiber *f = (struct fiber *)(((uintptr_t)stack + len - sizeof(*f)) & ~(uintptr_t)63);
	*f = (struct fiber){ .fn = fn, .arg = arg, .bottom = stack, .len = (size_t)((uint8_t *)f - (uint8_t *)stack) };
	getcontext(&f->first);
	f->first.uc_stack.ss_sp = stack;
	f->first.uc_stack.ss_size = f->len;
	makecontext(&f->first, entry, 0);
	return f;
}

static void echo_log(void);

/* Back to whoever runs the machine, when that is due. */
static void pause_if_due(void)
{
	echo_log();
	reached = until && until();
	if (reached || now_us >= limit)
		go(&outside);
}

void task_switch(void **save, void *load)
{
	struct fiber *self = *save = here;
	if (self == scheduler) {
		pause_if_due();
		go(load);
		return;
	}
	const char *name = task_name(task_self());
	unsigned n = ++self->waits;
	if (machine_at_wait)
		machine_at_wait(name, n, false);
	go(load);
	if (machine_at_wait)
		machine_at_wait(name, n, true);
}

void task_machine_crash(void)
{
	task_fault();
}

static size_t pages_len(const void *p);

void task_machine_guard(void *page, bool on)
{
	if (on)
		__asan_poison_memory_region(page, PAGE_LEN);
	else	/* frames that were never left stay poisoned too, and the whole stack is to be written over */
		__asan_unpoison_memory_region(page, pages_len(page));
}

/* ---- time ---- */

uint64_t (*machine_clock)(void);
void (*machine_rest)(uint64_t until_us);

uint64_t clock_us(void)
{
	if (machine_clock)
		return machine_clock();
	return now_us++;	/* nothing takes no time, and nobody spins for ever */
}

void machine_pass(uint64_t us)
{
	now_us += us;
}

_Noreturn void machine_stop(void)
{
	reached = true;
	stopped = true;
	echo_log();
	go(&outside);
	abort();
}

void task_machine_turn(void)
{
}

void task_machine_idle(uint64_t soonest_us)
{
	if (machine_rest) {
		pause_if_due();
		machine_rest(soonest_us);
		return;
	}
	if (soonest_us > limit)
		soonest_us = limit;
	if (soonest_us > now_us)
		now_us = soonest_us;
	pause_if_due();
}

void (*machine_begin)(void) = task_run;

static void run_all(void *arg)
{
	(void)arg;
	machine_begin();
}

bool machine_run(bool (*done)(void), uint64_t limit_us)
{
	static uint8_t stack[2 * MACHINE_STACK] __attribute__((aligned(64)));
	assert(!stopped);
	until = done;
	limit = machine_clock ? UINT64_MAX : now_us + limit_us;
	reached = false;
	if (!scheduler) {
		__asan_unpoison_memory_region(stack, sizeof(stack));	/* frames of a machine before this one */
		scheduler = task_machine_prepare(stack, sizeof(stack), run_all, NULL);
	}
	go(scheduler);
	return reached;
}

/* ---- memory ---- */

void *__real_malloc(size_t len);
void __real_free(void *p);

/* Each block is in a list, so that nothing is left of a machine that is given up; the list is nobody else's. */
struct block {
	struct block *next, **at;
	size_t pad[0] __attribute__((aligned(16)));
};

static struct block *blocks;

static void mark(struct block *b, bool ours)
{
	if (b && ours)
		__asan_unpoison_memory_region(b, sizeof(*b));
	else if (b)
		__asan_poison_memory_region(b, sizeof(*b));
}

void *machine_malloc(size_t len)
{
	struct block *b = __real_malloc(sizeof(*b) + len);
	assert(b);
	*b = (struct block){ blocks, &blocks };
	blocks = b;
	mark(b->next, true);
	if (b->next)
		b->next->at = &b->next;
	mark(b->next, false);
	mark(b, false);
	return b + 1;
}

void machine_free(void *p)
{
	struct block *b, *before = NULL;
	if (!p)
		return;
	b = (struct block *)p - 1;
	mark(b, true);
	if (b->at != &blocks)
		before = (struct block *)b->at;
	mark(before, true);
	*b->at = b->next;
	mark(before, false);
	mark(b->next, true);
	if (b->next)
		b->next->at = b->at;
	mark(b->next, false);
	__real_free(b);
}

size_t machine_pages_held, machine_blocks_held;
unsigned machine_allocations, machine_failing_allocation, machine_failing_count = 1;
uint32_t machine_chance = 1;

static bool may_allocate(void)
{
	unsigned n = ++machine_allocations - machine_failing_allocation;
	return n >= machine_failing_count || !machine_failing_allocation;
}

/*
 * The page allocator is the product's, on memory that lies where a PC has it.
 * Behind each piece one page more is poisoned, and what is given back waits,
 * poisoned too, until some others have been given back after it.
 */
#define EXTENTS 512
#define QUARANTINE 128
#define HANGS_S 120		/* of processor time: an emulated 32-bit processor is ten times slower */

static struct extent {
	uint8_t *p;
	size_t len;
} extents[EXTENTS];

static struct extent quarantine[QUARANTINE];
static unsigned released;

void *__real_pages_alloc_range(size_t len, uint32_t lo, uint32_t hi);
void __real_pages_free(void *p, size_t len);
void *__wrap_pages_alloc_range(size_t len, uint32_t lo, uint32_t hi);
void *__wrap_pages_alloc(size_t len);
void __wrap_pages_free(void *p, size_t len);

const struct memmap *machine_map(void)
{
	static const struct memmap map = {
		.count = 2,
		.e = {
			{ 2 * MACHINE_LOW, 0x9fc00 - 2 * MACHINE_LOW, MEM_USABLE, 1 },
			{ 0x100000, MACHINE_MEMORY - 0x100000, MEM_USABLE, 1 },
		},
	};
	return &map;
}

void machine_memory(void)
{
	static bool there;
	if (there)
		return;
	there = true;
	void *at = (void *)(uintptr_t)MACHINE_LOW, *high = (void *)(uintptr_t)PAGES_LOW;
	void *got = mmap(at, MACHINE_MEMORY - MACHINE_LOW, PROT_READ | PROT_WRITE | PROT_EXEC,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert(got == at);
	__asan_poison_memory_region(high, MACHINE_MEMORY - PAGES_LOW);
	pages_init(machine_map(), PAGES_HIGH);
}

static size_t whole_pages(size_t len)
{
	return (len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
}

static struct extent *extent_of(const void *p)
{
	for (struct extent *e = extents; e < extents + EXTENTS; e++)
		if (e->len && (const uint8_t *)p >= e->p && (const uint8_t *)p < e->p + e->len)
			return e;
	return NULL;
}

static size_t pages_len(const void *p)
{
	struct extent *e = extent_of(p);
	assert(e);
	return e->len;
}

static void release(struct extent *e)
{
	if (e->len)
		__real_pages_free(e->p, e->len);
	*e = (struct extent){ 0 };
}

static void release_all(void)
{
	for (unsigned i = 0; i < QUARANTINE; i++)
		release(&quarantine[i]);
}

static void give_back(uint8_t *p, size_t len)
{
	struct extent *e = &quarantine[released++ % QUARANTINE];
	release(e);
	*e = (struct extent){ p, len };
}

void *__wrap_pages_alloc_range(size_t asked, uint32_t lo, uint32_t hi)
{
	size_t len = whole_pages(asked);
	struct extent *e = extents;
	machine_memory();
	while (e < extents + EXTENTS && e->len)
		e++;
	assert(e < extents + EXTENTS);
	if (!len || len < asked || len > MACHINE_MEMORY || !may_allocate())
		return NULL;
	if (hi < UINT32_MAX - PAGE_LEN)
		hi += PAGE_LEN;
	void *p = __real_pages_alloc_range(len + PAGE_LEN, lo, hi);
	if (!p) {
		release_all();
		p = __real_pages_alloc_range(len + PAGE_LEN, lo, hi);
	}
	if (!p)
		return NULL;
	__asan_unpoison_memory_region(p, len);
	*e = (struct extent){ p, len };
	machine_pages_held += len;
	return p;
}

void *__wrap_pages_alloc(size_t len)
{
	return __wrap_pages_alloc_range(len, 0, UINT32_MAX);
}

void __wrap_pages_free(void *p, size_t asked)
{
	size_t len = whole_pages(asked);
	struct extent *e;
	if (!p || !len)
		return;
	e = extent_of(p);
	assert(e && (uint8_t *)p + len <= e->p + e->len);
	assert(p == e->p || (uint8_t *)p + len == e->p + e->len);	/* a head or a tail */
	machine_pages_held -= len;
	__asan_poison_memory_region(p, len);
	if (len == e->len) {
		give_back(p, len + PAGE_LEN);
		*e = (struct extent){ 0 };
	} else if (p == e->p) {
		e->p += len;
		e->len -= len;
		give_back(p, len);
	} else {			/* its first page is what the piece has behind it from now on */
		e->len -= len;
		give_back((uint8_t *)p + PAGE_LEN, len);
	}
}

/* A block of an arena: before what the caller has. */
struct arena_chunk {
	struct arena_chunk *next, **at;
	struct arena *arena;
	size_t len;
	size_t pad[0] __attribute__((aligned(16)));
};

void arena_init(struct arena *a, const char *name)
{
	*a = (struct arena){ .name = name };
}

void *arena_alloc(struct arena *a, size_t len)
{
	struct arena_chunk *c = may_allocate() ? machine_malloc(sizeof(*c) + len) : NULL;
	if (!c)
		return NULL;
	*c = (struct arena_chunk){ .next = a->chunks, .at = &a->chunks, .arena = a, .len = len };
	if (c->next)
		c->next->at = &c->next;
	a->chunks = c;
	a->used += len;
	a->held += len;
	machine_blocks_held++;
	return c + 1;
}

void arena_free(void *p)
{
	if (!p)
		return;
	struct arena_chunk *c = (struct arena_chunk *)p - 1;
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	c->arena->used -= c->len;
	c->arena->held -= c->len;
	machine_blocks_held--;
	machine_free(c);
}

size_t arena_block_len(const void *p)
{
	return ((const struct arena_chunk *)p - 1)->len;
}

void arena_destroy(struct arena *a)
{
	while (a->chunks)
		arena_free(a->chunks + 1);
}

/* What the linker puts in malloc's place (--wrap), as kernel/libc.c does. */
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_realloc(void *p, size_t len);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t most);
void __wrap_free(void *p);

void *__wrap_malloc(size_t len)
{
	static struct arena nobody = { .name = "nobody's" };
	struct task *t = task_self();
	return arena_alloc(t ? task_arena(t) : &nobody, len);
}

void *__wrap_calloc(size_t n, size_t len)
{
	assert(!n || len <= SIZE_MAX / n);
	void *p = __wrap_malloc(n * len);
	return p ? memset(p, 0, n * len) : NULL;
}

void *__wrap_realloc(void *p, size_t len)
{
	size_t old = p ? arena_block_len(p) : 0;
	void *more = __wrap_malloc(len);
	if (more && p) {
		memcpy(more, p, old < len ? old : len);
		arena_free(p);
	}
	return more;
}

char *__wrap_strdup(const char *text)
{
	return __wrap_strndup(text, strlen(text));
}

char *__wrap_strndup(const char *text, size_t most)
{
	size_t len = strnlen(text, most);
	char *copy = __wrap_malloc(len + 1);
	if (copy)
		*stpncpy(copy, text, len) = '\0';
	return copy;
}

void __wrap_free(void *p)
{
	arena_free(p);
}

struct task *__real_task_create(const char *name, task_fn *fn, void *arg, size_t stack_len);
struct task *__wrap_task_create(const char *name, task_fn *fn, void *arg, size_t stack_len);

/* What the product asks for is meant for smaller frames. */
struct task *__wrap_task_create(const char *name, task_fn *fn, void *arg, size_t stack_len)
{
	if (stack_len < MACHINE_STACK)
		stack_len = 4 * stack_len > MACHINE_STACK ? 4 * stack_len : MACHINE_STACK;
	return __real_task_create(name, fn, arg, stack_len);
}

/* ---- log, chance ---- */

bool machine_echo;
static uint64_t echoed;
static const char *shown;		/* what the last process has said */
static size_t shown_len;

/* Of its own time: others may use the processor too. */
static void limit_time(void)
{
	setitimer(ITIMER_PROF, &(struct itimerval){ .it_value.tv_sec = HANGS_S }, NULL);
}

static void echo_log(void)
{
	char text[512];
	size_t n;
	while (machine_echo && (n = log_read(&echoed, text, sizeof(text))))
		fwrite(text, 1, n, stderr);
}

void panic(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	abort();
}

void (*machine_restarted)(void);

bool restart_carried(enum carry_tag tag, unsigned nth, const void **data, size_t *len)
{
	(void)tag;
	(void)nth;
	(void)data;
	(void)len;
	return false;
}

void restart(const char *fmt, ...)
{
	char why[160];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (!machine_restarted)
		panic("restart: %s", why);
	log_line("restart: %s", why);
	machine_restarted();
	abort();
}

void random_stir(const void *data, size_t len)
{
	(void)data;
	(void)len;
}

void random_jitter(void)
{
}

bool random_ready(void)
{
	return true;
}

int random_wait(uint64_t deadline_us)
{
	(void)deadline_us;
	return 0;
}

uint32_t random_u32(void)
{
	machine_chance ^= machine_chance << 13;
	machine_chance ^= machine_chance >> 17;
	machine_chance ^= machine_chance << 5;
	return machine_chance;
}

/* ---- a fresh machine ---- */

extern char __executable_start[], __data_start[], _end[];

static struct once {			/* between a process and the one that runs its machines */
	unsigned n;
} *once;

/* What a failed run has said: the end of it. */
static void show(int from)
{
	static char text[65536];
	size_t len = 0, half = sizeof(text) / 2;
	ssize_t n;
	while ((n = read(from, text + len, sizeof(text) - len)) > 0) {
		len += (size_t)n;
		if (len == sizeof(text)) {
			memmove(text, text + half, half);
			len = half;
		}
	}
	close(from);
	shown_len = len;
	shown = text;
}

/* In a process of its own: as machine_alone(). */
static bool in_process(void (*fn)(void *arg), void *arg)
{
	int out[2], status;
	fflush(stdout);
	machine_memory();
	assert(pipe(out) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(out[1], 2);
		close(out[0]);
		machine_echo = getenv("WORLD_ECHO");	/* what happens before a failure is shown with it */
		limit_time();
		machine_blocks_held = 0;	/* what a compiler's own code holds, as for counters, is none of ours */
		fn(arg);
		_exit(0);
	}
	close(out[1]);
	show(out[0]);
	assert(waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	bool hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF;
	printf("%.*s\n%s: status %x\n", (int)shown_len, shown, hung ? "hung" : "failed", (unsigned)status);
	return false;
}

bool machine_alone(void (*fn)(void *arg), void *arg)
{
	return in_process(fn, arg);
}

/* All that a machine has changed, but for blocks and pages: the program's own data. */
static char *snapshot;

static void __attribute__((no_sanitize("address", "undefined"))) copy(char *to, const char *from, size_t len)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(len) : : "memory");
}

static void forget_machine(void)
{
	while (blocks)
		machine_free(blocks + 1);
	for (struct extent *e = extents; e < extents + EXTENTS; e++)
		if (e->len)
			__asan_poison_memory_region(e->p, e->len);
	if (stopped)			/* all of it may have been looked at */
		__asan_poison_memory_region((void *)(uintptr_t)PAGES_LOW, MACHINE_MEMORY - PAGES_LOW);
}

static struct {
	void (*fn)(unsigned n);
	unsigned from, end, step;
} each;

static void run_each(void *arg)
{
	size_t len = (size_t)(_end - __data_start);
	(void)arg;
	snapshot = __real_malloc(len);
	assert(snapshot);
	copy(snapshot, __data_start, len);
	for (unsigned n = each.from; n < each.end; n += each.step) {
		once->n = n;
		limit_time();
		each.fn(n);
		forget_machine();
		copy(__data_start, snapshot, len);
	}
}

static void run_one(void *arg)
{
	(void)arg;
	each.fn(once->n);
}

bool machine_each(void (*fn)(unsigned n), unsigned from, unsigned end, unsigned step, unsigned *failed)
{
	uintptr_t asan = (uintptr_t)__asan_poison_memory_region;
	if (!once)
		once = mmap(NULL, sizeof(*once), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert(once != MAP_FAILED);
	each.fn = fn;
	each.from = from;
	each.end = end;
	each.step = step;
	bool good = true;
	if (asan < (uintptr_t)__executable_start || asan >= (uintptr_t)_end) {
		good = in_process(run_each, NULL);
	} else {			/* the sanitizer's own data are the program's: they cannot be put back */
		for (once->n = from; once->n < end && good; once->n += good ? step : 0)
			good = in_process(run_one, NULL);
	}
	*failed = once->n;
	return good;
}

const char *__asan_default_options(void);

/* Blocks that were given back are kept for some time; for a hundred machines in one process that is enough. */
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=8";
}
