/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A loader that is played, for the web console built for the host: it has booted for a while, fetches for ever, and
 * does what is typed: `menu` shows one, Ctrl-C ends all, `echo`, `set` and others do as the loader's.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <undine.h>

#define LOG_MAX 65536
#define SETTINGS 32

static char shown[LOG_MAX];
static size_t shown_len;
static struct {
	char name[64], value[512];
} settings[SETTINGS];
static unsigned count;
static char line[1100];
static size_t line_len;
static enum { FETCHES, ASKS, CHOOSES } now;
static unsigned chosen;

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void put(const char *text)
{
	size_t len = strlen(text);
	if (shown_len + len + 1 > LOG_MAX)
		abort();
	memcpy(shown + shown_len, text, len);
	shown_len += len;
	shown[shown_len++] = '\n';
}

static void set(const char *name, const char *value)
{
	unsigned i = 0;
	while (i < count && strcmp(settings[i].name, name))
		i++;
	if (i == SETTINGS)
		abort();
	count += i == count;
	snprintf(settings[i].name, sizeof settings[i].name, "%s", name);
	snprintf(settings[i].value, sizeof settings[i].value, "%s", value);
}

/* What the environment's LOADER_SET says, "name=value;name=value", is set besides. */
__attribute__((constructor)) static void begin(void)
{
	static const char *const first[] = {
		"Undine 0.2, loader at 0fe00000", "undi: transport pm, e1000 by iPXE",
		"net0: 52:54:00:12:34:56, link up",
		"dhcp: net0 has 10.0.0.7/24 by 10.0.0.1, for 12:00:00", "boot file: http://10.0.0.1/boot.ipxe, of DHCP",
		"http://10.0.0.1/boot.ipxe: a script, 212 bytes", "kernel: vmlinuz, 7.9 MiB",
		"<script>document.title = 'broken in'</script> & \"quotes\" \\ \x1b[31mcolour",
	};
	char *more = getenv("LOADER_SET");
	for (unsigned i = 0; i < sizeof first / sizeof first[0]; i++)
		put(first[i]);
	for (unsigned i = 0; i < 60; i++) {
		char text[64];
		snprintf(text, sizeof text, "module: part-%02u.img, 12.0 MiB, 11 MB/s", i);
		put(text);
	}
	set("netX/mac", "52:54:00:12:34:56");
	set("netX/ip", "127.0.0.1");
	set("net0/ip", "127.0.0.1");
	set("manufacturer", "QEMU");
	set("product", "Standard PC (i440FX + PIIX, 1996)");
	set("serial", "SN-0042");
	set("hostname", "node7");
	set("domain", "lab.test");
	set("<b>odd</b>", "\"value\" & <i>more</i>");
	for (char *one; more && (one = strsep(&more, ";"));) {
		char *value = strchr(one, '=');
		*value++ = '\0';
		set(one, value);
	}
}

/* ---- what is typed ---- */

static void obey(void)
{
	char said[1200];
	line[line_len] = '\0';
	line_len = 0;
	snprintf(said, sizeof said, "undine> %s", line);
	put(said);
	if (!strncmp(line, "echo ", 5))
		put(line + 5);
	else if (!strcmp(line, "menu"))
		now = CHOOSES;
	else if (!strcmp(line, "boot"))
		now = FETCHES;
	else if (!strncmp(line, "set ", 4) && strchr(line + 4, ' ')) {
		char *value = strchr(line + 4, ' ');
		*value++ = '\0';
		set(line + 4, value);
	}
}

int undine_type(const uint16_t *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int key = keys[i];
		if (key == 3) {
			put("interrupted");
			now = ASKS;
		} else if (now == CHOOSES && key == UNDINE_DOWN) {
			chosen = (chosen + 1) % 3;
		} else if (now == CHOOSES && key == '\r') {
			char text[32];
			snprintf(text, sizeof text, "item %u is chosen", chosen);
			put(text);
			now = ASKS;
		} else if (now == ASKS && key == '\r') {
			obey();
		} else if (now == ASKS && line_len < sizeof line - 1) {
			line[line_len++] = (char)key;
		}
	}
	return (int)n;
}

int undine_type_line(const char *text)
{
	for (; *text; text++)
		undine_type(&(uint16_t){ (unsigned char)*text }, 1);
	undine_type(&(uint16_t){ '\r' }, 1);
	return 0;
}

/* ---- what is seen ---- */

int undine_log(uint64_t *pos, char *buf, size_t len)
{
	if (*pos > shown_len)
		*pos = shown_len;
	if (len > shown_len - *pos)
		len = shown_len - *pos;
	memcpy(buf, shown + *pos, len);
	*pos += len;
	return (int)len;
}

static int give(const char *text, char *buf, size_t len)
{
	snprintf(buf, len, "%s", text);
	return (int)strlen(text);
}

int undine_below(char *buf, size_t len)
{
	static const char *const items[] = { "Install", "Rescue system", "Local disk" };
	char text[2048];
	size_t at = 0;
	if (now == ASKS) {
		snprintf(text, sizeof text, "undine> %.*s", (int)line_len, line);
	} else if (now == FETCHES) {
		unsigned percent = (unsigned)(seconds() * 7) % 100;
		snprintf(text, sizeof text, "initrd.img [================>                ] %3u%% %u.0/100 MiB "
			 "11 MB/s 0:09 left 10.0.0.1:80", percent, percent);
	} else {
		at = (size_t)sprintf(text, "%30s\033[1mWhat now?\033[0m\n\n", "");
		for (unsigned i = 0; i < 3; i++)
			at += (size_t)sprintf(text + at, "      %s%-66s%s\n", i == chosen ? "\033[7m" : "", items[i],
					      i == chosen ? "\033[0m" : "");
		for (unsigned i = 0; i < 17; i++)
			text[at++] = '\n';
		sprintf(text + at, "  Arrows choose, Enter takes");
	}
	return give(text, buf, len);
}

int undine_setting(const char *name, char *buf, size_t len)
{
	for (unsigned i = 0; i < count; i++)
		if (!strcmp(settings[i].name, name))
			return give(settings[i].value, buf, len);
	return -1;
}

int undine_random(void *buf, size_t len)
{
	return getentropy(buf, len);
}

static int info_of(void *out, size_t len, const void *from, size_t from_len, bool is_there)
{
	memset(out, 0, len);
	if (!is_there)
		return -1;
	memcpy(out, from, len < from_len ? len : from_len);
	return 0;
}

int undine_info(enum undine_info kind, unsigned i, void *out, size_t len)
{
	struct undine_state state = { .up_us = (uint64_t)(seconds() * 1e6), .images = 61, .fetched = 800u << 20,
				      .version = "0.2", .script = "boot.ipxe" };
	struct undine_setting setting = { 0 };
	struct undine_link link = { .name = "net0", .state = "up", .mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 },
				    .prefix = 24, .addr = inet_addr("10.0.0.7"), .mtu = 1500, .rx_bytes = 840u << 20,
				    .tx_bytes = 11u << 20, .rx_frames = 600000, .tx_frames = 210000 };
	struct undine_socket socket = { .type = SOCK_STREAM, .local = inet_addr("10.0.0.7"), .local_port = 80,
					.remote = inet_addr("10.0.0.9"), .remote_port = 40123, .rtt_us = 812,
					.state = "ESTABLISHED" };
	struct undine_task task = { .name = "web.umod", .state = "waits", .run_us = 1230000, .memory = 600 << 10,
				    .stack = 16384, .stack_used = 4100, .module = 1 };
	struct undine_counter counter = { .name = "tcp_retransmit", .n = 17 };
	switch (kind) {
	case UNDINE_INFO_STATE:
		return info_of(out, len, &state, sizeof state, i == 0);
	case UNDINE_INFO_SETTING:
		if (i < count) {
			snprintf(setting.name, sizeof setting.name, "%s", settings[i].name);
			snprintf(setting.text, sizeof setting.text, "%.255s", settings[i].value);
		}
		return info_of(out, len, &setting, sizeof setting, i < count);
	case UNDINE_INFO_LINK:
		return info_of(out, len, &link, sizeof link, i == 0);
	case UNDINE_INFO_SOCKET:
		return info_of(out, len, &socket, sizeof socket, i < 3);
	case UNDINE_INFO_TASK:
		return info_of(out, len, &task, sizeof task, i < 5);
	case UNDINE_INFO_COUNTER:
		return info_of(out, len, &counter, sizeof counter, i < 9);
	}
	return -1;
}

int undine_image_info(unsigned i, struct undine_image *info)
{
	*info = (struct undine_image){ .name = "vmlinuz", .len = 8 << 20, .role = 2 };
	return i < 2 ? 0 : -1;
}
