# SPDX-License-Identifier: BSD-2-Clause
# The SDK for modules, in build/sdk: picolibc and our headers, the library, undine-cc, and the examples as .umod.

SDK := build/sdk
SDK_LIB := $(patsubst sdk/lib/%.c,$(SDK)/obj/%.o,$(wildcard sdk/lib/*.c))
SDK_EXAMPLES := $(patsubst sdk/examples/%.c,$(SDK)/examples/%.umod,$(wildcard sdk/examples/*.c)) \
	$(SDK)/examples/web.umod
SDK_WEB := $(sort $(wildcard sdk/examples/web/*.c))
SDK_WEB_ALL := $(sort $(wildcard sdk/examples/web/*))
# modules of the tests
SDK_TESTS := $(patsubst tests/modules/%.c,$(SDK)/tests/%.umod,$(wildcard tests/modules/*.c))
SDK_HEADERS := $(patsubst sdk/include/%,$(SDK)/include/%,$(shell find sdk/include -name '*.h'))
SDK_WARN := -Wall -Wextra -Werror -Wno-builtin-declaration-mismatch

.PHONY: sdk
.SECONDARY: $(SDK_HEADERS)
sdk: $(SDK)/ready $(SDK_EXAMPLES) $(SDK_TESTS)

# picolibc's headers, and ours that come before them
$(SDK)/libc: build/deps/versions sdk/sdk.mk
	$(call say,SDK,$@)rm -rf $(SDK)/include; mkdir -p $(SDK)/include $(SDK)/lib; \
		cp -r $(D)/sdk/include $(SDK)/include/picolibc; \
		cp $(D)/sdk/lib/libc.a $(D)/sdk/lib/libm.a $(SDK)/lib; touch $@
$(SDK)/include/%.h: sdk/include/%.h $(SDK)/libc
	$(call say,SDK,$@)mkdir -p $(@D); cp $< $@
$(SDK)/bin/undine-cc: sdk/bin/undine-cc
	$(call say,SDK,$@)mkdir -p $(@D); cp $< $@
$(SDK)/lib/module.ld: sdk/lib/module.ld | $(SDK)/libc
	$(call say,SDK,$@)cp $< $@
$(SDK)/obj/%.o: sdk/lib/%.c $(wildcard sdk/lib/*.h) $(SDK_HEADERS) $(SDK)/bin/undine-cc
	$(call say,SDK,$<)mkdir -p $(@D); $(SDK)/bin/undine-cc $(SDK_WARN) -Os -c $< -o $@
$(SDK)/lib/libundine.a: $(filter-out %/start.o,$(SDK_LIB))
	$(call say,AR,$@)rm -f $@; ar rcsD $@ $^
$(SDK)/lib/start.o: $(SDK)/obj/start.o
	$(call say,SDK,$@)cp $< $@
$(SDK)/ready: $(SDK)/bin/undine-cc $(SDK)/lib/module.ld $(SDK)/lib/libundine.a $(SDK)/lib/start.o
	$(Q)touch $@
$(SDK)/tests/%.umod: tests/modules/%.c $(SDK)/ready
	$(call say,MODULE,$@)mkdir -p $(@D); $(SDK)/bin/undine-cc $(SDK_WARN) $< -o $@
$(SDK)/examples/%.umod: sdk/examples/%.c $(SDK)/ready
	$(call say,MODULE,$@)mkdir -p $(@D); $(SDK)/bin/undine-cc $(SDK_WARN) $< -o $@
# of several sources, and with its page's parts in it
$(SDK)/examples/web.umod: $(SDK_WEB_ALL) $(SDK)/ready
	$(call say,MODULE,$@)mkdir -p $(@D); \
		$(SDK)/bin/undine-cc $(SDK_WARN) -Wa,-Isdk/examples/web $(SDK_WEB) -o $@
# what programs of the host's have of the SDK, who play the loader themselves
build/hostsdk/%.h: sdk/include/%.h
	$(call say,SDK,$@)mkdir -p $(@D); cp $< $@
build/web/web: tests/web/loader.c $(SDK_WEB_ALL) build/hostsdk/undine.h build/hostsdk/undine_abi.h
	$(call say,LINK,$@)mkdir -p $(@D); $(HOSTCC) -std=gnu11 -g -O1 $(SAN) $(SDK_WARN) -Ibuild/hostsdk \
		-Wa,-Isdk/examples/web -o $@ $(SDK_WEB) $<
