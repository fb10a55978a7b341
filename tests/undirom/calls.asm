; SPDX-License-Identifier: BSD-2-Clause
;
; The UNDI calls that only touch state and answers (PXE 2.1, 4.3), and the
; table of all.

; --- the calls by opcode: In DS, ES:DI, FS = register window, [bp-4]; out AX = status; clobbers all but BP, SP, DS
calls:
	dw start_undi, startup, cleanup, initialize, reset, shutdown, open, close		; 00
	dw transmit, set_mcast, set_station, set_filter, get_information, get_stats, clear_stats, unsupported	; 08
	dw force_interrupt, get_mcast, get_nic_type, get_iface, unsupported, stop_undi	; 10

unsupported:
	mov ax, E_UNSUPPORTED
	ret

; must_be STATE: ends the call with an error in any other
%macro must_be 1
	cmp byte [v_state], %1
	jne bad_state
%endmacro
bad_state:
	mov ax, E_STATE
	ret

start_undi:				; 00: AX 2 = bus/dev/fn
%ifdef Q_START_FAILS
	mov ax, E_NIC
	ret
%endif
	must_be S_STOPPED
	mov ax, [es:di + 2]
	mov [v_bdf], ax
	xor bx, bx
	call pci_read
	cmp eax, 0x100e8086
	jne .no_card
	mov bx, 0x3c
	call pci_read
%ifdef Q_NO_IRQ
	xor al, al
%endif
	cmp al, 15
	jbe .irq
	xor al, al
.irq:
	mov [v_irq], al
	call map_window
	call read_mac
	mov byte [v_state], S_STARTED
	xor ax, ax
	ret
.no_card:
	mov ax, E_NIC
	ret

startup:				; 01
	must_be S_STARTED
	call map_window
	mov byte [v_state], S_UP
	xor ax, ax
	ret

cleanup:				; 02
	must_be S_UP
	call unmap_window
	mov byte [v_state], S_STARTED
	xor ax, ax
	ret

initialize:				; 03
	must_be S_UP
%ifdef Q_CALLOUT
	call status_callout
%endif
%ifdef Q_RESTART_FAILS
	cmp word [v_quirk], 0
	je .up
	dec word [v_quirk]
	mov ax, E_MEDIA
	jnz .out
.up:
%endif
%ifdef Q_INIT_FAILS
	inc word [v_quirk]
	mov ax, E_MEDIA
	cmp word [v_quirk], 10
	jb .out
%endif
	call card_init
	mov byte [v_state], S_READY
	xor ax, ax
.out:
	ret

reset:					; 04
	cmp byte [v_state], S_READY
	jb bad_state
	call card_init
	cmp byte [v_state], S_OPEN
	jne .out
	call card_open
.out:
	xor ax, ax
	ret

shutdown:				; 05
	must_be S_READY
	call card_quiet
	mov byte [v_state], S_UP
	xor ax, ax
	ret

open:					; 06: flag 2, filter 4, multicast list 6
	must_be S_READY
	mov ax, [es:di + 4]
	mov [v_filter], ax
	lea si, [di + 6]
	call set_hash
	jc bad_param
	call card_open
	mov byte [v_state], S_OPEN
	xor ax, ax
	ret

close:					; 07
	must_be S_OPEN
	call card_quiet
	mov byte [v_state], S_READY
%ifdef Q_RESTART_FAILS
	mov byte [v_state], S_UP
	mov word [v_quirk], 10
%endif
	xor ax, ax
	ret

set_mcast:				; 09: list 2
	must_be S_OPEN
	lea si, [di + 2]
	call set_hash
	jc bad_param
	xor ax, ax
	ret

bad_param:
	mov ax, E_PARAM
	ret

set_station:				; 0A: address 2; before OPEN
	cmp byte [v_state], S_OPEN
	je bad_state
	cmp byte [v_state], S_STARTED
	jb bad_state
	test byte [es:di + 2], 1
	jnz bad_param
	mov eax, [es:di + 2]
	mov [v_mac], eax
	mov ax, [es:di + 6]
	mov [v_mac + 4], ax
	call write_station
	xor ax, ax
	ret

set_filter:				; 0B: filter 2 (a byte)
	must_be S_OPEN
	mov al, [es:di + 2]
	mov [v_filter], al
	call write_filter
	xor ax, ax
	ret

get_information:			; 0C
	cmp byte [v_state], S_STARTED
	jb bad_state
	push di
	add di, 2
	xor ax, ax
	stosw				; BaseIo: the card has none that works
	mov al, [v_irq]
	stosw
	mov ax, 1500
	stosw
	mov ax, 1
	stosw
	mov ax, 6
	stosw
	mov si, v_mac
	call .address
	mov si, v_perm
	call .address
	mov ax, [cs:pxe.rom_id + 2]
	stosw
	mov ax, RX_COUNT
	stosw
	mov ax, TX_COUNT / 2
	stosw
	pop di
	xor ax, ax
	ret
.address:
	movsd
	movsw
	xor eax, eax
	stosw
	stosd
	stosd
	ret

get_mcast:				; 11: IP address 2, answer 6 (RFC 1112, 6.4)
	cmp byte [es:di + 2], 224
	jb bad_param
	cmp byte [es:di + 2], 239
	ja bad_param
	mov word [es:di + 6], 0x0001
	mov byte [es:di + 8], 0x5e
	mov eax, [es:di + 2]
	shr eax, 8
	and al, 0x7f
	mov [es:di + 9], ax
	shr eax, 16
	mov [es:di + 11], al
	xor ax, ax
	ret

get_nic_type:				; 12
%ifdef Q_NIC_TYPE
	xor ax, ax
	ret
%endif
	cmp byte [v_state], S_STARTED
	jb bad_state
	add di, 2
	mov al, 2			; PCI
	stosb
	xor bx, bx
	call pci_read
	stosd				; vendor, device
	mov bx, 8
	call pci_read
	bswap eax			; in memory: class, subclass, interface, revision
	stosd
	mov ax, [v_bdf]
	stosw
	mov bx, 0x2c
	call pci_read
	stosd				; subsystem's vendor and number
	xor ax, ax
	ret

get_iface:				; 13
	cmp byte [v_state], S_STARTED
	jb bad_state
	add di, 2
	push ds
	push cs
	pop ds
	mov si, iface_type
	mov cx, 8
	rep movsw
	pop ds
	call link_speed
	stosd
	; broadcast, multicast, promiscuous, address, statistics, reset, open, interrupts
	mov eax, 0x1c3b
	stosd
	xor eax, eax
	mov cx, 4
	rep stosd
	ret

iface_type:
	db "DIX+802.3", 0, 0, 0, 0, 0, 0, 0

stop_undi:				; 15
	cmp byte [v_state], S_OPEN
	je bad_state
	cmp byte [v_state], S_READY
	jne .quiet
	call card_quiet
.quiet:
	call unmap_window
	mov byte [v_state], S_STOPPED
	xor ax, ax
	ret

%ifdef Q_CALLOUT
; status_callout: tells whoever asked for it (!PXE.StatusCallout) that we are busy.
; CF = 1: we shall stop, or nobody asked though we are in protected mode
status_callout:
	mov eax, [cs:pxe.callout]
	test eax, eax
	jz .none
	cmp eax, -1
	je .none
	push word 0
	push word 0
	call far [cs:pxe.callout]
	add sp, 4
	neg ax
	ret
.none:
	cmp word [bp - 4], WINDOW_SEG
	jae .real
	stc
.real:
	ret
%endif
