/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of the UNDI device: a ROM that follows a script.  undi.c and card.c are the machine's and not in the
 * library of pure files, so they are included, with ports that lead to variables; the resident drain loop is played
 * in C.
 */
#ifndef TESTS_UNIT_UNDI_SCRIPT_H
#define TESTS_UNIT_UNDI_SCRIPT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <zlib.h>

#define KERNEL_IO_H
static uint8_t io_port[0x100];

static inline void outb(uint16_t p, uint8_t v)
{
	io_port[p] = v;
}

static inline uint8_t inb(uint16_t p)
{
	return io_port[p];
}

#define undi_find scripted_find
#define undi_rom_for scripted_rom
#include "drivers/undi/card.c"
#include "drivers/undi/undi.c"
#include "kernel/pic.c"

#define SEG 0x8e00
#define DEV (&cards[0].dev)
#define TURNS_MAX 600

/* An answer of PXENV_UNDI_ISR, and whether it comes again and again. */
struct answer {
	uint16_t status, func, buffer_len, frame_len;
	uint8_t fill;
};

static struct {
	uint8_t seg[R_LEN];
	struct answer answer[TURNS_MAX];
	unsigned answers, next, calls;
	bool endless;			/* the last answer, for ever */
	uint16_t flag[32];		/* FuncFlag that each stay began with */
	unsigned stays;
	/* open */
	unsigned init_fails, inits, opens, closes, shutdowns, startups, transport_closes;
	bool open_needs_init, never_opens, nic_type_unwritten, mcast_fails;
	bool is_new;			/* no stack is resident; a driver comes out of an option ROM */
	unsigned asked, chosen;		/* GET_INFORMATION; transport_choose() */
	const char *args;		/* NULL: none */
	unsigned patience_s;
	struct pxe_open open;
	uint8_t filter;
	unsigned stops;
	uint16_t stop_status;
	char states[200];		/* the calls that change what the ROM does with its card, in their order */
	struct pxe_get_information info;
	/* sent: as it would be on the wire */
	uint16_t tx_status;
	unsigned sent;
	uint8_t wire[16][RX_FRAME_MAX];
	size_t wire_len[16];
	uint64_t now_us, waited_us;
	/* delivered */
	unsigned got;
	size_t got_len[TURNS_MAX];
	uint8_t got_first[TURNS_MAX], got_last[TURNS_MAX];
	uint64_t log_from;		/* where this test's lines begin */
} R;

static const uint8_t own_mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };

void gate_set_around(void (*f)(bool bios))
{
	(void)f;
}

void *gate_ptr(unsigned off)
{
	return R.seg + off;
}

void gate_bios(struct bios_regs *r)
{
	(void)r;
}

uint64_t clock_us(void)
{
	return R.now_us;
}

void clock_busy_us(uint32_t us)
{
	R.waited_us += us;
}

int scripted_find(const struct undi_memory *mem, const struct undi_hints *hints, struct undi_stack *out, char *why,
	unsigned why_len)
{
	(void)mem;
	(void)hints;
	(void)why;
	(void)why_len;
	if (R.is_new)
		return -ENODEV;
	*out = (struct undi_stack){ .bang = true, .entry = { 1, SEG }, .how = "script" };
	return 0;
}

/* The one ROM there is, for the card that the script has. */
bool scripted_rom(const struct undi_memory *mem, uint16_t vendor, uint16_t device, struct undi_rom *rom)
{
	(void)mem;
	*rom = (struct undi_rom){ .maker = "Some Maker", .product = "Boot Agent" };
	return !vendor && !device;
}

unsigned undi_survey(const struct undi_memory *mem, struct undi_driver out[UNDI_ROMS])
{
	(void)mem;
	out[0] = (struct undi_driver){ .bus_dev_fn = 0x18 };
	return R.is_new;
}

int undi_load(struct undi_driver *driver, const char *name, struct boot_params *params, const struct undi_memory *mem,
	      struct undi_stack *stack, struct transport *transport)
{
	(void)params;
	(void)mem;
	driver->in_memory = true;
	stack->entry = (struct pxe_ptr){ 1, SEG };
	transport_open(transport, stack, name);
	return 0;
}

int undi_load_end(struct undi_driver *driver, struct transport *t)
{
	(void)driver;
	(void)t;
	return 0;
}

