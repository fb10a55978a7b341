/* SPDX-License-Identifier: BSD-2-Clause */
/* 16-bit code at CPL 3: see user16.h.  The v86 monitor's judgement is v86.c's; here are frames, traps and the timer. */
#include "kernel/user16.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/gate.h"
#include "kernel/io.h"
#include "kernel/paging.h"
#include "kernel/pic.h"
#include "kernel/entry.h"
#include "kernel/traps.h"
#include "kernel/v86.h"

#define FLUSH_EVERY 8		/* calls: QEMU's TLB grows only when it is emptied, and else stays at 64 entries */
#define REACH 0x110000u			/* what segments and offsets of 16 bits can name, with A20 open */
#define TIMER 0			/* lines at the interrupt controllers */
#define CASCADE 2		/* something of the second one's */
#define TICK_MS 55u
#define BDA_TICKS 0x6c		/* at 40:6C, since midnight: 32 bits */
#define BDA_MIDNIGHT 0x70
#define TICKS_A_DAY 0x1800b0u
#define EFLAGS_FIXED 0x2u
#define EFLAGS_IOPL 0x3000u
#define VEC_GP 13
#define OP_CLI 0xfa
#define OP_STI 0xfb

/* T_RESUME's registers: the layout of D_RESUME. */
struct resume_regs {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp;
	uint16_t ip, cs, sp, ss, ds, es, fs, gs, flags;
};
_Static_assert(sizeof(struct resume_regs) <= D_RESUME_LEN && offsetof(struct resume_regs, ip) == 28 &&
	       offsetof(struct resume_regs, flags) == 44, "resident.asm: RESUME()");

static uint32_t bases[32];		/* of the descriptors that were given, by index */
static bool vif;
static uint32_t ticks_left;
static char why[64];

const char *user16_why(void)
{
	return why;
}

static uint64_t descriptor(uint32_t base, uint16_t limit, bool code)
{
	return limit | (uint64_t)(base & 0xffffff) << 16 | (uint64_t)(code ? 0xfb : 0xf3) << 40 |
	       (uint64_t)(base >> 24) << 56;
}

int user16_descriptor(uint16_t sel, uint32_t base, uint16_t limit, bool code)
{
	if ((sel & 7) != 3 || sel / 8 >= 32 || base + limit < base)
		return -EINVAL;
	traps_set_descriptor(sel, descriptor(base, limit, code));
	bases[sel / 8] = base;
	paging_user(base, base + limit, true);
	if (code)
		paging_code(base, base + limit);
	return 0;
}

void user16_use(bool on)
{
	uint32_t resident = (uint32_t)gate_ptr(0);
	pic_take();
	paging_user(0, REACH, on);
	user16_descriptor(USER16_SEL_CODE, resident, R_LEN - 1, true);
	user16_descriptor(USER16_SEL_DATA, resident, R_LEN - 1, false);
}

/* Goes to real mode with the state of v86 and stays until the function returns. */
static void finish_in_real_mode(const struct v86_state *s)
{
	struct resume_regs r = {
		.eax = s->eax, .ebx = s->ebx, .ecx = s->ecx, .edx = s->edx, .esi = s->esi, .edi = s->edi, .ebp = s->ebp,
		.ip = s->ip, .cs = s->cs, .sp = s->sp, .ss = s->ss, .ds = s->ds, .es = s->es, .fs = s->fs, .gs = s->gs,
		.flags = v86_flags(s),
	};
	memcpy(gate_ptr(R_DATA + D_RESUME), &r, sizeof r);
	paging_page0(false);
	gate_call(T_RESUME);
}

static _Noreturn void leave(const struct trap_frame *f, enum user16_result result, const char *what)
{
	snprintf(why, sizeof why, "%s at %04lx:%04lx", what, (unsigned long)(f->cs & 0xffff), (unsigned long)f->eip);
	user16_leave(result);
}

/* As the BIOS's handler of IRQ 0, which does not run now: ROMs wait by this clock. */
static void advance_bios_clock(void)
{
	uint32_t ticks = (paging_bda_u16(BDA_TICKS) | (uint32_t)paging_bda_u16(BDA_TICKS + 2) << 16) + 1;
	if (ticks >= TICKS_A_DAY) {
		ticks = 0;
		paging_bda_set_u16(BDA_MIDNIGHT, (uint16_t)(paging_bda_u16(BDA_MIDNIGHT) | 1));
	}
	paging_bda_set_u16(BDA_TICKS, (uint16_t)ticks);
	paging_bda_set_u16(BDA_TICKS + 2, (uint16_t)(ticks >> 16));
}

static void timer_tick(const struct trap_frame *f)
{
	if (!pic_in_service(TIMER))
		leave(f, USER16_FAULT, "double fault");
	pic_end(TIMER);
	advance_bios_clock();
	if (!ticks_left--)
		leave(f, USER16_HANG, "no return in time");
}

/*
 * A ROM has let its card's line through at the interrupt controller.  There is
 * no gate for it, so a fault names the vector.  Cards are polled: it is masked
 * again.
 */
