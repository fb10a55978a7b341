/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding and reading a configuration.  See px.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/membuf.h"
#include "kernel/task.h"
#include "services/command/run.h"
#include "services/dhcp/dhcp_service.h"
#include "services/fetch/download.h"
#include "services/firmware/machine.h"
#include "services/pxelinux/display.h"
#include "services/pxelinux/px.h"
#include "services/script/settings.h"
#include "services/verify/vouch.h"

#define SHOWN_URL 200
#define TEXT_FILE_MAX 65536u
#define LINES_AT_ONCE 64u

/* A setting as text, or "". */
static void setting(const char *name, char *out, size_t cap)
{
	if (settings_format(command_settings(), name, out, cap) < 0)
		out[0] = '\0';
}

int px_begin(struct px_session *s)
{
	const struct machine_facts *m = machine_facts();
	const struct dhcp_lease *l = dhcp_service_lease();
	char ip[NET_ADDR_TEXT];
	const char *nbp = m->nbp_name ? m->nbp_name : "";
	memset(s, 0, sizeof(*s));
	s->where = (struct px_where){ .server = s->server, .prefix = s->prefix };
	s->begun_us = clock_us();
	snprintf(s->server, sizeof(s->server), "%s", m->nbp_server.family ? net_addr_format(&m->nbp_server, ip) :
		 l ? dhcp_boot_host(l, ip) : "");
	setting("210:string", s->prefix, sizeof(s->prefix));
	if (!s->prefix[0])
		snprintf(s->prefix, sizeof(s->prefix), "%.*s",
			 (int)(url_is_absolute(nbp) ? url_folder_len(nbp) : url_bare_folder_len(nbp)), nbp);
	px_tell_servers(UINT32_MAX);
	int err = px_config_begin(&s->c);
	s->menu = s->c.top;	/* an empty one, until a configuration has been read */
	return err;
}

void px_begin_here(struct px_session *s)
{
	setting("cwduri", s->prefix, sizeof(s->prefix));
	px_tell_servers(0);
}

void px_end(struct px_session *s)
{
	px_config_free(&s->c);
	px_no_picture(s);
	px_tell_servers(0);
}

/* ---- files ---- */

static int fetch(struct px_session *s, const char *name, size_t len, char url[URL_TEXT_MAX], struct membuf *out)
{
	int err = px_resolve(&s->where, name, len, url, URL_TEXT_MAX);
	return err < 0 ? err : download(url, out, NULL, 0, DOWNLOAD_TRY | DOWNLOAD_SILENT);
}

/* The server itself says that it has no such file, or gives it to nobody; others are silent for each name. */
static bool is_answer(int err)
{
	return err == -ENOENT || err == -EACCES || err == -EIO;
}

int px_search(struct px_session *s, struct membuf *out, char *reason, size_t cap)
{
	static char own[URL_TEXT_MAX];
	char uuid[40], mac[24], name[PX_SEARCH_MAX], text[SHOWN_URL];
	struct px_who who = { .uuid = uuid, .mac = mac };
	const struct dhcp_lease *l = dhcp_service_lease();
	const char *server = url_is_absolute(s->prefix) ? "" : s->server;
	unsigned tried = 0;
	int err = -ENOENT;
	setting("uuid", uuid, sizeof(uuid));
	setting("mac:hexhyp", mac, sizeof(mac));
	setting("209:string", own, sizeof(own));
	who.ip = l ? &l->addr : NULL;
	if (own[0]) {
		err = fetch(s, own, strlen(own), s->file, out);
		tried++;
	}
	for (unsigned i = 0; is_answer(err) && px_search_name(&who, i, name); i++, tried++)
		err = fetch(s, name, strlen(name), s->file, out);
	if (err == -ENOENT)
		snprintf(reason, cap, "none of %u names, from %s to %s, is under %s%s%s", tried, own[0] ? own :
			 uuid[0] ? "the UUID's" : "the MAC's", name, server, *server ? ":" : "",
			 s->prefix[0] ? s->prefix : "/");
	else if (err < 0) {
		url_redact(s->file, text, sizeof(text));
		snprintf(reason, cap, "%s: %s", text, download_error());
	}
	return err;
}

/* ---- reading ---- */

/*
 * SERIAL's port is the console from now on, unless somebody has said by a setting which is; what an earlier
 * configuration said here was none.
 */
static void take_serial(const struct px_config *c)
{
	static char said[32];
	char now[64], text[sizeof(said)];
	setting("console", now, sizeof(now));
	if (!c->has_serial || (now[0] && strcmp(now, said)))
		return;
	/* the port that all has been shown on stays, for there may be no other */
	snprintf(text, sizeof(text), c->serial_port == 0 ? "ttyS%lu,%lu" : c->serial_port < 4 ? "serial,ttyS%lu,%lu" :
		 "serial,%#lx,%lu", (unsigned long)c->serial_port, (unsigned long)c->serial_baud);
	if (strcmp(now, text) && RUN("set", "console", text) == 0)
		memcpy(said, text, sizeof(said));
}

static void say_odd(void *ctx, const char *file, unsigned line, const char *what)
{
	(void)ctx;
	log_line("pxelinux: %s:%u: %s", file, line, what);
}

