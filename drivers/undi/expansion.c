/* SPDX-License-Identifier: BSD-2-Clause */
/* Expansion ROMs, by the PCI BIOS: see expansion.h. */
#include "drivers/undi/expansion.h"

#include <stddef.h>

#include "kernel/gate.h"

#define FIND_DEVICE 0xb102u
#define READ_DWORD 0xb10au
#define WRITE_DWORD 0xb10du
#define REG_COMMAND 0x04
#define REG_ROM 0x30
#define COMMAND_MEMORY 2u
#define ROM_ENABLE 1u
#define ROM_ADDRESS 0xfffff800u

static struct {
	uint16_t bus_dev_fn;
	uint32_t command, rom;		/* as they were */
} now;

static bool call(struct bios_regs *r)
{
	r->intno = 0x1a;
	gate_bios(r);
	return !(r->flags & EFLAGS_CF) && !(r->eax & 0xff00);
}

bool pci_find_device(uint16_t vendor, uint16_t device, unsigned nth, uint16_t *bus_dev_fn)
{
	struct bios_regs r = { .eax = FIND_DEVICE, .ecx = device, .edx = vendor, .esi = nth };
	bool found = call(&r);
	*bus_dev_fn = (uint16_t)r.ebx;
	return found;
}

static uint32_t read_register(unsigned reg)
{
	struct bios_regs r = { .eax = READ_DWORD, .ebx = now.bus_dev_fn, .edi = reg };
	return call(&r) ? r.ecx : 0;
}

static void write_register(unsigned reg, uint32_t v)
{
	struct bios_regs r = { .eax = WRITE_DWORD, .ebx = now.bus_dev_fn, .edi = reg, .ecx = v };
	call(&r);
}

const uint8_t *expansion_open(uint16_t bus_dev_fn, uint32_t *len)
{
	now.bus_dev_fn = bus_dev_fn;
	now.rom = read_register(REG_ROM);
	now.command = read_register(REG_COMMAND);
	uint32_t address = now.rom & ROM_ADDRESS;
	if (!address || address == ROM_ADDRESS)
		return NULL;
	/* what cannot be set is below the size */
	write_register(REG_ROM, ROM_ADDRESS);
	*len = -(read_register(REG_ROM) & ROM_ADDRESS);
	write_register(REG_ROM, address | ROM_ENABLE);
	/* the upper half is status, whose bits a 1 clears */
	write_register(REG_COMMAND, (now.command & 0xffff) | COMMAND_MEMORY);
	return *len ? (const uint8_t *)address : NULL;
}

void expansion_close(void)
{
	write_register(REG_COMMAND, now.command & 0xffff);
	write_register(REG_ROM, now.rom);
}
