; SPDX-License-Identifier: BSD-2-Clause
;
; Calls the test ROM without Undine: a disk image that finds the ROM, loads
; UNDI, opens the card, tries its interrupt, sends and receives, and in real
; mode, in v86 and in 16-bit protected mode at CPL 3 asks by ARP for 10.0.2.2
; and waits for the answer.  Says on COM1 what it saw, one line each, "smoke:
; done" at the end; tests/lab/test_undirom.py is at the other end of the wire.
; Stands at 0000:7C00; in protected mode CS and DS have base 0.

cpu 486
bits 16
org 0x7c00

%define PARAM 0x2000			; paragraphs: the parameter block's page,
%define FRAMES 0x2100			; the sent frame's,
%define UNDI_DATA 0x3000
%define UNDI_CODE 0x4000
%define STACK16 0x5000			; the stack's, for v86 and protected mode
%define TSS_SEG 0x6000
%define TSS_LEN (104 + 8192 + 1)

%define SEL_CODE 0x08
%define SEL_DATA 0x10
%define SEL_TSS 0x18
%define SEL_REAL 0x20			; data with real mode's limit
%define SEL_PARAM 0x2b
%define SEL_STACK 0x33
%define SEL_STUB 0x3b
%define FIRST 0x80			; seven, as !PXE lists them

%define M_REAL 0
%define M_V86 1
%define M_PM 2

start:
	cli
	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov sp, 0x7000
	sti
	cld
	mov ax, 0x0200 + SECTORS
	mov cx, 2
	mov dh, 0
	mov bx, 0x7e00
	int 0x13
	jnc main
	hlt
	jmp $ - 1
	times 446 - ($ - $$) db 0
	times 64 db 0
	dw 0xaa55

main:
	call find_rom
	call find_card
	mov ax, PARAM
	mov es, ax
	xor di, di
	xor eax, eax
	mov cx, 64
	rep stosd
	; UNDI loader
	mov ax, [bdf]
	mov [es:2], ax
	mov word [es:4], 0xffff
	mov word [es:6], 0xffff
	mov word [es:12], UNDI_DATA
	mov word [es:14], UNDI_CODE
	push es
	push word 0
	call far [loader]
	add sp, 4
	mov bx, msg_loader
	call say_ax
	test ax, ax
	jnz end
	call look_at_structures
	jc end

	mov byte [mode], M_REAL
	mov ax, [bdf]
	mov [arg], ax
	mov bp, 0x00
	call call_and_say
	test ax, ax
	jnz end
	mov bp, 0x01
	call call_and_say
	mov cx, 10
.init:
	mov bp, 0x03
	call call_and_say
	test ax, ax
	loopnz .init
	mov dword [arg], 0x02005452	; another address: 52:54:00:02:..
	mov dword [arg2], 0x2243
	mov bp, 0x0a
	call call_and_say
	mov dword [arg2], 0
	mov bp, 0x0c
	call call_and_say
	mov ax, [es:4]
	mov [irq], al
	mov bx, msg_irq
	call say_ax
	mov si, 12
	mov di, mac
	mov cx, 6
.mac:
	mov al, [es:si]
	mov [di], al
	inc si
	inc di
	loop .mac
	mov ax, [mac + 4]
	xchg al, ah
	mov bx, msg_mac
	call say_ax
	mov word [arg + 2], 3		; directed, broadcast
	mov bp, 0x06
	call call_and_say
	mov word [arg + 2], 0
	call try_interrupt
	mov dword [arg], 0x00010001	; one group: 01:00:5e:00:00:01
	mov dword [arg2], 0x0100005e
	mov bp, 0x09
	call call_and_say
	mov dword [arg], 0
	mov dword [arg2], 0
	call send
	call listen
	call ask
	cmp dword [pxe], 0
	je near close
	mov byte [mode], M_V86
	call ask
	mov byte [mode], M_PM
	call ask
	; the rest of the calls, in protected mode
	mov dword [arg], 0x020100e0	; 224.0.1.2
	mov bp, 0x11
	call call_and_say
	mov ax, [es:10]
	xchg al, ah
	mov bx, msg_mcast
	call say_ax
	mov dword [arg], 0
	mov bp, 0x12
	call call_and_say
	mov ax, [es:5]
	mov bx, msg_nic
	call say_ax
	mov bp, 0x13
	call call_and_say
	mov bp, 0x0d
	call call_and_say
	mov ax, [es:2]
	mov bx, msg_sent
	call say_ax
	mov bp, 0x0e
	call call_and_say
	mov bp, 0x0d
	call call_and_say
	mov ax, [es:2]
	or ax, [es:6]
	mov bx, msg_sent
	call say_ax
	mov bp, 0x71
	call call_and_say
	mov byte [mode], M_V86
	mov bp, 0x04
	call call_and_say
	call ask
close:
	mov byte [mode], M_REAL
	mov si, ending
.ending:
	lodsb
	movzx bp, al
	cmp al, 0xff
	je .ended
	push si
	call call_and_say
	pop si
	jmp .ending
.ended:
	mov eax, 0x80000010
	call pci_dword
	ror eax, 16
	mov bx, msg_bar
	call say_ax
end:
	mov bx, msg_done
	call say
	mov dx, 0x501			; isa-debug-exit
	mov al, 0
	out dx, al
	hlt
	jmp $ - 1

ending:	db 0x07, 0x05, 0x02, 0x70, 0x15, 0xff