void transport_open(struct transport *t, struct undi_stack *s, const char *name)
{
	assert_string_equal(name, "net0");
	t->stack = s;
}

void transport_close(struct transport *t)
{
	(void)t;
	R.transport_closes++;
}

int transport_choose(struct transport *t, const char *want)
{
	(void)t;
	(void)want;
	R.chosen++;
	return 0;
}

int transport_set_patience(unsigned long seconds)
{
	if (!seconds || seconds > 3600)
		return -EINVAL;
	R.patience_s = (unsigned)seconds;
	return 0;
}

unsigned transport_patience(void)
{
	return R.patience_s;
}

struct pxe_ptr transport_ptr(const struct transport *t, unsigned off)
{
	(void)t;
	return (struct pxe_ptr){ .off = (uint16_t)off, .seg = SEG };
}

static inline uint16_t rom_transmit(const struct pxe_transmit *t)
{
	struct pxe_tbd tbd;
	if (R.tx_status)
		return R.tx_status;
	assert_true(R.sent < 16);
	uint8_t *w = R.wire[R.sent];
	size_t head = t->protocol == TX_P_UNKNOWN ? 0 : 14;
	memcpy(&tbd, R.seg + t->tbd.off, sizeof tbd);
	if (head) {
		memcpy(w, R.seg + t->dest.off, 6);
		memcpy(w + 6, own_mac, 6);
		w[12] = 8;
		w[13] = t->protocol == TX_P_ARP ? 6 : 0;
	}
	memcpy(w + head, R.seg + tbd.immediate.off, tbd.immediate_len);
	R.wire_len[R.sent++] = head + tbd.immediate_len;
	return 0;
}

static inline void note_state(enum pxe_op op)
{
	static const struct { enum pxe_op op; const char *name; } names[] = {
		{ PXE_UNDI_STARTUP, "STARTUP" }, { PXE_UNDI_INITIALIZE, "INITIALIZE" }, { PXE_UNDI_OPEN, "OPEN" },
		{ PXE_UNDI_CLOSE, "CLOSE" }, { PXE_UNDI_SHUTDOWN, "SHUTDOWN" }, { PXE_UNDI_CLEANUP, "CLEANUP" },
		{ PXE_UNLOAD_STACK, "UNLOAD" }, { PXE_STOP_UNDI, "STOP" }, { PXE_FILE_EXEC, "FILE_EXEC" },
	};
	size_t at = strlen(R.states);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].op == op)
			snprintf(R.states + at, sizeof R.states - at, "%s%s", at ? " " : "", names[i].name);
}

/* Those are the calls since it was last asked. */
static inline void asked(const char *states)
{
	assert_string_equal(R.states, states);
	R.states[0] = '\0';
}

uint16_t transport_call(struct transport *t, enum pxe_op op, void *params, size_t len)
{
	note_state(op);
	assert_ptr_equal(t->stack, &cards[0].stack);
	switch (op) {
	case PXE_UNDI_GET_INFORMATION:
		assert_true(!R.is_new || R.inits > R.init_fails);
		R.asked++;
		memcpy(params, &R.info, len);
		return 0;
	case PXE_UNDI_GET_NIC_TYPE:
		if (!R.nic_type_unwritten)
			((struct pxe_get_nic_type *)params)->nic_type = 3;
		return 0;
	case PXE_UNDI_INITIALIZE:
		return ++R.inits <= R.init_fails ? 0x61 : 0;
	case PXE_UNDI_OPEN:
		R.opens++;
		memcpy(&R.open, params, len);
		return R.never_opens || (R.open_needs_init && R.inits <= R.init_fails) ? 0x6a : 0;
	case PXE_UNDI_CLOSE:
		R.closes++;
		return 0;
	case PXE_UNDI_SHUTDOWN:
		R.shutdowns++;
		return 0;
	case PXE_UNDI_STARTUP:
		R.startups++;
		return 0;
	case PXE_UNDI_TRANSMIT:
		return rom_transmit(params);
	case PXE_UNDI_SET_MCAST:
		return R.mcast_fails ? 3 : 0;
	case PXE_UNDI_SET_PACKET_FILTER:
		R.filter = ((struct pxe_set_packet_filter *)params)->filter;
		return 0;
	case PXE_STOP_UNDI:
		R.stops++;
		return R.stop_status;
	default:
		return 1;
	}
}

