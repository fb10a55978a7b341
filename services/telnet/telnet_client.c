/* SPDX-License-Identifier: BSD-2-Clause */
/* A telnet client: see telnet_client.h. */
#include "services/telnet/telnet_client.h"

#include <string.h>

#include "services/console/keys.h"

#define LINE_OUT (LINEEDIT_MAX * TELNET_ENCODED_MAX + 16)	/* what one key may add to `out` */

void telnet_client_init(struct telnet_client *c, void (*line)(const char *text))
{
	memset(c, 0, sizeof(*c));
	telnet_init(&c->t, TELNET_USER_BITS, TELNET_HOST_BITS);
	c->t.cols = TELNET_COLUMNS;
	c->t.rows = TELNET_ROWS;
	strcpy(c->t.terminal, "DUMB");	/* programs that want a whole screen shall not try */
	c->screen.line = line;
}

/* What telnet has to say by itself. */
static void take_answers(struct telnet_client *c)
{
	c->out_len += telnet_take(&c->t, c->out + c->out_len, sizeof(c->out) - c->out_len);
}

static bool has_room(const struct telnet_client *c, size_t n)
{
	return sizeof(c->out) - c->out_len >= n;
}

static void send(struct telnet_client *c, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		c->out_len += telnet_encode(&c->t, (uint8_t)data[i], c->out + c->out_len);
}

static bool peer_echoes(const struct telnet_client *c)
{
	return telnet_is_on(&c->t, TELNET_THEIRS, TELNET_ECHO);
}

/* What was typed before the peer began to echo is its own now. */
static void hand_over(struct telnet_client *c)
{
	send(c, c->edit.text, c->edit.len);
	lineedit_begin(&c->edit, NULL);
}

size_t telnet_client_input(struct telnet_client *c, const uint8_t *p, size_t len)
{
	size_t n = 0;
	while (n < len && has_room(c, TELNET_OUT_MAX + LINE_OUT)) {
		int got = telnet_input(&c->t, p[n++]);
		take_answers(c);
		if (got == TELNET_OPTION && peer_echoes(c))
			hand_over(c);
		if (got >= 0 && got <= 0xff)
			telnet_screen_put(&c->screen, (uint8_t)got);
	}
	return n;
}

void telnet_client_command(struct telnet_client *c, uint8_t command)
{
	if (has_room(c, TELNET_OUT_MAX))
		telnet_command(&c->t, command);
	take_answers(c);
}

void telnet_client_sent(struct telnet_client *c, size_t n)
{
	c->out_len -= n;
	memmove(c->out, c->out + n, c->out_len);
}

/* The line that was edited here joins what the peer wrote before it. */
static void enter(struct telnet_client *c)
{
	for (size_t i = 0; i < c->edit.len; i++)
		telnet_screen_put(&c->screen, (uint8_t)c->edit.text[i]);
	telnet_screen_put(&c->screen, '\n');
	hand_over(c);
	send(c, "\r\n", 2);
}

void telnet_client_key(struct telnet_client *c, int key)
{
	char bytes[TELNET_KEY_MAX];
	if (!has_room(c, LINE_OUT))
		return;
	if (peer_echoes(c)) {
		send(c, bytes, telnet_key(key, bytes));
		/* CR's NUL at once, for servers that look for it in the same segment */
		if (key == KEY_ENTER)
			c->out_len += telnet_encode(&c->t, 0, c->out + c->out_len) - 1;
		return;
	}
	switch (lineedit_key(&c->edit, key)) {
	case LINEEDIT_DONE: enter(c); break;
	case LINEEDIT_TOO_LONG:
		for (const char *text = "(a line that is too long; it was not sent)\n"; *text; text++)
			telnet_screen_put(&c->screen, (uint8_t)*text);
		lineedit_begin(&c->edit, NULL);
		break;
	case LINEEDIT_EOF: send(c, "\4", 1); break;
	case LINEEDIT_CANCEL:
		lineedit_begin(&c->edit, NULL);
		if (c->t.spoken)
			telnet_client_command(c, TELNET_CMD_IP);
		else
			send(c, "\3", 1);
		break;
	default: break;
	}
}

int telnet_client_show(struct telnet_client *c, char out[TELNET_COLUMNS + 1])
{
	if (c->edit.len)
		return lineedit_show(&c->edit, c->screen.text, out, TELNET_COLUMNS - 1);
	strcpy(out, c->screen.text);
	return c->screen.cursor;
}

size_t telnet_key(int key, char out[TELNET_KEY_MAX])
{
	/* As a VT220 has them, and as console.c reads them: ESC [ letter, ESC [ number ~. */
	static const char letters[] = "ABDCHF";				/* KEY_UP .. KEY_END */
	static const uint8_t numbers[] = { 3, 2, 5, 6 };		/* KEY_DELETE .. KEY_PGDN */
	static const uint8_t functions[] = { 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24 };
	unsigned n;
	if (key < 0x100) {
		out[0] = (char)(key == KEY_BACKSPACE ? 127 : key);
		return 1;
	}
	out[0] = KEY_ESC;
	out[1] = '[';
	if (key <= KEY_END) {
		out[2] = letters[key - KEY_UP];
		return 3;
	}
	if (key <= KEY_PGDN)
		n = numbers[key - KEY_DELETE];
	else if (key >= KEY_F1 && key < KEY_F1 + 12)
		n = functions[key - KEY_F1];
	else
		return 0;
	size_t len = 2;
	if (n >= 10)
		out[len++] = (char)('0' + n / 10);
	out[len++] = (char)('0' + n % 10);
	out[len++] = '~';
	return len;
}
