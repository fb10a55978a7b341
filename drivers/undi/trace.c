/* SPDX-License-Identifier: BSD-2-Clause */
/* The trace of ROM calls: see trace.h. */
#include "drivers/undi/trace.h"

#include <stdio.h>
#include <string.h>

#include "drivers/undi/pxe.h"
#include "kernel/log.h"

#define SECOND 1000000u
#define TEXT_MAX (TRACE_WORDS * 5 + 16)

static const struct {
	uint8_t op;
	bool often;
	const char *name;
} names[] = {
	{ PXE_START_UNDI, false, "START_UNDI" }, { PXE_UNDI_STARTUP, false, "STARTUP" },
	{ PXE_UNDI_CLEANUP, false, "CLEANUP" }, { PXE_UNDI_INITIALIZE, false, "INITIALIZE" },
	{ PXE_UNDI_SHUTDOWN, false, "SHUTDOWN" }, { PXE_UNDI_OPEN, false, "OPEN" },
	{ PXE_UNDI_CLOSE, false, "CLOSE" }, { PXE_UNDI_TRANSMIT, true, "TRANSMIT" },
	{ PXE_UNDI_SET_MCAST, false, "SET_MCAST_ADDRESS" }, { PXE_UNDI_SET_PACKET_FILTER, false, "SET_PACKET_FILTER" },
	{ PXE_UNDI_GET_INFORMATION, false, "GET_INFORMATION" }, { PXE_UNDI_GET_STATISTICS, true, "GET_STATISTICS" },
	{ PXE_UNDI_GET_NIC_TYPE, false, "GET_NIC_TYPE" }, { PXE_UNDI_GET_IFACE_INFO, false, "GET_IFACE_INFO" },
	{ PXE_STOP_UNDI, false, "STOP_UNDI" }, { PXE_UNLOAD_STACK, false, "UNLOAD_STACK" },
	{ PXE_GET_CACHED_INFO, false, "GET_CACHED_INFO" }, { PXE_FILE_EXEC, false, "FILE_EXEC" },
	{ PXE_FILE_API_CHECK, false, "FILE_API_CHECK" }, { PXE_FILE_CMDLINE, false, "FILE_CMDLINE" },
};
#define NAMES (sizeof names / sizeof names[0])

static struct {
	bool on;
	/* lines within this second, and calls that had none */
	uint64_t second_us;
	unsigned lines, unsaid;
	/* the call under way */
	const char *label;
	unsigned op;
	size_t len;
	uint32_t asked;			/* a hash of all that is asked */
	uint64_t called_us;
	/* the last one that was said, and how many have been equal since */
	uint32_t last;
	unsigned equal;
	/* drains since they were told */
	unsigned drains, frames, bad, bad_status;
	uint64_t drains_us;
} trace;

void trace_set(bool on)
{
	trace.on = on;
	trace.last = trace.equal = 0;
}

/* FNV-1a. */
static uint32_t hash(uint32_t h, const void *p, size_t len)
{
	for (const uint8_t *b = p; len--; b++)
		h = (h ^ *b) * 16777619u;
	return h;
}

static size_t name_of(unsigned op)
{
	size_t i = 0;
	while (i < NAMES && names[i].op != op)
		i++;
	return i;
}

/* The block's words, as far as there is something in them. */
static const char *words(const void *params, size_t len)
{
	static char text[TEXT_MAX];
	const uint8_t *b = params;
	size_t at = 0, n = len / 2;
	while (n && !b[2 * n - 2] && !b[2 * n - 1])
		n--;
	text[0] = 0;
	for (size_t i = 0; i < n && i < TRACE_WORDS; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, " %02x%02x", b[2 * i + 1], b[2 * i]);
	snprintf(text + at, sizeof text - at, n > TRACE_WORDS ? " ..." : n ? "" : " zeros");
	return text;
}

/* True if there may be one more line now. */
static bool may_say(uint64_t now_us)
{
	if (now_us - trace.second_us >= SECOND) {
		trace.second_us = now_us;
		trace.lines = 0;
		if (trace.unsaid)
			log_line("undi: trace: %u more, which %u lines a second had no room for", trace.unsaid,
				 TRACE_LINES);
		trace.unsaid = 0;
	}
	if (trace.lines == TRACE_LINES) {
		trace.unsaid++;
		return false;
	}
	trace.lines++;
	return true;
}

static void say_equal(uint64_t now_us)
{
	if (trace.equal && may_say(now_us))
		log_line("undi: trace: %u more like it", trace.equal);
	trace.equal = 0;
}

void trace_called(const char *label, unsigned op, const void *params, size_t len, uint64_t now_us)
{
	size_t i = name_of(op);
	if (!trace.on)
		return;
	trace.label = label;
	trace.op = op;
	trace.len = len;
	trace.called_us = now_us;
	trace.asked = hash(hash(2166136261u ^ op, label, strlen(label)), params, len);
	if (i < NAMES && names[i].often)
		return;
	say_equal(now_us);
	if (!may_say(now_us))
		return;
	log_line("undi: trace: %s (%02xh)%s:%s", i < NAMES ? names[i].name : "call", op, label, words(params, len));
	log_flush();
}

void trace_answered(unsigned status, const void *params, const char *fault, uint64_t now_us)
{
	size_t i = name_of(trace.op);
	if (!trace.on)
		return;
	uint32_t all = hash(hash(trace.asked, params, trace.len), &status, sizeof status);
	if (all == trace.last && !fault && i < NAMES && names[i].often) {
		trace.equal++;
		if (now_us - trace.second_us >= SECOND)
			say_equal(now_us);
		return;
	}
	say_equal(now_us);
	trace.last = all;
	if (!may_say(now_us))
		return;
	const char *name = i < NAMES ? names[i].name : "call";
	unsigned long us = (unsigned long)(now_us - trace.called_us);
	if (fault)
		log_line("undi: trace: %s (%02xh)%s: no answer after %lu us: %s", name, trace.op, trace.label, us,
			 fault);
	else
		log_line("undi: trace: %s (%02xh)%s: status %02xh after %lu us:%s", name, trace.op, trace.label,
			 status, us, words(params, trace.len));
}

void trace_drained(const char *label, unsigned frames, unsigned status, uint64_t now_us)
{
	if (!trace.on)
		return;
	if (!trace.drains++)
		trace.drains_us = now_us;
	trace.frames += frames;
	trace.bad += status != 0;
	trace.bad_status = status ? status : trace.bad_status;
	if (now_us - trace.drains_us < SECOND)
		return;
	if (trace.equal)
		say_equal(now_us);
	if (trace.bad)
		log_line("undi: trace: ISR (14h)%s: %u times, %u frames; %u times no good, the last with status %02xh",
			 label, trace.drains, trace.frames, trace.bad, trace.bad_status);
	else if (trace.frames)
		log_line("undi: trace: ISR (14h)%s: %u times, %u frames", label, trace.drains, trace.frames);
	trace.drains = trace.frames = trace.bad = 0;
}
