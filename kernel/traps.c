/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptor tables and trap reports (Intel SDM volume 3, chapters 6 and 7): see traps.h. */
#include "kernel/traps.h"

#include <stdbool.h>
#include <string.h>

#include "kernel/fpu.h"
#include "kernel/gate.h"
#include "kernel/log.h"
#include "kernel/pages.h"
#include "kernel/paging.h"
#include "kernel/panic.h"
#include "kernel/restart.h"
#include "kernel/task.h"
#include "kernel/entry.h"
#include "kernel/pic.h"
#include "kernel/user16.h"
#include "kernel/user32.h"
#include "kernel/watchdog.h"

#define SEL_TSS 0x28
#define SEL_TSS_DF 0x30
#define VEC_NMI 2
#define VEC_SPURIOUS1 15		/* no exception; the first controller's line 7 */
#define VEC_DF 8
#define VEC_CALL 0x40			/* INT 40h, which CPL 3 may use */

struct tss {
	uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags;
	uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
	uint32_t es, cs, ss, ds, fs, gs, ldt, iomap;
};

#define IOMAP_LEN 8192u			/* a bit a port, 0 = allowed from CPL 3 */

static uint64_t gdt[32] __attribute__((aligned(8)));
static uint64_t idt[PIC2_VECTOR + 8] __attribute__((aligned(8)));	/* of the last eight, the clock chip's and 7 */
static struct {
	struct tss tss;
	uint8_t iomap[IOMAP_LEN];
	uint8_t end;			/* all ones, as the processor wants it */
} main_task = { .end = 0xff };
static struct tss tss_df;
/* Below it a page that is not mapped: an overflow there too is a fault, which resets the machine. */
static struct {
	uint8_t guard[PAGE_LEN];
	uint8_t stack[8192];
} df __attribute__((aligned(PAGE_LEN)));

static const char *const names[] = {
	"divide error", "debug", "NMI", "breakpoint", "overflow", "bound", "invalid opcode", "no coprocessor",
	"double fault", "coprocessor overrun", "invalid TSS", "segment not present", "stack fault",
	"general protection", "page fault", [16] = "x87 fault", "alignment check", [19] = "SSE fault",
};

static uint64_t tss_descriptor(const void *t, uint32_t len)
{
	uint32_t base = (uint32_t)t;
	return (len - 1) | (uint64_t)(base & 0xffffff) << 16 | 0x89ull << 40 | (uint64_t)(base >> 24) << 56;
}

static uint64_t interrupt_gate(uint32_t target)
{
	return (target & 0xffff) | (uint64_t)SEL_CODE32 << 16 | 0x8e00ull << 32 | (uint64_t)(target & 0xffff0000) << 32;
}

static uint64_t call_gate(uint32_t target)
{
	return interrupt_gate(target) | 0x6000ull << 32;	/* DPL 3 */
}

const char *traps_name(uint32_t vector)
{
	return vector < sizeof names / sizeof names[0] && names[vector] ? names[vector] :
	       vector == TRAP_CLOCK_CHIP ? "hang" : "processor trap";
}

void traps_set_descriptor(uint16_t sel, uint64_t descriptor)
{
	gdt[sel / 8] = descriptor;
}

void traps_vector8_is_timer(bool on)
{
	uint64_t task_gate = (uint64_t)SEL_TSS_DF << 16 | 0x8500ull << 32;
	idt[VEC_DF] = on ? interrupt_gate((uint32_t)trap_timer) : task_gate;
}

void traps_close_ports(bool on)
{
	main_task.tss.iomap = (on ? sizeof main_task : sizeof(struct tss)) << 16;	/* past the end: none is open */
}

uint32_t *traps_esp0(void)
{
	return &main_task.tss.esp0;
}

void traps_init(void)
{
	gdt[SEL_CODE32 / 8] = 0x00cf9b000000ffff;
	gdt[SEL_DATA32 / 8] = 0x00cf93000000ffff;
	gdt[SEL_TSS / 8] = tss_descriptor(&main_task, sizeof main_task);
	gdt[SEL_TSS_DF / 8] = tss_descriptor(&tss_df, sizeof tss_df);
	for (unsigned i = 0; i < 32; i++)
		idt[i] = interrupt_gate((uint32_t)trap_table + 16 * i);
	idt[PIC2_VECTOR] = interrupt_gate((uint32_t)trap_clock_chip);
	idt[PIC2_VECTOR + 7] = interrupt_gate((uint32_t)trap_spurious);
	idt[VEC_CALL] = call_gate((uint32_t)trap_call);
	traps_vector8_is_timer(false);
	paging_guard((uint32_t)df.guard, true);
	tss_df = (struct tss){
		.cr3 = paging_cr3(), .eip = (uint32_t)df_entry, .eflags = 2,
		.esp = (uint32_t)(df.stack + sizeof df.stack), .es = SEL_DATA32, .cs = SEL_CODE32, .ss = SEL_DATA32,
		.ds = SEL_DATA32, .fs = SEL_DATA32, .gs = SEL_DATA32,
		.iomap = sizeof(struct tss) << 16,
	};
	main_task.tss = (struct tss){ .cr3 = paging_cr3(), .ss0 = SEL_DATA32, .iomap = sizeof(struct tss) << 16 };
	struct {
		uint16_t limit;
		const void *base;
	} __attribute__((packed)) gdtr = { sizeof gdt - 1, gdt }, idtr = { sizeof idt - 1, idt };
	gdt_load(&gdtr, &idtr, SEL_TSS);
}

