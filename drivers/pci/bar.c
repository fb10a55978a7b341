/* SPDX-License-Identifier: BSD-2-Clause */
/* See bar.h. */
#include "drivers/pci/bar.h"

#include <stddef.h>

#include "drivers/pci/pci.h"

#define STATUS_CAPABILITIES (1u << 20)
#define BAR_FIRST 0x10
#define BARS 6
#define BAR_PORTS 1u
#define BAR_WIDTH 6u
#define BAR_64 4u
#define CAPABILITIES 0x34
#define CAPABILITIES_MAX 48		/* more have no room */

static uint32_t refuse(const char **why, const char *text)
{
	if (why)
		*why = text;
	return 0;
}

uint32_t pci_bar(uint32_t function, unsigned bar, const char **why)
{
	uint32_t low, high = 0;
	unsigned at = BAR_FIRST + 4 * bar;
	if (bar >= BARS || !pci_reg(function, at, &low))
		return refuse(why, "it has no such base address register");
	if (low & BAR_PORTS)
		return low < PCI_PORTS_END && low & ~3u ? low & ~3u : refuse(why, "its ports have no address");
	if ((low & BAR_WIDTH) == BAR_64 && (bar + 1 == BARS || !pci_reg(function, at + 4, &high)))
		return refuse(why, "half of a base address register is missing");
	if (high)
		return refuse(why, "its registers lie above 4 GiB");
	return low >= PCI_PORTS_END ? low & ~15u : refuse(why, "its registers have no address");
}

bool pci_capability(uint32_t function, unsigned id, unsigned nth, uint32_t *at, uint32_t *head)
{
	uint32_t v;
	if (!pci_reg(function, PCI_COMMAND, &v) || !(v & STATUS_CAPABILITIES) ||
	    !pci_reg(function, CAPABILITIES, at))
		return false;
	for (unsigned n = 0; n < CAPABILITIES_MAX && (*at &= 0xfc); n++, *at = *head >> 8) {
		if (!pci_reg(function, *at, head))
			return false;
		if ((*head & 0xff) == id && !nth--)
			return true;
	}
	return false;
}

bool pci_command(uint32_t function, uint16_t set, uint16_t clear)
{
	uint32_t v;
	if (!pci_reg(function, PCI_COMMAND, &v))
		return false;
	return pci_set_reg(function, PCI_COMMAND, (uint16_t)((v | set) & ~(uint32_t)clear));
}
