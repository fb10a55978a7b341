#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# build.sh - build the libraries that the loader and its unit tests link, and
# point build/deps at them.  Says nothing when all is there already.
#
# What was built stays in the cache under a name made of the tarballs, the
# recipe and the compiler, so that any checkout with the same three uses it.
#
#   build/deps/picolibc/include   C library headers, for the target only
#   build/deps/picolibc/lib/libc.a
#   build/deps/sdk/               the same for modules: printf with floats, stdio on read() and write()
#   build/deps/include            zlib.h, png.h, mbedtls/: target and host
#   build/deps/include/lzma/      LzmaDec.h: target only
#   build/deps/lib/               i686, freestanding: libz.a libmbedtls.a liblzma.a libpng.a
#   build/deps/host/              the same for the host's unit tests, 64-bit
#   build/deps/host32/            and 32-bit; their libz.a can deflate, too
#   build/deps/src/NAME           the sources, to read
#   build/deps/versions           one line for each tarball
#
# The target's zlib inflates only.  zlib is built with Z_SOLO everywhere: it
# never calls malloc by itself, a caller gives zalloc and zfree.
#
# Called by the Makefile; several at a time are safe.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$(dirname "$here")/build
. "$here/cache.sh"

target_cflags="-m32 -march=i686 -Os -mno-sse -mno-mmx -ffreestanding -fno-pic
	-fno-pie -fno-stack-protector -fno-omit-frame-pointer
	-fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections"
host_cflags="-g -O1 -fno-omit-frame-pointer"

# As the loader itself is compiled (Makefile's CFLAGS): 12 KB less than -Os.
# -fbuiltin takes back what -ffreestanding brings: the library reads each word
# of its blocks by memcpy(), which as a call makes AES five times slower, and
# all of it 4 KB longer.
mbedtls_target_cflags="-Oz -fbuiltin -mpreferred-stack-boundary=2 -mstringop-strategy=libcall
	-fno-optimize-sibling-calls -fno-guess-branch-probability -fno-tree-pre
	-fno-tree-dominator-opts -fno-strict-aliasing"

# The table-driven CRC with one table of 1 KiB: Z_TESTW=0 leaves the other
# 8 KiB of tables out.
zlib_cflags="-DZ_TESTW=0"
zlib_sources="inflate inftrees inffast zutil crc32 adler32"
zlib_host_sources="$zlib_sources deflate trees"
mbedtls_sources="md5 sha1 sha256 sha512 platform platform_util md hmac_drbg
	bignum bignum_core constant_time aes aesni gcm cipher cipher_wrap
	chachapoly ecp ecp_curves ecdh ecdsa rsa rsa_alt_helpers
	asn1parse asn1write oid base64 pem pk pk_ecc pk_wrap pkparse
	x509 x509_crl x509_crt psa_crypto psa_crypto_aead psa_crypto_cipher
	psa_crypto_client psa_crypto_driver_wrappers_no_static
	psa_crypto_ecp psa_crypto_ffdh psa_crypto_hash psa_crypto_mac
	psa_crypto_pake psa_crypto_rsa psa_crypto_se
	psa_crypto_slot_management psa_util
	ssl_ciphersuites ssl_client ssl_msg ssl_tls ssl_tls12_client
	ssl_tls13_client ssl_tls13_generic ssl_tls13_keys"
# The cipher that is asked for first: less than half of the time for 1 KB more.
mbedtls_fast_sources="chacha20 poly1305"
mbedtls_fast_cflags="-O2"
png_sources="png pngerror pngget pngmem pngpread pngread pngrio pngrtran pngrutil
	pngset pngtrans"
# Its processors' own code is not compiled: no file of it is in that list.
png_cflags="-DPNG_INTEL_SSE_OPT=0"
# The decoder and the x86 filter alone: all is unpacked by one call to one.
lzma_sources="LzmaDec"
lzma_cflags="-DZ7_EXTRACT_ONLY -DZ7_LZMA_SIZE_OPT"

say()
{
	echo "deps: $*" >&2
}

