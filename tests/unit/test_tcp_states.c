/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP's states against a scripted peer: opening from either side and from
 * both, closing in every order, TIME-WAIT, listening under a flood, and
 * running out of memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "tests/unit/tcp_peer_want.h"

static int setup(void **state)
{
	(void)state;
	peer_init(13);
	return 0;
}

static enum tcp_conn_state state_now(void)
{
	assert_non_null(NET->tcp.conns);
	return NET->tcp.conns->state;
}

/* The stack's SYN goes out; nothing has been answered yet. */
static void start_connect(void)
{
	struct caught c;
	P.s = sock_open(NET, SOCK_TCP);
	assert_int_equal(sock_connect(NET, P.s, V4(HOST_IP(1)), PEER_PORT), -EINPROGRESS);
	peer_answer_arp();
	c = want();
	assert_int_equal(c.flags, TCP_SYN);
	P.port = c.src_port;
	P.irs = c.seq;
	P.snd = P.iss + 1;
}

static void active_open(void **state)
{
	struct net_addr ip;
	uint16_t port;
	(void)state;
	start_connect();
	assert_int_equal(sock_events(NET, P.s), 0);
	assert_int_equal(sock_connect(NET, P.s, V4(HOST_IP(1)), PEER_PORT), -EALREADY);
	assert_int_equal(sock_send(NET, P.s, "x", 1), -EAGAIN);
	peer_send(P.iss, P.irs + 1, TCP_SYN | TCP_ACK, NULL, 0);
	assert_int_equal(want().flags, TCP_ACK);
	assert_int_equal(sock_events(NET, P.s), SOCK_OUT);
	assert_int_equal(sock_connect(NET, P.s, V4(HOST_IP(1)), PEER_PORT), -EISCONN);
	assert_int_equal(sock_getsockname(NET, P.s, &ip, &port), 0);
	assert_int_equal(ip.v4, HOST_IP(0));
	assert_int_equal(port, P.port);
	assert_int_equal(sock_getpeername(NET, P.s, &ip, &port), 0);
	assert_int_equal(ip.v4, HOST_IP(1));
	assert_int_equal(port, PEER_PORT);
}

static void refused(void **state)
{
	(void)state;
	start_connect();
	peer_send(0, P.irs + 7, TCP_RST | TCP_ACK, NULL, 0);		/* not about our SYN */
	peer_send(0, 0, TCP_RST, NULL, 0);
	assert_int_equal(sock_error(NET, P.s), 0);
	peer_send(0, P.irs + 1, TCP_RST | TCP_ACK, NULL, 0);
	assert_int_equal(sock_error(NET, P.s), -ECONNREFUSED);
	assert_int_equal(sock_recv(NET, P.s, NULL, 0), 0);
	assert_int_equal(sock_connect(NET, P.s, V4(HOST_IP(1)), PEER_PORT), -ECONNREFUSED);
}

static void nobody_answers(void **state)
{
	struct caught c;
	uint64_t at[16] = { P.w.now_us };
	unsigned n = 1;
	(void)state;
	start_connect();
	peer_run(100000000);
	while (peer_next(&c)) {
		assert_int_equal(c.flags, TCP_SYN);
		assert_int_equal(c.seq, P.irs);
		at[n++] = c.at_us;
	}
	assert_in_range(n, 5, 8);
	for (unsigned i = 2; i < n; i++)
		assert_true(at[i] - at[i - 1] >= 2 * (at[i - 1] - at[i - 2]));
	assert_int_equal(sock_error(NET, P.s), -ETIMEDOUT);
	assert_true(sock_events(NET, P.s) & SOCK_ERR);
}

/* An old incarnation answers our SYN: RFC 9293 3.5, figure 10. */
static void half_open_peer(void **state)
{
	struct caught c;
	(void)state;
	start_connect();
	peer_send(P.iss, P.irs - 500, TCP_ACK, NULL, 0);
	c = want();
	assert_int_equal(c.flags, TCP_RST);
	assert_int_equal(c.seq, P.irs - 500);
	peer_send(P.iss, P.irs - 500, TCP_SYN | TCP_ACK, NULL, 0);
	assert_int_equal(want().flags, TCP_RST);
	peer_send(P.iss, P.irs + 1, TCP_SYN | TCP_ACK, NULL, 0);
	assert_int_equal(state_now(), TCP_ESTABLISHED);
}

