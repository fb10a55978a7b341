/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The far side's TFTP server: blocks of 512 bytes, options unheard; each ACK is answered from the request's port.
 * But of /told the length is said, and its blocks are sent to a group, too: by RFC 2090, and by PXE's MTFTP from port
 * 1759.  Of /singles a window is agreed to, and then each ACK answered by one block; and /elsewhere comes from
 * 10.9.0.1.
 */
#include <string.h>

#include "net/net.h"
#include "tests/world/far.h"
#include "tests/world/far_parts.h"
#include "tests/world/far_tftp.h"

static int tftp = -1, mtftp = -1, elsewhere = -1;	/* the last is bound to the host's other address */
static bool mute;
struct far_tftp far_tftp;
static const char *odd_file;		/* asked for last, if it is one of the odd ones */

static const char *odd_name(const char *name)
{
	static const char *const names[] = { "repeat", "oacks", "crumbs", "told" };
	for (unsigned i = 0; i < 4; i++)
		if (!strcmp(name, names[i]))
			return names[i];
	return NULL;
}

/* Whatever the request or the ACK was. */
static void serve_oddly(bool request, unsigned acked, struct net_addr to, uint16_t port)
{
	static const uint8_t oack[] = "\0\6blksize\0" "8";	/* its NUL ends it */
	uint8_t block[12] = { 0, 3, (uint8_t)((acked + 1) >> 8), (uint8_t)(acked + 1) };
	if (odd_file[0] == 'o' || (odd_file[0] == 'c' && request))
		far_answer(tftp, request ? 0 : 300000, oack, sizeof(oack), to, port);
	else if (odd_file[0] == 'c')
		far_answer(tftp, 1000000, block, sizeof(block), to, port);
	else		/* late enough for it to be acknowledged again */
		far_answer(tftp, request ? 0 : 250000, (uint8_t[516]){ 0, 3, 0, 1 }, 516, to, port);
}

/* Whom the files go to that are not /file. */
static struct {
	uint16_t port;
	int sock;			/* from which */
	const struct far_file *file;
} sendings[8];
static unsigned sending_count;

static int sent_to(uint16_t port)
{
	for (int i = 0; i < 8; i++)
		if (sendings[i].port == port)
			return i;
	return -1;
}

/* A datagram that a test may break; from byte `own` on it is the file. */
static void say(struct net *n, int sock, const void *data, size_t len, size_t own, const struct net_addr *to,
		uint16_t port)
{
	static const uint8_t no[] = { 0, 5, 0, 0, 'n', 'o', 0 };
	uint8_t out[600];
	size_t at = far_tftp.at - far_tftp.said, sent = len;
	memcpy(out, data, len);
	far_tftp.said += len;
	if (far_tftp.times && at < len) {
		far_tftp.times--;
		mute = far_tftp.how == FAR_STALL;
		sent = far_tftp.how == FAR_CLOSE ? at : len;
		if (far_tftp.how == FAR_GARBAGE && at < own)
			out[at] ^= 0x15;
		if (far_tftp.how == FAR_RESET)
			memcpy(out, no, sent = sizeof(no));
	}
	if (!mute)
		sock_sendto(n, sock, out, sent, to, port);
}

static bool has_word(const uint8_t *in, size_t len, const char *word)
{
	return memmem(in, len, word, strlen(word) + 1) != NULL;
}

/* "told": what answers a request or an acknowledgment.  By MTFTP's port the first block does the former. */
static void tell(struct net *n, int sock, const uint8_t *in, size_t len, const struct net_addr *to, uint16_t port)
{
	static const uint8_t oack[] = "\0\6tsize\0" "700\0blksize\0" "512\0multicast\0" "239.0.0.9,1758,1";
	static const size_t alone = sizeof("\0\6tsize\0" "700\0blksize\0" "512") /* ends without its group */;
	static bool to_group;
	const struct net_addr group = net_addr_v4(0xef000009);
	bool request = in[1] == 1, first = request && sock == mtftp;
	unsigned acked = request ? 0 : (unsigned)in[2] << 8 | in[3];
	if (request)
		mute = false;
	if (request && !first) {
		far_tftp.said = 0;
		to_group = has_word(in, len, "multicast");
		say(n, sock, oack, to_group ? sizeof(oack) : alone, sizeof(oack), to, port);
		return;
	}
	uint8_t block[516] = { 0, 3, 0, (uint8_t)(acked + 1) };
	size_t from = acked * 512, left = from < FAR_TOLD_LEN ? FAR_TOLD_LEN - from : 0;
	left = left < 512 ? left : 512;
	for (size_t i = 0; i < left; i++)
		block[4 + i] = far_byte(from + i);
	if (!left || acked > 1)
		return;
	if (!first && (to_group || sock == mtftp))
		say(n, sock, block, 4 + left, 4, &group, 1758);
	else
		say(n, sock, block, 4 + left, 4, to, port);
}

