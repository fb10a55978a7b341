/* SPDX-License-Identifier: BSD-2-Clause */
/* See pci.h. */
#include "drivers/pci/pci.h"

#include "kernel/gate.h"
#include "kernel/io.h"

#define PCI_BIOS 0x1a			/* INT */
#define FIND_DEVICE 0xb102
#define READ_DWORD 0xb10a
#define WRITE_WORD 0xb10c
#define CONFIG_ADDRESS 0xcf8		/* ports */
#define CONFIG_DATA 0xcfc

static bool pci_call(struct bios_regs *r, uint32_t function)
{
	r->intno = PCI_BIOS;
	r->eax = function;
	gate_bios(r);
	return !(r->flags & EFLAGS_CF) && !(r->eax & 0xff00);
}

bool pci_find(uint16_t vendor, uint16_t device, unsigned nth, uint32_t *function)
{
	struct bios_regs r = { .ecx = device, .edx = vendor, .esi = nth };
	bool found = pci_call(&r, FIND_DEVICE);
	*function = r.ebx & 0xffff;
	return found;
}

bool pci_reg(uint32_t function, unsigned at, uint32_t *value)
{
	struct bios_regs r = { .ebx = function, .edi = at };
	bool good = pci_call(&r, READ_DWORD);
	*value = r.ecx;
	return good;
}

bool pci_set_reg(uint32_t function, unsigned at, uint16_t value)
{
	struct bios_regs r = { .ebx = function, .edi = at, .ecx = value };
	return pci_call(&r, WRITE_WORD);
}

void pci_silence(uint32_t function)
{
	outl(CONFIG_ADDRESS, 1u << 31 | function << 8 | PCI_COMMAND);
	outw(CONFIG_DATA, inw(CONFIG_DATA) & (uint16_t)~PCI_COMMAND_MASTER);
}

uint32_t pci_in(uint32_t at, unsigned len)
{
	uint16_t port = (uint16_t)at;
	if (at < PCI_PORTS_END)
		return len == 1 ? inb(port) : len == 2 ? inw(port) : inl(port);
	return len == 1 ? *(volatile uint8_t *)at : len == 2 ? *(volatile uint16_t *)at : *(volatile uint32_t *)at;
}

void pci_out(uint32_t at, unsigned len, uint32_t value)
{
	uint16_t port = (uint16_t)at;
	if (at < PCI_PORTS_END && len == 1)
		outb(port, (uint8_t)value);
	else if (at < PCI_PORTS_END && len == 2)
		outw(port, (uint16_t)value);
	else if (at < PCI_PORTS_END)
		outl(port, value);
	else if (len == 1)
		*(volatile uint8_t *)at = (uint8_t)value;
	else if (len == 2)
		*(volatile uint16_t *)at = (uint16_t)value;
	else
		*(volatile uint32_t *)at = value;
}
