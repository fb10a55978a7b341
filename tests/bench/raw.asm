; SPDX-License-Identifier: BSD-2-Clause
;
; The raw ceiling of a PXE ROM: an NBP that takes frames out of it by
; PXENV_UNDI_ISR as fast as it can and drops them.  It never leaves real mode
; and copies nothing: no loader that goes through UNDI can be faster.
;
; Says on COM1 (115200 8N1) "raw: open", and from then on a "." for each 64
; frames of 1514 bytes that it has taken: so the sender knows how many are on
; their way, and the count costs no more than an OUT.  What is wrong is said as
; "raw: failed: ..." with the ROM's status.  It never ends.
;
; Started by tests/bench; uses !PXE only (PXE 2.1, 3.3 and 4.3).
;
; Code, variables, parameter block and stack have pages of their own, for
; writes to a page that also holds executed code are slow.
;
; With -DWIDE it also keeps QEMU's TLB wide.  That is direct-mapped and sizes
; itself: at its smallest, 64 entries, pages 256 KiB apart share one, and the
; pages that iPXE's ROM copies frames from and to are such a pair.  QEMU doubles
; it when more than 70 % of its entries were used since the last change of
; mode, and halves it when fewer than 30 % were for 100 ms; so all pages of base
; memory are read once in 55.

bits 16
org 0x7c00

%define VARS 0x8000
%define PARAM 0x9000
%define STACK_TOP 0xc000		; down to A000h

%define entry VARS			; far pointer: !PXE's EntryPointSP
%define frames VARS + 4			; u8: since the last "."
%define saved_sp VARS + 6
%define tick VARS + 8			; u16: when the TLB was widened last

%define TICKS 0x46c			; the BIOS's count of 18.2 a second
%define BASE_PAGES 160

%define COM1 0x3f8
%define FRAME 1514
%define FRAMES_A_DOT 64

%define UNDI_OPEN 0x06
%define UNDI_GET_INFORMATION 0x0c
%define UNDI_ISR 0x14
%define ISR_IN_PROCESS 2
%define ISR_IN_GET_NEXT 3
%define ISR_OUT_RECEIVE 3

start:
	cld
	mov bp, sp
	les bx, [ss:bp + 4]		; the caller pushed !PXE's address
	mov eax, [es:bx]
	mov edx, [es:bx + 0x10]
	xor cx, cx
	mov ds, cx
	mov es, cx
	mov ss, cx
	mov esp, STACK_TOP
	mov [entry], edx
	mov byte [frames], FRAMES_A_DOT
	push eax
	call set_up_line
	pop eax
	sti
	mov si, no_pxe
	cmp eax, '!PXE'
	jne fail

	; the card's interrupt stays masked: we poll
	mov bx, UNDI_GET_INFORMATION
	call pxe
	mov si, no_information
	jnz fail
	mov cx, [PARAM + 4]		; IntNumber
	cmp cx, 2
	jne .not_cascade
	mov cx, 9
.not_cascade:
	dec cx
	cmp cx, 14			; 0 and what is no line: nothing to mask
	ja .masked
	inc cx
	mov bx, 1
	shl bx, cl
	in al, 0x21
	or al, bl
	out 0x21, al
	in al, 0xa1
	or al, bh
	out 0xa1, al
.masked:
	call clear
	mov word [PARAM + 4], 3		; PktFilter: directed and broadcast
	mov bx, UNDI_OPEN
	call pxe_as_is
	mov si, no_open
	jnz fail
	mov si, opened
	call print

process:
	mov bp, ISR_IN_PROCESS
next:
	call clear
	mov [PARAM + 2], bp
	mov bx, UNDI_ISR
	call pxe_as_is
	mov si, no_isr
	jnz fail
	cmp word [PARAM + 2], ISR_OUT_RECEIVE
	mov bp, ISR_IN_GET_NEXT
	jne process			; DONE, or TRANSMIT, which nothing here causes
	cmp word [PARAM + 6], FRAME
	jne next
	dec byte [frames]
	jnz next
	mov byte [frames], FRAMES_A_DOT
	mov al, '.'
	call send_char
%ifdef WIDE
	mov ax, [TICKS]
	cmp ax, [tick]
	je next
	mov [tick], ax
	xor ax, ax
	mov cx, BASE_PAGES
.page:
	mov fs, ax
	mov bl, [fs:0]
	add ax, 0x100
	loop .page
%endif
	jmp next

; ---------------------------------------------------------------------------
; pxe: calls the ROM with an empty parameter block; pxe_as_is: with what is
; there.  In: bx = opcode.  Out: ax = status, ZF as it is 0.
; Clobbers: all but BP, for a ROM may.
; ---------------------------------------------------------------------------
pxe:
	call clear
pxe_as_is:
	push bp
	mov [saved_sp], sp
	push ds
	push PARAM
	push bx
	call far [entry]
	xor cx, cx
	mov ds, cx
	mov es, cx
	mov ss, cx
	mov sp, [saved_sp]
	cld
	pop bp
	mov ax, [PARAM]
	test ax, ax
	ret

; clear: zeroes the parameter block.  Clobbers: eax
clear:
	xor eax, eax
%assign at 0
%rep 12
	mov [PARAM + at], eax
%assign at at + 4
%endrep
	ret

; fail: says what is wrong, and stops.  In: si = text, ax = status
fail:
	push ax
	push si
	mov si, failed
	call print
	pop si
	call print
	pop bx
	mov cx, 4
.digit:
	rol bx, 4
	mov al, bl
	and al, 15
	add al, '0'
	cmp al, '9'
	jbe .print
	add al, 'a' - '9' - 1
.print:	call print_char
	loop .digit
	mov al, 10
	call print_char
.stop:
	hlt
	jmp .stop

; set_up_line: 115200 8N1, FIFOs on.  Clobbers: ax dx si
set_up_line:
	mov si, .settings
.next:	lodsw
	xor dx, dx
	xchg dl, ah
	add dx, COM1
	out dx, al
	cmp si, .end
	jb .next
	ret
.settings:	; value, register: no interrupts; divisor 1; 8N1; FIFOs emptied and on
	db 0, 1, 0x80, 3, 1, 0, 0, 1, 3, 3, 7, 2
.end:

; print: In: ds:si = text.  Clobbers: ax dx si
print:
	lodsb
	test al, al
	jz .end
	call print_char
	jmp print
.end:	ret

; print_char waits for room in the FIFO, send_char knows that there is some.
; In: al.  Clobbers: ax dx
print_char:
	mov ah, al
	mov dx, COM1 + 5
.wait:	in al, dx
	test al, 0x20
	jz .wait
	mov al, ah
send_char:
	mov dx, COM1
	out dx, al
	ret

failed:		db "raw: failed: ", 0
no_pxe:		db "no !PXE on the stack ", 0
no_information:	db "GET_INFORMATION ", 0
no_open:	db "UNDI_OPEN ", 0
no_isr:		db "UNDI_ISR ", 0
opened:		db "raw: open", 10, 0

%if ($ - $$) > 0x400
%error "the code must end on its page"
%endif