static void simultaneous_open(void **state)
{
	struct caught c;
	(void)state;
	start_connect();
	peer_send(P.iss, 0, TCP_SYN, NULL, 0);
	c = want();
	assert_int_equal(c.flags, TCP_SYN | TCP_ACK);
	assert_int_equal(c.seq, P.irs);
	assert_int_equal(c.ack, P.iss + 1);
	assert_int_equal(state_now(), TCP_SYN_RCVD);
	peer_run(1500000);
	assert_int_equal(want().flags, TCP_SYN | TCP_ACK);		/* again */
	peer_send(P.iss, P.irs + 1, TCP_SYN | TCP_ACK, NULL, 0);
	assert_int_equal(state_now(), TCP_ESTABLISHED);
	assert_int_equal(NET->tcp.conns->snd_wnd, 0xff80);		/* 16 bits, whatever the scale is to be */
	peer_send(P.iss + 1, P.irs + 1, TCP_ACK, "hello", 5);
	assert_true(sock_events(NET, P.s) & SOCK_IN);
}

/* data and FIN of the peer first, then ours: CLOSE_WAIT, LAST_ACK. */
static void peer_closes_first(void **state)
{
	struct caught c;
	uint8_t b[8];
	(void)state;
	peer_connect_to_us(0);
	peer_send(P.iss + 1, P.irs + 1, TCP_ACK | TCP_FIN, "bye", 3);
	assert_int_equal(want().ack, P.iss + 5);
	assert_int_equal(state_now(), TCP_CLOSE_WAIT);
	assert_int_equal(sock_recv(NET, P.s, b, 8), 3);
	assert_int_equal(sock_recv(NET, P.s, b, 8), 0);
	assert_int_equal(sock_send(NET, P.s, "still", 5), 5);
	c = want();
	assert_int_equal(c.len, 5);
	assert_int_equal(sock_close(NET, P.s), 0);
	c = want();
	assert_true(c.flags & TCP_FIN);
	assert_int_equal(c.seq, P.irs + 6);
	assert_int_equal(state_now(), TCP_LAST_ACK);
	peer_send(P.iss + 5, P.irs + 6, TCP_ACK, NULL, 0);
	assert_int_equal(state_now(), TCP_LAST_ACK);
	peer_send(P.iss + 5, P.irs + 7, TCP_ACK, NULL, 0);
	assert_null(NET->tcp.conns);
	assert_null(tcp_time_wait_find(NET, V4(HOST_IP(0)), P.port, V4(HOST_IP(1)), PEER_PORT));
}

/* Ours first: FIN_WAIT_1, FIN_WAIT_2 with data still coming, TIME_WAIT. */
static void we_close_first(void **state)
{
	uint8_t b[8];
	(void)state;
	peer_connect_to_us(0);
	assert_int_equal(sock_shutdown(NET, P.s), 0);
	assert_true(want().flags & TCP_FIN);
	assert_int_equal(sock_send(NET, P.s, "x", 1), -EPIPE);
	assert_int_equal(state_now(), TCP_FIN_WAIT_1);
	peer_send(P.iss + 1, P.irs + 2, TCP_ACK, NULL, 0);
	assert_int_equal(state_now(), TCP_FIN_WAIT_2);
	peer_send(P.iss + 1, P.irs + 2, TCP_ACK, "data", 4);
	assert_int_equal(sock_recv(NET, P.s, b, 8), 4);
	peer_send(P.iss + 5, P.irs + 2, TCP_ACK | TCP_FIN, NULL, 0);
	assert_int_equal(want().ack, P.iss + 6);
	assert_int_equal(sock_recv(NET, P.s, b, 8), 0);
	assert_int_equal(sock_error(NET, P.s), 0);
	assert_non_null(tcp_time_wait_find(NET, V4(HOST_IP(0)), P.port, V4(HOST_IP(1)), PEER_PORT));
	peer_send(P.iss + 5, P.irs + 2, TCP_ACK | TCP_FIN, NULL, 0);	/* our ACK was lost */
	assert_int_equal(want().ack, P.iss + 6);
	assert_int_equal(sock_close(NET, P.s), 0);
	assert_null(NET->tcp.conns);
	P.w.now_us += TCP_2MSL - 1;
	peer_send(P.iss + 5, P.irs + 2, TCP_ACK | TCP_FIN, NULL, 0);	/* starts the time anew */
	assert_int_equal(want().ack, P.iss + 6);
	P.w.now_us += TCP_2MSL - 1;
	peer_answer_arp();
	peer_send(P.iss + 5, P.irs + 2, TCP_ACK | TCP_FIN, NULL, 0);
	assert_int_equal(want().ack, P.iss + 6);
	P.w.now_us += TCP_2MSL + 1;
	peer_send(P.iss + 5, P.irs + 2, TCP_ACK | TCP_FIN, NULL, 0);	/* forgotten by now */
	assert_true(want().flags & TCP_RST);
}

