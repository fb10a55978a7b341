/* SPDX-License-Identifier: BSD-2-Clause */
/* See jump.h.  copier.h is not included: there the code is const. */
#include "tests/world/jump.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CODE_LEN 320

extern uint8_t copier_code[CODE_LEN];
uint8_t copier_code[CODE_LEN];

void jump_leads_to(void (*enter)(void *block))
{
	/* mov rdi, rbx; and rsp, -16; mov rax, enter; call rax */
	static const uint8_t code64[] = { 0x48, 0x89, 0xdf, 0x48, 0x83, 0xe4, 0xf0, 0x48, 0xb8 };
	/* and esp, -16; sub esp, 12; push ebx; mov eax, enter; call eax */
	static const uint8_t code32[] = { 0x83, 0xe4, 0xf0, 0x83, 0xec, 0x0c, 0x53, 0xb8 };
	static const uint8_t call[] = { 0xff, 0xd0 };
	bool wide = sizeof(enter) == 8;
	size_t len = wide ? sizeof(code64) : sizeof(code32);
	memcpy(copier_code, wide ? code64 : code32, len);
	memcpy(copier_code + len, &enter, sizeof(enter));
	memcpy(copier_code + len + sizeof(enter), call, sizeof(call));
}
