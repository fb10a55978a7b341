; SPDX-License-Identifier: BSD-2-Clause
;
; smoke.asm's ways to call the ROM: in real mode, in v86, at CPL 3.

; ---------------------------------------------------------------------------
; pxe_call: opcode BP in the present mode.  The block's first words are [arg], [arg2]
; (DestAddr and TBD pointers for TRANSMIT besides).  Out: AX, ES = PARAM
; Clobbers: all but BP, SP
; ---------------------------------------------------------------------------
pxe_call:
	mov ax, PARAM
	mov es, ax
	mov di, 0
	xor eax, eax
	mov cx, 24
	rep stosw
	mov eax, [arg]
	mov [es:2], eax
	mov eax, [arg2]
	mov [es:6], eax
	cmp bp, 8
	jne .block
	mov word [es:4], 0
	mov word [es:6], FRAMES
	mov word [es:8], 0x80
	mov word [es:10], PARAM
	cmp byte [mode], M_PM
	jne .block
	mov word [es:4], (FRAMES - PARAM) * 16
	mov word [es:6], SEL_PARAM
	mov word [es:10], SEL_PARAM
.block:
	push bp
	cmp byte [mode], M_REAL
	jne .protected
	mov [saved_sp], sp
	xor di, di
	push es
	push di
	push bp
	mov bx, bp
	call far [entry]
	pushf
	pop word [cs:seen_flags]
	mov [cs:seen_sp], sp
	mov cx, ds
	mov bx, cs
	mov ds, bx
	mov sp, [saved_sp]
	sti
	cld
	call damage
	jmp .out
.protected:
	call far_call
.out:
	push word PARAM
	pop es
	pop bp
	cld
	ret

; ---------------------------------------------------------------------------
; damage: says once what the ROM changed.  In: CX = DS after the call, [seen_*]
; Clobbers: BX, CX, DX
; ---------------------------------------------------------------------------
damage:
	cmp byte [damage_said], 0
	jne .out
	inc byte [damage_said]
	push ax
	mov ax, [seen_sp]
	add ax, 6
	sub ax, [saved_sp]
	mov bx, msg_sp
	call say_ax
	mov ax, cx
	mov bx, msg_ds
	call say_ax
	mov ax, [seen_flags]
	and ax, 0x600			; DF, IF
	mov bx, msg_flags
	call say_ax
	pop ax
.out:
	ret

; ---------------------------------------------------------------------------
; far_call: the entry in v86 or protected mode.  Out: AX
; ---------------------------------------------------------------------------
far_call:
	cli
	mov [saved_sp], sp
	mov ax, STACK16
	mov es, ax
	mov word [es:0xf00], stub	; where the ROM returns to
	mov word [es:0xf02], 0
	mov [es:0xf04], bp
	mov dword [es:0xf06], PARAM << 16
	cmp byte [mode], M_PM
	jne .frame
	mov word [es:0xf02], SEL_STUB
	mov word [es:0xf08], SEL_PARAM
.frame:
	and byte [gdt + SEL_TSS + 5], ~2	; not busy
	o32 lgdt [gdtr]
	o32 lidt [idtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp SEL_CODE:.in
.in:
	mov ax, SEL_DATA
	mov ds, ax
	mov ss, ax
	xor ax, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ax, SEL_TSS
	ltr ax
	xor eax, eax
	cmp byte [mode], M_PM
	je .pm
	push eax			; GS FS DS ES
	push eax
	push eax
	push eax
	push dword STACK16
	push dword 0xf00
	push dword 0x23002		; VM, IOPL 3
	movzx eax, word [entry + 2]
	push eax
	movzx eax, word [entry]
	push eax
	iretd
.pm:
	mov ds, ax
	push dword SEL_STACK
	push dword 0xf00
	push dword 0x3002		; IOPL 3
	push dword FIRST + 16 + 3	; UNDI code
	mov ax, SEL_DATA
	mov ds, ax
	movzx eax, word [entry_esp]
	push eax
	xor ax, ax
	mov ds, ax
	iretd

stub:					; the ROM is back, in v86 or at CPL 3
	int 0x30

fault:					; CPL 0, 16-bit code, 32-bit frame
	mov bx, SEL_DATA
	mov ds, bx
	pop dword [fault_words]
	pop dword [fault_words + 4]
	pop dword [fault_words + 8]
	mov byte [faulted], 1
	jmp returned.leave
returned:
	mov bx, SEL_DATA
	mov ds, bx
.leave:
	mov bx, SEL_REAL
	mov ss, bx
	mov es, bx
	mov fs, bx
	mov gs, bx
	mov ds, bx
	mov cx, ax
	mov eax, cr0
	and al, ~1
	mov cr0, eax
	jmp 0:.real
.real:
	xor bx, bx
	cld
	mov ds, bx
	mov es, bx
	mov ss, bx
	mov fs, bx
	mov gs, bx
	mov sp, [saved_sp]
	o32 lidt [real_idtr]
	sti
	mov ax, cx
	cmp byte [faulted], 0
	je .good
	mov byte [faulted], 0
	mov ax, [fault_words]
	mov bx, msg_fault
	call say_mode
	mov ax, -1
.good:
	ret

; ---------------------------------------------------------------------------
; make_tables: descriptors of UNDI's segments, IDT, TSS.
; ---------------------------------------------------------------------------
make_tables:
	les bx, [pxe]
	mov ax, [es:bx + 0x14]
	mov [entry_esp], ax
	lea si, [bx + 0x20]
	mov di, gdt + FIRST
	mov cx, 7
	mov bp, accesses
.segment:
	mov ax, [es:si + 6]
	sub ax, 1
	jc .none
	mov [di], ax
	mov eax, [es:si + 2]
	mov [di + 2], eax
	mov al, [ds:bp]
	mov [di + 5], al
	mov word [di + 6], 0
.none:
	add si, 8
	add di, 8
	inc bp
	loop .segment
	mov di, idt
	mov cx, 0x31
.gate:
	mov word [di], fault
	mov word [di + 2], SEL_CODE
	mov word [di + 4], 0x8e00
	mov word [di + 6], 0
	add di, 8
	loop .gate
	mov word [idt + 0x30 * 8], returned
	mov word [idt + 0x30 * 8 + 4], 0xee00
	mov ax, TSS_SEG
	mov es, ax
	xor di, di
	xor eax, eax
	mov cx, TSS_LEN / 4
	rep stosd
	mov dword [es:4], 0x6f00	; ESP0, below real mode's stack
	mov word [es:8], SEL_DATA
	mov word [es:102], 104		; I/O map: all ports
	mov byte [es:TSS_LEN - 1], 0xff
	ret

accesses:
	db 0xf2, 0xf2, 0xfa, 0xf2, 0xf2, 0xfa, 0xf2

align 8
gdt:
	dq 0
	dw 0xffff, 0, 0x9a00, 0
	dw 0xffff, 0, 0x9200, 0
	dw TSS_LEN - 1, 0, 0x8900 | TSS_SEG >> 12, 0
	dw 0xffff, 0, 0x9200, 0
	dw 0xffff, (PARAM << 4) & 0xffff, 0xf200 | PARAM >> 12, 0
	dw 0x0fff, (STACK16 << 4) & 0xffff, 0xf200 | STACK16 >> 12, 0
	dw 0xffff, 0, 0xfa00, 0
	times FIRST - ($ - gdt) db 0
	times 7 * 8 db 0
gdt_end:
gdtr:	dw gdt_end - gdt - 1
	dd gdt
idtr:	dw 0x31 * 8 - 1
	dd idt
real_idtr: dw 0x3ff
	dd 0