static void simultaneous_close(void **state)
{
	(void)state;
	peer_connect_to_us(0);
	assert_int_equal(sock_close(NET, P.s), 0);
	assert_true(want().flags & TCP_FIN);
	peer_send(P.iss + 1, P.irs + 1, TCP_ACK | TCP_FIN, NULL, 0);	/* crosses ours */
	assert_int_equal(want().ack, P.iss + 2);
	assert_int_equal(state_now(), TCP_CLOSING);
	peer_send(P.iss + 2, P.irs + 2, TCP_ACK, NULL, 0);
	assert_null(NET->tcp.conns);
	assert_non_null(tcp_time_wait_find(NET, V4(HOST_IP(0)), P.port, V4(HOST_IP(1)), PEER_PORT));
}

/* FIN and the ACK of ours in one segment: FIN_WAIT_1 to TIME_WAIT at once. */
static void fin_with_ack_of_fin(void **state)
{
	(void)state;
	peer_connect_to_us(0);
	sock_close(NET, P.s);
	peer_forget();
	peer_send(P.iss + 1, P.irs + 2, TCP_ACK | TCP_FIN, NULL, 0);
	assert_int_equal(want().ack, P.iss + 2);
	assert_null(NET->tcp.conns);
	assert_non_null(tcp_time_wait_find(NET, V4(HOST_IP(0)), P.port, V4(HOST_IP(1)), PEER_PORT));
}

static void fin_is_sent_again(void **state)
{
	struct caught c;
	(void)state;
	peer_connect_to_us(0);
	sock_send(NET, P.s, "last words", 10);
	sock_close(NET, P.s);
	peer_forget();
	peer_run(TCP_RTO_MIN + 1000);
	c = want();
	assert_int_equal(c.seq, P.irs + 1);
	assert_int_equal(c.len, 10);
	assert_true(c.flags & TCP_FIN);
	peer_send(P.iss + 1, P.irs + 12, TCP_ACK | TCP_FIN, NULL, 0);
	assert_null(NET->tcp.conns);
}

/* Peers that never finish do not keep connections for ever. */
static void orphans_die(void **state)
{
	struct caught c, last = { 0 };
	(void)state;
	peer_connect_to_us(0);
	sock_close(NET, P.s);
	peer_send(P.iss + 1, P.irs + 2, TCP_ACK, NULL, 0);
	assert_int_equal(state_now(), TCP_FIN_WAIT_2);
	peer_run(TCP_ORPHAN_LIFE + 1000000);
	while (peer_next(&c))
		last = c;
	assert_true(last.flags & TCP_RST);
	assert_null(NET->tcp.conns);
	for (unsigned i = 0; i < TCP_ORPHANS + 5; i++) {
		peer_connect_to_us(4096);
		sock_close(NET, P.s);
		peer_forget();
		P.w.now_us += 1000;
	}
	unsigned n = 0;
	for (struct tcp_conn *k = NET->tcp.conns; k; k = k->next)
		n++;
	assert_int_equal(n, TCP_ORPHANS);
	peer_run(100000000);
	assert_null(NET->tcp.conns);
}

