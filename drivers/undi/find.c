/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The discovery ladder: entry stack, ES:BX, INT 1Ah, then a scan of the top of
 * base memory.  Where PXENV+ 2.1 points to a !PXE, that one is taken.
 */
#include "drivers/undi/find.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/cursor.h"

#define BANG_LEN 0x58
#define BANG_LEN_MIN 0x20		/* up to FirstSelector */
#define PXENV_LEN_MIN 0x28		/* without the pointer to !PXE, which 2.1 added */
#define PXENV_LEN 0x2c
#define SCAN_TOP 0xa0000u
#define REACH 0x110000u

static uint32_t linear(struct pxe_ptr p)
{
	return ((uint32_t)p.seg << 4) + p.off;
}

static bool is_null(struct pxe_ptr p)
{
	return !p.seg && !p.off;
}

const uint8_t *undi_view(const struct undi_memory *mem, uint32_t at, uint32_t len)
{
	return at >= mem->lowest && at <= mem->len && len <= mem->len - at ? mem->base + at : NULL;
}

bool undi_sum_is_zero(const uint8_t *p, uint32_t len)
{
	uint8_t sum = 0;
	while (len--)
		sum = (uint8_t)(sum + *p++);
	return sum == 0;
}

static struct pxe_ptr read_ptr(struct cursor *c)
{
	uint16_t off = cur_le16(c);
	return (struct pxe_ptr){ .off = off, .seg = cur_le16(c) };
}

/* An entry point that can be called: inside memory and not null. */
static bool entry_plausible(const struct undi_memory *mem, struct pxe_ptr p)
{
	return !is_null(p) && undi_view(mem, linear(p), 1);
}

/* What goes for both structures: which they are, where their length stands, and what is wrong with them. */
struct structure {
	const char *signature;
	uint8_t len_at, len_min;
	const char *outside, *none, *is_short, *reaches, *sum;
};

static const struct structure bang_structure = {
	"!PXE", 4, BANG_LEN_MIN, "!PXE lies outside memory", "no !PXE there", "!PXE is too short",
	"!PXE reaches outside memory", "!PXE's checksum is wrong",
}, pxenv_structure = {
	"PXENV+", 8, PXENV_LEN_MIN, "PXENV+ lies outside memory", "no PXENV+ there", "PXENV+ is too short",
	"PXENV+ reaches outside memory", "PXENV+'s checksum is wrong",
};

/* A sound structure at `at`: its bytes in *c, at the first behind the signature; or false. */
static bool open_structure(const struct undi_memory *mem, uint32_t at, const struct structure *s, struct cursor *c,
			   const char **why)
{
	size_t signature = strlen(s->signature);
	const uint8_t *p = undi_view(mem, at, s->len_min);
	*why = s->outside;
	if (!p)
		return false;
	*why = s->none;
	if (memcmp(p, s->signature, signature))
		return false;
	uint8_t len = p[s->len_at];
	*why = s->is_short;
	if (len < s->len_min)
		return false;
	*why = s->reaches;
	if (!undi_view(mem, at, len))
		return false;
	*why = s->sum;
	if (!undi_sum_is_zero(p, len))
		return false;
	*c = cur_make(p, len);
	cur_skip(c, signature);
	return true;
}

int undi_check_bang(const struct undi_memory *mem, uint32_t at, struct undi_stack *out, const char **why)
{
	struct cursor c;
	if (!open_structure(mem, at, &bang_structure, &c, why))
		return -EINVAL;
	cur_skip(&c, 12);		/* length, checksum, revision, reserved, two ROM IDs */
	struct pxe_ptr entry = read_ptr(&c);
	*why = "!PXE's entry point is not in memory";
	if (!entry_plausible(mem, entry))
		return -EINVAL;
	out->bang = true;
	out->bang_at = at;
	out->entry = entry;
	out->entry_esp = read_ptr(&c);
	out->status_callout = read_ptr(&c);
	cur_skip(&c, 1);
	unsigned segments = cur_u8(&c);
	out->first_selector = cur_le16(&c);
	out->segments = 0;
	for (unsigned i = 0; i < segments && i < UNDI_SEGMENTS && cur_left(&c) >= 8; i++) {
		struct undi_segment *s = &out->segment[out->segments++];
		s->seg = cur_le16(&c);
		s->base = cur_le32(&c);
		s->size = cur_le16(&c);
	}
	return 0;
}

