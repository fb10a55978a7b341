/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multicast TFTP (RFC 2090, or PXE's own), reading: a state machine without I/O.  The server
 * sends each block to a group, asked for by one of those who want the file, the
 * master; the others listen, and what they have missed is asked for when it is
 * their turn to be master.  So blocks come in any order.
 *
 * PXE's MTFTP (PXE 2.1, 2.2.6) has no options, blocks of 512 bytes, and a group that is known beforehand.  Who hears
 * nothing there for a while opens a transfer of his own, and is its master.
 *
 * The caller sends what tftm_poll() builds, gives datagrams to tftm_input(), those to the
 * group as well, and calls tftm_poll() after each and at tftm_deadline().
 */
#ifndef SERVICES_TFTP_TFTM_H
#define SERVICES_TFTP_TFTM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "services/tftp/tftp.h"

#define TFTM_BLOCKS 65535u		/* of a file, at the most: their numbers do not begin again */

enum tftm_event {
	TFTM_EV_NONE,
	TFTM_EV_GROUP,		/* the server told the group, perhaps anew: t->group, t->port_of_group, t->size */
	TFTM_EV_DATA,		/* t->data, t->data_len belong at t->at */
	TFTM_EV_DONE,		/* as DATA, and the file is complete; a last ACK is due */
	TFTM_EV_PLAIN,		/* the server has no multicast: to be asked by tftp.h */
	TFTM_EV_ERROR,		/* t->error, t->error_text */
};

struct tftm {
	/* Read by the caller. */
	struct net_addr group;
	uint16_t port_of_group;
	uint64_t size, at;
	const uint8_t *data;	/* inside the packet given */
	size_t data_len;
	int error;		/* -ENOENT, -EACCES, -ETIMEDOUT, -EPROTO, -EIO, -EFBIG */
	char error_text[112];
	bool master;
	uint32_t asked;		/* blocks that came because we asked for them */

	/* Private. */
	enum { TFTM_ASKING, TFTM_RECEIVING, TFTM_ENDED } state;
	char name[TFTP_NAME_MAX];
	bool opens;		/* by PXE's MTFTP */
	bool any;		/* a block has come */
	uint64_t listen_us;	/* of silence, until a listener asks */
	uint16_t offered, blksize;
	uint16_t port;		/* of the server's, 0 until it answered */
	bool send_ack, send_error;
	uint32_t blocks, missing;	/* of the file; the first that we have not */
	unsigned tries;		/* sends without anything heard */
	uint64_t next_us;
	uint8_t have[(TFTM_BLOCKS + 8) / 8];
};

/* Begins over a link of that MTU; the request is due at once.  0 or -ENAMETOOLONG. */
int tftm_start(struct tftm *t, const char *name, uint16_t mtu, uint64_t now_us);
/*
 * Begins by PXE's MTFTP a file whose length is known: listens for first_s, and later for again_s each time, before it
 * asks.  0, -ENAMETOOLONG or -EFBIG.
 */
int tftm_listen(struct tftm *t, const char *name, const struct net_addr *group, uint16_t port, uint64_t size,
		unsigned first_s, unsigned again_s, uint64_t now_us);
/* Builds what is due at now_us, to the server; may time out with TFTM_EV_ERROR. */
enum tftm_event tftm_poll(struct tftm *t, uint64_t now_us, uint32_t random, struct tftp_output *out);
/* A datagram that came from the server's address and `port`, to us or to the group. */
enum tftm_event tftm_input(struct tftm *t, uint16_t port, bool to_group, const void *data, size_t len, uint64_t now_us);
/* When tftm_poll() wants to be called next; UINT64_MAX at the end. */
uint64_t tftm_deadline(const struct tftm *t);
/* So many bytes of the file's beginning have come. */
uint64_t tftm_whole(const struct tftm *t);
/* Gives up: the next tftm_poll() builds an ERROR packet, if the server knows of us. */
void tftm_abort(struct tftm *t);

#endif