; ---------------------------------------------------------------------------
; look_at_structures: says the sums, which should be 0, and takes the entries.
; In: ES = the loader's block.  Out: CF=1 there is nothing to call
; ---------------------------------------------------------------------------
look_at_structures:
	mov eax, [es:16]
	mov [pxe], eax
	mov eax, [es:20]
	mov [pxenv], eax
	mov ax, [pxe + 2]
	mov bx, msg_pxe
	call say_ax
	mov ax, [pxenv + 2]
	mov bx, msg_pxenv
	call say_ax
	cmp word [pxe + 2], 0xffff
	je .none
	mov es, [loader + 2]
	movzx cx, byte [es:2]
	shl cx, 9
	xor si, si
	mov bx, msg_rom_sum
	call say_sum
	mov si, [es:0x16]
	movzx cx, byte [es:si + 4]
	mov bx, msg_id_sum
	call say_sum
	les si, [pxenv]
	mov eax, [es:si + 0x0a]
	mov [entry], eax
	movzx cx, byte [es:si + 8]
	mov bx, msg_pxenv_sum
	call say_sum
	cmp dword [pxe], 0
	je .entry
	les si, [pxe]
	mov eax, [es:si + 0x10]
	mov [entry], eax
	mov dword [es:si + 0x18], CALLOUT	; StatusCallout
	sub byte [es:si + 5], ((CALLOUT & 0xff) + (CALLOUT >> 8)) & 0xff
	movzx cx, byte [es:si + 4]
	mov bx, msg_pxe_sum
	call say_sum
	call make_tables
.entry:
	mov ax, [entry + 2]
	mov bx, msg_entry
	call say_ax
	cmp ax, 0xffff
	je .none
	clc
	ret
.none:
	stc
	ret

say_sum:				; of CX bytes at ES:SI, with the word at BX
	mov ax, 0
.next:
	add al, [es:si]
	inc si
	loop .next
	call say_ax
	ret

CALLOUT equ callout - start + 0x7c00
callout:				; what !PXE.StatusCallout points to; real mode only
	push ax
	push bx
	push ds
	xor ax, ax
	mov ds, ax
	mov bx, msg_callout
	call say_ax
	pop ds
	pop bx
	pop ax
	xor ax, ax
	retf

; ---------------------------------------------------------------------------
; try_interrupt: FORCE_INTERRUPT, and does the line of the second PIC say so?
; ---------------------------------------------------------------------------
try_interrupt:
	movzx bx, byte [irq]
	cmp bl, 8
	jb .ask
	add bx, 0x68			; INT 70h is line 8
	shl bx, 2
	mov dword [bx], on_interrupt
	mov cl, [irq]
	sub cl, 8
	mov ah, 1
	shl ah, cl
	mov [line], ah
	not ah
	in al, 0xa1
	and al, ah
	out 0xa1, al
.ask:
	mov bp, 0x10
	call call_and_say
	mov ebx, [0x46c]
	add ebx, 4
.wait:
	cmp [0x46c], ebx
	jb .wait
	mov ax, [interrupts]
	mov bx, msg_interrupts
	call say_ax
	mov ax, 1			; START: the card's, then no more
	call isr
	mov bx, msg_ours
	call say_ax
	mov ax, 1
	call isr
	mov bx, msg_ours
	call say_ax
	ret

on_interrupt:				; notes it and masks the line
	push ax
	push ds
	xor ax, ax
	mov ds, ax
	inc word [interrupts]
	in al, 0xa1
	or al, [line]
	out 0xa1, al
	mov al, 0x20
	out 0xa0, al
	out 0x20, al
	pop ds
	pop ax
	iret

; --- the first ROM with an UNDI ROM ID; its loader to [loader]
find_rom:
	mov ax, 0xc000
.next:
	mov es, ax
	cmp word [es:0], 0xaa55
	jne .no
	mov bx, [es:0x16]
	cmp dword [es:bx], "UNDI"
	je .found
.no:
	add ax, 0x80
	cmp ax, 0xf000
	jb .next
	mov bx, msg_none
	call say
	jmp end
.found:
	mov ax, [es:bx + 0x0a]
	mov [loader], ax
	mov [loader + 2], es
	mov ax, es
	mov bx, msg_rom
	call say_ax
	ret

; --- the e1000's place on bus 0 to [bdf]
find_card:
	mov eax, 0x80000000
.next:
	push eax
	mov dx, 0xcf8
	out dx, eax
	mov dx, 0xcfc
	in eax, dx
	cmp eax, 0x100e8086
	pop eax
	je .found
	add eax, 0x800
	cmp eax, 0x80010000
	jb .next
	mov bx, msg_none
	call say
	jmp end
.found:
	shr eax, 8
	mov [bdf], ax
	ret

; --- EAX = dword at EAX of the card's configuration (80000000h + register)
pci_dword:
	movzx edx, word [bdf]
	shl edx, 8
	or eax, edx
	mov dx, 0xcf8
	out dx, eax
	mov dx, 0xcfc
	in eax, dx
	ret

%include "smoke_frames.asm"
%include "smoke_call.asm"
%include "smoke_say.asm"

mode:	db 0
faulted: db 0
damage_said: db 0
irq:	db 0
line:	db 0
bdf:	dw 0
interrupts: dw 0
answers: dw 0
until:	dd 0
seen_sp: dw 0
seen_flags: dw 0
pxenv:	dd 0
arg:	dd 0
arg2:	dd 0
loader:	dd 0
pxe:	dd 0
entry:	dd 0
entry_esp: dw 0
saved_sp: dw 0
mac:	times 6 db 0
fault_words: dd 0, 0, 0

	times (512 - ($ - $$) % 512) % 512 db 0
SECTORS equ ($ - $$) / 512 - 1

absolute 0xa000
idt:	resb 0x31 * 8
