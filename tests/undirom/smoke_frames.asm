; SPDX-License-Identifier: BSD-2-Clause
;
; smoke.asm's traffic: what it sends, hears and asks.

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
; listen: says every ISR answer but DONE, until for 1.6 s there was none, or 24
; answers: flag, buffer's length, frame's length, types, sum of the bytes.  The
; first is waited for for 10 s: the other end is on a busy host.
; ---------------------------------------------------------------------------
listen:
	mov word [answers], 24
	mov eax, [0x46c]
	add eax, 182
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
	mov ebx, [0x46c]
	add ebx, 30
	mov [until], ebx
	dec word [answers]
	jnz .next
	ret

; ---------------------------------------------------------------------------
; ask: ARP for 10.0.2.2 and 20 s of polling in the present mode, asking four times.
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
	add ebx, 91
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
