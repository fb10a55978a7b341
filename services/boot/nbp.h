/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Network bootstrap programs (PXE 2.1, 4.4.5): how one is known by its
 * content, and the packets that the ROM keeps of its DHCP, changed before
 * another NBP reads them (what syslinux calls pxechn).  Pure.
 *
 * Called by services/image (probe), the shell (to check what was typed) and
 * nbp_protocol.c.
 */
#ifndef SERVICES_BOOT_NBP_H
#define SERVICES_BOOT_NBP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "services/boot/why.h"

#define NBP_BASE 0x7c00u		/* where an NBP is loaded, and entered */
#define NBP_LEN_MAX (0xa0000u - NBP_BASE)
#define NBP_OPTIONS_MAX 16
#define NBP_VALUES_MAX 1024		/* bytes of all options' values */

/*
 * True for what can be nothing else: it begins with a far jump into itself
 * that only holds at 7C00h (pxelinux, iPXE, GRUB), or is Undine.  Other NBPs
 * need --type nbp.
 */
bool nbp_probe(const uint8_t *data, size_t len);
/* True for Undine itself, which takes arguments (boot16/start.asm). */
bool nbp_is_undine(const uint8_t *data, size_t len);

/* What is to be different in the kept packets. */
struct nbp_changes {
	bool asked;			/* somebody wants them; else they are made where there is a packet */
	bool has_next_server;
	struct net_addr next_server;
	const char *filename;		/* NULL: as it is */
	unsigned filename_len;
	struct {
		uint8_t number;
		uint16_t at, len;	/* its value in values[]; len 0: the option goes */
	} option[NBP_OPTIONS_MAX];
	unsigned options;
	uint16_t used;
	uint8_t values[NBP_VALUES_MAX];
};

/*
 * Reads changes from lines "next-server=IP", "filename=F", "N[:type]=value"
 * (types as in services/script/value.h, string if none): 0 or -EINVAL with
 * the reason.  Behind a ~ is what nobody has asked for; it gives way to what
 * follows.  filename points into text.
 */
int nbp_changes_parse(const char *text, struct nbp_changes *out, struct boot_why *why);

/*
 * Changes a DHCP packet of len bytes (the whole buffer) in place: siaddr, the
 * file field, options.  Options are written anew in the order of their
 * numbers, out of the sname and file fields if they were there (RFC 2132,
 * 9.3).  A boot file in option 67, a server in option 66 follow the fields,
 * and option 150 goes when the server changes.
 * 0; -EPROTO (no DHCP packet), -ENOSPC (too long now): nothing changed.
 */
int nbp_changes_apply(const struct nbp_changes *c, uint8_t *packet, size_t len, struct boot_why *why);

#endif
