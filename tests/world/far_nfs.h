/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The far side's NFS server: a portmapper, mountd and nfsd, by TCP.
 *
 *	/srv, /srv/boot		what it gives out
 *	/srv/file		FAR_FILE_LEN bytes from far_byte(0) on
 *	/srv/boot/small		FAR_NFS_FILE_LEN of them
 *	/srv/link, /srv/far	symbolic links: boot/small, and ../srv/./boot/../file
 *	/srv/absolute		to /srv/file
 *	/srv/loop		to itself
 */
#ifndef TESTS_WORLD_FAR_NFS_H
#define TESTS_WORLD_FAR_NFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/world/far_ftp.h"

#define FAR_NFS_FILE_LEN 100u

extern struct far_nfs {
	/* After so many bytes of all that it says, so many times. */
	size_t at;			/* SIZE_MAX: never */
	enum far_how how;		/* FAR_GARBAGE: a byte is another, but none of the file's */
	unsigned times;
	/* What it does in another way. */
	enum far_nfs_way {
		FAR_NFS_USUAL, FAR_NFS_NO_ATTRIBUTES, FAR_NFS_SHORT, FAR_NFS_BACKWARDS, FAR_NFS_PIECES,
		FAR_NFS_NOT_REGISTERED, FAR_NFS_LONG_HANDLE, FAR_NFS_NO_HANDLE, FAR_NFS_LONG_OPAQUE, FAR_NFS_LONG_READ,
		FAR_NFS_LYING_COUNT, FAR_NFS_LONG_RECORD, FAR_NFS_EMPTY_RECORDS, FAR_NFS_KERBEROS, FAR_NFS_DENIED,
		FAR_NFS_VERSION_4, FAR_NFS_STALE, FAR_NFS_CHANGES, FAR_NFS_NOTHING_READ, FAR_NFS_OTHERS_ANSWER,
		FAR_NFS_POURS, FAR_NFS_LONG_NAME, FAR_NFS_EMPTY_LIST,
	} way;
	/* Read by tests. */
	size_t said;
	unsigned at_once;		/* the most READs that came together */
	unsigned high_ports;		/* connections from ports above 1023 */
} far_nfs;

void far_nfs_setup(struct net *n);
void far_nfs_turn(struct net *n);
void far_nfs_drop(struct net *n);

#endif
