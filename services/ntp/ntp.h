/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Simple NTP (RFC 4330; packets: RFC 5905, 7.3): one question, one answer, to
 * the second.  Pure.  Leaves out: whole-network synchronisation, keys, the way's
 * length.
 */
#ifndef SERVICES_NTP_NTP_H
#define SERVICES_NTP_NTP_H

#include <stddef.h>
#include <stdint.h>

#define NTP_PORT 123
#define NTP_LEN 48u

/* The question, which cookie tells from others: an answer has it, too. */
void ntp_ask(uint8_t packet[NTP_LEN], uint64_t cookie);
/*
 * The answer to that question: 0 and *unix_s, seconds since 1970; or -ENOMSG
 * (none, or to another question), -EAGAIN (the server has no time itself yet),
 * -EACCES (it wants no questions; its code is in kiss).
 */
int ntp_answer(const uint8_t *packet, size_t len, uint64_t cookie, int64_t *unix_s, char kiss[5]);

#endif
