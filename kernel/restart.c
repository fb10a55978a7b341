/* SPDX-License-Identifier: BSD-2-Clause */
/* The loader's new start from memory.  See restart.h; the start-up code's part is kernel/start/unpack.c's. */
#include "kernel/restart.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <zlib.h>

#include "kernel/carry.h"
#include "kernel/clock.h"
#include "kernel/fpu.h"
#include "kernel/gate.h"
#include "kernel/io.h"
#include "kernel/keep.h"
#include "kernel/log.h"
#include "kernel/pages.h"
#include "kernel/paging.h"
#include "kernel/panic.h"
#include "kernel/watchdog.h"

#define PAUSE_US 3000000u		/* in which it can be read what happens */
#define LOG_CARRIED 8192u
#define BDA_BASE_KIB 0x13

static struct keep *keep;		/* can only be read, but here */
static const struct restart_hooks *hooks;
static const struct boot_params *params;
static unsigned stage;			/* of a restart; what fails in one is left out when it fails */
static char reason[160];

static uint32_t head_crc(const struct keep *k)
{
	return (uint32_t)crc32(0, (const uint8_t *)k + KEEP_CRC_FROM, KEEP_CRC_LEN);
}

static bool is_intact(const struct keep *k)
{
	return k->magic == KEEP_MAGIC && k->crc == head_crc(k);
}

static uint32_t file_crc(const struct keep *k)
{
	return (uint32_t)crc32(0, k->file, k->file_len + k->initrd_len);
}

/* The pages of an earlier life; false: they are not free. */
static bool take_over(const struct boot_params *bp)
{
	uint32_t at = (uint32_t)bp->keep;
	return bp->keep && pages_alloc_range(bp->keep->len, at, at + bp->keep->len);
}

/*
 * The pages of a first life.  They are the same ones each time; so memory that
 * has outlived a reset of ours holds how that came about.
 */
static struct keep *first(const struct boot_params *bp)
{
	uint32_t len = sizeof(struct keep) + bp->file_len + bp->initrd_len, resets = 0;
	len = (len + PAGE_LEN - 1) & ~(PAGE_LEN - 1);
	struct keep *k = pages_alloc(len);
	if (!k)
		return NULL;
	if (is_intact(k) && k->resets)
		resets = k->resets;
	else
		memset(k->carry, 0, sizeof k->carry);
	memset(k, 0, offsetof(struct keep, carry));
	k->magic = KEEP_MAGIC;
	k->len = len;
	k->file_len = bp->file_len;
	memcpy(k->file, (const void *)NBP_AT, k->file_len);
	k->as_linux = bp->as_linux;
	k->initrd_len = bp->initrd_len;
	memcpy(k->file + k->file_len, bp->initrd, k->initrd_len);
	k->file_crc = file_crc(k);
	k->resets = resets;
	k->caller_ss = bp->caller_ss;
	k->caller_sp = bp->caller_sp;
	k->caller = bp->caller;
	return k;
}

bool restart_carried(enum carry_tag tag, unsigned nth, const void **data, size_t *len)
{
	return keep && carry_is_whole(keep->carry, sizeof keep->carry) && carry_get(keep->carry, tag, nth, data, len);
}

void restart_init(struct boot_params *bp)
{
	const void *args;
	size_t len;
	params = bp;
	keep = take_over(bp) ? bp->keep : first(bp);
	if (keep && keep->restarts && restart_carried(CARRY_ARGS, 0, &args, &len) && len < sizeof bp->args) {
		memcpy(bp->args, args, len);
		bp->args[len] = '\0';
	}
	if (!keep)
		return;
	keep->crc = head_crc(keep);
	bp->as_linux = keep->as_linux;
	bp->initrd = keep->file + keep->file_len;
	bp->initrd_len = keep->initrd_len;
}

static void tell(const char *what, enum carry_tag tag)
{
	const void *data;
	size_t len;
	if (!restart_carried(tag, 0, &data, &len))
		return;
	log_error("restart: %s", what);
	for (const char *at = data, *end = at + len, *next; at < end; at = next + 1) {
		next = memchr(at, '\n', (size_t)(end - at));
		next = next ? next : end;
		log_error("| %.*s", (int)(next - at), at);
	}
}

