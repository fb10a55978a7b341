/* SPDX-License-Identifier: BSD-2-Clause */
/* What is answered: the page and its parts, and what it asks for again and again, in JSON.  See web.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <undine.h>

#include "web.h"

#define LOG_AT_ONCE 32768u
#define BELOW_MAX 8192
#define LINE_MOST 255

#define PART(name, file) \
	__asm__(".section .rodata." #name ", \"a\"\n" #name ":\n.incbin \"" file "\"\n" #name "_end:\n.byte 0\n" \
		".previous\n"); \
	extern const char name[], name##_end[]
PART(page_html, "page.html");
PART(page_css, "page.css");
PART(page_js, "page.js");

bool answer_private;

/* ---- around it ---- */

static const char *reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} all[] = {
		{ 200, "OK" }, { 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" }, { 408, "Request Timeout" },
		{ 409, "Conflict" }, { 411, "Length Required" }, { 413, "Content Too Large" },
		{ 421, "Misdirected Request" }, { 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" }, { 505, "HTTP Version Not Supported" },
	};
	for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++)
		if (all[i].status == status)
			return all[i].text;
	return "Error";
}

static void send_all(struct text *out, int status, const char *type, bool close, const void *body, size_t len)
{
	text_say(out, "HTTP/1.1 %d %s\r\nContent-Type: %s; charset=utf-8\r\nContent-Length: %lu\r\nConnection: %s\r\n",
		 status, reason(status), type, (unsigned long)len, close ? "close" : "keep-alive");
	text_say(out, "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
		 "Cross-Origin-Resource-Policy: same-origin\r\nContent-Security-Policy: default-src 'none'; "
		 "script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
		 "form-action 'none'; frame-ancestors 'none'\r\n\r\n");
	text_add(out, body, len);
}

static void send_status(struct text *out, int status, bool close)
{
	char line[64];
	int n = snprintf(line, sizeof line, "%d %s\n", status, reason(status));
	send_all(out, status, "text/plain", close, line, (size_t)n);
}

void answer_status(int status, struct text *out)
{
	send_status(out, status, true);
}

static void send_json(const struct request *r, struct text *out, int status, struct text *json)
{
	if (json->failed)
		send_status(out, 429, true);
	else
		send_all(out, status, "application/json", r->close, json->data, json->len);
	free(json->data);
}

/* A list's or object's last comma goes. */
static void end(struct text *t, const char *with)
{
	if (t->len && t->data[t->len - 1] == ',')
		t->len--;
	text_add(t, with, strlen(with));
}

/* ---- this boot ---- */

static void put_setting(struct text *t, const char *as, const char *name)
{
	char value[200];
	if (undine_setting(name, value, sizeof value) > 0)
		text_json(t, as, value);
}

static void put_log(struct text *t, uint64_t pos)
{
	char bytes[2048];
	size_t all = 0;
	int n = 0;
	text_say(t, "\"log\":\"");
	while (all < LOG_AT_ONCE && (n = undine_log(&pos, bytes, sizeof bytes)) > 0) {
		text_json_part(t, bytes, (size_t)n);
		all += (size_t)n;
	}
	/* as a text, for the page's numbers have 53 bits */
	text_say(t, "\",\"at\":\"%llu\",\"more\":%s,", (unsigned long long)pos, n > 0 ? "true" : "false");
}

static void send_boot(const struct request *r, struct text *out)
{
	static char id[17], below[BELOW_MAX];
	struct undine_state s;
	struct text t = { 0 };
	bool in = guard_knows(r);
	if (!*id) {
		uint8_t bytes[8];
		undine_random(bytes, sizeof bytes);
		for (unsigned i = 0; i < sizeof bytes; i++)
			sprintf(id + 2 * i, "%02x", bytes[i]);
	}
	text_say(&t, "{\"boot\":\"%s\",\"commands\":%s,\"in\":%s,\"private\":%s,", id,
		 guard_has_password() ? "true" : "false", in ? "true" : "false", answer_private ? "true" : "false");
	if (in || !answer_private) {
		undine_info(UNDINE_INFO_STATE, 0, &s, sizeof s);
		text_say(&t, "\"up\":%llu,\"failing\":%llu,\"failures\":%lu,\"images\":%lu,\"fetched\":%llu,",
			 (unsigned long long)s.up_us / 1000, (unsigned long long)s.failing_us / 1000,
			 (unsigned long)s.failures, (unsigned long)s.images, (unsigned long long)s.fetched);
		text_json(&t, "version", s.version);
		text_json(&t, "script", s.script);
		text_json(&t, "cause", s.cause);
		text_say(&t, "\"machine\":{");
		put_setting(&t, "host", "hostname");
		put_setting(&t, "mac", "netX/mac");
		put_setting(&t, "ip", "netX/ip");
		put_setting(&t, "maker", "manufacturer");
		put_setting(&t, "product", "product");
		put_setting(&t, "serial", "serial");
		end(&t, "},");
		undine_below(below, sizeof below);
		text_json(&t, "below", below);
		put_log(&t, r->log);
	}
	end(&t, "}");
	send_json(r, out, 200, &t);
}

