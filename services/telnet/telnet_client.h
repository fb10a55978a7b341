/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A telnet client without its network: the peer's bytes and the person's keys
 * in, finished lines, the line under way and bytes to send out.  While the
 * peer echoes, keys go to it one by one; else a line is edited here and sent
 * at Enter.  Pure.  services/telnet/telnet_commands.c is its user.
 */
#ifndef SERVICES_TELNET_TELNET_CLIENT_H
#define SERVICES_TELNET_TELNET_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/console/lineedit.h"
#include "services/telnet/telnet.h"
#include "services/telnet/telnet_screen.h"

#define TELNET_ROWS 25
#define TELNET_KEY_MAX 5	/* bytes that a key becomes at most */
#define TELNET_CLIENT_OUT 32768	/* the longest line, encoded, and answers */

struct telnet_client {
	struct telnet t;
	struct telnet_screen screen;
	struct lineedit edit;			/* where the peer does not echo */
	size_t out_len;
	uint8_t out[TELNET_CLIENT_OUT];		/* to be sent */
};

/* line: see telnet_screen.h. */
void telnet_client_init(struct telnet_client *c, void (*line)(const char *text));
/* What the peer sent: how many bytes were taken; the others wait until some of `out` is sent. */
size_t telnet_client_input(struct telnet_client *c, const uint8_t *p, size_t len);
/* A key (services/console/keys.h).  It is lost if the peer has not taken what went before for long. */
void telnet_client_key(struct telnet_client *c, int key);
/* Sends a TELNET_CMD_. */
void telnet_client_command(struct telnet_client *c, uint8_t command);
/* The first n bytes of `out` have been sent. */
void telnet_client_sent(struct telnet_client *c, size_t n);
/* The line under way as it is to be shown: returns the cursor's column. */
int telnet_client_show(struct telnet_client *c, char out[TELNET_COLUMNS + 1]);

/* What a terminal sends for a key: how many bytes. */
size_t telnet_key(int key, char out[TELNET_KEY_MAX]);

#endif
