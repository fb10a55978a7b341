; SPDX-License-Identifier: BSD-2-Clause
;
; Stage 1 of build/undine.img: the code of a master boot record.  Loads
; undine.0 from the sectors that tools/disk.py noted at its end to 0000:7C00
; and starts it, with a stack that tells it that there is nobody to go back to
; (boot16/start.asm) and ES:BX as INT 1Ah AX=5650h gives it (PXE 2.1, 3.3): the
; resident PXE stack, or 0:0.  Reads by INT 13h AH=42h (EDD 3.0), and where
; that is missing (floppies, old BIOSes) by cylinder, head and sector.
; What fails is said on screen and COM1, and the BIOS tries its next device.
;
; In:   DL = drive, as the BIOS starts any boot sector
; Mode: real.  440 bytes: behind them come the disk's signature and partition
;       table, which are the disk's own.

%include "boot16/abi.inc"
%include "boot16/com1.inc"

%define HERE 0x600			; where this sector moves to
%define SECTOR 512
%define CODE_LEN 440
%define MOST 127			; sectors in one call: more is too much for some BIOSes
%define TRIES 4

; words behind our own sector
%define per_track HERE + SECTOR		; u16; 0: AH=42h works
%define heads HERE + SECTOR + 2		; u16
%define now HERE + SECTOR + 4		; u16: sectors in the call under way
%define drive HERE + SECTOR + 6		; byte
%define tries HERE + SECTOR + 7		; byte

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
	mov cx, SECTOR / 2
	rep movsw
	jmp 0:moved
moved:
	sti
	mov [drive], dl
	mov [per_track], cx		; 0
	mov ah, 0x41
	mov bx, 0x55aa
	int 0x13
	jc .geometry
	cmp bx, 0xaa55
	jne .geometry
	test cl, 1			; packet calls
	jnz .load
.geometry:
	mov dl, [drive]
	mov ah, 8
	int 0x13
	jc read_error
	mov ah, 0			; status to show
	and cx, 0x3f
	jz read_error
	mov [per_track], cx
	movzx cx, dh
	inc cx
	mov [heads], cx
.load:
	mov edi, [first]		; next sector
	mov si, [count]			; sectors to come
	mov bx, NBP_AT >> 4		; segment to read to
next:
	mov byte [tries], TRIES
	; BP = sectors in this call: not past the end, nor a 64 KiB boundary, where DMA ends
	mov bp, bx
	shr bp, 5
	or bp, -128
	neg bp				; 1..128
	cmp bp, MOST
	jbe .below
	mov bp, MOST
.below:
	cmp bp, si
	jbe again
	mov bp, si
again:
	pushad
	mov cx, [per_track]
	jcxz .packet
	; cylinder, head, sector; not past the end of a track
	movzx ecx, cx
	mov eax, edi
	xor edx, edx
	div ecx
	sub cx, dx
	cmp bp, cx
	jbe .in_track
	mov bp, cx
.in_track:
	inc dx
	push dx				; sector, from 1
	xor edx, edx
	mov cx, [heads]
	div ecx
	mov dh, dl			; head
	mov ch, al			; cylinder, its upper bits above the sector
	mov cl, ah
	shl cl, 6
	pop ax
	or cl, al
	mov es, bx
	xor bx, bx
	mov ax, bp
	mov ah, 2
	jmp .read
.packet:
	push dword 0			; LBA, 64 bits
	push edi
	push bx				; segment, offset
	push cx				; 0
	push bp				; count
	push byte 16			; length
	mov si, sp
	mov ah, 0x42
.read:
	mov [now], bp
	mov dl, [drive]
	int 0x13
	mov sp, NBP_AT - 32		; PUSHAD's
	jnc .good
	dec byte [tries]
	jz read_error
	mov ah, 0			; reset
	mov dl, [drive]
	int 0x13
	popad
	jmp again
.good:
	popad
	movzx eax, word [now]
	add edi, eax
	sub si, ax
	shl ax, 5
	add bx, ax
	test si, si
	jnz next

	mov si, msg_none
	cmp dword [NBP_AT + NBP_MAGIC_AT], NBP_MAGIC
	jne fail
	mov ax, 0x5650
	int 0x1a
	jc .no_pxe
	cmp ax, 0x564e
	je .start
.no_pxe:
	xor bx, bx
	mov es, bx
.start:
	jmp 0:NBP_AT

; read_error: AH = status of INT 13h, shown as two digits.
read_error:
	push ds
	pop es
	mov al, ah
	aam 16
	mov cx, 2
	mov di, msg_status
	xchg al, ah
.digit:
	cmp al, 10
	sbb al, 0x69			; 0-9: 96h.., A-F: A1h..; DAS makes them the characters
	das
	stosb
	mov al, ah
	loop .digit
	mov si, msg_read

; fail: says SI (ASCIIZ) on screen and COM1; then the BIOS's next device.
fail:
	com1_fail

msg_read db "Undine: read error "
msg_status db "..h", 13, 10, 0
msg_none db "Undine: none behind MBR", 13, 10, 0

	times CODE_LEN - 6 - ($ - $$) db 0
first	dd 1				; these two by tools/disk.py
count	dw 0
