; SPDX-License-Identifier: BSD-2-Clause
;
; An option ROM that does what BIOSes with console redirection do after the
; self-test: at each tick of the clock (INT 08h) every row of the text screen
; that has changed is sent to COM1, with its place.  Its sums of the rows are
; behind them, in the 96 bytes of the page that are never shown.
;
; Built by test_consoles.py, which pads it and sets its checksum.

bits 16
org 0

COM1 equ 3f8h
ROWS equ 25
COLUMNS equ 80
SUMS equ ROWS * COLUMNS * 2		; 25 words, as what they are of

	db 55h, 0aah, 2			; two blocks of 512 bytes
	jmp short init
	times 18h - ($ - $$) db 0
	dw 0, 0				; no PCI data, no expansion header

init:
	push ax
	push ds
	xor ax, ax
	mov ds, ax
	mov ax, [4 * 8]			; this segment can be written while it is initialised
	mov [cs:old], ax
	mov ax, [4 * 8 + 2]
	mov [cs:old + 2], ax
	mov word [4 * 8], tick
	mov [4 * 8 + 2], cs
	pop ds
	pop ax
	retf

old:	dw 0, 0

tick:
	pushf
	call far [cs:old]
	pusha
	push ds
	mov ax, 0b800h
	mov ds, ax
	cld
	xor bx, bx			; row
	xor si, si
.row:	mov di, si
	mov cx, COLUMNS
	xor dx, dx
.sum:	lodsw
	rol dx, 1
	xor dl, al
	loop .sum
	mov bp, bx
	add bp, bp
	cmp dx, [ds:SUMS + bp]
	je .next
	mov [ds:SUMS + bp], dx
	call send_row
.next:	inc bx
	cmp bx, ROWS
	jb .row
	pop ds
	popa
	iret

; The row BX, whose cells are at DS:DI, to its place.
send_row:
	mov al, 27
	call send
	mov al, '['
	call send
	mov al, bl
	inc al
	aam				; AH tens, AL ones
	add ax, '00'
	xchg al, ah
	call send
	mov al, ah
	call send
	mov al, ';'
	call send
	mov al, '1'
	call send
	mov al, 'H'
	call send
	mov cx, COLUMNS
.cell:	mov al, [di]
	add di, 2
	call send
	loop .cell
	ret

; AL, when the line takes it: however long who reads it is held up, no byte is lost.
send:
	push dx
	push ax
	mov dx, COM1 + 5
.wait:	in al, dx
	test al, 20h
	jz .wait
	mov dx, COM1
	pop ax
	out dx, al
	pop dx
	ret
