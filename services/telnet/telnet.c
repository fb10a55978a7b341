/* SPDX-License-Identifier: BSD-2-Clause */
/* Telnet's commands, options and encoding: see telnet.h. */
#include "services/telnet/telnet.h"

#include <string.h>

enum {
	CMD_EOF = 236, CMD_ABORT = 238, CMD_EC = 247, CMD_EL = 248, CMD_SE = 240, CMD_SB = 250,
	WILL, WONT, DO, DONT, IAC,
};
enum { IS, SEND };	/* RFC 1091 */

/* Where the input stands. */
enum { AT_DATA, AT_IAC, AT_VERB, AT_SUB, AT_SUB_IAC };

/* RFC 1143's states; its queue's OPPOSITE is a bit beside them. */
enum { NO, YES, WANT_NO, WANT_YES, OPPOSITE = 4 };

static const uint8_t codes[TELNET_OPTIONS] = { 0, 1, 3, 24, 31 };

void telnet_init(struct telnet *t, unsigned ours, unsigned theirs)
{
	memset(t, 0, sizeof(*t));
	t->allowed[TELNET_OURS] = (uint8_t)ours;
	t->allowed[TELNET_THEIRS] = (uint8_t)theirs;
}

static void put(struct telnet *t, uint8_t c)
{
	if (t->out_len < TELNET_OUT_MAX)
		t->out[t->out_len++] = c;
}

size_t telnet_take(struct telnet *t, void *buf, size_t cap)
{
	size_t n = t->out_len < cap ? t->out_len : cap;
	memcpy(buf, t->out, n);
	t->out_len -= (uint16_t)n;
	memmove(t->out, t->out + n, t->out_len);
	return n;
}

void telnet_command(struct telnet *t, uint8_t command)
{
	put(t, IAC);
	put(t, command);
}

static void say(struct telnet *t, unsigned side, uint8_t code, bool on)
{
	telnet_command(t, (uint8_t)((side == TELNET_OURS ? WILL : DO) + !on));
	put(t, code);
}

/* A subnegotiation with len bytes, IAC among them doubled. */
static void say_sub(struct telnet *t, enum telnet_option option, const uint8_t *p, size_t len)
{
	telnet_command(t, CMD_SB);
	put(t, codes[option]);
	for (; len; len--, p++) {
		put(t, *p);
		if (*p == IAC)
			put(t, IAC);
	}
	telnet_command(t, CMD_SE);
}

bool telnet_is_on(const struct telnet *t, enum telnet_side side, enum telnet_option option)
{
	return t->state[side][option] == YES;
}

static void say_window(struct telnet *t)
{
	const uint8_t size[] = { (uint8_t)(t->cols >> 8), (uint8_t)t->cols, (uint8_t)(t->rows >> 8), (uint8_t)t->rows };
	say_sub(t, TELNET_NAWS, size, sizeof(size));
}

void telnet_ask(struct telnet *t, enum telnet_side side, enum telnet_option option, bool on)
{
	uint8_t *s = &t->state[side][option];
	if (*s == (on ? NO : YES)) {
		*s = on ? WANT_YES : WANT_NO;
		say(t, side, codes[option], on);
	} else if (*s >= WANT_NO) {
		/* an answer is due: what we want now is asked for when it has come, if it is another thing */
		bool asked_for = (*s & ~OPPOSITE) == WANT_YES;
		*s = (uint8_t)((*s & ~OPPOSITE) | (asked_for != on ? OPPOSITE : 0));
	}
}

/* The peer says or agrees that an option of `side` is on, or off. */
static int option_event(struct telnet *t, unsigned side, uint8_t code, bool on)
{
	unsigned option = 0;
	while (option < TELNET_OPTIONS && codes[option] != code)
		option++;
	if (option == TELNET_OPTIONS || !(t->allowed[side] & TELNET_BIT(option))) {
		if (on)
			say(t, side, code, false);
		return TELNET_NONE;
	}
	uint8_t *s = &t->state[side][option], was = *s;
	switch (was) {
	case NO:
	case YES:
		if (on != (was == YES)) {
			*s = on ? YES : NO;
			say(t, side, code, on);
		}
		break;
	case WANT_YES | OPPOSITE:
		*s = on ? WANT_NO : NO;
		if (on)
			say(t, side, code, false);
		break;
	case WANT_NO | OPPOSITE:
		*s = on ? YES : WANT_YES;
		if (!on)
			say(t, side, code, true);
		break;
	case WANT_YES: *s = on ? YES : NO; break;
	default: *s = NO;	/* WANT_NO: whatever the answer */
	}
	if (*s == was || (*s != YES && was != YES))
		return TELNET_NONE;
	if (*s == YES && option == TELNET_TTYPE && side == TELNET_THEIRS)
		say_sub(t, TELNET_TTYPE, &(const uint8_t){ SEND }, 1);
	if (*s == YES && option == TELNET_NAWS && side == TELNET_OURS)
		say_window(t);
	return TELNET_OPTION;
}

