/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TFTP read client: RFC 1350 in octet mode, options of RFC 2347, 2348
 * (blksize), 2349 (tsize), 7440 (windowsize).  Leaves out writing, multicast,
 * the timeout option, blocks past a hole: the server sends them again.  Called
 * by tftp_source.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/cursor.h"
#include "services/tftp/tftp.h"

#define SECOND		1000000ull
#define MAX_TRIES	6		/* at 0 .5 1.5 3.5 7.5 11.5 s, given up at 15.5 s */
#define SILENCE_US	(23 * SECOND / 2)	/* of a server, and so many tries; the last has 4 s more */
#define PAUSE_MAX	(4 * SECOND)
#define DISK_US		50000u		/* a server may have to read it first */
#define HEADERS		32		/* of IP, UDP and TFTP before a block */
#define BLKSIZE_LEAST	8		/* RFC 2348 */
#define REACK_US	200000u		/* a repeated block is acknowledged again at most this often */
#define JUDGED		8		/* windows that are judged together, ... */
#define HOLES_BAD	6		/* of them with a hole are too many: loss at random leaves some whole */
#define SAME_BAD	4		/* times as many blocks, then silence: it sends no more */
#define BORNE		8		/* blocks at once that every card's ring holds: not worth beginning anew */
#define ONES_SURE	3		/* sights of block 1 in the place of block 0, each after an ACK of its own */
#define UNTOLD		(1u << 20)	/* a file without a length is long enough to begin anew, up to here */

enum { OP_RRQ = 1, OP_DATA = 3, OP_ACK = 4, OP_ERROR = 5, OP_OACK = 6 };
enum { ERR_NOT_FOUND = 1, ERR_ACCESS = 2, ERR_ILLEGAL = 4, ERR_NO_USER = 7, ERR_OPTIONS = 8 };

static uint16_t blksize_for(uint16_t mtu)
{
	if (mtu >= HEADERS + TFTP_BLKSIZE)
		return TFTP_BLKSIZE;
	return mtu > HEADERS + BLKSIZE_LEAST ? mtu - HEADERS : BLKSIZE_LEAST;
}

int tftp_start(struct tftp *t, const char *name, uint16_t mtu, uint64_t now_us)
{
	size_t n = strlen(name);

	memset(t, 0, sizeof(*t));
	if (n >= sizeof(t->name))
		return -ENAMETOOLONG;
	memcpy(t->name, name, n);
	t->blksize = 512;
	t->offered = blksize_for(mtu);
	t->window = 1;
	t->asked = TFTP_WINDOW;
	t->next_block = 1;
	t->next_us = t->progress_us = now_us;
	return 0;
}

uint64_t tftp_deadline(const struct tftp *t)
{
	if (t->send_ack || t->send_error)
		return 0;
	return t->state != TFTP_ENDED ? t->next_us : UINT64_MAX;
}

static enum tftp_event end(struct tftp *t, int error, const char *text)
{
	t->state = TFTP_ENDED;
	t->send_ack = false;
	t->error = error;
	snprintf(t->error_text, sizeof(t->error_text), "%s", text);
	return TFTP_EV_ERROR;
}

/* The server is told, so that it stops sending. */
static enum tftp_event end_told(struct tftp *t, int error, const char *text)
{
	t->send_error = true;
	return end(t, error, text);
}

static enum tftp_event end_protocol(struct tftp *t, const char *text)
{
	return end_told(t, -EPROTO, text);
}

/* Nothing has come yet: the same file with fewer options; false where there are none left to leave out. */
static bool ask_for_less(struct tftp *t, uint64_t now_us)
{
	if (t->state != TFTP_ASKING || t->options == TFTP_PLAIN)
		return false;
	t->options = t->options == TFTP_ALL && t->asked > 1 ? TFTP_NO_WINDOW : TFTP_PLAIN;
	t->blksize = 512;
	t->window = 1;
	t->size = 0;
	t->tries = 0;
	t->next_us = t->progress_us = now_us;
	return true;
}

void tftp_abort(struct tftp *t)
{
	if (t->state != TFTP_ENDED) {
		t->send_error = t->port != 0;
		end(t, -ECANCELED, "cancelled");
	}
}

void tftp_put_be16(struct tftp_output *out, unsigned v)
{
	out->data[out->len++] = (uint8_t)(v >> 8);
	out->data[out->len++] = (uint8_t)v;
}

void tftp_put_text(struct tftp_output *out, const char *s)
{
	size_t n = strlen(s) + 1;

	memcpy(out->data + out->len, s, n);
	out->len += n;
}

