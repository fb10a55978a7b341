/* SPDX-License-Identifier: BSD-2-Clause */
/* Syslog messages as RFC 5424 and RFC 3164 have them, and the clock that dates them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "kernel/version.h"
#include "services/firmware/rtc.h"
#include "services/syslog/syslog.h"

static const uint8_t mac[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
static const struct syslog_sender all = {
	.host = "node7", .ip = "10.0.0.7", .mac = mac, .wall_s = 1796020087,	/* 2026-11-30 06:28:07 */
};

#define SD(n, up, ip) "[meta sequenceId=\"" n "\" sysUpTime=\"" up "\"][origin ip=\"" ip "\" software=\"Undine\" " \
	"swVersion=\"" UNDINE_VERSION "\"] "

static void says(const struct syslog_sender *who, const char *line, const char *want)
{
	char out[SYSLOG_MESSAGE_MAX + 1];
	struct syslog_line l = { line, strlen(line), LOG_INFO, 12345678, 3 };
	size_t n = syslog_format(who, &l, out, SYSLOG_MESSAGE_MAX);
	out[n] = '\0';
	assert_string_equal(out, want);
}

static void test_5424(void **state)
{
	(void)state;
	struct syslog_sender s = all;
	says(&s, "dhcp: ACK 10.0.0.7", "<30>1 2026-11-30T06:28:07Z node7 undine 52-54-00-12-34-56 dhcp "
	     SD("3", "1234", "10.0.0.7") "dhcp: ACK 10.0.0.7");
	/* no room speaks, or no word */
	says(&s, "undine> boot", "<30>1 2026-11-30T06:28:07Z node7 undine 52-54-00-12-34-56 - "
	     SD("3", "1234", "10.0.0.7") "undine> boot");
	says(&s, "a:b", "<30>1 2026-11-30T06:28:07Z node7 undine 52-54-00-12-34-56 - " SD("3", "1234",
		"10.0.0.7") "a:b");
	says(&s, "", "<30>1 2026-11-30T06:28:07Z node7 undine 52-54-00-12-34-56 - " SD("3", "1234", "10.0.0.7"));
	/* what is not known is the nil value; a name without a host is its address */
	s.wall_s = RTC_NO_TIME;
	s.host = "";
	says(&s, "x", "<30>1 - 10.0.0.7 undine 52-54-00-12-34-56 - " SD("3", "1234", "10.0.0.7") "x");
	s.host = s.ip = NULL;
	s.mac = NULL;
	says(&s, "x", "<30>1 - - undine - - " SD("3", "1234", "-") "x");
	/* nothing from outside makes a field more */
	s.host = "a b\"]\x7f\xff";
	says(&s, "x", "<30>1 - ab\"] undine - - " SD("3", "1234", "-") "x");
}

static void test_3164(void **state)
{
	(void)state;
	struct syslog_sender s = all;
	s.bsd = true;
	says(&s, "dhcp: ACK", "<30>Nov 30 06:28:07 node7 undine[52-54-00-12-34-56]: dhcp: ACK");
	s.wall_s -= 27 * 86400;
	says(&s, "dhcp: ACK", "<30>Nov  3 06:28:07 node7 undine[52-54-00-12-34-56]: dhcp: ACK");
	s.wall_s = RTC_NO_TIME;
	says(&s, "dhcp: ACK", "<30>undine[52-54-00-12-34-56]: dhcp: ACK");
}

/* Daemon's error is 3 * 8 + 3, its warning 3 * 8 + 4, in both forms. */
static void test_severity(void **state)
{
	(void)state;
	static const struct { enum log_severity severity; const char *want; } cases[] = {
		{ LOG_ERROR, "<27>" }, { LOG_WARNING, "<28>" }, { LOG_INFO, "<30>" },
	};
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		char out[SYSLOG_MESSAGE_MAX];
		struct syslog_sender who = { .bsd = i & 1, .wall_s = RTC_NO_TIME };
		struct syslog_line l = { "x", 1, cases[i / 2].severity, 0, 1 };
		assert_true(syslog_format(&who, &l, out, sizeof(out)) > 4);
		assert_memory_equal(out, cases[i / 2].want, 4);
	}
}

static void test_limit(void **state)
{
	(void)state;
	char line[2000], out[SYSLOG_MESSAGE_MAX + 1], host[600];
	memset(line, 'x', sizeof(line));
	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	struct syslog_sender s = all;
	s.host = host;
	struct syslog_line l = { line, sizeof(line), LOG_INFO, 0, 1 };
	for (size_t cap = 0; cap < SYSLOG_MESSAGE_MAX; cap++) {
		out[cap] = '#';
		assert_int_equal(syslog_format(&s, &l, out, cap), cap);
		assert_int_equal(out[cap], '#');
	}
	assert_non_null(strstr(out, " hhhh"));
	assert_int_equal(strspn(strstr(out, "hhhh"), "h"), 255);
}