static bool fit_for_name(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c && strchr("-._+", c));
}

/* A subnegotiation has come to its end. */
static int sub_event(struct telnet *t)
{
	const uint8_t *p = t->sub;
	if (t->sub_len == 5 && p[0] == codes[TELNET_NAWS] && telnet_is_on(t, TELNET_THEIRS, TELNET_NAWS)) {
		t->cols = (uint16_t)(p[1] << 8 | p[2]);
		t->rows = (uint16_t)(p[3] << 8 | p[4]);
		return TELNET_WINDOW;
	}
	if (t->sub_len < 2 || p[0] != codes[TELNET_TTYPE])
		return TELNET_NONE;
	if (p[1] == SEND && telnet_is_on(t, TELNET_OURS, TELNET_TTYPE)) {
		uint8_t is[TELNET_TERMINAL_MAX] = { IS };
		size_t len = strlen(t->terminal);
		memcpy(is + 1, t->terminal, len);
		say_sub(t, TELNET_TTYPE, is, 1 + len);
	}
	if (p[1] != IS || !telnet_is_on(t, TELNET_THEIRS, TELNET_TTYPE))
		return TELNET_NONE;
	size_t n = 0;
	for (size_t i = 2; i < t->sub_len; i++)
		if (fit_for_name(p[i]))
			t->terminal[n++] = (char)p[i];
	t->terminal[n] = 0;
	return TELNET_TERMINAL;
}

static int command(struct telnet *t, uint8_t c)
{
	t->spoken = true;
	t->at = AT_DATA;
	switch (c) {
	case WILL: case WONT: case DO: case DONT:
		t->verb = c;
		t->at = AT_VERB;
		return TELNET_NONE;
	case CMD_SB:
		t->sub_len = 0;
		t->at = AT_SUB;
		return TELNET_NONE;
	case TELNET_CMD_IP: case TELNET_CMD_BRK: case CMD_ABORT: return TELNET_INTERRUPT;
	case TELNET_CMD_AYT: return TELNET_AYT;
	case CMD_EC: return TELNET_ERASE_CHAR;
	case CMD_EL: return TELNET_ERASE_LINE;
	case CMD_EOF: return TELNET_EOF;
	default: return TELNET_NONE;	/* GA, NOP, DM, AO, ... */
	}
}

static int data(struct telnet *t, uint8_t c)
{
	bool padding = !c && t->cr_in && !telnet_is_on(t, TELNET_THEIRS, TELNET_BINARY);
	t->cr_in = c == '\r';
	return padding ? TELNET_NONE : c;
}

static void sub_byte(struct telnet *t, uint8_t c)
{
	t->at = AT_SUB;
	if (t->sub_len < sizeof(t->sub))
		t->sub[t->sub_len++] = c;
}

int telnet_input(struct telnet *t, uint8_t c)
{
	switch (t->at) {
	case AT_IAC:
		t->at = AT_DATA;
		return c == IAC ? data(t, c) : command(t, c);
	case AT_VERB:
		t->at = AT_DATA;
		return option_event(t, t->verb >= DO ? TELNET_OURS : TELNET_THEIRS, c,
				    t->verb == DO || t->verb == WILL);
	case AT_SUB:
		if (c == IAC)
			t->at = AT_SUB_IAC;
		else
			sub_byte(t, c);
		return TELNET_NONE;
	case AT_SUB_IAC:
		if (c == CMD_SE) {
			t->at = AT_DATA;
			return sub_event(t);
		}
		if (c != IAC)
			return command(t, c);	/* left open: it is not used */
		sub_byte(t, c);
		return TELNET_NONE;
	default:
		if (c != IAC)
			return data(t, c);
		t->at = AT_IAC;
		return TELNET_NONE;
	}
}

size_t telnet_encode(struct telnet *t, uint8_t c, uint8_t out[TELNET_ENCODED_MAX])
{
	size_t n = 0;
	if (t->cr_out && c != '\n' && t->spoken && !telnet_is_on(t, TELNET_OURS, TELNET_BINARY))
		out[n++] = 0;
	t->cr_out = c == '\r';
	if (c == IAC)
		out[n++] = c;
	out[n++] = c;
	return n;
}
