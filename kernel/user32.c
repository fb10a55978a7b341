/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 32-bit code at CPL 3: see user32.h.  The tables hold the program's regions for CPL 3; for CPL 0, which the first
 * instructions of a trap have until entry.asm goes back to the loader's tables, its image and the task's stack.
 */
#include "kernel/user32.h"

#include <cpuid.h>
#include <errno.h>
#include <string.h>

#include "kernel/entry.h"
#include "kernel/fpu.h"
#include "kernel/gate.h"
#include "kernel/io.h"
#include "kernel/pages.h"
#include "kernel/paging.h"
#include "kernel/pic.h"
#include "kernel/task.h"

#define SEL_CODE 0x4b
#define SEL_DATA 0x53
#define FLAT_CODE 0x00cffb000000ffffull	/* 4 GiB, DPL 3 */
#define FLAT_DATA 0x00cff3000000ffffull
#define TIMER 0
#define EFLAGS_FIXED 0x2u
/* What a program may have set: the arithmetic flags, single step, direction, AC and ID. */
#define EFLAGS_ITS 0x240dd5u
#define CPUID_SEP (1u << 11)
#define MSR_SYSENTER_CS 0x174u

extern const uint8_t image_start[], image_end[];	/* undine.ld */

static bool prepared;
static bool running;			/* between its entry and its trap nothing else of the loader runs */
static struct trap_frame trapped;

bool user32_running(void)
{
	return running;
}

/* ---- the processor, once ---- */

static void prepare(void)
{
	uint32_t a, b, c, d;
	if (prepared)
		return;
	prepared = true;
	__cpuid(1, a, b, c, d);
	if (d & CPUID_SEP)
		__asm__ volatile("wrmsr" : : "c"(MSR_SYSENTER_CS), "a"(0), "d"(0));
	traps_set_descriptor(SEL_CODE, FLAT_CODE);
	traps_set_descriptor(SEL_DATA, FLAT_DATA);
}

/* ---- page tables ---- */

static uint32_t tables_len(void)
{
	return paging_is_wide() ? 5 * PAGE_LEN : PAGE_LEN;
}

/* The directory that has `page`, and which of its entries. */
static void *directory_of(const struct user32 *u, uint32_t page, uint32_t *index)
{
	*index = page / paging_large_len() % (paging_is_wide() ? 512 : 1024);
	return u->tables + (paging_is_wide() ? PAGE_LEN * (1 + (page >> 30)) : 0);
}

/* [lo, hi) as the loader has it, for CPL 0 only: 0, or -EINVAL where the program's own pages are to be. */
static int share(struct user32 *u, uint32_t lo, uint32_t hi)
{
	uint32_t index, large = paging_large_len();
	for (uint32_t at = lo & ~(large - 1); at < hi; at += large) {
		if (at >= SPACE_LO && at < SPACE_HI)
			return -EINVAL;
		void *directory = directory_of(u, at, &index);
		paging_put(directory, index, paging_directory_entry(at) & ~(uint64_t)PG_USER);
	}
	return 0;
}

static int map(struct user32 *u, uint32_t at, uint64_t entry)
{
	uint32_t index;
	void *directory = directory_of(u, at, &index);
	uint64_t of_table = paging_get(directory, index);
	if (!of_table) {
		void *table = pages_alloc(PAGE_LEN);
		if (!table)
			return -ENOMEM;
		memset(table, 0, PAGE_LEN);
		of_table = (uint32_t)table | PG_PRESENT | PG_WRITE | PG_USER;
		paging_put(directory, index, of_table);
	}
	paging_put((void *)((uint32_t)of_table & ~(PAGE_LEN - 1)), at % paging_large_len() / PAGE_LEN, entry);
	return 0;
}

static int map_region(struct user32 *u, const struct space_region *r)
{
	uint64_t rights = PG_PRESENT | PG_USER | (r->rights & SPACE_WRITE ? PG_WRITE : 0) |
			  (paging_is_wide() && !(r->rights & SPACE_EXECUTE) ? PG_NX : 0);
	for (uint32_t off = 0; off < r->len; off += PAGE_LEN) {
		int err = map(u, r->at + off, ((uint32_t)r->mem + off) | rights);
		if (err < 0)
			return err;
	}
	return 0;
}

/* What the space has got since. */
static int map_new(struct user32 *u, const struct space *s)
{
	for (; u->mapped < s->count; u->mapped++) {
		int err = map_region(u, &s->region[u->mapped]);
		if (err < 0)
			return err;
	}
	return 0;
}

static void fresh_registers(struct user32 *u)
{
	fpu_on();
	fpu_fresh();
	fpu_save(u->fpu);
	fpu_off();
	memset(u->fpu + FPU_REGISTERS, 0, sizeof(u->fpu) - FPU_REGISTERS);	/* another program's */
}

int user32_begin(struct user32 *u, uint32_t entry, uint32_t esp)
{
	uint32_t stack = (uint32_t)task_guard(task_self()) + PAGE_LEN;
	prepare();
	*u = (struct user32){ .frame = { .eip = entry, .user_esp = esp } };
	u->tables = pages_alloc(tables_len());
	if (!u->tables)
		return -ENOMEM;
	memset(u->tables, 0, tables_len());
	for (uint32_t i = 0; paging_is_wide() && i < 4; i++)
		paging_put(u->tables, i, (uint32_t)(u->tables + PAGE_LEN * (1 + i)) | PG_PRESENT);
	fresh_registers(u);
	int err = share(u, (uint32_t)image_start, (uint32_t)image_end);
	return err < 0 ? err : share(u, stack, (uint32_t)task_self());
}

void user32_end(struct user32 *u)
{
	uint32_t index;
	if (!u->tables)
		return;
	for (uint32_t at = SPACE_LO; at < SPACE_HI; at += paging_large_len()) {
		const void *directory = directory_of(u, at, &index);
		uint32_t table = (uint32_t)paging_get(directory, index) & ~(PAGE_LEN - 1);
		if (table)
			pages_free((void *)table, PAGE_LEN);
	}
	pages_free(u->tables, tables_len());
	u->tables = NULL;
}

/* ---- in and out ---- */

/* Registers that a program has changed to what does it no good go back to what they are to be. */
static void make_frame(struct trap_frame *f)
{
	f->cs = SEL_CODE;
	f->user_ss = f->ds = f->es = f->fs = f->gs = SEL_DATA;
	f->eflags = (f->eflags & EFLAGS_ITS) | EFLAGS_IF | EFLAGS_FIXED;
}

int user32_run(struct user32 *u, const struct space *s)
{
	struct trap_frame f;
	int err = map_new(u, s);
	if (err < 0)
		return err;
	make_frame(&u->frame);
	f = u->frame;
	uint32_t flags = interrupts_save();
	fpu_on();
	fpu_restore(u->fpu);
	traps_close_ports(true);
	traps_vector8_is_timer(true);
	pic_timer_too(true);
	running = true;
	int why = user32_enter(&f, traps_esp0(), (uint32_t)u->tables);
	running = false;
	fpu_save(u->fpu);
	fpu_fresh();			/* a fault that is pending is the program's, not a ROM's */
	fpu_off();
	pic_timer_too(false);
	traps_vector8_is_timer(false);
	traps_close_ports(false);
	u->frame = trapped;
	__asm__ volatile("mov %%cr2, %0" : "=r"(u->fault_at));
	interrupts_restore(flags);
	return why;
}

_Noreturn void user32_trap(const struct trap_frame *f, enum user32_why why)
{
	if (f->vector == TRAP_TIMER)
		pic_end(TIMER);
	trapped = *f;
	user16_leave(why);
}