bool undi_is_ipxe(const struct undi_stack *stack)
{
	return stack->status_callout.seg == 0xffff && stack->status_callout.off == 0xffff && !stack->first_selector;
}

bool undi_segments_outside(const struct undi_stack *stack)
{
	for (unsigned i = 0; i < stack->segments; i++) {
		const struct undi_segment *s = &stack->segment[i];
		if (s->size && (s->base >= REACH || s->size > REACH - s->base))
			return true;
	}
	return false;
}

int undi_check_pxenv(const struct undi_memory *mem, uint32_t at, struct undi_stack *out, struct pxe_ptr *bang,
		     const char **why)
{
	struct cursor c;
	*bang = (struct pxe_ptr){ 0, 0 };
	if (!open_structure(mem, at, &pxenv_structure, &c, why))
		return -EINVAL;
	uint16_t version = cur_le16(&c);
	cur_skip(&c, 2);
	struct pxe_ptr entry = read_ptr(&c);
	*why = "PXENV+'s entry point is not in memory";
	if (!entry_plausible(mem, entry))
		return -EINVAL;
	out->pxenv_at = at;
	out->pxenv_version = version;
	if (!out->bang)
		out->entry = entry;
	if (version >= 0x0201 && c.len >= PXENV_LEN) {
		cur_skip(&c, PXENV_LEN - 4 - c.pos);
		*bang = read_ptr(&c);
	}
	return 0;
}

/* PXENV+ at `at` and, if it names one, its !PXE. */
static bool try_pxenv(const struct undi_memory *mem, uint32_t at, struct undi_stack *out, const char **why)
{
	struct pxe_ptr bang;
	const char *bang_why;
	if (undi_check_pxenv(mem, at, out, &bang, why) < 0)
		return false;
	if (!is_null(bang) && undi_check_bang(mem, linear(bang), out, &bang_why) < 0)
		out->refused = bang_why;
	return true;
}

/* There was something, and it is no good. */
static bool is_bad(const char *why)
{
	return strncmp(why, "no ", 3) && strcmp(why, "null");
}

/* Downwards on paragraphs, as both structures are aligned (PXE 2.1, page 27 and 29). */
static bool scan(const struct undi_memory *mem, uint32_t from, bool bang, struct undi_stack *out, const char **bad)
{
	const char *why;
	for (uint32_t at = SCAN_TOP - 16; at >= from && at >= 16; at -= 16) {
		if (bang ? undi_check_bang(mem, at, out, &why) == 0 : try_pxenv(mem, at, out, &why))
			return true;
		if (is_bad(why))
			*bad = why;
	}
	return false;
}

int undi_find(const struct undi_memory *mem, const struct undi_hints *h, struct undi_stack *out, char *why,
	      unsigned why_len)
{
	const char *stack_why = "null", *es_why = "null", *int_why = "not answered", *scan_why = "nothing";
	struct pxe_ptr p;

	*out = (struct undi_stack){ 0 };
	if (!is_null(h->es_bx))
		try_pxenv(mem, linear(h->es_bx), out, &es_why);
	if (!is_null(h->stack_arg) && undi_check_bang(mem, linear(h->stack_arg), out, &stack_why) == 0) {
		out->how = "entry stack";
		out->refused = NULL;
		return 0;
	}
	if (is_bad(stack_why) && !out->refused)
		out->refused = stack_why;
	out->how = "ES:BX";
	if (out->pxenv_at)
		return 0;
	out->how = "INT 1Ah";
	if (h->int1a && h->int1a(h->ctx, &p) && try_pxenv(mem, linear(p), out, &int_why))
		return 0;
	out->how = "memory scan";
	if (scan(mem, h->base_top, true, out, &scan_why) || scan(mem, h->base_top, false, out, &scan_why)) {
		if (strcmp(scan_why, "nothing") && !out->refused)
			out->refused = scan_why;
		return 0;
	}
	snprintf(why, why_len, "entry stack: %s; ES:BX: %s; INT 1Ah: %s; scan %lxh-a0000h: %s", stack_why, es_why,
		 int_why, (unsigned long)h->base_top, scan_why);
	return -ENODEV;
}
