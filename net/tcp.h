/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP (RFC 9293) with window scaling, timestamps and PAWS (RFC 7323), SACK
 * (RFC 2018), NewReno (RFC 6582), RFC 6298 timers, RFC 5961 checks and RFC
 * 6528 sequence numbers.  Urgent data is read as ordinary data; no ECN, no
 * Fast Open.  Users see net/sock.h; this is what net/'s files share:
 *
 *	tcp.c		connections: making, finding, ending, TIME-WAIT
 *	tcp_input.c	a segment arrives: its checks and the states
 *	tcp_listen.c	passive opens
 *	tcp_cookie.c	and how to remember nothing of them
 *	tcp_ack.c	what an acknowledgement does to the sending side
 *	tcp_recv.c	where received data goes, and the window
 *	tcp_window.c	how large a window the card and the path bear
 *	tcp_output.c	segments out
 *	tcp_timer.c	time passes
 *
 * Received data is placed by its offset from rcv_nxt, in order or not: first
 * the rest of the sink, behind it the ring.  `held` lists what lies past a
 * hole; rcv_nxt, and with it every ACK, moves over contiguous bytes only.
 */
#ifndef NET_TCP_H
#define NET_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/ranges.h"
#include "net/rate.h"
#include "net/sock.h"

#define TCP_HEADER 20u
#define TCP_FIN 0x01u
#define TCP_SYN 0x02u
#define TCP_RST 0x04u
#define TCP_PSH 0x08u
#define TCP_ACK 0x10u

#define TCP_TIME_WAITS 16u		/* remembered; then the oldest goes */
#define TCP_ORPHANS 16u			/* closed by their user but not done; then the oldest is reset */
#define TCP_RING_DEFAULT 0x40000u	/* receive ring of an active open: 256 KiB */
#define TCP_RING_PASSIVE 0x4000u	/* of an accepted connection */
#define TCP_RING_MIN 0x1000u
#define TCP_SEND_RING 0x2000u
#define TCP_WND_START 0x40000u		/* largest window at first: more overruns the rings of cards behind UNDI */
#define TCP_WND_NEAR 0x100000u		/* what it grows to while nothing is lost */
#define TCP_WND_LIMIT 0x400000u		/* the same, where the path is so long that it takes more to fill it */
#define TCP_WND_MIN_SEGS 4u		/* what it shrinks to at the least */
#define TCP_FLIGHT_SEG 1400u		/* netdev.rx_flight in bytes: no segment is so short that one more fits in */
#define TCP_LOSSES_MAX 8u		/* each loss doubles the patience before it grows again */
#define TCP_WND_SCALE 7u		/* ours: up to 8 MiB in steps of 128 bytes */
#define TCP_MSS_DEFAULT 536u		/* RFC 9293 3.7.1 */
#define TCP_MSS_MIN 88u			/* against peers that ask for crumbs */
#define TCP_TS_LEN 12u			/* the timestamp option, padded */

/* Microseconds. */
#define TCP_RTO_INITIAL 1000000u	/* RFC 6298 2.1 */
#define TCP_RTO_MIN 250000u		/* RFC 6298 2.4 says 1 s; all big stacks go lower, and we wait for answers */
#define TCP_RTO_MAX 60000000u		/* RFC 6298 2.5 */
#define TCP_GIVE_UP 100000000u		/* no progress for so long: RFC 1122 4.2.3.5, R2 */
#define TCP_SYN_GIVE_UP 60000000u	/* for a connect */
#define TCP_SYN_RCVD_LIFE 30000000u	/* for a passive open */
#define TCP_COOKIE_TURN 64000000u	/* a cookie holds in the turn in which it was made, and in the next */
#define TCP_STRANGER 60000000u		/* so long whoever has connected to us is one: longer than a log-in may take */
#define TCP_ORPHAN_LIFE 60000000u	/* after close */
#define TCP_2MSL 60000000u
#define TCP_DELACK 20000u		/* for a lone segment; RFC 9293 3.8.6.3 allows 500 ms */
#define TCP_KEEP_INTERVAL_S 10u		/* between probes, at the most */
#define TCP_KEEP_PROBES 6u
#define TCP_PAWS_VALID (24u * 86400u * UINT64_C(1000000))	/* RFC 7323 5.5 */
#define TCP_CHALLENGES 100u		/* a second, for each connection (RFC 5961 7) */
#define TCP_QUICK_ACKS 8u		/* ACKs sent at once in a batch, when the peer has SACK; then one at its end */

