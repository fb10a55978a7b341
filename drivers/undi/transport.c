/* SPDX-License-Identifier: BSD-2-Clause */
/* The three ways to call a ROM: see transport.h.  Called by undi.c, card.c and load.c. */
#include "drivers/undi/transport.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/undi/trace.h"
#include "kernel/clock.h"
#include "kernel/gate.h"
#include "kernel/log.h"
#include "kernel/restart.h"
#include "kernel/task.h"
#include "kernel/user16.h"

#define PROBE_MS 1000u			/* what a ROM gets to answer while it is tried out */
#define DRAIN_MS 1000u			/* later, for what is done all the time */
#define CALL_MS 10000u			/* and for the rest: INITIALIZE and OPEN may wait for a link */
#define BANG_SUM 5			/* offsets in !PXE (PXE 2.1, page 29) */
#define BANG_CALLOUT 24
#define BANG_SELECTOR 30
#define SEG_UNDI_CODE 2			/* indices of the code segments among the descriptors */
#define SEG_BC_CODE 5
#define DPL3 3u
#define PATIENCE_MAX_S 3600ul		/* whose ticks a word holds */
#define FIRST "net0"			/* goes without saying */

_Static_assert(BANG_SELECTOR + 2 == TRANSPORT_BANG_LEN, "all that prepare_pm() writes");

static const char *const names[] = { "real", "v86", "pm" };

static struct transport *present;	/* whose words are in the resident segment */
static bool deprived;			/* user16_use() is in force */
static unsigned patience_s;

static void put16(unsigned off, uint16_t v)
{
	memcpy(gate_ptr(R_DATA + off), &v, sizeof v);
}

int transport_set_patience(unsigned long seconds)
{
	if (!seconds || seconds > PATIENCE_MAX_S)
		return -EINVAL;
	patience_s = (unsigned)seconds;
	put16(D_PATIENCE, (uint16_t)(patience_s * TICKS_10S / 10));
	return 0;
}

unsigned transport_patience(void)
{
	return patience_s;
}

static uint16_t first_selector(const struct undi_stack *stack)
{
	return (uint16_t)((stack->first_selector & ~7u) | DPL3);
}

/* stack, data, code, code writable, BC data, BC code, BC code writable; present ones only */
static void set_descriptors(const struct undi_stack *stack)
{
	for (unsigned i = 0; i < UNDI_SEGMENTS; i++) {
		const struct undi_segment *s = &stack->segment[i];
		if (s->size)
			user16_descriptor((uint16_t)(first_selector(stack) + 8 * i), s->base, (uint16_t)(s->size - 1),
					  i == SEG_UNDI_CODE || i == SEG_BC_CODE);
	}
}

static void set_words(enum transport_way way, struct pxe_ptr entry)
{
	bool pm = way == TRANSPORT_PM;
	if (deprived != (way != TRANSPORT_REAL)) {
		deprived = !deprived;
		user16_use(deprived);
	}
	memcpy(gate_ptr(R_DATA + D_PXE_ENTRY), &entry, sizeof entry);
	put16(D_DSEG, pm ? USER16_SEL_DATA : gate_seg());
	put16(D_PROTECTED, pm);
}

/* What the resident code and the ROM's entry have to look like for t to be called in this way. */
static void enter(struct transport *t, enum transport_way way)
{
	const struct undi_stack *stack = t->stack;
	bool pm = way == TRANSPORT_PM;
	struct pxe_ptr entry = stack->entry;
	if (pm)
		entry = (struct pxe_ptr){ stack->entry_esp.off, first_selector(stack) + 8 * SEG_UNDI_CODE };
	set_words(way, entry);
	if (pm)
		set_descriptors(stack);
	/* in real mode the ROM must not find a call-out by selector, nor must whoever comes after us */
	if (!pm && t->bang_changed)
		memcpy((void *)stack->bang_at, t->bang_before, sizeof t->bang_before);
	t->bang_changed &= pm;
	t->way = way;
	present = t;
}

/* The resident segment serves one ROM at a time. */
static void turn_to(struct transport *t)
{
	if (present != t)
		enter(t, t->way);
}

void transport_open(struct transport *t, struct undi_stack *stack, const char *name)
{
	*t = (struct transport){ .stack = stack };
	snprintf(t->label, sizeof t->label, strcmp(name, FIRST) ? " for %s" : "", name);
	enter(t, TRANSPORT_REAL);
}

void transport_close(struct transport *t)
{
	if (t->way != TRANSPORT_REAL || present != t)
		enter(t, TRANSPORT_REAL);
}

struct pxe_ptr transport_ptr(const struct transport *t, unsigned off)
{
	return (struct pxe_ptr){ .off = (uint16_t)off, .seg = t->way == TRANSPORT_PM ? USER16_SEL_DATA : gate_seg() };
}

