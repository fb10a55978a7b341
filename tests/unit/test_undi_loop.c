/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The UNDI device against a ROM that follows a script: opening, the receive
 * loop, sending, and what ROMs are known to do there.  undi.c and card.c are the
 * machine's and not in the library of pure files, so they are included, with
 * ports that lead to variables; the resident drain loop is played in C.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <zlib.h>

#define KERNEL_IO_H
static uint8_t io_port[0x100];

static void outb(uint16_t p, uint8_t v)
{
	io_port[p] = v;
}

static uint8_t inb(uint16_t p)
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

static uint16_t rom_transmit(const struct pxe_transmit *t)
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

static void note_state(enum pxe_op op)
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
static void asked(const char *states)
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

static void deliver(void *ctx, struct netdev *dev, const void *frame, size_t len)
{
	assert_ptr_equal(ctx, &R);
	assert_ptr_equal(dev, DEV);
	assert_true(R.got < TURNS_MAX);
	R.got_first[R.got] = *(const uint8_t *)frame;
	R.got_last[R.got] = ((const uint8_t *)frame)[len - 1];
	R.got_len[R.got++] = len;
}

static void says(uint16_t func, uint16_t buffer_len, uint16_t frame_len, uint8_t fill)
{
	assert_true(R.answers < TURNS_MAX);
	R.answer[R.answers++] = (struct answer){ .func = func, .buffer_len = buffer_len, .frame_len = frame_len,
		.fill = fill };
}

static void whole(uint16_t len, uint8_t fill)
{
	says(ISR_OUT_RECEIVE, len, len, fill);
}

static struct netdev *table[UNDI_CARDS];

/* As far as that goes at once. */
static void find_it(void)
{
	static const uint8_t no_options[OPTIONS_LEN];
	struct boot_params params = { .rom_area = R.is_new, .options = no_options };
	snprintf(params.args, sizeof params.args, "%s", R.args ? R.args : "");
	assert_int_equal(undi_cards(&params, table, UNDI_CARDS), 1);
	assert_ptr_equal(table[0], DEV);
}

static int open_it(void)
{
	find_it();
	return DEV->link_up ? 0 : -EIO;
}

static unsigned poll_it(void)
{
	return DEV->ops->poll(DEV, deliver, &R);
}

static int send(const void *frame, size_t len)
{
	return DEV->ops->transmit(DEV, frame, len);
}

/* What has been said in this test so far. */
static const char *log_text(void)
{
	static char text[4096];
	uint64_t at = R.log_from;
	text[log_read(&at, text, sizeof text - 1)] = 0;
	return text;
}

static int setup(void **state)
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

static int setup_open(void **state)
{
	return setup(state) || open_it();
}

/* --- opening */

/* The first of arguments and our own file, but where that is final. */
static void what_is_asked_for_at_the_start(void **state)
{
	static const char entries[] = "undi.cards=1\0!undi.transport=real";
	static uint8_t block[OPTIONS_LEN];
	uint32_t head[4] = { OPTIONS_MAGIC, 0, OPTIONS_LEN, sizeof entries };
	struct boot_params params = { .options = block };
	(void)state;
	memcpy(block + sizeof head, entries, sizeof entries);
	assert_int_equal(undi_cards_wanted(&params, 4), 4);	/* the block is not good yet */
	memcpy(block, head, sizeof head);
	head[1] = (uint32_t)crc32(0, block + 8, 8 + sizeof entries);
	memcpy(block, head, sizeof head);
	assert_int_equal(undi_cards_wanted(&params, 4), 1);
	strcpy(params.args, "undi.transport=v86 undi.cards=2 x=y");
	assert_int_equal(undi_cards_wanted(&params, 4), 2);
	assert_int_equal(undi_cards_wanted(&params, 1), 1);
	read_transport(&params);
	assert_string_equal(transport_wanted, "real");
	memset(block, 0, 4);		/* none */
	read_transport(&params);
	assert_string_equal(transport_wanted, "v86");
	transport_wanted[0] = '\0';
}

