; SPDX-License-Identifier: BSD-2-Clause
;
; For the variant that enters protected mode by itself on every call, as
; iPXE's ROM does: a GDT of its own, CR0.PE on and off again.
; Clobbers: nothing.  Mode: real (in v86 its first LGDT faults)
own_pm:
	pushf
	cli
	push eax
	o32 lgdt [cs:own_gdtr]
	o32 lidt [cs:own_idtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp 0x08:.protected
.protected:
	mov eax, cr0
	and al, ~1
	mov cr0, eax
	jmp far [cs:own_back]
.real:
	pop eax
	popf
	ret

align 4
own_gdtr:
	dw 15
	dd 0				; filled by the loader
own_idtr:
	dw 0x3ff			; real mode's: this code is never interrupted
	dd 0
own_back:
	dw own_pm.real, 0
align 8
own_gdt:
	dq 0
	dw 0xffff, 0, 0x9a00, 0
