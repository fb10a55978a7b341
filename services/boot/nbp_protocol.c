/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another NBP as a boot protocol (PXE 2.1, 4.4.5): the image at 0:7C00, the
 * registers and the stack as we got them, the ROM's PXE as we found it.
 * Undine itself takes arguments; others take none this way.
 */
#include <errno.h>
#include <string.h>

#include "kernel/gate.h"
#include "kernel/log.h"
#include "services/boot/nbp.h"
#include "services/boot/protocol.h"
#include "services/firmware/pxe.h"

#define ARGS_LEN NBP_ARGS_LEN
#define STACK_LEN 4096u

/* For an NBP whose starter nobody knows: ends at the BIOS's next boot device. */
struct own_stack {
	uint8_t back[8];		/* INT 18h; JMP FFFF:0 */
	uint8_t room[STACK_LEN - 16];
	struct segoff ret;		/* SS:SP */
	struct segoff bang;		/* SS:SP+4 */
} __attribute__((packed));

static const uint8_t next_device[8] = { 0xcd, 0x18, 0xea, 0x00, 0x00, 0xff, 0xff };

struct nbp {
	struct nbp_changes changes;
	uint8_t *changed[BOOT_PXE_REPLIES];	/* the packets as they will be; NULL: as they are */
	struct own_stack *stack;	/* NULL: the starter's */
	char *args;
	int stack_item, args_item;
};

static struct segoff paragraph(uint32_t at)
{
	return (struct segoff){ .off = (uint16_t)(at & 15), .seg = (uint16_t)(at >> 4) };
}

/* The changed packets are made beforehand, where it can still fail. */
static int change_replies(struct boot *b, struct boot_why *why)
{
	struct nbp *s = b->state;
	const struct boot_pxe *pxe = b->machine->pxe;
	unsigned found = 0;
	if (!*b->piece[0].img->reply)
		return 0;
	int rc = nbp_changes_parse(b->piece[0].img->reply, &s->changes, why);
	for (unsigned i = 0; i < BOOT_PXE_REPLIES && rc == 0; i++) {
		if (!pxe->reply[i].data)
			continue;
		found++;
		s->changed[i] = boot_buffer(b, "the ROM's DHCP packet", pxe->reply[i].len, why);
		if (!s->changed[i])
			return -ENOMEM;
		memcpy(s->changed[i], pxe->reply[i].data, pxe->reply[i].len);
		rc = nbp_changes_apply(&s->changes, s->changed[i], pxe->reply[i].len, why);
		if (rc == -EPROTO) {		/* this one it has not got */
			s->changed[i] = NULL;
			found--;
			rc = 0;
		}
	}
	if (rc == 0 && !found && s->changes.asked)
		return boot_why(why, -ENOENT, "the ROM keeps no DHCP packet that could be changed");
	return rc;
}

/* Is the starter's stack clear of the image? */
static bool stack_stays(const struct boot_pxe *pxe, uint32_t len)
{
	uint32_t at = segoff_linear((struct segoff){ .off = pxe->regs.sp, .seg = pxe->regs.ss });
	return pxe->has_stack && (at + 8 <= NBP_BASE || at >= NBP_BASE + len);
}

static int add_stack(struct boot *b, struct boot_why *why)
{
	struct nbp *s = b->state;
	s->stack = boot_buffer(b, "a stack", sizeof(*s->stack), why);
	if (!s->stack)
		return -ENOMEM;
	return s->stack_item = boot_add(b, &(struct handover_item){
		.what = "a stack", .src = (uint32_t)(uintptr_t)s->stack, .len = sizeof(*s->stack),
		.align = 16, .lo = BOOT_LOW, .hi = BOOT_LOW_END,
	}, why);
}

static int add_args(struct boot *b, struct boot_why *why)
{
	struct nbp *s = b->state;
	const char *args = b->piece[0].img->args;
	if (strlen(args) >= ARGS_LEN)
		return boot_why(why, -E2BIG, "its arguments are longer than %d bytes; a script has room for more",
				ARGS_LEN - 1);
	s->args = boot_buffer(b, "the arguments", ARGS_LEN, why);
	if (!s->args)
		return -ENOMEM;
	strcpy(s->args, args);
	return s->args_item = boot_add(b, &(struct handover_item){
		.what = "the arguments", .src = (uint32_t)(uintptr_t)s->args, .len = ARGS_LEN,
		.align = 16, .lo = BOOT_LOW, .hi = BOOT_LOW_END,
	}, why);
}

static int nbp_open(struct boot *b, struct boot_why *why)
{
	const struct boot_piece *p = &b->piece[0];
	if (!b->machine->pxe)
		return boot_why(why, -ENODEV, "there is no PXE stack that it could use");
	if (!p->len || p->len > NBP_LEN_MAX)
		return boot_why(why, -EFBIG, "it has %lu bytes; base memory holds %lu at the most",
				(unsigned long)p->len, (unsigned long)NBP_LEN_MAX);
	int rc = change_replies(b, why);
	if (rc == 0)
		rc = boot_add(b, &(struct handover_item){
			.what = p->img->name, .src = (uint32_t)(uintptr_t)p->data, .len = p->len,
			.dst = NBP_BASE, .fixed = true,
		}, why);
	if (rc >= 0)
		rc = boot_add_real(b, why);
	if (rc >= 0 && !stack_stays(b->machine->pxe, p->len))
		rc = add_stack(b, why);
	if (rc >= 0 && *p->img->args && nbp_is_undine(p->data, p->len))
		rc = add_args(b, why);
	else if (rc >= 0 && *p->img->args)
		log_warn("boot: %s: NBPs take no arguments; \"%s\" is left out", p->img->name, p->img->args);
	return rc;
}

static int nbp_place(struct boot *b, struct boot_why *why)
{
	const struct nbp *s = b->state;
	(void)why;
	if (s->stack)
		boot_place_low(b, s->stack_item);
	if (s->args)
		boot_place_low(b, s->args_item);
	return 0;
}

static void nbp_placed(struct boot *b)
{
	struct nbp *s = b->state;
	const struct boot_pxe *pxe = b->machine->pxe;
	struct real_regs regs = pxe->regs;
	regs.cs = 0;
	regs.ip = NBP_BASE;
	if (s->stack) {
		uint32_t at = b->plan.item[s->stack_item].dst;
		memcpy(s->stack->back, next_device, sizeof(s->stack->back));
		s->stack->ret = paragraph(at);
		s->stack->bang = paragraph(pxe->bang);
		regs.ss = (uint16_t)(at >> 4);
		regs.sp = (uint16_t)offsetof(struct own_stack, ret);
	}
	boot_enter_real(b, &regs);
	boot_say_kernel(b, "NBP", NBP_BASE, NBP_BASE + b->piece[0].len, NBP_BASE);
}

static void nbp_finish(struct boot *b)
{
	const struct nbp *s = b->state;
	const struct boot_pxe *pxe = b->machine->pxe;
	for (unsigned i = 0; i < BOOT_PXE_REPLIES; i++)
		if (s->changed[i])
			memcpy(pxe->reply[i].data, s->changed[i], pxe->reply[i].len);
	if (s->args)
		memcpy((uint8_t *)b->piece[0].data + NBP_ARGS, &b->plan.item[s->args_item].dst, sizeof(uint32_t));
}

const struct boot_protocol nbp_protocol = {
	.type = IMAGE_NBP, .real_mode = true, .state_len = sizeof(struct nbp), .gzip_modules = true, .keep_pxe = true,
	.open = nbp_open, .place = nbp_place, .placed = nbp_placed, .finish = nbp_finish,
};
