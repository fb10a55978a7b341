/* SPDX-License-Identifier: BSD-2-Clause */
/* A walk over PCI's functions.  See pci_scan.h. */
#include "services/firmware/pci_scan.h"

#include <stddef.h>

#define PCI_ID 0x00
#define PCI_HEADER 0x0c			/* of it the third byte */
#define SEVERAL 0x800000u		/* functions of one device */

static bool is_there(uint32_t function, pci_read_fn *read)
{
	uint32_t id;
	return read(function, PCI_ID, &id) && (id & 0xffff) != 0xffff && id;
}

static bool has_several(uint32_t function, pci_read_fn *read)
{
	uint32_t header;
	return is_there(function & ~7u, read) && read(function & ~7u, PCI_HEADER, &header) && header & SEVERAL;
}

uint32_t pci_next(uint32_t from, uint32_t end, pci_read_fn *read, void (*turn)(void))
{
	for (uint32_t f = from; f < end; f++) {
		if (turn && !(f & 7))
			turn();
		if ((f & 7) && (f == from || (f & 7) == 1) && !has_several(f, read)) {
			f |= 7;		/* the next device */
			continue;
		}
		if (is_there(f, read))
			return f;
	}
	return end;
}
