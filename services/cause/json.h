/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON (RFC 8259), written: objects, texts, numbers, lists of texts.  What is
 * empty or 0 is left out, for a reader takes it for not known.  Bytes that are
 * no ASCII are what some server sent, in whatever encoding: they are taken as
 * Latin 1.  Pure.
 *
 *	struct json j;
 *	json_begin(&j, out, sizeof(out));
 *	json_text(&j, "what", "refused");
 *	json_number(&j, "status", 404);
 *	json_object(&j, "machine");
 *	json_text(&j, "mac", mac);
 *	json_close(&j, '}');
 *	int len = json_end(&j);		{"what":"refused","status":404,"machine":{"mac":"..."}}
 */
#ifndef SERVICES_CAUSE_JSON_H
#define SERVICES_CAUSE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
	char *out;
	size_t len, cap;		/* len may go beyond cap: then there was no room */
	bool more;			/* a comma stands before what comes */
};

/* The outermost object. */
void json_begin(struct json *j, char *out, size_t cap);
/* Ends it: the length, and out is terminated; or -ENOSPC. */
int json_end(struct json *j);

/* Members, by their names. */
void json_text(struct json *j, const char *name, const char *text);
void json_number(struct json *j, const char *name, uint64_t n);
void json_object(struct json *j, const char *name);
void json_list(struct json *j, const char *name);
/* In a list. */
void json_item(struct json *j, const char *text);
/* '}' or ']'. */
void json_close(struct json *j, char what);

#endif
