/* SPDX-License-Identifier: BSD-2-Clause */
/* The PXE stack for another NBP: our own entry registers, put right where our starter gave none (GRUB, a disk). */
#include "services/firmware/pxe.h"

#include <stddef.h>

#include "drivers/undi/undi.h"
#include "kernel/boot_params.h"
#include "kernel/gate.h"

static const uint8_t reply_types[BOOT_PXE_REPLIES] = { 2, 3 };	/* PXE 2.1, page 36: the ACK, the boot server's */

static void describe_registers(const struct boot_params *params, struct boot_pxe *pxe)
{
	const struct caller_frame *f = &params->caller;
	struct segoff es_bx = { .off = (uint16_t)f->ebx, .seg = f->es }, arg = { .off = f->arg[0], .seg = f->arg[1] };
	bool knew_pxenv = pxe->pxenv && segoff_linear(es_bx) == pxe->pxenv;
	pxe->regs = (struct real_regs){
		.eax = f->eax, .ebx = f->ebx, .ecx = f->ecx, .edx = f->edx, .esi = f->esi, .edi = f->edi, .ebp = f->ebp,
		.flags = f->flags | EFLAGS_IF,
		.sp = (uint16_t)(params->caller_sp + offsetof(struct caller_frame, ret_ip)), .ss = params->caller_ss,
		.ds = f->ds, .es = f->es, .fs = f->fs, .gs = f->gs,
	};
	if (!knew_pxenv) {
		pxe->regs.es = (uint16_t)(pxe->pxenv >> 4);
		pxe->regs.ebx = pxe->pxenv & 15;
		pxe->regs.edx = pxe->pxenv;
	}
	pxe->has_stack = pxe->bang ? segoff_linear(arg) == pxe->bang : knew_pxenv;
}

const struct boot_pxe *pxe_describe(const struct boot_params *params)
{
	static struct boot_pxe pxe;
	pxe = (struct boot_pxe){ 0 };
	if (!undi_structures(&pxe.bang, &pxe.pxenv))
		return NULL;
	describe_registers(params, &pxe);
	for (unsigned i = 0; i < BOOT_PXE_REPLIES; i++)
		pxe.reply[i].data = (uint8_t *)(uintptr_t)undi_cached_buffer(reply_types[i], &pxe.reply[i].len);
	return &pxe;
}
