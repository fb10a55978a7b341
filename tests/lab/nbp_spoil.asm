; SPDX-License-Identifier: BSD-2-Clause
;
; An NBP that spoils the resident PXE stack's structures, and then starts the
; undine.0 that it carries, as the ROM would: so that Undine meets what old or
; broken ROMs have.  Called by test_starts.py, with one of
;   -DNO_BANG   there is PXENV+ alone
;   -DBAD_BANG  !PXE does not add up
;   -DBAD_BOTH  nor does PXENV+
; In:   as any NBP.  Mode: real

%define HERE 0x7c00
%define MOVER 0x1000
%define PIECE 0x8000

org HERE
bits 16
start:
	pushad
	push ds
	push es
	push fs
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
