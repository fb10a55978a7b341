#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# kernels.sh [lab] - what `make run` boots: Debian's Xen, Debian's Linux as its dom0,
# and an initrd made by Debian's mkinitramfs.  For the lab also memtest86+,
# Debian's installer, the iPXE of the release after Debian 12, the servers
# that its telnet client talks to - busybox with all its applets, and telnetd of
# the inetutils -, and netcat's source, a module by others.  Fetched as packages into
# the cache and unpacked there; nothing is installed (a telnetd package would
# bring an inetd that listens), no privilege needed.
#
#   build/debian/{xen.gz,vmlinuz,initrd}
#   build/debian/{memtest86+x64.bin,memtest86+ia32.bin,busybox,telnetd}
#   build/debian/ipxe.lkrn
#   build/debian/installer/{linux,initrd.gz,tree/,gtk/}
#   build/debian/netcat/netcat.c
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

unpack() # PACKAGE FILE...: some of a package's files
{
	say "fetching $1"
	package=$1
	shift
	mkdir -p "$tree/unpack"
	cd "$tree/unpack"
	private_apt_update deb $release
	private_apt download "$package"
	for file; do
		dpkg-deb --fsys-tarfile "$package"*.deb | tar -x "./$file"
		mv "$file" ..
	done
	ls *.deb >>../versions
	cd "$top"
	rm -r "$tree/unpack"
}

lacks() # NAME: this is for the lab, and not there yet
{
	[ "$for" = lab ] && [ ! -e "$tree/$1" ]
}

for=${1:-run}
if lacks memtest86+ia32.bin; then
	unpack memtest86+ boot/memtest86+x64.bin boot/memtest86+ia32.bin
fi
if lacks busybox; then
	unpack busybox-static bin/busybox
fi
if lacks telnetd; then
	unpack inetutils-telnetd usr/sbin/telnetd
fi
if lacks ipxe.lkrn; then
	release=trixie
	unpack ipxe usr/lib/ipxe/ipxe.lkrn
	release=bookworm
fi
if lacks netcat/netcat.c; then
	say "fetching netcat's source"
	rm -rf "$tree/netcat.new"
	mkdir "$tree/netcat.new"
	cd "$tree/netcat.new"
	private_apt_update deb-src $release
	private_apt source --tar-only --download-only netcat-traditional
	ls netcat_*.tar.* >>../versions
	tar -xf netcat_*.tar.* --strip-components=1
	mv "$tree/netcat.new" "$tree/netcat"
	cd "$top"
fi
if lacks installer/gtk; then
	say "fetching Debian's installer, 130 MB"
	rm -rf "$tree/installer"
	mkdir -p "$tree/installer"
	cd "$tree/installer"
	private_apt_update deb $release
	private_apt download debian-installer-12-netboot-amd64
	dpkg-deb --fsys-tarfile debian-installer*.deb | tar -x --wildcards \
		'./usr/lib/debian-installer/images/*/text/*' './usr/lib/debian-installer/images/*/gtk/*'
	ls *.deb >>../versions
	# as a server of pxelinux's has it: pxelinux.0, pxelinux.cfg/ and debian-installer/
	mv usr/lib/debian-installer/images/*/*/text tree
	mv usr/lib/debian-installer/images/*/*/gtk gtk.new
	rm -r usr *.deb
	find tree -name initrd.gz -type f -exec ln -f {} initrd.gz \;
	find tree -name linux -type f -exec ln -f {} linux \;
	mv gtk.new gtk
	cd "$top"
fi

mkdir -p "$top/build"
if [ "$(readlink "$top/build/debian" || true)" != "$tree" ]; then
	ln -sfn "$tree" "$top/build/debian"
fi