struct net;
struct netdev;
struct ip_rx;
struct sock;

enum tcp_conn_state {
	TCP_CLOSED,		/* done; a socket may still read what came, or the error */
	TCP_SYN_SENT, TCP_SYN_RCVD, TCP_ESTABLISHED, TCP_CLOSE_WAIT,
	TCP_FIN_WAIT_1, TCP_FIN_WAIT_2, TCP_CLOSING, TCP_LAST_ACK
};

struct tcp_conn {
	struct tcp_conn *next;
	struct net_addr local, remote;
	uint16_t local_port, remote_port;
	struct netdev *dev;		/* on its path when it began: what that bears is what it may ask for */
	enum tcp_conn_state state;
	int sock;			/* its socket, or -1 */
	int listener;			/* the socket that will accept it, or -1 */
	int error, soft_error;		/* 0 or -E; soft: only told when the connection times out */
	struct sock_opts opts;		/* its socket's */
	uint64_t born_us, heard_us;	/* heard: the last good segment */
	uint64_t ours_at;		/* before, what we send is an answer to a stranger (ip_path.answer) */
	uint64_t die_at;		/* when it is reset, NET_NEVER */

	/* options agreed upon */
	bool ts_ok, sack_ok;
	uint8_t snd_scale, rcv_scale;
	uint32_t ts_offset;		/* added to the millisecond clock */
	uint32_t ts_recent;
	uint64_t ts_recent_us;		/* when it came */

	/* sending; names as in RFC 9293 3.3.1 */
	uint32_t iss, snd_una, snd_nxt, snd_max, snd_wnd, snd_wl1, snd_wl2, snd_wnd_max;
	uint16_t mss;			/* the largest payload: the peer's MSS or the path's, less our timestamps */
	uint8_t *snd_buf;		/* ring of TCP_SEND_RING bytes: data from snd_una on */
	uint32_t snd_head, snd_len;
	bool fin_queued, fin_acked;	/* the user has shut down: FIN follows the data */
	uint32_t cwnd, ssthresh, recover, dup_acks;
	bool recovering;
	uint32_t retransmitted;		/* in recovery: holes below it have been sent again */
	struct ranges sacked;
	uint32_t srtt8, rttvar4, rto;	/* microseconds, scaled by 8 and 4 */
	uint32_t backoff;		/* doublings of rto */
	bool timing;			/* without timestamps: a segment's round trip is measured */
	uint32_t timed_seq;
	uint64_t timed_us;
	uint64_t rexmt_at;		/* retransmission or window probe, NET_NEVER */
	uint64_t progress_us;		/* when something was last acknowledged */
	uint64_t keep_at;
	uint32_t keep_tries;
	struct net_rate challenges;	/* its own: a common one would tell others about it (CVE-2016-5696) */

	/* receiving */
	uint32_t irs, rcv_nxt;
	uint32_t rcv_adv;		/* right edge of the window as last told */
	uint32_t last_ack;		/* last acknowledgement sent */
	uint16_t rcv_mss;		/* the MSS we offer */
	uint32_t seg_max;		/* the largest segment seen */
	uint8_t *ring;
	uint32_t ring_len, ring_head, ring_used;	/* used: contiguous, not yet read */
	uint8_t *sink;			/* NULL: none */
	size_t sink_len, sink_done;
	bool sink_full;			/* not yet told to the user */
	struct ranges held;
	bool fin_held, fin_rcvd;	/* FIN seen at fin_seq; reached */
	uint32_t fin_seq;
	uint32_t wnd_max, wnd_good;	/* largest window now; bytes since it changed or something was lost */
	uint32_t rtt_start, rtt_len;	/* the present round trip's first byte, and what came in the one before */
	uint64_t rtt_start_us;
	uint32_t rtt_min_us;		/* the shortest, that of the idle path; UINT32_MAX: none measured yet */
	uint32_t losses;		/* reasons to be patient before it grows, to TCP_LOSSES_MAX */
	uint32_t round_start, round_end, round_lost;	/* the present round, and bytes lost in it: tcp_window.c */
	uint32_t past_len, past_lost;	/* of the rounds before, the older the less */
	bool ack_now, ack_pending;
	uint32_t quick;			/* ACKs sent in this batch */
	uint64_t delack_at;		/* NET_NEVER */
};

