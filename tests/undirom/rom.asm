; SPDX-License-Identifier: BSD-2-Clause
;
; An UNDI option ROM for QEMU's e1000 (82540EM), for Undine's lab: what the
; firmware sees (PCI firmware 3.0 5.1, PnP BIOS 1.0A 3.2), the UNDI ROM ID and
; the UNDI loader (PXE 2.1 chapter 2 and 3.1).  No base code: nothing boots from it.
; README.md says what the ROM promises, and lists the -D flags of the variants
; that misbehave.  seal.py fills lengths and checksums.

cpu 486
bits 16
%include "defs.inc"

section .text start=0 vstart=0
	db 0x55, 0xaa
	db 0				; length, by seal.py
	jmp near init
	db 0				; makes the sum 0, by seal.py
spare:	db 0
	times 0x16 - ($ - $$) db 0
%ifdef Q_ID_OUTSIDE
	dw 0xfff0			; beyond the ROM
%elifdef Q_ID_CUT
	dw -1				; seal.py: a structure that the ROM's end cuts
%else
	dw rom_id
%endif
	dw pcir
	dw pnp

align 4
rom_id:
	db "UNDI"
%ifdef Q_ID_SHORT
	db 0x0a
%else
	db 0x16
%endif
	db 0				; checksum, by seal.py
	db 0				; structure's revision
	db 0, 1, 2			; UNDI 2.1.0
%ifdef Q_LOADER_OUTSIDE
	dw 0xf800
%else
	dw loader
%endif
	dw 0				; stack: the caller's will do
	dw DATA_LEN
	dw CODE_LEN
	db "PCIR"

align 4
pcir:
	db "PCIR"
	dw 0x8086, 0x100e
	dw 0
	dw 0x18
	db 0
	db 0x00, 0x00, 0x02		; Ethernet controller
	dw 0				; length, by seal.py
	dw 1
	db 0, 0x80
	dw 0

align 16
pnp:
	db "$PnP", 1, 2
	dw 0
	db 0
	db 0				; checksum, by seal.py
	dd 0
	dw maker, product
	db 0x02, 0x00, 0x00
	db 0
	dw 0, 0, 0			; no BCV, no disconnect, no BEV
	dw 0, 0
maker:	db "Undine", 0
product: db "UNDI test ROM for 8086:100e", 0

; ---------------------------------------------------------------------------
; init: the BIOS found the ROM and made its copy in low memory, which is still
; writable.  In: AX = bus/dev/fn.  Out: AX = 0.  Mode: real
; ---------------------------------------------------------------------------
init:
%ifdef Q_ROM_SUM
	inc byte [cs:spare]		; the BIOS would not take a wrong sum; Undine sees one
%endif
	xor ax, ax
	retf

; ---------------------------------------------------------------------------
; loader: UNDI into base memory (PXE 2.1, 3.1).
; In:   SS:SP+4 -> parameter block: status 0, AX BX DX DI ES 2..0Bh, UNDI_DS
;       0Ch, UNDI_CS 0Eh.  Out: AX, status, !PXE 10h, PXENV+ 14h (off, seg)
; Clobbers: AX.  Mode: real.  Reads the ROM, never writes it
; ---------------------------------------------------------------------------
%define LD_CARD gs:bx + 0x02
%define LD_DS gs:bx + 0x0c
%define LD_CS gs:bx + 0x0e
%define LD_PXE gs:bx + 0x10
%define LD_PXENV gs:bx + 0x14
loader:
	push bp
	mov bp, sp
	pushad
	push ds
	push es
	push gs
	cld
	lgs bx, [bp + 6]
	mov word [gs:bx], E_LOADER_IMAGE
%ifdef Q_LOADER_HANGS
	sti
	jmp $
%endif
%ifdef Q_LOADER_FAILS
	jmp .out
%endif
	mov word [gs:bx], E_LOADER_MEMORY
	cmp word [LD_CS], 0
	je .out
	cmp word [LD_DS], 0
	je .out
	; code
	push cs
	pop ds
	mov si, section..undi.start
	xor di, di
	mov es, [LD_CS]
	mov cx, CODE_LEN / 4
	rep movsd
	; data
	mov es, [LD_DS]
	xor di, di
	xor eax, eax
	mov cx, DATA_LEN / 4
	rep stosd
	mov ax, es
	shl eax, 4
	mov [es:v_phys], eax
	mov ax, [LD_CARD]
	mov [es:v_bdf], ax
	call choose_window
	mov ds, [LD_CS]
	call fill_structures
	; answer
	xor eax, eax
	mov [gs:bx], ax
	mov ax, [LD_CS]
	mov dx, ax
