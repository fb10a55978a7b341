/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multicast TFTP (RFC 2090) with blksize and tsize, and PXE's.  See tftm.h.  Leaves out files of more than 65535
 * blocks, and those of which the server does not tell the length: block and place could not be told from each other.
 */
#include "services/tftp/tftm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/cursor.h"

#define SECOND		1000000ull
#define HEADERS		32		/* of IP, UDP and TFTP before a block */
#define TRIES		6		/* sends that nobody answers */
#define OPENS		3		/* where nobody may ever */
#define OPEN_BLOCK	512
#define PAUSE_MAX	(4 * SECOND)
#define LISTEN		(8 * SECOND)	/* of silence, until a listener asks whether it is still known */

enum { OP_RRQ = 1, OP_DATA = 3, OP_ACK = 4, OP_ERROR = 5, OP_OACK = 6 };

int tftm_start(struct tftm *t, const char *name, uint16_t mtu, uint64_t now_us)
{
	size_t n = strlen(name);

	memset(t, 0, sizeof(*t));
	if (n >= sizeof(t->name))
		return -ENAMETOOLONG;
	memcpy(t->name, name, n);
	t->offered = mtu >= HEADERS + TFTP_BLKSIZE || mtu < HEADERS + 8 ? TFTP_BLKSIZE : mtu - HEADERS;
	t->missing = 1;
	t->next_us = now_us;
	t->listen_us = LISTEN;
	return 0;
}

/* Or false: it has more blocks than numbers. */
static bool take_size(struct tftm *t, uint64_t size, uint64_t blksize)
{
	t->size = size;
	t->blksize = (uint16_t)blksize;
	t->blocks = (uint32_t)(size / blksize) + 1;
	return size / blksize < TFTM_BLOCKS;
}

int tftm_listen(struct tftm *t, const char *name, const struct net_addr *group, uint16_t port, uint64_t size,
		unsigned first_s, unsigned again_s, uint64_t now_us)
{
	int err = tftm_start(t, name, 0, now_us);

	if (err < 0 || !take_size(t, size, OPEN_BLOCK))
		return err < 0 ? err : -EFBIG;
	t->opens = true;
	t->state = TFTM_RECEIVING;
	t->group = *group;
	t->port_of_group = port;
	t->listen_us = again_s * SECOND;
	t->next_us = now_us + first_s * SECOND;
	return 0;
}

uint64_t tftm_deadline(const struct tftm *t)
{
	if (t->send_ack || t->send_error)
		return 0;
	return t->state != TFTM_ENDED ? t->next_us : UINT64_MAX;
}

uint64_t tftm_whole(const struct tftm *t)
{
	return t->missing > t->blocks ? t->size : (uint64_t)(t->missing - 1) * t->blksize;
}

static enum tftm_event end(struct tftm *t, int error, const char *text, bool told)
{
	t->state = TFTM_ENDED;
	t->send_ack = false;
	t->send_error = told && t->port;
	t->error = error;
	snprintf(t->error_text, sizeof(t->error_text), "%s", text);
	return TFTM_EV_ERROR;
}

void tftm_abort(struct tftm *t)
{
	if (t->state != TFTM_ENDED)
		end(t, -ECANCELED, "cancelled", true);
}

static void build_request(struct tftm *t, struct tftp_output *out)
{
	char number[8];

	tftp_put_be16(out, OP_RRQ);
	tftp_put_text(out, t->name);
	tftp_put_text(out, "octet");
	t->port = 0;			/* who answers may do so from another port than before */
	out->port = TFTP_PORT;
	if (t->opens)
		return;
	tftp_put_text(out, "multicast");
	tftp_put_text(out, "");
	tftp_put_text(out, "tsize");
	tftp_put_text(out, "0");
	tftp_put_text(out, "blksize");
	snprintf(number, sizeof(number), "%u", t->blksize ? t->blksize : t->offered);
	tftp_put_text(out, number);
}

/* The block before the first that is missing: the server goes on from there. */
static void build_ack(struct tftm *t, struct tftp_output *out)
{
	tftp_put_be16(out, OP_ACK);
	tftp_put_be16(out, t->missing - 1);
}

static void build_error(struct tftm *t, struct tftp_output *out)
{
	tftp_put_be16(out, OP_ERROR);
	tftp_put_be16(out, 0);
	tftp_put_text(out, t->error_text);
	t->send_error = false;
}