static void unread_data_makes_close_a_reset(void **state)
{
	(void)state;
	peer_connect_to_us(0);
	peer_send(P.iss + 1, P.irs + 1, TCP_ACK, "unread", 6);
	sock_close(NET, P.s);
	assert_true(want().flags & TCP_RST);
	assert_null(NET->tcp.conns);
}

static void data_after_close_is_reset(void **state)
{
	struct caught c;
	(void)state;
	peer_connect_to_us(0);
	sock_close(NET, P.s);
	c = want();
	assert_true(c.flags & TCP_FIN);
	assert_true(c.wnd > 0);			/* else his FIN could not come */
	peer_send(P.iss + 1, P.irs + 2, TCP_ACK, "more", 4);
	assert_true(want().flags & TCP_RST);
	assert_null(NET->tcp.conns);
	assert_int_equal(NET->count[CNT_tcp_after_close], 1);
}

static void abort_sends_a_reset(void **state)
{
	struct caught c;
	(void)state;
	peer_connect_to_us(0);
	sock_set(NET, P.s, SOCK_OPT_OWNER, 0x1234);
	sock_close_owner(NET, 0x1235);
	nothing_sent();
	sock_close_owner(NET, 0x1234);
	c = want();
	assert_true(c.flags & TCP_RST);
	assert_int_equal(c.seq, P.irs + 1);
	assert_int_equal(sock_events(NET, P.s), SOCK_ERR);
	assert_int_equal(sock_recv(NET, P.s, &c, 1), -EBADF);
	peer_send(P.iss + 1, P.irs + 1, TCP_ACK, "x", 1);
	assert_true(want().flags & TCP_RST);
}

/* ---- listening ---- */

static int listen_on(uint16_t port, int backlog)
{
	int l = sock_open(NET, SOCK_TCP);
	assert_int_equal(sock_bind(NET, l, NULL, port), 0);
	assert_int_equal(sock_listen(NET, l, backlog), 0);
	return l;
}

static void syn_from(uint16_t port, uint32_t seq, uint32_t ack, uint8_t flags, const void *data, size_t len)
{
	peer_segment(port, 23, seq, ack, flags, 1000, NULL, 0, data, len);
}

static void passive_open(void **state)
{
	struct caught c;
	struct net_addr ip;
	uint16_t port;
	uint8_t b[8];
	int l = listen_on(23, 2), s;
	(void)state;
	assert_int_equal(sock_accept(NET, l, NULL, NULL), -EAGAIN);
	syn_from(5000, 100, 0, TCP_SYN, NULL, 0);
	peer_answer_arp();
	c = want();
	assert_int_equal(c.flags, TCP_SYN | TCP_ACK);
	assert_int_equal(c.ack, 101);
	assert_false(c.opt.has_ts || c.opt.has_scale || c.opt.has_sack_ok);	/* not offered, not used */
	assert_int_equal(c.wnd, TCP_RING_PASSIVE);
	assert_int_equal(sock_events(NET, l), 0);
	syn_from(5000, 100, 0, TCP_SYN, NULL, 0);			/* our answer was lost */
	assert_int_equal(want().flags, TCP_SYN | TCP_ACK);
	syn_from(5000, 101, c.seq + 9, TCP_ACK, NULL, 0);		/* not ours to acknowledge */
	assert_true(want().flags & TCP_RST);
	syn_from(5000, 101, c.seq + 1, TCP_ACK, "login", 5);		/* data before accept */
	assert_int_equal(sock_events(NET, l), SOCK_IN);
	s = sock_accept(NET, l, &ip, &port);
	assert_true(s >= 0 && s != l);
	assert_int_equal(ip.v4, HOST_IP(1));
	assert_int_equal(port, 5000);
	assert_int_equal(sock_recv(NET, s, b, 8), 5);
	assert_memory_equal(b, "login", 5);
	assert_int_equal(sock_events(NET, l), 0);
	syn_from(5001, 100, 7, TCP_ACK, NULL, 0);
	peer_forget();
	syn_from(5001, 100, 0, TCP_SYN | TCP_RST, NULL, 0);
	nothing_sent();
	assert_int_equal(sock_bind(NET, sock_open(NET, SOCK_TCP), NULL, 23), -EADDRINUSE);
	sock_close(NET, l);
	l = listen_on(23, 1);			/* the accepted one does not stand in the way */
	assert_true(l >= 0);
}

