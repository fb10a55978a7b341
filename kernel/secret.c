/* SPDX-License-Identifier: BSD-2-Clause */
/* Passwords in what people read: see secret.h. */
#include "kernel/secret.h"

#include <stdbool.h>
#include <string.h>

/* Overwrites one word, or the words up to the line's end. */
static char *hide(char *at, bool all)
{
	at += strspn(at, " ");
	for (; *at && *at != '\n' && (all || *at != ' '); at++)
		if (*at != ' ')
			*at = '*';
	return at;
}

/*
 * "scheme://" was before at.  Behind the first ':' there stands a port's
 * number, perhaps with a quotation mark that ends the URL, or a password,
 * which may still be being typed, without its '@'.
 */
static void hide_in_url(char *at)
{
	char *end = at + strcspn(at, " /\n"), *last = end;
	while (last > at && *last != '@')
		last--;
	bool user = last > at;
	if (!user)
		last = end;
	at += strcspn(at, ":");
	if (at >= last)
		return;
	at++;
	char *port_end = at + strspn(at, "0123456789");
	port_end += *port_end == '"' || *port_end == '\'';
	if (user || port_end < end)
		for (; at < last; at++)
			*at = '*';
}

void secret_mask(char *line)
{
	for (char *at = line; (at = strstr(at, "password"));) {
		bool option = at - line >= 2 && at[-1] == '-' && at[-2] == '-';
		bool setting = at - line >= 8 && !memcmp(at - 8, "telnetd.", 8);
		at += 8;
		if (!strncmp(at, "-sha256", 7))
			at += 7;
		if ((!option && !setting) || !*at || !strchr(setting ? " =:" : " =", *at))
			continue;
		at += strcspn(at, " =");
		bool word = option || *at == '=';
		at = hide(at + (*at == '='), !word);
	}
	for (char *at = line; (at = strstr(at, "://"));)
		hide_in_url(at += 3);
}