enum tftm_event tftm_poll(struct tftm *t, uint64_t now_us, uint32_t random, struct tftp_output *out)
{
	bool again = t->state != TFTM_ENDED && now_us >= t->next_us;
	uint64_t pause;

	out->len = 0;
	out->port = t->port;
	if (t->send_error) {
		build_error(t, out);
		return TFTM_EV_NONE;
	}
	if (!again && !t->send_ack)
		return TFTM_EV_NONE;
	if (again && t->opens && !t->any && t->tries >= OPENS) {
		end(t, -ENOTSUP, "no multicast", false);
		return TFTM_EV_PLAIN;
	}
	if (again && t->tries >= TRIES)
		return end(t, -ETIMEDOUT, t->state == TFTM_ASKING ? "no answer" : "the server fell silent", true);
	if (t->state != TFTM_ASKING && (t->master || t->send_ack))
		build_ack(t, out);
	else
		build_request(t, out);
	t->send_ack = false;
	t->tries += again;
	pause = SECOND << (t->tries < 3 ? t->tries : 3);
	pause = pause < PAUSE_MAX ? pause : PAUSE_MAX;
	t->next_us = now_us + pause - pause / 4 + random % (uint32_t)(pause / 2);
	return TFTM_EV_NONE;
}

/* Somebody is there: a master waits for its block, a listener for anything. */
static void heard(struct tftm *t, uint64_t now_us)
{
	t->tries = 0;
	t->next_us = now_us + (t->master ? SECOND : t->listen_us);
}

static const char *get_text(struct cursor *c)
{
	const uint8_t *at = c->p + c->pos;
	const uint8_t *nul = cur_left(c) ? memchr(at, 0, cur_left(c)) : NULL;

	if (!nul)
		return NULL;
	cur_skip(c, (size_t)(nul - at) + 1);
	return (const char *)at;
}

static bool is_word(const char *a, const char *b)
{
	while (*a && (*a | 0x20) == *b)
		a++, b++;
	return !*a && !*b;
}

static bool number(const char **s, char until, uint64_t max, uint64_t *v)
{
	const char *p = *s;

	for (*v = 0; *p >= '0' && *p <= '9' && *v <= max; p++)
		*v = *v * 10 + (unsigned)(*p - '0');
	if (p == *s || *p != until || *v > max)
		return false;
	*s = p + (until != '\0');
	return true;
}

/* "224.0.1.9,1758,1": what is empty stays as it was.  False if that is nonsense. */
static bool take_group(struct tftm *t, const char *value)
{
	char ip[NET_ADDR_TEXT];
	const char *comma = strchr(value, ',');
	size_t n = comma ? (size_t)(comma - value) : 0;
	struct net_addr group = t->group;
	uint64_t port = t->port_of_group, master;

	if (!comma || n >= sizeof(ip))
		return false;
	memcpy(ip, value, n);
	ip[n] = '\0';
	if (n && net_addr_parse(ip, &group) < 0)
		return false;
	value = comma + 1;
	if (*value == ',')
		value++;
	else if (!number(&value, ',', 65535, &port))
		return false;
	if (!number(&value, '\0', 1, &master) || !net_addr_is_multicast(&group) || !port)
		return false;
	t->group = group;
	t->port_of_group = (uint16_t)port;
	t->master = master;
	return true;
}

struct told {
	bool group;
	uint64_t size, blksize;
	const char *wrong;
};

static void take_option(struct tftm *t, const char *name, const char *value, struct told *o)
{
	if (is_word(name, "multicast")) {
		o->group = true;
		if (!take_group(t, value))
			o->wrong = "a multicast group that is none";
	} else if (is_word(name, "tsize")) {
		if (!number(&value, '\0', UINT32_MAX, &o->size))
			o->wrong = "a length that is none";
	} else if (is_word(name, "blksize")) {
		if (!number(&value, '\0', t->offered, &o->blksize) || o->blksize < 8)
			o->wrong = "a block size that was not offered";
	} else {
		o->wrong = "an option acknowledged that was not asked for";
	}
}

/* The first, another one that makes us master or none, or that of a server that began anew. */
static enum tftm_event got_oack(struct tftm *t, struct cursor *c, uint64_t now_us)
{
	const char *name, *value;
	struct told o = { .size = UINT64_MAX, .blksize = 512 };
	bool first = t->state == TFTM_ASKING;

