/* SPDX-License-Identifier: BSD-2-Clause */
/* See far_ftp.h. */
#include "tests/world/far_ftp.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "net/net.h"
#include "tests/world/far.h"
#include "tests/world/far_parts.h"

#define SESSIONS	6
#define FIRST_PORT	2000u
#define REPLY_MAX	4096u

struct far_ftp far_ftp = { .control_at = SIZE_MAX, .data_at = SIZE_MAX };

static int listener = -1, bounced = -1;

static struct session {
	int control, data, at_port;		/* -1: none */
	char line[600], out[REPLY_MAX];
	size_t line_len, out_len, said;
	bool mute, ends, breaks;		/* when out has gone */
	bool knows_who, sends, within;		/* within: the folder pub */
	const char *user;
	const struct far_ftp_rule *again;
	uint64_t again_us;
	const struct far_file *file;
	size_t size, from, pos, rest;
} sessions[SESSIONS];

static size_t size_of(const char *path, const struct far_file **file)
{
	*file = far_find(path);
	return *file ? (*file)->len : !strcmp(path, "file") ? FAR_FILE_LEN : !strcmp(path, "small") ? FAR_FTP_FILE_LEN :
	       SIZE_MAX;
}

/* Takes effect from byte far_ftp.control_at on. */
static void put(struct session *s, const char *text)
{
	for (; *text && !s->mute && !s->ends && !s->breaks; text++) {
		bool now = s->said == far_ftp.control_at && far_ftp.times;
		far_ftp.times -= now;
		if (now && far_ftp.how != FAR_GARBAGE) {
			s->mute = far_ftp.how == FAR_STALL;
			s->ends = far_ftp.how == FAR_CLOSE;
			s->breaks = far_ftp.how == FAR_RESET;
			break;
		}
		assert(s->out_len < sizeof(s->out));
		s->out[s->out_len++] = now ? (char)(*text ^ 0x15) : *text;
		s->said++;
	}
	far_ftp.said = s->said;
}

static void answer(struct session *s, const char *verb, const char *says)
{
	for (unsigned i = 0; i < 4; i++) {
		const struct far_ftp_rule *r = &far_ftp.rules[i];
		if (!r->verb || strcmp(r->verb, verb))
			continue;
		says = r->says;
		s->again = r->again_us ? r : NULL;
		s->again_us = clock_us() + r->again_us;
	}
	put(s, says);
}

static void open_port(struct net *n, struct session *s, bool extended)
{
	unsigned port = FIRST_PORT + (unsigned)(s - sessions);
	char says[80];
	if (s->data >= 0)		/* was for what is not known here */
		sock_abort(n, s->data);
	s->data = -1;
	if (s->at_port < 0)
		s->at_port = far_tcp(n, (uint16_t)port);
	if (extended)
		sprintf(says, "229 Extended (|||%u|)\r\n", port);
	else
		sprintf(says, "227 Passive (10,0,0,1,%u,%u).\r\n", port >> 8, port & 255);
	answer(s, extended ? "EPSV" : "PASV", says);
}

static void retrieve(struct session *s, const char *path)
{
	s->size = size_of(path, &s->file);
	if (s->size == SIZE_MAX) {
		answer(s, "RETR", "550 No such file\r\n");
		return;
	}
	s->from = s->pos = s->rest;
	s->rest = 0;
	s->sends = true;
	answer(s, "RETR", "150 it comes\r\n");
}

static void list(struct session *s, bool facts)
{
	static const char in_facts[] = "type=cdir; .\r\ntype=dir; boot\r\n"
				       "type=file;size=11;modify=20260101000000; a b\r\n";
	static const char in_lines[] = "total 4\r\ndrwxr-xr-x    2 0        0            4096 Jan  1 00:00 boot\r\n"
				       "-rw-r--r--    1 0        0              11 Nov 30 10:56 a b\r\n";
	static struct far_file lists[2];
	const char *text = facts ? in_facts : in_lines;
	lists[facts] = (struct far_file){ .data = (const uint8_t *)text, .len = strlen(text) };
	s->file = &lists[facts];
	s->size = s->within ? s->file->len : 0;
	s->from = s->pos = 0;
	s->sends = true;
	answer(s, facts ? "MLSD" : "LIST", "150 it comes\r\n");
}

static void obey(struct net *n, struct session *s)
{
	char *what = strchr(s->line, ' '), says[80];
	const struct far_file *f;
	if (what)
		*what++ = '\0';
	else
		what = s->line + strlen(s->line);
	if (!strcmp(s->line, "USER")) {
		s->user = !strcmp(what, "anonymous") ? "anonymous" : !strcmp(what, "op") ? "op" : "";
		answer(s, "USER", "331-who\r\n331 password?\r\n");
	} else if (!strcmp(s->line, "PASS")) {
		s->knows_who = !strcmp(s->user, "op") ? !strcmp(what, "p@w") : *s->user && !far_ftp.closed;
		answer(s, "PASS", s->knows_who ? "230 in\r\n" : "530 Login incorrect.\r\n");
	} else if (!s->knows_who) {
		put(s, "530 Please login\r\n");
	} else if (!strcmp(s->line, "TYPE")) {
		answer(s, "TYPE", "200 binary\r\n");
	} else if (!strcmp(s->line, "SIZE")) {
		size_t len = size_of(what, &f);
		sprintf(says, len == SIZE_MAX ? "550 no\r\n" : "213 %zu\r\n", len);
		answer(s, "SIZE", says);
	} else if (!strcmp(s->line, "MDTM")) {
		far_ftp.written += far_ftp.written_after && !--far_ftp.written_after;
		sprintf(says, "213 20260101%06u\r\n", far_ftp.written);
		answer(s, "MDTM", size_of(what, &f) == SIZE_MAX ? "550 no\r\n" : says);
	} else if (!strcmp(s->line, "EPSV") || !strcmp(s->line, "PASV")) {
		open_port(n, s, s->line[0] == 'E');
	} else if (!strcmp(s->line, "REST")) {
		s->rest = strtoul(what, NULL, 10);
		far_ftp.rests++;
		answer(s, "REST", "350 from there\r\n");
	} else if (!strcmp(s->line, "RETR")) {
		retrieve(s, what);
	} else if (!strcmp(s->line, "CWD")) {
		s->within = !strcmp(what, "pub");
		answer(s, "CWD", s->within ? "250 there\r\n" : "550 Failed to change directory.\r\n");
	} else if ((!strcmp(s->line, "MLSD") && !far_ftp.no_mlsd) || !strcmp(s->line, "LIST")) {
		list(s, s->line[0] == 'M');
	} else if (!strcmp(s->line, "QUIT")) {
		put(s, "221 bye\r\n");
		s->ends = true;
	} else {
		put(s, "502 what?\r\n");
	}
}

