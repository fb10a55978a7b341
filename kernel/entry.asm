; SPDX-License-Identifier: BSD-2-Clause
;
; 32-bit assembly of the loader proper: entry, task switch, trap stubs.
; Mode: 32-bit protected, flat; IF=0 but while a task has its turn (kernel/watchdog.c).

%include "boot16/abi.inc"

extern kernel_main, trap_handler, trap_double_fault
global _start:function, task_switch:function, task_start:function, trap_table, gdt_load:function, df_entry:function
global boot_stack_guard, trap_timer:function, trap_clock_chip:function, trap_spurious:function
global user16_enter:function, user16_leave:function, user32_enter:function, trap_call:function

section .text

; _start: from kernel/start/unpack.c.  In: [esp+4] -> struct boot_params.
_start:
	mov eax, [esp + 4]
	mov esp, boot_stack_top
	xor ebp, ebp			; backtraces end here
	push eax
	push dword 0
	jmp kernel_main

; void task_switch(void **save, void *load)
; In:   where to keep this stack pointer; the one to go on with
; Out:  returns on the other stack.  Clobbers: what cdecl allows
task_switch:
	mov eax, [esp + 4]
	mov edx, [esp + 8]
	push ebp
	push ebx
	push esi
	push edi
	mov [eax], esp
	mov esp, edx
	pop edi
	pop esi
	pop ebx
	pop ebp
	ret

; task_start: what a new task's first task_switch returns into.
; In: ebx = function, esi = argument, edi = what to call when it returns
task_start:
	xor ebp, ebp
	push esi
	call ebx
	call edi

; void gdt_load(const void *gdtr, const void *idtr, uint32_t tss_selector)
gdt_load:
	mov eax, [esp + 4]
	lgdt [eax]
	mov eax, [esp + 8]
	lidt [eax]
	mov eax, [esp + 12]
	ltr ax
	mov ax, 0x10
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	ret

; Trap stubs, 16 bytes each: vector and error code, then the common path.
align 16
trap_table:
%assign vec 0
%rep 32
	align 16
%if vec = 8 || (vec >= 10 && vec <= 14) || vec = 17 || vec = 21 || vec = 29 || vec = 30
%else
	push byte 0
%endif
	push byte vec
	jmp near trap_common
%assign vec vec + 1
%endrep

; The timer's interrupt during 16-bit code at CPL 3: the BIOS's vector for it is
; the double fault's, which pushes an error code.
trap_timer:
	push byte 0
	push byte TRAP_TIMER
	jmp near trap_common

trap_clock_chip:
	push byte 0
	push byte TRAP_CLOCK_CHIP
	jmp near trap_common

trap_spurious:
	push byte 0
	push byte TRAP_SPURIOUS
	jmp near trap_common

; A module's call (kernel/user32.h).
trap_call:
	push byte 0
	push byte TRAP_CALL
	jmp near trap_common

%define FRAME_VECTOR 48			; struct trap_frame: vector, cs
%define FRAME_CS 60

trap_common:
	pushad
	push ds
	push es
	push fs
	push gs
	mov eax, SEL_DATA32
	mov ds, eax
	mov es, eax
	cld
	cmp dword [module_cr3], 0
	je .own
	cmp dword [esp + FRAME_VECTOR], 2	; an NMI on the way to a module is to find its way back to these tables
	jne .back
	test byte [esp + FRAME_CS], 3
	jz .own
.back:
	mov eax, [module_cr3]		; the loader's, while a module's tables are in use
	mov cr3, eax
	mov dword [module_cr3], 0
.own:
	push esp			; struct trap_frame *
	call trap_handler
	add esp, 4
trap_return:				; esp -> struct trap_frame
	pop gs
	pop fs
	pop es
	pop ds
	popad
	add esp, 8
	iret

; int user16_enter(const struct trap_frame *f, uint32_t *esp0)
; Goes to CPL 3 with the registers in f; comes back when user16_leave is called, with that one's argument.
; esp0 is the TSS's field: traps from CPL 3 use this stack, below here.
user16_enter:
	push ebp
	push ebx
	push esi
	push edi
	mov [user16_esp], esp
	mov eax, [esp + 24]
	mov [eax], esp
	mov esp, [esp + 20]
	jmp trap_return

; int user32_enter(const struct trap_frame *f, uint32_t *esp0, uint32_t cr3)
; The same for 32-bit code with page tables of its own, in which this stack and the loader's image are.
user32_enter:
	push ebp
	push ebx
	push esi
	push edi
	mov [user16_esp], esp
	mov eax, [esp + 24]
	mov [eax], esp
	mov eax, cr3
	mov [module_cr3], eax
	mov eax, [esp + 28]
	mov esp, [esp + 20]
	mov cr3, eax
	jmp trap_return

; _Noreturn void user16_leave(int result)
user16_leave:
	mov eax, [esp + 4]
	mov esp, [user16_esp]
	pop edi
	pop esi
	pop ebx
	pop ebp
	ret

; The double-fault task begins here with a stack of its own (kernel/traps.c).
df_entry:
	call trap_double_fault
	iret				; NT is set: back to the task state that trap_double_fault left
	jmp df_entry

section .bss align=4096
boot_stack_guard:			; not mapped: kernel/paging.c
	resb 4096
	resb 16384
boot_stack_top:
user16_esp:
	resd 1
module_cr3:
	resd 1
