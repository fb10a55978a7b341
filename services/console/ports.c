/* SPDX-License-Identifier: BSD-2-Clause */
/* The setting console: see ports.h. */
#include "services/console/ports.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "services/console/screen.h"

#define RATE_MAX 115200u
#define IO_MAX 0xfff8u
#define PARITY_ON 0x08
#define PARITY_EVEN 0x10
#define TWO_STOP 0x04
#define SIZE_MAX_TEXT 255

static const uint16_t standard_io[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };

const struct ports_port ports_com1 = {
	.io = 0x3f8, .rate = RATE_MAX, .line = 0x03, .can = SCREEN_ERASE | SCREEN_FULL, .columns = 80, .rows = 24,
};

/* A number at *at, which goes behind it: false where there is none below limit. */
static bool number(const char **at, unsigned limit, unsigned *out)
{
	char *end;
	if (!isdigit((unsigned char)**at))
		return false;
	unsigned long n = strtoul(*at, &end, 10);
	*at = end;
	*out = (unsigned)n;
	return n <= limit;
}

/* "comN", "ttySN", "0xADDRESS": its I/O address, or 0. */
static uint16_t port_io(const char *item)
{
	unsigned first = !strncasecmp(item, "com", 3) ? 1 : 0, n;
	const char *at = item + (first ? 3 : 4);
	if (first || !strncasecmp(item, "ttyS", 4))
		return number(&at, 4, &n) && !*at && n >= first && n - first < 4 ? standard_io[n - first] : 0;
	if (strncasecmp(item, "0x", 2) || !isxdigit((unsigned char)item[2]))
		return 0;
	char *end;
	unsigned long io = strtoul(item, &end, 16);
	return *end || io > IO_MAX ? 0 : (uint16_t)io;
}

static bool set_parity(struct ports_port *p, char c)
{
	p->line &= (uint8_t)~(PARITY_ON | PARITY_EVEN);
	if (tolower((unsigned char)c) != 'n')
		p->line |= tolower((unsigned char)c) == 'e' ? PARITY_ON | PARITY_EVEN : PARITY_ON;
	return c && strchr("nNeEoO", c);
}

static bool set_bits(struct ports_port *p, char c)
{
	p->line = (uint8_t)((p->line & ~3u) | ((unsigned)(c - '5') & 3));
	return c >= '5' && c <= '8';
}

/* "8n1" */
static bool set_format(struct ports_port *p, const char *at)
{
	if (!set_bits(p, at[0]) || !set_parity(p, at[1]))
		return false;
	p->line = (uint8_t)((p->line & ~TWO_STOP) | (at[2] == '2' ? TWO_STOP : 0));
	return !at[2] || ((at[2] == '1' || at[2] == '2') && !at[3]);
}

/* "57600", "57600n8", "132x43" */
static bool set_numbers(struct ports_port *p, const char *at)
{
	unsigned n, rows;
	if (!number(&at, RATE_MAX, &n))
		return false;
	if (*at == 'x') {
		at++;
		if (!number(&at, SIZE_MAX_TEXT, &rows) || *at || n < 20 || n > SIZE_MAX_TEXT || rows < 2)
			return false;
		p->columns = (uint8_t)n;
		p->rows = (uint8_t)rows;
		return true;
	}
	if (n && n < 50)
		return false;
	p->rate = n;
	return !*at || (set_parity(p, at[0]) && (!at[1] || (set_bits(p, at[1]) && !at[2])));
}

/* What stands behind a port. */
static bool set_property(struct ports_port *p, const char *item)
{
	static const struct {
		const char *name;
		uint8_t can;
	} terminals[] = {
		{ "dumb", 0 },
		{ "vt100", SCREEN_ERASE | SCREEN_FULL },
		{ "ansi", SCREEN_ERASE | SCREEN_FULL | SCREEN_COLOUR },
	};
	for (size_t i = 0; i < sizeof(terminals) / sizeof(terminals[0]); i++)
		if (!strcasecmp(item, terminals[i].name)) {
			p->can = terminals[i].can;
			return true;
		}
	struct ports_port was = *p;
	if (set_numbers(p, item))
		return true;
	*p = was;
	return set_format(p, item);
}

/* A port to the list, once. */
static struct ports_port *add(struct ports *p, const struct ports_port *port)
{
	for (unsigned i = 0; i < p->count; i++)
		if (p->port[i].io == port->io)
			return &p->port[i];
	if (p->count == PORTS_MAX)
		return NULL;
	p->port[p->count] = *port;
	return &p->port[p->count++];
}

static bool take_item(struct ports *p, const char *item, const struct ports_port *standard, struct ports_port **last)
{
	struct ports_port port = ports_com1;
	port.io = port_io(item);
	if (!strcasecmp(item, "vga") || !strcasecmp(item, "novga")) {
		p->vga = item[0] == 'v' || item[0] == 'V';
		*last = NULL;
		return true;
	}
	if (port.io || !strcasecmp(item, "serial"))
		return (*last = add(p, port.io == standard->io || !port.io ? standard : &port));
	return *last && set_property(*last, item);
}

int ports_parse(struct ports *p, const char *text, const struct ports_port *standard, char *bad)
{
	struct ports_port *last = NULL;
	bool automatic = !*text || !strcasecmp(text, "auto");
	*p = (struct ports){ .vga = true, .chosen = !automatic };
	if (automatic) {
		add(p, standard);
		return 0;
	}
	for (bool more = true; more;) {
		size_t len = strcspn(text, ",");
		snprintf(bad, PORTS_TEXT, "%.*s", (int)len, text);
		if (len >= PORTS_TEXT || !take_item(p, bad, standard, &last))
			return -EINVAL;
		more = text[len];
		text += len + 1;
	}
	if (!p->vga && !p->count)
		add(p, standard);
	return 0;
}

const char *ports_name(const struct ports_port *p, char out[PORTS_TEXT])
{
	for (unsigned i = 0; i < 4; i++)
		if (p->io == standard_io[i]) {
			snprintf(out, PORTS_TEXT, "COM%u", i + 1);
			return out;
		}
	snprintf(out, PORTS_TEXT, "%Xh", p->io);
	return out;
}

const char *ports_describe(const struct ports_port *p, char out[PORTS_TEXT])
{
	size_t len = strlen(ports_name(p, out));
	char parity = p->line & PARITY_ON ? p->line & PARITY_EVEN ? 'E' : 'O' : 'N';
	if (p->rate)
		snprintf(out + len, PORTS_TEXT - len, ", %u %u%c%u", (unsigned)p->rate, (p->line & 3u) + 5, parity,
			 p->line & TWO_STOP ? 2 : 1);
	else
		snprintf(out + len, PORTS_TEXT - len, ", as it was set");
	return out;
}
