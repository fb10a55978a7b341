/* SPDX-License-Identifier: BSD-2-Clause */
/* The three ways to call a ROM: see transport.h.  Called by undi.c. */
#include "drivers/undi/transport.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/gate.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "kernel/user16.h"

#define PROBE_MS 1000u			/* what a ROM gets to answer while it is tried out */
#define DRAIN_MS 1000u			/* later, for what is done all the time */
#define CALL_MS 10000u			/* and for the rest: INITIALIZE and OPEN may wait for a link */
#define BANG_SUM 5			/* offsets in !PXE (PXE 2.1, page 29) */
#define BANG_CALLOUT 24
#define BANG_SELECTOR 30
#define SEG_UNDI_CODE 2			/* index of the code segment among the descriptors */
#define DPL3 3u

static const char *const names[] = { "real", "v86", "pm" };

static struct undi_stack *stack;
static enum transport now;
static uint8_t bang_before[BANG_SELECTOR + 2];	/* the ROM's !PXE, while ours is in its place */
static bool bang_changed;

enum transport transport_now(void)
{
	return now;
}

const char *transport_name(void)
{
	return names[now];
}

static void put16(unsigned off, uint16_t v)
{
	memcpy(gate_ptr(R_DATA + off), &v, sizeof v);
}

static uint16_t first_selector(void)
{
	return (uint16_t)((stack->first_selector & ~7u) | DPL3);
}

/* What the resident code and the ROM's entry have to look like for transport t. */
static void enter(enum transport t)
{
	bool pm = t == TRANSPORT_PM;
	struct pxe_ptr entry = stack->entry;
	if (pm)
		entry = (struct pxe_ptr){ .off = stack->entry_esp.off, .seg = (uint16_t)(first_selector() + 8 * SEG_UNDI_CODE) };
	if ((t == TRANSPORT_REAL) != (now == TRANSPORT_REAL))
		user16_use(t != TRANSPORT_REAL);
	memcpy(gate_ptr(R_DATA + D_PXE_ENTRY), &entry, sizeof entry);
	put16(D_DSEG, pm ? USER16_SEL_DATA : gate_seg());
	put16(D_PROTECTED, pm);
	/* in real mode the ROM must not find a call-out by selector, nor must whoever comes after us */
	if (!pm && bang_changed)
		memcpy((void *)stack->bang_at, bang_before, sizeof bang_before);
	bang_changed &= pm;
	now = t;
}

void transport_open(struct undi_stack *s)
{
	stack = s;
	now = TRANSPORT_REAL;
	enter(TRANSPORT_REAL);
}

void transport_close(void)
{
	if (now != TRANSPORT_REAL)
		enter(TRANSPORT_REAL);
}

struct pxe_ptr transport_ptr(unsigned off)
{
	return (struct pxe_ptr){ .off = (uint16_t)off, .seg = now == TRANSPORT_PM ? USER16_SEL_DATA : gate_seg() };
}

/* Nothing can be done with a card, or a BIOS, whose ROM was left in the middle. */
static void check_hung(unsigned table_off)
{
	uint16_t hung, op;
	char call[16] = "its loader";
	memcpy(&hung, gate_ptr(R_DATA + D_HUNG), sizeof hung);
	if (!hung)
		return;
	memcpy(&op, gate_ptr(R_DATA + D_PXE_OP), sizeof op);
	if (table_off != T_FAR)
		snprintf(call, sizeof call, "call %02xh", op);
	log_line("undi: the ROM has not come back from %s for %u s: it hangs, and without it there is no card", call, WATCH_S);
	machine_reset_soon("undi");
}

/* Runs a resident function in the present way: 0, or -EFAULT, -ETIMEDOUT (then user16_why() tells). */
static int run(unsigned table_off, bool probing)
{
	if (now == TRANSPORT_REAL) {
		gate_call(table_off);
		check_hung(table_off);
		return 0;
	}
	enum user16_mode mode = now == TRANSPORT_PM ? USER16_PM : USER16_V86;
	uint32_t limit_ms = probing ? PROBE_MS : table_off == T_DRAIN ? DRAIN_MS : CALL_MS;
	switch (user16_call(mode, table_off, limit_ms)) {
	case USER16_DONE:
		return 0;
	case USER16_FINISHED_REAL:
		check_hung(table_off);
		enter(TRANSPORT_REAL);
		if (!probing)
			log_line("undi: transport real (the ROM changes modes by itself: %s in v86)", user16_why());
		return 0;
	case USER16_FAULT:
		return -EFAULT;
	default:
		return -ETIMEDOUT;
	}
}

/* The ROM failed us while at work: real mode from now on. */
static void fall_back(void)
{
	const char *was = names[now];
	enter(TRANSPORT_REAL);
	log_line("undi: transport real (%s failed at work: %s)", was, user16_why());
}

static int try_call(enum pxe_op op, void *params, size_t len, bool probing, uint16_t *status)
{
	uint16_t ax;
	memcpy(gate_ptr(R_PARAM), params, len);
	put16(D_PXE_OP, (uint16_t)op);
	int err = run(T_PXE, probing);
	if (err)
		return err;
	memcpy(params, gate_ptr(R_PARAM), len);
	memcpy(&ax, gate_ptr(R_DATA + D_PXE_AX), sizeof ax);
	memcpy(status, params, sizeof *status);
	if (!*status && ax)
		*status = 0xffff;
	return 0;
}