/* A minute, unless the arguments say otherwise in a way that can be. */
static void how_long_a_rom_may_take(void **state)
{
	(void)state;
	find_it();
	assert_int_equal(R.patience_s, 60);
	R.args = "colour=blue undi.patience=9 size=3";
	find_it();
	assert_int_equal(R.patience_s, 9);
	R.args = "undi.patience=soon size=3";
	find_it();
	assert_int_equal(R.patience_s, 60);
	assert_non_null(strstr(log_text(), "undi.patience=soon is not 1 to 3600 seconds; a ROM's call may take 60 s"));
}

static void irq_line_is_masked(void **state)
{
	(void)state;
	static const struct { uint16_t irq; uint8_t mask1, mask2; } cases[] = {
		{ 11, 0, 8 }, { 5, 0x20, 0 }, { 2, 0, 2 }, { 0, 0, 0 }, { 16, 0, 0 }, { 255, 0, 0 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		memset(io_port, 0, sizeof io_port);
		R.info.int_number = cases[i].irq;
		assert_int_equal(open_it(), 0);
		assert_int_equal(io_port[PIC1_MASK], cases[i].mask1);
		assert_int_equal(io_port[PIC2_MASK], cases[i].mask2);
	}
}

static void address_and_mtu_make_sense(void **state)
{
	(void)state;
	memset(R.info.current_address, 0xff, 6);
	memcpy(R.info.permanent_address, own_mac, 6);
	R.info.mtu = 65535;
	assert_int_equal(open_it(), 0);
	assert_memory_equal(DEV->mac, own_mac, 6);
	assert_int_equal(DEV->mtu, 1500);
}

static void unwritten_nic_type_is_pci(void **state)
{
	(void)state;
	assert_int_equal(open_it(), 0);
	assert_null(strstr(log_text(), "card PCI"));
	R.nic_type_unwritten = true;
	assert_int_equal(open_it(), 0);
	assert_non_null(strstr(log_text(), "card PCI"));
	assert_non_null(strstr(log_text(), "undi: net0 in its ROM's words: Boot Agent, Some Maker\n"));
	assert_string_equal(DEV->bus.words, "Boot Agent, Some Maker");
}

/* Nobody waits meanwhile: each try is a step of a poll, 200 ms after the one before. */
static void initialize_may_fail_nine_times(void **state)
{
	(void)state;
	R.open_needs_init = true;
	R.init_fails = 9;
	assert_int_equal(open_it(), -EIO);
	for (unsigned i = 1; i <= 9; i++) {
		assert_int_equal(R.inits, i);
		R.now_us += UNDI_INIT_PAUSE_US - 1;
		poll_it();
		assert_int_equal(R.inits, i);
		assert_false(DEV->link_up);
		R.now_us++;
		poll_it();
		poll_it();
		poll_it();
	}
	assert_int_equal(R.inits, 10);
	assert_true(DEV->link_up);
	assert_int_equal(R.waited_us, 0);
	assert_null(strstr(log_text(), "does not open"));
	whole(60, 1);
	assert_int_equal(poll_it(), 1);
}

/*
 * While a driver of ours has the card the ROM is closed, shut down and not asked for anything; back, it is started and
 * initialised, and called as was last asked for.
 */
static void resting(void **state)
{
	(void)state;
	unsigned chosen = R.chosen;
	R.states[0] = '\0';
	assert_int_equal(undi_rest(DEV), 0);
	asked("CLOSE SHUTDOWN");		/* no more: it stays in memory */
	assert_false(DEV->link_up);
	assert_int_equal(R.closes, 1);
	assert_int_equal(R.shutdowns, 1);
	undi_set_transport("v86");
	undi_set_transport("real");
	assert_int_equal(R.chosen, chosen);
	R.init_fails = R.inits + 9;
	assert_int_equal(undi_wake(DEV), 0);
	assert_int_equal(R.startups, 1);
	assert_int_equal(R.inits, 10);
	assert_int_equal(R.chosen, chosen + 1);
	assert_int_equal(undi_rest(DEV), 0);
	assert_int_equal(undi_wake(DEV), 0);
	assert_int_equal(R.chosen, chosen + 1);		/* that is settled */
	assert_int_equal(R.closes, 1);			/* it was not opened again */
	R.states[0] = '\0';
	assert_int_equal(undi_rest(DEV), 0);
	assert_int_equal(undi_wake(DEV), 0);
	assert_int_equal(DEV->ops->open(DEV), 0);
	asked("SHUTDOWN STARTUP INITIALIZE OPEN");
	assert_true(DEV->link_up);
	assert_int_equal(undi_rest(DEV), 0);
	R.init_fails = R.inits + 10;
	assert_int_equal(undi_wake(DEV), -EIO);
	assert_int_equal(DEV->ops->open(DEV), -EADDRNOTAVAIL);
}

/* One that is new in memory, and may not be asked anything before: it becomes known, and opens, in the polls' time. */
static void a_new_driver_may_fail_nine_times(void **state)
{
	(void)state;
	R.is_new = true;
	R.init_fails = 9;
	find_it();
	assert_false(netdev_known(DEV));
	for (unsigned i = 1; i <= 9; i++) {
		assert_int_equal(R.inits, i);
		undi_set_transport(i & 1 ? "real" : "auto");
		R.now_us += UNDI_INIT_PAUSE_US;
		assert_int_equal(R.asked + R.chosen + R.opens, 0);
		poll_it();
	}
	assert_memory_equal(DEV->mac, own_mac, 6);
	assert_int_equal(R.asked + R.chosen, 2);
	assert_int_equal(R.opens, 0);
	poll_it();
	assert_true(DEV->link_up);
	assert_int_equal(R.waited_us, 0);
}

/* And if it never does: said, and on after a rest. */
static void a_new_driver_that_never_takes_its_card(void **state)
{
	(void)state;
	R.is_new = true;
	R.init_fails = 100;
	find_it();
	for (unsigned ms = 0; ms < 40000; ms += 10) {
		R.now_us += 10000;
		poll_it();
	}
	assert_non_null(strstr(log_text(), "net0 does not open (INITIALIZE status 61h after 10 tries)"));
	assert_true(R.inits > 2 * UNDI_INIT_TRIES);
	assert_int_equal(R.asked + R.opens, 0);
	assert_int_equal(DEV->ops->open(DEV), 0);
	assert_false(DEV->link_up);
	assert_int_equal(DEV->ops->leave(DEV, NETDEV_UNLOAD), 0);
}

/* Said once; it is tried on. */
static void a_card_that_never_opens(void **state)
{
	(void)state;
	R.never_opens = true;
	R.init_fails = 100;
	assert_int_equal(open_it(), -EIO);
	for (unsigned ms = 0; ms < 9000; ms += 10) {
		R.now_us += 10000;
		assert_int_equal(poll_it(), 0);
	}
	assert_int_equal(R.opens, UNDI_INIT_TRIES + 1);
	assert_int_equal(R.stays, 0);
	assert_int_equal(send("12345678901234", 14), -EINVAL);
	assert_non_null(strstr(log_text(), "net0 does not open (OPEN status 6ah after 10 tries)"));
	for (unsigned ms = 0; ms < 30000; ms += 10) {
		R.now_us += 10000;
		poll_it();
	}
	assert_true(R.opens > 2 * UNDI_INIT_TRIES);
	const char *said = strstr(log_text(), "net0 does not open");
	assert_null(strstr(said + sizeof "net0 does not open", "does not open"));
	R.never_opens = false;
	for (unsigned ms = 0; ms < 13000 && !DEV->link_up; ms += 10) {
		R.now_us += 10000;
		poll_it();
	}
	assert_true(DEV->link_up);
	assert_non_null(strstr(log_text(), "net0 open, receiving"));
}

/* No station has it: the card is left alone, whatever is asked. */
static void an_address_that_no_card_can_have(void **state)
{
	(void)state;
	static const uint8_t bad[][6] = {
		{ 0 }, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, { 0x01, 0, 0x5e, 0, 0, 1 }, { 0x53, 0x54, 0, 1, 2, 3 },
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		setup(NULL);
		memcpy(R.info.current_address, bad[i], 6);
		memcpy(R.info.permanent_address, bad[(i + 1) % 4], 6);
		find_it();
		assert_non_null(strstr(log_text(), "net0 is refused: its ROM gives it the address"));
		assert_int_equal(DEV->ops->open(DEV), -EADDRNOTAVAIL);
		assert_int_equal(send("12345678901234", 14), -EINVAL);
		R.now_us += 60000000;
		assert_int_equal(poll_it(), 0);
		assert_false(DEV->link_up);
		assert_int_equal(R.opens + R.inits + R.stays, 0);
	}
	setup(NULL);
	memcpy(R.info.current_address, bad[2], 6);
	memcpy(R.info.permanent_address, own_mac, 6);
	assert_int_equal(open_it(), 0);
	assert_memory_equal(DEV->mac, own_mac, 6);
}

static void closed_and_opened(void **state)
{
	(void)state;
	assert_int_equal(DEV->ops->open(DEV), 0);
	assert_int_equal(R.opens, 1);
	DEV->ops->close(DEV);
	assert_int_equal(R.closes, 1);
	assert_false(DEV->link_up);
	whole(60, 1);
	assert_int_equal(poll_it(), 0);
	DEV->ops->close(DEV);
	assert_int_equal(R.closes, 1);
	assert_int_equal(DEV->ops->open(DEV), 0);
	assert_true(DEV->link_up);
	assert_int_equal(poll_it(), 1);
}

/* Groups that the ROM does not take are heard by hearing everything. */
static void groups(void **state)
{
	(void)state;
	static const uint8_t group[1][6] = { { 1, 0, 0x5e, 0, 0, 1 } };
	DEV->ops->set_filter(DEV, group, 1);
	assert_int_equal(R.filter, 0);
	R.mcast_fails = true;
	DEV->ops->set_filter(DEV, group, 1);
	assert_int_equal(R.filter, FILTER_DIRECTED | FILTER_BROADCAST | FILTER_PROMISCUOUS);
	DEV->ops->close(DEV);
	DEV->ops->open(DEV);
	assert_int_equal(R.open.filter, R.filter);
	assert_int_equal(R.open.groups.count, 1);
	assert_memory_equal(R.open.groups.mac[0], group, 6);
	DEV->ops->set_filter(DEV, NULL, 0);
	assert_int_equal(R.filter, FILTER_DIRECTED | FILTER_BROADCAST);
}

/* --- receiving */

static void frames_until_done(void **state)
{
	(void)state;
	whole(60, 1);
	says(ISR_OUT_TRANSMIT, 0, 0, 0);
	whole(1514, 2);
	says(ISR_OUT_DONE, 0, 0, 0);
	whole(61, 3);
	assert_int_equal(poll_it(), 2);
	assert_int_equal(R.got_len[0], 60);
	assert_int_equal(R.got_len[1], 1514);
	assert_int_equal(poll_it(), 1);
	assert_int_equal(R.flag[0], ISR_IN_PROCESS);
	assert_int_equal(R.flag[1], ISR_IN_PROCESS);
	assert_int_equal(DEV->rx_errors, 0);
}

/* A full ring of ours: the ROM goes on where it was. */
static void more_frames_than_slots(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 40; i++)
		whole((uint16_t)(60 + i), (uint8_t)i);
	assert_int_equal(poll_it(), 40);
	for (unsigned i = 0; i < 40; i++) {
		assert_int_equal(R.got_len[i], 60 + i);
		assert_int_equal(R.got_first[i], i);
	}
	assert_int_equal(R.stays, 3);
	assert_int_equal(R.flag[1], ISR_IN_GET_NEXT);
	assert_int_equal(R.flag[2], ISR_IN_GET_NEXT);
}

