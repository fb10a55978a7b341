; SPDX-License-Identifier: BSD-2-Clause
;
; Stage 1 of build/undine.iso on a CD: what El Torito (1.0, 2.1) boots without
; emulation.  Loads undine.0 from the sectors that tools/iso.py noted at its
; end to 0000:7C00 and starts it as boot16/disk.asm does, in pieces through a
; buffer that no 64 KiB boundary crosses.  What fails is said on screen and
; COM1, and the BIOS tries its next device.
;
; In:   DL = drive, one CD sector of us at 7C00h
; Mode: real

%include "boot16/abi.inc"
%include "boot16/com1.inc"

%define HERE 0x600			; where this sector moves to
%define CD_SECTOR 2048
%define PIECE 16			; CD sectors in one call
%define BUFFER 0x7000			; segment, behind the longest undine.0
%define TRIES 4

org HERE
bits 16

	xor ax, ax
	mov ss, ax
	mov sp, NBP_AT
	mov ds, ax
	mov es, ax
	cld
	mov si, sp
	mov di, HERE
	mov cx, CD_SECTOR / 2
	rep movsw
	jmp 0:moved
moved:
	sti
	mov [drive], dl
	mov edi, [first]		; next sector
	mov bp, [count]			; sectors to come
	mov bx, NBP_AT >> 4		; segment that they belong to
next:
	mov cx, PIECE
	cmp cx, bp
	jbe .whole
	mov cx, bp
.whole:
	mov byte [tries], TRIES
.again:
	mov [packet.count], cx		; some BIOSes write what they have read
	mov [packet.first], edi
	pushad
	mov si, packet
	mov ah, 0x42
	mov dl, [drive]
	int 0x13
	popad
	jnc .good
	dec byte [tries]
	jnz .again
	mov si, msg_read
	jmp fail
.good:
	pushad
	push ds
	shl cx, 9			; dwords
	mov ax, BUFFER
	mov ds, ax
	mov es, bx
	xor si, si
	xor di, di
	rep movsd
	pop ds
	popad
	movzx ecx, cx
	add edi, ecx
	sub bp, cx
	shl cx, 7			; paragraphs
	add bx, cx
	test bp, bp
	jnz next

	mov si, msg_none
	cmp dword [NBP_AT + NBP_MAGIC_AT], NBP_MAGIC
	jne fail
	mov ax, 0x5650			; as boot16/disk.asm
	int 0x1a
	jc .no_pxe
	cmp ax, 0x564e
	je .start
.no_pxe:
	xor bx, bx
	mov es, bx
.start:
	jmp 0:NBP_AT

; fail: says SI (ASCIIZ) on screen and COM1; then the BIOS's next device.
fail:
	com1_fail

msg_read db "Undine: the CD cannot be read", 13, 10, 0
msg_none db "Undine: none on the CD", 13, 10, 0

align 4, db 0
packet:	db 16, 0
.count	dw 0
	dw 0, BUFFER
.first	dd 0, 0
drive	db 0
tries	db 0

	times CD_SECTOR - 6 - ($ - $$) db 0
first	dd 0				; these two by tools/iso.py
count	dw 0