uint16_t transport_call(enum pxe_op op, void *params, size_t len)
{
	uint16_t status = 0xffff;
	if (try_call(op, params, len, false, &status) < 0)
		fall_back();		/* pointers in params may be selectors: the caller sees a failed call and makes a new one */
	return status;
}

void transport_loader(void)
{
	gate_call(T_FAR);
	check_hung(T_FAR);
}

void transport_drain(void)
{
	put16(D_PXE_OP, PXE_UNDI_ISR);
	put16(D_DRAIN_COUNT, 0);
	put16(D_DRAIN_WHY, DRAIN_ERROR);
	if (run(T_DRAIN, false) < 0)
		fall_back();
}

/*
 * Descriptors for the ROM's segments, from FirstSelector on (PXE 2.1, page
 * 31); a ROM that names none it can use gets ours, written where it looks
 * for them.  NULL, or why not.
 */
static const char *prepare_pm(void)
{
	uint8_t *bang = (uint8_t *)stack->bang_at, len;
	if (!stack->bang)
		return "there is no !PXE";
	if (!stack->entry_esp.off && !stack->entry_esp.seg)
		return "!PXE has no protected-mode entry";
	if (stack->segments < UNDI_SEGMENTS)
		return "!PXE does not describe its segments";
	if (undi_is_ipxe(stack))	/* its entry loads paragraphs as selectors, and who knows what it does before the fault */
		return "it is iPXE, which works in real mode only";
	if (undi_segments_outside(stack))
		return "a segment of !PXE lies outside memory";
	uint16_t sel = first_selector();
	if (sel < USER16_SEL_FIRST || sel + 8 * (UNDI_SEGMENTS - 1) > USER16_SEL_LAST || (stack->first_selector & 4))
		sel = stack->first_selector = USER16_SEL_FIRST | DPL3;
	struct pxe_ptr callout = { .off = gate_offset(T_STATUS), .seg = USER16_SEL_CODE };
	memcpy(bang_before, bang, sizeof bang_before);
	bang_changed = true;
	memcpy(bang + BANG_CALLOUT, &callout, sizeof callout);
	memcpy(bang + BANG_SELECTOR, &sel, sizeof sel);
	len = bang[4];
	bang[BANG_SUM] = 0;
	uint8_t sum = 0;
	for (unsigned i = 0; i < len; i++)
		sum = (uint8_t)(sum + bang[i]);
	bang[BANG_SUM] = (uint8_t)-sum;
	/* stack, data, code, code writable, BC data, BC code, BC code writable; present ones only */
	for (unsigned i = 0; i < UNDI_SEGMENTS; i++) {
		const struct undi_segment *s = &stack->segment[i];
		if (s->size)
			user16_descriptor((uint16_t)(sel + 8 * i), s->base, (uint16_t)(s->size - 1), i == SEG_UNDI_CODE || i == 5);
	}
	return NULL;
}

/* NULL, or why not: in why. */
static const char *probe(enum transport t, const struct pxe_get_information *expected, char why[80])
{
	struct pxe_get_information info = { 0 };
	uint16_t status;
	const char *text = t == TRANSPORT_PM ? prepare_pm() : NULL;
	if (!text) {
		enter(t);
		if (try_call(PXE_UNDI_GET_INFORMATION, &info, sizeof info, true, &status) < 0)
			text = user16_why();
		else if (now == TRANSPORT_REAL)
			text = "it changes modes by itself";
		else if (memcmp(&info, expected, sizeof info))
			text = "it does not answer what it answers in real mode";
		else
			return NULL;
		transport_close();
	}
	snprintf(why, 80, "%s", text);
	return why;
}

/* The fastest first, as measured (docs/speed.md); both keep a fault of the ROM's where it is. */
static void choose(const struct pxe_get_information *expected)
{
	char v86_why[80], pm_why[80];
	if (undi_is_ipxe(stack))
		log_line("undi: transport real (it is iPXE, which works in real mode only)");
	else if (!probe(TRANSPORT_V86, expected, v86_why))
		log_line("undi: transport v86 (the ROM's real-mode code works in it)");
	else if (!probe(TRANSPORT_PM, expected, pm_why))
		log_line("undi: transport pm (the ROM's protected-mode entry works; v86 does not: %s)", v86_why);
	else
		log_line("undi: transport real (works with every ROM; v86 does not with this one: %s; nor does pm: %s)", v86_why, pm_why);
}

int transport_choose(const char *want)
{
	struct pxe_get_information expected = { 0 };
	char why[80];
	int err = 0;
	if (!want || !*want)
		want = "auto";
	transport_close();
	if (strcmp(want, "real") && strcmp(want, "v86") && strcmp(want, "pm") && strcmp(want, "auto")) {
		log_line("undi: undi.transport=%s is none of pm, v86, real, auto; taking auto", want);
		want = "auto";
		err = -EINVAL;
	}
	if (!strcmp(want, "real"))
		log_line("undi: transport real (as undi.transport says)");
	else if (transport_call(PXE_UNDI_GET_INFORMATION, &expected, sizeof expected))
		log_line("undi: transport real (GET_INFORMATION fails even there, so there is nothing to compare with)");
	else if (!strcmp(want, "auto"))
		choose(&expected);
	else if (!probe(!strcmp(want, "pm") ? TRANSPORT_PM : TRANSPORT_V86, &expected, why))
		log_line("undi: transport %s (as undi.transport says)", want);
	else
		log_line("undi: transport real (undi.transport=%s is not possible with this ROM: %s)", want, why);
	return err;
}