static void endless_frames_are_bounded(void **state)
{
	(void)state;
	whole(60, 1);
	R.endless = true;
	assert_int_equal(poll_it(), DRAIN_STAYS_MAX * R_SLOTS);
}

static void endless_transmits_are_bounded(void **state)
{
	(void)state;
	says(ISR_OUT_TRANSMIT, 0, 0, 0);
	R.endless = true;
	assert_int_equal(poll_it(), 0);
	assert_int_equal(R.calls, DRAIN_CALLS_MAX);
	R.endless = false;
	R.answers = R.next = 0;
	poll_it();
	assert_int_equal(R.flag[R.stays - 1], ISR_IN_GET_NEXT);
	poll_it();
	assert_int_equal(R.flag[R.stays - 1], ISR_IN_PROCESS);
}

/* In pieces, across the slots' end, with a completion in between. */
static void fragments_across_stays(void **state)
{
	(void)state;
	for (unsigned i = 0; i < R_SLOTS - 1; i++)
		whole(60, 0);
	says(ISR_OUT_RECEIVE, 500, 1514, 'a');
	says(ISR_OUT_TRANSMIT, 0, 0, 0);
	says(ISR_OUT_RECEIVE, 500, 1514, 'b');
	says(ISR_OUT_RECEIVE, 514, 1514, 'c');
	assert_int_equal(poll_it(), R_SLOTS);
	assert_int_equal(R.got_len[R_SLOTS - 1], 1514);
	assert_int_equal(R.got_first[R_SLOTS - 1], 'a');
	assert_int_equal(R.got_last[R_SLOTS - 1], 'c');
}

