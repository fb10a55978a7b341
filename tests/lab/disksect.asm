; SPDX-License-Identifier: BSD-2-Clause
;
; A boot sector that says on COM1 which disk it has been started from:
;   disk: DL, INT 13h AH=08h's CX and DH, the words that stand in its last sector
;   pxe: AX of INT 1Ah AX=5650h, 564E where there is PXE (PXE 2.1, 3.5)
; the numbers in hexadecimal, and stops.
; In: as a boot sector; LAST = its disk's last sector, by -DCYLINDER= -DHEAD= -DSECTOR=.  Mode: real

bits 16
org 0x7c00

	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov sp, 0x7c00
	mov [drive], dl
	mov si, begin
	call text
	movzx ax, byte [drive]
	call number
	mov ah, 8
	mov dl, [drive]
	int 0x13
	jc .failed
	push dx
	mov ax, cx
	call number
	pop dx
	movzx ax, dh
	call number
	xor ax, ax
	mov es, ax
	mov ax, 0x0201
	mov bx, 0x8000
	mov cx, CYLINDER << 8 | SECTOR
	mov dh, HEAD
	mov dl, [drive]
	int 0x13
	jc .failed
	mov al, ' '
	call put
	mov si, 0x8000
	call text
	jmp .stop
.failed:
	mov si, failed
	call text
.stop:
	mov si, end
	call text
	mov si, pxe
	call text
	mov ax, 0x5650
	int 0x1a
	call number
	mov si, end
	call text
	hlt
	jmp $ - 1

; " %04x" of AX
number:
	mov di, ax
	mov al, ' '
	call put
	mov cx, 4
.next:
	rol di, 4
	mov ax, di
	and al, 15
	cmp al, 10
	sbb al, 0x69
	das
	call put
	loop .next
	ret

; SI, ASCIIZ
text:
	lodsb
	test al, al
	jz .done
	call put
	jmp text
.done:
	ret

put:
	mov dx, 0x3fd
	push ax
.wait:
	in al, dx
	test al, 0x20
	jz .wait
	pop ax
	mov dx, 0x3f8
	out dx, al
	ret

begin	db 13, 10, "disk:", 0
failed	db " cannot be read", 0
end	db 13, 10, 0
pxe	db "pxe:", 0
drive	db 0
	times 510 - ($ - $$) db 0
	dw 0xaa55
