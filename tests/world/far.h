/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The far side of the world: a wire with a host behind it, which serves DHCP,
 * DNS (by UDP and TCP), TFTP and HTTP.  It is built on net/ too, with a
 * second struct net, and lives in the same simulated time.
 *
 *	10.0.0.1	the host: everything is served from there
 *	10.0.0.100	the lease
 *	10.5.0.1	the same host, 10.5.0.100 the lease, in VLAN FAR_VLAN
 *	files.test	its name; slow.test: so is this, after 400 ms; big.test:
 *			only by TCP, after 300 ms; mute.test: no answer;
 *			other names do not exist
 *	/file		far_byte(0), far_byte(1), ... FAR_FILE_LEN of them, by
 *			http, in pieces, and by tftp
 *	port 81		http in a tunnel (tests/unit/relay_stream.h)
 *	/LEN-SEED	by http: LEN bytes from far_byte(SEED) on; far_http.c
 *			lists what else there is
 */
#ifndef TESTS_WORLD_FAR_H
#define TESTS_WORLD_FAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAR_VLAN 5
#define FAR_FILE_LEN 20000u
#define FAR_RELAY_PORT 81

/* Before any task runs: sets up the loader's stack with a card at this end of the wire, and the host at the other. */
void far_setup(void);

extern uint64_t far_dhcp_delay_us;	/* how long each of its answers takes */
extern bool far_dark;			/* no frame comes through */
extern unsigned far_loss;		/* of 10000 frames, either way, so many are lost */
/* Calls the loader's telnet server and listens; nothing is typed.  True once it has said the loader's name. */
void far_call_telnet(void);
bool far_was_greeted(void);
/* Handshakes, by transaction, that the DHCP server has seen. */
unsigned far_handshakes(void);

static inline uint8_t far_byte(size_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

#endif
