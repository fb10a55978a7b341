; SPDX-License-Identifier: BSD-2-Clause
;
; PXENV_UNDI_TRANSMIT (PXE 2.1, 4.3.10): protocol 2, flag 3, destination 4,
; TBD 8.  The frame is copied into the card's buffer, its header made where
; the protocol is named, padded to 60 bytes.  Completions are not reported.
; Status 06h as long as four frames wait for the card.

transmit:
	must_be S_OPEN
%ifdef Q_CALLOUT_ALWAYS
	call status_callout
	mov ax, E_PARAM
	jc .out
%endif
%ifdef Q_TX_BUSY
	inc word [v_quirk]
	test byte [v_quirk], 3		; three refusals for each frame
	mov ax, E_RESOURCES
	jnz .out
%endif
	; the descriptor that used this buffer last must be done
	mov bx, [v_tx]
	sub bx, TXRING
	add bx, TXRING_LEN / 2
	and bx, TXRING_LEN - 1
	mov ax, E_RESOURCES
	test byte [bx + TXRING + 12], D_DONE
	jz .out
	mov bx, es
	mov gs, bx
	mov bx, di			; GS:BX -> parameters
	mov ax, ds
	mov es, ax
	mov di, [v_txbuf]
	movzx si, byte [gs:bx + 2]
	mov ax, E_PARAM
	cmp si, 3
	ja .out
	call tx_header
	call tx_body
	mov ax, E_PARAM
	jc .out
	; pad
	mov cx, [v_txbuf]
	add cx, 60
	sub cx, di
	jbe .long_enough
	xor al, al
	rep stosb
.long_enough:
	sub di, [v_txbuf]
	; hand over
	mov si, [v_tx]
	mov [si + 8], di
	mov word [si + 10], TXD_CMD << 8
	mov byte [si + 12], 0
	add si, 16
	add word [v_txbuf], BUF_LEN
	cmp word [v_txbuf], TXBUF_END
	jb .buffer
	mov word [v_txbuf], TXBUF
.buffer:
	cmp si, TXRING + TXRING_LEN
	jb .descriptor
	mov si, TXRING
.descriptor:
	mov [v_tx], si
	movzx eax, si
	sub ax, TXRING
	shr ax, 4
	mov [fs:R_TDT], eax
	xor ax, ax
.out:
	ret

; ---------------------------------------------------------------------------
; tx_header: the Ethernet header to ES:DI.  In: SI = protocol, GS:BX ->
; parameters.  Out: DI behind it.  Clobbers: EAX, SI
; ---------------------------------------------------------------------------
tx_header:
	add si, si
	jz .whole
	push si
	cmp byte [gs:bx + 3], 1
	je .broadcast
	push ds
	lds si, [gs:bx + 4]
	movsd
	movsw
	pop ds
	jmp .source
.broadcast:
	or eax, -1
	stosd
	stosw
.source:
	mov si, v_mac
	movsd
	movsw
	pop si
	mov ax, [cs:.types + si]
	stosw
.whole:
%ifdef Q_TX_UNKNOWN
	jnz .named
	or eax, -1			; a header before the caller's
	stosd
	stosw
	mov si, v_mac
	movsd
	movsw
	mov ax, 0x0008
	stosw
.named:
%endif
	ret
.types:	dw 0, 0x0008, 0x0608, 0x3580	; IP, ARP, RARP in network order

; ---------------------------------------------------------------------------
; tx_body: the TBD's pieces to ES:DI: immediate length 0, address 2, count 6,
; then { type (1: seg:off), 0, length, address }.  In: GS:BX -> parameters.
; Out: DI, CF=1 nonsense or too long.  Clobbers: AX, CX, DX, SI
; ---------------------------------------------------------------------------
tx_body:
	push ds
	push bp
	mov bp, [v_txbuf]
	add bp, 1514			; the frame's last possible end
	lds si, [gs:bx + 8]
	mov dx, [si + 6]
	cmp dx, 8
	ja .bad
	mov cx, [si]
	lds si, [si + 2]
	call .piece
	jc .bad
	lds si, [gs:bx + 8]
	add si, 8
.block:
	sub dx, 1
	jc .done
	cmp byte [si], 1
	jne .bad
	mov cx, [si + 2]
	push ds
	push si
	lds si, [si + 4]
	call .piece
	pop si
	pop ds
	jc .bad
	add si, 8
	jmp .block
.done:
	clc
	jmp .out
.bad:
	stc
.out:
	pop bp
	pop ds
	ret
; CX bytes from DS:SI
.piece:
	mov ax, di
	add ax, cx
	jc .long
	cmp bp, ax
	jb .long
	mov ax, cx
	shr cx, 2
	rep movsd
	mov cx, ax
	and cx, 3
	rep movsb
	clc
.long:
	ret