/* boot16/resident.asm's drain16 */
void transport_drain(struct transport *t)
{
	(void)t;
	struct { uint16_t flag, calls, count, why; } d;
	uint8_t *words = R.seg + R_DATA + D_DRAIN_FLAG;
	memcpy(&d, words, sizeof d);
	assert_true(R.stays < 32);
	R.flag[R.stays++] = d.flag;
	for (d.count = 0;;) {
		static const struct answer done = { .func = ISR_OUT_DONE };
		const struct answer *a = &done;
		d.why = DRAIN_FULL;
		if (d.count == R_SLOTS)
			break;
		d.why = DRAIN_QUOTA;
		if (!d.calls--)
			break;
		R.calls++;
		if (R.next < R.answers)
			a = &R.answer[R.next++];
		else if (R.endless)
			a = &R.answer[R.answers - 1];
		d.why = DRAIN_ERROR;
		if (a->status)
			break;
		if (a->func == ISR_OUT_TRANSMIT)
			continue;
		d.why = DRAIN_DONE;
		if (a->func != ISR_OUT_RECEIVE)
			break;
		struct rom_slot slot = { .buffer_len = a->buffer_len, .frame_len = a->frame_len };
		memcpy(R.seg + R_DATA + D_SLOTS + d.count * sizeof slot, &slot, sizeof slot);
		memset(R.seg + R_RING + d.count++ * R_SLOT_LEN, a->fill,
			a->buffer_len < R_SLOT_LEN ? a->buffer_len : R_SLOT_LEN);
	}
	memcpy(words, &d, sizeof d);
}

static inline void deliver(void *ctx, struct netdev *dev, const void *frame, size_t len)
{
	assert_ptr_equal(ctx, &R);
	assert_ptr_equal(dev, DEV);
	assert_true(R.got < TURNS_MAX);
	R.got_first[R.got] = *(const uint8_t *)frame;
	R.got_last[R.got] = ((const uint8_t *)frame)[len - 1];
	R.got_len[R.got++] = len;
}

static inline void says(uint16_t func, uint16_t buffer_len, uint16_t frame_len, uint8_t fill)
{
	assert_true(R.answers < TURNS_MAX);
	R.answer[R.answers++] = (struct answer){ .func = func, .buffer_len = buffer_len, .frame_len = frame_len,
		.fill = fill };
}

static inline void whole(uint16_t len, uint8_t fill)
{
	says(ISR_OUT_RECEIVE, len, len, fill);
}

static struct netdev *table[UNDI_CARDS];

/* As far as that goes at once. */
static inline void find_it(void)
{
	static const uint8_t no_options[OPTIONS_LEN];
	struct boot_params params = { .rom_area = R.is_new, .options = no_options };
	snprintf(params.args, sizeof params.args, "%s", R.args ? R.args : "");
	assert_int_equal(undi_cards(&params, table, UNDI_CARDS), 1);
	assert_ptr_equal(table[0], DEV);
}

static inline int open_it(void)
{
	find_it();
	return DEV->link_up ? 0 : -EIO;
}

static inline unsigned poll_it(void)
{
	return DEV->ops->poll(DEV, deliver, &R);
}

static inline int send(const void *frame, size_t len)
{
	return DEV->ops->transmit(DEV, frame, len);
}

/* What has been said in this test so far. */
static inline const char *log_text(void)
{
	static char text[4096];
	uint64_t at = R.log_from;
	text[log_read(&at, text, sizeof text - 1)] = 0;
	return text;
}

static inline int setup(void **state)
{
	(void)state;
	memset(&R, 0, sizeof R);
	R.log_from = log_end();
	memset(io_port, 0, sizeof io_port);
	memset(cards, 0, sizeof cards);
	R.now_us = 1000000;
	R.info = (struct pxe_get_information){ .int_number = 11, .mtu = 1500 };
	memcpy(R.info.current_address, own_mac, 6);
	return 0;
}

static inline int setup_open(void **state)
{
	return setup(state) || open_it();
}

#define T(f) cmocka_unit_test_setup(f, setup)
#define O(f) cmocka_unit_test_setup(f, setup_open)

#endif