/* The last call was given up. */
static bool take_hung(void)
{
	uint16_t hung;
	memcpy(&hung, gate_ptr(R_DATA + D_HUNG), sizeof hung);
	put16(D_HUNG, 0);
	return hung;
}

/*
 * A card whose ROM was left in the middle is lost.  Without net0, from which
 * the machine boots, it is better to begin anew.
 */
static void check_hung(struct transport *t)
{
	uint16_t op;
	if (!take_hung())
		return;
	memcpy(&op, gate_ptr(R_DATA + D_PXE_OP), sizeof op);
	log_error("undi: the ROM%s has not come back from call %02xh for %u s: it hangs, and %s", t->label, op,
		  patience_s, *t->label ? "its card is left alone" : "without it there is no card");
	t->lost = true;
	if (!*t->label)
		restart("the card's ROM hangs in call %02xh", op);
}

static int visit(struct transport *t, unsigned table_off, bool probing)
{
	if (t->way == TRANSPORT_REAL) {
		gate_call(table_off);
		check_hung(t);
		return 0;
	}
	enum user16_mode mode = t->way == TRANSPORT_PM ? USER16_PM : USER16_V86;
	uint32_t limit_ms = probing ? PROBE_MS : table_off == T_DRAIN ? DRAIN_MS : CALL_MS;
	switch (user16_call(mode, table_off, limit_ms)) {
	case USER16_DONE:
		return 0;
	case USER16_FINISHED_REAL:
		check_hung(t);
		enter(t, TRANSPORT_REAL);
		if (!probing)
			log_line("undi: transport real%s (the ROM changes modes by itself: %s in v86)", t->label,
				 user16_why());
		return 0;
	case USER16_FAULT:
		return -EFAULT;
	default:
		return -ETIMEDOUT;
	}
}

/*
 * Runs a resident function in the present way: 0, or -EFAULT, -ETIMEDOUT (then
 * user16_why() tells).  A drain is bounded by us, a call by nobody.
 */
static int run(struct transport *t, unsigned table_off, bool probing)
{
	uint64_t began = clock_us();
	int err = visit(t, table_off, probing);
	if (table_off == T_PXE)
		task_called_firmware(clock_us() - began);
	return err;
}

/* The ROM failed us while at work: real mode from now on. */
static void fall_back(struct transport *t)
{
	const char *was = names[t->way];
	enter(t, TRANSPORT_REAL);
	log_warn("undi: transport real%s (%s failed at work: %s)", t->label, was, user16_why());
	log_flush();	/* the same call follows in real mode: should it hang there too, this is to be read meanwhile */
}

static int try_call(struct transport *t, enum pxe_op op, void *params, size_t len, bool probing, uint16_t *status)
{
	uint16_t ax;
	turn_to(t);
	trace_called(t->label, op, params, len, clock_us());
	memcpy(gate_ptr(R_PARAM), params, len);
	put16(D_PXE_OP, (uint16_t)op);
	int err = run(t, T_PXE, probing);
	if (err) {
		trace_answered(0, params, user16_why(), clock_us());
		return err;
	}
	memcpy(params, gate_ptr(R_PARAM), len);
	memcpy(&ax, gate_ptr(R_DATA + D_PXE_AX), sizeof ax);
	memcpy(status, params, sizeof *status);
	if (!*status && ax)
		*status = 0xffff;
	trace_answered(*status, params, NULL, clock_us());
	return 0;
}

uint16_t transport_call(struct transport *t, enum pxe_op op, void *params, size_t len)
{
	uint16_t status = 0xffff;
	if (!t->lost && try_call(t, op, params, len, false, &status) < 0)
		fall_back(t);	/* params may hold selectors: the caller sees a failed call, and makes a new one */
	return status;
}

int transport_loader(struct pxe_ptr entry)
{
	set_words(TRANSPORT_REAL, entry);
	present = NULL;
	gate_call(T_FAR);
	return take_hung() ? -ETIMEDOUT : 0;
}

void transport_drain(struct transport *t)
{
	turn_to(t);
	put16(D_PXE_OP, PXE_UNDI_ISR);
	put16(D_DRAIN_COUNT, 0);
	put16(D_DRAIN_WHY, DRAIN_ERROR);
	if (run(t, T_DRAIN, false) < 0)
		fall_back(t);
	uint16_t end[3];		/* D_DRAIN_COUNT, _WHY, _STATUS */
	memcpy(end, gate_ptr(R_DATA + D_DRAIN_COUNT), sizeof end);
	trace_drained(t->label, end[0], end[1] == DRAIN_ERROR ? end[2] : 0, clock_us());
}

