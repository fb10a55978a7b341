/* SPDX-License-Identifier: BSD-2-Clause */
/* The ROM's own TFTP and UDP: see base_code.h. */
#include "drivers/undi/base_code.h"

#include <errno.h>
#include <string.h>

#include "drivers/undi/card.h"
#include "kernel/gate.h"

static unsigned status;			/* of the last call */

unsigned undi_base_status(void)
{
	return status;
}

static int call(enum pxe_op op, void *params, size_t len)
{
	struct undi_card *card = undi_lent();
	if (!card)
		return -ENETDOWN;
	status = undi_card_call(card, op, params, len);
	switch (status) {
	case PXE_SUCCESS:
		return 0;
	case PXE_BAD_FUNC: case PXE_UNSUPPORTED:
		return -ENOTSUP;
	case PXE_TFTP_NOT_FOUND:
		return -ENOENT;
	case PXE_TFTP_ACCESS:
		return -EACCES;
	case PXE_ARP_TIMEOUT: case PXE_TFTP_CANNOT_ARP: case PXE_TFTP_OPEN_TIMEOUT: case PXE_TFTP_READ_TIMEOUT:
		return -ETIMEDOUT;
	}
	return -EIO;
}

static void put_port(uint8_t at[2], uint16_t port)
{
	at[0] = (uint8_t)(port >> 8);
	at[1] = (uint8_t)port;
}

static struct pxe_ptr buffer(void)
{
	return transport_ptr(&undi_lent()->transport, R_BUFFER);
}

int undi_tftp_size(const struct undi_server *s, const char *name, uint32_t *size)
{
	struct pxe_tftp_get_fsize g = { 0 };
	memcpy(g.server, s->addr, 4);
	memcpy(g.gateway, s->gateway, 4);
	strncpy(g.name, name, sizeof g.name - 1);
	int err = call(PXE_TFTP_GET_FSIZE, &g, sizeof g);
	*size = g.size;
	return err;
}

int undi_tftp_open(const struct undi_server *s, const char *name)
{
	struct pxe_tftp_open o = { .packet_size = UNDI_BLOCK_MAX };
	memcpy(o.server, s->addr, 4);
	memcpy(o.gateway, s->gateway, 4);
	put_port(o.port, s->port);
	strncpy(o.name, name, sizeof o.name - 1);
	int err = call(PXE_TFTP_OPEN, &o, sizeof o);
	if (err < 0)
		return err;
	return o.packet_size && o.packet_size <= UNDI_BLOCK_MAX ? o.packet_size : -EIO;
}

int undi_tftp_read(void *buf)
{
	if (!undi_lent())
		return -ENETDOWN;
	struct pxe_tftp_read r = { .buffer = buffer() };
	int err = call(PXE_TFTP_READ, &r, sizeof r);
	if (err < 0)
		return err;
	if (r.buffer_size > UNDI_BLOCK_MAX)
		return -EIO;
	memcpy(buf, gate_ptr(R_BUFFER), r.buffer_size);
	return r.buffer_size;
}

void undi_tftp_close(void)
{
	struct pxe_status_only s = { 0 };
	call(PXE_TFTP_CLOSE, &s, sizeof s);
}

int undi_udp_open(const uint8_t own[4])
{
	struct pxe_udp_open o = { 0 };
	memcpy(o.own, own, 4);
	return call(PXE_UDP_OPEN, &o, sizeof o);
}

int undi_udp_send(const struct undi_server *to, uint16_t from_port, const void *data, size_t len)
{
	if (!undi_lent() || len > R_BUFFER_LEN)
		return -ENETDOWN;
	struct pxe_udp_write w = { .buffer_size = (uint16_t)len, .buffer = buffer() };
	memcpy(w.to, to->addr, 4);
	memcpy(w.gateway, to->gateway, 4);
	put_port(w.from_port, from_port);
	put_port(w.to_port, to->port);
	memcpy(gate_ptr(R_BUFFER), data, len);
	return call(PXE_UDP_WRITE, &w, sizeof w);
}

int undi_udp_receive(const uint8_t own[4], uint16_t port, void *buf, size_t cap, struct undi_server *from)
{
	if (!undi_lent())
		return -ENETDOWN;
	struct pxe_udp_read r = { .buffer_size = R_BUFFER_LEN, .buffer = buffer() };
	memcpy(r.to, own, 4);
	put_port(r.to_port, port);
	/* no datagram is a failure, of a number that differs from ROM to ROM */
	if (call(PXE_UDP_READ, &r, sizeof r) < 0 || !r.buffer_size || r.buffer_size > R_BUFFER_LEN)
		return 0;
	size_t len = r.buffer_size < cap ? r.buffer_size : cap;
	memcpy(buf, gate_ptr(R_BUFFER), len);
	memcpy(from->addr, r.from, 4);
	from->port = (uint16_t)(r.from_port[0] << 8 | r.from_port[1]);
	return (int)len;
}

void undi_udp_close(void)
{
	struct pxe_status_only s = { 0 };
	call(PXE_UDP_CLOSE, &s, sizeof s);
}
