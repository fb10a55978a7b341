/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of the log as syslog messages, one to a datagram (RFC 5426), or behind its length in a stream of TLS (RFC
 * 5425): as RFC 5424 has them, or as RFC 3164 tells of older servers.  Pure.
 *
 *	struct syslog_sender who = { .host = "node7", .mac = mac, .wall_s = RTC_NO_TIME };
 *	struct syslog_line line = { .text = text, .len = len, .severity = LOG_INFO, .up_us = now, .number = 1 };
 *	size_t n = syslog_format(&who, &line, out, sizeof out);
 *
 * Facility daemon; the severity is the log's (kernel/log.h).  The PROCID is
 * the card's MAC with hyphens, for an older server ends a tag at a colon; the
 * MSGID is the room that speaks ("dhcp").
 */
#ifndef SERVICES_SYSLOG_SYSLOG_H
#define SERVICES_SYSLOG_SYSLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/log.h"

#define SYSLOG_PORT		514u
#define SYSLOG_TLS_PORT		6514u
#define SYSLOG_HOST_MAX		254u	/* bytes of a server's name, with a NUL */
#define SYSLOG_MESSAGE_MAX	1024u	/* what every server must take is 480, should take 2048 (RFC 5424, 6.1) */

/* Who speaks.  Everything is the caller's and only read; texts NULL or "": not known. */
struct syslog_sender {
	bool bsd;			/* RFC 3164's form */
	const char *host;		/* the machine's name */
	const char *ip;
	const uint8_t *mac;		/* 6 bytes, or NULL */
	int64_t wall_s;			/* seconds since 1970 in UTC, or RTC_NO_TIME (services/firmware/rtc.h) */
};

/* A line of the log, without its newline. */
struct syslog_line {
	const char *text;
	size_t len;
	enum log_severity severity;
	uint64_t up_us;			/* now, since the machine's start */
	uint32_t number;		/* of the message, from 1 */
};

/* One message, without a NUL: its length, at most cap; what is too long is cut there. */
size_t syslog_format(const struct syslog_sender *who, const struct syslog_line *line, char *out, size_t cap);
/* "HOST" or "HOST:PORT", behind "tls://" where it is to be by TLS: 0, or -EINVAL; host holds SYSLOG_HOST_MAX bytes. */
int syslog_server(const char *text, char *host, uint16_t *port, bool *tls);

#endif
