/* SPDX-License-Identifier: BSD-2-Clause */
/* Bringing up the UNDI driver of an option ROM: see load.h.  Called by undi.c. */
#include "drivers/undi/load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/undi/expansion.h"
#include "kernel/e820.h"
#include "kernel/gate.h"
#include "kernel/log.h"
#include "kernel/paging.h"

#define BASE_LOWEST 0x30000u		/* nothing below: there is the way back of one that nobody started */
#define BDA_BASE_KIB 0x13
#define PAGE 0x1000u
#define NO_ISA_PNP 0xffffu

static const char *name_of(uint32_t at)
{
	static char text[8];
	snprintf(text, sizeof text, "%05lxh", (unsigned long)at);
	return text;
}

/* The nth card that the ROM is for, as bus, device and function: true if there is one. */
static bool find_card(const struct undi_memory *mem, const struct undi_rom *rom, unsigned nth, uint16_t *bus_dev_fn)
{
	uint16_t device;
	for (unsigned i = 0; undi_rom_device(mem, rom, i, &device); i++)
		if (pci_find_device(rom->vendor, device, nth, bus_dev_fn))
			return true;
	return false;
}

/* Where several cards are alike, each has its own copy of the ROM, in their order. */
static bool take_rom(const struct undi_memory *mem, const struct undi_rom *rom, struct undi_driver *out, unsigned n)
{
	unsigned nth = 0;
	log_line("rom: %s, %lu KiB: UNDI %u.%u for PCI %04x:%04x, code %u, data %u bytes", name_of(rom->at),
		 (unsigned long)rom->len >> 10, rom->major, rom->minor, rom->vendor, rom->device, rom->code_len,
		 rom->data_len);
	for (unsigned i = 0; i < n; i++)
		nth += out[i].rom.vendor == rom->vendor && out[i].rom.device == rom->device;
	if (n == UNDI_ROMS)
		return false;
	out[n] = (struct undi_driver){ .rom = *rom };
	if (find_card(mem, rom, nth, &out[n].bus_dev_fn))
		return true;
	log_line("rom: %s: its card is not in this machine", name_of(rom->at));
	return false;
}

unsigned undi_survey(const struct undi_memory *mem, struct undi_driver out[UNDI_ROMS])
{
	struct undi_rom rom;
	enum rom_kind kind;
	const char *why;
	unsigned n = 0;
	for (uint32_t at = ROM_AREA; at < ROM_AREA_END; at = undi_rom_next(at, kind, &rom)) {
		kind = undi_rom_check(mem, at, &rom, &why);
		if (kind == ROM_OTHER)
			log_line("rom: %s, %lu KiB: no UNDI in it", name_of(at), (unsigned long)rom.len >> 10);
		if (kind == ROM_REFUSED)
			log_warn("rom: %s, %lu KiB: refused: %s", name_of(at), (unsigned long)rom.len >> 10, why);
		if (kind == ROM_UNDI && take_rom(mem, &rom, out, n))
			n++;
	}
	if (!n)
		log_line("rom: looked from %05lxh to %05lxh: no ROM there has an UNDI driver that can be used",
			 (unsigned long)ROM_AREA, (unsigned long)ROM_AREA_END);
	return n;
}

/*
 * iPXE's ROMs keep only their head in the ROM area; the rest is where the BIOS
 * gave them memory while it started, and whoever came before us - GRUB does -
 * may have used that as it is free.  The loader would then never return.  So
 * the whole ROM is taken from the card, into base memory that is free until a
 * kernel is started; *rom is what to call then.
 */
static void take_whole(struct undi_rom *rom, uint16_t card, uint32_t room)
{
	struct undi_rom whole;
	uint32_t len = 0;
	if (rom->len >= rom->image_len)
		return;
	const uint8_t *p = expansion_open(card, &len);
	if (p && undi_rom_image(p, len, &whole) && whole.len <= room && whole.code_len == rom->code_len &&
	    whole.data_len == rom->data_len) {
		memcpy((void *)BASE_LOWEST, p + whole.at, whole.len);
		*rom = whole;
		rom->at = BASE_LOWEST;
	}
	expansion_close();
	if (rom->at == BASE_LOWEST)
		log_line("rom: all its %lu KiB are taken from the card, to %s", (unsigned long)rom->len >> 10,
			 name_of(rom->at));
}

/* Runs the ROM's loader with code and data at these addresses: 0 and *l, or -E after a message. */
static int call_loader(const struct undi_rom *rom, const struct pxe_start_undi *start, uint32_t code, uint32_t data,
		       struct pxe_undi_loader *l)
{
	uint16_t ax;
	*l = (struct pxe_undi_loader){
		.start = *start, .undi_ds = (uint16_t)(data >> 4), .undi_cs = (uint16_t)(code >> 4),
	};
	memcpy(gate_ptr(R_PARAM), l, sizeof *l);
	if (transport_loader((struct pxe_ptr){ .off = rom->loader, .seg = (uint16_t)(rom->at >> 4) }) < 0) {
		log_error("rom: %s: its UNDI loader has not come back for %u s: it hangs, and its card is left alone",
			  name_of(rom->at), transport_patience());
		return -ETIMEDOUT;
	}
	memcpy(l, gate_ptr(R_PARAM), sizeof *l);
	memcpy(&ax, gate_ptr(R_DATA + D_PXE_AX), sizeof ax);
	if (!ax && !l->start.status)
		return 0;
	log_error("rom: %s: its UNDI loader fails (status %02xh, AX = %u)", name_of(rom->at), l->start.status, ax);
	return -EIO;
}

/* What the loader has returned, judged as any other PXE stack. */
static int check_stack(const struct undi_memory *mem, const struct undi_rom *rom, const struct pxe_undi_loader *l,
		       struct undi_stack *stack)
{
	const char *bang_why = "no !PXE", *env_why = "no PXENV+";
	struct pxe_ptr unused;
	*stack = (struct undi_stack){ .how = "its option ROM" };
	if (l->pxenv.seg)
		undi_check_pxenv(mem, ((uint32_t)l->pxenv.seg << 4) + l->pxenv.off, stack, &unused, &env_why);
	if (l->bang.seg)
		undi_check_bang(mem, ((uint32_t)l->bang.seg << 4) + l->bang.off, stack, &bang_why);
	if (stack->bang || stack->pxenv_at) {
		stack->refused = !stack->bang && l->bang.seg ? bang_why : NULL;
		return 0;
	}
	log_error("rom: %s: its UNDI cannot be used: %s; %s", name_of(rom->at), bang_why, env_why);
	return -EINVAL;
}

/* From loaded to STARTUP: 0 or -EIO after a message. */
static int start(const struct undi_rom *rom, const struct pxe_start_undi *how, struct transport *transport)
{
	struct pxe_start_undi s = *how;
	struct pxe_status_only startup = { 0 };
	const char *what = "START_UNDI";
	uint16_t status = transport_call(transport, PXE_START_UNDI, &s, sizeof s);
	if (!status) {
		what = "STARTUP";
		status = transport_call(transport, PXE_UNDI_STARTUP, &startup, sizeof startup);
	}
	if (!status)
		return 0;
	log_error("rom: %s: its driver does not take the card (%s status %02xh)", name_of(rom->at), what, status);
	return -EIO;
}

int undi_load_end(struct undi_driver *driver, struct transport *transport)
{
	static const uint8_t ops[] = { PXE_UNDI_SHUTDOWN, PXE_UNDI_CLEANUP, PXE_STOP_UNDI };
	uint16_t status = 0;
	for (size_t i = 0; i < sizeof ops; i++) {
		struct pxe_status_only s = { 0 };
		status = transport_call(transport, ops[i], &s, sizeof s);
	}
	if (status == PXE_KEEP_UNDI)
		return -EBUSY;
	paging_bda_set_u16(BDA_BASE_KIB, driver->base_kib_before);
	driver->in_memory = false;
	return 0;
}

/* The driver has hidden memory, and has the base memory from data up: params->map follows.  Returns err. */
static int settle_map(struct boot_params *params, uint32_t data, int err)
{
	static struct memmap now;
	if (e820_read(&now) < 0)
		log_warn("rom: the memory map cannot be read again");
	else
		params->map = now;
	memmap_reserve(&params->map, data, params->resident + R_LEN - data);
	return err;
}

int undi_load(struct undi_driver *driver, const char *name, struct boot_params *params, const struct undi_memory *mem,
	      struct undi_stack *stack, struct transport *transport)
{
	struct undi_rom *rom = &driver->rom;
	uint16_t card = driver->bus_dev_fn;
	uint32_t top = (uint32_t)paging_bda_u16(BDA_BASE_KIB) << 10;	/* below us where a driver is loaded already */
	uint32_t code = ((top < params->resident ? top : params->resident) - rom->code_len) & ~(PAGE - 1);
	uint32_t data = (code - rom->data_len) & ~(PAGE - 1);
	struct pxe_start_undi how = { .ax = card, .bx = NO_ISA_PNP, .dx = NO_ISA_PNP, .es_di = undi_find_pnp(mem) };
	struct pxe_undi_loader l;
	if (data < BASE_LOWEST) {
		log_error("rom: %s: no room for its driver in base memory", name_of(rom->at));
		return -ENOMEM;
	}
	log_line("rom: %s: loading its driver for the card at %02x:%02x.%x: code at %05lx, data at %05lx",
		 name_of(rom->at), card >> 8, card >> 3 & 31, card & 7, (unsigned long)code, (unsigned long)data);
	take_whole(rom, card, data - BASE_LOWEST);
	log_flush();			/* should the ROM not come back, this is to be read */
	driver->base_kib_before = paging_bda_u16(BDA_BASE_KIB);
	paging_bda_set_u16(BDA_BASE_KIB, (uint16_t)(data >> 10));
	int err = call_loader(rom, &how, code, data, &l);
	if (err == -ETIMEDOUT)
		return settle_map(params, data, err);
	if (err) {
		paging_bda_set_u16(BDA_BASE_KIB, driver->base_kib_before);
		return err;
	}
	/*
	 * from here on the driver may have hooked interrupts: base
	 * memory stays its own until it says that it has let go
	 */
	driver->in_memory = true;
	err = check_stack(mem, rom, &l, stack);
	if (!err) {
		transport_open(transport, stack, name);
		err = start(rom, &how, transport);
		if (err)
			undi_load_end(driver, transport);
	}
	return settle_map(params, data, err);
}
