#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# fetch.sh - bring the source tarballs of the libraries into the cache, and
# print one line for each: NAME FILE.
#
# They are the upstream tarballs of Debian's source packages of the release
# after Debian 12.  A private apt root leaves the system's own apt alone; the
# archive is the one that the system itself already uses, and apt checks every
# file against the archive's signed index.  What the cache holds is not asked
# for again.  UNDINE_<NAME>_TAR names a local tarball instead.
#
# Called by build.sh, under its lock; leaves out: unpacking.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/cache.sh"

release=trixie
# name in our words : name of Debian's source package
packages="picolibc:picolibc zlib:zlib mbedtls:mbedtls lzma:7zip"

# The archive that the system's own Debian release is configured with,
# whether in sources.list or in deb822 form.
system_archive()
{
	. /etc/os-release
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' |
	awk -v release="${VERSION_CODENAME:-bookworm}" \
		'$2 == release && $3 == "main" { print $1; exit }'
}

fetch_package() # source package
{
	root=$UNDINE_CACHE/apt
	mkdir -p "$root/lists/partial" "$root/cache/archives/partial"
	if [ -z "${apt_updated:-}" ]; then
		uri=$(system_archive)
		if [ -z "$uri" ]; then
			echo "deps: this system's apt has no Debian archive" \
				"with a 'main' component configured; name local" \
				"tarballs with UNDINE_PICOLIBC_TAR," \
				"UNDINE_ZLIB_TAR, UNDINE_MBEDTLS_TAR and" \
				"UNDINE_LZMA_TAR instead" >&2
			exit 1
		fi
		keys=/usr/share/keyrings/debian-archive-keyring.gpg
		echo "deb-src [signed-by=$keys] $uri $release main" \
			>"$root/sources.list"
		private_apt update
		apt_updated=yes
	fi
	# The .dsc may be missing on a mirror, hence --tar-only.
	(cd "$UNDINE_CACHE/src" &&
		private_apt source --tar-only --download-only "$1")
}

private_apt()
{
	if ! apt-get -qq -o Dir::Etc::sourcelist="$root/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$root/lists" \
		-o Dir::Cache="$root/cache" \
		-o APT::Sandbox::User="$(id -un)" \
		"$@" >"$root/log" 2>&1
	then
		cat "$root/log" >&2
		echo "deps: apt-get $* failed, see above" >&2
		exit 1
	fi
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
