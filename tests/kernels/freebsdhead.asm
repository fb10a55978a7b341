; SPDX-License-Identifier: BSD-2-Clause
;
; fbsddump's entry: notes the state it is entered in, checks the mapping when
; it is in long mode (AMD64), goes back to flat 32-bit mode, and calls
; dump(stack, AMD64).

extern dump, link_base
global entry, state, found

section .bss
state:	resd 17				; kernlib.h's; only what dump_entry would print
found:	resd 8				; cr0, cr3, cr4, efer, flags, esp, cs, mapping (bits 0-2)
	resb 8192
stack_top:

section .text
%ifdef AMD64
bits 64
default abs
entry:
	mov	[found + 20], esp
	mov	ecx, 0xc0000080
	rdmsr
	mov	[found + 12], eax
	mov	rax, cr0
	mov	[found], eax
	mov	rax, cr3
	mov	[found + 4], eax
	mov	rax, cr4
	mov	[found + 8], eax
	mov	esp, stack_top
	pushfq
	pop	rax
	mov	[found + 16], eax
	mov	eax, cs
	mov	[found + 24], eax
	; every GiB is the first: at 0, just below the top, and in the middle of the lower half
	mov	rax, [link_base]
	xor	edx, edx
	mov	rcx, -0x80000000
	cmp	rax, [rcx + link_base]
	jne	.no1
	or	edx, 1
.no1:	mov	rcx, 0x3f40000000
	cmp	rax, [rcx + link_base]
	jne	.no2
	or	edx, 2
.no2:	lea	rax, [rel entry]
	mov	rcx, 0xffffffff80000000
	cmp	rax, rcx
	jb	.no4
	or	edx, 4			; runs where it is linked
.no4:	mov	[found + 28], edx
	lgdt	[gdtr]
	mov	eax, narrow
	push	qword 0x08
	push	rax
	o64 retf
bits 32
narrow:
	mov	eax, 0x10
	mov	ds, eax
	mov	es, eax
	mov	ss, eax
	mov	eax, cr0
	and	eax, 0x7fffffff
	mov	cr0, eax
	push	dword 1
%else
bits 32
entry:
	mov	[found + 20], esp
	mov	esp, stack_top
	mov	eax, cr0
	mov	[found], eax
	mov	eax, cr3
	mov	[found + 4], eax
	mov	eax, cr4
	mov	[found + 8], eax
	pushfd
	pop	dword [found + 16]
	mov	eax, cs
	mov	[found + 24], eax
	push	dword 0
%endif
	push	dword [found + 20]
	call	dump
.stop:	hlt
	jmp	.stop

align 8
gdt:	dq	0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr:	dw	23
	dd	gdt, 0

section .note.GNU-stack noalloc noexec nowrite progbits