static void send_block(struct net *n, uint16_t block, const struct net_addr *to, uint16_t port)
{
	uint8_t out[516] = { 0, 3, (uint8_t)(block >> 8), (uint8_t)block };
	int at = sent_to(port);
	const struct far_file *f = at < 0 ? NULL : sendings[at].file;
	size_t all = f ? f->len : FAR_FILE_LEN, from = (block - 1u) * 512u, len = from > all ? 0 : all - from;
	len = len < 512 ? len : 512;
	for (size_t i = 0; i < len; i++)
		out[4 + i] = f ? f->data[from + i] : far_byte(from + i);
	if (from <= all)
		sock_sendto(n, at < 0 ? tftp : sendings[at].sock, out, 4 + len, to, port);
}

static void begin_sending(struct net *n, const uint8_t *in, size_t len, const struct net_addr *to, uint16_t port)
{
	static const uint8_t oack[] = "\0\6windowsize\0" "4";	/* its NUL ends it */
	const char *name = (const char *)in + 2;
	bool singles = !strcmp(name, "singles"), other = !strcmp(name, "elsewhere");
	static const uint8_t no_such_file[] = { 0, 5, 0, 1, 'n', 'o', 0 };
	const struct far_file *f = far_find(name);
	sendings[sending_count].port = port;
	sendings[sending_count].sock = tftp;
	sendings[sending_count++ % 8].file = f;
	sending_count %= 8;
	if (other)
		sendings[(sending_count + 7) % 8].sock = elsewhere;
	if (singles && has_word(in, len, "windowsize"))
		sock_sendto(n, tftp, oack, sizeof(oack), to, port);
	else if (f || singles || other || !strcmp(name + (*name == '/'), "file"))
		send_block(n, 1, to, port);
	else
		sock_sendto(n, tftp, no_such_file, sizeof(no_such_file), to, port);
}

static void hear(struct net *n, int sock)
{
	uint8_t in[600];
	struct net_addr from;
	uint16_t port;
	int got;
	while ((got = sock_recvfrom(n, sock, in, sizeof(in) - 1, &from, &port)) >= 0) {
		in[got] = 0;
		if (got < 4)
			continue;
		if (in[1] == 1)
			odd_file = odd_name((const char *)in + 2);
		if (odd_file && odd_file[0] == 't' && (in[1] == 1 || in[1] == 4))
			tell(n, sock, in, (size_t)got, &from, port);
		else if (odd_file && odd_file[0] != 't')
			serve_oddly(in[1] == 1, (unsigned)in[2] << 8 | in[3], from, port);
		else if (in[1] == 1)
			begin_sending(n, in, (size_t)got, &from, port);
		else if (in[1] == 4)
			send_block(n, (uint16_t)((in[2] << 8 | in[3]) + 1), &from, port);
	}
}

void far_tftp_turn(struct net *n)
{
	hear(n, tftp);
	hear(n, mtftp);
	hear(n, elsewhere);
}

void far_tftp_setup(struct net *n, const struct net_addr *other)
{
	tftp = far_udp(n, 69);
	mtftp = far_udp(n, 1759);
	elsewhere = sock_open(n, SOCK_UDP);
	sock_set(n, elsewhere, SOCK_OPT_REUSE, 1);
	sock_bind(n, elsewhere, other, 1069);
}

void far_tftp_drop(struct net *n)
{
	uint8_t in[600];
	while (sock_recvfrom(n, tftp, in, sizeof(in), NULL, NULL) >= 0)
		;
}