/* What is left of a connection in TIME-WAIT. */
struct tcp_time_wait {
	bool used, ts_ok;
	struct net_addr local, remote;
	uint16_t local_port, remote_port;
	uint32_t snd_nxt, rcv_nxt;
	uint32_t ts_recent, ts_offset;
	uint64_t expires_us;
};

struct tcp_state {
	struct tcp_conn *conns;		/* the latest used first */
	uint64_t cookies_until;		/* so long one of the cookies sent may hold */
	struct tcp_time_wait time_wait[TCP_TIME_WAITS];
};

/* A received segment, taken apart.  data lies in the frame. */
struct tcp_seg {
	const struct net_addr *src, *dst;
	uint16_t src_port, dst_port;
	uint32_t seq, ack, wnd;		/* wnd as in the header */
	uint8_t flags;
	const uint8_t *data;
	uint32_t len;			/* of data */
	bool has_ts, has_sack_ok, has_scale;
	uint8_t scale, sack_count;
	uint16_t mss;			/* 0: none */
	uint32_t tsval, tsecr;
	struct range sack[4];
};

/* ---- tcp.c ---- */
/* A connection by way of dev, its buffers (ring_len halved until memory suffices), in TCP_CLOSED, listed: or NULL. */
struct tcp_conn *tcp_conn_new(struct net *n, struct netdev *dev, uint32_t ring_len);
/* Chooses ISS and timestamp offset; needs addresses and ports.  min: a sequence number it must lie behind, or 0. */
void tcp_conn_start(struct net *n, struct tcp_conn *c, uint32_t min);
/* Ends c with error (0 or -E) towards its user; frees it when it has none. */
void tcp_conn_end(struct net *n, struct tcp_conn *c, int error);
/* Both sides are done: leaves a TIME-WAIT entry and ends c. */
void tcp_conn_time_wait(struct net *n, struct tcp_conn *c);
/* RST to the peer, then tcp_conn_end. */
void tcp_conn_abort(struct net *n, struct tcp_conn *c, int error);
/* The user lets go of c: FIN, or RST when `reset` or when data was left unread. */
void tcp_conn_close(struct net *n, struct tcp_conn *c, bool reset);
void tcp_conn_shutdown(struct net *n, struct tcp_conn *c);
/* Active open: -EINPROGRESS or -E; s->conn is set. */
int tcp_connect(struct net *n, struct sock *s);
struct tcp_time_wait *tcp_time_wait_find(struct net *n, const struct net_addr *local, uint16_t local_port,
					 const struct net_addr *remote,
					 uint16_t remote_port);
const char *tcp_state_name(enum tcp_conn_state s);
/* An ICMP error about a segment of ours: true if a connection took it. */
bool tcp_error(struct net *n, const struct net_addr *local, uint16_t local_port, const struct net_addr *remote,
	       uint16_t remote_port,
	       uint32_t seq, int err, uint16_t mtu);
/* The address a is no longer ours. */
void tcp_address_gone(struct net *n, const struct net_addr *a);
void tcp_destroy(struct net *n);

/* ---- tcp_input.c ---- */
void tcp_input(struct net *n, const struct ip_rx *rx);
/* Sets the largest payload for packets of mss bytes of payload and options. */
void tcp_set_mss(struct tcp_conn *c, uint32_t mss);
/* What the SYN in g says about options, and the receive side's start. */
void tcp_take_syn(struct net *n, struct tcp_conn *c, const struct tcp_seg *g);

/* ---- tcp_options.c ---- */
/* Options of the segment in g (RFC 9293 3.1, 7323, 2018); false: some were malformed and all from there on ignored. */
bool tcp_options_parse(const uint8_t *p, size_t len, struct tcp_seg *g);
/* Writes the options of a segment with `flags`, at most 40 bytes: their length, a multiple of 4. */
size_t tcp_put_timestamp(const struct net *n, uint32_t offset, uint32_t recent, uint8_t *p);
size_t tcp_options_write(const struct net *n, const struct tcp_conn *c, uint8_t flags, uint8_t *p);

/* ---- tcp_listen.c ---- */
/* A segment for which there is no connection: or there is one now, in SYN_RCVD, to which g is to be given. */
struct tcp_conn *tcp_listen_input(struct net *n, const struct tcp_seg *g, uint32_t min_iss);
/* c's handshake is done. */
void tcp_listen_done(struct net *n, struct tcp_conn *c);
/* The oldest connection that waits for accept on s, or NULL. */
struct tcp_conn *tcp_accept(const struct net *n, int s);
/* s stops listening: resets what it has not accepted. */
void tcp_listen_close(struct net *n, int s);

