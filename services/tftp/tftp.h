/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TFTP read client (RFC 1350) with blksize and tsize (RFC 2347-2349) and
 * windowsize (RFC 7440): a state machine without I/O.  The caller sends what
 * tftp_poll() builds, gives datagrams to tftp_input(), and calls tftp_poll()
 * after each input and at tftp_deadline().
 *
 * A window is agreed upon once for a transfer, and the server sends the whole
 * of it for each ACK, whatever was lost before.  So what a transfer has seen
 * is for the next one: tftp_window.h.  Where it was so bad that beginning
 * anew is worth it, the transfer ends with -EAGAIN, and t->advice is what to
 * ask for.
 */
#ifndef SERVICES_TFTP_TFTP_H
#define SERVICES_TFTP_TFTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TFTP_PORT	69
#define TFTP_NAME_MAX	512		/* a file name with its NUL */
#define TFTP_BLKSIZE	1456		/* the most asked for: a frame, with room for a tunnel's header */
#define TFTP_WINDOW	64		/* blocks for each ACK that are asked for where nothing is known */
#define TFTP_WINDOW_MAX	512		/* and the most: 0.7 MB in one burst */
#define TFTP_PACKET_MAX	(4 + TFTP_BLKSIZE)	/* the most that is ever received */

enum tftp_event {
	TFTP_EV_NONE,
	TFTP_EV_SIZE,		/* the server told the file's length: t->size */
	TFTP_EV_DATA,		/* t->data, t->data_len: the next bytes of the file, inside the packet given */
	TFTP_EV_DONE,		/* as DATA (data_len may be 0), and the file is complete; a last ACK is due */
	TFTP_EV_ERROR,		/* t->error, t->error_text; an ERROR packet may be due */
};

struct tftp_output {
	size_t len;		/* 0 = nothing to send */
	uint16_t port;		/* of the server */
	uint8_t data[TFTP_NAME_MAX + 128];
};
/* Its next piece; the names and options of a request have room. */
void tftp_put_be16(struct tftp_output *out, unsigned v);
void tftp_put_text(struct tftp_output *out, const char *s);

struct tftp {
	/* Read by the caller. */
	uint64_t size;		/* 0 = not told */
	uint64_t got;		/* bytes delivered by events */
	const uint8_t *data;
	size_t data_len;
	int error;		/* -ENOENT, -EACCES, -ETIMEDOUT, -EPROTO, -EIO, -EAGAIN */
	char error_text[112];	/* the cause in words; the server's own when it gave any, printable */
	uint16_t blksize, window;	/* agreed */
	uint16_t advice;	/* the window that would have been right; 0: the one agreed, as far as was seen */
	unsigned windows;	/* that came whole, in a row */

	/* Set by the caller after tftp_start(). */
	uint16_t asked;		/* window; 1: that option is left out */
	bool settled;		/* it does not end with -EAGAIN */

	/* Private. */
	enum { TFTP_ASKING, TFTP_RECEIVING, TFTP_ENDED } state;
	char name[TFTP_NAME_MAX];
	uint16_t offered;	/* blksize */
	enum { TFTP_ALL, TFTP_NO_WINDOW, TFTP_PLAIN } options;	/* what the server was not yet refused */
	bool send_ack, send_error;
	uint16_t port;		/* the server's transfer id, 0 until it answered */
	uint16_t next_block;	/* expected, as on the wire */
	uint16_t in_window;	/* blocks taken since the last ACK */
	bool gap_acked;		/* the hole before next_block was reported */
	bool wraps_to_1;	/* after 65535 */
	uint8_t ones;		/* times that 1 came in the place of 0 */
	unsigned tries;		/* sends without progress */
	uint64_t sent_us, next_us, progress_us;
	/* of the way there and back, from an ACK to the block after it; 0: not known */
	uint32_t rtt_us, rtt_var_us;
	bool timed, repeated;	/* the ACK under way was sent once; the one that is due was sent before */
	/* of the last windows */
	uint8_t judged, holes;	/* since the last judgement; of those the ones with a hole */
	uint16_t longest;	/* run of blocks in them */
	uint16_t same, repeats;	/* so many blocks, and then silence; so often */
};

/*
 * Begins a download over a link of that MTU, into which its blocks shall fit; the
 * request is due at once.  0 or -ENAMETOOLONG.
 */
int tftp_start(struct tftp *t, const char *name, uint16_t mtu, uint64_t now_us);
/* Builds what is due at now_us; may time out with TFTP_EV_ERROR. */
enum tftp_event tftp_poll(struct tftp *t, uint64_t now_us, uint32_t random, struct tftp_output *out);
/* A datagram that came from the server's address and `port`. */
enum tftp_event tftp_input(struct tftp *t, uint16_t port, const void *data, size_t len, uint64_t now_us);
/* Is that what a server sends?  For those whose address is not the one that was asked. */
bool tftp_is_answer(const void *data, size_t len);
/* When tftp_poll() wants to be called next; UINT64_MAX at the end. */
uint64_t tftp_deadline(const struct tftp *t);
/* Gives up: the next tftp_poll() builds an ERROR packet for the server, if it knows of us. */
void tftp_abort(struct tftp *t);

#endif
