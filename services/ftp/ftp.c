/* SPDX-License-Identifier: BSD-2-Clause */
/* FTP's dialogue.  See ftp.h.  Called by ftp_source.c. */
#include "services/ftp/ftp.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/plain.h"

#define ANONYMOUS "anonymous"
#define ANONYMOUS_PASSWORD "undine@"	/* RFC 1635: who one is, in the form of a mail address */

static enum ftp_step end(struct ftp *f, enum ftp_step how, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->why, sizeof(f->why), fmt, ap);
	va_end(ap);
	plain_text(f->why);
	f->err = err;
	f->state = FTP_ENDED;
	return how;
}

/* A line that would end a command early has no place in one. */
static bool is_one_line(const char *text)
{
	return !strpbrk(text, "\r\n");
}

static enum ftp_step command(struct ftp *f, enum ftp_state state, const char *verb, const char *what)
{
	if (!is_one_line(what))
		return end(f, FTP_REFUSED, -EINVAL, "is not asked: FTP knows no user or password with an end of line");
	f->out_len = (size_t)snprintf(f->out, sizeof(f->out), "%s%s%s\r\n", verb, *what ? " " : "", what);
	f->state = state;
	return FTP_SEND;
}

int ftp_start(struct ftp *f, const char *path, enum ftp_want want, const struct net_addr *peer)
{
	size_t len = strlen(path);

	*f = (struct ftp){ .size = FTP_SIZE_UNKNOWN, .want = want, .peer = *peer };
	if ((!len && want == FTP_FILE) || !is_one_line(path))
		return -EINVAL;
	if (len >= sizeof(f->path))
		return -ENAMETOOLONG;
	strcpy(f->path, path);
	if (want != FTP_FILE && len > 1 && path[len - 1] == '/')	/* servers differ in what they take it for */
		f->path[len - 1] = '\0';
	return 0;
}

int ftp_path(const char *target, char *buf, size_t cap)
{
	const char *type = strstr(target, ";type=");

	target += *target == '/';
	return url_decode(target, type && strlen(type) == 7 ? (size_t)(type - target) : strlen(target), buf, cap);
}

/* ---- where the file is to be had ---- */

/* "(|||6446|)", the delimiter being any; an address may stand there, but only the peer's own. */
static int parse_epsv(struct ftp *f, const char *text)
{
	char own[NET_ADDR_TEXT];
	const char *at = strchr(text, '('), *address, *number;
	unsigned long port;
	char by, *after;

	if (!at || !at[1] || strchr("0123456789", at[1]))
		return -EPROTO;
	by = at[1];
	address = strchr(at + 2, by);			/* behind the family */
	number = address ? strchr(address + 1, by) : NULL;
	if (!number || number[1] < '0' || number[1] > '9')
		return -EPROTO;
	address++;
	port = strtoul(number + 1, &after, 10);
	if (*after != by || !port || port > 65535)
		return -EPROTO;
	net_addr_format(&f->peer, own);
	if (number != address && (strlen(own) != (size_t)(number - address) || strncmp(own, address, strlen(own))))
		return -EXDEV;
	f->port = (uint16_t)port;
	return 0;
}

/* Six numbers of a byte each, parted by commas, wherever they begin (RFC 1123, 4.1.2.6). */
static bool six_numbers(const char *text, uint8_t n[6])
{
	char *after;

	for (unsigned i = 0; i < 6; i++) {
		unsigned long value = *text >= '0' && *text <= '9' ? strtoul(text, &after, 10) : 256;

		if (value > 255 || (i < 5 && *after != ','))
			return false;
		n[i] = (uint8_t)value;
		text = after + 1;
	}
	return true;
}

static int parse_pasv(struct ftp *f, const char *text)
{
	struct net_addr named;
	uint8_t n[6];

	while (*text && !six_numbers(text, n))
		text++;
	if (!*text || !(n[4] | n[5]))
		return -EPROTO;
	named = net_addr_v4((uint32_t)n[0] << 24 | (uint32_t)n[1] << 16 | (uint32_t)n[2] << 8 | n[3]);
	if ((n[0] | n[1] | n[2] | n[3]) && !net_addr_equal(&named, &f->peer))
		return -EXDEV;
	f->port = (uint16_t)(n[4] << 8 | n[5]);
	return 0;
}

