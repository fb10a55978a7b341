# SPDX-License-Identifier: BSD-2-Clause
# Test kernels, included by the Makefile: `make kernels`, into build/kernels/.
# mb2dump prints what a Multiboot2 loader gave it; the variants differ in
# header tags (mb2head.asm), link address and file format.

KERNELS_SRC := tests/kernels
KERNELS_OUT := build/kernels
MB2_CFLAGS := -I. -std=gnu11 -m32 -march=i686 -O2 -mno-sse -mno-mmx -ffreestanding -fpie -fno-plt -fno-jump-tables \
	-fno-stack-protector --param=min-pagesize=0 -fno-asynchronous-unwind-tables -Wall -Wextra -Werror

# name and link address, then NASM's flags
MB2_ALL := elf32 flat flatwhole modalign request reloc relocany reloclow relocfar high low big unbooted
MB2_BASE_high := 0x6000000
MB2_BASE_low := 0x1000
MB2_BASE_unbooted := 0xa0000
MB2_FLAGS_flat := -DFLAT
MB2_FLAGS_flatwhole := -DFLAT -DFLAT_WHOLE
MB2_FLAGS_modalign := -DMODALIGN -DEXTRA='4,3'
MB2_FLAGS_request := -DREQUEST='1,2,3,4,6,9,14,15,16,21'
# minimum, maximum, alignment, preference (0 none, 1 low, 2 high)
MB2_FLAGS_reloc := -DRELOC='0x400000,0xffffffff,0x200000,2'
MB2_FLAGS_relocany := -DRELOC='0x100000,0xffffffff,0,0'
MB2_FLAGS_reloclow := -DRELOC='0x2345678,0x4000000,0x1000,1'
MB2_FLAGS_relocfar := -DRELOC='0xf0000000,0xf0100000,0x1000,1'
MB2_FLAGS_big := -DBIG=0x5800000
# must be refused: an unknown information tag, an unknown header tag, graphics; must be accepted: EFI's tags
MB2_ALL += badrequest badtag graphics efi
MB2_FLAGS_badrequest := -DREQUEST='1,99'
MB2_FLAGS_badtag := -DEXTRA='76,1,2'
MB2_FLAGS_graphics := -DEXTRA='5,1024,768,32'
MB2_FLAGS_efi := -DEXTRA='9,0x100000'

MB2_FLAT := flat flatwhole
MB2_KERNELS := $(patsubst %,$(KERNELS_OUT)/mb2dump-%.elf,$(filter-out $(MB2_FLAT),$(MB2_ALL))) \
	$(patsubst %,$(KERNELS_OUT)/mb2dump-%.bin,$(MB2_FLAT)) $(KERNELS_OUT)/mb2dump-elf64.elf

.PRECIOUS: $(KERNELS_OUT)/%.o
.PHONY: kernels
kernels: $(MB2_KERNELS)

$(KERNELS_OUT)/%.o: $(KERNELS_SRC)/%.c $(KERNELS_SRC)/kernlib.h
	$(call say,CC,$<)mkdir -p $(@D); $(CC) $(MB2_CFLAGS) -c -o $@ $<
$(KERNELS_OUT)/head-%.o: $(KERNELS_SRC)/mb2head.asm $(KERNELS_SRC)/kernels.mk
	$(call say,NASM,$< ($*))mkdir -p $(@D); nasm -f elf32 -Wall $(MB2_FLAGS_$*) -o $@ $<
$(KERNELS_OUT)/mb2dump-%.elf: $(KERNELS_OUT)/head-%.o $(KERNELS_OUT)/mb2dump.o $(KERNELS_OUT)/kernlib.o $(KERNELS_SRC)/mb2dump.ld
	$(call say,LD,$@)ld -m elf_i386 -static --no-warn-rwx-segments -z noexecstack --build-id=none -z max-page-size=4096 \
		--defsym=BASE=$(or $(MB2_BASE_$*),0x100000) -T $(KERNELS_SRC)/mb2dump.ld -o $@ $< $(KERNELS_OUT)/mb2dump.o $(KERNELS_OUT)/kernlib.o
$(KERNELS_OUT)/mb2dump-elf64.elf: $(KERNELS_OUT)/mb2dump-elf32.elf
	$(call say,OBJCOPY,$@)objcopy -I elf32-i386 -O elf64-x86-64 $< $@
# with load_end 0 nobody zeroes the BSS, so it has to be in the file
$(KERNELS_OUT)/mb2dump-flatwhole.bin: $(KERNELS_OUT)/mb2dump-flatwhole.elf
	$(call say,OBJCOPY,$@)objcopy -O binary --set-section-flags .bss=alloc,load,contents $< $@
$(KERNELS_OUT)/mb2dump-flat.bin: $(KERNELS_OUT)/mb2dump-flat.elf
	$(call say,OBJCOPY,$@)objcopy -O binary $< $@