static void end_reading(struct px_session *s)
{
	static const struct px_reader odd = { .say = say_odd };
	px_config_end(&s->c, &odd);
	take_serial(&s->c);
	px_tell_servers(s->c.cookies);
	s->menu = s->c.start;
	if (s->c.missing)
		log_line("pxelinux: %u files that it includes are not there; the first is %s", s->c.missing,
			 s->c.first_missing);
}

/* Files that include each other: the one on top is being read. */
struct nest {
	struct px_session *s;
	struct membuf open[PXCONFIG_DEPTH_MAX + 1];
	unsigned depth;
};

static void done(void *ctx)
{
	struct nest *n = ctx;
	membuf_free(&n->open[--n->depth]);
}

static int read_file(void *ctx, const char *name, const char **text, size_t *len)
{
	static char url[URL_TEXT_MAX];
	struct nest *n = ctx;
	struct membuf *b = &n->open[n->depth];
	int err = fetch(n->s, name, strlen(name), url, b);
	if (err < 0)
		return is_answer(err) ? -ENOENT : err == -E2BIG ? -EFBIG : err;
	n->depth++;
	*text = (const char *)b->data;
	*len = b->len;
	err = vouch_ask_text(name, url, download_led_to(), b);
	if (err < 0)
		done(ctx);
	return err;
}

static bool pause(void *ctx)
{
	(void)ctx;
	task_yield();
	return command_interrupted();
}

static int read_text(struct px_session *s, const char *name, const struct membuf *text)
{
	struct nest *n = calloc(1, sizeof(*n));
	struct px_reader r = { .read = read_file, .done = done, .say = say_odd, .pause = pause, .ctx = n };
	int err = n ? 0 : -ENOMEM;
	if (n) {
		n->s = s;
		err = px_config_read(&s->c, &r, name, (const char *)text->data, text->len);
		while (n->depth)
			done(n);
	}
	free(n);
	if (err == -E2BIG)		/* said, and what has been read is taken */
		err = 0;
	if (err < 0 && err != -EINTR)
		command_fail(err, "pxelinux: %s: %s", name, err == -ENOMEM ? "not enough memory to read it" :
			     "it is not taken, as said before");
	return err;
}

int px_take(struct px_session *s, const struct membuf *text)
{
	char shown[SHOWN_URL];
	const char *name = s->file + url_folder_len(s->file);
	int err = vouch_ask_text(name, s->file, NULL, text);
	if (err < 0)
		return err;
	url_redact(s->file, shown, sizeof(shown));
	log_line("pxelinux: the configuration is %s", shown);
	err = read_text(s, name, text);
	end_reading(s);
	return err;
}

/* One file of a list, for a configuration that is being read anew. */
static int load_one(struct px_session *s, const char *name, size_t len, const char *in_force, const char *prefix)
{
	static char url[URL_TEXT_MAX];
	char shown[SHOWN_URL];
	struct membuf b = { 0 };
	bool same = len == 1 && *name == '~';
	int err = fetch(s, same ? in_force : name, same ? strlen(in_force) : len, url, &b);
	if (err == 0)
		err = vouch_ask_text(url + url_folder_len(url), url, download_led_to(), &b);
	else if (err != -EINTR)
		command_fail(err, "pxelinux: %.*s: %s", (int)(len < 100 ? len : 100), name, download_error());
	if (err == 0) {
		url_redact(url, shown, sizeof(shown));
		log_line("pxelinux: the configuration is %s", shown);
		memcpy(s->file, url, sizeof(url));
		if (prefix)
			snprintf(s->prefix, sizeof(s->prefix), "%s", prefix);
		err = read_text(s, url + url_folder_len(url), &b);
	}
	membuf_free(&b);
	return err;
}

int px_load(struct px_session *s, const char *names, const char *prefix)
{
	static char in_force[URL_TEXT_MAX], old_prefix[URL_TEXT_MAX];
	struct px_config old = s->c;
	int err = px_config_begin(&s->c);
	memcpy(in_force, s->file, sizeof(in_force));
	memcpy(old_prefix, s->prefix, sizeof(old_prefix));
	while (err == 0 && *(names += strspn(names, " \t"))) {
		size_t len = strcspn(names, " \t");
		err = load_one(s, names, len, in_force, prefix);
		names += len;
	}
	if (err < 0) {			/* the one before goes on */
		px_config_free(&s->c);
		s->c = old;
		memcpy(s->file, in_force, sizeof(in_force));
		memcpy(s->prefix, old_prefix, sizeof(old_prefix));
		return err;
	}
	px_config_free(&old);
	end_reading(s);
	s->told = false;
	return 0;
}

/* ---- what people are shown ---- */

int px_show_file(struct px_session *s, const char *name)
{
	static char url[URL_TEXT_MAX], line[LOG_LINE_MAX];
	struct membuf b = { 0 };
	int err = fetch(s, name, strlen(name), url, &b);
	if (err == -EINTR)
		return err;
	if (err < 0 || b.len > TEXT_FILE_MAX) {
		log_line("pxelinux: %s is not shown: %s", name, err < 0 ? download_error() : "it is too long");
	} else {
		struct px_display d;
		px_display_begin(&d, (const char *)b.data, b.len);
		for (unsigned lines = 1; px_display_line(&d, line, sizeof(line)); lines++) {
			if (lines % LINES_AT_ONCE == 0)
				task_yield();
			log_coloured(line);
		}
	}
	membuf_free(&b);
	return 0;
}
