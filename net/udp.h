/* SPDX-License-Identifier: BSD-2-Clause */
/* UDP (RFC 768), for the files of net/; users see net/sock.h. */
#ifndef NET_UDP_H
#define NET_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UDP_HEADER 8u
#define UDP_QUEUE_DEFAULT 65536u	/* bytes held for a socket, with bookkeeping */

struct net;
struct ip_rx;
struct net_addr;
struct sock;

void udp_input(struct net *n, const struct ip_rx *rx);
/* See sock_sendto. */
int udp_send(struct net *n, struct sock *s, const void *buf, size_t len, const struct net_addr *to, uint16_t port);
/* See sock_recvfrom. */
int udp_recv(struct net *n, struct sock *s, void *buf, size_t len, struct net_addr *from, uint16_t *port);
/* See sock_peek. */
int udp_peek(const struct sock *s, void *buf, size_t len, struct net_addr *from, uint16_t *port);
/* Drops all datagrams that wait. */
void udp_flush(struct net *n, struct sock *s);
/* A packet of ours from local, local_port to remote, remote_port met an error.  True if a socket took it. */
bool udp_error(struct net *n, const struct net_addr *local, uint16_t local_port, const struct net_addr *remote,
	       uint16_t remote_port,
	       int err);

#endif
