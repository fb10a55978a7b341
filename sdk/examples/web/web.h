/* SPDX-License-Identifier: BSD-2-Clause */
/* The web console's parts: web.c has the connections, http.c reads requests, guard.c says who may, answer.c answers. */
#ifndef WEB_H
#define WEB_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKEN_LEN 32		/* hexadecimal digits */
#define HOST_MAX 128
#define REQUEST_MAX 6144	/* bytes of its head */
#define BODY_MAX 1024

/* Bytes that grow.  Once there was no memory it stays `failed`. */
struct text {
	char *data;
	size_t len, cap;
	bool failed;
};

struct request {
	bool post;
	char path[32];			/* without what follows '?' */
	uint64_t log;			/* ...?log=N */
	char host[HOST_MAX], origin[HOST_MAX];	/* "" where there is none */
	bool foreign;			/* the browser says that another site's page asks */
	bool close;			/* the connection ends after it */
	char token[TOKEN_LEN + 1];	/* of Authorization: Undine ..., or "" */
	const char *body;
	size_t body_len;
	struct sockaddr_in peer, local;	/* web.c's to fill in */
};

/* http.c: how many bytes the first request of these takes; 0: it is not whole; -400, -413, ...: it is refused so. */
int request_parse(const char *in, size_t len, struct request *r);

/* guard.c */
bool guard_host(const struct request *r);	/* it is spoken to by a name or address of its own */
bool guard_origin(const struct request *r);	/* by a page of its own */
bool guard_has_password(void);
/* 0 with a new session's token, or -401, -429: a wrong password, none is looked at now. */
int guard_login(const struct request *r, char token[TOKEN_LEN + 1]);
bool guard_knows(const struct request *r);	/* the token is a session's */
void guard_logout(const struct request *r);
uint64_t now_ms(void);

/* answer.c: the whole answer; in *close that the connection ends behind it. */
extern bool answer_private;			/* nothing is shown without the password */
void answer(const struct request *r, struct text *out);
void answer_status(int status, struct text *out);	/* of a request that is none; the connection ends */

void text_add(struct text *t, const void *bytes, size_t len);
void text_say(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "name":"value" in JSON, with a comma behind it; without a name: the value alone. */
void text_json(struct text *t, const char *name, const char *value);
void text_json_part(struct text *t, const char *bytes, size_t len);	/* of a string, without its quotes */

#endif