static void build_request(const struct tftp *t, struct tftp_output *out)
{
	char number[8];

	tftp_put_be16(out, OP_RRQ);
	tftp_put_text(out, t->name);
	tftp_put_text(out, "octet");
	if (t->options == TFTP_PLAIN)
		return;
	tftp_put_text(out, "tsize");
	tftp_put_text(out, "0");
	tftp_put_text(out, "blksize");
	snprintf(number, sizeof(number), "%d", t->offered);
	tftp_put_text(out, number);
	if (t->options == TFTP_NO_WINDOW || t->asked < 2)
		return;
	tftp_put_text(out, "windowsize");
	snprintf(number, sizeof(number), "%d", t->asked);
	tftp_put_text(out, number);
}

static void build_ack(struct tftp *t, struct tftp_output *out)
{
	tftp_put_be16(out, OP_ACK);
	tftp_put_be16(out, (uint16_t)(t->next_block - 1));
	t->send_ack = false;
	t->in_window = 0;
}

/* How long what an ACK asks for may take (RFC 6298, with a server's disk for a clock's grain). */
static uint64_t patience(const struct tftp *t)
{
	return t->rtt_us ? t->rtt_us + 4 * t->rtt_var_us + DISK_US : SECOND / 2;
}

static void measure(struct tftp *t, uint64_t now_us)
{
	uint64_t took = now_us - t->sent_us;
	uint32_t rtt = took < PAUSE_MAX ? (uint32_t)took + 1 : PAUSE_MAX;
	uint32_t off = rtt > t->rtt_us ? rtt - t->rtt_us : t->rtt_us - rtt;

	if (!t->timed)
		return;
	t->timed = false;
	if (!t->rtt_us) {
		t->rtt_us = rtt;
		t->rtt_var_us = rtt / 2;
		return;
	}
	t->rtt_var_us = t->rtt_var_us - t->rtt_var_us / 4 + off / 4;
	t->rtt_us = t->rtt_us - t->rtt_us / 8 + rtt / 8;
}

/* Is what is still to come worth what would have to come again? */
static bool may_begin_anew(const struct tftp *t)
{
	return !t->settled && t->got < (t->size ? t->size / 4 : UNTOLD);
}

static enum tftp_event begin_anew(struct tftp *t, const char *how)
{
	char text[sizeof(t->error_text)];

	snprintf(text, sizeof(text), "of windows of %u blocks %s %u at once", t->window, how, t->advice);
	return end_told(t, -EAGAIN, text);
}

/* An ACK is due for the blocks since the last one: all of a window, or those before a hole. */
static enum tftp_event window_ended(struct tftp *t, bool hole)
{
	if (t->window == 1)
		return TFTP_EV_NONE;
	t->windows = hole ? 0 : t->windows + 1;
	t->holes += hole;
	t->longest = t->in_window > t->longest ? t->in_window : t->longest;
	if (++t->judged < JUDGED)
		return TFTP_EV_NONE;
	t->advice = t->holes < HOLES_BAD ? 0 : t->longest ? t->longest : 1;
	t->judged = t->holes = 0;
	t->longest = 0;
	return hole && t->advice && t->window > BORNE && 2 * t->advice <= t->window && may_begin_anew(t) ?
	       begin_anew(t, "the line bears no more than") : TFTP_EV_NONE;
}

/* Nothing comes after some blocks of a window: its end was lost, or that is all that the server sends at once. */
static enum tftp_event window_stopped(struct tftp *t)
{
	if (!t->in_window)
		return TFTP_EV_NONE;
	t->repeats = t->in_window == t->same ? t->repeats + 1 : 1;
	t->same = t->in_window;
	if (t->repeats < SAME_BAD || t->window == 1)
		return window_ended(t, true);
	t->advice = t->same;
	t->repeats = 0;
	return may_begin_anew(t) ? begin_anew(t, "the server sends") : TFTP_EV_NONE;
}

static void build_error(struct tftp *t, struct tftp_output *out)
{
	t->send_error = false;
	tftp_put_be16(out, OP_ERROR);
	tftp_put_be16(out, 0);
	tftp_put_text(out, t->error_text);
	if (t->state == TFTP_ASKING)	/* it goes on with another request */
		t->port = 0;
}

static enum tftp_event silent(struct tftp *t)
{
	t->send_error = t->port != 0;
	return end(t, -ETIMEDOUT, t->port ? "the server fell silent" : "no answer");
}

enum tftp_event tftp_poll(struct tftp *t, uint64_t now_us, uint32_t random, struct tftp_output *out)
{
	bool again = t->state != TFTP_ENDED && now_us >= t->next_us;
	uint64_t pause;