static enum ftp_step passive(struct ftp *f, int err)
{
	if (err == -EXDEV)
		return end(f, FTP_REFUSED, err, "sends for its file to another machine, where none is fetched (FTP "
			   "bounce): %u %s", f->code, f->line + 4);
	if (err)
		return end(f, FTP_REFUSED, err, "names no port for its file: %u %s", f->code, f->line + 4);
	f->state = FTP_CONNECTING;
	return FTP_CONNECT;
}

/* ---- replies ---- */

/* What the server says is no answer that leads on. */
static enum ftp_step refuses(struct ftp *f)
{
	bool login = f->code == 530 || f->code == 332 || f->code == 532;
	int err = f->code < 500 && f->code != 332 ? -EAGAIN : login ? -EACCES : f->code == 550 ? -ENOENT : -EIO;

	return end(f, err == -EAGAIN ? FTP_AGAIN : FTP_REFUSED, err == -EAGAIN ? -EIO : err, "says: %u %s%s", f->code,
		   f->line + 4, login ? "; it wants a user and a password" :
		   err == -ENOENT ? "; check the path" : "");
}

/* Or anonymous is not let in: once more as the settings say, if they do. */
static enum ftp_step let_in(struct ftp *f)
{
	if (f->code == 230 || f->code == 202)
		return command(f, FTP_TYPE, "TYPE", "I");
	if (f->code < 500 || !f->anonymous || !f->second_user)
		return refuses(f);
	f->anonymous = false;
	f->user = f->second_user;
	f->password = f->second_password;
	return command(f, FTP_USER, "USER", f->user);
}

static enum ftp_step welcome(struct ftp *f)
{
	if (f->code == 120)		/* soon */
		return FTP_MORE;
	if (f->code != 220)
		return refuses(f);
	f->anonymous = !f->user;
	if (f->anonymous) {
		f->user = ANONYMOUS;
		f->password = ANONYMOUS_PASSWORD;
	}
	return command(f, FTP_USER, "USER", f->user);
}

/* How long it is; a content of the same length and time is taken for the same. */
static void note_version(struct ftp *f)
{
	char version[FTP_VERSION_MAX] = "";

	if (f->code == 213 && f->size != FTP_SIZE_UNKNOWN && f->line[4])
		snprintf(version, sizeof(version), "%.20s %llu", f->line + 4, (unsigned long long)f->size);
	if (!*version || strcmp(version, f->version) || f->from > f->size)
		f->from = 0;
	strcpy(f->version, version);
}

static void note_size(struct ftp *f)
{
	char *after;
	unsigned long long size;

	if (f->code != 213 || f->line[4] < '0' || f->line[4] > '9')
		return;
	errno = 0;
	size = strtoull(f->line + 4, &after, 10);
	if (!errno && (!*after || *after == ' '))
		f->size = size;
}

static enum ftp_step known(struct ftp *f, bool folder)
{
	f->folder = folder;
	f->state = FTP_ENDED;
	return FTP_KNOWN;
}

/* Into the folder, or to where it can be asked for: names with blanks, or that look like options, are safe so. */
static enum ftp_step enter(struct ftp *f)
{
	if (*f->path)
		return command(f, FTP_CWD, "CWD", f->path);
	return f->want == FTP_FACTS ? known(f, true) : command(f, FTP_EPSV, "EPSV", "");
}

static enum ftp_step entered(struct ftp *f)
{
	if (f->code != 250 && f->code != 200)
		return refuses(f);
	return f->want == FTP_FACTS ? known(f, true) : command(f, FTP_EPSV, "EPSV", "");
}

/* A file's length is told, a folder's is not. */
static enum ftp_step sized(struct ftp *f)
{
	note_size(f);
	if (f->want == FTP_FACTS)
		return f->size == FTP_SIZE_UNKNOWN ? enter(f) : known(f, false);
	return command(f, FTP_ASK_TIME, "MDTM", f->path);
}

static enum ftp_step retrieve(struct ftp *f)
{
	if (f->want == FTP_FOLDER)
		return command(f, FTP_RETR, f->no_mlsd ? "LIST" : "MLSD", "");
	return command(f, FTP_RETR, "RETR", f->path);
}