/* VMware: lengths of 0 and too small, and a FuncFlag that nobody knows. */
static void odd_answers(void **state)
{
	(void)state;
	says(ISR_OUT_RECEIVE, 60, 0, 9);
	whole(60, 1);
	says(ISR_OUT_RECEIVE, 60, 20, 9);
	says(ISR_OUT_RECEIVE, 5000, 5000, 9);
	whole(60, 2);
	says(0x42, 0, 0, 0);
	whole(60, 3);
	assert_int_equal(poll_it(), 2);
	assert_int_equal(R.got_first[0], 1);
	assert_int_equal(R.got_first[1], 2);
	assert_int_equal(DEV->rx_errors, 3);
	assert_int_equal(R.stays, 1);		/* 42h: as DONE */
	assert_int_equal(poll_it(), 1);
}

static void failing_isr(void **state)
{
	(void)state;
	whole(60, 1);
	R.answer[R.answers++] = (struct answer){ .status = 1 };
	whole(60, 2);
	assert_int_equal(poll_it(), 1);
	assert_int_equal(DEV->rx_errors, 1);
	assert_int_equal(poll_it(), 1);
	assert_int_equal(R.flag[1], ISR_IN_PROCESS);
}

/* --- sending */

static void make_frame(uint8_t *f, uint8_t type_high, uint8_t type_low, uint8_t fill)
{
	memset(f, fill, 60);
	memcpy(f + 6, own_mac, 6);
	f[12] = type_high;
	f[13] = type_low;
}

