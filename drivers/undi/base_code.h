/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TFTP and UDP as the ROM's own stack has them (PXE 2.1, chapter 3, pages 44
 * to 59), by the address that its own DHCP got.  Only between undi_lend() and
 * undi_take_back(), one file or one UDP port at a time.
 *
 * TFTP's calls come back when something has come, or the ROM has given up,
 * which takes it half a minute where a server is silent; nothing else runs
 * meanwhile.  UDP's come back at once.
 *
 * Errors: -ENOENT, -EACCES (what TFTP servers say), -ETIMEDOUT, -ENOTSUP (the
 * ROM has no such call), -EIO; undi_base_status() is the ROM's word for it.
 */
#ifndef DRIVERS_UNDI_BASE_CODE_H
#define DRIVERS_UNDI_BASE_CODE_H

#include <stddef.h>
#include <stdint.h>

#define UNDI_NAME_MAX 128u		/* a file's name, with its NUL */
#define UNDI_BLOCK_MAX 1456u

/* A server as the ROM is to reach it, addresses as they are sent; gateway 0: it is in the ROM's own network. */
struct undi_server {
	uint8_t addr[4], gateway[4];
	uint16_t port;
};

/* How long a file is: asked at port 69, whatever s says.  0 or -E; many servers and some ROMs do not know. */
int undi_tftp_size(const struct undi_server *s, const char *name, uint32_t *size);
/* Begins a file: the bytes of its blocks, or -E. */
int undi_tftp_open(const struct undi_server *s, const char *name);
/* Its next block, at most UNDI_BLOCK_MAX bytes to buf: their number, or -E.  A short one is the last. */
int undi_tftp_read(void *buf);
void undi_tftp_close(void);

int undi_udp_open(const uint8_t own[4]);
int undi_udp_send(const struct undi_server *to, uint16_t from_port, const void *data, size_t len);
/* The next datagram for that port and address, cut to cap bytes: its length, 0 when none is there, or -E. */
int undi_udp_receive(const uint8_t own[4], uint16_t port, void *buf, size_t cap, struct undi_server *from);
void undi_udp_close(void);

unsigned undi_base_status(void);

#endif
