; SPDX-License-Identifier: BSD-2-Clause
;
; What a Multiboot2 loader such as GRUB loads of undine.elf (Multiboot2 2.0,
; 3.1 and 3.3; tools/mb2.py): holds the whole of undine.0, puts it where a boot
; ROM would, with the command line as its arguments, and starts it in real mode
; with a stack that tells it that there is nobody to go back to
; (boot16/start.asm).  From there on all is as from a disk.
;
; In:   EAX = 36D76289h, EBX -> boot information; flat 32-bit mode, IF = 0
; Mode: 32-bit, then real

%include "boot16/abi.inc"

%define MB2_AT 0x100000
%define MB2_HEADER_MAGIC 0xe85250d6
%define MB2_BOOT_MAGIC 0x36d76289
%define TAG_COMMAND_LINE 1
%define LOW_CODE 0x1000			; where the way down to real mode runs
%define LOW_ARGS 0x1400			; and the arguments wait for kernel/start/unpack.c

org MB2_AT
bits 32
header:				; tools/mb2.py copies it to where loaders look for it; the entry is behind it
	dd MB2_HEADER_MAGIC, 0, header_end - header
	dd -(MB2_HEADER_MAGIC + header_end - header) & 0xffffffff	; checksum
	dw 0, 0				; end of tags
	dd 8
header_end:

	cld
	; arguments first: the information may lie where undine.0 is to go
	xor edx, edx			; none
	cmp eax, MB2_BOOT_MAGIC
	jne .loader
	lea esi, [ebx + 8]
.tag:
	cmp dword [esi], 0
	je .loader
	cmp dword [esi], TAG_COMMAND_LINE
	je .copy
	mov eax, [esi + 4]
	add eax, 7
	and eax, -8
	add esi, eax
	jmp .tag
.copy:
	add esi, 8
	mov edi, args
	mov edx, LOW_ARGS
	mov ecx, NBP_ARGS_LEN - 1
.character:
	lodsb
	stosb
	test al, al
	loopnz .character
	mov byte [edi], 0

.loader:
	mov esi, nbp
	mov edi, NBP_AT
	mov ecx, nbp_end - nbp
	rep movsb
	mov [NBP_AT + NBP_ARGS], edx
	mov esi, args
	mov edi, LOW_ARGS
	mov ecx, NBP_ARGS_LEN
	rep movsb
	mov esi, down
	mov edi, LOW_CODE
	mov ecx, down_end - down
	rep movsb
	lgdt [gdtr]
	jmp 0x08:LOW_CODE

; down: from protected to real mode, at LOW_CODE.
bits 16
down:
	mov ax, 0x10
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	lidt [LOW_CODE + idtr - down]
	mov eax, cr0
	and al, ~1
	mov cr0, eax
	jmp 0:LOW_CODE + .real - down
.real:
	xor eax, eax
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	mov esp, NBP_AT
	xor ebx, ebx
	sti
	jmp 0:NBP_AT
idtr:
	dw 0x3ff
	dd 0
down_end:

align 8
gdt:
	dq 0
	dq 0x00009b000000ffff		; 16-bit code and data from 0 on
	dq 0x000093000000ffff
gdtr:
	dw $ - gdt - 1
	dd gdt

args:	times NBP_ARGS_LEN + 1 db 0

align 16
nbp:
	incbin NBP
nbp_end:
