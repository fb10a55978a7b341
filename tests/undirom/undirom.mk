# SPDX-License-Identifier: BSD-2-Clause
# The test ROM and its misbehaving variants (tests/undirom/README.md has the table):
# build/undi-e1000.rom, build/undirom/NAME.rom, and build/undirom/smoke.img, a disk that calls a ROM without Undine.

UNDIROM := tests/undirom
UNDIROM_SRC := $(wildcard $(UNDIROM)/*.asm $(UNDIROM)/*.inc) $(UNDIROM)/seal.py $(UNDIROM)/undirom.mk

# name:flag[,flag]
UNDIROM_QUIRKS := fragments:FRAGMENTS frame-zero:FRAME_ZERO frame-short:FRAME_SHORT flag:FLAG endless:ENDLESS \
	dead-irq:DEAD_IRQ no-irq:NO_IRQ init-fails:INIT_FAILS restart-fails:RESTART_FAILS \
	restart-slow:RESTART_FAILS,TICK_WAIT,TICK_CLOSE start-fails:START_FAILS nic-type:NIC_TYPE \
	retf-pops:RETF_POPS retf-leaves:RETF_LEAVES iret:IRET trash:TRASH df:DF tx-unknown:TX_UNKNOWN tx-busy:TX_BUSY \
	hang-v86:HANG_V86 hang-v86-cli:HANG_V86,CLI hang-v86-late:HANG_V86_LATE \
	hang-real-late:HANG_REAL_LATE hang-pm:HANG_PM hang-pm-late:HANG_PM_LATE \
	hang-pm-late-cli:HANG_PM_LATE,CLI \
	hang-pm-cli:HANG_PM,CLI pm-fault:PM_FAULT pm-fault-late:PM_FAULT_LATE pm-int:PM_INT \
	pm-cs-write:PM_CS_WRITE own-pm:OWN_PM own-pm-late:OWN_PM,OWN_PM_LATE own-pm-pm-fault:OWN_PM,PM_FAULT \
	pci-bios:PCI_BIOS tick-wait:TICK_WAIT unmask:UNMASK \
	callout:CALLOUT callout-always:CALLOUT,CALLOUT_ALWAYS pxenv-only:PXENV_ONLY \
	loader-fails:LOADER_FAILS loader-hangs:LOADER_HANGS rom-sum:ROM_SUM id-short:ID_SHORT id-cut:ID_CUT \
	id-outside:ID_OUTSIDE loader-outside:LOADER_OUTSIDE pxe-sum:PXE_SUM both-sums:BOTH_SUMS \
	pxe-outside:PXE_OUTSIDE \
	entry-outside:ENTRY_OUTSIDE segment-outside:SEGMENT_OUTSIDE \
	mac-zeros:MAC=0 mac-ones:MAC=0xffffffffffff mac-group:MAC=0x0100005e0001
comma := ,
UNDIROM_ROMS := build/undi-e1000.rom $(foreach q,$(UNDIROM_QUIRKS),build/undirom/$(firstword $(subst :, ,$(q))).rom)

.PHONY: undirom
undirom: $(UNDIROM_ROMS) build/undirom/smoke.img

# $(1) = ROM, $(2) = flags
define undirom_rule
$(1): $(UNDIROM_SRC)
	$$(call say,ROM,$$@)mkdir -p build/undirom; \
		nasm -f bin -Wall -I $(UNDIROM)/ $(patsubst %,-DQ_%,$(2)) -o $$@.raw $(UNDIROM)/rom.asm && \
		$$(PYTHON) $(UNDIROM)/seal.py $$@.raw $$@; rm $$@.raw
endef
$(eval $(call undirom_rule,build/undi-e1000.rom,))
# $(1) = NAME:MACRO,MACRO...
undirom_name = build/undirom/$(firstword $(subst :, ,$(1))).rom
undirom_macros = $(subst $(comma), ,$(lastword $(subst :, ,$(1))))
undirom_quirk = $(call undirom_rule,$(call undirom_name,$(1)),$(call undirom_macros,$(1)))
$(foreach q,$(UNDIROM_QUIRKS),$(eval $(call undirom_quirk,$(q))))

build/undirom/smoke.img: $(UNDIROM)/smoke.asm $(wildcard $(UNDIROM)/smoke_*.asm)
	$(call say,NASM,$<)mkdir -p $(@D); nasm -f bin -Wall -I $(UNDIROM)/ -o $@ $<
