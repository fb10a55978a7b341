/* SPDX-License-Identifier: BSD-2-Clause */
/* A PC around the whole loader: see pc.h.  Each function below is described in the product's header that has it. */
#include "tests/world/pc.h"
#include "tests/world/video.h"

#include <assert.h>
#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <string.h>

#include <zlib.h>

#include "drivers/undi/undi.h"
#include "drivers/pci/pci.h"
#include "kernel/boot_params.h"
#include "kernel/clock.h"
#include "kernel/cmos.h"
#include "kernel/e820.h"
#include "kernel/gate.h"
#include "kernel/keyboard.h"
#include "kernel/log.h"
#include "kernel/paging.h"
#include "kernel/panic.h"
#include "kernel/patch.h"
#include "kernel/random.h"
#include "kernel/restart.h"
#include "kernel/serial.h"
#include "kernel/symbols.h"
#include "kernel/task_machine.h"
#include "kernel/traps.h"
#include "kernel/user32.h"
#include "kernel/watchdog.h"
#include "services/boot/disk.h"
#include "services/boot/freebsd.h"
#include "services/boot/realmode.h"
#include "services/boot/swap.h"
#include "tests/world/far.h"
#include "tests/world/jump.h"
#include "tests/world/machine.h"

#define IMAGE_LEN 0x40000u		/* the loader's own memory; a page is free above it */
#define KEYS 4096
#define BOOTP_SIADDR 20
#define BOOTP_FILE 108
#define BOOTP_OPTIONS 236

_Noreturn void kernel_main(const struct boot_params *bp);

enum pc_end pc_end;
int pc_status;

static struct boot_params params = {
	.image = MACHINE_MEMORY - IMAGE_LEN - 4096, .image_len = IMAGE_LEN, .base_kib = 639, .resident = MACHINE_LOW,
};

bool pc_ended(void)
{
	return pc_end != PC_RUNS;
}

static _Noreturn void end(enum pc_end how, int status)
{
	pc_end = how;
	pc_status = status;
	machine_stop();
}

static struct copier_block *entered;

static void enter(void *block)
{
	entered = block;
	end(PC_BOOTED, 0);
}

static void restarted(void)
{
	end(PC_RESTARTED, 0);
}

static void begin(void)
{
	machine_restarted = restarted;
	kernel_main(&params);
}

/* ---- settings in our own file ---- */

static uint8_t options[OPTIONS_LEN];
static uint32_t options_len;
static bool options_damaged;

void pc_file_setting(const char *entry)
{
	size_t len = strlen(entry) + 1;
	assert(len <= PATCH_ROOM - options_len);
	memcpy(options + OPTIONS_LEN - PATCH_ROOM + options_len, entry, len);
	options_len += (uint32_t)len;
	options_damaged = options_damaged || *entry == '=';
}

bool pc_file_has(const char *text)
{
	return memmem(options, sizeof(options), text, strlen(text));
}

static const uint8_t *made_options(void)
{
	uint32_t head[] = { OPTIONS_MAGIC, 0, OPTIONS_LEN, options_len };
	memcpy(options, head, sizeof(head));
	head[1] = (uint32_t)crc32(0, options + 8, (uInt)(options_len + 8)) + options_damaged;
	memcpy(options, head, sizeof(head));
	return options;
}

/* ---- the ROM's PXE stack ---- */

bool pc_has_pxe;

/* The ROM's DHCP ACK: we came as undine.0 from the far side. */
static void make_ack(uint8_t ack[PC_ACK_LEN])
{
	static const uint8_t settings[] = { 0x63, 0x82, 0x53, 0x63, 53, 1, 5, 255 };
	memset(ack, 0, PC_ACK_LEN);
	ack[0] = 2;
	ack[1] = 1;
	ack[2] = 6;
	memcpy(ack + BOOTP_SIADDR, "\x0a\x00\x00\x01", 4);
	memcpy(ack + BOOTP_FILE, "undine.0", 9);
	memcpy(ack + BOOTP_OPTIONS, settings, sizeof(settings));
}

static void add_pxe(void)
{
	if (!pc_has_pxe)
		return;
	params.caller_sp = PC_STACK - offsetof(struct caller_frame, ret_ip);
	params.caller = (struct caller_frame){
		.es = PC_PXENV >> 4, .flags = 2, .arg = { 0, PC_BANG >> 4 },
	};
	memmap_add(&params.map, &(struct e820_entry){ 0, MACHINE_LOW, MEM_USABLE, 1 });
	make_ack((uint8_t *)(uintptr_t)PC_ACK);
}

static struct netdev *card;

void pc_start_with(struct netdev *its_card, const char *args)
{
	card = its_card;
	params.options = made_options();
	if (args)
		snprintf(params.args, sizeof(params.args), "%s", args);
	params.map = *machine_map();
	jump_leads_to(enter);
	machine_memory();
	add_pxe();
	machine_begin = begin;
}

void pc_start(const char *args)
{
	pc_start_with(far_card(), args);
	far_begin();
}

/* ---- the clock chip ---- */

uint8_t pc_clock_chip[PC_CLOCK_CHIP] = { 0x07, 0, 0x28, 0, 0x06, 0, 0, 0x30, 0x11, 0x26, 0, 2 };

uint8_t cmos_read(uint8_t reg)
{
	return reg < PC_CLOCK_CHIP ? pc_clock_chip[reg] : 0;
}

/* ---- consoles ---- */

static char keys[KEYS];
static size_t keys_at, keys_len;

void pc_type(const char *text)
{
	for (; *text && keys_len < KEYS; text++)
		keys[keys_len++] = *text == '\n' ? '\r' : *text;
}

int serial_open(struct serial *s)
{
	return s->io == 0x3f8 ? 0 : -ENODEV;
}

void serial_close(struct serial *s)
{
	(void)s;
}

size_t serial_room(const struct serial *s)
{
	(void)s;
	return SERIAL_FIFO;
}

/* What the serial port has sent last: what is on a screen, too. */
static char sent[1 << 16];
static size_t sent_len;
uint64_t pc_sent;

void serial_send(const struct serial *s, const char *text, size_t len)
{
	(void)s;
	assert(len <= SERIAL_FIFO && (!len || text));
	pc_sent += len;
	if (sent_len + len >= sizeof(sent)) {
		sent_len -= sizeof(sent) / 2;
		memmove(sent, sent + sizeof(sent) / 2, sent_len);
	}
	for (size_t i = 0; i < len; i++)
		sent[sent_len++] = text[i] ? text[i] : ' ';
	sent[sent_len] = '\0';
}

static const char *awaited_there;

static bool is_there(void)
{
	return strstr(sent, awaited_there);
}

bool pc_shows(const char *text, uint64_t within_us)
{
	awaited_there = text;
	return machine_run(is_there, within_us);
}

int serial_receive(const struct serial *s)
{
	(void)s;
	return keys_at < keys_len ? keys[keys_at++] : -1;
}

const char *pc_overhears;

bool serial_overhears(const struct serial *s, bool (*provoke)(unsigned turn))
{
	(void)s;
	(void)provoke;
	return pc_overhears && *pc_overhears && *pc_overhears++ == '+';
}

int keyboard_read(void)
{
	return -1;
}

bool pc_shift;

bool keyboard_shift(void)
{
	return pc_shift;
}

bool pc_said(const char *text)
{
	static char log[LOG_RING_LEN];
	uint64_t pos = 0;
	size_t len = 0, n;
	while ((n = log_read(&pos, log + len, sizeof(log) - len)))
		len += n;
	return memmem(log, len, text, strlen(text));
}

static const char *awaited;

static bool is_said(void)
{
	return pc_said(awaited);
}

bool pc_says(const char *text, uint64_t within_us)
{
	awaited = text;
	return machine_run(is_said, within_us);
}

/* ---- processor, BIOS ---- */

void clock_init(void)
{
}

uint32_t clock_tsc_khz(void)
{
	return 1000000;
}

void clock_busy_us(uint32_t us)
{
	machine_pass(us);
}

void symbols_init(const uint8_t *table, uint32_t len, uint32_t image)
{
	(void)table;
	(void)len;
	(void)image;
}

void traps_init(void)
{
}

void paging_init(void)
{
}

void paging_read_only(uint32_t lo, uint32_t hi)
{
	assert(lo == MACHINE_LOW + R_CODE && hi == MACHINE_LOW + R_DATA);
}

void paging_code(uint32_t lo, uint32_t hi)
{
	assert(lo < hi);
}

void paging_end(void)
{
}

/* A module's code is the test's, which plays the processor. */
int (*pc_module)(struct user32 *u, const struct space *s);

int user32_begin(struct user32 *u, uint32_t entry, uint32_t esp)
{
	*u = (struct user32){ .frame = { .eip = entry, .user_esp = esp } };
	return 0;
}

int user32_run(struct user32 *u, const struct space *s)
{
	return pc_module(u, s);
}

void user32_end(struct user32 *u)
{
	(void)u;
}

const char *traps_name(uint32_t vector)
{
	return vector == 14 ? "page fault" : "trap";
}

const uint8_t task_machine_endless[1];

void task_machine_crash_at(const void *place)
{
	(void)place;
}

uint16_t paging_bda_u16(unsigned off)
{
	return off == 0x75 ? 1 : off == 0x13 ? params.base_kib : 0;	/* disks; base memory */
}

void paging_bda_set_u16(unsigned off, uint16_t v)
{
	(void)off;
	(void)v;
}

void gate_attach(uint32_t linear)
{
	assert(linear == MACHINE_LOW);
}

void *gate_ptr(unsigned off)
{
	assert(off < R_LEN);
	return (void *)(uintptr_t)(MACHINE_LOW + off);
}

uint16_t gate_seg(void)
{
	return MACHINE_LOW >> 4;
}

/* Drive 80h, which takes block numbers: a boot sector, and nothing but zeros behind it. */
static bool int13(struct bios_regs *r)
{
	unsigned function = r->eax >> 8 & 0xff;
	if ((r->edx & 0xff) != 0x80)
		return false;
	if (function == 0x41) {
		r->ebx = 0xaa55;
		r->ecx = 1;
		return true;
	}
	if (function != 0x42)
		return false;
	uint64_t lba;
	struct segoff buffer;
	memcpy(&buffer, gate_ptr(r->esi + 4), sizeof(buffer));
	memcpy(&lba, gate_ptr(r->esi + 8), sizeof(lba));
	uint8_t *sector = (uint8_t *)(uintptr_t)segoff_linear(buffer);
	memset(sector, 0, DISK_SECTOR);
	if (!lba)
		memcpy(sector + DISK_SECTOR - 2, "\x55\xaa", 2);
	return true;
}

/* PCI: two buses, on the first a bridge, a device of two functions and a card behind it. */
static bool int1a(struct bios_regs *r)
{
	static const struct { uint32_t function, id, header; } there[] = {
		{ 0x000, 0x12378086, 0 }, { 0x018, 0x100e8086, 0x800000 }, { 0x01a, 0x100f8086, 0 },
		{ 0x100, 0x10001af4, 0 },
	};
	bool found = false;
	if (r->eax == 0xb101) {
		*r = (struct bios_regs){ .edx = 0x20494350, .ecx = 1 };
		return true;
	}
	r->eax = 0;
	r->ecx = 0xffffffff;
	for (unsigned i = 0; i < sizeof(there) / sizeof(there[0]); i++)
		if (there[i].function == r->ebx) {
			r->ecx = r->edi ? there[i].header : there[i].id;
			found = true;
		}
	/* a function that is not there reads as ones; only one past the last bus is none */
	return found || r->ebx < 0x200;
}

void gate_bios(struct bios_regs *r)
{
	if (r->intno == 0x18)
		end(PC_RESET, 0x18);
	r->flags = (r->intno == 0x13 && int13(r)) || (r->intno == 0x1a && int1a(r)) ||
		   (r->intno == 0x10 && video_bios(r)) ? 0 : EFLAGS_CF;
}

_Noreturn void gate_exit(uint16_t ss, uint16_t sp, uint16_t ax)
{
	(void)ss;
	(void)sp;
	end(PC_EXITED, ax);
}

_Noreturn void machine_reset(void)
{
	end(PC_RESET, 0);
}

void restart_init(struct boot_params *bp)
{
	(void)bp;
}

void watchdog_start(void)
{
}

void watchdog_stop(void)
{
}

void watchdog_set(uint32_t seconds)
{
	(void)seconds;
}

void restart_begin(void)
{
}

void restart_set_hooks(const struct restart_hooks *hooks)
{
	(void)hooks;
}

bool undi_leave_for_restart(void)
{
	return true;
}

int e820_read(struct memmap *out)
{
	*out = *machine_map();
	return 0;
}

void random_init(void)
{
}