%ifndef Q_PXENV_ONLY
	mov word [LD_PXE], pxe
	mov [LD_PXE + 2], ax
%else
	mov dword [LD_PXE], 0
%endif
%ifdef Q_PXE_OUTSIDE
	mov dword [LD_PXE], 0xfffffff0
	mov dword [LD_PXENV], 0xfffffff0
%else
	mov word [LD_PXENV], pxenv
	mov [LD_PXENV + 2], dx
%endif
.out:
	cmp word [gs:bx], 0
	pop gs
	pop es
	pop ds
	popad
	pop bp
	mov ax, 0
	je .good
	inc ax
.good:
	retf

; ---------------------------------------------------------------------------
; choose_window: the code just copied looks where the card shows itself, and
; !PXE says so.  In: ES = UNDI data, GS:BX -> loader's block.  Clobbers: EAX, CX, DX, SI, DS
; ---------------------------------------------------------------------------
choose_window:
	push bx
	push fs
	mov dx, [LD_CS]
	push es
	pop ds
	push dx
	push cs
	push word .back
	push dx
	push word probe_window
	retf
.back:
	pop ds
	jnc .lent
	mov word [pxe.window], WINDOW_SEG
	mov dword [pxe.window + 2], WINDOW_SEG << 4
.lent:
	pop fs
	pop bx
	ret

; ---------------------------------------------------------------------------
; fill_structures: !PXE and PXENV+ in the code just copied.
; In:   DS = UNDI code, CS = the ROM, GS:BX -> loader's block
; Clobbers: EAX, ECX, EDX, SI
; ---------------------------------------------------------------------------
fill_structures:
	mov ax, [LD_DS]
	mov [data_seg], ax
	mov [pxe.data], ax
	mov [pxenv.data_seg], ax
	movzx edx, ax
	shl edx, 4
	mov [pxe.data + 2], edx
	mov ax, ds
	mov [pxe.code], ax
	mov [pxe.code_w], ax
	mov [pxe.sp + 2], ax
	mov [pxe.esp + 2], ax
	mov [pxenv.entry + 2], ax
	mov [pxenv.code_seg], ax
	mov [pxenv.pxe + 2], ax
	movzx edx, ax
	shl edx, 4
	mov [pxe.code + 2], edx
	mov [pxe.code_w + 2], edx
%ifdef Q_SEGMENT_OUTSIDE
	mov dword [pxe.code + 2], 0x7fff0000
	mov dword [pxe.code_w + 2], 0x7fff0000
%endif
%ifdef Q_OWN_PM
	mov [own_back + 2], ax
	lea eax, [edx + own_gdt]
	mov [own_gdtr + 2], eax
	or [own_gdt + 8 + 2], edx	; the base's 24 bits: below 1 MiB
%endif
	mov [pxe.rom_id + 2], cs
%ifdef Q_ENTRY_OUTSIDE
	mov dword [pxe.sp], 0xfffffff0
	mov dword [pxenv.entry], 0xfffffff0
%endif
%ifdef Q_PXENV_ONLY
	mov dword [pxenv.pxe], 0
	mov byte [pxe], 0
%endif
	mov si, pxenv
	mov cx, pxenv.end - pxenv
	call sum
	sub [pxenv.sum], al
	mov si, pxe
	mov cx, pxe.end - pxe
	call sum
	sub [pxe.sum], al
%ifdef Q_PXE_SUM
	inc byte [pxe.sum]
%endif
%ifdef Q_BOTH_SUMS
	inc byte [pxe.sum]
	inc byte [pxenv.sum]
%endif
	ret

; sum: AL = sum of CX bytes at DS:SI.  Clobbers: AX, CX, SI
sum:
	mov ah, 0
.next:
	lodsb
	add ah, al
	loop .next
	mov al, ah
	ret

section .undi follows=.text vstart=0 align=16
	align 16
undi_start:
%include "undi.asm"
%include "calls.asm"
%include "card.asm"
%include "transmit.asm"
%include "isr.asm"
	align 16, db 0
CODE_LEN equ $ - undi_start
