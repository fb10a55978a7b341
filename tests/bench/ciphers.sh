#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# ciphers.sh - cycles a byte of TLS's ciphers in 32 bit, on this host: the loader's own code (as deps/build.sh compiles
# it), and all as Mbed TLS's own programs have it, by -O2.  AES in each by tables and by the processor's instructions.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
deps=$top/build/deps
library=$deps/src/mbedtls/library
slow="aes gcm cipher cipher_wrap platform platform_util constant_time chachapoly aesni"
fast="chacha20 poly1305"
flags="-m32 -march=i686 -ffreestanding -mno-sse -mno-mmx -fno-pic -fno-pie -fno-stack-protector"
flags="$flags -I$deps/include -I$library"
loader=$(sed -n '/^mbedtls_target_cflags="/,/"$/p' "$top/deps/build.sh" | tr -d '\n' | cut -d'"' -f2)

measure() # title, flags of all, of the fast ones
{
	for name in $slow; do
		gcc $flags $2 -c "$library/$name.c" -o "$work/$name.o"
	done
	for name in $fast; do
		gcc $flags $2 $3 -c "$library/$name.c" -o "$work/$name.o"
	done
	gcc -m32 -O2 -msse2 -no-pie -Wl,--wrap=mbedtls_aesni_has_support -I"$deps/include" \
		"$top/tests/bench/ciphers.c" "$work"/*.o -o "$work/ciphers"
	echo "$1:"
	"$work/ciphers"
}

measure "the loader's" "$loader" -O2
measure "by -O2" "-O2 -fbuiltin" ""
