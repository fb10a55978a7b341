; SPDX-License-Identifier: BSD-2-Clause
;
; undine.lkrn: to a loader, a Linux kernel (Linux's Documentation/arch/x86/boot.rst,
; protocol 2.07): GRUB's linux and linux16, syslinux, QEMU's -kernel, iPXE,
; Undine.  The setup code, at the loader's mercy for its place, only goes to
; 32-bit mode; what lies at 1 MiB, which some loaders enter by themselves,
; holds the whole of undine.0 and starts it (start_nbp.inc), with the command
; line as its arguments, and a script as its initrd.
;
; In:   setup code: CS = its segment + 20h, SS:SP = a stack; real mode.
;       code at 1 MiB: ESI -> setup header, or a zero page; flat 32-bit mode, IF = 0
; Mode: real, 32-bit, real

%include "boot16/abi.inc"

%define HIGH_AT 0x100000
%define SECTOR 512
%define SETUP_SECTS 2			; behind the first sector
%define SEL_BOOT_CODE 0x10		; boot.rst, 32-bit boot protocol
%define SEL_BOOT_DATA 0x18
%define HDR_RAMDISK 0x218
%define HDR_CMDLINE 0x228

section .setup start=0 vstart=0
bits 16
setup:
	int 0x18			; somebody takes it for a disk: the BIOS's next device
	jmp 0xffff:0
	times NBP_MAGIC_AT - ($ - $$) db 0
	dd NBP_MAGIC			; so that an Undine that gets it in a script's place knows itself
	times 0x1f1 - ($ - $$) db 0
	db SETUP_SECTS
	dw 0				; root_flags
	dd (high_end - high_code) / 16	; syssize
	dw 0				; ram_size
	dw 0xffff			; vid_mode: as it is
	dw 0				; root_dev
	dw 0xaa55
	jmp short setup_code		; 200h
	db "HdrS"
	dw 0x207			; no payload is described: whoever knows how enters the setup code
	dd 0				; realmode_swtch
	dw HIGH_AT >> 12		; start_sys_seg
	dw version - SECTOR
	db 0				; type_of_loader
	db 1				; loadflags: LOADED_HIGH
	dw 0				; setup_move_size
	dd HIGH_AT			; code32_start
	dd 0, 0				; 218h: ramdisk_image, ramdisk_size
	dd 0				; bootsect_kludge
	dw 0				; heap_end_ptr
	db 0, 0				; ext_loader_ver, ext_loader_type
	dd 0				; 228h: cmd_line_ptr
	dd 0xffffffff			; initrd_addr_max
	dd 0				; kernel_alignment
	db 0, 0				; relocatable_kernel, min_alignment
	dw 0				; xloadflags
	dd NBP_ARGS_LEN - 2		; cmdline_size, without its NUL
	dd 0				; hardware_subarch
	dq 0				; hardware_subarch_data
setup_code:
	cli
	cld
	mov ax, cs
	sub ax, SECTOR / 16
	mov ds, ax
	movzx esi, ax
	shl esi, 4			; the header, for the code at 1 MiB
	call a20_open
	jc shut
	lea eax, [esi + setup_gdt]
	mov [setup_gdtr + 2], eax
	o32 lgdt [setup_gdtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp short .here
.here:
	mov ax, SEL_BOOT_DATA
	mov ds, ax
	mov es, ax
	mov ss, ax
	jmp dword SEL_BOOT_CODE:HIGH_AT
shut:
	sti
	mov si, msg_a20
.next:
	lodsb
	test al, al
	jz .end
	mov ah, 0x0e
	mov bx, 7
	int 0x10
	jmp .next
.end:
	int 0x18
	jmp 0xffff:0

%include "boot16/a20.inc"

msg_a20 db "undine: the A20 gate does not open; extended memory is out of reach", 13, 10, 0
version	db "Undine", 0
align 8, db 0
setup_gdt:
	dq 0, 0
	dq 0x00cf9b000000ffff		; flat code
	dq 0x00cf93000000ffff		; flat data
setup_gdtr:
	dw $ - setup_gdt - 1
	dd 0
	times (SETUP_SECTS + 1) * SECTOR - ($ - $$) db 0

section .high follows=.setup vstart=HIGH_AT
bits 32
high_code:
	jmp entry

%include "kernel/start/start_nbp.inc"

bits 32
entry:
	cld
	mov eax, [esi + HDR_RAMDISK]
	mov [linux], eax
	mov eax, [esi + HDR_RAMDISK + 4]
	mov [linux + 4], eax
	xor edx, edx			; no arguments
	mov ebp, LOW_LINUX
	mov esp, stack_end
	mov esi, [esi + HDR_CMDLINE]
	test esi, esi
	jz .go
	call take_args
.go:
	jmp start_nbp

	align 16, db 0
high_end:
