; SPDX-License-Identifier: BSD-2-Clause
;
; The card: its PCI configuration, the window for its registers, its rings.
; All routines: In DS = UNDI data, FS = register window.  Mode: any 16-bit.

; ---------------------------------------------------------------------------
; pci_read: EAX = dword at BX.  pci_write: EAX to BX.  Clobbers: DX
; Mechanism #1, not to be interrupted between index and data.
; ---------------------------------------------------------------------------
pci_read:
%ifdef Q_PCI_BIOS
	push cx
	cmp word [bp - 4], WINDOW_SEG
	jb .ports			; the BIOS lives in real mode and v86 only
	push bx
	push di
	mov di, bx
	mov bx, [v_bdf]
	mov ax, 0xb10a
	int 0x1a
	mov eax, ecx
	pop di
	pop bx
	pop cx
	ret
.ports:
	pop cx
%endif
	pushf
	cli
	call pci_index
	in eax, dx
	popf
	ret

pci_write:
	pushf
	cli
	push eax
	call pci_index
	pop eax
	out dx, eax
	popf
	ret

pci_index:
	movzx eax, word [v_bdf]
	shl eax, 8
	or eax, 0x80000000
	mov al, bl
	mov dx, 0xcf8
	out dx, eax
	mov dx, 0xcfc
	ret

; ---------------------------------------------------------------------------
; map_window: BAR0 below 1 MiB, the only MMIO that 16-bit code can reach.
; unmap_window: back to what the BIOS had set.  Clobber: EAX, BX, DX
; ---------------------------------------------------------------------------
map_window:
	cmp byte [v_mapped], 0
	jne .out
	mov bx, 0x04
	call pci_read
	and eax, 0xffff			; the upper half is status, cleared by writing ones
	mov [v_command], eax
	mov bx, 0x10
	call pci_read
	mov [v_bar], eax
	mov eax, [cs:pxe.window + 2]
	call set_bar
	mov eax, [v_command]
	and ax, ~0x400			; interrupts may come
	or al, 6			; memory, bus master
	call pci_write
	mov byte [v_mapped], 1
.out:
	ret

unmap_window:
	cmp byte [v_mapped], 0
	je .out
	mov eax, [v_bar]
	call set_bar
	mov eax, [v_command]
	call pci_write
	mov byte [v_mapped], 0
.out:
	ret

; set_bar: EAX to BAR0 with memory decoding off.  Out: BX = the command register
set_bar:
	push eax
	mov eax, [v_command]
	and al, ~2
	mov bx, 0x04
	call pci_write
	pop eax
	mov bx, 0x10
	call pci_write
	mov bx, 0x04
	ret

; ---------------------------------------------------------------------------
; borrow_window, return_window: around each call, where the window hides what
; others need (LENT_SEG); it is set up already.  Memory decoding stays on
; meanwhile: only BAR0 moves.  Clobber: flags
; ---------------------------------------------------------------------------
borrow_window:
	push eax
	mov eax, [cs:pxe.window + 2]
	jmp move_window
return_window:
	push eax
	mov eax, [v_bar]
move_window:
	cmp byte [v_mapped], 0
	je .out
	cmp word [cs:pxe.window], LENT_SEG
	jne .out
	push bx
	push dx
	mov bx, 0x10
	call pci_write
	pop dx
	pop bx
.out:
	pop eax
	ret

; ---------------------------------------------------------------------------
; probe_window: does the card show itself at LENT_SEG?  Called far by the
; loader, while the window is there.  What is written is put back, should that
; be memory after all.  In: DS = UNDI data, v_bdf.
; Out: CF=1 no.  Clobbers: EAX, BX, CX, DX, SI, FS
; ---------------------------------------------------------------------------
probe_window:
	mov fs, [cs:pxe.window]
	xor bx, bx
	call pci_read
	cmp eax, 0x100e8086
	stc
	jne .out			; no card, which START_UNDI will say
	cli				; who is interrupted might need a ROM
	push dword [fs:R_EERD]
	call map_window
	mov si, 2
	call read_eeprom
	jc .memory
	mov si, 4
	call read_eeprom
.memory:
	pushf
	call unmap_window
	popf
	pop dword [fs:R_EERD]
	sti
.out:
	retf