enum ftp_step ftp_connected(struct ftp *f)
{
	char from[24];

	if (!f->from)
		return retrieve(f);
	snprintf(from, sizeof(from), "%llu", (unsigned long long)f->from);
	return command(f, FTP_REST, "REST", from);
}

/* f->code and f->line are a reply, whole. */
static enum ftp_step replied(struct ftp *f)
{
	if (f->code == 421 && f->state != FTP_WELCOME)
		return refuses(f);
	switch (f->state) {
	case FTP_WELCOME:
		return welcome(f);
	case FTP_USER:			/* some let in without a password */
		return f->code == 331 ? command(f, FTP_PASS, "PASS", f->password) : let_in(f);
	case FTP_PASS:
		return let_in(f);
	case FTP_TYPE:
		if (f->code != 200)
			return refuses(f);
		return f->want == FTP_FOLDER || !*f->path ? enter(f) : command(f, FTP_ASK_SIZE, "SIZE", f->path);
	case FTP_ASK_SIZE:
		return sized(f);
	case FTP_ASK_TIME:
		note_version(f);
		return command(f, FTP_EPSV, "EPSV", "");
	case FTP_CWD:
		return entered(f);
	case FTP_EPSV:
		if (f->code == 229)
			return passive(f, parse_epsv(f, f->line + 4));
		return f->code >= 500 ? command(f, FTP_PASV, "PASV", "") : refuses(f);
	case FTP_PASV:
		return f->code == 227 ? passive(f, parse_pasv(f, f->line + 4)) : refuses(f);
	case FTP_REST:
		if (f->code != 350)
			f->from = 0;
		return retrieve(f);
	case FTP_RETR:
		if (f->want == FTP_FOLDER && f->code >= 500 && f->code <= 504 && !f->no_mlsd) {
			f->no_mlsd = true;	/* its connection may be spent */
			return command(f, FTP_EPSV, "EPSV", "");
		}
		if (f->code != 125 && f->code != 150)
			return refuses(f);
		f->state = FTP_BODY;
		return FTP_TRANSFER;
	case FTP_BODY:
		if (f->code < 200)
			return FTP_MORE;
		if (f->code >= 300)
			return refuses(f);
		f->state = FTP_ENDED;
		return FTP_COMPLETE;
	default:
		return FTP_MORE;
	}
}

/* A line is whole: MORE, or what follows if it ends a reply. */
static enum ftp_step line(struct ftp *f)
{
	const char *l = f->line;
	bool coded = f->line_len >= 3 && l[0] >= '1' && l[0] <= '5' && l[1] >= '0' && l[1] <= '9' &&
		     l[2] >= '0' && l[2] <= '9' && (!l[3] || l[3] == ' ' || l[3] == '-');
	unsigned code = coded ? (unsigned)(l[0] - '0') * 100 + (unsigned)(l[1] - '0') * 10 + (unsigned)(l[2] - '0') : 0;

	if (f->within ? code != f->within || l[3] == '-' : coded && l[3] == '-') {
		f->within = f->within ? f->within : code;
		return FTP_MORE;
	}
	if (!coded) {
		f->code = 0;
		return end(f, FTP_REFUSED, -EPROTO, "does not speak FTP: \"%.60s\"", l);
	}
	f->within = 0;
	f->code = code;
	if (!f->line[3])		/* a code alone: there is no text */
		f->line[4] = '\0';
	plain_text(f->line + 4);
	return replied(f);
}

enum ftp_step ftp_input(struct ftp *f, const void *in, size_t len, size_t *used)
{
	const char *p = in;
	enum ftp_step step;

	for (*used = 0; *used < len && f->state != FTP_ENDED;) {
		char c = p[(*used)++];

		if (++f->said > FTP_TALK_MAX)
			return end(f, FTP_REFUSED, -EPROTO, "says more than %u KiB", FTP_TALK_MAX >> 10);
		if (c != '\n') {
			if (c != '\r' && f->line_len < sizeof(f->line) - 2)
				f->line[f->line_len++] = c ? c : '?';
			continue;
		}
		f->line[f->line_len] = '\0';
		step = line(f);
		f->line_len = 0;
		if (step != FTP_MORE)
			return step;
	}
	return FTP_MORE;
}
