; SPDX-License-Identifier: BSD-2-Clause
;
; The first instructions of undine.0: started by a PXE ROM, pxelinux or iPXE
; at 0000:7C00 (PXE 2.1, 4.4.5).  Keeps the caller's registers and stack for
; the way back, checks base memory and processor, opens the A20 gate, and goes to 32-bit
; code (kernel/start/unpack.c), which does all the rest.
;
; In:   ES:BX -> PXENV+, SS:SP+4 -> !PXE, where the starter keeps to the rules.
;       SS:SP -> our own image: nobody to go back to (GRUB's pxechainloader;
;       boot16/disk.asm and kernel/start/mb2.asm do the same); INT 18h then.
; Mode: real.  Linked at 7C00h with unpack.c; see start.ld.

%include "boot16/abi.inc"
%include "boot16/com1.inc"


extern start_stack_top, start_bss, start_bss_end, unpack_main
extern start_payload
%define OPTIONS_NONE_CRC 0xaa9fe6f5	; of OPTIONS_LEN and 0
global start, start_args, start_options, start_keep, start_linux

; Settings in the file itself: none as it is built (kernel/patch.h).
section .options align=16
start_options:
	dd OPTIONS_MAGIC
	dd OPTIONS_NONE_CRC
	dd OPTIONS_LEN
	dd 0
	times OPTIONS_LEN - 16 db 0

bits 16
section .start
start:
	jmp short begin
	align 4, db 0
start_args:				; at NBP_ARGS: for starters that have arguments for us
	dd 0				; linear address, ASCIIZ, below 1 MiB; 0 = none
	dd NBP_MAGIC			; at NBP_MAGIC_AT: for boot16/disk.asm
	dd start_options		; at NBP_OPTIONS_AT: for tools/options.py
start_keep:				; at NBP_KEEP_AT: for kernel/restart.c
	dd 0
start_linux:				; at NBP_LINUX_AT: for kernel/start/lkrn.asm
	dd 0
begin:
	pushf
	pushad
	push ds
	push es
	push fs
	push gs
	cld
	jmp 0:.here			; some start at 07C0:0000
.here:
	call find_caller
	; base memory, before any of it is written to
	mov ax, [0x413]
	mov si, msg_base
	cmp ax, NBP_BASE_KIB_MIN
	jb fail
	cmp ax, NBP_BASE_KIB_MAX
	ja fail
	; processor: a 386 got us here; we need CPUID with PSE, TSC and CMOV, which compilers use for an i686
	pushfd
	pop eax
	mov ecx, eax
	xor eax, 1 << 21
	push eax
	popfd
	pushfd
	pop eax
	push ecx
	popfd
	xor eax, ecx
	mov si, msg_cpu
	jz fail
	mov eax, 1
	cpuid
	and edx, 0x8018			; PSE, TSC, CMOV
	cmp edx, 0x8018
	jne fail

	call a20_open
	mov si, msg_a20
	jc fail

	; 32-bit, flat
	cli
	o32 lgdt [start_gdtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp dword SEL_CODE32:flat

; ---------------------------------------------------------------------------
; fail: says SI (ASCIIZ) on the BIOS's console and COM1, and gives the machine
; back to the starter with AX = 1.
; ---------------------------------------------------------------------------
fail:
	com1_set_up			; a BIOS that has no use for it leaves it at five bits
.next:
	lodsb
	test al, al
	jz .back
	mov ah, 0x0e
	mov bx, 7
	push ax
	push si
	int 0x10
	pop si
	pop ax
	xor dx, dx
	mov ah, 1
	push si
	int 0x14
	pop si
	jmp .next
.back:
	mov ss, [caller_ss]
	movzx esp, word [caller_sp]
	mov bp, sp
	mov word [bp + 8 + 28], 1
	pop gs
	pop fs
	pop es
	pop ds
	popad
	popf
	retf

; ---------------------------------------------------------------------------
; find_caller: the starter's registers, just pushed, and the way back to it.
; A stack that began in our own image holds neither: the frame moves down by
; eight bytes, and gets nobody as its return address and no !PXE.
; Out:  DS = 0, caller_ss, caller_sp.  Clobbers: EAX CX DX SI DI ES.  Mode: real
; ---------------------------------------------------------------------------
%define FRAME_WORDS 21			; gs fs es ds, PUSHAD, flags
find_caller:
	pop dx				; our return address
	xor ax, ax
	mov ds, ax
	mov ax, ss
	movzx eax, ax
	shl eax, 4
	movzx ecx, sp
	lea eax, [eax + ecx + FRAME_WORDS * 2]
	cmp eax, start
	jb .known
	cmp eax, start_payload
	ja .known
	mov si, sp
	sub sp, 8
	mov di, sp
	push ss
	pop ds
	push ss
	pop es
	mov cx, FRAME_WORDS
	rep movsw
	mov word [di], nobody
	xor ax, ax
	mov [di + 2], ax
	mov [di + 4], ax
	mov [di + 6], ax
	mov ds, ax
.known:
	mov [caller_sp], sp
	mov [caller_ss], ss
	jmp dx

; nobody: where a far return goes if nobody started us: the next boot device.
nobody:
	int 0x18
	jmp 0xffff:0			; not even that: reset

%include "boot16/a20.inc"

msg_base db "undine: base memory (40:13) is not between 500 and 640 KiB; back to the boot ROM", 13, 10, 0
msg_cpu	db "undine: this processor lacks CPUID with PSE, TSC and CMOV; Undine needs an i686", 13, 10, 0
msg_a20	db "undine: the A20 gate does not open; extended memory is out of reach", 13, 10, 0

align 8
start_gdt:
	dq 0
	dq 0x00cf9b000000ffff		; flat code
	dq 0x00cf93000000ffff		; flat data
start_gdtr:
	dw $ - start_gdt - 1
	dd start_gdt

caller_ss dw 0
caller_sp dw 0

bits 32
flat:
	mov ax, SEL_DATA32
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	mov esp, start_stack_top
	mov edi, start_bss
	mov ecx, start_bss_end
	sub ecx, edi
	xor eax, eax
	rep stosb
	movzx eax, word [caller_sp]
	push eax
	movzx eax, word [caller_ss]
	push eax
	call unpack_main		; unpack_main(ss, sp): does not return
