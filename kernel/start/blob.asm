; SPDX-License-Identifier: BSD-2-Clause
; The resident 16-bit segment's code, to be copied to its place.
section .rodata
global resident_code, resident_code_end
resident_code:
	incbin "build/boot16/resident.bin"
resident_code_end:
