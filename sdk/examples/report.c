/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hardware report, as discovery images are booted for: report HOST PATH [PORT] posts, as JSON, what the machine is:
 * processor, memory, SMBIOS, cards, PCI.
 */
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <undine.h>
#include <unistd.h>

static char json[16384];
static size_t len;

static void put(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void put(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	if (len < sizeof json)
		len += (size_t)vsnprintf(json + len, sizeof json - len, fmt, ap);
	va_end(ap);
	if (len > sizeof json)
		len = sizeof json;
}

/* A string of JSON (RFC 8259, 7): ASCII, the rest left out. */
static void put_string(const char *text)
{
	put("\"");
	for (; *text; text++)
		if (*text >= ' ' && *text < 0x7f)
			put(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	put("\"");
}

/* What the loader knows by that name, if it does. */
static void put_setting(const char *key, const char *setting, int *any)
{
	char value[128];
	if (undine_setting(setting, value, sizeof value) <= 0)
		return;
	put("%s\"%s\":", *any ? "," : "", key);
	put_string(value);
	*any = 1;
}

static void put_settings(const char *const (*pairs)[2])
{
	int any = 0;
	put("{");
	for (; (*pairs)[0]; pairs++)
		put_setting((*pairs)[0], (*pairs)[1], &any);
	put("}");
}

/* Each device by its place, as the command pciscan finds them. */
static void put_pci(void)
{
	char place[32], id[64];
	int any = 0;
	undine_set("report-pci", "");
	put("[");
	while (undine_run("pciscan report-pci") == 0 &&
	       undine_setting("report-pci:busdevfn", place, sizeof place) > 0) {
		undine_run("set report-id:string ${pci/${report-pci}.0.4:hexraw}");
		if (undine_setting("report-id", id, sizeof id) <= 0)
			id[0] = '\0';
		put("%s{\"at\":\"%s\",\"id\":\"%s\"}", any ? "," : "", place, id);
		any = 1;
	}
	put("]");
}

static int post(const char *host, const char *path, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
	char head[512];
	int fd = -1, n, err = getaddrinfo(host, port, &hints, &list), status = 0;
	if (err) {
		fprintf(stderr, "report: %s: %s\n", host, gai_strerror(err));
		return 1;
	}
	for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype, 0);
		if (connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	n = snprintf(head, sizeof head, "POST %s HTTP/1.0\r\nHost: %s\r\nContent-Type: application/json\r\n"
		     "Content-Length: %lu\r\n\r\n", path, host, (unsigned long)len);
	if (fd < 0 || n >= (int)sizeof head || send(fd, head, (size_t)n, 0) != n ||
	    send(fd, json, len, 0) != (ssize_t)len || (n = (int)recv(fd, head, sizeof head - 1, 0)) < 0) {
		perror("report");
		return 1;
	}
	head[n] = '\0';
	if (sscanf(head, "HTTP/%*s %d", &status) == 1)
		printf("report: %lu bytes, the server says %d\n", (unsigned long)len, status);
	else
		fprintf(stderr, "report: %s\n", n ? "what answers there is no web server" : "closed without an answer");
	close(fd);
	return status < 200 || status > 299;
}

int main(int argc, char **argv)
{
	static const char *const machine[][2] = {
		{ "manufacturer", "manufacturer" }, { "product", "product" }, { "serial", "serial" },
		{ "asset", "asset" }, { "uuid", "uuid" }, { "memory_mib", "memsize" }, { "cpu_vendor", "cpuvendor" },
		{ "cpu", "cpumodel" }, { "platform", "platform" }, { NULL, NULL },
	};
	static const char *const net[][2] = {
		{ "mac", "netX/mac" }, { "ip", "netX/ip" }, { "chip", "netX/chip" }, { "bus", "netX/busloc" },
		{ NULL, NULL },
	};
	if (argc < 3) {
		fprintf(stderr, "usage: report HOST PATH [PORT]\n");
		return 2;
	}
	put("{\"machine\":");
	put_settings(machine);
	put(",\"net\":");
	put_settings(net);
	put(",\"pci\":");
	put_pci();
	put("}\n");
	return post(argv[1], argv[2], argc > 3 ? argv[3] : "80");
}
