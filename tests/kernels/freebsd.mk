# SPDX-License-Identifier: BSD-2-Clause
# fbsddump, as an amd64 and as an i386 kernel of FreeBSD's, and a module for each; included by kernels.mk.

FREEBSD_BASE_amd64 := 0x200000
FREEBSD_BASE_i386 := 0x400000
FREEBSD_FLAGS_amd64 := -DAMD64
FREEBSD_FORMAT_amd64 := -O elf64-x86-64
FREEBSD_FORMAT_i386 := -O elf32-i386

FREEBSD_MODULE := -std=gnu11 -O1 -ffreestanding -fno-asynchronous-unwind-tables -fno-stack-protector -Wall \
	-Wextra -Werror
FREEBSD_MODULES := fbsdmodule fbsdfirst fbsdsecond
FREEBSD_MODULE_fbsdfirst := -DNAME='"first"' -DNEEDS='"second"'
FREEBSD_MODULE_fbsdsecond := -DNAME='"second"'
kernels: $(foreach a,amd64 i386,$(KERNELS_OUT)/fbsddump-$(a).elf $(FREEBSD_MODULES:%=$(KERNELS_OUT)/%-$(a).ko))

$(FREEBSD_MODULES:%=$(KERNELS_OUT)/%-amd64.ko): $(KERNELS_OUT)/%-amd64.ko: $(KERNELS_SRC)/fbsdmodule.c \
	$(KERNELS_SRC)/freebsd.mk
	$(call say,CC,$@)mkdir -p $(@D); $(CC) $(FREEBSD_MODULE) $(FREEBSD_MODULE_$*) -m64 \
		-mcmodel=kernel -mno-red-zone -fno-pic -c -o $@ $<
$(FREEBSD_MODULES:%=$(KERNELS_OUT)/%-i386.ko): $(KERNELS_OUT)/%-i386.ko: $(KERNELS_SRC)/fbsdmodule.c \
	$(KERNELS_SRC)/freebsd.mk
	$(call say,CC,$@)mkdir -p $(@D); $(CC) $(FREEBSD_MODULE) $(FREEBSD_MODULE_$*) -m32 -fpic -shared -nostdlib \
		-Wl,--build-id=none,--hash-style=sysv -o $@ $<

.PRECIOUS: $(KERNELS_OUT)/fbsdhead-%.o
$(KERNELS_OUT)/fbsdhead-%.o: $(KERNELS_SRC)/freebsdhead.asm $(KERNELS_SRC)/freebsd.mk
	$(call say,NASM,$< ($*))mkdir -p $(@D); nasm -f elf32 -Wall $(FREEBSD_FLAGS_$*) -o $@ $<
$(KERNELS_OUT)/fbsddump-%.elf: $(KERNELS_OUT)/fbsdhead-%.o $(KERNELS_OUT)/fbsddump.o \
	$(KERNELS_OUT)/kernlib.o $(KERNELS_SRC)/freebsd.ld $(KERNELS_SRC)/freebsdelf.py
	$(call say,LD,$@)ld -m elf_i386 -static --no-warn-rwx-segments -z noexecstack --build-id=none \
		-z max-page-size=4096 \
		--defsym=BASE=$(FREEBSD_BASE_$*) -T $(KERNELS_SRC)/freebsd.ld -o $@.low $< \
		$(KERNELS_OUT)/fbsddump.o $(KERNELS_OUT)/kernlib.o; \
		objcopy -I elf32-i386 $(FREEBSD_FORMAT_$*) $@.low; $(PYTHON) -B $(KERNELS_SRC)/freebsdelf.py $@.low $@
