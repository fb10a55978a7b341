; SPDX-License-Identifier: BSD-2-Clause
;
; What a Multiboot2 loader such as GRUB loads of undine.elf (Multiboot2 2.0,
; 3.1 and 3.3; tools/mb2.py): holds the whole of undine.0, puts it where a boot
; ROM would, with the command line as its arguments, and starts it in real mode
; (start_nbp.inc).  From there on all is as from a disk.
;
; In:   EAX = 36D76289h, EBX -> boot information; flat 32-bit mode, IF = 0
; Mode: 32-bit, then real

%include "boot16/abi.inc"

%define MB2_AT 0x100000
%define MB2_HEADER_MAGIC 0xe85250d6
%define MB2_BOOT_MAGIC 0x36d76289
%define TAG_COMMAND_LINE 1

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
	mov esp, stack_end
	call take_args
.loader:
	xor ebp, ebp			; no loader of Linux's
	jmp start_nbp

%include "kernel/start/start_nbp.inc"
