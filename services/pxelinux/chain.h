/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What chain.c32 is told: a disk, a partition, and a file that is to be
 * started in their place (syslinux's doc/chain.txt).  Pure.
 */
#ifndef SERVICES_PXELINUX_CHAIN_H
#define SERVICES_PXELINUX_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "services/boot/disk.h"

#define PX_CHAIN_NAME_MAX 1024

struct px_chain {
	struct disk_wanted wanted;
	char file[PX_CHAIN_NAME_MAX];	/* "": none */
	struct disk_places places;	/* what goes where, with a file */
	bool wait;			/* for a key */
};

/* 0, or -EINVAL, -ENOTSUP, -E2BIG with what is wrong in why. */
int px_chain_parse(struct px_chain *c, const char *args, struct boot_why *why);

#endif
