; SPDX-License-Identifier: BSD-2-Clause
;
; A kernel in Linux's form (Documentation/arch/x86/boot.rst, protocol 2.10)
; that says on COM1 what it was told, and halts: "TOLD ", its command line,
; " initrd=", eight digits.  pxelinux enters it in real mode, others in
; protected mode.

%define CODE32 0x100000
%define COM1 0x3f8

; Sends AL.
%macro send 0
	mov	dx, COM1 + 5
	mov	bl, al
%%full:	in	al, dx
	test	al, 0x20
	jz	%%full
	mov	dx, COM1
	mov	al, bl
	out	dx, al
%endmacro

; The text at [%1], which ends with a NUL; %1 is a register.
%macro send_text 1
%%next:	mov	al, [%1]
	test	al, al
	jz	%%end
	send
	inc	%1
	jmp	%%next
%%end:
%endmacro

; ECX in hexadecimal.
%macro send_number 0
	mov	edi, 8
%%next:	rol	ecx, 4
	mov	al, cl
	and	al, 15
	add	al, '0'
	cmp	al, '9'
	jbe	%%digit
	add	al, 'a' - '9' - 1
%%digit: send
	dec	edi
	jnz	%%next
%endmacro

%macro stop 0
	cli
%%ever:	hlt
	jmp	%%ever
%endmacro

org 0
	times 0x1f1 db 0
	db	2			; setup sectors behind the first
	dw	0
	dd	64			; 16-byte pieces of what follows them
	dw	0, 0, 0, 0xaa55
bits 16
	jmp	short start16
	db	"HdrS"
	dw	0x020a
	dd	0
	dw	0, 0
	db	0, 1			; loaded at 1 MiB
	dw	0x8000
	dd	CODE32
ramdisk: dd	0, 0, 0
	dw	0
	db	0, 0
line:	dd	0
	dd	0x7fffffff, 0x100000
	db	0, 0
	dw	0
	dd	2047, 0
	dq	0
	dd	0, 0
	dq	0, CODE32
	dd	0x10000

start16:
	mov	si, told
	send_text si
	mov	ecx, [ramdisk + 4]
	push	ecx
	mov	esi, [line]
	push	ds
	mov	eax, esi
	shr	eax, 4
	mov	ds, ax
	and	si, 15
	send_text si
	pop	ds
	mov	si, initrd
	send_text si
	pop	ecx
	send_number
	mov	si, end
	send_text si
	stop
told:	db	"TOLD ", 0
initrd:	db	" initrd=", 0
end:	db	13, 10, 0
	times 3 * 512 - ($ - $$) db 0

bits 32
%define at(label) (label - start32 + CODE32)
start32:
	mov	ebp, esi		; the zero page
	mov	esi, at(told32)
	send_text esi
	mov	esi, [ebp + line]
	send_text esi
	mov	esi, at(initrd32)
	send_text esi
	mov	ecx, [ebp + ramdisk + 4]
	send_number
	mov	esi, at(end32)
	send_text esi
	stop
told32:	db	"TOLD ", 0
initrd32: db	" initrd=", 0
end32:	db	13, 10, 0
	times 3 * 512 + 1024 - ($ - $$) db 0