; ---------------------------------------------------------------------------
; read_mac: from the EEPROM, or what the firmware left in the receive address
; register if that does not answer.  Clobbers: EAX, CX, DX, SI
; ---------------------------------------------------------------------------
read_mac:
	xor si, si
.word:
	call read_eeprom
	jc .receive_address
	mov [v_perm + si], ax
	add si, 2
	cmp si, 6
	jb .word
.copy:
%ifdef Q_MAC
	mov dword [v_perm], Q_MAC & 0xffffffff
	mov word [v_perm + 4], Q_MAC >> 32
%endif
	mov eax, [v_perm]
	mov [v_mac], eax
	mov ax, [v_perm + 4]
	mov [v_mac + 4], ax
	ret
.receive_address:
	mov eax, [fs:R_RAL]
	mov [v_perm], eax
	mov eax, [fs:R_RAH]
	mov [v_perm + 4], ax
	jmp .copy

; ---------------------------------------------------------------------------
; read_eeprom: AX = the EEPROM's word at byte SI.  Out: CF=1 no answer, neither
; the word's number nor "done".  Clobbers: EAX, CX, DX
; ---------------------------------------------------------------------------
read_eeprom:
	movzx eax, si
	shl eax, 7			; word number from bit 8
	mov dx, ax
	or al, 1			; start
	or dl, 0x10			; done
	mov [fs:R_EERD], eax
	mov cx, 1000
.wait:
	mov eax, [fs:R_EERD]
	cmp ax, dx
	loopne .wait
	stc
	jne .out
	shr eax, 16
	clc
.out:
	ret

; ---------------------------------------------------------------------------
; card_init: reset, then everything but receiving.  Clobbers: EAX, BX, CX, SI
; ---------------------------------------------------------------------------
card_init:
	call card_quiet
	or dword [fs:R_CTRL], CTRL_RST
	mov cx, 200
.wait:
	in al, 0x61			; about a microsecond each
	loop .wait
	mov dword [fs:R_IMC], -1
	or dword [fs:R_CTRL], CTRL_SLU | CTRL_ASDE
	mov eax, [fs:R_ICR]
	; no other addresses than ours, no groups
	xor eax, eax
	mov si, R_RAL
	mov cx, 32
.addresses:
	mov [fs:si], eax
	add si, 4
	loop .addresses
	call clear_hash
	; sending
	mov si, TXRING
	mov eax, [v_phys]
	add eax, TXBUF
	mov cx, TX_COUNT
.tx:
	mov [si], eax
	mov dword [si + 4], 0
	mov dword [si + 8], 0
	mov dword [si + 12], D_DONE
	add si, 16
	add eax, BUF_LEN
	cmp cx, TX_COUNT / 2 + 1
	jne .same_half
	sub eax, TXBUF_END - TXBUF	; two descriptors share a buffer
.same_half:
	loop .tx
	mov eax, [v_phys]
	add eax, TXRING
	mov [fs:R_TDBAL], eax
	xor eax, eax
	mov [fs:R_TDBAH], eax
	mov dword [fs:R_TDLEN], TXRING_LEN
	mov [fs:R_TDH], eax
	mov [fs:R_TDT], eax
	mov word [v_tx], TXRING
	mov word [v_txbuf], TXBUF
	mov dword [fs:R_TIPG], 0x0060200a
	mov dword [fs:R_TCTL], TCTL_ON
	ret

; card_quiet: no interrupts, no receiving.  Clobbers: EAX
card_quiet:
	mov dword [fs:R_IMC], -1
	mov dword [fs:R_RCTL], 0
	mov eax, [fs:R_ICR]
	mov byte [v_irq_off], 0
	mov byte [v_held], 0
	ret

; ---------------------------------------------------------------------------
; card_open: an empty receive ring, the filter, the interrupt.
; Clobbers: EAX, CX, SI
; ---------------------------------------------------------------------------
card_open:
	mov si, RXRING
	mov eax, [v_phys]
	add eax, RXBUF
	mov cx, RX_COUNT
