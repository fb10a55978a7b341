/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pxe-tftp://server/file: files by the ROM's own TFTP (drivers/undi/base_code.h) and the address that the ROM's own
 * DHCP got; where its TFTP does not take the name, or is not there, by tftp.c over the ROM's UDP.
 */
#ifndef SERVICES_TFTP_ROM_TFTP_SOURCE_H
#define SERVICES_TFTP_ROM_TFTP_SOURCE_H

extern const struct scheme rom_tftp_scheme;

/*
 * The same scheme where tftp:'s files are to be asked for so, or NULL: the setting tftp-by-rom says so, or does not
 * say anything, and no link has an address while the ROM has one.
 */
const struct scheme *rom_tftp_instead(void);
/* Says that this is how it is. */
void rom_tftp_say(void);

#endif
