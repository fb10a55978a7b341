/* SPDX-License-Identifier: BSD-2-Clause */
/* Syslog messages.  See syslog.h. */
#include "services/syslog/syslog.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/version.h"
#include "services/command/number.h"
#include "services/firmware/rtc.h"

#define DAEMON		(3 * 8)		/* RFC 5424, 6.2.1 */
#define HOST_MAX	255		/* characters: RFC 5424, 6 */
#define ROOM_MAX	32

struct day {
	int64_t year;
	unsigned month, day;		/* from 1 */
	unsigned hour, minute, second;
};

/* The civil date of seconds since 1970; years run from March here, so that the leap day is their last. */
static struct day day_of(int64_t s)
{
	int64_t days = s / 86400 - (s % 86400 < 0), at = s - days * 86400;
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100), march = (5 * of_year + 2) / 153;
	struct day d = {
		.year = year + era * 400 + (march >= 10),
		.month = (unsigned)(march < 10 ? march + 3 : march - 9),
		.day = (unsigned)(of_year - (153 * march + 2) / 5 + 1),
		.hour = (unsigned)(at / 3600), .minute = (unsigned)(at / 60 % 60), .second = (unsigned)(at % 60),
	};
	return d;
}

/* A field of the head: printable, without blanks; "-" for none. */
static void put_field(char *out, size_t cap, const char *text)
{
	size_t n = 0;
	for (; text && *text && n + 1 < cap; text++)
		if (isgraph((unsigned char)*text))
			out[n++] = *text;
	out[n] = '\0';
	if (!n)
		snprintf(out, cap, "-");
}

static void put_mac(char *out, size_t cap, const uint8_t *mac)
{
	if (mac)
		snprintf(out, cap, "%02x-%02x-%02x-%02x-%02x-%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	else
		snprintf(out, cap, "-");
}

/* "dhcp: ACK ...": dhcp. */
static void put_room(char *out, size_t cap, const char *line, size_t len)
{
	size_t n = 0;
	while (n < len && n + 1 < cap && (isalnum((unsigned char)line[n]) || line[n] == '-'))
		n++;
	if (n && n + 1 < len && line[n] == ':' && line[n + 1] == ' ')
		snprintf(out, cap, "%.*s", (int)n, line);
	else
		snprintf(out, cap, "-");
}

static int put_head(const struct syslog_sender *who, const struct syslog_line *l, char *out, size_t cap)
{
	static const char months[12][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
	};
	char host[HOST_MAX + 1], mac[18], room[ROOM_MAX + 1], ip[64], when[40] = "-";
	int pri = DAEMON + (int)l->severity;
	bool timed = who->wall_s != RTC_NO_TIME;
	struct day d = day_of(timed ? who->wall_s : 0);
	put_field(host, sizeof(host), who->host && *who->host ? who->host : who->ip);
	put_mac(mac, sizeof(mac), who->mac);
	if (who->bsd) {
		/* a server that finds no date puts its own: RFC 3164, 4.3.2 */
		if (!timed)
			return snprintf(out, cap, "<%d>undine[%s]: ", pri, mac);
		return snprintf(out, cap, "<%d>%s %2u %02u:%02u:%02u %s undine[%s]: ", pri, months[d.month - 1], d.day,
				d.hour, d.minute, d.second, host, mac);
	}
	if (timed)
		snprintf(when, sizeof(when), "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)d.year, d.month,
			 d.day, d.hour, d.minute, d.second);
	put_room(room, sizeof(room), l->text, l->len);
	put_field(ip, sizeof(ip), who->ip);
	/* elements and parameters: RFC 5424, 7.2 and 7.3; the time since the start in hundredths of a second */
	return snprintf(out, cap, "<%d>1 %s %s undine %s %s [meta sequenceId=\"%lu\" sysUpTime=\"%lu\"]"
			"[origin ip=\"%s\" software=\"Undine\" swVersion=\"" UNDINE_VERSION "\"] ",
			pri, when, host, mac, room, (unsigned long)l->number,
			(unsigned long)(l->up_us / 10000), ip);
}

size_t syslog_format(const struct syslog_sender *who, const struct syslog_line *line, char *out, size_t cap)
{
	int head = put_head(who, line, out, cap);
	size_t at = (size_t)head < cap ? (size_t)head : cap, n = line->len < cap - at ? line->len : cap - at;
	memcpy(out + at, line->text, n);
	return at + n;
}

int syslog_server(const char *text, char *host, uint16_t *port, bool *tls)
{
	static const char scheme[] = "tls://";

	*tls = !strncmp(text, scheme, sizeof(scheme) - 1);
	text += *tls ? sizeof(scheme) - 1 : 0;
	size_t len = strcspn(text, ":");
	int32_t number = *tls ? SYSLOG_TLS_PORT : SYSLOG_PORT;
	if (!len || len >= SYSLOG_HOST_MAX || strcspn(text, " \t/") < strlen(text))
		return -EINVAL;
	if (text[len] && (number_parse(text + len + 1, &number) < 0 || number < 1 || number > 65535))
		return -EINVAL;
	snprintf(host, SYSLOG_HOST_MAX, "%.*s", (int)len, text);
	*port = (uint16_t)number;
	return 0;
}