.rx:
	mov [si], eax
	mov dword [si + 4], 0
	mov dword [si + 8], 0
	mov dword [si + 12], 0
	add si, 16
	add eax, BUF_LEN
	loop .rx
	mov word [v_rx], RXRING
	mov word [v_buf], RXBUF
	mov byte [v_held], 0
	mov byte [v_given], 0
	mov byte [v_irq_off], 0
	mov eax, [v_phys]
	add eax, RXRING
	mov [fs:R_RDBAL], eax
	xor eax, eax
	mov [fs:R_RDBAH], eax
	mov dword [fs:R_RDLEN], RX_COUNT * 16
	mov [fs:R_RDH], eax
	mov dword [fs:R_RDT], RX_COUNT - 1
%ifdef QUIRK_FRAMES
	call make_frame
%endif
	call write_filter
%ifndef Q_DEAD_IRQ
	cmp byte [v_irq], 0
	je .out
	mov dword [fs:R_IMS], ICR_RX
.out:
%endif
	ret

; write_filter: v_filter to the card.  QEMU's card is deaf for a second after
; each write of RCTL, so the value goes there once.  Clobbers: EAX
write_filter:
	call write_station
	mov eax, RCTL_EN | RCTL_SECRC	; 2048-byte buffers, frames of up to 1522
	test byte [v_filter], 2		; broadcast
	jz .no_broadcast
	or eax, RCTL_BAM
.no_broadcast:
	test byte [v_filter], 4		; promiscuous
	jz .not_all
	or eax, RCTL_UPE | RCTL_MPE
.not_all:
	mov [fs:R_RCTL], eax
	ret

; write_station: our address, valid only where directed frames are wanted.  Clobbers: EAX
write_station:
	mov eax, [v_mac]
	mov [fs:R_RAL], eax
	movzx eax, word [v_mac + 4]
	test byte [v_filter], 1
	jz .invalid
	or eax, RAH_AV
.invalid:
	mov [fs:R_RAH], eax
	ret

; ---------------------------------------------------------------------------
; set_hash: the groups of the list at ES:SI (u16 count, 16 bytes each) into
; the card's hash table.  Out: CF=1 too many.  Clobbers: EAX, BX, CX, EDX, SI
; ---------------------------------------------------------------------------
set_hash:
	mov cx, [es:si]
	cmp cx, 8
	ja .bad
	push cx
	call clear_hash
	pop cx
	jcxz .out
	add si, 2
.group:
	mov ax, [es:si + 4]		; the last two bytes: the hash is their upper 12 bits
	shr ax, 4
	and ax, 0xfff
	push cx
	mov cl, al
	and cl, 31
	mov edx, 1
	shl edx, cl
	pop cx
	mov bx, ax
	shr bx, 5
	shl bx, 2
	or [fs:R_MTA + bx], edx
	add si, 16
	loop .group
.out:
	clc
	ret
.bad:
	stc
	ret

clear_hash:				; Clobbers: EAX, BX, CX
	xor eax, eax
	mov bx, R_MTA
	mov cx, 128
.next:
	mov [fs:bx], eax
	add bx, 4
	loop .next
	ret

; --- link_speed: EAX = bits per second.  Clobbers: nothing else
link_speed:
	mov eax, [fs:R_STATUS]
	test al, 0x80
	mov eax, 1000000000
	jnz .out
	mov eax, [fs:R_STATUS]
	test al, 0x40
	mov eax, 100000000
	jnz .out
	mov eax, 10000000
.out:
	ret

; --- 0D and 0E: the card's counters are cleared by reading, so they are added up here
get_stats:				; 0D: sent 2, received 6, CRC errors 0Ah, no room 0Eh
	cmp byte [v_state], S_READY
	jb bad_state
	call count
	push di
	add di, 2
	mov si, v_stats
	mov cx, 4
	rep movsd
	pop di
	xor ax, ax
	ret

clear_stats:				; 0E
	cmp byte [v_state], S_READY
	jb bad_state
	call count
	xor eax, eax
	mov [v_stats], eax
	mov [v_stats + 4], eax
	mov [v_stats + 8], eax
	mov [v_stats + 12], eax
	ret

count:
	mov eax, [fs:R_GPTC]
	add [v_stats], eax
	mov eax, [fs:R_GPRC]
	add [v_stats + 4], eax
	mov eax, [fs:R_CRCERRS]
	add [v_stats + 8], eax
	mov eax, [fs:R_MPC]
	add [v_stats + 12], eax
	ret

force_interrupt:			; 10
	must_be S_OPEN
	mov dword [fs:R_ICS], 0x80
	xor ax, ax
	ret
