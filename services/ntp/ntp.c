/* SPDX-License-Identifier: BSD-2-Clause */
/* NTP's packets.  See ntp.h. */
#include "services/ntp/ntp.h"

#include <errno.h>
#include <string.h>

#define VERSION_CLIENT (4u << 3 | 3)	/* version 4, mode 3 */
#define MODE_SERVER 4u
#define UNSYNCHRONISED 3u		/* leap indicator */
#define AT_STRATUM 1
#define AT_REFERENCE 12			/* of stratum 0: why no questions are wanted */
#define AT_ORIGINATE 24
#define AT_TRANSMIT 40
#define STRATUM_MAX 15
#define FROM_1900 2208988800u		/* seconds to 1970 */
#define ERA_1 0x80000000u		/* RFC 4330, 3: what is less is of the era that began in February 2036 */

static void put64(uint8_t *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v = 0;
	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

void ntp_ask(uint8_t packet[NTP_LEN], uint64_t cookie)
{
	memset(packet, 0, NTP_LEN);
	packet[0] = VERSION_CLIENT;
	put64(packet + AT_TRANSMIT, cookie);
}

int ntp_answer(const uint8_t *packet, size_t len, uint64_t cookie, int64_t *unix_s, char kiss[5])
{
	if (len < NTP_LEN || (packet[0] & 7) != MODE_SERVER || get64(packet + AT_ORIGINATE) != cookie)
		return -ENOMSG;
	if (!packet[AT_STRATUM]) {
		for (int i = 0; i < 4; i++) {
			uint8_t ch = packet[AT_REFERENCE + i];
			kiss[i] = ch >= 'A' && ch <= 'Z' ? (char)ch : '?';
		}
		kiss[4] = '\0';
		return -EACCES;
	}
	uint32_t s = (uint32_t)(get64(packet + AT_TRANSMIT) >> 32);
	if (packet[0] >> 6 == UNSYNCHRONISED || packet[AT_STRATUM] > STRATUM_MAX || !s)
		return -EAGAIN;
	*unix_s = (int64_t)s + (s < ERA_1 ? 1ll << 32 : 0) - FROM_1900;
	return 0;
}