/* On the wire all look the same, whether the ROM made the header or not. */
static void frames_of_each_type(void **state)
{
	(void)state;
	static const uint8_t types[][2] = { { 8, 0 }, { 8, 6 }, { 0x86, 0xdd } };
	uint8_t f[60];
	for (unsigned i = 0; i < 3; i++) {
		make_frame(f, types[i][0], types[i][1], (uint8_t)i);
		assert_int_equal(send(f, sizeof f), 0);
		assert_int_equal(R.wire_len[i], 60);
		assert_memory_equal(R.wire[i], f, 60);
	}
	assert_int_equal(send(f, 13), -EINVAL);
	assert_int_equal(send(f, RX_FRAME_MAX + 1), -EINVAL);
}

/* No room: frames wait, in order, and go out behind the next drain. */
static void out_of_resources(void **state)
{
	(void)state;
	uint8_t f[60];
	make_frame(f, 8, 0, 0);
	assert_int_equal(send(f, sizeof f), 0);
	R.tx_status = PXE_OUT_OF_RESOURCES;
	for (uint8_t i = 1; i <= UNDI_TX_WAITING; i++) {
		make_frame(f, 8, 0, i);
		assert_int_equal(send(f, sizeof f), 0);
	}
	assert_int_equal(send(f, sizeof f), -ENOBUFS);
	poll_it();
	assert_int_equal(R.sent, 1);
	R.tx_status = 0;
	poll_it();
	assert_int_equal(R.sent, 1 + UNDI_TX_WAITING);
	for (unsigned i = 1; i <= UNDI_TX_WAITING; i++)
		assert_int_equal(R.wire[i][20], i);
	assert_int_equal(R.closes, 0);
}