	while (!o.wrong && (name = get_text(c)) && (value = get_text(c)))
		take_option(t, name, value, &o);
	if (o.wrong)
		return end(t, -EPROTO, o.wrong, true);
	if (first && (!o.group || o.size == UINT64_MAX)) {
		end(t, -ENOTSUP, "no multicast", true);
		return TFTM_EV_PLAIN;
	}
	if (first) {
		if (!take_size(t, o.size, o.blksize))
			return end(t, -EFBIG, "the file has more blocks than multicast TFTP has numbers", true);
		t->state = TFTM_RECEIVING;
	} else if ((o.size != UINT64_MAX && o.size != t->size) || (o.blksize != 512 && o.blksize != t->blksize)) {
		return end(t, -EIO, "the file is another than before", true);
	}
	t->send_ack = t->master;
	heard(t, now_us);
	return TFTM_EV_GROUP;
}

static enum tftm_event got_data(struct tftm *t, struct cursor *c, bool to_group, uint64_t now_us)
{
	uint32_t block = cur_be16(c);
	size_t len = cur_left(c);

	if (t->state == TFTM_ASKING) {		/* it knows no options */
		end(t, -ENOTSUP, "no multicast", true);
		return TFTM_EV_PLAIN;
	}
	if (!block || block > t->blocks)
		return TFTM_EV_NONE;
	t->master = t->master || (t->opens && !to_group);	/* it answers our request by the first block */
	heard(t, now_us);
	t->at = (uint64_t)(block - 1) * t->blksize;
	if (len != (block < t->blocks ? t->blksize : t->size - t->at))
		return end(t, -EIO, "a block is not as long as the file's length says", true);
	t->any = true;
	if (t->have[block / 8] & 1u << block % 8) {
		t->send_ack = t->send_ack || (t->opens && !to_group);
		return TFTM_EV_NONE;
	}
	t->have[block / 8] |= (uint8_t)(1u << block % 8);
	t->data = cur_bytes(c, len);
	t->data_len = len;
	t->asked += t->master;
	/* what came is what was asked for, so that more is; a block that another has asked for is not answered */
	t->send_ack = t->master && block == t->missing;
	while (t->missing <= t->blocks && t->have[t->missing / 8] & 1u << t->missing % 8)
		t->missing++;
	if (t->missing <= t->blocks)
		return TFTM_EV_DATA;
	t->state = TFTM_ENDED;
	/* who has asked for what others have had already stops the server before its end */
	t->send_ack = !t->opens || (t->master && block == t->blocks);
	t->send_error = t->opens && t->master && !t->send_ack;
	snprintf(t->error_text, sizeof(t->error_text), "complete");
	return TFTM_EV_DONE;
}

static enum tftm_event got_error(struct tftm *t, struct cursor *c)
{
	unsigned code = cur_be16(c);
	size_t n = 0;

	if ((t->opens && !t->any) || (t->state == TFTM_ASKING && (code == 0 || code == 4 || code == 8))) {
		end(t, -ENOTSUP, "no multicast", false);
		return TFTM_EV_PLAIN;
	}
	end(t, code == 1 ? -ENOENT : code == 2 || code == 7 ? -EACCES : -EIO, "an error without words", false);
	for (uint8_t ch; cur_left(c) && n + 1 < sizeof(t->error_text) && (ch = cur_u8(c));) {
		t->error_text[n++] = ch >= 0x20 && ch < 0x7f ? (char)ch : '?';
		t->error_text[n] = '\0';
	}
	return TFTM_EV_ERROR;
}

enum tftm_event tftm_input(struct tftm *t, uint16_t port, bool to_group, const void *data, size_t len, uint64_t now_us)
{
	struct cursor c = cur_make(data, len);
	unsigned op = cur_be16(&c);

	t->data = NULL;
	t->data_len = 0;
	if (t->state == TFTM_ENDED || c.bad || !port || cur_left(&c) < 2)
		return TFTM_EV_NONE;
	bool others = t->opens && to_group;	/* somebody's transfer, of another port each time */
	if ((t->port && port != t->port && !others) || (t->opens && op == OP_OACK) || (others && op == OP_ERROR))
		return TFTM_EV_NONE;
	if (op != OP_OACK && op != OP_DATA && op != OP_ERROR)
		return TFTM_EV_NONE;
	t->port = others ? t->port : port;
	switch (op) {
	case OP_DATA:	return got_data(t, &c, to_group, now_us);
	case OP_OACK:	return got_oack(t, &c, now_us);
	default:	return got_error(t, &c);
	}
}
