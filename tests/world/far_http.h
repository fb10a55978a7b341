/* SPDX-License-Identifier: BSD-2-Clause */
/* The far side's web server, for far.c. */
#ifndef TESTS_WORLD_FAR_HTTP_H
#define TESTS_WORLD_FAR_HTTP_H

struct net;

/* Two sockets that listen: what comes by the second is in a tunnel. */
void far_http_setup(int plain, int relayed);
void far_http_turn(struct net *n);
/* In its place: every connection is reset. */
void far_http_drop(struct net *n);

#endif
