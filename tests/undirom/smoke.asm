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
	sub byte [es:si + 5], (CALLOUT & 0xff) + (CALLOUT >> 8)
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

; ---------------------------------------------------------------------------
; send: a whole frame (P_UNKNOWN, ethertype 88B6h), and one in pieces whose
; header the ROM makes (P_IP, broadcast).  The frames' page holds 0..255.
; ---------------------------------------------------------------------------
send:
	mov ax, FRAMES
	mov es, ax
	xor di, di
.fill:
	mov ax, di
	stosb
	cmp di, 256
	jb .fill
	mov di, 0x100
	or eax, -1
	stosd
	stosw
	mov si, mac
	movsd
	movsw
	mov ax, 0xb688
	stosw
	mov si, msg_done
	mov cx, 16
	rep movsb
	mov ax, PARAM
	mov es, ax
	mov word [es:0x80], 30
	mov word [es:0x82], 0x100
	mov word [es:0x84], FRAMES
	mov word [es:0x86], 0
	mov dword [arg], 0
	mov bp, 8
	call call_and_say
	mov word [es:0x80], 4
	mov word [es:0x82], 0
	mov word [es:0x86], 2
	mov dword [es:0x88], 0x000a0001	; ten bytes,
	mov word [es:0x8c], 4
	mov word [es:0x8e], FRAMES
	mov dword [es:0x90], 0x00c80001	; and 200
	mov word [es:0x94], 14
	mov word [es:0x96], FRAMES
	mov word [arg], 0x0101
	mov bp, 8
	call call_and_say
	ret

; ---------------------------------------------------------------------------
; listen: says every ISR answer but DONE, for 1.6 s or 24 answers: flag, buffer's
; length, frame's length, types, sum of the bytes.
; ---------------------------------------------------------------------------
listen:
	mov word [answers], 24
	mov eax, [0x46c]
	add eax, 30
	mov [until], eax
	mov ax, 2
.next:
	call isr
	test ax, ax
	jz .done
	mov bx, msg_isr
	call say_hex
	mov ax, [es:4]
	call say_word
	mov ax, [es:6]
	call say_word
	mov ax, [es:14]
	call say_word
	xor ax, ax
	cmp word [es:2], 3
	jne .sum
	mov cx, [es:4]
	les si, [es:10]
	xor dx, dx
.add:
	es lodsb
	add dl, al
	adc dh, 0
	loop .add
	mov ax, dx
.sum:
	call say_word
	call end_line
	mov ax, PARAM
	mov es, ax
	mov ax, 3
	cmp word [es:2], ax
	je .more
.done:
	mov ax, 2
	cmp word [es:2], 0
	jne .more
	mov ebx, [until]
	cmp [0x46c], ebx
	jb .next
	ret
.more:
	dec word [answers]
	jnz .next
	ret

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

; ---------------------------------------------------------------------------
; ask: ARP for 10.0.2.2 and 4 s of polling in the present mode.
; ---------------------------------------------------------------------------
ask:
	mov bx, msg_ask
	call say_mode
	mov cx, 4
.again:
	push cx
	mov word [arg], 0x0002		; P_ARP, to an address
	mov word [arg + 2], 0
	call make_arp
	mov ax, PARAM
	mov es, ax
	mov word [es:0x80], 28
	mov word [es:0x82], 14		; TBD: the frame without its header
	mov word [es:0x86], 0
	mov ax, FRAMES
	cmp byte [mode], M_PM
	jne .paragraph
	mov word [es:0x82], 14 + (FRAMES - PARAM) * 16
	mov ax, SEL_PARAM
.paragraph:
	mov [es:0x84], ax
	mov bp, 0x08
	call call_and_say
	mov ebx, [0x46c]
	add ebx, 18
	cmp ax, -1
	je .faulted
	cmp byte [es:0], 6		; out of resources
	je .later
	mov ax, 2
.poll:
	cmp [0x46c], ebx
	ja .later
	push ebx
	call isr
	pop ebx
	mov dx, ax
	cmp ax, -1
	je .faulted
	mov ax, 3
	cmp dx, ax
	je .frame
	mov ax, 2
	jmp .poll
.later:
	pop cx
	dec cx
	jnz .again
	mov bx, msg_silence
	call say_mode
	ret
.faulted:
	pop cx
	ret
