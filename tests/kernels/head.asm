; SPDX-License-Identifier: BSD-2-Clause
;
; The test kernels' header and entry.  The variants of kernels.mk choose with -D:
;   MB1=flags   a Multiboot header (else Multiboot2's)
;     VIDEO=mode type,width,height,depth
;   NOHEADER    none at all
;   FLAT        addresses and entry point in the header (FLAT_WHOLE: load_end and bss_end 0)
;   REQUEST=t   information request, required, for the types t (comma list)
;   RELOC=min,max,align,preference
;   EXTRA       one required tag, as "type, contents..."
;   EXTRA2      another one
;   MODALIGN    module alignment, required

bits 32

%define OPTIONAL 1

%macro tag 2				; type, flags
	align 8, db 0
%%start:
	dw	%1, %2
	dd	%%size
%define TAG_START %%start
%define TAG_SIZE %%size
%endmacro
%macro endtag 0
TAG_SIZE equ $ - TAG_START
%endmacro

extern link_base, load_end, bss_start, bss_end, dump
global state

section .header progbits alloc noexec nowrite align=8
%ifdef MB1
%ifdef FLAT
%define MB1_FLAGS (MB1 | 0x10000)
%else
%define MB1_FLAGS (MB1)
%endif
header:
	dd	0x1badb002, MB1_FLAGS, -(0x1badb002 + MB1_FLAGS)
%ifdef FLAT
	dd	header, link_base, load_end, bss_end, entry
%else
	times 5 dd 0
%endif
%ifdef VIDEO
	dd	VIDEO
%endif
%elifndef NOHEADER
header:
	dd	0xe85250d6, 0, header_end - header, -(0xe85250d6 + (header_end - header))
%ifdef FLAT
	tag 2, 0
%ifdef FLAT_WHOLE
	dd	header, 0xffffffff, 0, 0
%else
	dd	header, link_base, load_end, bss_end
%endif
	endtag
	tag 3, 0
	dd	entry
	endtag
%endif
%ifdef REQUEST
	tag 1, 0
	dd	REQUEST
	endtag
%endif
%ifdef RELOC
	tag 10, 0
	dd	RELOC
	endtag
%endif
%ifdef MODALIGN
	tag 6, 0
	endtag
%endif
%ifdef EXTRA
%macro extra 1-*
	tag %1, 0
%rep %0 - 1
%rotate 1
	dd	%1
%endrep
	endtag
%endmacro
	extra EXTRA
%ifdef EXTRA2
	extra EXTRA2
%endif
%endif
	tag 77, OPTIONAL		; every loader must step over what it does not know
	dd	1
	endtag
	tag 0, 0
	endtag
header_end:
%endif

; In:   EAX magic, EBX information
; The first thing is to write down what was found.
section .text
global entry
entry:
	mov	esp, 0x600		; free memory on every BIOS; ESP says nothing at entry
	call	.here
.here:
	pop	esp
	sub	esp, .here		; how far we are from where we were linked
	mov	[esp + state.eax], eax
	mov	[esp + state.ebx], ebx
	mov	[esp + state.ecx], ecx
	mov	[esp + state.edx], edx
	mov	[esp + state.esi], esi
	mov	[esp + state.edi], edi
	mov	[esp + state.ebp], ebp
	mov	ebp, esp
	lea	esp, [ebp + early_stack]
	pushfd
	pop	dword [ebp + state.eflags]
	mov	eax, cr0
	mov	[ebp + state.cr0], eax
	mov	eax, cr4
	mov	[ebp + state.cr4], eax
	mov	[ebp + state.cs], cs
	mov	[ebp + state.ds], ds
	mov	[ebp + state.es], es
	mov	[ebp + state.fs], fs
	mov	[ebp + state.gs], gs
	mov	[ebp + state.ss], ss
	cld
	; is the BSS zero?
	lea	edi, [ebp + bss_start]
	lea	ecx, [ebp + bss_end]
	sub	ecx, edi
	shr	ecx, 2
	xor	eax, eax
	repe scasd
	setz	[ebp + state.bss_zero]
	lea	esp, [ebp + stack_top]
	push	dword [ebp + state.ebx]
	push	dword [ebp + state.eax]
	call	dump
	; isa-debug-exit: QEMU ends with status 2 * value + 1
	mov	dx, 0xf4
	mov	al, 0x10
	out	dx, al
.halt:
	cli
	hlt
	jmp	.halt

section .data
	times 16 db 0
early_stack:
state:
.eax	dd 0
.ebx	dd 0
.ecx	dd 0
.edx	dd 0
.esi	dd 0
.edi	dd 0
.ebp	dd 0
.eflags	dd 0
.cr0	dd 0
.cr4	dd 0
.cs	dd 0
.ds	dd 0
.es	dd 0
.fs	dd 0
.gs	dd 0
.ss	dd 0
.bss_zero dd 0

section .bss
%ifdef BIG
	resb BIG			; gets in the way of whatever the loader holds
%endif
	resb 16384
stack_top:
