; SPDX-License-Identifier: BSD-2-Clause
;
; The resident segment: what must run in 16-bit code below 1 MiB for as long
; as the loader lives.  A flat binary; C copies it to a page-aligned place
; below the top of base memory, fills D_GDT, D_SEG and D_BASE (kernel/gate.c),
; and calls the gate.  In real mode CS = DS = ES = SS = the segment.
;
; Mode:  each routine says in which mode it runs.
; Sizes: the code must stay within its page; NASM checks.

%include "boot16/abi.inc"

org 0
bits 16

	dd R_MAGIC
	dw gate
	dw bios16
	dw pxe16
	dw drain16
	dw halt16
	dw exit16
	dw resume16
	dw user_exit
	dw status16
	dw far16
	dw again16
	dw nmi16
	dw on_nmi

%define D(x) (R_DATA + (x))

; the gate's own words, behind the exchange area
%define S_ESP D(D_SAVE + 0x00)		; u32: caller's stack
%define S_GDTR D(D_SAVE + 0x08)		; 6 bytes
%define S_IDTR D(D_SAVE + 0x10)		; 6 bytes
%define S_CR0 D(D_SAVE + 0x18)		; u32
%define S_FN D(D_SAVE + 0x1c)		; u16: 16-bit function
%define S_SP D(D_SAVE + 0x20)		; u16: SP before a ROM call
%define S_BACK D(D_SAVE + 0x24)		; u32 offset, u16 selector: way back to 32-bit code
%define S_DOWN D(D_SAVE + 0x2c)		; u16 offset, u16 segment: way into real mode

%define TICK_VECTOR 0x1c * 4
%define NMI_VECTOR 0x02 * 4

; ---------------------------------------------------------------------------
; uint32_t gate(uint32_t fn16)
; In:   [esp+4] = offset of a 16-bit function in this segment; flat 32-bit
;       mode, identity mapped if paged, IF=0
; Out:  eax = 0.  GDTR, IDTR, CR0 (paging), stack and callee-saved registers
;       as before
; Mode: 32-bit protected, runs fn16 in real mode with IF=1
; ---------------------------------------------------------------------------
bits 32
align 4
gate:
	push ebp
	push ebx
	push esi
	push edi
	pushfd
	call .here
.here:	pop ebx
	sub ebx, .here			; ebx = linear address of the segment
	mov eax, [esp + 24]
	mov [ebx + S_FN], ax
	mov [ebx + S_ESP], esp
	sgdt [ebx + S_GDTR]
	sidt [ebx + S_IDTR]
	mov eax, cr0
	mov [ebx + S_CR0], eax
	lea eax, [ebx + .back]
	mov [ebx + S_BACK], eax
	mov word [ebx + S_BACK + 4], SEL_CODE32
	mov ax, [ebx + D(D_SEG)]
	mov word [ebx + S_DOWN], .real
	mov [ebx + S_DOWN + 2], ax
	lgdt [ebx + D(D_GDTR)]
	lidt [ebx + real_idtr]
	mov ax, SEL_DATA16
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	mov esp, R_STACK_TOP
	jmp SEL_CODE16:.down

bits 16
.down:
	mov eax, cr0
	and eax, 0x7ffffffe		; PG and PE off together: the page is identity mapped
	mov cr0, eax
	jmp far [S_DOWN]
.real:
	mov ax, cs
	mov ds, ax
	mov es, ax
	mov ss, ax
	xor ax, ax
	mov fs, ax
	mov gs, ax
	sti
	cld
	call [S_FN]
	cli
	cld
	mov ebx, [D(D_BASE)]
	o32 lgdt [S_GDTR]
	o32 lidt [S_IDTR]
	mov eax, [S_CR0]
	mov cr0, eax
	o32 jmp far [S_BACK]

bits 32
.back:
	mov ax, SEL_DATA32
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	mov esp, [ebx + S_ESP]
	popfd
	pop edi
	pop esi
	pop ebx
	pop ebp
	xor eax, eax
	ret

align 4
real_idtr:
	dw 0x3ff
	dd 0

; ---------------------------------------------------------------------------
; bios16: INT n with all registers from D_REGS, and back into it.
; The interrupt is reached through its vector, not by INT: no code is written.
; In:   D_REGS.  Out: D_REGS, flags.  Clobbers: all but SP.  Mode: real
; ---------------------------------------------------------------------------
bits 16
%define REG(x) D(D_REGS + (x))
bios16:
	mov [S_SP], sp
	movzx bx, byte [REG(0x22)]
	shl bx, 2
	mov eax, [fs:bx]		; the vector; fs = 0
	mov [S_BACK + 8], eax
	mov eax, [REG(0)]
	mov ebx, [REG(4)]
	mov ecx, [REG(8)]
	mov edx, [REG(12)]
	mov esi, [REG(16)]
	mov edi, [REG(20)]
	mov ebp, [REG(24)]
	mov es, [REG(30)]
	push word [REG(32)]		; flags to call with
	popf
	pushf				; as INT does; the handler's IRET takes them
	push cs
	push word .return
	push dword [S_BACK + 8]
	mov ds, [REG(28)]
	cli
	retf
.return:
	push ds
	push cs
	pop ds
	pop word [REG(28)]
	pushf
	pop word [REG(32)]
	mov [REG(0)], eax
	mov [REG(4)], ebx
	mov [REG(8)], ecx
	mov [REG(12)], edx
	mov [REG(16)], esi
	mov [REG(20)], edi
	mov [REG(24)], ebp
	mov [REG(30)], es
	mov ax, cs
	mov ss, ax
	mov es, ax
	mov sp, [S_SP]
	ret

; Gives a segment register a value that it mostly has already: in protected mode to look is far cheaper than to load.
; Clobbers: CX.
%macro KEEP 2
	mov cx, %1
	cmp cx, %2
	je %%same
	mov %1, %2
%%same:
%endmacro

; ---------------------------------------------------------------------------
; pxe16: one PXE API call, for !PXE and PXENV+ alike (PXE 2.1, 3.3 and 3.4):
; opcode and parameter block on the stack, and in BX and ES:DI.
; In:   D_PXE_ENTRY, D_PXE_OP, D_DSEG, parameter block at R_PARAM
; Out:  D_PXE_AX.  Clobbers: all but SP.  Mode: real, v86, 16-bit protected
; ROMs return by RETF or IRET and change what they like, so SS, SP, DS and DF
; are set again from what we know.
; ---------------------------------------------------------------------------
pxe16:
	mov [S_SP], sp
	call watch
	mov ax, ds
	KEEP es, ax
	mov di, R_PARAM
	mov bx, [D(D_PXE_OP)]
	push ax
	push di
	push bx
	call far [D(D_PXE_ENTRY)]
back_from_rom:
	mov bx, [cs:D(D_DSEG)]
	KEEP ds, bx
	KEEP ss, bx
	mov sp, [S_SP]
	KEEP es, bx
	cld
	mov [D(D_PXE_AX)], ax
	cmp word [D(D_WATCH)], 0
	je .done
	mov word [D(D_WATCH)], 0
	xor ax, ax
	mov fs, ax
	mov eax, [D(D_WATCH_OLD)]
	mov [fs:TICK_VECTOR], eax
.done:
	ret

; ---------------------------------------------------------------------------
; watch: has the BIOS's timer count how long a ROM's call takes in real mode;
; what runs in the other modes is stopped from outside (kernel/user16.c).
; Clobbers: EAX, FS.  Mode: any 16-bit
; ---------------------------------------------------------------------------
watch:
	smsw ax
	test al, 1			; PE
	jnz .done
	xor ax, ax
	mov fs, ax
	mov eax, [fs:TICK_VECTOR]
	mov [D(D_WATCH_OLD)], eax
	mov ax, [D(D_PATIENCE)]
	mov [D(D_WATCH)], ax
	mov ax, cs
	shl eax, 16
	mov ax, tick
	mov [fs:TICK_VECTOR], eax
.done:
	ret

; ---------------------------------------------------------------------------
; tick: INT 1Ch, which the BIOS calls 18.2 times a second before it tells the
; interrupt controller that IRQ 0 is done.  When the time is up it goes back to
; us instead of to the ROM, with D_HUNG and a failed call.  Mode: real
; ---------------------------------------------------------------------------
tick:
	cmp word [cs:D(D_WATCH)], 1
	jb .not_ours			; a ROM kept a copy of our vector
	je .hung
	dec word [cs:D(D_WATCH)]
.not_ours:
	jmp far [cs:D(D_WATCH_OLD)]
.hung:
	mov al, 0x20
	out 0x20, al
	mov ax, 1
	mov [cs:D(D_HUNG)], ax
	mov [cs:R_PARAM], ax
	jmp back_from_rom

; ---------------------------------------------------------------------------
; far16: a far call with one far pointer on the stack, as an option ROM's UNDI
; loader wants it (PXE 2.1, 4.2).
; In:   D_PXE_ENTRY, block at R_PARAM.  Out: D_PXE_AX.  Clobbers: all but SP.
; Mode: real
; ---------------------------------------------------------------------------
far16:
	mov [S_SP], sp
	call watch
	push ds
	push word R_PARAM
	call far [D(D_PXE_ENTRY)]
	jmp back_from_rom

; ---------------------------------------------------------------------------
; drain16: takes received frames out of the ROM, as many as there are slots
; and calls left, in one stay in real mode.  Copies and notes what the ROM
; said; judging it (fragments, lengths, types) is C's.
; In:   D_DRAIN_FLAG, D_DRAIN_CALLS; D_PXE_OP = PXENV_UNDI_ISR
; Out:  D_DRAIN_*, D_SLOTS, frames in R_RING.  Mode: real, v86, 16-bit protected
; The parameter block is s_PXENV_UNDI_ISR (PXE 2.1, 4.3.25): status 0, flag 2,
; buffer length 4, frame length 6, header length 8, frame 10 (off, seg),
; protocol 14, type 15.
; ---------------------------------------------------------------------------
%define ISR_IN_GET_NEXT 3
%define ISR_OUT_TRANSMIT 2
%define ISR_OUT_RECEIVE 3
%macro MOVE 1				; 8 bytes, FS:SI to DS:DI, at this offset
	mov eax, [fs:si + %1]
	mov ebx, [fs:si + %1 + 4]
	mov [di + %1], eax
	mov [di + %1 + 4], ebx
%endmacro
drain16:
	mov word [D(D_DRAIN_COUNT)], 0
.next:
	mov dx, DRAIN_FULL
	cmp word [D(D_DRAIN_COUNT)], R_SLOTS
	jae .out
	mov dx, DRAIN_QUOTA
	dec word [D(D_DRAIN_CALLS)]
	js .out
	xor eax, eax
	mov [R_PARAM], ax
	mov bx, [D(D_DRAIN_FLAG)]
	mov [R_PARAM + 2], bx
	mov [R_PARAM + 4], eax
	mov [R_PARAM + 8], eax
	mov [R_PARAM + 12], eax
	call pxe16
	mov word [D(D_DRAIN_FLAG)], ISR_IN_GET_NEXT
	mov dx, DRAIN_ERROR
	mov ax, [R_PARAM]
	mov [D(D_DRAIN_STATUS)], ax
	test ax, ax
	jnz .out
	mov ax, [R_PARAM + 2]
	mov [D(D_DRAIN_FUNC)], ax
	cmp ax, ISR_OUT_TRANSMIT
	je .next
	mov dx, DRAIN_DONE
	cmp ax, ISR_OUT_RECEIVE
	jne .out
	; a frame, or a part of one
	mov bx, [D(D_DRAIN_COUNT)]
	mov di, bx
	shl di, 11			; R_SLOT_LEN
	add di, R_RING
	shl bx, 3
	mov cx, [R_PARAM + 4]
	mov [D(D_SLOTS) + bx], cx
	mov ax, [R_PARAM + 6]
	mov [D(D_SLOTS) + bx + 2], ax
	mov ax, [R_PARAM + 8]
	mov [D(D_SLOTS) + bx + 4], ax
	mov ax, [R_PARAM + 14]
	mov [D(D_SLOTS) + bx + 6], ax
	cmp cx, R_SLOT_LEN
	jbe .fits
	mov cx, R_SLOT_LEN
.fits:
	mov si, [R_PARAM + 10]
	mov ax, [R_PARAM + 12]
	cmp word [D(D_PROTECTED)], 0
	jne .selector
	mov bx, si
	shr bx, 4
	add ax, bx
	and si, 15			; so that the copy does not wrap in its segment
.selector:
	mov fs, ax
	mov dx, cx
	shr dx, 5
	jz .rest
.block:
	MOVE 0				; by plain moves: an emulator goes through REP MOVSD step by step
	MOVE 8
	MOVE 16
	MOVE 24
	add si, 32
	add di, 32
	dec dx
	jnz .block
.rest:
	and cx, 31			; not a byte past the end: a selector has a limit
	fs rep movsb
	inc word [D(D_DRAIN_COUNT)]
	jmp .next
.out:
	mov [D(D_DRAIN_WHY)], dx
	ret

; ---------------------------------------------------------------------------
; halt16: sleeps until the next interrupt.  Mode: real
; ---------------------------------------------------------------------------
halt16:
	hlt
	ret

; ---------------------------------------------------------------------------
; resume16: goes on with the registers in D_RESUME, where v86 left off.  What
; runs returns to the gate: the gate's return address lies where the stack of
; the v86 call had user_exit.  Mode: real
; ---------------------------------------------------------------------------
%define RESUME(x) D(D_RESUME + (x))
resume16:
	mov ss, [RESUME(34)]
	movzx esp, word [RESUME(32)]
	call watch			; below what v86 has left on the stack
	push word [RESUME(44)]
	push word [RESUME(30)]
	push word [RESUME(28)]
	mov ebx, [RESUME(4)]
	mov ecx, [RESUME(8)]
	mov edx, [RESUME(12)]
	mov esi, [RESUME(16)]
	mov edi, [RESUME(20)]
	mov ebp, [RESUME(24)]
	mov gs, [RESUME(42)]
	mov fs, [RESUME(40)]
	mov es, [RESUME(38)]
	mov eax, [RESUME(0)]
	mov ds, [RESUME(36)]
	iret

; user_exit: the return address of functions that run at CPL 3: HLT traps, and that is the message.
user_exit:
	hlt

; status16: !PXE's status call-out (PXE 2.1, page 30): AX = 0, go on.  Mode: any 16-bit
status16:
	xor ax, ax
	retf

%macro POP_FRAME 0
	pop gs
	pop fs
	pop es
	pop ds
	popad
	popf
%endmacro

; ---------------------------------------------------------------------------
; exit16: back to whoever started us, with its stack and registers, AX from
; D_EXIT_AX.  Never returns.  Mode: real.  The frame is start.asm's.
; ---------------------------------------------------------------------------
exit16:
	cli
	mov ax, [D(D_EXIT_AX)]
	mov ss, [D(D_EXIT_SS)]
	movzx esp, word [D(D_EXIT_SP)]
	mov bp, sp
	mov [bp + 8 + 28], ax		; AX in the PUSHAD frame below gs fs es ds
	POP_FRAME
	retf

; ---------------------------------------------------------------------------
; again16: what lies at NBP_AT begins with the stack and the registers that it
; began with the first time.  Never returns.  Mode: real.  The frame is start.asm's.
; ---------------------------------------------------------------------------
again16:
	cli
	mov ss, [D(D_EXIT_SS)]
	movzx esp, word [D(D_EXIT_SP)]
	POP_FRAME
	jmp 0:NBP_AT

; ---------------------------------------------------------------------------
; nmi16: INT 02h's vector and D_NMI_VECTOR change places.  Clobbers: EAX.
; Mode: real, FS = 0
; ---------------------------------------------------------------------------
nmi16:
	mov eax, [D(D_NMI_VECTOR)]
	xchg eax, [fs:NMI_VECTOR]
	mov [D(D_NMI_VECTOR)], eax
	ret

; on_nmi: INT 02h.  The BIOS's own handlers mostly stop the machine.  Mode: real
on_nmi:
	inc word [cs:D(D_NMIS)]
	iret

%if ($ - $$) > R_DATA
%error "resident code is larger than its page"
%endif
