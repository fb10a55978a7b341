; SPDX-License-Identifier: BSD-2-Clause
;
; The copier: carries a handover's moves out and enters the next kernel.  It
; is copied to pages outside of everything it moves, so it needs no address of
; its own; from its first instruction on nothing else of the loader is used.
;
; The block, as copier.h has it (offsets are checked there):
;   0      this code, COPIER_CODE_LEN bytes
;   then   regs: eax ebx ecx edx esi edi ebp esp eip, 36 bytes
;   then   stack: address of the top of a small stack outside of the moves
;   then   count, and count times dst, src, len, zero
;
; In:       EBX = physical address of the block; 32-bit protected mode, CPL 0,
;           flat segments, the block mapped where it is if paging is on
; Out:      does not return.  Paging, PAE, PGE off; CS DS ES FS GS SS flat
;           (10h and 18h, as Linux's boot protocol wants them); EFLAGS = 2;
;           registers as in regs
; Clobbers: everything, and what the moves say
; Mode:     32-bit

bits 32
section .rodata

%define COPIER_CODE_LEN 320

struc block
	.code	resb COPIER_CODE_LEN
	.eax	resd 1
	.ebx	resd 1
	.ecx	resd 1
	.edx	resd 1
	.esi	resd 1
	.edi	resd 1
	.ebp	resd 1
	.esp	resd 1
	.eip	resd 1
	.stack	resd 1
	.count	resd 1
	.moves:
endstruc

%define CR0_KEPT 0x60000011		; PE, ET, and the cache bits as they are
%define at(label) (label - copier_code)

global copier_code
copier_code:
	cli
	cld
	mov	esp, [ebx + block.stack]
	lea	eax, [ebx + at(gdt)]
	mov	[ebx + at(gdtr) + 2], eax
	lgdt	[ebx + at(gdtr)]
	lea	eax, [ebx + at(.flat)]
	push	dword 0x10
	push	eax
	retf
.flat:
	mov	eax, 0x18
	mov	ds, eax
	mov	es, eax
	mov	fs, eax
	mov	gs, eax
	mov	ss, eax
	mov	eax, cr0
	and	eax, CR0_KEPT
	mov	cr0, eax
	jmp	short .unpaged
.unpaged:
	xor	eax, eax
	mov	cr3, eax		; forgets the translations
	mov	cr4, eax

	lea	ebp, [ebx + block.moves]
	mov	edx, [ebx + block.count]
.next:
	sub	edx, 1
	jc	.enter
	mov	edi, [ebp]
	mov	esi, [ebp + 4]
	mov	ecx, [ebp + 8]
	mov	eax, edi
	sub	eax, esi		; dst - src, modulo 2^32
	cmp	eax, ecx
	jb	.backward		; dst lies inside [src, src + len)
	mov	eax, ecx
	shr	ecx, 2
	rep movsd
	mov	ecx, eax
	and	ecx, 3
	rep movsb
	jmp	short .zero
.backward:
	test	eax, eax
	jz	.in_place
	std
	lea	esi, [esi + ecx - 1]
	lea	edi, [edi + ecx - 1]
	mov	eax, ecx
	and	ecx, 3
	rep movsb
	sub	esi, 3
	sub	edi, 3
	mov	ecx, eax
	shr	ecx, 2
	rep movsd
	cld
.in_place:
	mov	edi, [ebp]
	add	edi, [ebp + 8]
.zero:
	xor	eax, eax
	mov	ecx, [ebp + 12]
	shr	ecx, 2
	rep stosd
	mov	ecx, [ebp + 12]
	and	ecx, 3
	rep stosb
	add	ebp, 16
	jmp	short .next

.enter:
	mov	eax, [ebx + block.eip]
	mov	[ebx + at(.target)], eax
	push	dword 2
	popfd
	mov	eax, [ebx + block.eax]
	mov	ecx, [ebx + block.ecx]
	mov	edx, [ebx + block.edx]
	mov	esi, [ebx + block.esi]
	mov	edi, [ebx + block.edi]
	mov	ebp, [ebx + block.ebp]
	mov	esp, [ebx + block.esp]
	mov	ebx, [ebx + block.ebx]
	db	0xea			; jmp 10h:eip, without touching a stack
.target:
	dd	0
	dw	0x10

align 8
gdt:
	dq	0
	dq	0
	dq	0x00cf9b000000ffff	; 10h: code, flat
	dq	0x00cf93000000ffff	; 18h: data, flat
gdtr:
	dw	gdtr - gdt - 1
	dd	0
	times COPIER_CODE_LEN - ($ - copier_code) db 0

section .note.GNU-stack noalloc noexec nowrite progbits
