; SPDX-License-Identifier: BSD-2-Clause
;
; The UNDI code segment: its structures, its three entries and its exit; the
; calls are in the files that rom.asm names next.  Runs in real mode, v86 and 16-bit
; protected mode: no selector is computed on but relative to CS, nothing is
; written through CS, no privileged instruction.
;
; While a call runs:  DS = UNDI data, ES:DI -> parameter block,
; BP -> { bp, return address, opcode, parameter offset and segment },
; [bp-4] = segment or selector of the register window.

; --- !PXE (PXE 2.1, 3.4.2)
align 16
pxe:
	db "!PXE"
	db .end - pxe
.sum:	db 0
	db 0, 0
.rom_id: dw rom_id, 0
	dw 0, 0				; no base code
.sp:	dw entry_sp, 0
.esp:	dw entry_esp, 0
.callout: dd 0
	db 0
	db 7
	dw 0x0080			; FirstSelector: what we would like; the caller may change it
	dw 0				; stack: none
	dd 0
	dw 0
.data:	dw 0
	dd 0
	dw DATA_LEN
.code:	dw 0
	dd 0
	dw CODE_LEN
.code_w: dw 0
	dd 0
	dw CODE_LEN
.window: dw LENT_SEG			; "base code data": the card's registers; the loader tries this first
	dd LENT_SEG << 4
	dw WINDOW_LEN
	dw 0				; base code: none
	dd 0
	dw 0
	dw 0
	dd 0
	dw 0
.end:

; --- PXENV+ (3.4.1)
align 4
pxenv:
	db "PXENV+"
	dw 0x0201
	db .end - pxenv
.sum:	db 0
.entry:	dw entry_regs, 0
	dd 0				; no entry for protected mode here
	dw 0
	dw 0, 0				; stack
	dw 0, 0, 0, 0			; base code
.data_seg: dw 0, DATA_LEN
.code_seg: dw 0, CODE_LEN
.pxe:	dw pxe, 0
.end:

data_seg:
	dw 0				; filled by the loader

%ifdef Q_OWN_PM
%include "own_pm.asm"
%endif

; ---------------------------------------------------------------------------
; entry_regs: PXENV+'s.  In: BX = opcode, ES:DI -> parameters.  Mode: real, v86
; ---------------------------------------------------------------------------
entry_regs:
	push es
	push di
	push bx
	push cs
	call entry_sp
	add sp, 6
	retf

; ---------------------------------------------------------------------------
; entry_sp: !PXE's.  In: on the stack opcode, parameters' offset and segment.
; Out: AX.  Clobbers: AX.  Mode: real, v86
; ---------------------------------------------------------------------------
entry_sp:
	push bp
	mov bp, sp
	push ds
%ifdef Q_HANG_V86
	smsw ax
	test al, 1			; PE, and yet called by paragraphs: v86
	jz .real
%ifdef Q_CLI
	cli
%endif
	jmp $
.real:
%endif
%ifdef Q_HANG_V86_LATE
	smsw ax
	test al, 1
	jz .real
	cmp word [bp + 6], 0x14
	je $
.real:
%endif
%ifdef Q_TICK_WAIT
	cmp word [bp + 6], 0x06
%ifdef Q_TICK_CLOSE
	je .ticks
	cmp word [bp + 6], 0x07
%endif
	jne .no_wait
.ticks:	push word 0x40
	pop ds
	mov ax, [0x6c]
	add ax, 2
.wait:	cmp ax, [0x6c]
	jne .wait
.no_wait:
%endif
%ifdef Q_HANG_REAL_LATE
	cmp word [bp + 6], 0x14
	je $
%endif
%ifdef Q_OWN_PM_LATE
	cmp word [bp + 6], 0x14
	jne .no_isr
%endif
%ifdef Q_OWN_PM
	call own_pm
.no_isr:
%endif
	push word [cs:pxe.window]
	mov ds, [cs:data_seg]
	jmp short entered

; ---------------------------------------------------------------------------
; entry_esp: the same, by selectors.  FirstSelector's order makes data CS-8
; and the register window ("base code data") CS+16.
; Mode: 16-bit protected, 16-bit stack, any ring
; ---------------------------------------------------------------------------
entry_esp:
	push bp
	mov bp, sp
	push ds
%ifdef Q_PM_FAULT
	mov ds, [cs:data_seg]		; a paragraph, as iPXE does
%endif
%ifdef Q_PM_FAULT_LATE
	cmp word [bp + 6], 0x14
	jne .early
	mov ds, [cs:data_seg]
.early:
%endif
%ifdef Q_PM_INT
	push bx
	push cx
	push dx
	push edi
	mov ax, 0xb101			; PCI BIOS: there?
	int 0x1a
	pop edi
	pop dx
	pop cx
	pop bx
%endif
%ifdef Q_PM_CS_WRITE
	push word [cs:data_seg]
	pop word [cs:data_seg]
%endif
%ifdef Q_HANG_PM
%ifdef Q_CLI
	cli
%endif
	jmp $
%endif
%ifdef Q_HANG_PM_LATE
	cmp word [bp + 6], 0x14
	jne .no_isr
%ifdef Q_CLI
	cli
%endif
	jmp $
.no_isr:
%endif
	mov ax, cs
	sub ax, 8
	mov ds, ax
	add ax, 24
	push ax

entered:
	call borrow_window
	push es
	push di
	les di, [bp + 8]
	mov ax, [bp + 6]
	cmp ax, 0x14
	je isr

	pushf
	cld
	push fs
	push gs
	pushad
	mov fs, [bp - 4]
	mov bx, ax
	mov ax, E_UNSUPPORTED
	cmp bx, 0x70			; UNLOAD_STACK
	je .harmless
	cmp bx, 0x15
	ja .done
	add bx, bx
	call [cs:calls + bx]
.done:
	les di, [bp + 8]
	mov [es:di], ax
	test ax, ax
	popad
	pop gs
	pop fs
	mov ax, 0
	jz .good
	inc ax
.good:
	popf
	jmp leave_call
.harmless:
	xor ax, ax
	jmp .done

; ---------------------------------------------------------------------------
; leave_call: the way out of every call, AX = 0 or 1.
; ---------------------------------------------------------------------------
leave_call:
	call return_window
	pop di
	pop es
%ifdef Q_TRASH
	or eax, 0xbad00000
	mov bx, [bp - 4]
	cmp bx, WINDOW_SEG
	mov bx, 0xdead
	jae .paragraphs
	xor bx, bx			; the only selector that loads everywhere
.paragraphs:
	lea sp, [bp - 2]
	pop ds
	pop bp
	mov ds, bx
	mov es, bx
	mov fs, bx
	mov gs, bx
	mov ebx, 0xbad0beef
	mov ecx, 0xbad1beef
	mov edx, 0xbad2beef
	mov esi, 0xbad3beef
	mov edi, 0xbad4beef
	mov ebp, 0xbad5beef
%else
	lea sp, [bp - 2]
	pop ds
	pop bp
%endif
%ifdef Q_DF
	std
%endif
%ifdef Q_RETF_POPS
	retf 6
%elifdef Q_IRET
	iret				; the opcode becomes the flags
%elifdef Q_RETF_LEAVES
	push bp
	mov bp, sp
	push word [bp + 4]
	push word [bp + 2]
	mov bp, [bp]
	retf
%else
	retf
%endif
