; SPDX-License-Identifier: BSD-2-Clause
;
; PXENV_UNDI_ISR (PXE 2.1, 4.3.25): flag 2, buffer length 4, frame length 6,
; header length 8, frame 10 (off, seg), protocol 14, type 15.
;
; The receive buffer itself is handed out, good until the next PROCESS or
; GET_NEXT; the card hears of free buffers eight at a time, and when a round
; ends.  Polling without START is fine: PROCESS acknowledges then.
; Touches only what it restores: SI, CX, FS and upper halves stay.

%define ISR_START 1
%define ISR_PROCESS 2
%define ISR_GET_NEXT 3
%define ISR_OUT_DONE 0
%define ISR_OUT_RECEIVE 3
%define ISR_OUT_OURS 0
%define ISR_OUT_NOT_OURS 1
%define GIVE_BACK 8

isr:
	push si
	push cx
%ifdef Q_UNMASK
	mov cl, [v_irq]			; 9, 10 or 11
	sub cl, 8
	mov ah, 1
	shl ah, cl
	not ah
	in al, 0xa1
	and al, ah
	out 0xa1, al
	in al, 0x21
	and al, ~4
	out 0x21, al
%endif
	mov ax, [es:di + 2]
	cmp byte [v_state], S_OPEN
	jne .closed
	cmp ax, ISR_GET_NEXT
	je get_next
	cmp ax, ISR_PROCESS
	je .process
	cmp ax, ISR_START
	je .start
.bad:
	mov ax, E_PARAM
	jmp isr_out
.closed:
	dec ax
	cmp ax, 2
	ja .bad
	test ax, ax
	mov ax, ISR_OUT_NOT_OURS
	jz .answer
	mov ax, ISR_OUT_DONE
.answer:
	mov [es:di + 2], ax
	xor ax, ax
	jmp isr_out

.start:
	push fs
	push eax
	mov fs, [bp - 4]
	mov eax, [fs:R_IMS]
	and eax, [fs:R_ICR]		; what asked for attention, now acknowledged
	mov ax, ISR_OUT_NOT_OURS
	jz .not_ours
	mov dword [fs:R_IMC], -1
	mov byte [v_irq_off], 1
	mov ax, ISR_OUT_OURS
.not_ours:
	mov [es:di + 2], ax
	pop eax
	pop fs
	xor ax, ax
	jmp isr_out

.process:
	cmp byte [v_irq_off], 0
	jne get_next
	cmp byte [v_irq], 0
	je get_next
	push fs
	push eax
	mov fs, [bp - 4]
	mov eax, [fs:R_ICR]
	pop eax
	pop fs

get_next:
	cmp byte [v_held], 0
	je .look
.release:				; the caller is done with the frame at v_rx
%ifdef Q_FRAGMENTS
	cmp word [v_part], 0
	jne quirk_receive.more
%endif
	mov si, [v_rx]
	mov byte [v_held], 0
	mov byte [si + 12], 0
	mov cx, [v_buf]
	add cx, BUF_LEN
	add si, 16
	cmp si, RXRING_END
	jb .next
	mov si, RXRING
	mov cx, RXBUF
.next:
	mov [v_rx], si
	mov [v_buf], cx
	inc byte [v_given]
	cmp byte [v_given], GIVE_BACK
	jb .look
	call give_back
.look:
	mov si, [v_rx]
	test byte [si + 12], D_DONE
	jz isr_empty
	mov byte [v_held], 1
	test byte [si + 12], D_EOP
	jz .release
	mov cx, [si + 8]
	cmp cx, 1514
	ja .release
	cmp cx, 14
	jb .release
	mov si, [v_buf]
%ifdef QUIRK_FRAMES
	jmp quirk_receive
%endif
.hand_out:				; CX bytes at SI, all in one buffer
	mov [es:di + 4], cx
	mov [es:di + 6], cx
.describe:
	mov [es:di + 10], si
	mov [es:di + 12], ds
	mov word [es:di + 2], ISR_OUT_RECEIVE
	mov word [es:di + 8], 14
