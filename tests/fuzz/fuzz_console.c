/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console: screens of any size and ability, what they are sent read by a
 * terminal of that size; the setting console; keys from a terminal.
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "kernel/vt.h"
#include "services/console/console.h"
#include "services/console/keys.h"
#include "services/console/pager.h"
#include "services/console/ports.h"

#define SCREENS 3
#define STEPS 400

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct {
	struct screen screen;
	struct vt vt;
	uint32_t *cells;
} seen[SCREENS];

static const uint8_t *at, *end;

static uint8_t next(void)
{
	return at < end ? *at++ : 0;
}

/* Text up to the next zero byte. */
static const char *text(char out[300])
{
	size_t n = 0;
	while (at < end && *at && n < 299)
		out[n++] = (char)*at++;
	next();
	out[n] = '\0';
	return out;
}

static void show(unsigned i, unsigned bytes)
{
	char buf[64];
	size_t n;
	while (bytes && (n = console_take(&seen[i].screen, buf, bytes < sizeof(buf) ? bytes : sizeof(buf)))) {
		assert(n <= bytes);
		vt_write(&seen[i].vt, buf, n);
		assert(seen[i].vt.row < seen[i].vt.rows && seen[i].vt.column <= seen[i].vt.columns);
		bytes -= (unsigned)n;
	}
}

static void join(unsigned i)
{
	unsigned columns = next() + 2u, rows = next() % 110u + 2;
	seen[i].screen = (struct screen){
		.columns = (uint16_t)columns, .rows = (uint16_t)rows, .can = next() & 7, .pos = log_end(),
	};
	console_join(&seen[i].screen);
	seen[i].cells = malloc(columns * rows * sizeof(uint32_t));
	vt_init(&seen[i].vt, seen[i].cells, columns, rows);
}

static void step(struct pager *p)
{
	char line[300];
	unsigned op = next();
	switch (op % 8) {
	case 0: log_line("%s", text(line)); break;
	case 1: console_live(text(line), op / 8 - 1); break;
	case 2: log_partial(text(line)); break;
	case 3:
		pager_init(p, "fuzz", "one\ntwo\n\nthree", op / 8, op % 8);
		console_widget(op & 8 ? &p->widget : NULL);
		break;
	case 4: pager_key(p, next() | (op & 8) << 5); console_redraw(); break;
	case 5: console_repaint(); break;
	case 6: screen_resize(&seen[op / 8 % SCREENS].screen, next(), next(), op >> 5); break;
	case 7: show(op / 8 % SCREENS, next()); break;
	}
}

static void screens(void)
{
	static struct pager pager;
	pager_init(&pager, "fuzz", "", 2, 80);
	for (unsigned i = 0; i < SCREENS; i++)
		join(i);
	for (unsigned n = 0; at < end && n < STEPS; n++)
		step(&pager);
	for (unsigned i = 0; i < SCREENS; i++) {
		show(i, 1 << 20);
		assert(!console_behind(&seen[i].screen));	/* it comes to rest */
	}
	console_widget(NULL);
	console_live(NULL, -1);
	log_line(".");
	for (unsigned i = 0; i < SCREENS; i++) {
		show(i, 1 << 20);
		assert(!console_behind(&seen[i].screen));
		console_leave(&seen[i].screen);
		free(seen[i].cells);
	}
}

static void setting(void)
{
	char line[300], bad[PORTS_TEXT], name[PORTS_TEXT];
	struct ports p;
	if (ports_parse(&p, text(line), &ports_com1, bad) < 0) {
		assert(strlen(bad) < PORTS_TEXT);
		return;
	}
	assert(p.count <= PORTS_MAX && (p.vga || p.count));
	for (unsigned i = 0; i < p.count; i++) {
		assert(p.port[i].io && p.port[i].rate <= 115200 && p.port[i].columns >= 20 && p.port[i].rows >= 2);
		assert(strlen(ports_describe(&p.port[i], name)) < PORTS_TEXT);
	}
}

static void keys(void)
{
	struct keys k = { 0 };
	int out[KEYS_AT_ONCE];
	for (uint64_t now = 0; at < end; now += 20000) {
		unsigned n = keys_byte(&k, next(), now, out);
		assert(n <= KEYS_AT_ONCE);
		for (unsigned i = 0; i < n; i++)
			assert(out[i] > 0 && out[i] < KEY_F1 + 12);
		keys_pause(&k, now);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	console_init(NULL);
	at = data;
	end = data + len;
	switch (next() % 3) {
	case 0: screens(); break;
	case 1: setting(); break;
	case 2: keys(); break;
	}
	return 0;
}
