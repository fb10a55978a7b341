/* SPDX-License-Identifier: BSD-2-Clause */
/* The far side's web server, for far.c. */
#ifndef TESTS_WORLD_FAR_HTTP_H
#define TESTS_WORLD_FAR_HTTP_H

struct net;

/* Sockets that listen: what comes by the second is in a tunnel, what comes by the third is asked of a proxy. */
void far_http_setup(int plain, int relayed, int proxy);
/* From now on the plain one is that one; -1: nobody listens, and all connections are reset. */
void far_http_open(struct net *n, int plain);
void far_http_turn(struct net *n);
/* In its place: every connection is reset. */
void far_http_drop(struct net *n);

#endif
