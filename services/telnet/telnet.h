/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telnet (RFC 854, 855), either end of it: received bytes in, data and events
 * out; data to send in, encoded bytes out.  Options by the Q method (RFC
 * 1143), so that no peer gets us into a loop: BINARY (RFC 856), ECHO (857),
 * SUPPRESS-GO-AHEAD (858), TERMINAL-TYPE (1091) and NAWS (1073); all others,
 * LINEMODE with them, are refused.  Urgent data (Synch) is not treated apart: Data
 * Mark is passed over.  Pure; there is no time in it: nothing is ever sent again.
 *
 * What telnet has to say by itself waits in t->out until the caller takes it
 * (telnet_take).  Each byte of input, and each telnet_ask(), adds at most
 * TELNET_ANSWER_MAX; what finds no room in TELNET_OUT_MAX is lost.
 */
#ifndef SERVICES_TELNET_TELNET_H
#define SERVICES_TELNET_TELNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TELNET_ANSWER_MAX	64	/* bytes that one byte of input, telnet_ask(), ... may add to `out` */
#define TELNET_OUT_MAX		256
#define TELNET_TERMINAL_MAX	41	/* a terminal's name with its NUL (RFC 1091: 40) */
#define TELNET_ENCODED_MAX	3	/* bytes that one byte of data may become */

/* The options known, in the order of their bits. */
enum telnet_option { TELNET_BINARY, TELNET_ECHO, TELNET_SGA, TELNET_TTYPE, TELNET_NAWS, TELNET_OPTIONS };
#define TELNET_BIT(option) (1u << (option))
/* What a server does, what a client. */
#define TELNET_HOST_BITS (TELNET_BIT(TELNET_BINARY) | TELNET_BIT(TELNET_ECHO) | TELNET_BIT(TELNET_SGA))
#define TELNET_USER_BITS \
	(TELNET_BIT(TELNET_BINARY) | TELNET_BIT(TELNET_SGA) | TELNET_BIT(TELNET_TTYPE) | TELNET_BIT(TELNET_NAWS))

enum telnet_side { TELNET_OURS, TELNET_THEIRS };	/* who does it: WILL is ours, DO is theirs */

/* What a byte was, besides 0..255 (data) and TELNET_NONE. */
enum telnet_event {
	TELNET_NONE = -1,
	TELNET_INTERRUPT = 0x100,	/* IP, BRK or ABORT */
	TELNET_AYT,			/* are you there? */
	TELNET_ERASE_CHAR, TELNET_ERASE_LINE,
	TELNET_EOF,			/* RFC 1184's EOF */
	TELNET_OPTION,			/* an option went on or off, see telnet_is_on() */
	TELNET_WINDOW,			/* theirs is cols x rows; 0 = not known */
	TELNET_TERMINAL,		/* theirs is `terminal` */
};

/* Commands to send, RFC 854. */
enum { TELNET_CMD_BRK = 243, TELNET_CMD_IP = 244, TELNET_CMD_AYT = 246 };

struct telnet {
	/* Facts. */
	bool spoken;			/* the peer has sent a command: it knows telnet */
	uint16_t cols, rows;		/* of the end that has the terminal: ours as a client, theirs as a server */
	char terminal[TELNET_TERMINAL_MAX];	/* the same; letters, digits and -._+ only; "" = not known */

	/* Private. */
	uint8_t allowed[2];		/* by side: the options we are willing to have on */
	uint8_t state[2][TELNET_OPTIONS];
	uint8_t at, verb;
	bool cr_in, cr_out;		/* the last byte of data was CR */
	uint8_t sub[TELNET_TERMINAL_MAX + 1];	/* a subnegotiation: its option, what came of it */
	uint8_t sub_len;
	uint16_t out_len;
	uint8_t out[TELNET_OUT_MAX];
};

/*
 * Server: telnet_init(t, TELNET_HOST_BITS, TELNET_USER_BITS); client: the other
 * way round, then cols, rows and terminal are set.
 */
void telnet_init(struct telnet *t, unsigned ours, unsigned theirs);
/* Asks for an option to go on or off; a no is taken.  For a client that connects: nothing need be asked. */
void telnet_ask(struct telnet *t, enum telnet_side side, enum telnet_option option, bool on);
bool telnet_is_on(const struct telnet *t, enum telnet_side side, enum telnet_option option);
/* Sends IAC and a TELNET_CMD_. */
void telnet_command(struct telnet *t, uint8_t command);
/* One received byte: 0..255, the byte of data that it gives, or an event.  CR NUL gives CR; CR LF gives both. */
int telnet_input(struct telnet *t, uint8_t c);
/* Takes up to cap bytes that are to be sent, in front of any data: how many. */
size_t telnet_take(struct telnet *t, void *buf, size_t cap);
/*
 * Encodes one byte of data to send: how many bytes.  IAC is doubled; a CR
 * without LF gets its NUL, unless BINARY is on or the peer does not speak telnet.
 */
size_t telnet_encode(struct telnet *t, uint8_t c, uint8_t out[TELNET_ENCODED_MAX]);

#endif