/* For good: the card is opened anew, once it has had its time. */
static void transmitter_that_is_stuck(void **state)
{
	(void)state;
	uint8_t f[60];
	make_frame(f, 8, 0, 0);
	assert_int_equal(send(f, sizeof f), 0);
	R.tx_status = 3;
	assert_int_equal(send(f, sizeof f), 0);
	R.now_us += TX_STUCK_US - 1;
	poll_it();
	assert_int_equal(R.closes, 0);
	R.now_us += 2;
	poll_it();
	assert_int_equal(R.closes, 1);
	assert_int_equal(R.opens, 1);			/* one call that may take its time is enough for a turn */
	poll_it();
	assert_int_equal(R.opens, 2);
	R.tx_status = 0;
	assert_int_equal(send(f, sizeof f), 0);
	assert_int_equal(R.sent, 2);
}

/* A receiver that has worked and falls silent, with growing patience; silence alone is no reason. */
static void receiver_that_is_deaf(void **state)
{
	(void)state;
	uint8_t f[60];
	make_frame(f, 8, 0, 0);
	whole(60, 1);
	poll_it();
	R.now_us += 3 * HEARING_US;
	poll_it();
	assert_int_equal(R.closes, 0);
	for (unsigned i = 0; i < HEARING_FRAMES; i++)
		send(f, sizeof f);
	poll_it();
	assert_int_equal(R.closes, 0);		/* nobody could have answered yet */
	R.now_us += HEARING_US;
	poll_it();
	assert_int_equal(R.closes, 1);
	poll_it();
	for (unsigned i = 0; i < HEARING_FRAMES; i++)
		send(f, sizeof f);
	R.now_us += HEARING_US + 1;
	poll_it();
	assert_int_equal(R.closes, 1);
	R.now_us += HEARING_US;
	poll_it();
	assert_int_equal(R.closes, 2);
}

/* A restart in which the ROM does not come up at once: no call waits, and the time between the tries is others'. */
static void a_restart_that_takes_time(void **state)
{
	(void)state;
	uint8_t f[60];
	make_frame(f, 8, 0, 0);
	assert_int_equal(send(f, sizeof f), 0);
	R.tx_status = 3;
	assert_int_equal(send(f, sizeof f), 0);
	R.open_needs_init = true;
	R.init_fails = 5;
	R.now_us += TX_STUCK_US + 1;
	poll_it();
	assert_int_equal(R.closes, 1);
	assert_false(DEV->link_up);
	unsigned steps = 0;
	for (; !DEV->link_up; steps++) {
		unsigned calls = R.opens + R.inits;
		assert_true(steps < 200);
		R.now_us += 10000;
		assert_int_equal(send(f, sizeof f), -EINVAL);
		poll_it();
		assert_true(R.opens + R.inits - calls <= 1);
	}
	assert_in_range(steps, 100, 110);
	assert_int_equal(R.waited_us, 0);
	R.tx_status = 0;
	assert_int_equal(send(f, sizeof f), 0);
}

/* Its ROM was left in the middle: nothing is asked of it any more, and its memory stays its own. */
static void a_card_that_is_lost(void **state)
{
	(void)state;
	cards[0].transport.lost = true;
	whole(60, 1);
	assert_int_equal(poll_it(), 0);
	assert_false(DEV->link_up);
	assert_int_equal(DEV->ops->open(DEV), -EADDRNOTAVAIL);
	assert_non_null(strstr(log_text(), "as its ROM hangs"));
	assert_int_equal(DEV->ops->leave(DEV, NETDEV_UNLOAD), -EBUSY);
	assert_int_equal(R.stays + R.stops + R.closes, 0);
}

