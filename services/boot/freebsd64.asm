; SPDX-License-Identifier: BSD-2-Clause
;
; From the copier's flat 32-bit mode into long mode (Intel SDM volume 3,
; 10.8.5), as FreeBSD's amd64 kernel is entered.  It finds itself by EBX.
;
; The block, as freebsd.h has it:
;   0      this code, FREEBSD64_CODE_LEN bytes
;   then   cr3, sp: 4 bytes each; entry: 8 bytes
;
; In:       EBX = physical address of the block, below 1 GiB and mapped where
;           it is by the tables; 32-bit protected mode, CPL 0, flat segments,
;           no paging, CR4 = 0
; Out:      does not return: long mode, interrupts off, RSP = sp, at entry
; Clobbers: everything
; Mode:     32-bit protected, 64-bit

section .rodata

%define FREEBSD64_CODE_LEN 136
%define at(label) (label - freebsd64_code)

struc block
	.code	resb FREEBSD64_CODE_LEN
	.cr3	resd 1
	.sp	resd 1
	.entry	resq 1
endstruc

%define EFER 0xc0000080
%define EFER_LME 0x100
%define CR4_PAE 0x20

global freebsd64_code
bits 32
freebsd64_code:
	mov	esp, [ebx + block.sp]
	lea	eax, [ebx + at(gdt)]
	mov	[ebx + at(gdtr) + 2], eax
	lgdt	[ebx + at(gdtr)]
	mov	eax, CR4_PAE
	mov	cr4, eax
	mov	eax, [ebx + block.cr3]
	mov	cr3, eax
	mov	ecx, EFER
	rdmsr
	or	eax, EFER_LME
	wrmsr
	mov	eax, cr0
	or	eax, 0x80000000		; PG
	mov	cr0, eax
	lea	eax, [ebx + at(.long)]
	push	dword 0x08
	push	eax
	retf
bits 64
.long:
	mov	eax, 0x10
	mov	ds, eax
	mov	es, eax
	mov	ss, eax
	mov	ebx, ebx		; the upper halves are not defined after the switch
	mov	esp, [rbx + block.sp]
	jmp	[rbx + block.entry]

align 8
gdt:
	dq	0
	dq	0x00209b0000000000	; 08h: 64-bit code
	dq	0x0000930000000000	; 10h: data
gdtr:
	dw	gdtr - gdt - 1
	dd	0
	times FREEBSD64_CODE_LEN - ($ - freebsd64_code) db 0

section .note.GNU-stack noalloc noexec nowrite progbits
