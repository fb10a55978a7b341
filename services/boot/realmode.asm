; SPDX-License-Identifier: BSD-2-Clause
;
; From the copier's flat 32-bit mode into real mode (Intel SDM volume 3,
; 10.9.2).  The copier has put the block below 640 KiB; it finds itself by EBX.
;
; The block, as realmode.h has it:
;   0      this code, REALMODE_CODE_LEN bytes
;   then   eax ebx ecx edx esi edi ebp, ip cs flags, sp ss ds es fs gs
;
; In:       EBX = linear address of the block, a multiple of 16, below 640 KiB;
;           32-bit protected mode, CPL 0, flat segments, no paging
; Out:      does not return: real mode with the registers of the block
; Clobbers: everything
; Mode:     32-bit protected, 16-bit protected, real

section .rodata

%define REALMODE_CODE_LEN 256
%define at(label) (label - realmode_code)

struc block
	.code	resb REALMODE_CODE_LEN
	.eax	resd 1
	.ebx	resd 1
	.ecx	resd 1
	.edx	resd 1
	.esi	resd 1
	.edi	resd 1
	.ebp	resd 1
	.ip	resw 1
	.cs	resw 1
	.flags	resw 1
	.sp	resw 1
	.ss	resw 1
	.ds	resw 1
	.es	resw 1
	.fs	resw 1
	.gs	resw 1
endstruc

global realmode_code
bits 32
realmode_code:
	mov	eax, ebx
	mov	[ebx + at(gdt) + 8 + 2], ax	; the 16-bit segments begin at the block
	mov	[ebx + at(gdt) + 16 + 2], ax
	shr	eax, 16
	mov	[ebx + at(gdt) + 8 + 4], al
	mov	[ebx + at(gdt) + 16 + 4], al
	lea	eax, [ebx + at(gdt)]
	mov	[ebx + at(gdtr) + 2], eax
	lgdt	[ebx + at(gdtr)]
	lidt	[ebx + at(idtr)]
	mov	eax, ebx
	shr	eax, 4
	mov	[ebx + at(.real) - 2], ax	; the far jump's segment
	mov	ecx, 0x10
	jmp	dword 0x08:at(.narrow)
bits 16
.narrow:
	mov	ds, cx			; 64 KiB limits stay in the hidden parts
	mov	es, cx
	mov	fs, cx
	mov	gs, cx
	mov	ss, cx
	mov	edx, cr0
	and	dl, 0xfe
	mov	cr0, edx
	jmp	0:at(.real)
.real:
	mov	ds, ax
	mov	ss, [block.ss]
	movzx	esp, word [block.sp]
	push	word [block.flags]
	push	dword [block.ip]	; CS and IP
	mov	eax, [block.eax]
	mov	ebx, [block.ebx]
	mov	ecx, [block.ecx]
	mov	edx, [block.edx]
	mov	esi, [block.esi]
	mov	edi, [block.edi]
	mov	ebp, [block.ebp]
	mov	es, [block.es]
	mov	fs, [block.fs]
	mov	gs, [block.gs]
	mov	ds, [block.ds]
	iret

align 4
gdt:
	dq	0
	dq	0x00009b000000ffff	; 08h: 16-bit code at the block
	dq	0x000093000000ffff	; 10h: 16-bit data at the block
gdtr:
	dw	gdtr - gdt - 1
	dd	0
idtr:
	dw	0x3ff
	dd	0
	times REALMODE_CODE_LEN - ($ - realmode_code) db 0

section .note.GNU-stack noalloc noexec nowrite progbits
