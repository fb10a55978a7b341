/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ROM's own TFTP and UDP in the place of drivers/undi/base_code.c: files
 * of its own server, which no frame of ours has a part in.
 */
#ifndef TESTS_WORLD_ROM_H
#define TESTS_WORLD_ROM_H

#include <stdbool.h>
#include <stddef.h>

/* Its server has that file from now on, at most 16; data must stay. */
void rom_serve(const char *name, const void *data, size_t len);
extern bool rom_has_no_tftp;		/* only UDP, by which its server is asked then */
extern bool rom_has_no_size;		/* it cannot tell a file's length */
extern size_t rom_cuts_at;		/* it ends each file there; 0: it does not */
extern unsigned rom_block_us;		/* how long each block takes, in which nothing else runs */
extern int rom_lends;			/* what undi_lend() says */
extern unsigned rom_opened, rom_closed, rom_borrowed, rom_returned;	/* files and ports; the card */

#endif