/*
 * Descriptors for the ROM's segments, from FirstSelector on (PXE 2.1, page
 * 31); a ROM that names none it can use gets ours, written where it looks
 * for them.  NULL, or why not.
 */
static const char *prepare_pm(struct transport *t)
{
	struct undi_stack *stack = t->stack;
	uint8_t *bang = (uint8_t *)stack->bang_at, len;
	if (!stack->bang)
		return "there is no !PXE";
	if (!stack->entry_esp.off && !stack->entry_esp.seg)
		return "!PXE has no protected-mode entry";
	if (stack->segments < UNDI_SEGMENTS)
		return "!PXE does not describe its segments";
	/* its entry loads paragraphs as selectors, and who knows what it does before the fault */
	if (undi_is_ipxe(stack))
		return "it is iPXE, which works in real mode only";
	if (undi_segments_outside(stack))
		return "a segment of !PXE lies outside memory";
	uint16_t sel = first_selector(stack);
	if (sel < USER16_SEL_FIRST || sel + 8 * (UNDI_SEGMENTS - 1) > USER16_SEL_LAST || (stack->first_selector & 4))
		sel = stack->first_selector = USER16_SEL_FIRST | DPL3;
	struct pxe_ptr callout = { .off = gate_offset(T_STATUS), .seg = USER16_SEL_CODE };
	memcpy(t->bang_before, bang, sizeof t->bang_before);
	t->bang_changed = true;
	memcpy(bang + BANG_CALLOUT, &callout, sizeof callout);
	memcpy(bang + BANG_SELECTOR, &sel, sizeof sel);
	len = bang[4];
	bang[BANG_SUM] = 0;
	uint8_t sum = 0;
	for (unsigned i = 0; i < len; i++)
		sum = (uint8_t)(sum + bang[i]);
	bang[BANG_SUM] = (uint8_t)-sum;
	return NULL;
}

/* NULL, or why not: in why. */
static const char *probe(struct transport *t, enum transport_way way, const struct pxe_get_information *expected,
			 char why[80])
{
	struct pxe_get_information info = { 0 };
	uint16_t status;
	const char *text = way == TRANSPORT_PM ? prepare_pm(t) : NULL;
	if (!text) {
		enter(t, way);
		if (try_call(t, PXE_UNDI_GET_INFORMATION, &info, sizeof info, true, &status) < 0)
			text = user16_why();
		else if (t->way == TRANSPORT_REAL)
			text = "it changes modes by itself";
		else if (memcmp(&info, expected, sizeof info))
			text = "it does not answer what it answers in real mode";
		else
			return NULL;
		transport_close(t);
	}
	snprintf(why, 80, "%s", text);
	return why;
}

/* The fastest first, as measured (docs/speed.md); both keep a fault of the ROM's where it is. */
static void choose(struct transport *t, const struct pxe_get_information *expected)
{
	char v86_why[80], pm_why[80];
	if (undi_is_ipxe(t->stack))
		log_line("undi: transport real%s (it is iPXE, which works in real mode only)", t->label);
	else if (!probe(t, TRANSPORT_V86, expected, v86_why))
		log_line("undi: transport v86%s (the ROM's real-mode code works in it)", t->label);
	else if (!probe(t, TRANSPORT_PM, expected, pm_why))
		log_line("undi: transport pm%s (the ROM's protected-mode entry works; v86 does not: %s)", t->label,
			 v86_why);
	else
		log_line("undi: transport real%s (works with every ROM; v86 does not with this one: %s; "
			 "nor does pm: %s)", t->label, v86_why, pm_why);
}

int transport_choose(struct transport *t, const char *want)
{
	struct pxe_get_information expected = { 0 };
	char why[80];
	int err = 0;
	if (!want || !*want)
		want = "auto";
	transport_close(t);
	if (strcmp(want, "real") && strcmp(want, "v86") && strcmp(want, "pm") && strcmp(want, "auto")) {
		log_warn("undi: undi.transport=%s is none of pm, v86, real, auto; taking auto", want);
		want = "auto";
		err = -EINVAL;
	}
	if (!strcmp(want, "real"))
		log_line("undi: transport real%s (as undi.transport says)", t->label);
	else if (transport_call(t, PXE_UNDI_GET_INFORMATION, &expected, sizeof expected))
		log_line("undi: transport real%s (GET_INFORMATION fails even there, so there is nothing to compare "
			 "with)", t->label);
	else if (!strcmp(want, "auto"))
		choose(t, &expected);
	else if (!probe(t, !strcmp(want, "pm") ? TRANSPORT_PM : TRANSPORT_V86, &expected, why))
		log_line("undi: transport %s%s (as undi.transport says)", want, t->label);
	else
		log_line("undi: transport real%s (undi.transport=%s is not possible with this ROM: %s)", t->label, want,
			 why);
	return err;
}