	out->len = 0;
	out->port = t->port ? t->port : TFTP_PORT;
	if (t->send_error) {
		build_error(t, out);
		return TFTP_EV_NONE;
	}
	if (!t->send_ack && !again)
		return TFTP_EV_NONE;
	if (again && t->tries >= MAX_TRIES && now_us - t->progress_us >= SILENCE_US)
		return silent(t);
	if (again && window_stopped(t) != TFTP_EV_NONE)
		return TFTP_EV_ERROR;
	if (t->state == TFTP_ASKING)
		build_request(t, out);
	else
		build_ack(t, out);
	pause = (t->state == TFTP_ASKING ? SECOND / 2 : patience(t)) << (t->tries < 8 ? t->tries : 8);
	pause = pause < PAUSE_MAX ? pause : PAUSE_MAX;
	t->sent_us = now_us;
	t->timed = !again && !t->repeated;
	t->repeated = false;
	t->next_us = now_us + pause - pause / 4 + random % (uint32_t)(pause / 2);
	if (again)
		t->tries++;
	return TFTP_EV_NONE;
}

static void progress(struct tftp *t, uint64_t now_us)
{
	t->tries = 0;
	t->progress_us = now_us;
	t->next_us = now_us + patience(t);
}

/* A NUL-terminated string at the cursor, or NULL. */
static const char *get_text(struct cursor *c)
{
	const uint8_t *at = c->p + c->pos;
	const uint8_t *nul = cur_left(c) ? memchr(at, 0, cur_left(c)) : NULL;

	if (!nul)
		return NULL;
	cur_skip(c, (size_t)(nul - at) + 1);
	return (const char *)at;
}

static bool get_number(const char *s, uint64_t *v)
{
	if (!*s)
		return false;
	for (*v = 0; *s; s++) {
		if (*s < '0' || *s > '9' || *v > (UINT64_MAX - 9) / 10)
			return false;
		*v = *v * 10 + (unsigned)(*s - '0');
	}
	return true;
}

static bool same_word(const char *a, const char *b)
{
	while (*a && (*a | 0x20) == *b)
		a++, b++;
	return !*a && !*b;
}

/* What is wrong with an option that was acknowledged, or NULL: it is taken. */
static const char *take_option(struct tftp *t, const char *name, const char *value)
{
	uint64_t v;

	if (!get_number(value, &v))
		return "an option's value is no number";
	if (same_word(name, "tsize")) {
		t->size = v;
	} else if (same_word(name, "blksize")) {
		if (v < BLKSIZE_LEAST || v > t->offered)
			return "a block size that was not offered";
		t->blksize = (uint16_t)v;
	} else if (same_word(name, "windowsize")) {
		if (v < 1 || v > t->asked || t->options == TFTP_NO_WINDOW)
			return "a window size that was not offered";
		t->window = (uint16_t)v;
	} else {
		return "an option acknowledged that was not asked for";
	}
	return NULL;
}

static enum tftp_event got_oack(struct tftp *t, struct cursor *c, uint64_t now_us)
{
	const char *name, *value, *wrong = NULL;

	if (t->state != TFTP_ASKING) {		/* our ACK 0 was lost */
		if (t->next_block == 1 && !t->got && now_us - t->sent_us >= REACK_US)
			t->send_ack = t->repeated = true;
		return TFTP_EV_NONE;
	}
	if (t->options == TFTP_PLAIN)
		return end_protocol(t, "options acknowledged that were not asked for");
	while (!wrong && (name = get_text(c)) && (value = get_text(c)))
		wrong = take_option(t, name, value);
	if (wrong) {
		ask_for_less(t, now_us);
		t->send_error = true;
		snprintf(t->error_text, sizeof(t->error_text), "%s", wrong);
		return TFTP_EV_NONE;
	}
	t->state = TFTP_RECEIVING;
	t->send_ack = true;
	progress(t, now_us);
	return t->size ? TFTP_EV_SIZE : TFTP_EV_NONE;
}

/*
 * A block that is not the next one: repeated, or past a hole.  Both are
 * answered with the last block in order, but sparingly: a server that answers
 * repeated ACKs with repeated blocks must not be driven into sending each
 * block twice for ever (the "sorcerer's apprentice", RFC 1123, 4.2.3.1).
 */
static enum tftp_event out_of_turn(struct tftp *t, uint16_t block, uint64_t now_us)
{
	bool ahead = (uint16_t)(block - t->next_block) < t->window, hole = ahead && !t->gap_acked;

	if (hole || now_us - t->sent_us >= REACK_US) {
		t->send_ack = true;
		t->repeated = !hole;
		t->gap_acked = ahead;
	}
	if (!hole)
		return TFTP_EV_NONE;
	t->repeats = 0;
	return window_ended(t, true);
}

