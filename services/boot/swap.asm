; SPDX-License-Identifier: BSD-2-Clause
;
; Two drives change their numbers, for what only ever asks for the first one:
; INT 13h goes through here from then on.  It lies at the top of base memory,
; whose size in 40:13 is taken down to it.
;
; It begins with a jump and what bootsector_protocol.c fills in: both
; drives, room for the old vector, and where to go then (swap.h).
;
; In:       real mode, CS:0 = swap_code, a stack; all registers are for what comes next
; Out:      does not return: jumps there, with all registers as they came
; Clobbers: nothing
; Mode:     real

section .rodata

%define at(label) (label - swap_code)
%define SWAP_CODE_LEN 128
%define VECTOR 0x13 * 4
%define BASE_KIB 0x413

global swap_code
bits 16
swap_code:
	jmp	short .install
.one:	db	0
.other:	db	0
.old:	dd	0
.next:	dd	0

.install:
	pushf
	push	ds
	push	eax
	cli
	xor	ax, ax
	mov	ds, ax
	mov	eax, [VECTOR]
	mov	[cs:at(.old)], eax
	mov	word [VECTOR], at(.hook)
	mov	[VECTOR + 2], cs
	mov	ax, cs
	shr	ax, 6			; paragraphs to KiB
	mov	[BASE_KIB], ax
	pop	eax
	pop	ds
	popf
	jmp	far [cs:at(.next)]

.hook:
	cmp	dl, [cs:at(.one)]
	je	.from_one
	cmp	dl, [cs:at(.other)]
	je	.from_other
	jmp	far [cs:at(.old)]
.from_one:
	push	dx
	push	ax
	mov	dl, [cs:at(.other)]
	jmp	.call
.from_other:
	push	dx
	push	ax
	mov	dl, [cs:at(.one)]
.call:
	pushf
	call	far [cs:at(.old)]
	pushf
	push	bp
	mov	bp, sp			; then: bp, the answer's flags, what was asked in AX and DX
	cmp	byte [bp + 5], 0x08	; these two answer in DX
	je	.answered
	cmp	byte [bp + 5], 0x15
	je	.answered
	mov	dl, [bp + 6]
.answered:
	pop	bp
	popf
	lea	sp, [esp + 4]		; flags stay
	sti
	retf	2
	times SWAP_CODE_LEN - ($ - swap_code) db 0

section .note.GNU-stack noalloc noexec nowrite progbits
