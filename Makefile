# SPDX-License-Identifier: BSD-2-Clause
# Undine's build: one flat file.  Targets: all run test long unit lab fuzz coverage mutate bench size lint screenshot
# dist install clean (README.md).
# V=1 shows the commands.  Nothing is written outside build/ but the dependency cache (deps/README.md).

MAKEFLAGS += -r --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.PRECIOUS: build/host/%.o build/quick/%.o build/host32/%.o build/fuzz/%.o build/fuzz32/%.o
.DEFAULT_GOAL := all
Q := $(if $(V),,@)
say = $(if $(V),,@echo "  $(1)	$(2)";)

PYTHON := /usr/bin/python3
VERSION = $(shell sed -n 's/.*UNDINE_VERSION "\(.*\)"/\1/p' kernel/version.h)
CC := gcc
HOSTCC := gcc
FUZZCC := clang

D := build/deps
INC := -I. -Ibuild -isystem $(D)/include
WARN := -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wno-format-truncation -Werror
CFLAGS := -std=gnu11 -m32 -march=i686 -mtune=i686 -Oz -mno-sse -mno-mmx -mpreferred-stack-boundary=2 \
	-mstringop-strategy=libcall -fno-pic -fno-pie \
	-fno-stack-protector -fno-omit-frame-pointer -fno-optimize-sibling-calls \
	-fno-guess-branch-probability -fno-tree-pre -fno-tree-dominator-opts \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing \
	-ffunction-sections -fdata-sections $(WARN) $(INC) -isystem $(D)/picolibc/include
LDFLAGS := -m elf_i386 -static --gc-sections -q -z max-page-size=4096 -z noexecstack --no-warn-rwx-segments
# so Mbed TLS's AES-GCM goes through services/tls/gcm.c
GCM := --wrap=mbedtls_gcm_setkey --wrap=mbedtls_gcm_crypt_and_tag --wrap=mbedtls_gcm_auth_decrypt \
	--wrap=mbedtls_aesni_has_support
LIBGCC = $(shell $(CC) -m32 -print-libgcc-file-name)

PURE_KERNEL := $(addprefix kernel/,start/streams.c memmap.c plain.c secret.c v86.c membuf.c err.c entropy.c patch.c \
	carry.c task.c request.c service.c log.c vt.c early.c space.c)
MACHINE_DRIVERS := $(addprefix drivers/undi/,undi.c card.c base_code.c transport.c load.c expansion.c) drivers/pci/pci.c
MACHINE_SERVICES := $(addprefix services/,console/local.c graphics/graphics.c stack/stack.c \
	tls/gcm.c $(addprefix firmware/,machine.c bios.c pci.c pxe.c) $(addprefix boot/,boot.c disk_bios.c \
	$(addsuffix _protocol.c,bootsector freebsd linux mb nbp)))