void random_feed(const char *device, const uint32_t *words, size_t count)
{
	(void)device;
	(void)words;
	(void)count;
}

bool pci_find(uint16_t vendor, uint16_t device, unsigned nth, uint32_t *function)
{
	(void)vendor;
	(void)device;
	(void)nth;
	*function = 0;
	return false;
}

bool pci_reg(uint32_t function, unsigned at, uint32_t *value)
{
	(void)function;
	(void)at;
	*value = UINT32_MAX;
	return false;
}

bool pci_set_reg(uint32_t function, unsigned at, uint16_t value)
{
	(void)function;
	(void)at;
	(void)value;
	return false;
}

void pci_silence(uint32_t function)
{
	(void)function;
}

uint32_t pci_in(uint32_t at, unsigned len)
{
	(void)at;
	(void)len;
	return 0;
}

void pci_out(uint32_t at, unsigned len, uint32_t value)
{
	(void)at;
	(void)len;
	(void)value;
}

/* ---- the card and its ROM ---- */

unsigned undi_cards(struct boot_params *bp, struct netdev **table, unsigned room)
{
	(void)bp;
	assert(room);
	table[0] = card;
	table[0]->ops->open(table[0]);
	if (card != far_card() || far_second == FAR_ONE_CARD)
		return 1;
	assert(room > 1);
	table[1] = far_second_card();
	table[1]->ops->open(table[1]);
	return 2;
}

unsigned undi_cards_wanted(const struct boot_params *bp, unsigned room)
{
	(void)bp;
	return room;
}

int undi_at(const struct netdev *dev, uint16_t function)
{
	(void)dev;
	(void)function;
	return 0;
}

int undi_rest(struct netdev *dev)
{
	(void)dev;
	return -EIO;
}

int undi_wake(struct netdev *dev)
{
	(void)dev;
	return -EIO;
}

void undi_set_trace(bool on)
{
	(void)on;
}

void undi_set_transport(const char *want)
{
	(void)want;
}

static struct { const void *data; size_t len; } rom_packet[4];

void pc_rom_packet(unsigned type, const void *packet, size_t len)
{
	rom_packet[type].data = packet;
	rom_packet[type].len = len;
}

int undi_cached_packet(unsigned type, void *buf, size_t len)
{
	if (rom_packet[type].data) {
		assert(len >= rom_packet[type].len);
		memcpy(buf, rom_packet[type].data, rom_packet[type].len);
		return (int)rom_packet[type].len;
	}
	if (type != 2 || len < PC_ACK_LEN)
		return -ENOENT;
	make_ack(buf);
	return PC_ACK_LEN;
}

bool undi_structures(uint32_t *bang, uint32_t *pxenv)
{
	*bang = pc_has_pxe ? PC_BANG : 0;
	*pxenv = pc_has_pxe ? PC_PXENV : 0;
	return pc_has_pxe;
}

uint32_t undi_cached_buffer(unsigned type, uint16_t *len)
{
	*len = type == 2 ? PC_ACK_LEN : 0;
	return type == 2 ? PC_ACK : 0;
}

/* ---- the jump ---- */

const uint8_t realmode_code[REALMODE_CODE_LEN], swap_code[SWAP_CODE_LEN], freebsd64_code[FREEBSD64_CODE_LEN];

static uint8_t low[MACHINE_LOW];	/* in the place of what a process cannot have */

static void *real(uint32_t address)
{
	return address < MACHINE_LOW ? low + address : (uint8_t *)(uintptr_t)address;
}

const void *pc_at(uint32_t address)
{
	return real(address);
}

struct entry_regs pc_hand_over(void)
{
	static struct move moves[1024];
	assert(pc_end == PC_BOOTED && entered->count <= 1024);
	struct entry_regs regs = entered->regs;
	unsigned count = entered->count;
	memcpy(moves, entered->move, count * sizeof(moves[0]));
	__asan_unpoison_memory_region((void *)(uintptr_t)MACHINE_LOW, MACHINE_MEMORY - MACHINE_LOW);
	for (struct move *m = moves; m < moves + count; m++) {
		assert(m->dst >= MACHINE_LOW || m->dst + m->len + m->zero <= MACHINE_LOW);
		memmove(real(m->dst), (const void *)(uintptr_t)m->src, m->len);
		memset(real(m->dst + m->len), 0, m->zero);
	}
	return regs;
}