/* ---- what there is ---- */

static const char *const known[] = {
	"net0/mac", "net0/ip", "net0/netmask", "net0/gateway", "net0/dns", "net0/bustype", "net0/chip", "hostname",
	"domain", "next-server", "filename", "root-path", "manufacturer", "product", "serial", "asset", "uuid",
	"platform", "buildarch", "cpumodel", "memsize", "version", "unixtime",
};

static bool is_secret(const char *name)
{
	return strstr(name, "password") || strstr(name, "secret") || strstr(name, "token") || strstr(name, "key");
}

static void put_settings(struct text *t)
{
	struct undine_setting s;
	char value[256];
	text_say(t, "\"settings\":[");
	for (unsigned i = 0; undine_info(UNDINE_INFO_SETTING, i, &s, sizeof s) == 0; i++) {
		text_add(t, "[", 1);
		text_json(t, NULL, s.name);
		text_add(t, ",", 1);
		text_json(t, NULL, is_secret(s.name) ? "(not shown)" : s.text);
		text_say(t, ",%lu],", (unsigned long)s.marks);
	}
	end(t, "],\"known\":[");
	for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (undine_setting(known[i], value, sizeof value) <= 0 || strchr(value, '@'))
			continue;		/* a URL may have a password */
		text_add(t, "[", 1);
		text_json(t, NULL, known[i]);
		text_add(t, ",", 1);
		text_json(t, NULL, value);
		text_add(t, "],", 2);
	}
	end(t, "],");
}

static void put_links(struct text *t)
{
	struct undine_link l;
	char ip[32];
	text_say(t, "\"links\":[");
	for (unsigned i = 0; undine_info(UNDINE_INFO_LINK, i, &l, sizeof l) == 0; i++) {
		snprintf(ip, sizeof ip, "%s/%u", inet_ntoa((struct in_addr){ l.addr }), l.prefix);
		text_add(t, "{", 1);
		text_json(t, "name", l.name);
		text_json(t, "state", l.state);
		text_json(t, "ip", l.addr ? ip : "");
		text_say(t, "\"mac\":\"%02x:%02x:%02x:%02x:%02x:%02x\",\"mtu\":%lu,", l.mac[0], l.mac[1], l.mac[2],
			 l.mac[3], l.mac[4], l.mac[5], (unsigned long)l.mtu);
		text_say(t, "\"rx\":%llu,\"tx\":%llu,\"rx_frames\":%lu,\"tx_frames\":%lu,\"errors\":%lu},",
			 (unsigned long long)l.rx_bytes, (unsigned long long)l.tx_bytes, (unsigned long)l.rx_frames,
			 (unsigned long)l.tx_frames, (unsigned long)l.rx_errors + l.tx_errors);
	}
	end(t, "],");
}

static void put_place(struct text *t, const char *name, uint32_t addr, unsigned port)
{
	text_say(t, "\"%s\":\"%s:%u\",", name, addr ? inet_ntoa((struct in_addr){ addr }) : "*", port);
}

static void put_sockets(struct text *t)
{
	struct undine_socket s;
	text_say(t, "\"sockets\":[");
	for (unsigned i = 0; undine_info(UNDINE_INFO_SOCKET, i, &s, sizeof s) == 0; i++) {
		text_say(t, "{\"type\":\"%s\",", s.type == SOCK_STREAM ? "tcp" : "udp");
		put_place(t, "local", s.local, s.local_port);
		put_place(t, "remote", s.remote, s.remote_port);
		text_json(t, "state", s.state);
		text_say(t, "\"in\":%lu,\"out\":%lu,\"rtt\":%lu},", (unsigned long)s.recv_len,
			 (unsigned long)s.send_len, (unsigned long)s.rtt_us);
	}
	end(t, "],");
}

