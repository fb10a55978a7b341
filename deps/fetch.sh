#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# fetch.sh - bring the source tarballs of the libraries into the cache, and
# print one line for each: NAME FILE.
#
# They are the upstream tarballs of Debian's source packages of the release
# after Debian 12.  What the cache holds is not asked for again.
# UNDINE_<NAME>_TAR names a local tarball instead.
#
# Called by build.sh, under its lock; leaves out: unpacking.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/cache.sh"

release=trixie
# name in our words : name of Debian's source package
packages="picolibc:picolibc zlib:zlib mbedtls:mbedtls lzma:lzma png:libpng1.6"

fetch_package() # source package
{
	if [ -z "${updated:-}" ] && ! private_apt_update deb-src $release; then
		echo "deps: this system's apt has no Debian archive with a" \
			"'main' component configured; name local tarballs" \
			"with UNDINE_PICOLIBC_TAR, UNDINE_ZLIB_TAR," \
			"UNDINE_MBEDTLS_TAR, UNDINE_LZMA_TAR and" \
			"UNDINE_PNG_TAR instead" >&2
		exit 1
	fi
	updated=yes
	# The .dsc may be missing on a mirror, hence --tar-only.
	cd "$UNDINE_CACHE/src"
	private_apt source --tar-only --download-only "$1"
	cd "$OLDPWD"
}

cached_tarball() # source package
{
	ls -1 "$UNDINE_CACHE/src/$1"_*.orig.tar.* 2>/dev/null |
		sort -V | tail -n 1
}

mkdir -p "$UNDINE_CACHE/src"
for pair in $packages; do
	name=${pair%%:*}
	package=${pair#*:}
	eval "file=\${UNDINE_$(echo "$name" | tr a-z A-Z)_TAR:-}"
	if [ -n "$file" ] && [ ! -r "$file" ]; then
		echo "deps: cannot read the tarball of $name, $file" >&2
		exit 1
	fi
	[ -n "$file" ] || file=$(cached_tarball "$package")
	if [ -z "$file" ]; then
		echo "deps: fetching the source of $name" >&2
		fetch_package "$package"
		file=$(cached_tarball "$package")
	fi
	if [ -z "$file" ]; then
		echo "deps: apt fetched no upstream tarball of $package" >&2
		exit 1
	fi
	echo "$name $file"
done