/*
 * Block 1 came after 65535.  Some servers count so; or block 0 was lost.  One
 * block at a time tells; of a window's, whether 1 comes again and again.
 */
static bool counts_from_1(struct tftp *t, uint64_t now_us)
{
	if (t->window == 1)
		t->wraps_to_1 = true;
	else if (!t->wraps_to_1 && (!t->ones || now_us - t->sent_us >= t->rtt_us / 2))
		t->wraps_to_1 = ++t->ones >= ONES_SURE;
	return t->wraps_to_1;
}

static enum tftp_event got_data(struct tftp *t, struct cursor *c, uint64_t now_us)
{
	uint16_t block = cur_be16(c);

	t->data_len = cur_left(c);
	if (t->state == TFTP_ASKING) {		/* a server without options: they are as RFC 1350 says */
		if (t->data_len > t->blksize && t->options != TFTP_ALL) {
			t->port = 0;	/* a transfer's that has not heard yet that it is no longer wanted */
			return TFTP_EV_NONE;
		}
		t->state = TFTP_RECEIVING;
	}
	if (t->data_len > t->blksize)
		return end_protocol(t, "a block longer than agreed");
	if (block == 1 && t->next_block == 0 && t->got && counts_from_1(t, now_us))
		t->next_block = 1;
	if (block != t->next_block)
		return out_of_turn(t, block, now_us);
	measure(t, now_us);
	t->data = cur_bytes(c, t->data_len);
	t->got += t->data_len;
	t->next_block++;
	t->gap_acked = false;
	t->ones = 0;
	progress(t, now_us);
	t->in_window++;
	if (t->data_len == t->blksize) {
		t->send_ack = t->in_window >= t->window;
		if (t->send_ack) {
			t->repeats = 0;
			window_ended(t, false);
		}
		return TFTP_EV_DATA;
	}
	t->send_ack = true;
	if (t->size && t->got != t->size)
		return end_told(t, -EIO, "the file's length is not what the server told before");
	t->state = TFTP_ENDED;
	return TFTP_EV_DONE;
}

static int error_number(uint16_t code)
{
	switch (code) {
	case ERR_NOT_FOUND:	return -ENOENT;
	case ERR_ACCESS:
	case ERR_NO_USER:	return -EACCES;
	case ERR_ILLEGAL:
	case ERR_OPTIONS:	return -EPROTO;
	default:		return -EIO;
	}
}

static enum tftp_event got_error(struct tftp *t, struct cursor *c, uint64_t now_us)
{
	static const char *const words[] = {
		"error", "file not found", "access denied", "disk full", "illegal operation", "unknown transfer",
		"file exists", "no such user", "options refused",
	};
	uint16_t code = cur_be16(c);
	size_t n = 0;

	/* Refused before the first block, and not for the file's sake: perhaps for the options'. */
	if ((code == 0 || code == ERR_ILLEGAL || code == ERR_OPTIONS) && ask_for_less(t, now_us)) {
		t->port = 0;
		return TFTP_EV_NONE;
	}
	end(t, error_number(code), code < sizeof(words) / sizeof(words[0]) ? words[code] : words[0]);
	while (cur_left(c) && n + 1 < sizeof(t->error_text)) {
		uint8_t ch = cur_u8(c);
		if (!ch)
			break;
		t->error_text[n++] = ch >= 0x20 && ch < 0x7f ? (char)ch : '?';
	}
	if (n)
		t->error_text[n] = '\0';
	return TFTP_EV_ERROR;
}

static bool is_answer(unsigned op, size_t left)
{
	return left >= 2 && (op == OP_DATA || op == OP_OACK || op == OP_ERROR);
}

bool tftp_is_answer(const void *data, size_t len)
{
	struct cursor c = cur_make(data, len);
	unsigned op = cur_be16(&c);

	return !c.bad && is_answer(op, cur_left(&c));
}

enum tftp_event tftp_input(struct tftp *t, uint16_t port, const void *data, size_t len, uint64_t now_us)
{
	struct cursor c = cur_make(data, len);
	unsigned op = cur_be16(&c);

	t->data = NULL;
	t->data_len = 0;
	if (t->state == TFTP_ENDED || t->send_error || c.bad || !port || (t->port && port != t->port))
		return TFTP_EV_NONE;	/* another transfer's (RFC 1350, 4) */
	if (!is_answer(op, cur_left(&c)))
		return TFTP_EV_NONE;
	t->port = port;
	switch (op) {
	case OP_DATA:	return got_data(t, &c, now_us);
	case OP_OACK:	return got_oack(t, &c, now_us);
	default:	return got_error(t, &c, now_us);
	}
}