static void end(struct net *n, struct session *s, bool abruptly)
{
	if (s->data >= 0)
		sock_abort(n, s->data);
	if (s->at_port >= 0)
		sock_close(n, s->at_port);
	if (abruptly)
		sock_abort(n, s->control);
	else
		sock_close(n, s->control);
	*s = (struct session){ .control = -1, .data = -1, .at_port = -1 };
}

/* The file, or a bit of it. */
static void send_file(struct net *n, struct session *s)
{
	uint8_t piece[1000];
	if (s->data < 0)
		s->data = sock_accept(n, s->at_port, NULL, NULL);
	if (s->data < 0 || !s->sends)
		return;
	bool cut = far_ftp.times && far_ftp.data_at >= s->from && far_ftp.data_at < s->size;
	size_t to = cut ? far_ftp.data_at : s->size, len = to - s->pos < sizeof(piece) ? to - s->pos : sizeof(piece);
	for (size_t i = 0; i < len; i++)
		piece[i] = s->file ? s->file->data[s->pos + i] : far_byte(s->pos + i);
	int sent = len ? sock_send(n, s->data, piece, len) : 0;
	s->pos += sent > 0 ? (size_t)sent : 0;
	if (s->pos < to)
		return;
	if (!cut) {
		sock_close(n, s->data);
		s->data = -1;
		s->sends = false;
		answer(s, "226", "226 sent\r\n");
		return;
	}
	far_ftp.times--;
	s->sends = false;
	if (far_ftp.how == FAR_STALL)
		return;
	if (far_ftp.how == FAR_CLOSE)
		sock_close(n, s->data);
	else
		sock_abort(n, s->data);
	s->data = -1;
	if (far_ftp.how == FAR_RESET)
		s->breaks = true;
	else
		put(s, far_ftp.how == FAR_CLOSE ? "226 sent\r\n" : "426 broken\r\n");
}

static void hear(struct net *n, struct session *s)
{
	char c;
	int got;
	while (!s->out_len && (got = sock_recv(n, s->control, &c, 1)) > 0)
		if (c == '\n') {
			s->line[s->line_len - (s->line_len && s->line[s->line_len - 1] == '\r')] = '\0';
			s->line_len = 0;
			obey(n, s);
		} else if (s->line_len < sizeof(s->line) - 1) {
			s->line[s->line_len++] = c;
		}
}

static void serve(struct net *n, struct session *s)
{
	hear(n, s);
	if (s->again && s->again->says && clock_us() >= s->again_us) {
		s->again_us += s->again->again_us;
		if (s->out_len + strlen(s->again->says) < sizeof(s->out))
			put(s, s->again->says);
	}
	send_file(n, s);
	int sent = s->out_len ? sock_send(n, s->control, s->out, s->out_len) : 0;
	if (sent > 0) {
		s->out_len -= (size_t)sent;
		memmove(s->out, s->out + sent, s->out_len);
	}
	if (sock_events(n, s->control) & (SOCK_HUP | SOCK_ERR) || (!s->out_len && (s->ends || s->breaks)))
		end(n, s, s->breaks);
}

void far_ftp_turn(struct net *n)
{
	int fd;
	while ((fd = sock_accept(n, bounced, NULL, NULL)) >= 0) {
		far_ftp.elsewhere++;
		sock_abort(n, fd);
	}
	for (struct session *s = sessions; s < sessions + SESSIONS; s++)
		if (s->control < 0 && (fd = sock_accept(n, listener, NULL, NULL)) >= 0) {
			s->control = fd;
			answer(s, "", "220-welcome\r\n220 ready\r\n");
		}
	for (struct session *s = sessions; s < sessions + SESSIONS; s++)
		if (s->control >= 0)
			serve(n, s);
}

void far_ftp_drop(struct net *n)
{
	far_ftp_turn(n);
	for (struct session *s = sessions; s < sessions + SESSIONS; s++)
		if (s->control >= 0)
			end(n, s, true);
}

void far_ftp_setup(struct net *n)
{
	for (struct session *s = sessions; s < sessions + SESSIONS; s++)
		*s = (struct session){ .control = -1, .data = -1, .at_port = -1 };
	listener = far_tcp(n, 21);
	bounced = far_tcp(n, FAR_FTP_BOUNCE_PORT);
}