static void reset_before_accept(void **state)
{
	int l = listen_on(23, 2);
	struct caught c;
	(void)state;
	syn_from(5000, 100, 0, TCP_SYN, NULL, 0);
	peer_answer_arp();
	c = want();
	syn_from(5000, 101, c.seq + 1, TCP_ACK, NULL, 0);
	assert_int_equal(sock_events(NET, l), SOCK_IN);
	syn_from(5000, 101, c.seq + 1, TCP_RST, NULL, 0);
	assert_int_equal(sock_accept(NET, l, NULL, NULL), -EAGAIN);
	assert_null(NET->tcp.conns);
}

static void gone_before_accept(void **state)
{
	int l = listen_on(23, 2), s;
	struct caught c;
	uint8_t b[8];
	(void)state;
	syn_from(5000, 100, 0, TCP_SYN, NULL, 0);
	peer_answer_arp();
	c = want();
	syn_from(5000, 101, c.seq + 1, TCP_ACK | TCP_FIN, "hi", 2);
	s = sock_accept(NET, l, NULL, NULL);
	assert_true(s >= 0);
	assert_int_equal(sock_recv(NET, s, b, 8), 2);
	assert_int_equal(sock_recv(NET, s, b, 8), 0);
}

/* A flood takes bounded memory, and an honest client gets in meanwhile, as far as accept goes on. */
static void syn_flood(void **state)
{
	int l = listen_on(23, 4);
	struct caught c;
	size_t most = 0;
	(void)state;
	syn_from(1, 100, 0, TCP_SYN, NULL, 0);
	peer_answer_arp();
	for (uint16_t p = 2; p < 20000; p++) {
		syn_from(p, 100, 0, TCP_SYN, NULL, 0);
		if (P.w.host[0].alloc_bytes > most)
			most = P.w.host[0].alloc_bytes;
		P.w.now_us += 100;		/* 10,000 a second */
		peer_forget();
	}
	assert_true(most < 4 * (TCP_RING_PASSIVE + TCP_SEND_RING + 4096));
	assert_in_range(NET->count[CNT_tcp_cookie_out], 9990, 15000);	/* 5,000 a second */
	assert_in_range(NET->count[CNT_tcp_syn_dropped], 4990, 10000);
	P.w.now_us += 1000000;
	for (uint16_t p = 30000; p < 30004; p++) {
		peer_forget();			/* SYN+ACKs sent again to the flood */
		syn_from(p, 100, 0, TCP_SYN, NULL, 0);
		do
			c = want();
		while (c.dst_port != p);
		syn_from(p, 101, c.seq + 1, TCP_ACK, NULL, 0);
		assert_int_equal(sock_events(NET, l), SOCK_IN);
	}
	assert_int_equal(NET->count[CNT_tcp_cookie_in], 4);
	peer_forget();
	syn_from(30009, 100, 0, TCP_SYN, NULL, 0);	/* accept is too slow */
	while (peer_next(&c))
		assert_int_not_equal(c.dst_port, 30009);
	for (int i = 0; i < 4; i++)
		assert_true(sock_accept(NET, l, NULL, NULL) >= 0);
	assert_int_equal(sock_accept(NET, l, NULL, NULL), -EAGAIN);
	peer_run(40000000);
	peer_forget();
	syn_from(30010, 100, 0, TCP_SYN, NULL, 0);
	assert_int_equal(want().flags, TCP_SYN | TCP_ACK);
	peer_run(2000000);
	assert_int_equal(want().flags, TCP_SYN | TCP_ACK);	/* there is a place again: it is remembered */
}