static bool masked_again(const struct trap_frame *f)
{
	uint32_t vector = f->error >> 3;
	if (f->vector != VEC_GP || (f->error & 6) != 2 || vector < PIC2_VECTOR || vector >= PIC2_VECTOR + 8)
		return false;
	if (!pic_in_service(CASCADE))		/* an INT of the ROM's, or IRQ 5, which has no error code */
		return false;
	pic_timer_only(true);
	pic_end(vector - PIC2_VECTOR + 8);
	return true;
}

static void trap_in_v86(struct trap_frame *f)
{
	struct v86_memory mem = { .base = NULL, .len = REACH };
	struct v86_state s = {
		.eax = f->eax, .ebx = f->ebx, .ecx = f->ecx, .edx = f->edx, .esi = f->esi, .edi = f->edi, .ebp = f->ebp,
		.ip = (uint16_t)f->eip, .cs = (uint16_t)f->cs, .sp = (uint16_t)f->user_esp, .ss = (uint16_t)f->user_ss,
		.ds = (uint16_t)f->v86_ds, .es = (uint16_t)f->v86_es, .fs = (uint16_t)f->v86_fs,
		.gs = (uint16_t)f->v86_gs,
		.eflags = f->eflags, .vif = vif,
	};
	if (f->vector != VEC_GP)
		leave(f, USER16_FAULT, traps_name(f->vector));
	if (s.cs == gate_seg() && s.ip == gate_offset(T_USER_EXIT))
		user16_leave(USER16_DONE);
	switch (v86_trap(&s, &mem)) {
	case V86_HALT:		/* the timer is the only interrupt there is; waiting for it is pointless */
	case V86_EMULATED:
		break;
	case V86_TO_REAL:
		finish_in_real_mode(&s);
		leave(f, USER16_FINISHED_REAL, "a mode-switching instruction");
	case V86_FAULT:
		leave(f, USER16_FAULT, "an instruction that v86 cannot do");
	}
	vif = s.vif;
	f->eip = s.ip;
	f->cs = s.cs;
	f->user_esp = s.sp;
	f->eflags = (s.eflags & 0xffff & ~EFLAGS_IOPL) | (s.eflags & 0xffff0000) | EFLAGS_VM | EFLAGS_IF | EFLAGS_FIXED;
}

static void trap_in_protected(struct trap_frame *f)
{
	uint32_t at = bases[f->cs / 8 % 32] + (uint16_t)f->eip;
	if (f->vector != VEC_GP || f->error)
		leave(f, USER16_FAULT, traps_name(f->vector));
	if (f->cs == USER16_SEL_CODE && f->eip == gate_offset(T_USER_EXIT))
		user16_leave(USER16_DONE);
	uint8_t op = at < REACH ? *(const uint8_t *)at : 0;
	if (op != OP_CLI && op != OP_STI)
		leave(f, USER16_FAULT, traps_name(VEC_GP));
	f->eip++;		/* the interrupt flag is not the code's */
}

void user16_trap(struct trap_frame *f)
{
	if (f->vector == TRAP_TIMER)
		timer_tick(f);
	else if (masked_again(f))
		return;
	else if (f->eflags & EFLAGS_VM)
		trap_in_v86(f);
	else
		trap_in_protected(f);
}

static void make_frame(struct trap_frame *f, enum user16_mode mode, unsigned table_off)
{
	uint16_t top = R_STACK_TOP - 2, back = gate_offset(T_USER_EXIT), paragraph = gate_seg();
	memcpy(gate_ptr(top), &back, sizeof back);
	*f = (struct trap_frame){ .eip = gate_offset(table_off), .user_esp = top };
	if (mode == USER16_V86) {
		f->cs = f->user_ss = f->v86_ds = f->v86_es = paragraph;
		f->ds = f->es = f->fs = f->gs = SEL_DATA32;	/* loaded on the way, then replaced */
		f->eflags = EFLAGS_VM | EFLAGS_IF | EFLAGS_FIXED;
	} else {
		f->cs = USER16_SEL_CODE;
		f->user_ss = f->ds = f->es = USER16_SEL_DATA;
		f->eflags = EFLAGS_IF | EFLAGS_FIXED;
	}
}

enum user16_result user16_call(enum user16_mode mode, unsigned table_off, uint32_t limit_ms)
{
	static unsigned calls;		/* in protected mode */
	struct trap_frame f;
	uint32_t flags = interrupts_save();
	make_frame(&f, mode, table_off);
	pic_timer_only(true);
	vif = true;
	ticks_left = limit_ms / TICK_MS + 1;
	if (mode == USER16_V86)
		paging_page0(true);
	else if (!(++calls % FLUSH_EVERY))
		paging_flush();
	traps_vector8_is_timer(true);
	int result = user16_enter(&f, traps_esp0());
	traps_vector8_is_timer(false);
	if (mode == USER16_V86)
		paging_page0(false);
	pic_timer_only(false);
	interrupts_restore(flags);
	return result;
}
