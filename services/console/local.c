/* SPDX-License-Identifier: BSD-2-Clause */
/* VGA and serial ports as screens: see local.h. */
#include "services/console/local.h"

#include <errno.h>
#include <stddef.h>

#include "kernel/clock.h"
#include "kernel/gate.h"
#include "kernel/keyboard.h"
#include "kernel/log.h"
#include "kernel/serial.h"
#include "kernel/vga.h"
#include "services/console/console.h"
#include "services/console/console_service.h"

#define KNOWN_MAX 8		/* ports ever used; those that are not any more keep their place in the log */
#define BURST 64
#define VGA_CAN (SCREEN_ERASE | SCREEN_FULL | SCREEN_COLOUR)
#define COPY_US 120000u		/* two ticks */
#define LAG_MAX 20u		/* of them, until the BIOS has copied a screen: at 9600 baud that takes 2.2 s */

struct local {
	struct ports_port as;
	struct serial serial;
	struct screen screen;
	struct keys keys;
	bool used;
	bool bios_reads;	/* so do not we: keys would come in any order */
	char name[PORTS_TEXT];
};

static struct local ports[KNOWN_MAX];
static struct ports_port standard;
static bool by_firmware;	/* the default port is the one that the firmware uses */
static bool redirected, vga_wanted, vga_ready, vga_on;

static bool pump_vga(struct screen *s)
{
	char text[256];
	size_t n;
	while ((n = console_take(s, text, sizeof(text))))
		vga_write(text, n);
	vga_show();
	return true;
}

static struct screen vga = {
	.name = "VGA", .columns = VGA_COLUMNS, .rows = VGA_ROWS, .can = VGA_CAN, .pump = pump_vga,
};

static bool pump_serial(struct screen *s)
{
	const struct local *l = (const struct local *)((char *)s - offsetof(struct local, screen));
	char text[SERIAL_FIFO];
	size_t n = serial_room(&l->serial);
	n = n ? console_take(s, text, n) : 0;
	serial_send(&l->serial, text, n);
	return n;
}

/*
 * Has the BIOS write without a trace: a carriage return where the cursor is,
 * which goes back there, and the last cell scrolled away, which is VGA's again
 * with the next line.  SeaBIOS's sercon, for one, sends the latter.
 */
static bool write_by_bios(unsigned turn)
{
	(void)turn;
	struct bios_regs at = { .intno = 0x10, .eax = 0x0300 };
	gate_bios(&at);
	struct bios_regs r = { .intno = 0x10, .eax = 0x0e0d, .ebx = 7 };
	gate_bios(&r);
	r = (struct bios_regs){ .intno = 0x10, .eax = 0x0601, .ebx = 0x0700, .ecx = 0x184f, .edx = 0x184f };
	gate_bios(&r);
	r = (struct bios_regs){ .intno = 0x10, .eax = 0x0200, .edx = at.edx };
	gate_bios(&r);
	return false;
}

static bool give_time(unsigned turn)
{
	static uint64_t begun_us;
	if (!turn)
		begun_us = clock_us();
	keyboard_read();	/* a visit to real mode, with interrupts on */
	return clock_us() - begun_us < COPY_US;
}

/*
 * Whether what the BIOS is told to write goes to the port.  One that copies the video memory may be still at what stood
 * there before, and that is no answer to us.
 */
static bool bios_writes_there(const struct serial *s)
{
	if (!serial_overhears(s, write_by_bios))
		return false;
	for (unsigned n = 0; n < LAG_MAX && serial_overhears(s, give_time); n++)
		;
	return serial_overhears(s, write_by_bios);
}

/*
 * Changes a cell and puts it back, and gives the BIOS the time to see both: if
 * it copies the video memory, it does so at a tick of the clock or in system
 * management mode.
 */
static bool write_to_screen(unsigned turn)
{
	static volatile uint16_t *const cell = (volatile uint16_t *)0xb8000 + VGA_ROWS * VGA_COLUMNS - 1;
	static uint64_t begun_us;
	static uint16_t was;
	if (!turn) {
		begun_us = clock_us();
		was = *cell;
		*cell = was ^ 1;
	}
	keyboard_read();	/* a visit to real mode, with interrupts on */
	uint64_t past_us = clock_us() - begun_us;
	if (past_us > COPY_US)
		*cell = was;
	return past_us < 2 * COPY_US;
}

static bool same(const struct ports_port *a, const struct ports_port *b)
{
	return a->io == b->io && a->rate == b->rate && a->line == b->line && a->can == b->can &&
	       a->columns == b->columns && a->rows == b->rows;
}

/* What it has read meanwhile was its own, sent back. */
static void leave_to_bios(struct local *l)
{
	serial_close(&l->serial);
	while (keyboard_read() >= 0)
		;
	log_line("console: %s is left to the BIOS, which copies the screen there; console=%s takes it", l->name,
		 l->name);
}

