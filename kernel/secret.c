/* SPDX-License-Identifier: BSD-2-Clause */
/* Passwords in what people read: see secret.h. */
#include "kernel/secret.h"

#include <stdbool.h>
#include <string.h>

enum much { WORD, LINE, ALL_LINES };

/* Overwrites so much. */
static char *hide(char *at, enum much much)
{
	at += strspn(at, " ");
	for (; *at && (*at != '\n' || much == ALL_LINES) && (much != WORD || *at != ' '); at++)
		if (*at != ' ' && *at != '\n')
			*at = '*';
	return at;
}

/* The last '@' before end; NULL when there is none. */
static const char *last_at(const char *at, const char *end)
{
	while (end > at)
		if (*--end == '@')
			return end;
	return NULL;
}

/*
 * A ':' with no port's number behind it, or a port's with more than the
 * marks that end the URL in a sentence; NULL: "host" or "host:port".
 */
static const char *odd_colon(const char *at, const char *end)
{
	if (*at == '[')			/* IPv6 */
		at += strcspn(at, "]");
	at += strcspn(at, ":");
	if (at >= end)
		return NULL;
	const char *port_end = at + 1 + strspn(at + 1, "0123456789");
	port_end += strspn(port_end, "\"'),:;.");
	return port_end < end ? at : NULL;
}

size_t secret_userinfo(const char *authority)
{
	const char *end = authority + strcspn(authority, " /?#\n"), *at = last_at(authority, end);
	/* a password with '/' in it makes no URL, and is one nevertheless */
	if (!at && odd_colon(authority, end))
		at = last_at(end, end + strcspn(end, " \n"));
	return at ? (size_t)(at + 1 - authority) : 0;
}

/* "scheme://" was before at. */
static void hide_in_url(char *at)
{
	size_t len = secret_userinfo(at), end = strcspn(at, " /?#\n");
	const char *colon = odd_colon(at, at + end);
	size_t from = len || !colon ? 0 : (size_t)(colon + 1 - at);
	if (from)			/* still being typed, without its '@' */
		memset(at + from, '*', end - from);
	else if (len)
		memset(at, '*', len - 1);
}

/* True for the first slash of a "//" that begins an authority: behind ':', or where a word begins. */
static bool begins_authority(const char *line, const char *at)
{
	return at == line || strchr(": \n='\"", at[-1]);
}

static bool follows(const char *line, const char *at, const char *what)
{
	size_t len = strlen(what);
	return (size_t)(at - line) >= len && !memcmp(at - len, what, len);
}

/* "set net0/" before it. */
static bool is_set(const char *line, const char *at)
{
	while (at > line && at[-1] != ' ')
		at--;
	return follows(line, at, "set ");
}

/* ":hex = ..." or " = ...", as settings are shown. */
static bool is_shown(const char *behind)
{
	if (*behind == ':')
		behind += 1 + strspn(behind + 1, "abcdefghijklmnopqrstuvwxyz0123456789");
	return !strncmp(behind, " = ", 3);
}

/* What follows each of that name as an option or as a setting. */
static void hide_named(char *line, const char *name)
{
	for (char *at = line; (at = strstr(at, name));) {
		bool option = follows(line, at, "--"), setting = follows(line, at, "telnetd.") ||
			      follows(line, at, "web.") || is_set(line, at);
		at += strlen(name);
		at += strncmp(at, "-sha256", 7) ? strncmp(at, "-pbkdf2", 7) ? 0 : 7 : 7;
		bool shown = is_shown(at);	/* by a value that may have many lines: a key's file */
		setting = setting || shown;
		if ((!option && !setting) || !*at || !strchr(setting ? " =:" : " =", *at))
			continue;
		at += strcspn(at, " =");
		bool word = option || *at == '=';
		at = hide(at + (*at == '='), shown ? ALL_LINES : word ? WORD : LINE);
	}
}

void secret_mask(char *line)
{
	hide_named(line, "password");
	hide_named(line, "privkey");
	for (char *at = line; (at = strstr(at, "//")); at += 2)
		if (begins_authority(line, at))
			hide_in_url(at + 2);
}

void secret_mask_cut(char *line)
{
	for (char *at = line; (at = strstr(at, "//")); at += 2)
		if (begins_authority(line, at) && !at[2 + strcspn(at + 2, " /?#\n")])
			memset(at + 2, '*', strlen(at + 2));
}