static void closing_a_listener(void **state)
{
	int l = listen_on(23, 4);
	struct caught c;
	(void)state;
	syn_from(5000, 100, 0, TCP_SYN, NULL, 0);
	peer_answer_arp();
	c = want();
	syn_from(5000, 101, c.seq + 1, TCP_ACK, NULL, 0);
	syn_from(5001, 100, 0, TCP_SYN, NULL, 0);
	peer_forget();
	sock_close(NET, l);
	assert_true(want().flags & TCP_RST);
	assert_true(want().flags & TCP_RST);
	assert_null(NET->tcp.conns);
	syn_from(5002, 100, 0, TCP_SYN, NULL, 0);
	c = want();
	assert_int_equal(c.flags, TCP_RST | TCP_ACK);
	assert_int_equal(c.ack, 101);
}

/* TIME-WAIT: a new SYN with later numbers is a new connection (RFC 6191). */
static void time_wait_does_not_block(void **state)
{
	int l = listen_on(23, 4), s;
	struct caught c;
	uint32_t end;
	(void)state;
	syn_from(5000, 100, 0, TCP_SYN, NULL, 0);
	peer_answer_arp();
	c = want();
	syn_from(5000, 101, c.seq + 1, TCP_ACK, NULL, 0);
	s = sock_accept(NET, l, NULL, NULL);
	sock_close(NET, s);
	peer_forget();
	end = c.seq + 2;
	syn_from(5000, 101, end, TCP_ACK | TCP_FIN, NULL, 0);
	assert_int_equal(want().ack, 102);
	assert_non_null(tcp_time_wait_find(NET, V4(HOST_IP(0)), 23, V4(HOST_IP(1)), 5000));
	syn_from(5000, 50, 0, TCP_SYN, NULL, 0);			/* an old duplicate */
	assert_int_equal(want().flags, TCP_ACK);
	syn_from(5000, 102, 0, TCP_RST, NULL, 0);
	assert_null(tcp_time_wait_find(NET, V4(HOST_IP(0)), 23, V4(HOST_IP(1)), 5000));
	syn_from(5000, 50, 0, TCP_SYN, NULL, 0);
	assert_int_equal(want().flags, TCP_SYN | TCP_ACK);
}

/* Each connection that has ended has a place of its own; when all are taken the one that ends first gives way. */
static void time_waits_stand_side_by_side(void **state)
{
	uint16_t port[TCP_TIME_WAITS + 1];
	(void)state;
	for (unsigned i = 0; i <= TCP_TIME_WAITS; i++) {
		peer_connect_to_us(0);
		port[i] = P.port;
		sock_close(NET, P.s);
		want();
		peer_send(P.snd, P.irs + 2, TCP_FIN | TCP_ACK, NULL, 0);
		want();
		P.w.now_us += 1000;
		for (unsigned k = 0; k <= i; k++)
			assert_int_equal(!tcp_time_wait_find(NET, V4(HOST_IP(0)), port[k], V4(HOST_IP(1)), PEER_PORT),
					 i == TCP_TIME_WAITS && k == 0);
	}
}

static void time_wait_is_reused(void **state)
{
	int l = listen_on(23, 4);
	struct caught c;
	uint32_t last = 0, seq = 100;
	(void)state;
	for (int i = 0; i < 100; i++) {
		syn_from(5000, seq, 0, TCP_SYN, NULL, 0);
		peer_answer_arp();
		c = want();
		assert_int_equal(c.flags, TCP_SYN | TCP_ACK);
		if (i)
			assert_true(seq_lt(last, c.seq));
		syn_from(5000, seq + 1, c.seq + 1, TCP_ACK, NULL, 0);
		sock_close(NET, sock_accept(NET, l, NULL, NULL));
		peer_forget();
		last = c.seq + 2;
		syn_from(5000, seq + 1, last, TCP_ACK | TCP_FIN, NULL, 0);
		peer_forget();
		assert_int_equal(NET->tcp.conns == NULL, 1);
		seq += 5;
		P.w.now_us += 50000;
	}
}