static uint32_t cr2(void)
{
	uint32_t v;
	__asm__ volatile("mov %%cr2, %0" : "=r"(v));
	return v;
}

static void report(const char *what, uint32_t error, uint32_t eip, uint32_t eflags, const uint32_t r[8])
{
	struct task *t = task_self();
	log_error("trap: %s in task %s: eip %08lx error %lx cr2 %08lx eflags %08lx", what, t ? task_name(t) : "(none)",
		  (unsigned long)eip, (unsigned long)error, (unsigned long)cr2(), (unsigned long)eflags);
	log_error("trap: eax %08lx ebx %08lx ecx %08lx edx %08lx", (unsigned long)r[0], (unsigned long)r[1],
		  (unsigned long)r[2], (unsigned long)r[3]);
	log_error("trap: esi %08lx edi %08lx ebp %08lx esp %08lx", (unsigned long)r[4], (unsigned long)r[5],
		  (unsigned long)r[6], (unsigned long)r[7]);
	backtrace(eip, r[6]);
}

/* It is ended as by a fault; unless that has not helped. */
static void end_hang(void)
{
	const char *name = task_name(task_self());
	log_error("watchdog: task %s has kept all others waiting for too long, and is ended", name);
	if (watchdog_again())
		restart("task %s hangs, a short while after another hang", name);
}

/* What was interrupted has nothing to do with it, unless it hangs. */
static bool only_interrupted(uint32_t vector)
{
	return (vector == TRAP_CLOCK_CHIP && !watchdog_tick()) || (vector == VEC_NMI && !watchdog_nmi());
}

/*
 * A request that was gone, or masked, when the processor took it: the
 * controllers say their line 7.  The mask changes around each visit to real
 * mode, so that cards whose ROMs use interrupts bring some.
 */
static bool is_spurious(uint32_t vector)
{
	if (vector != TRAP_SPURIOUS && vector != VEC_SPURIOUS1)
		return false;
	pic_spurious(vector == TRAP_SPURIOUS ? 15 : 7);
	return true;
}

/* What was interrupted goes on; a module when the other tasks have had their turns. */
static void go_on(const struct trap_frame *f, bool module)
{
	if (module)
		user32_trap(f, USER32_TIMER);
}

void trap_handler(struct trap_frame *f)
{
	bool module = user32_running() && (f->cs & 3) && !(f->eflags & EFLAGS_VM);
	if (is_spurious(f->vector) || only_interrupted(f->vector)) {
		go_on(f, module);
		return;
	}
	if (module)
		user32_trap(f, f->vector == TRAP_CALL ? USER32_CALL : f->vector == TRAP_TIMER ||
			    f->vector == TRAP_CLOCK_CHIP || f->vector == VEC_NMI ? USER32_TIMER : USER32_FAULT);
	if ((f->eflags & EFLAGS_VM) || (f->cs & 3)) {
		user16_trap(f);
		return;
	}
	fpu_off();
	uint32_t esp = (uint32_t)f + TRAP_KERNEL_LEN;
	uint32_t r[8] = { f->eax, f->ebx, f->ecx, f->edx, f->esi, f->edi, f->ebp, esp };
	report(traps_name(f->vector), f->error, f->eip, f->eflags, r);
	if (!task_self() || restarting())
		panic("%s outside any task", traps_name(f->vector));
	if (f->vector == TRAP_CLOCK_CHIP || f->vector == VEC_NMI)
		end_hang();
	task_fault();
}

/*
 * Runs in the double fault's own task; the faulting state is in main_task.
 * Leaves there a state in which the IRET that follows goes on in task_fault,
 * on this stack's lower half, which nobody needs any more then.
 */
void trap_double_fault(void)
{
	struct tss *m = &main_task.tss;
	uint32_t r[8] = { m->eax, m->ebx, m->ecx, m->edx, m->esi, m->edi, m->ebp, m->esp };
	struct task *t = task_self();
	__asm__ volatile("clts");		/* the switch to this task has set it */
	fpu_off();
	bool overflow = t && m->esp - task_guard(t) < 4096 + 64;
	report(overflow ? "stack overflow" : names[VEC_DF], 0, m->eip, m->eflags, r);
	if (!t || restarting())
		panic("double fault outside any task");
	m->eip = (uint32_t)task_fault;
	m->esp = (uint32_t)(df.stack + sizeof df.stack / 2) - 4;
	m->ebp = 0;
	m->eflags = 2;
	m->cs = SEL_CODE32;
	m->ss = m->ds = m->es = m->fs = m->gs = SEL_DATA32;
	tss_df.eip = (uint32_t)df_entry;
	tss_df.esp = (uint32_t)(df.stack + sizeof df.stack);
}