/* ---- tcp_cookie.c ---- */
/* The sequence number with which to answer the SYN in g, so that nothing need be remembered of it. */
uint32_t tcp_cookie(const struct net *n, const struct tcp_seg *g);
/* Whether g acknowledges one that still holds; *syn is then the SYN as far as it matters. */
bool tcp_cookie_holds(const struct net *n, const struct tcp_seg *g, struct tcp_seg *syn);

/* ---- tcp_ack.c ---- */
/* An acceptable ACK: new data acknowledged, window, round trip, loss recovery. */
void tcp_ack_input(struct net *n, struct tcp_conn *c, const struct tcp_seg *g);
/* An RTO has passed: everything not SACKed counts as lost. */
void tcp_ack_rto(struct net *n, struct tcp_conn *c);
void tcp_rtt_sample(struct tcp_conn *c, uint32_t rtt_us);

/* ---- tcp_recv.c ---- */
/* Takes the data and the FIN of an acceptable segment. */
void tcp_recv_data(struct net *n, struct tcp_conn *c, const struct tcp_seg *g);
/* The window to tell now, bytes that are a multiple of 1 << scale; moves rcv_adv. */
uint32_t tcp_recv_window(struct tcp_conn *c, uint8_t scale);
/* Bytes, or 0: nothing to read. */
size_t tcp_recv_read(struct net *n, struct tcp_conn *c, void *buf, size_t len);
/* Copies what tcp_recv_read would give. */
size_t tcp_recv_peek(const struct tcp_conn *c, void *buf, size_t len);
int tcp_recv_sink(struct net *n, struct tcp_conn *c, void *base, size_t len);

/* ---- tcp_window.c ---- */
/* From what c->dev bears, and what connections by way of it have learnt. */
void tcp_window_init(struct tcp_conn *c);
/* len bytes came in order (and rcv_nxt has moved over them). */
void tcp_window_good(const struct net *n, struct tcp_conn *c, uint32_t len);
/* A hole of len bytes has appeared; first: there was none before. */
void tcp_window_hole(struct tcp_conn *c, uint32_t len, bool first);

/* ---- tcp_output.c ---- */
/* Sends what may be sent; an ACK if one is due now and nothing else went. */
void tcp_output(struct net *n, struct tcp_conn *c);
/* One segment without data: SYN, SYN+ACK, ACK, a probe. */
void tcp_send_flags(struct net *n, struct tcp_conn *c, uint32_t seq, uint8_t flags);
/*
 * One segment of at most len bytes at seq from the send ring, FIN
 * after the last if it is queued: bytes of sequence space.
 */
uint32_t tcp_send_data(struct net *n, struct tcp_conn *c, uint32_t seq, uint32_t len);
/* RST in answer to g, which belongs to no connection (RFC 9293 3.5.2), within the rate bound. */
void tcp_send_reset(struct net *n, const struct tcp_seg *g);
/* An ACK that answers something suspicious, within the rate bound (RFC 5961). */
void tcp_send_challenge(struct net *n, struct tcp_conn *c);
/* ACK of a connection in TIME-WAIT. */
void tcp_send_time_wait_ack(struct net *n, const struct tcp_time_wait *tw);
/* Copies user data into the send ring: bytes taken. */
size_t tcp_send_put(struct tcp_conn *c, const void *buf, size_t len);

/* ---- tcp_timer.c ---- */
/* End of a batch: ACKs due, timers. */
void tcp_poll(struct net *n);
uint64_t tcp_next_timer(const struct net *n);
/* dev has a link again: what is not acknowledged by way of it is sent at once, and waits begin anew. */
void tcp_link_up(struct net *n, const struct netdev *dev);
/* (Re)starts or stops the retransmission timer as what is in flight demands. */
void tcp_timer_arm(struct net *n, struct tcp_conn *c);

/* States in which segments are exchanged with synchronised numbers. */
static inline bool tcp_synced(const struct tcp_conn *c)
{
	return c->state >= TCP_ESTABLISHED;
}

/* States in which the user may still send. */
static inline bool tcp_can_send(const struct tcp_conn *c)
{
	return c->state == TCP_ESTABLISHED || c->state == TCP_CLOSE_WAIT;
}

#endif
