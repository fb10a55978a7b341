/* SPDX-License-Identifier: BSD-2-Clause */
/* The v86 monitor: see v86.h.  Called by user16.c for each trap. */
#include "kernel/v86.h"

#include <string.h>

#define FLAG_TF 0x0100u
#define FLAG_IF 0x0200u
#define FLAG_IOPL 0x3000u
#define FLAG_NT 0x4000u
#define FLAG_SETTABLE 0x4dd5u	/* CF PF AF ZF SF TF DF OF NT: what POPF and IRET may change for good */
#define EFLAG_AC 0x40000u
#define EFLAG_ID 0x200000u
#define PREFIXES_MAX 14

static bool read_bytes(const struct v86_memory *mem, uint16_t seg, uint16_t off, void *to, uint32_t len)
{
	uint32_t at = ((uint32_t)seg << 4) + off;
	if (off + len > 0x10000 || at > mem->len || len > mem->len - at)
		return false;
	memcpy(to, mem->base + at, len);
	return true;
}

static bool push(struct v86_state *s, const struct v86_memory *mem, const void *from, uint16_t len)
{
	uint16_t sp = (uint16_t)(s->sp - len);
	uint32_t at = ((uint32_t)s->ss << 4) + sp;
	if (sp + (uint32_t)len > 0x10000 || at > mem->len || len > mem->len - at)
		return false;
	memcpy(mem->base + at, from, len);
	s->sp = sp;
	return true;
}

static bool push16(struct v86_state *s, const struct v86_memory *mem, uint16_t v)
{
	return push(s, mem, &v, sizeof v);
}

static bool pop(struct v86_state *s, const struct v86_memory *mem, uint32_t *v, uint16_t len)
{
	*v = 0;
	if (!read_bytes(mem, s->ss, s->sp, v, len))
		return false;
	s->sp = (uint16_t)(s->sp + len);
	return true;
}

uint16_t v86_flags(const struct v86_state *s)
{
	return (uint16_t)((s->eflags & ~(FLAG_IF | FLAG_IOPL)) | (s->vif ? FLAG_IF : 0) | 2);
}

static void set_flags(struct v86_state *s, uint32_t v, bool wide)
{
	uint32_t mask = FLAG_SETTABLE | (wide ? EFLAG_AC | EFLAG_ID : 0);
	s->eflags = (s->eflags & ~mask) | (v & mask);
	s->vif = v & FLAG_IF;
}

/*
 * Delivers interrupt n as the processor does in real mode (pushes
 * FLAGS, CS, IP; takes the vector): false if the stack is outside.
 */
static bool interrupt(struct v86_state *s, const struct v86_memory *mem, uint8_t n)
{
	uint16_t vector[2];
	if (!read_bytes(mem, 0, (uint16_t)(4 * n), vector, sizeof vector) || !push16(s, mem, v86_flags(s)) ||
	    !push16(s, mem, s->cs) || !push16(s, mem, s->ip))
		return false;
	s->vif = false;
	s->eflags &= ~(FLAG_TF | FLAG_NT);
	s->ip = vector[0];
	s->cs = vector[1];
	return true;
}

static bool is_prefix(uint8_t b)
{
	return b == 0x66 || b == 0x67 || b == 0x26 || b == 0x2e || b == 0x36 || b == 0x3e || b == 0x64 || b == 0x65 ||
	       b == 0xf0 || b == 0xf2 || b == 0xf3;
}

static enum v86_action emulated(bool ok)
{
	return ok ? V86_EMULATED : V86_FAULT;
}

static enum v86_action do_iret(struct v86_state *s, const struct v86_memory *mem, bool wide)
{
	uint32_t ip, cs, flags;
	uint16_t len = wide ? 4 : 2;
	if (!pop(s, mem, &ip, len) || !pop(s, mem, &cs, len) || !pop(s, mem, &flags, len) || ip > 0xffff)
		return V86_FAULT;
	s->ip = (uint16_t)ip;
	s->cs = (uint16_t)cs;
	set_flags(s, flags, wide);
	return V86_EMULATED;
}

enum v86_action v86_trap(struct v86_state *s, const struct v86_memory *mem)
{
	uint8_t op, arg;
	uint16_t ip = s->ip;
	bool wide = false;
	int prefixes = 0;
	for (;; ip++) {
		if (!read_bytes(mem, s->cs, ip, &op, 1) || prefixes++ > PREFIXES_MAX)
			return V86_FAULT;
		if (!is_prefix(op))
			break;
		wide |= op == 0x66;
	}
	struct v86_state before = *s;
	enum v86_action action = V86_FAULT;
	uint32_t v;
	s->ip = (uint16_t)(ip + 1);
	switch (op) {
	case 0xfa:				/* CLI */
		s->vif = false;
		return V86_EMULATED;
	case 0xfb:				/* STI */
		s->vif = true;
		return V86_EMULATED;
	case 0x9c:				/* PUSHF, PUSHFD: VM and RF read as 0 */
		v = (s->eflags & (EFLAG_AC | EFLAG_ID)) | v86_flags(s);
		action = emulated(push(s, mem, &v, wide ? 4 : 2));
		break;
	case 0x9d:				/* POPF, POPFD */
		action = emulated(pop(s, mem, &v, wide ? 4 : 2));
		if (action == V86_EMULATED)
			set_flags(s, v, wide);
		break;
	case 0xcf:				/* IRET, IRETD */
		action = do_iret(s, mem, wide);
		break;
	case 0xcc:				/* INT3 */
		action = emulated(interrupt(s, mem, 3));
		break;
	case 0xcd:				/* INT n */
		if (read_bytes(mem, s->cs, s->ip, &arg, 1)) {
			s->ip++;
			action = emulated(interrupt(s, mem, arg));
		}
		break;
	case 0xf4:				/* HLT */
		return V86_HALT;
	case 0x0f:				/* LGDT, LIDT, LMSW, MOV CRn and DRn, CLTS, WRMSR, INVD, ... */
		action = V86_TO_REAL;
		break;
	}
	if (action == V86_TO_REAL || action == V86_FAULT)
		*s = before;			/* at the very instruction, prefixes included */
	return action;
}
