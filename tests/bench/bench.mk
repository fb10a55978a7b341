# SPDX-License-Identifier: BSD-2-Clause
# The benchmark: `make bench` (docs/bench.md says what is measured).
# BENCH="--rounds 1 --size 8 --draft" passes options: tests/bench/run --help.

.PHONY: bench
bench: setup-test
	$(Q)$(MAKE) build/undine.0 build/undine.img build/undi-e1000.rom sdk build/bench/raw.0 build/bench/raw-wide.0
	$(Q)tests/bench/run $(BENCH)

build/bench/raw.0: tests/bench/raw.asm
	$(call say,NASM,$<)mkdir -p $(@D); nasm -f bin -Wall -o $@ $<
build/bench/raw-wide.0: tests/bench/raw.asm
	$(call say,NASM,$< (wide))mkdir -p $(@D); nasm -f bin -Wall -DWIDE -o $@ $<