.frame:
	mov si, [es:10]
	mov cx, UNDI_DATA
	push es
	mov es, cx
	cmp word [es:si + 12], 0x0608
	jne .other
	cmp word [es:si + 20], 0x0200
	jne .other
	pop es
	mov ax, [es:6]
	pop cx
	mov bx, msg_reply
	call say_mode
	mov ax, 3			; finish the round
	call isr
	ret
.other:
	pop es
	jmp .poll

make_arp:
	mov ax, FRAMES
	mov es, ax
	xor di, di
	or eax, -1
	stosd
	stosw
	call .ours
	mov ax, 0x0608
	stosw
	mov eax, 0x00080100
	stosd
	mov eax, 0x01000406
	stosd
	call .ours
	mov eax, 0x0f02000a		; 10.0.2.15
	stosd
	xor eax, eax
	stosd
	stosw
	mov eax, 0x0202000a
	stosd
	ret
.ours:
	mov si, mac
	movsd
	movsw
	ret

; --- PXENV_UNDI_ISR with flag AX: out AX = flag, or -1 after a fault; ES = PARAM
isr:
	mov [arg], ax
	mov bp, 0x14
	call pxe_call
	cmp ax, -1
	je .out
	mov ax, [es:2]
.out:
	ret

call_and_say:
	call pxe_call
	push ax
	mov ax, bp
	mov ah, al
	mov al, [es:0]
	mov bx, msg_call
	call say_mode
	pop ax
	ret

; ---------------------------------------------------------------------------
; pxe_call: opcode BP in the present mode.  The block's first words are [arg]
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

; --- words
say_mode:				; "MODE: " before the rest
	push ax
	push bx
	mov bl, [mode]
	mov bh, 0
	add bx, bx
	mov bx, [modes + bx]
	call say
	pop bx
	pop ax
say_ax:					; BX, then AX in hexadecimal, end of line
	call say_hex
end_line:
	push ax
	mov al, 13
	call put
	mov al, 10
	call put
	pop ax
	ret

say_word:				; a space and AX
	mov bx, msg_space
say_hex:				; BX, then AX
	push ax
	push cx
	call say
	mov cx, 4
.digit:
	rol ax, 4
	push ax
	and al, 15
	add al, '0'
	cmp al, '9'
	jbe .put
	add al, 7
.put:
	call put
	pop ax
	loop .digit
	pop cx
	pop ax
	ret

say:					; ASCIIZ at BX
	push ax
.next:
	mov al, [bx]
	inc bx
	test al, al
	jz .out
	call put
	jmp .next
.out:
	pop ax
	ret

put:
	push dx
	push ax
	mov dx, 0x3fd
.wait:
	in al, dx
	test al, 0x20
	jz .wait
	pop ax
	mov dx, 0x3f8
	out dx, al
	pop dx
	ret

modes:	dw .real, .v86, .pm
.real:	db "real: ", 0
.v86:	db "v86: ", 0
.pm:	db "pm: ", 0
msg_space: db " ", 0
msg_pxenv: db "smoke: PXENV+ in segment ", 0
msg_rom_sum: db "smoke: ROM's sum ", 0
msg_id_sum: db "smoke: ROM ID's sum ", 0
msg_pxenv_sum: db "smoke: PXENV+'s sum ", 0
msg_pxe_sum: db "smoke: !PXE's sum ", 0
msg_entry: db "smoke: entry in segment ", 0
msg_callout: db "smoke: status call-out ", 0
msg_interrupts: db "smoke: interrupts ", 0
msg_isr: db "isr ", 0
msg_sp: db "smoke: SP off by ", 0
msg_ds: db "smoke: DS is ", 0
msg_flags: db "smoke: DF and IF ", 0
msg_ask: db "asking ", 0
msg_none: db "smoke: no such ROM or card", 13, 10, 0
msg_rom: db "smoke: UNDI ROM at ", 0
msg_loader: db "smoke: loader's answer ", 0
msg_pxe: db "smoke: !PXE in segment ", 0
msg_call: db "call, status ", 0
msg_irq: db "smoke: interrupt ", 0
msg_mac: db "smoke: MAC ends in ", 0
msg_mcast: db "smoke: group address ends in ", 0
msg_nic: db "smoke: device ", 0
msg_sent: db "smoke: frames sent ", 0
msg_ours: db "smoke: ISR START says ", 0
msg_bar: db "smoke: upper half of BAR0 ", 0
msg_reply: db "ARP answer, length ", 0
msg_silence: db "no answer ", 0
msg_fault: db "fault ", 0
msg_done: db "smoke: done", 13, 10, 0

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