static void test_server(void **state)
{
	(void)state;
	static const struct { const char *text, *host; unsigned port; bool tls; } good[] = {
		{ "log", "log", 514, false }, { "10.0.0.1", "10.0.0.1", 514, false },
		{ "log.lab.test:5514", "log.lab.test", 5514, false }, { "h:1", "h", 1, false },
		{ "h:65535", "h", 65535, false }, { "tls:514", "tls", 514, false },
		{ "tls://log", "log", 6514, true }, { "tls://log.lab.test:514", "log.lab.test", 514, true },
	};
	static const char *const bad[] = { "", ":514", "h:", "h:0", "h:65536", "h:-1", "h:x", "h h", "udp://h",
		"h:1:2", "tls://", "tls:///", "tls://h/", "tls://h:x", "TLS://h" };
	char host[SYSLOG_HOST_MAX], longest[SYSLOG_HOST_MAX + 1];
	uint16_t port;
	bool tls;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(syslog_server(good[i].text, host, &port, &tls), 0);
		assert_string_equal(host, good[i].host);
		assert_int_equal(port, good[i].port);
		assert_int_equal(tls, good[i].tls);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(syslog_server(bad[i], host, &port, &tls), -EINVAL);
	memset(longest, 'h', SYSLOG_HOST_MAX);
	longest[SYSLOG_HOST_MAX] = '\0';
	assert_int_equal(syslog_server(longest, host, &port, &tls), -EINVAL);
	longest[SYSLOG_HOST_MAX - 1] = '\0';
	assert_int_equal(syslog_server(longest, host, &port, &tls), 0);
	assert_string_equal(host, longest);
}

static uint8_t bcd(int n)
{
	return (uint8_t)(n / 10 << 4 | n % 10);
}

/* Every day of the century, against the C library. */
static void test_rtc(void **state)
{
	(void)state;
	for (int64_t s = 946684800; s < 4102444800; s += 86400 - 61) {
		time_t t = s;
		struct tm tm;
		gmtime_r(&t, &tm);
		uint8_t binary[RTC_REGS] = { (uint8_t)tm.tm_sec, 0, (uint8_t)tm.tm_min, 0, (uint8_t)tm.tm_hour, 0, 0,
			(uint8_t)tm.tm_mday, (uint8_t)(tm.tm_mon + 1), (uint8_t)(tm.tm_year - 100), 0, 6 };
		uint8_t twelve[RTC_REGS] = { bcd(tm.tm_sec), 0, bcd(tm.tm_min), 0,
			(uint8_t)(bcd(tm.tm_hour % 12 ? tm.tm_hour % 12 : 12) | (tm.tm_hour < 12 ? 0 : 0x80)), 0, 0,
			bcd(tm.tm_mday), bcd(tm.tm_mon + 1), bcd(tm.tm_year - 100), 0, 0 };
		assert_int_equal(rtc_time(binary), s);
		assert_int_equal(rtc_time(twelve), s);
		/* and back again */
		char out[100], want[40];
		struct syslog_sender who = { .wall_s = s };
		struct syslog_line l = { "", 0, LOG_INFO, 0, 1 };
		out[syslog_format(&who, &l, out, sizeof(out) - 1)] = '\0';
		strftime(want, sizeof(want), "<30>1 %Y-%m-%dT%H:%M:%SZ ", &tm);
		assert_memory_equal(out, want, strlen(want));
	}
	static const struct { unsigned reg; uint8_t value; } nonsense[] = {
		{ 0, 0x60 }, { 0, 0x0a }, { 0, 0xff }, { 2, 0x60 }, { 4, 0x24 }, { 7, 0 }, { 7, 0x32 }, { 8, 0 },
		{ 8, 0x13 },
		{ 9, 0xa0 },
	};
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		uint8_t regs[RTC_REGS] = { 0x59, 0, 0x59, 0, 0x23, 0, 0, 0x31, 0x12, 0x99, 0, 2 };
		assert_true(rtc_time(regs) != RTC_NO_TIME);
		regs[nonsense[i].reg] = nonsense[i].value;
		assert_true(rtc_time(regs) == RTC_NO_TIME);
	}
	uint8_t regs[RTC_REGS] = { 0, 0, 0, 0, 0x13, 0, 0, 1, 1, 0, 0, 0 };	/* no hour of twelve */
	assert_true(rtc_time(regs) == RTC_NO_TIME);
	regs[4] = 0;
	assert_true(rtc_time(regs) == RTC_NO_TIME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_5424), cmocka_unit_test(test_3164), cmocka_unit_test(test_severity),
		cmocka_unit_test(test_limit), cmocka_unit_test(test_server), cmocka_unit_test(test_rtc),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