unpack() # name tarball
{
	mkdir -p "src/$1"
	tar -xf "$2" -C "src/$1"
	# The one folder of the tarball, or its contents, become src/NAME.
	set -- "$1" src/"$1"/*
	if [ $# -eq 2 ] && [ -d "$2" ]; then
		mv "$2" src/unpacked
		rmdir "src/$1"
		mv src/unpacked "src/$1"
	fi
}

run() # log command...: shows the log only if the command fails
{
	log=$1
	shift
	if ! "$@" >"$log" 2>&1; then
		cat "$log" >&2
		say "'$*' failed, see above"
		exit 1
	fi
}

build_picolibc() # folder, options
{
	folder=$1
	shift
	run meson.log meson setup "obj/$folder" src/picolibc \
		--cross-file "$here/i686.meson" --buildtype minsize \
		--prefix "$PWD/$folder" --libdir lib --includedir include \
		-Db_staticpic=false -Dmultilib=false -Dtests=false \
		-Dpicocrt=false -Dsemihost=false -Dspecsdir=none \
		-Dthread-local-storage=false -Dsingle-thread=true \
		-Dfortify-source=none -Dio-long-long=true "$@"
	run ninja.log ninja -C "obj/$folder" install
}

compile() # library folder, library name, compiler flags, source files
{
	archive=$1/lib$2.a
	flags=$3
	shift 3
	objects=
	for source in "$@"; do
		object=obj/$(echo "$archive $source" | tr ' /' __).o
		run cc.log gcc $flags -Iinclude -c "$source" -o "$object"
		objects="$objects $object"
	done
	mkdir -p "${archive%/*}"
	run ar.log gcc-ar rcs "$archive" $objects
}

sources() # folder, names without .c
{
	folder=$1
	shift
	for name in "$@"; do
		echo "$folder/$name.c"
	done
}

build_rest()
{
	mkdir -p include/mbedtls include/psa include/lzma
	(echo '#define Z_SOLO 1' && cat src/zlib/zconf.h) >include/zconf.h
	cp src/zlib/zlib.h include/
	cp src/mbedtls/include/mbedtls/*.h include/mbedtls/
	cp src/mbedtls/include/psa/*.h include/psa/
	cp "$here/mbedtls_config.h" include/mbedtls/mbedtls_config.h
	cp "$here/psa_config.h" include/psa/crypto_config.h
	cp src/png/png.h src/png/pngconf.h "$here/pnglibconf.h" include/
	for header in 7zTypes LzmaDec; do
		cp src/lzma/C/$header.h include/lzma/
	done
	compile lib lzma "$target_cflags -O2 $lzma_cflags -isystem picolibc/include" \
		$(sources src/lzma/C $lzma_sources)

	for library in lib host host32; do
		inflate=$zlib_host_sources
		flags=$host_cflags
		mbedtls_flags=
		case $library in
		lib)
			inflate=$zlib_sources
			# nothing of the host's: its sys/socket.h is not ours
			flags="$target_cflags -nostdinc -isystem picolibc/include
				-isystem $(gcc -print-file-name=include)"
			mbedtls_flags=$mbedtls_target_cflags
			;;
		host32)
			flags="$host_cflags -m32"
			;;
		esac
		compile $library z "$flags $zlib_cflags" \
			$(sources src/zlib $inflate)
		compile $library mbedtls "$flags $mbedtls_flags -Isrc/mbedtls/library" \
			$(sources src/mbedtls/library $mbedtls_sources)
		compile $library mbedtls "$flags $mbedtls_flags $mbedtls_fast_cflags -Isrc/mbedtls/library" \
			$(sources src/mbedtls/library $mbedtls_fast_sources)
		compile $library png "$flags $png_cflags" \
			$(sources src/png $png_sources)
	done
	# A backtrace names the function before a static one of the library's.
	strip --discard-all lib/libmbedtls.a
}

exec 9>"$UNDINE_CACHE/deps.lock"
flock 9

tarballs=$("$here/fetch.sh")
files=$(echo "$tarballs" | cut -d' ' -f2-)
key=$( (echo "$files" | tr '\n' '\0' | xargs -0 cat
	cat "$here/build.sh" "$here/i686.meson" "$here/mbedtls_config.h" "$here/psa_config.h" "$here/pnglibconf.h"
	gcc --version) | sha256sum | cut -c1-16)
tree=$UNDINE_CACHE/deps-$key

if [ ! -e "$tree/versions" ]; then
	rm -rf "$tree"
	mkdir -p "$tree/obj"
	(
		cd "$tree"
		say "unpacking"
		echo "$tarballs" | while read -r name file; do
			unpack "$name" "$file"
		done
		say "building picolibc for i686"
		build_picolibc picolibc -Dposix-console=false \
			-Dformat-default=integer -Dassert-verbose=false
		say "building picolibc for modules"
		build_picolibc sdk -Dposix-console=true -Dformat-default=double \
			-Dio-long-double=true
		say "building zlib, Mbed TLS, LZMA and libpng"
		build_rest
		rm -rf obj *.log
		echo "$tarballs" | sed 's,^\([^ ]*\) .*/,\1 ,' >versions
	)
	say "done, in $tree"
fi

mkdir -p "$build"
if [ "$(readlink "$build/deps" || true)" != "$tree" ]; then
	ln -sfn "$tree" "$build/deps"
fi