/* Where a card is, by its ROM's word or as its driver was loaded for it; or nobody knows. */
static void where_a_card_is(void **state)
{
	(void)state;
	R.nic_type_unwritten = true;	/* 00:00.0, of no vendor */
	find_it();
	assert_int_equal(undi_at(DEV, 0x18), -ENOENT);
	DEV->bus.vendor = 0x8086;
	DEV->bus.location = 0x20;
	assert_int_equal(undi_at(DEV, 0x20), 1);
	assert_int_equal(undi_at(DEV, 0x18), 0);
	setup(state);
	find_it();			/* not PCI, it says */
	assert_int_equal(undi_at(DEV, 0), -ENOENT);
	setup(state);
	R.is_new = true;
	R.init_fails = 1;		/* it could not be asked yet */
	find_it();
	assert_null(DEV->bus.type);
	assert_int_equal(undi_at(DEV, 0x18), 1);
	assert_int_equal(undi_at(DEV, 0), 0);
}

/* Whoever comes after us finds the ROM in real mode. */
static void leaving(void **state)
{
	(void)state;
	R.states[0] = '\0';
	assert_int_equal(DEV->ops->leave(DEV, NETDEV_RETURN), 0);
	assert_int_equal(R.transport_closes, 1);
	asked("CLOSE");
	assert_int_equal(DEV->ops->open(DEV), 0);
	asked("OPEN");
	assert_int_equal(DEV->ops->leave(DEV, NETDEV_KEEP), 0);
	asked("");			/* another NBP finds it open */
}

/* From rest, too: only on the way to a kernel is it cleaned up, stopped and taken out of memory. */
static void unloading_from_rest(void **state)
{
	(void)state;
	assert_int_equal(undi_rest(DEV), 0);
	R.states[0] = '\0';
	assert_int_equal(DEV->ops->leave(DEV, NETDEV_UNLOAD), 0);
	asked("SHUTDOWN CLEANUP UNLOAD STOP");
}

/* For a kernel its stack goes, unless it says that it stays; then nothing of it is called any more. */
static void unloading(void **state)
{
	(void)state;
	R.stop_status = PXE_KEEP_UNDI;
	R.states[0] = '\0';
	assert_int_equal(DEV->ops->leave(DEV, NETDEV_UNLOAD), -EBUSY);
	asked("CLOSE SHUTDOWN CLEANUP UNLOAD STOP");
	assert_int_equal(R.closes, 1);
	assert_int_equal(R.stops, 1);
	assert_int_equal(DEV->ops->leave(DEV, NETDEV_UNLOAD), 0);
	assert_int_equal(poll_it(), 0);
	DEV->ops->open(DEV);
	assert_int_equal(R.stops + R.opens, 2);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
#define O(f) cmocka_unit_test_setup(f, setup_open)
	const struct CMUnitTest tests[] = {
		T(what_is_asked_for_at_the_start), T(where_a_card_is),
		T(how_long_a_rom_may_take),
		T(irq_line_is_masked), T(address_and_mtu_make_sense), T(unwritten_nic_type_is_pci),
		T(initialize_may_fail_nine_times), T(a_new_driver_may_fail_nine_times),
		T(a_new_driver_that_never_takes_its_card),
		T(a_card_that_never_opens), T(an_address_that_no_card_can_have),
		O(closed_and_opened), O(groups), O(resting),
		O(frames_until_done), O(more_frames_than_slots), O(endless_frames_are_bounded),
		O(endless_transmits_are_bounded),
		O(fragments_across_stays), O(odd_answers), O(failing_isr),
		O(frames_of_each_type), O(out_of_resources), O(transmitter_that_is_stuck), O(receiver_that_is_deaf),
		O(a_restart_that_takes_time), O(a_card_that_is_lost), O(leaving), O(unloading), O(unloading_from_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