%ifdef Q_FRAGMENTS
	mov si, [v_buf]			; where the header is
%endif
	; protocol
	mov cx, [si + 12]
	mov ax, 1
	cmp cx, 0x0008
	je .protocol
	inc ax
	cmp cx, 0x0608
	je .protocol
	inc ax
	cmp cx, 0x3580
	je .protocol
	xor ax, ax
.protocol:
	test byte [si], 1
	jz .directed
	mov ah, 2			; to a group
	mov cx, [si]
	and cx, [si + 2]
	and cx, [si + 4]
	inc cx
	jnz .directed
	mov ah, 1			; to all
.directed:
	mov [es:di + 14], ax
	xor ax, ax
isr_out:
	mov [es:di], ax
	test ax, ax
	jz .good
	mov ax, 1
.good:
	pop cx
	pop si
	jmp leave_call

isr_empty:				; the round ends
	cmp byte [v_given], 0
	je .told
	call give_back
.told:
%ifdef Q_ENDLESS
	mov si, v_fake
	mov cx, 60
	jmp get_next.hand_out
%endif
	cmp byte [v_irq_off], 0
	je .done
	mov byte [v_irq_off], 0
	push fs
	mov fs, [bp - 4]
%ifndef Q_DEAD_IRQ
	mov dword [fs:R_IMS], ICR_RX
%endif
	pop fs
.done:
%ifdef Q_FLAG
	mov ax, 0x0042
%else
	mov ax, ISR_OUT_DONE
%endif
	mov [es:di + 2], ax
	xor ax, ax
	jmp isr_out

; give_back: all buffers up to the one before v_rx are the card's.  Clobbers: nothing
give_back:
	push fs
	push eax
	mov fs, [bp - 4]
	mov byte [v_given], 0
	movzx eax, word [v_rx]
	sub ax, RXRING
	shr ax, 4
	dec ax
	and ax, RX_COUNT - 1
	mov [fs:R_RDT], eax
	pop eax
	pop fs
	ret

%ifdef QUIRK_FRAMES
; make_frame: a broadcast that nobody understands (ethertype 88B5h).  Clobbers: EAX
make_frame:
	or eax, -1
	mov [v_fake], eax
	mov [v_fake + 4], ax
	mov eax, [v_mac]
	mov [v_fake + 6], eax
	mov ax, [v_mac + 4]
	mov [v_fake + 10], ax
	mov word [v_fake + 12], 0xb588
	mov word [v_part], 0
	ret

; ---------------------------------------------------------------------------
; quirk_receive: a frame of CX bytes at SI (= v_buf), handed out in the
; variant's way.  .more: the caller comes for what is still to be said of it.
; ---------------------------------------------------------------------------
%define FRAGMENT 500
quirk_receive:
%ifdef Q_FRAGMENTS
	mov [es:di + 6], cx
	mov ax, FRAGMENT
	cmp cx, ax
	ja .first
	mov ax, cx
	mov word [v_part], 0
	mov [es:di + 4], ax
	jmp get_next.describe
.first:
	mov [v_part], ax
	mov [es:di + 4], ax
	jmp get_next.describe
.more:
	mov si, [v_rx]
	mov cx, [si + 8]
	mov [es:di + 6], cx
	mov si, [v_part]
	sub cx, si
	mov ax, FRAGMENT
	cmp cx, ax
	ja .middle
	mov ax, cx
	mov word [v_part], 0
	jmp .piece
.middle:
	add [v_part], ax
.piece:
	mov [es:di + 4], ax
	add si, [v_buf]
	jmp get_next.describe
%elifdef Q_ENDLESS
	jmp get_next.hand_out
%else
	; before every true frame an answer with a frame that is none
	xor word [v_quirk], 1
	jz get_next.hand_out
	mov byte [v_held], 0		; the true one comes next time
	mov si, v_fake
	mov word [es:di + 4], 60
%ifdef Q_FRAME_ZERO
	mov word [es:di + 6], 0
%else
	mov word [es:di + 6], 20
%endif
	jmp get_next.describe
%endif
%endif