/* Shows the console there: false when there is no port. */
static bool use(struct local *l, const struct ports_port *as, bool chosen)
{
	struct screen *s = &l->screen;
	if (l->used)
		serial_close(&l->serial);
	l->as = *as;
	ports_name(as, l->name);
	l->serial = (struct serial){ .io = as->io, .rate = as->rate, .line = as->line };
	if (serial_open(&l->serial) < 0) {
		log_warn("console: %s: no serial port answers at %Xh", l->name, as->io);
		if (l->used)
			console_leave(s);
		l->used = false;
		return false;
	}
	if (!l->used) {
		l->bios_reads = bios_writes_there(&l->serial);
		if (!chosen && by_firmware && !l->bios_reads && serial_overhears(&l->serial, write_to_screen)) {
			leave_to_bios(l);
			return true;
		}
		*s = (struct screen){
			.name = l->name, .columns = as->columns, .rows = as->rows, .can = as->can, .pump = pump_serial,
			.pos = s->pos,
		};
		console_join(s);
	} else {
		screen_resize(s, as->columns, as->rows, as->can);
	}
	l->used = true;
	redirected |= l->bios_reads;
	char text[PORTS_TEXT];
	/* what everybody expects need not be said */
	if (chosen || l->bios_reads || !same(as, &ports_com1))
		log_line("console: %s%s", ports_describe(as, text),
			 l->bios_reads ? ", where the BIOS shows its screen too: it reads what is typed there" : "");
	return true;
}

static void drop(struct local *l)
{
	char text[PORTS_TEXT];
	log_line("console: not on %s any more", ports_name(&l->as, text));
	for (unsigned spins = 0; console_behind(&l->screen) && spins < 1000000;)
		spins = pump_serial(&l->screen) ? 0 : spins + 1;
	console_leave(&l->screen);
	serial_close(&l->serial);
	l->used = false;
}

/* The place of that port, a new one if need be; NULL: all are taken. */
static struct local *place(uint16_t io)
{
	struct local *empty = NULL;
	for (struct local *l = ports; l < ports + KNOWN_MAX; l++)
		if (l->as.io == io)
			return l;
		else if (!l->used && (!empty || !l->as.io))
			empty = l;
	if (empty)
		*empty = (struct local){ .as.io = io };
	return empty;
}

static bool wanted(const struct ports *p, uint16_t io)
{
	for (unsigned i = 0; i < p->count; i++)
		if (p->port[i].io == io)
			return true;
	return false;
}

/* As soon as it can be. */
static void show_vga(bool on)
{
	vga_wanted = on;
	on &= vga_ready;
	if (on && !vga_on)
		console_join(&vga);
	else if (!on && vga_on)
		console_leave(&vga);
	vga_on = on;
}

/* New ports first: they show why the old ones fall silent. */
static void apply(const struct ports *p)
{
	bool any = false;
	for (unsigned i = 0; i < p->count; i++) {
		struct local *l = place(p->port[i].io);
		if (l && !(l->used && same(&l->as, &p->port[i])))
			use(l, &p->port[i], p->chosen);
		any |= l && l->used;
	}
	for (struct local *l = ports; l < ports + KNOWN_MAX; l++)
		if (l->used && !wanted(p, l->as.io))
			drop(l);
	show_vga(p->vga || !any);
}

static int take(const char *text)
{
	struct ports p;
	char bad[PORTS_TEXT];
	if (ports_parse(&p, text, &standard, bad) < 0) {
		log_warn("console: \"%s\" is no port, rate or terminal; as in console=com2,57600n8; all stays as it is",
			 bad);
		return -EINVAL;
	}
	apply(&p);
	return 0;
}

int local_set(const char *text)
{
	int err = take(text);
	if (err == 0)
		local_stay();
	return err;
}

void local_begin(const struct ports_port *port, bool firmware, const char *text)
{
	by_firmware = firmware;
	standard = *port;
	vga_wanted = true;
	if (text && take(text) == 0)
		return;
	struct local *l = place(port->io);
	if (use(l, port, false) || port->io == ports_com1.io)
		return;
	standard = ports_com1;
	use(place(ports_com1.io), &ports_com1, false);
}

void local_set_view(const struct vga_view *v)
{
	if (vga_on)
		console_leave(&vga);
	vga_set_view(v);
	vga.columns = (uint16_t)(v ? v->columns : VGA_COLUMNS);
	vga.rows = (uint16_t)(v ? v->rows : VGA_ROWS);
	vga.can = VGA_CAN | (v ? SCREEN_NUMBERED : 0);
	if (!v)
		vga.pos = log_back(VGA_ROWS - 2);
	if (vga_on)
		console_join(&vga);
}

void local_begin_vga(void)
{
	vga_init();
	vga_ready = true;
	local_stay();
	show_vga(vga_wanted);
}

static void read_port(struct local *l)
{
	int c, keys[KEYS_AT_ONCE];
	for (unsigned n = 0; n < BURST && (c = serial_receive(&l->serial)) >= 0; n++)
		for (unsigned i = 0, got = keys_byte(&l->keys, c, clock_us(), keys); i < got; i++)
			console_typed(keys[i], 0, clock_us());
	c = keys_pause(&l->keys, clock_us());
	if (c)
		console_typed(c, 0, clock_us());
}

void local_read_ports(void)
{
	for (struct local *l = ports; l < ports + KNOWN_MAX; l++)
		if (l->used && !l->bios_reads)
			read_port(l);
}

void local_read_keyboard(void)
{
	int ax;
	for (unsigned n = 0; n < 16 && (ax = keyboard_read()) >= 0; n++) {
		int key = keys_bios((uint16_t)ax);
		if (key)
			console_typed(key, 0, clock_us());
	}
}

void local_leave(void)
{
	console_widget(NULL);
	console_live(NULL, -1);
	vga_tell_cursor(true);
}

void local_stay(void)
{
	vga_tell_cursor(!redirected);
}