# --- what is in the loader.  MACHINE touches hardware or the BIOS; WAITING holds tasks and what runs in them; all
# else is pure and also compiles on the host
MACHINE := $(filter-out $(PURE_KERNEL),$(wildcard kernel/*.c)) $(MACHINE_DRIVERS) $(MACHINE_SERVICES)
WAITING := $(wildcard services/*/*_service.c services/*/*_commands.c services/*/*_source.c) \
	services/tls/tls_settings.c \
	$(addprefix services/,$(addprefix command/,run.c editor.c question.c) $(addprefix shell/,session.c source.c) \
	$(addprefix fetch/,connect.c download.c source.c url_words.c) menu/menu_ask.c \
	$(addprefix dhcp/,dhcp_holder.c dhcp_life.c dhcp_log.c) stack/dial.c stack/listener.c \
	$(addprefix pxelinux/,px_load.c px_boot.c px_modules.c px_chain.c px_menu.c px_look.c) \
	$(addprefix boot/freebsd_,files.c confs.c modules.c) \
	$(addprefix modules/,module.c files.c calls.c calls_net.c calls_loader.c calls_watch.c) \
	$(addprefix script/,setting_owner.c setting_forms.c) \
	$(addprefix interface/,interface_settings.c identity.c lease.c) firmware/machine_settings.c \
	trust/trust_check.c http/http_settings.c verify/signature.c \
	verify/vouch.c)
SRC := main.c $(wildcard kernel/*.c drivers/*/*.c net/*.c services/*/*.c sdk/bsd/*.c)
ASM := $(wildcard kernel/*.asm services/*/*.asm)
OBJ := $(SRC:%.c=build/obj/%.o) $(ASM:%.asm=build/obj/%.asm.o)
START_OBJ := build/obj/boot16/start.asm.o build/obj/kernel/start/blob.asm.o build/start/unpack.o \
	build/start/streams.o build/start/memmap.o build/start/e820.o build/start/gate.o

# --- the tools of a build: who lacks one is told so at once; but what sets up by itself, or builds nothing, may begin
SETS_UP := run test long fuzz coverage mutate screenshot setup-run setup-test clean
TOOLS := gcc ld objcopy nasm meson ninja xz bzip2
ifneq ($(filter-out $(SETS_UP),$(or $(MAKECMDGOALS),all)),)
MISSING := $(shell for tool in $(TOOLS); do command -v $$tool >/dev/null || echo $$tool; done)
ifneq ($(MISSING),)
$(error not found: $(MISSING).  tools/setup.sh run installs what a build needs, tools/setup.sh test all)
endif
endif

.PHONY: all padded run test long unit lab fleet fuzz coverage mutate size lint clean setup-run setup-test screenshot \
	dist install
FORMS := 0 elf lkrn iso img
all: $(FORMS:%=build/undine.%) build/undine.7 sdk kernels undirom padded

# --- dependencies: fetched and built once, kept in a cache
build/deps/versions: $(wildcard deps/*)
	$(Q)deps/build.sh
	$(Q)touch -h build/deps

build/gen/abi16.h: boot16/abi.inc
	$(call say,GEN,$@)mkdir -p $(@D); sed -n 's|;|//|; s|^%define|#define|p' $< | sed '1i /* made from $< */' > $@

GENERATED := build/deps/versions build/gen/abi16.h

build/obj/%.o: %.c Makefile | $(GENERATED)
	$(call say,CC,$<)mkdir -p $(@D); $(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# what every received frame passes through is worth more code
build/obj/net/checksum.o build/obj/net/net.o build/obj/net/ip.o build/obj/net/ranges.o: CFLAGS += -O2
build/obj/net/tcp_input.o build/obj/net/tcp_options.o build/obj/net/tcp_recv.o: CFLAGS += -O2
build/obj/services/graphics/canvas.o build/obj/services/graphics/picture.o: CFLAGS += -O2

build/obj/%.asm.o: %.asm
	$(call say,NASM,$<)mkdir -p $(@D); nasm -f elf32 -g -F dwarf -Wall -MD $(@:.o=.d) -MP -MT $@ -o $@ $<

build/boot16/resident.bin: boot16/resident.asm boot16/abi.inc
	$(call say,NASM,$<)mkdir -p $(@D); nasm -f bin -Wall -o $@ $<

build/obj/kernel/start/blob.asm.o: build/boot16/resident.bin

# --- start-up code: linked at 7C00h
build/start/%.o: kernel/start/%.c Makefile | $(GENERATED)
	$(call say,CC,$<)mkdir -p $(@D); $(CC) $(CFLAGS) --param=min-pagesize=0 -MMD -MP -c -o $@ $<
build/start/%.o: kernel/%.c Makefile | $(GENERATED)
	$(call say,CC,$< (start-up))mkdir -p $(@D); $(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

build/start.elf: $(START_OBJ) kernel/start/start.ld
	$(call say,LD,$@)ld -m elf_i386 -static --gc-sections -T kernel/start/start.ld -z noexecstack \
		--no-warn-rwx-segments -o $@ $(START_OBJ) $(D)/lib/liblzma.a $(D)/picolibc/lib/libc.a $(LIBGCC)
build/start.bin: build/start.elf
	$(call say,OBJCOPY,$@)objcopy -O binary -j .text $< $@

# --- the loader
build/loader.elf: $(OBJ) kernel/undine.ld
	$(call say,LD,$@)ld $(LDFLAGS) $(GCM) -T kernel/undine.ld -Map build/undine.map -o $@ $(OBJ) \
		$(D)/lib/libpng.a $(D)/lib/libz.a $(D)/lib/libmbedtls.a $(D)/picolibc/lib/libc.a $(LIBGCC)
build/undine.0: build/loader.elf build/start.bin tools/pack.py tools/streams.py
	$(call say,PACK,$@)$(PYTHON) tools/pack.py build/loader.elf build/start.bin $@

# --- other ways to start it: by a loader of Multiboot2 or Linux, from a CD, from a disk.  $(1) = folder of undine.0
define other_ways
$(1)/mb2.bin: kernel/start/mb2.asm kernel/start/start_nbp.inc boot16/abi.inc $(1)/undine.0
	$$(call say,NASM,$$@)nasm -f bin -Wall -DNBP="'$(1)/undine.0'" -o $$@ $$<
$(1)/undine.elf: build/loader.elf $(1)/mb2.bin tools/mb2.py
	$$(call say,MB2,$$@)objcopy --strip-debug --remove-relocations='*' $$< $$@; \
		$$(PYTHON) -B tools/mb2.py $$@ $(1)/mb2.bin $$@
$(1)/undine.lkrn: kernel/start/lkrn.asm kernel/start/start_nbp.inc boot16/abi.inc boot16/a20.inc $(1)/undine.0
	$$(call say,NASM,$$@)nasm -f bin -Wall -DNBP="'$(1)/undine.0'" -o $$@ $$<
$(1)/undine.iso: build/boot16/disk.bin build/boot16/cd.bin $(1)/undine.0 tools/iso.py tools/disk.py
	$$(call say,ISO,$$@)$$(PYTHON) -B tools/iso.py build/boot16/disk.bin build/boot16/cd.bin $(1)/undine.0 $$@
$(1)/undine.img: build/boot16/disk.bin $(1)/undine.0 tools/disk.py
	$$(call say,IMAGE,$$@)$$(PYTHON) -B tools/disk.py image build/boot16/disk.bin $(1)/undine.0 $$@
endef
$(eval $(call other_ways,build))
build/boot16/%.bin: boot16/%.asm boot16/abi.inc boot16/com1.inc
	$(call say,NASM,$<)mkdir -p $(@D); nasm -f bin -Wall -o $@ $<

# --- what is given away
build/undine.7: docs/undine.7.in docs/options.md examples/dnsmasq.conf kernel/version.h tools/manual.py
	$(call say,MANUAL,$@)mkdir -p $(@D); $(PYTHON) -B tools/manual.py $@
GIVEN := $(FORMS:%=build/undine.%) build/undine.7
dist: $(GIVEN)
	$(Q)$(PYTHON) -B tools/dist.py archive build/undine-$(VERSION).tar.xz
DESTDIR :=
PREFIX := /usr
install: $(GIVEN)
	$(Q)$(PYTHON) -B tools/dist.py install '$(DESTDIR)' '$(PREFIX)'

# --- for tests: as long as it may become
build/padded/undine.0: build/loader.elf build/start.bin tools/pack.py tools/streams.py
	$(call say,PACK,$@)mkdir -p $(@D); $(PYTHON) tools/pack.py build/loader.elf build/start.bin $@ padded
$(eval $(call other_ways,build/padded))
padded: $(FORMS:%=build/padded/undine.%)

# --- test kernels
include tests/kernels/kernels.mk

# --- a ROM of our own
include tests/undirom/undirom.mk

# --- for modules
include sdk/sdk.mk

# --- speed
include tests/bench/bench.mk

# --- host: everything pure, under ASan and UBSan, in 64 and in 32 bit
PURE := $(PURE_KERNEL) $(filter-out $(MACHINE) $(WAITING),$(wildcard drivers/*/*.c net/*.c services/*/*.c sdk/bsd/*.c))
HOSTINC := -I. -Ibuild -I$(D)/include
HOSTFLAGS := -std=gnu11 -g -O1 -fno-omit-frame-pointer -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(WARN) $(HOSTINC)
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
FAKES := $(wildcard tests/unit/fake_*.c)
FAKE_MALLOC := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup
WORLD := $(patsubst tests/world/%.c,%,$(wildcard tests/world/test_*.c))
# the world's own parts, main.c, and all services, whether they wait or ask the BIOS
WORLD_PARTS := $(filter-out $(WORLD:%=tests/world/%.c) tests/world/tap.c,$(wildcard tests/world/*.c)) \
	main.c kernel/pages.c \
	$(filter-out $(PURE),$(wildcard services/*/*.c))
WORLD_MALLOC := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup,--wrap=free \
	-Wl,--wrap=pages_alloc,--wrap=pages_alloc_range,--wrap=pages_free,--wrap=task_create
UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
# what counts in the machine's 32 bit is fuzzed so, too: all that loads what others made
FUZZ32 := $(filter $(addprefix fuzz_,disk elf expand firmware freebsd gunzip handover inflater linux mb1 mb2 nbp \
	picture rom umod),$(FUZZ))

# all that has an instruction of AES or PCLMUL
AESNI := crypt_ecb gcm_mult setkey_enc

# $(1) = folder of the variant, $(2) = compiler, $(3) = flags, $(4) = folder of the libraries
define host_variant
build/$(1)/%.o: %.c Makefile | $(GENERATED)
	$$(call say,CC,$$< ($(1)))mkdir -p $$(@D); $(2) $$(HOSTFLAGS) $(3) -MMD -MP -c -o $$@ $$<
build/$(1)/libundine.a: $(PURE:%.c=build/$(1)/%.o) $(FAKES:%.c=build/$(1)/%.o)
	$$(call say,AR,$$@)rm -f $$@; ar rcs $$@ $$^
endef
$(eval $(call host_variant,host,$(HOSTCC),$(SAN)))
$(eval $(call host_variant,host32,$(HOSTCC),$(SAN) -m32))
# what is timed is as the machine has it
$(eval $(call host_variant,quick,$(HOSTCC),-O2 -w))
FUZZFLAGS := $(SAN) -fsanitize=fuzzer-no-link -Wno-unknown-warning-option
$(eval $(call host_variant,fuzz,$(FUZZCC),$(FUZZFLAGS)))
$(eval $(call host_variant,fuzz32,$(FUZZCC),$(FUZZFLAGS) -m32))

HOSTLIBS = build/$(1)/libundine.a $(foreach l,png z mbedtls,$(D)/$(1:quick=host)/lib$(l).a) \
	build/$(1)/libundine.a
build/unit/%: build/host/tests/unit/%.o build/host/libundine.a
	$(call say,LINK,$@)mkdir -p $(@D); $(HOSTCC) $(SAN) $(FAKE_MALLOC) -o $@ $(filter %.o,$^) \
		$(call HOSTLIBS,host) -lcmocka -Wl,--no-as-needed -lcrypt $(OTHERS)
# an example of the SDK as it is, and so with the SDK's own header beside the host's
build/host/tests/unit/test_bootinfo.o: HOSTFLAGS += -Ibuild/hostsdk
build/host/tests/unit/test_bootinfo.o: build/hostsdk/undine.h build/hostsdk/undine_abi.h
# whom to speak to
TLS_PEERS := tls tls_again tls_client tls_memory tls_revoked tls_trust cms unlock
$(TLS_PEERS:%=build/unit/test_%): OTHERS := -lssl -lcrypto
# parts of MACHINE that stand on fakes of what they touch
build/unit/test_arena: build/host/kernel/arena.o
build/unit/test_gcm: build/host/services/tls/gcm.o
build/unit/test_gcm: OTHERS := -lcrypto $(GCM:%=-Wl,%) $(AESNI:%=-Wl,--wrap=mbedtls_aesni_%)
build/unit/test_e820: build/host/kernel/e820.o
build/unit/test_pages: build/host/kernel/pages.o
build/unit/test_handover_time: build/quick/services/boot/handover.o build/quick/kernel/memmap.o
# $(1) = folder of the variant, $(2) = flags, $(3) = folder of the programs
define world_variant
build/$(1)/libworld.a: $(WORLD_PARTS:%.c=build/$(1)/%.o)
	$$(call say,AR,$$@)rm -f $$@; ar rcs $$@ $$^
build/$(3)/%: build/$(1)/tests/world/%.o build/$(1)/libworld.a build/$(1)/libundine.a
	$$(call say,LINK,$$@)mkdir -p $$(@D); $(HOSTCC) $(2) $(WORLD_MALLOC) -o $$@ $$< \
		-Wl,--start-group build/$(1)/libworld.a $(call HOSTLIBS,$(1)) -Wl,--end-group
endef
$(eval $(call world_variant,host,$(SAN),world))
$(eval $(call world_variant,host32,$(SAN) -m32,world32))
$(eval $(call world_variant,quick,build/quick/tests/unit/bare.o,fleet))
build/fleet/tap: build/quick/tests/unit/bare.o
build/unit32/%: build/host32/tests/fuzz/%.o build/host32/tests/fuzz/replay.o build/host32/libundine.a
	$(call say,LINK,$@)mkdir -p $(@D); $(HOSTCC) -m32 $(SAN) -o $@ $< build/host32/tests/fuzz/replay.o \
		$(call HOSTLIBS,host32)
build/replay/%: build/host/tests/fuzz/%.o build/host/tests/fuzz/replay.o build/host/libundine.a
	$(call say,LINK,$@)mkdir -p $(@D); $(HOSTCC) $(SAN) -o $@ $< build/host/tests/fuzz/replay.o \
		$(call HOSTLIBS,host)
build/fuzzers/%: build/fuzz/tests/fuzz/%.o build/fuzz/libundine.a
	$(call say,LINK,$@)mkdir -p $(@D); $(FUZZCC) $(SAN) -fsanitize=fuzzer -o $@ $< \
		build/fuzz/libundine.a $(D)/host/libpng.a $(D)/host/libz.a $(D)/host/libmbedtls.a build/fuzz/libundine.a
build/fuzzers32/%: build/fuzz32/tests/fuzz/%.o build/fuzz32/libundine.a
	$(call say,LINK,$@)mkdir -p $(@D); $(FUZZCC) -m32 $(SAN) -fsanitize=fuzzer -o $@ $< \
		build/fuzz32/libundine.a $(D)/host32/libpng.a $(D)/host32/libz.a $(D)/host32/libmbedtls.a \
		build/fuzz32/libundine.a

WORLDS := $(WORLD:%=build/world/%) $(WORLD:%=build/world32/%)
# of the tools, with what is built
UNIT_TOOLS := $(addprefix tests/unit/,test_options.py test_dist.py test_undine_cc.py missing_tools long_parts) \
	tests/web/test_requests.py tests/web/test_page.py
unit: $(UNIT:%=build/unit/%) build/web/web $(SDK)/ready $(WORLDS) $(FUZZ:%=build/replay/%) $(FUZZ:%=build/unit32/%) \
	$(GIVEN)
	$(Q)tests/unit/run $(UNIT:%=build/unit/%) $(WORLDS) $(UNIT_TOOLS)
	$(Q)tests/fuzz/replay-all $(FUZZ)

FUZZ_SECONDS := 60
fuzz: setup-test
	$(Q)$(MAKE) $(FUZZ:%=build/fuzzers/%) $(FUZZ32:%=build/fuzzers32/%)
	$(Q)tests/fuzz/run fuzzers $(FUZZ_SECONDS) $(FUZZ)
	$(Q)tests/fuzz/run fuzzers32 $(FUZZ_SECONDS) $(FUZZ32)

# --- what the host's tests reach, and what they would tell: builds of their own in build/trees/
coverage mutate: setup-test
	$(Q)$(PYTHON) -B tools/$@.py $(ARGS)

# --- people's commands; the set-up first, for it may bring what the rest is made with
setup-run setup-test:
	$(Q)tools/setup.sh $(@:setup-%=%)

run: setup-run
	$(Q)$(MAKE) build/undine.0
	$(Q)tools/kernels.sh
	$(Q)$(PYTHON) -B tools/run.py $(RUN)

test: setup-test
	$(Q)$(MAKE) -j$$(nproc) all
	$(Q)$(MAKE) lint size
	$(Q)$(MAKE) -j$$(nproc) unit
	$(Q)$(MAKE) lab

long: setup-test
	$(Q)$(PYTHON) -B tools/long.py $(LONG)

lab: all build/world/tap
	$(Q)tools/kernels.sh lab
	$(Q)tests/lab/run $(LAB)

fleet: all build/fleet/tap
	$(Q)tools/kernels.sh lab
	$(Q)FLEET="$(FLEET)" tests/lab/run tests/lab/long_fleet.py -s

screenshot: setup-run
	$(Q)$(MAKE) build/undine.0
	$(Q)tools/kernels.sh
	$(Q)$(PYTHON) -B tools/run.py --screenshot docs/screen.png
	$(Q)$(PYTHON) -B tools/menu_picture.py docs/menu.png
	$(Q)tools/kernels.sh lab
	$(Q)$(PYTHON) -B tools/menu_picture.py --debian docs/pxelinux.png

size: build/undine.0
	$(Q)$(PYTHON) -B tools/size.py

lint:
	$(Q)$(PYTHON) -B tools/lint.py $(MACHINE) $(WAITING)

-include $(shell find build -path build/trees -prune -o -type f -name '*.d' -print 2>/dev/null)

clean:
	rm -rf build