void restart_begin(void)
{
	const void *data;
	size_t len;
	if (!keep) {
		log_warn("restart: no memory for a copy of this file: after a fault the machine is reset");
		return;
	}
	tell("the last life's log ended with", CARRY_LOG);
	tell("that life has ended by", CARRY_REASON);
	if (keep->restarts)
		log_warn("restart: this is a new life out of memory, the %lu. since the machine was started; restart "
			 "%lu of %u in a row", (unsigned long)keep->restarts + 1, (unsigned long)keep->in_a_row,
			 RESTARTS_MAX);
	else if (restart_carried(CARRY_REASON, 0, &data, &len))
		log_warn("restart: so the machine was reset, the %lu. time since it was switched on",
			 (unsigned long)keep->resets);
	if (!keep->restarts)		/* told once is enough */
		memset(keep->carry, 0, sizeof keep->carry);
	paging_read_only((uint32_t)keep, (uint32_t)keep + keep->len);
}

void restart_set_hooks(const struct restart_hooks *h)
{
	hooks = h;
}

bool restarting(void)
{
	return stage;
}

static void carry_log(struct carry *c)
{
	static char text[LOG_CARRIED];
	uint64_t at = log_tail(sizeof text);
	size_t len = 0, n;
	while (len < sizeof text && (n = log_read(&at, text + len, sizeof text - len)))
		len += n;
	carry_put(c, CARRY_LOG, text, len);
}

static void carry_over(void)
{
	struct carry c;
	carry_begin(&c, keep->carry, sizeof keep->carry);
	carry_put(&c, CARRY_REASON, reason, strlen(reason));
	carry_put(&c, CARRY_ARGS, params->args, strlen(params->args));
	if (stage == 1 && hooks)
		hooks->carry(&c);
	carry_log(&c);
	carry_seal(&c);
}

/* Why there can be no restart, or NULL. */
static const char *why_not(void)
{
	if (!keep)
		return "there is no copy of the loader in memory";
	if (!is_intact(keep) || keep->file_crc != file_crc(keep))
		return "the loader's copy in memory is damaged";
	if (paging_bda_u16(BDA_BASE_KIB) < NBP_BASE_KIB_MIN)
		return "drivers that hang have left too little base memory";
	if (clock_us() < RESTART_SPAN_S * 1000000ull && keep->in_a_row >= RESTARTS_MAX)
		return "that has not helped several times in a row";
	return NULL;
}

/* Low memory as our starter left it; nothing of this life is needed any more. */
static _Noreturn void begin_anew(void)
{
	uint32_t frame = ((uint32_t)keep->caller_ss << 4) + keep->caller_sp;
	memcpy((void *)NBP_AT, keep->file, keep->file_len);
	memset((void *)(NBP_AT + NBP_ARGS), 0, sizeof(uint32_t));
	memset((void *)(NBP_AT + NBP_LINUX_AT), 0, sizeof(uint32_t));
	memcpy((void *)(NBP_AT + NBP_KEEP_AT), &keep, sizeof keep);
	if (frame >= PAGE_LEN)
		memcpy((void *)frame, &keep->caller, sizeof keep->caller);
	gate_set_up();
	paging_end();
	gate_again(keep->caller_ss, keep->caller_sp);
}

/* The last resort.  Memory may outlive it; then it is counted there. */
static _Noreturn void reset_machine(const char *why)
{
	log_error("restart: %s; the last resort is the BIOS", why);
	if (keep && is_intact(keep)) {
		paging_write_everywhere();
		keep->restarts = keep->in_a_row = keep->rom_lost = 0;
		keep->resets++;
		keep->crc = head_crc(keep);
		carry_over();
	}
	machine_reset_soon("restart");
}

_Noreturn void restart(const char *fmt, ...)
{
	va_list ap;
	interrupts_off();
	fpu_off();
	if (++stage > 2)
		machine_reset();
	if (stage == 1) {
		va_start(ap, fmt);
		vsnprintf(reason, sizeof reason, fmt, ap);
		va_end(ap);
		log_flush();
	}
	log_panic();
	const char *why = why_not();
	if (why)
		reset_machine(why);
	log_error("restart: %s: Undine starts anew from its copy in memory", reason);
	paging_write_everywhere();
	keep->in_a_row = clock_us() < RESTART_SPAN_S * 1000000ull ? keep->in_a_row + 1 : 1;
	keep->restarts++;
	keep->crc = head_crc(keep);
	carry_over();
	clock_busy_us(PAUSE_US);
	if (hooks && stage > 1)
		hooks->silence();
	else if (hooks && !hooks->leave())
		keep->rom_lost = 1;
	watchdog_stop();
	keep->crc = head_crc(keep);
	begin_anew();
}
