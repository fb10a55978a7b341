# SPDX-License-Identifier: BSD-2-Clause
# Test kernels, included by the Makefile: `make kernels`, into build/kernels/.
# mb2dump and mb1dump print what a Multiboot2 or Multiboot loader gave them;
# the variants differ in header (head.asm), link address and file format.

KERNELS_SRC := tests/kernels
KERNELS_OUT := build/kernels
KERNELS_CFLAGS := -I. -std=gnu11 -m32 -march=i686 -O2 -mno-sse -mno-mmx -ffreestanding -fpie -fno-plt -fno-jump-tables \
	-fno-stack-protector --param=min-pagesize=0 -fno-asynchronous-unwind-tables -Wall -Wextra -Werror

# name and link address, then NASM's flags
MB2_ALL := elf32 flat flatwhole modalign request reloc relocany reloclow relocfar high low big unbooted
MB2_BASE_high := 0x6000000
MB2_BASE_low := 0x1000
MB2_BASE_unbooted := 0xa0000
MB2_FLAGS_flat := -DFLAT
MB2_FLAGS_flatwhole := -DFLAT -DFLAT_WHOLE
MB2_FLAGS_modalign := -DMODALIGN -DEXTRA='4,3'
MB2_FLAGS_request := -DREQUEST='1,2,3,4,6,7,8,9,10,13,14,15,16,21'
# minimum, maximum, alignment, preference (0 none, 1 low, 2 high)
MB2_FLAGS_reloc := -DRELOC='0x400000,0xffffffff,0x200000,2'
MB2_FLAGS_relocany := -DRELOC='0x100000,0xffffffff,0,0'
MB2_FLAGS_reloclow := -DRELOC='0x2345678,0x4000000,0x1000,1'
MB2_FLAGS_relocfar := -DRELOC='0xf0000000,0xf0100000,0x1000,1'
MB2_FLAGS_big := -DBIG=0x5800000
# every information tag required, and each header tag that no variant above has
MB2_ALL += needs console efibs efi32 efi
MB2_FLAGS_needs := -DREQUEST='0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21'
MB2_FLAGS_console := -DEXTRA='4,3'
MB2_FLAGS_efibs := -DEXTRA='7'
MB2_FLAGS_efi32 := -DEXTRA='8,0x100000'
MB2_FLAGS_efi := -DEXTRA='9,0x100000'
# must be refused: an unknown information tag, an unknown header tag
MB2_ALL += badrequest badtag
MB2_FLAGS_badrequest := -DREQUEST='1,99'
MB2_FLAGS_badtag := -DEXTRA='76,1,2'
# screens: width, height, depth; a console that must not be text
MB2_ALL += graphics anymode hicolour sizeonly oddmode textmode notext
MB2_FLAGS_graphics := -DEXTRA='5,1024,768,32'
MB2_FLAGS_anymode := -DEXTRA='5,0,0,0'
MB2_FLAGS_hicolour := -DEXTRA='5,800,600,16'
MB2_FLAGS_sizeonly := -DEXTRA='5,640,480,0'
MB2_FLAGS_oddmode := -DEXTRA='5,1000,700,24'
MB2_FLAGS_textmode := -DEXTRA='5,80,25,0' -DEXTRA2='4,3'
MB2_FLAGS_notext := -DEXTRA='4,1'
# nothing that says how to boot it
MB2_ALL += plain plainlow
MB2_FLAGS_plain := -DNOHEADER
MB2_FLAGS_plainlow := -DNOHEADER
MB2_BASE_plainlow := 0x8000
MB2_FLAT := flat flatwhole plainlow

MB1_ALL := elf32 kludge video textvideo badflag
MB1_FLAGS_elf32 := -DMB1=3
MB1_FLAGS_kludge := -DMB1=3 -DFLAT
MB1_FLAGS_video := -DMB1=7 -DVIDEO='0,800,600,32'
MB1_FLAGS_textvideo := -DMB1=7 -DVIDEO='1,80,25,0'
MB1_FLAGS_badflag := -DMB1=0x43
MB1_FLAT := kludge

KERNELS := $(patsubst %,$(KERNELS_OUT)/mb2dump-%.elf,$(filter-out $(MB2_FLAT),$(MB2_ALL)) elf64) \
	$(patsubst %,$(KERNELS_OUT)/mb2dump-%.bin,$(MB2_FLAT)) \
	$(patsubst %,$(KERNELS_OUT)/mb1dump-%.elf,$(filter-out $(MB1_FLAT),$(MB1_ALL)) elf64) \
	$(patsubst %,$(KERNELS_OUT)/mb1dump-%.bin,$(MB1_FLAT))

.PRECIOUS: $(KERNELS_OUT)/%.o $(KERNELS_OUT)/mb2head-%.o $(KERNELS_OUT)/mb1head-%.o \
	$(KERNELS_OUT)/mb2dump-%.elf $(KERNELS_OUT)/mb1dump-%.elf
.PHONY: kernels
kernels: $(KERNELS)

# $(1) = mb2 or mb1, $(2) = MB2 or MB1
define kernel_family
$(KERNELS_OUT)/$(1)head-%.o: $(KERNELS_SRC)/head.asm $(KERNELS_SRC)/kernels.mk
	$$(call say,NASM,$$< ($(1) $$*))mkdir -p $$(@D); nasm -f elf32 -Wall $$($(2)_FLAGS_$$*) -o $$@ $$<
$(KERNELS_OUT)/$(1)dump-%.elf: $(KERNELS_OUT)/$(1)head-%.o $(KERNELS_OUT)/$(1)dump.o \
	$(KERNELS_OUT)/kernlib.o $(KERNELS_SRC)/kernel.ld
	$$(call say,LD,$$@)ld -m elf_i386 -static --no-warn-rwx-segments -z noexecstack --build-id=none \
		-z max-page-size=4096 \
		--defsym=BASE=$$(or $$($(2)_BASE_$$*),0x100000) -T $(KERNELS_SRC)/kernel.ld -o $$@ $$(filter %.o,$$^)
$(KERNELS_OUT)/$(1)dump-elf64.elf: $(KERNELS_OUT)/$(1)dump-elf32.elf
	$$(call say,OBJCOPY,$$@)objcopy -I elf32-i386 -O elf64-x86-64 $$< $$@
endef
$(eval $(call kernel_family,mb2,MB2))
$(eval $(call kernel_family,mb1,MB1))

$(KERNELS_OUT)/%.o: $(KERNELS_SRC)/%.c $(KERNELS_SRC)/kernlib.h
	$(call say,CC,$<)mkdir -p $(@D); $(CC) $(KERNELS_CFLAGS) -c -o $@ $<
# where nobody zeroes the BSS, it has to be in the file
$(KERNELS_OUT)/mb2dump-flatwhole.bin $(KERNELS_OUT)/mb2dump-plainlow.bin: %.bin: %.elf
	$(call say,OBJCOPY,$@)objcopy -O binary --set-section-flags .bss=alloc,load,contents $< $@
$(KERNELS_OUT)/%.bin: $(KERNELS_OUT)/%.elf
	$(call say,OBJCOPY,$@)objcopy -O binary $< $@

include $(KERNELS_SRC)/freebsd.mk
