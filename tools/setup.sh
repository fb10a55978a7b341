#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# setup.sh run|test - install the Debian packages that `make run` or
# `make test` needs and this system lacks.  With all there it says nothing,
# changes nothing and needs no privilege.  Nothing is ever upgraded.
set -eu

build="gcc gcc-multilib binutils make nasm python3 meson ninja-build
	xz-utils bzip2 debian-archive-keyring"
# mkinitramfs comes from initramfs-tools-core: it makes the initrd and, unlike
# initramfs-tools, touches no installed kernel.
run="qemu-system-x86 seabios ipxe-qemu nginx-light
	initramfs-tools-core busybox cpio"
# libkrb5-3: the lab's telnetd (kernels.sh) is linked with it.
test="dnsmasq-base isc-dhcp-server isc-dhcp-relay kea-dhcp4-server atftpd rsyslog rsyslog-gnutls gnutls-bin iproute2
	python3-pytest
	libcmocka-dev libkrb5-3 libssl-dev openssl
	clang libclang-rt-dev llvm lib32stdc++-12-dev qemu-user groff-base
	pxelinux isolinux syslinux-common ipxe grub-pc-bin xorriso mtools valgrind
	apache2-bin lighttpd caddy haproxy
	squid tinyproxy vsftpd nfs-ganesha nfs-ganesha-vfs rpcbind inetutils-telnet putty-tools netcat-openbsd expect
	bochs bochsbios vgabios bochs-term gdb
	chromium chromium-driver fonts-dejavu-core
	debhelper dpkg-dev lintian"

case ${1:-} in
run)	wanted="$build $run" ;;
test)	wanted="$build $run $test" ;;
*)	echo "usage: setup.sh run|test" >&2; exit 2 ;;
esac

missing()
{
	for package in $wanted; do
		case $package in
		# Any nginx and any busybox will do.
		nginx-light)	[ ! -x /usr/sbin/nginx ] || continue ;;
		busybox)	[ ! -x /bin/busybox ] || continue ;;
		esac
		status=$(dpkg-query -W -f '${db:Status-Status}' "$package" \
			2>/dev/null || true)
		[ "$status" = installed ] || echo "$package"
	done
}

packages=$(missing)
[ -n "$packages" ] || exit 0

install="apt-get install -y --no-install-recommends --no-upgrade"
if [ "$(id -u)" -eq 0 ]; then
	root=
elif command -v sudo >/dev/null; then
	root=sudo
else
	echo "setup: these packages are missing and must be installed by" \
		"root, there being no sudo here:" >&2
	echo "    $install" $packages >&2
	exit 1
fi
echo "setup: installing" $packages >&2

# Debian starts nginx, rsyslog and the DHCP servers when it installs them: one on
# port 80 of every address, one as the system's own logger.  We start ours and want no
# other: mask the units while the packages are installed, unless they were here
# before us.
masked=
mask()
{
	if [ -x "/usr/sbin/$1" ] || [ ! -d /run/systemd/system ] || [ -e "/run/systemd/system/$2" ]; then
		return
	fi
	masked="$masked /run/systemd/system/$2"
	$root ln -s /dev/null "/run/systemd/system/$2"
	$root systemctl daemon-reload
}
unmask()
{
	[ -z "$masked" ] || {
		$root rm -f $masked
		$root systemctl daemon-reload
	}
}
trap unmask EXIT
mask nginx nginx.service
mask apache2 apache2.service
mask lighttpd lighttpd.service
mask caddy caddy.service
mask haproxy haproxy.service
mask squid squid.service
mask tinyproxy tinyproxy.service
mask vsftpd vsftpd.service
mask ganesha.nfsd nfs-ganesha.service
mask rpcbind rpcbind.service
mask rpcbind rpcbind.socket
mask rsyslogd rsyslog.service
mask dhcpd isc-dhcp-server.service
mask dhcrelay isc-dhcp-relay.service
mask kea-dhcp4 kea-dhcp4-server.service

install="env DEBIAN_FRONTEND=noninteractive $install"
# No package lists at all, or lists so old that what they name has gone.
apt-get -s install $packages >/dev/null 2>&1 || $root apt-get update
$root $install $packages || {
	$root apt-get update
	$root $install $packages
}