static void put_tasks(struct text *t)
{
	struct undine_task k;
	text_say(t, "\"tasks\":[");
	for (unsigned i = 0; undine_info(UNDINE_INFO_TASK, i, &k, sizeof k) == 0; i++) {
		text_add(t, "{", 1);
		text_json(t, "name", k.name);
		text_json(t, "state", k.state);
		text_say(t, "\"ms\":%llu,\"memory\":%lu,\"stack\":%lu,\"used\":%lu,\"module\":%lu},",
			 (unsigned long long)k.run_us / 1000, (unsigned long)k.memory, (unsigned long)k.stack,
			 (unsigned long)k.stack_used, (unsigned long)k.module);
	}
	end(t, "],");
}

static void send_detail(const struct request *r, struct text *out)
{
	struct undine_counter c;
	struct undine_image img;
	struct text t = { 0 };
	text_add(&t, "{", 1);
	put_settings(&t);
	put_links(&t);
	put_sockets(&t);
	put_tasks(&t);
	text_say(&t, "\"counters\":[");
	for (unsigned i = 0; undine_info(UNDINE_INFO_COUNTER, i, &c, sizeof c) == 0; i++)
		if (c.n)
			text_say(&t, "[\"%s\",%llu],", c.name, (unsigned long long)c.n);
	end(&t, "],\"images\":[");
	for (unsigned i = 0; undine_image_info(i, &img) == 0; i++) {
		text_add(&t, "[", 1);
		text_json(&t, NULL, img.name);
		text_say(&t, ",%lu,%lu],", (unsigned long)img.len, (unsigned long)img.role);
	}
	end(&t, "]}");
	send_json(r, out, 200, &t);
}

/* ---- what is asked of the machine ---- */

static void send_login(const struct request *r, struct text *out)
{
	char token[TOKEN_LEN + 1];
	struct text t = { 0 };
	int err = guard_login(r, token);
	if (err < 0) {
		send_status(out, -err, r->close);
		return;
	}
	text_say(&t, "{\"token\":\"%s\"}", token);
	send_json(r, out, 200, &t);
}

/* "line echo hello", typed with Enter behind it, or "key 256", one key of undine_key()'s. */
static int type(const struct request *r)
{
	char what[BODY_MAX + 1];
	memcpy(what, r->body, r->body_len);
	what[r->body_len] = '\0';
	if (strlen(what) != r->body_len)
		return 400;
	for (const char *c = what; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return 400;
	if (!strncmp(what, "line ", 5)) {
		if (strlen(what + 5) > LINE_MOST)
			return 413;
		printf("web: %s types: %s\n", inet_ntoa(r->peer.sin_addr), what + 5);
		return undine_type_line(what + 5) < 0 ? 409 : 200;
	}
	char *rest;
	unsigned long key = strncmp(what, "key ", 4) ? 0 : strtoul(what + 4, &rest, 10);
	if (!key || *rest || key > UNDINE_DELETE)
		return 400;
	uint16_t keys[] = { (uint16_t)key };
	if (key == 3)
		printf("web: %s types Ctrl-C\n", inet_ntoa(r->peer.sin_addr));
	return undine_type(keys, 1) == 1 ? 200 : 409;
}

static void answer_post(const struct request *r, struct text *out)
{
	if (!guard_origin(r))
		send_status(out, 403, true);
	else if (!strcmp(r->path, "/api/login"))
		send_login(r, out);
	else if (!guard_knows(r))
		send_status(out, 401, r->close);
	else if (!strcmp(r->path, "/api/type"))
		send_status(out, type(r), r->close);
	else if (!strcmp(r->path, "/api/logout")) {
		guard_logout(r);
		send_status(out, 200, r->close);
	} else {
		send_status(out, 404, r->close);
	}
}

void answer(const struct request *r, struct text *out)
{
	static const struct {
		const char *path, *type, *from, *to;
	} parts[] = {
		{ "/", "text/html", page_html, page_html_end },
		{ "/page.css", "text/css", page_css, page_css_end },
		{ "/page.js", "text/javascript", page_js, page_js_end },
	};
	if (!guard_host(r)) {
		send_status(out, 421, true);
		return;
	}
	if (r->post) {
		answer_post(r, out);
		return;
	}
	for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (!strcmp(r->path, parts[i].path)) {
			send_all(out, 200, parts[i].type, r->close, parts[i].from,
				 (size_t)(parts[i].to - parts[i].from));
			return;
		}
	if (r->foreign)
		send_status(out, 403, true);
	else if (!strcmp(r->path, "/api/boot"))
		send_boot(r, out);
	else if (!strcmp(r->path, "/api/detail") && answer_private && !guard_knows(r))
		send_status(out, 401, r->close);
	else if (!strcmp(r->path, "/api/detail"))
		send_detail(r, out);
	else
		send_status(out, 404, r->close);
}
