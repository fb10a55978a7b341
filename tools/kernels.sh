#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# kernels.sh [installer] - what `make run` and the lab boot: Debian's Xen, Debian's Linux
# as its dom0, an initrd made by Debian's mkinitramfs, and Debian's memtest86+.
# Fetched as packages into the cache and unpacked there; nothing is installed,
# no privilege needed.
#
#   build/debian/{xen.gz,vmlinuz,initrd,memtest86+x64.bin,memtest86+ia32.bin}
#   build/debian/installer/{linux,initrd.gz}    if asked for: Debian's installer
#   build/debian/versions    the packages they are from
#
# The initrd is the userland and the shell that Debian's initrds have, without
# the kernel's modules: what it takes to reach that shell under Xen is built
# into the kernel.  Says nothing when all is there already.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/deps/cache.sh"

release=bookworm
xen=xen-hypervisor-4.17-amd64
tree=$UNDINE_CACHE/debian-kernels

say()
{
	echo "kernels: $*" >&2
}

make_initrd() # version of the kernel
{
	mkdir -p conf/conf.d conf/hooks conf/scripts
	cat >conf/initramfs.conf <<-'END'
		MODULES=list
		BUSYBOX=y
		COMPRESS=gzip
		FSTYPE=auto
	END
	# It looks for the kernel's configuration in /boot only; ours is not
	# installed there.
	sed "s,/boot/config-,$PWD/boot/config-," /usr/sbin/mkinitramfs \
		>mkinitramfs
	if ! TMPDIR=$PWD sh mkinitramfs -d "$PWD/conf" -o initrd "$1" \
		>mkinitramfs.log 2>&1
	then
		cat mkinitramfs.log >&2
		say "mkinitramfs failed, see above"
		exit 1
	fi
}

exec 9>"$UNDINE_CACHE/kernels.lock"
flock 9

if [ ! -e "$tree/versions" ]; then
	say "fetching Debian's Xen and Linux, 75 MB"
	rm -rf "$tree"
	mkdir -p "$tree"
	cd "$tree"
	if ! private_apt_update deb $release; then
		say "this system's apt has no Debian archive configured to" \
			"fetch them from"
		exit 1
	fi
	linux=$(apt-cache -o Dir::Etc::sourcelist="$private_root/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$private_root/lists" \
		-o Dir::Cache="$private_root/cache" \
		depends linux-image-amd64 | awk '/Depends:/ { print $2; exit }')
	private_apt download $xen "$linux"
	for package in *.deb; do
		dpkg-deb --fsys-tarfile "$package" | tar -x ./boot
	done
	say "making an initrd"
	make_initrd "${linux#linux-image-}"
	mv boot/xen-*.gz xen.gz
	mv boot/vmlinuz-* vmlinuz
	ls *.deb >versions.new
	rm -rf boot conf mkinitramfs mkinitramfs.log *.deb
	mv versions.new versions
	say "done, in $tree"
fi

if [ ! -e "$tree/memtest86+ia32.bin" ]; then
	say "fetching Debian's memtest86+, 120 KB"
	mkdir -p "$tree/memtest"
	cd "$tree/memtest"
	private_apt_update deb $release
	private_apt download memtest86+
	dpkg-deb --fsys-tarfile memtest86+*.deb | tar -x ./boot
	ls *.deb >>../versions
	mv boot/memtest86+x64.bin boot/memtest86+ia32.bin ..
	cd "$top"
	rm -r "$tree/memtest"
fi

if [ "${1:-}" = installer ] && [ ! -e "$tree/installer/linux" ]; then
	say "fetching Debian's installer, 130 MB"
	rm -rf "$tree/installer"
	mkdir -p "$tree/installer"
	cd "$tree/installer"
	private_apt_update deb $release
	private_apt download debian-installer-12-netboot-amd64
	dpkg-deb --fsys-tarfile debian-installer*.deb | tar -x --wildcards \
		'./usr/lib/debian-installer/images/*/text/debian-installer/*'
	ls *.deb >>../versions
	find usr -name initrd.gz -type f -exec mv {} initrd.gz \;
	find usr -name linux -type f -exec mv {} linux.new \;
	rm -r usr *.deb
	mv linux.new linux
	cd "$top"
fi

mkdir -p "$top/build"
if [ "$(readlink "$top/build/debian" || true)" != "$tree" ]; then
	ln -sfn "$tree" "$top/build/debian"
fi
