; SPDX-License-Identifier: BSD-2-Clause
;
; A boot sector that says on COM1 and by INT 10h how it was entered:
;   sector NAME: EAX EDX DS SI BP, 40:13, the dwords at DS:SI+8, +16, +28 and +36, CS and
;   where in it we lie, and the dword at 440 in the first sector of drive DL
; in hexadecimal, and stops.  NAME is -DNAME="'x'", -DORG= where it lies if that is not 7C00h.
; In: as a boot sector, or as a file in its place.  Mode: real

%ifndef ORG
%define ORG 0x7c00
%endif

bits 16
org ORG

%define FREE 0x5000			; a segment that nobody uses

	pushad
	push ds
	mov bp, sp			; DS, then EDI ESI EBP ESP EBX EDX ECX EAX
	mov ax, cs
	mov es, ax
	mov si, name
	call text
	mov eax, [bp + 2 + 28]
	call number
	mov eax, [bp + 2 + 20]
	call number
	movzx eax, word [bp]
	call number
	mov eax, [bp + 2 + 4]
	call number
	mov eax, [bp + 2 + 8]
	call number
	mov ax, 0x40
	mov fs, ax
	movzx eax, word [fs:0x13]
	call number
	mov si, [bp + 2 + 4]
	mov ds, [bp]
	mov eax, [si + 8]
	call number
	mov eax, [si + 16]
	call number
	mov eax, [si + 28]
	call number
	mov eax, [si + 36]
	call number
	mov eax, cs
	shl eax, 16
	call here
here:
	pop cx
	sub cx, here - $$
	mov ax, cx
	call number
	mov dx, [bp + 2 + 20]
	mov ax, FREE
	mov es, ax
	xor bx, bx
	mov ax, 0x0201
	mov cx, 1
	mov dh, 0
	int 0x13
	mov eax, [es:440]
	call number
	mov ax, cs
	mov es, ax
	mov si, end
	call text
stop:
	hlt
	jmp stop

; " %08x" of EAX
number:
	mov edi, eax
	mov al, ' '
	call put
	mov cx, 8
.next:
	rol edi, 4
	mov ax, di
	and al, 15
	cmp al, 10
	sbb al, 0x69
	das
	call put
	loop .next
	ret

; ES:SI, ASCIIZ
text:
	es lodsb
	test al, al
	jz .done
	call put
	jmp text
.done:
	ret

put:
	mov ah, 0x0e			; teletype output
	mov bx, 7
	push ax
	int 0x10
	mov dx, 0x3fd
.wait:
	in al, dx
	test al, 0x20
	jz .wait
	pop ax
	mov dx, 0x3f8
	out dx, al
	ret

name	db 13, 10, "sector ", NAME, ":", 0
end	db 13, 10, 0
	times 440 - ($ - $$) db 0
