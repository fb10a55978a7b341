; SPDX-License-Identifier: BSD-2-Clause
;
; smoke.asm's words, on COM1.

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