/* The same port again while its last connection is in TIME-WAIT; and more of them than are remembered. */
static void many_connections(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++) {
		struct caught c;
		P.s = sock_open(NET, SOCK_TCP);
		if (i % 2)
			assert_int_equal(sock_bind(NET, P.s, NULL, 4000), 0);
		assert_int_equal(sock_connect(NET, P.s, V4(HOST_IP(1)), PEER_PORT), -EINPROGRESS);
		peer_answer_arp();
		c = want();
		P.port = c.src_port;
		P.irs = c.seq;
		peer_send(P.iss, P.irs + 1, TCP_SYN | TCP_ACK, NULL, 0);
		sock_close(NET, P.s);
		peer_forget();
		peer_send(P.iss + 1, P.irs + 2, TCP_ACK | TCP_FIN, NULL, 0);
		peer_forget();
		assert_null(NET->tcp.conns);
	}
}

static void memory_runs_out(void **state)
{
	struct host *h = &P.w.host[0];
	int s = sock_open(NET, SOCK_TCP), l = listen_on(23, 4);
	(void)state;
	h->alloc_limit = h->alloc_bytes + 3000;
	assert_int_equal(sock_connect(NET, s, V4(HOST_IP(1)), PEER_PORT), -ENOMEM);
	syn_from(5000, 100, 0, TCP_SYN, NULL, 0);
	nothing_sent();
	assert_int_equal(sock_accept(NET, l, NULL, NULL), -EAGAIN);
	assert_true(NET->count[CNT_mem_failed] >= 2);
	h->alloc_limit = h->alloc_bytes + 100000;
	assert_int_equal(sock_connect(NET, s, V4(HOST_IP(1)), PEER_PORT), -EINPROGRESS);
	assert_int_equal(NET->tcp.conns->ring_len, 65536);	/* what there was */
	sock_close(NET, s);
}

/* Both open at once, and we close before that is through: what nobody owns still has an end. */
static void closed_while_opening(void **state)
{
	struct caught c;
	(void)state;
	start_connect();
	peer_send(P.iss, 0, TCP_SYN, NULL, 0);
	assert_int_equal(want().flags, TCP_SYN | TCP_ACK);
	assert_int_equal(sock_close(NET, P.s), 0);
	peer_send(P.iss + 1, P.irs + 1, TCP_ACK, NULL, 0);
	while (peer_next(&c) && !(c.flags & TCP_FIN))
		;
	assert_true(c.flags & TCP_FIN);
	peer_send(P.iss + 1, P.irs + 2, TCP_ACK, NULL, 0);	/* and never closes */
	assert_non_null(NET->tcp.conns);
	peer_run(TCP_ORPHAN_LIFE + 1000000);
	assert_null(NET->tcp.conns);
	peer_forget();
}

/* Of all sockets of any kind, on any address and port: the one that listens there, and rather on this address alone. */
static void the_listener_is_found(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		int socks[6], any = -1, own = -1;
		struct caught c;
		for (unsigned i = 0; i < 6; i++) {
			uint32_t r = wire_random(&P.w);
			bool tcp = r & 7, listens = r & 8, here = r & 16;
			uint16_t port = r & 32 ? 23 : 24;
			socks[i] = sock_open(NET, tcp ? SOCK_TCP : SOCK_UDP);
			if (sock_bind(NET, socks[i], here ? V4(HOST_IP(0)) : NULL, port) < 0)
				sock_bind(NET, socks[i], NULL, 0);
			else if (tcp && listens && port == 23)
				*(here ? &own : &any) = socks[i];
			if (tcp && listens)
				assert_int_equal(sock_listen(NET, socks[i], 1), 0);
		}
		P.w.now_us += 1000000;
		syn_from(5000, 100 + round, 0, TCP_SYN, NULL, 0);
		peer_answer_arp();
		c = want();
		if (own < 0)
			own = any;
		assert_int_equal(c.flags, own < 0 ? TCP_RST | TCP_ACK : TCP_SYN | TCP_ACK);
		if (own >= 0)
			assert_int_equal(NET->tcp.conns->listener, own);
		else
			assert_null(NET->tcp.conns);
		for (unsigned i = 0; i < 6; i++)
			sock_close(NET, socks[i]);
		peer_forget();
		assert_null(NET->tcp.conns);
	}
}

