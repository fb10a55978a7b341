; SPDX-License-Identifier: BSD-2-Clause
;
; An NBP that spoils what the firmware has left, and then starts the undine.0
; that it carries, as the ROM would: so that Undine meets what old or broken
; ROMs have.  Called by test_starts.py and test_weight.py, with one of
;   -DNO_BANG   there is PXENV+ alone
;   -DBAD_BANG  !PXE does not add up
;   -DBAD_BOTH  nor does PXENV+
;   -DBASE=KIB  base memory (40:13) is that long, and 64 KiB of A5h lie above it
; In:   as any NBP, or as boot16/disk.asm starts undine.0.  Mode: real

%include "boot16/abi.inc"

%define HERE NBP_AT
%define MOVER 0x1000
%define PIECE 0x8000

org HERE
bits 16
start:
	jmp short begin
	align 4
	dd 0
	dd NBP_MAGIC			; at NBP_MAGIC_AT
begin:
	pushad
	push ds
	push es
	push fs
%ifdef BASE
	xor ax, ax
	mov ds, ax
	mov word [0x413], BASE
	mov ax, BASE * 64
	mov es, ax
	xor di, di
	mov eax, 0xa5a5a5a5
	mov cx, 0x4000
	cld
	rep stosd
%else
	mov bp, sp
	les di, [bp + 6 + 32 + 4]	; SS:SP+4 on entry: !PXE
	mov fs, [bp + 2]
	mov si, [bp + 6 + 16]		; ES:BX on entry: PXENV+
%ifdef NO_BANG
	mov dword [es:di], 0
	mov dword [bp + 6 + 32 + 4], 0
	mov dword [fs:si + 0x28], 0
	movzx cx, byte [fs:si + 8]
	xor bx, bx
	xor al, al
.sum:
	add al, [fs:si + bx]
	inc bx
	loop .sum
	sub [fs:si + 9], al
%else
	inc byte [es:di + 5]
%ifdef BAD_BOTH
	inc byte [fs:si + 9]
%endif
%endif
%endif
	xor ax, ax
	mov ds, ax
	mov es, ax
	cld
	mov si, mover
	mov di, MOVER
	mov cx, mover_end - mover
	rep movsb
	jmp 0:MOVER

mover:
	mov ax, (HERE + nbp - start) >> 4
	mov bx, HERE >> 4
	mov dx, (nbp_end - nbp + PIECE - 1) / PIECE
.piece:
	mov ds, ax
	mov es, bx
	xor si, si
	xor di, di
	mov cx, PIECE / 2
	rep movsw
	add ax, PIECE >> 4
	add bx, PIECE >> 4
	dec dx
	jnz .piece
	pop fs
	pop es
	pop ds
	popad
	jmp 0:HERE
mover_end:

align 16
nbp:
	incbin "undine.0"
nbp_end:
