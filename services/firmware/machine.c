/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine below the services: what it is, and the ways to leave it.  See services/firmware/machine.h. */
#include "services/firmware/acpi.h"
#include "services/firmware/machine.h"

#include <cpuid.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/native/native.h"
#include "drivers/undi/undi.h"
#include "kernel/clock.h"
#include "kernel/cmos.h"
#include "kernel/e820.h"
#include "kernel/gate.h"
#include "kernel/io.h"
#include "kernel/log.h"
#include "kernel/paging.h"
#include "kernel/panic.h"
#include "kernel/task.h"
#include "kernel/watchdog.h"
#include "services/firmware/acpi_off.h"
#include "services/firmware/bios.h"
#include "services/firmware/boot_machine.h"
#include "services/firmware/kernel_line.h"
#include "services/firmware/pci.h"
#include "services/firmware/pxe.h"
#include "services/firmware/rsdp.h"
#include "services/firmware/rtc.h"
#include "services/firmware/scopes.h"
#include "services/firmware/smbios.h"
#include "services/firmware/spcr.h"
#include "services/stack/stack.h"

#define BIOS_AREA 0xe0000u
#define BIOS_AREA_LEN 0x20000u
#define SMBIOS_AREA 0xf0000u
#define SMBIOS_AREA_LEN 0x10000u
#define PAGE0_END 0x1000u
#define EBDA_SCANNED 1024u		/* ACPI 6.5, 5.2.5.1 */
#define BDA_EBDA 0x0e			/* paragraph of the EBDA */
#define BDA_RESET 0x72			/* what the BIOS does after a reset */
#define RESET_WARM 0x1234
#define BOOTP_SIADDR 20
#define BOOTP_FILE 108
#define BOOTP_FILE_LEN 128
#define BOOTP_LEN 236
#define SCI_EN 1u
#define SLP_EN (1u << 13)
#define RTC_UPDATE_US 3000u		/* an update takes 2 ms at the most (MC146818's data sheet) */
#define GOODBYE_US 200000u		/* what connections get to end in order */

static const struct acpi_memory all_memory = { .base = NULL, .lowest = PAGE0_END, .len = UINT32_MAX };
static const struct boot_params *params;
static struct smbios_info smbios;
static struct smbios_table smbios_table;
static struct machine_facts facts;
static char nbp_name[BOOTP_FILE_LEN + 1];
static const struct machine_leaving *leaving;
static int64_t born_s;			/* when clock_us() was 0, since 1970; or RTC_NO_TIME */

const struct machine_facts *machine_facts(void)
{
	return &facts;
}

const struct memmap *machine_memmap(void)
{
	return &params->map;
}

/* The file we came as and its server, from the packets that the ROM keeps: type 3 if a boot server spoke, else 2. */
static void read_cached_packets(void)
{
	static uint8_t packets[2][R_BUFFER_LEN];
	struct machine_packet *keep[2] = { &facts.rom_ack, &facts.rom_reply };
	for (unsigned type = 3; type >= 2; type--) {
		uint8_t *packet = packets[type - 2];
		int len = undi_cached_packet(type, packet, R_BUFFER_LEN);
		if (len < BOOTP_LEN)
			continue;
		*keep[type - 2] = (struct machine_packet){ packet, (uint16_t)len };
		if (facts.nbp_name || !packet[BOOTP_FILE])
			continue;
		memcpy(nbp_name, packet + BOOTP_FILE, BOOTP_FILE_LEN);
		facts.nbp_name = nbp_name;
		facts.nbp_server = net_addr_from_bytes(packet + BOOTP_SIADDR);
	}
}

/* All registers of one and the same second. */
static void read_rtc(void)
{
	uint8_t regs[RTC_REGS], again[RTC_REGS];
	uint64_t deadline = clock_us() + 4 * RTC_UPDATE_US;
	do {
		while (cmos_read(RTC_STATUS_A) & RTC_UPDATING && clock_us() < deadline)
			;
		for (uint8_t i = 0; i < RTC_REGS; i++)
			regs[i] = cmos_read(i);
		for (uint8_t i = 0; i < RTC_REGS; i++)
			again[i] = cmos_read(i);
	} while (memcmp(regs, again, sizeof regs) && clock_us() < deadline);
	int64_t now = rtc_time(regs);
	born_s = now == RTC_NO_TIME ? now : now - (int64_t)(clock_us() / 1000000);
}

void machine_set_wall_clock(int64_t now_s)
{
	born_s = now_s - (int64_t)(clock_us() / 1000000);
}

int64_t machine_wall_clock(void)
{
	return born_s == RTC_NO_TIME ? born_s : born_s + (int64_t)(clock_us() / 1000000);
}

/* What is longer has been cut on its way to us: a word that may be a piece of one means nothing. */
static const char *whole_args(const char *args)
{
	static char whole[NBP_ARGS_LEN];
	if (strlen(args) < NBP_ARGS_LEN - 1)
		return args;
	strcpy(whole, args);
	char *blank = strrchr(whole, ' ');
	*(blank ? blank : whole) = '\0';
	facts.args_cut = true;
	log_warn("arguments: longer than %d bytes; only the first %u count, give the others to a script",
		 NBP_ARGS_LEN - 2, (unsigned)strlen(whole));
	return whole;
}

/* A loader of Linux has started us: what of its command line are settings, what commands, and its initrd. */
static void take_linux(void)
{
	static char words[NBP_ARGS_LEN];
	facts.commands = "";
	if (!params->as_linux)
		return;
	facts.commands = kernel_line_split(facts.args, words);
	facts.args = words;
	facts.initrd = params->initrd;
	facts.initrd_len = params->initrd_len;
	if (params->initrd_refused)
		log_warn("initrd: %lu bytes are no script, or lie where no memory is; it is left out",
			 (unsigned long)params->initrd_refused);
}

static unsigned smbios_version(const struct smbios_table *t)
{
	return (unsigned)t->major << 8 | t->minor;
}

void machine_setup(const struct boot_params *bp)
{
	struct smbios_table t;
	params = bp;
	if (smbios_find((const uint8_t *)SMBIOS_AREA, SMBIOS_AREA_LEN, &t) == 0 && t.addr >= PAGE0_END &&
	    t.addr <= UINT32_MAX - t.len) {
		t.len = (uint32_t)smbios_read((const uint8_t *)(uintptr_t)t.addr, t.len, smbios_version(&t),
					       &smbios);
		smbios_table = t;
	}
	if (smbios.too_long)
		log_line("machine: its %s, says SMBIOS, is longer than %d characters, and is left out",
			 smbios.too_long, SMBIOS_TEXT - 1);
	facts.manufacturer = *smbios.manufacturer ? smbios.manufacturer : NULL;
	facts.product = *smbios.product ? smbios.product : NULL;
	facts.serial = *smbios.serial ? smbios.serial : NULL;
	facts.asset = *smbios.asset ? smbios.asset : NULL;
	facts.uuid = smbios.has_uuid ? smbios.uuid : NULL;
	uint64_t usable = 0;
	for (uint32_t i = 0; i < params->map.count; i++)
		if (params->map.e[i].type == MEM_USABLE)
			usable += params->map.e[i].len;
	facts.memory_mib = (uint32_t)(usable >> 20);
	facts.args = whole_args(params->args);
	take_linux();
	read_rtc();
	facts.options = params->options;
	read_cached_packets();
	if (facts.product)
		log_line("machine: %s %s, serial number %s, %lu MiB", facts.manufacturer ? facts.manufacturer : "?",
			 facts.product, facts.serial ? facts.serial : "unknown", (unsigned long)facts.memory_mib);
}

static uint32_t ebda(void)
{
	return (uint32_t)paging_bda_u16(BDA_EBDA) << 4;
}

static const uint8_t *find_rsdp(uint32_t *len)
{
	const uint8_t *area = (const uint8_t *)(uintptr_t)ebda();
	const uint8_t *rsdp = ebda() >= PAGE0_END ? rsdp_find(area, EBDA_SCANNED, len) : NULL;
	return rsdp ? rsdp : rsdp_find((const uint8_t *)BIOS_AREA, BIOS_AREA_LEN, len);
}

static uint64_t find_root(void)
{
	uint32_t len;
	const uint8_t *rsdp = find_rsdp(&len);
	return rsdp ? acpi_root(rsdp, len) : 0;
}

int machine_serial_console(struct spcr *out)
{
	return spcr_find(&all_memory, find_root(), out);
}

static bool read_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t regs[4])
{
	return __get_cpuid_count(leaf, subleaf, &regs[0], &regs[1], &regs[2], &regs[3]);
}

bool machine_is_virtual(void)
{
	uint32_t regs[4];
	return read_cpuid(1, 0, regs) && regs[2] >> 31;
}

const struct scopes *machine_scopes(void)
{
	static struct scopes scopes = { .pci_read = pci_read, .cpuid = read_cpuid };
	scopes.smbios = smbios_table.len ? (const uint8_t *)(uintptr_t)smbios_table.addr : NULL;
	scopes.smbios_len = smbios_table.len;
	scopes.smbios_version = smbios_version(&smbios_table);
	scopes.memory = all_memory;
	scopes.acpi_root = find_root();
	scopes.map = &params->map;
	return &scopes;
}

void machine_set_leaving(const struct machine_leaving *rows)
{
	leaving = rows;
}

/* Orderly ends for open connections. */
static void end_connections(bool for_nbp)
{
	for (const struct machine_leaving *l = leaving; l && l->leave; l++)
		if (!for_nbp || !l->not_for_nbp)
			l->leave();
	net_wait_any(clock_us() + GOODBYE_US);
}

static int leave_firmware(struct memmap *final, bool keep_pxe)
{
	end_connections(keep_pxe);
	if (keep_pxe) {
		net_leave(NETDEV_KEEP);
		watchdog_stop();
		*final = params->map;
		return 0;
	}
	bool unloaded = net_leave(NETDEV_UNLOAD) == 0;
	/* the ROM's memory is free now, unless it said that it stays: then the map as it was holds */
	if (!unloaded || e820_read(final) < 0)
		*final = params->map;
	watchdog_stop();
	log_line("undi: %s",
		 unloaded ? "closed, stopped and unloaded" : "closed; the ROM keeps its memory (KEEP_UNDI)");
	log_flush();
	return 0;
}

void machine_boot_facts(struct boot_machine *m)
{
	*m = (struct boot_machine){
		.map = &params->map, .leave_firmware = leave_firmware,
		.resident = params->resident, .resident_len = R_LEN,
	};
	m->rsdp.data = find_rsdp(&m->rsdp.len);
	if (smbios_table.len)
		m->smbios = (struct boot_bytes){ (const uint8_t *)(uintptr_t)smbios_table.addr, smbios_table.len };
	m->smbios_major = smbios_table.major;
	m->smbios_minor = smbios_table.minor;
	firmware_facts(m);
	m->pxe = pxe_describe(params);
}

void machine_set_transport(const char *want)
{
	undi_set_transport(want);
}

void machine_set_driver(struct netdev *dev, const char *want)
{
	native_set_driver(dev, want);
}

void machine_set_trace(bool on)
{
	undi_set_trace(on);
}

_Noreturn void machine_exit_to_rom(int status)
{
	log_line("undine: back to the boot ROM with status %d", status);
	end_connections(false);
	net_leave(NETDEV_RETURN);
	watchdog_stop();
	log_flush();
	paging_end();
	gate_exit(params->caller_ss, params->caller_sp, (uint16_t)status);
}

_Noreturn void machine_next_device(void)
{
	struct bios_regs r = { .intno = 0x18 };
	log_line("undine: to the BIOS's next boot device (INT 18h)");
	end_connections(false);
	net_leave(NETDEV_RETURN);
	watchdog_stop();
	log_flush();
	paging_end();
	gate_bios(&r);
	machine_reset();
}

_Noreturn void machine_reboot(bool warm)
{
	if (warm)
		paging_bda_set_u16(BDA_RESET, RESET_WARM);
	end_connections(false);
	net_close();
	log_line("undine: rebooting");
	log_flush();
	machine_reset();
}

static void acpi_sleep_s5(const struct acpi_off *off)
{
	if (off->smi_cmd && off->acpi_enable && !(inw(off->pm1a_cnt) & SCI_EN)) {
		outb(off->smi_cmd, off->acpi_enable);
		for (int ms = 0; ms < 3000 && !(inw(off->pm1a_cnt) & SCI_EN); ms += 10)
			task_sleep_ms(10);
	}
	outw(off->pm1a_cnt, (uint16_t)(off->slp_typ_a << 10 | SLP_EN));
	if (off->pm1b_cnt)
		outw(off->pm1b_cnt, (uint16_t)(off->slp_typ_b << 10 | SLP_EN));
}

int machine_poweroff(void)
{
	struct acpi_off off;
	if (acpi_off_find(&all_memory, find_root(), &off) < 0)
		return -ENOTSUP;
	log_line("undine: switching off");
	for (const struct machine_leaving *l = leaving; l && l->leave; l++)
		if (!l->for_good)
			l->leave();
	log_flush();
	acpi_sleep_s5(&off);
	task_sleep_ms(1000);
	/* still here: so is whoever asked for it from afar */
	for (const struct machine_leaving *l = leaving; l && l->leave; l++)
		if (l->stay)
			l->stay();
	return -ENOTSUP;
}
