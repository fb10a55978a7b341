/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a FreeBSD kernel or module says of modules: which it has, in which
 * versions, and which it depends on (FreeBSD's sys/module.h: the pointers in
 * the section set_modmetadata_set).  amd64's modules are object files, in
 * which pointers are relocations; in the others they are addresses.  Pure.
 *
 *	if (freebsd_kld_open(&k, data, len, &why) == 0)
 *		while (freebsd_kld_next(&k, &fact))
 *			...
 *	if (k.err < 0)
 *		not all has been read
 *
 * Leaves out: pointers to symbols of other files.
 * Called by freebsd_modules.c.
 */
#ifndef SERVICES_BOOT_FREEBSD_KLD_H
#define SERVICES_BOOT_FREEBSD_KLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/boot/elf.h"
#include "services/boot/linker_hints.h"

#define FREEBSD_KLD_FACTS_MAX 4096u	/* GENERIC has some hundred */
#define FREEBSD_KLD_NAME_MAX 64u
#define FREEBSD_KLD_TURN 16384u		/* relocations and headers looked at between two turns of others */
#define FREEBSD_KLD_WORK_MAX (1u << 27)	/* in all: GENERIC's modules need some thousand */

struct freebsd_kld {
	struct elf elf;
	bool object;
	uint32_t section;		/* the set's */
	uint32_t at, end;		/* of the pointers that are left, in the file */
	unsigned facts;
	uint32_t work;			/* relocations and headers looked at */
	/* to be set behind open, or NULL: called after each FREEBSD_KLD_TURN of them; false: it ends */
	bool (*turn)(void *ctx);
	void *ctx;
	int err;			/* why it has ended: 0, -EINTR (by turn), -E2BIG (past one of these limits) */
};

struct kld_fact {
	enum { KLD_PROVIDES, KLD_DEPENDS } kind;
	char module[FREEBSD_KLD_NAME_MAX];
	struct kld_version version;	/* PROVIDES: all three are the same */
};

/* 0; -ENOEXEC: no such file, and why is set; a file that says nothing is good. */
int freebsd_kld_open(struct freebsd_kld *k, const uint8_t *data, size_t len, struct boot_why *why);
/* The next fact; what cannot be followed is passed over.  False: there is none, or k->err is set. */
bool freebsd_kld_next(struct freebsd_kld *k, struct kld_fact *fact);

#endif