/* The ring is halved until it fits, down to the least. */
static void rings_are_as_big_as_memory(void **state)
{
	struct host *h = &P.w.host[0];
	const size_t else_taken = sizeof(struct tcp_conn) + TCP_SEND_RING;
	(void)state;
	for (size_t ring = TCP_RING_DEFAULT; ring >= TCP_RING_MIN / 2; ring /= 2)
		for (size_t more = 0; more < 2; more++) {
			size_t room = else_taken + ring - 1 + more, fits = more ? ring : ring / 2;
			int s = sock_open(NET, SOCK_TCP);
			bool can = fits >= TCP_RING_MIN;
			h->alloc_limit = h->alloc_bytes + room;
			assert_int_equal(sock_connect(NET, s, V4(HOST_IP(1)), PEER_PORT), can ? -EINPROGRESS : -ENOMEM);
			if (can)
				assert_int_equal(NET->tcp.conns->ring_len, fits);
			h->alloc_limit = 0;
			sock_close(NET, s);
			assert_null(NET->tcp.conns);
		}
	/* and no smaller one is made than that, whoever asks for it */
	for (uint32_t asked = 1; asked <= TCP_RING_MIN + 1; asked += TCP_RING_MIN / 4) {
		int s = sock_open(NET, SOCK_TCP);
		sock_set(NET, s, SOCK_OPT_RCVBUF, asked);
		assert_int_equal(sock_connect(NET, s, V4(HOST_IP(1)), PEER_PORT), -EINPROGRESS);
		assert_int_equal(NET->tcp.conns->ring_len, asked < TCP_RING_MIN ? TCP_RING_MIN : asked);
		sock_close(NET, s);
	}
}

static void our_address_goes(void **state)
{
	(void)state;
	peer_connect_to_us(0);
	assert_int_equal(link_configure(NET, link_get(NET, 0), V4(0x0a000063), 24), 0);
	assert_int_equal(sock_error(NET, P.s), -EADDRNOTAVAIL);
	assert_int_equal(sock_recv(NET, P.s, NULL, 0), 0);
}

/* RFC 6528: numbers differ between connections and move on with time for the same one. */
static void initial_numbers(void **state)
{
	struct tcp_conn a = { .local = net_addr_v4(1), .remote = net_addr_v4(2), .local_port = 3,
			      .remote_port = 4 }, b = a, c = a;
	(void)state;
	b.remote_port = 5;
	NET->now_us = 1000000;
	tcp_conn_start(NET, &a, 0);
	tcp_conn_start(NET, &b, 0);
	NET->now_us += 4000;
	tcp_conn_start(NET, &c, 0);
	assert_int_equal(c.iss - a.iss, 1000);
	assert_int_not_equal(a.iss, b.iss);
	assert_int_not_equal(a.ts_offset, b.ts_offset);
	tcp_conn_start(NET, &c, a.iss + 5000000);
	assert_int_equal(c.iss, a.iss + 5000000 + 0x10000);	/* behind all that the connection before had sent */
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, peer_teardown)
	const struct CMUnitTest tests[] = {
		T(active_open), T(refused), T(nobody_answers), T(half_open_peer), T(simultaneous_open),
		T(peer_closes_first),
		T(we_close_first), T(simultaneous_close), T(fin_with_ack_of_fin), T(fin_is_sent_again), T(orphans_die),
		T(unread_data_makes_close_a_reset), T(data_after_close_is_reset), T(abort_sends_a_reset),
		T(passive_open),
		T(reset_before_accept), T(gone_before_accept), T(syn_flood), T(closing_a_listener),
		T(time_wait_does_not_block),
		T(time_waits_stand_side_by_side),
		T(time_wait_is_reused), T(many_connections), T(memory_runs_out),
		T(rings_are_as_big_as_memory), T(the_listener_is_found), T(closed_while_opening), T(our_address_goes),
		T(initial_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
