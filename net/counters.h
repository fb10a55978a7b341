/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the stack counts: every drop and every error by its cause.  The
 * names are what `ifstat` prints.  Per-device counters are in struct netdev.
 */
#ifndef NET_COUNTERS_H
#define NET_COUNTERS_H

#define NET_COUNTERS(X) \
	X(mem_failed)			/* an allocation failed */ \
	X(eth_short)			/* less than an Ethernet header */ \
	X(eth_not_ours)			/* for another station */ \
	X(eth_no_link)			/* for a VLAN that we are not in, or for a link that is closed */ \
	X(eth_unknown_type)		/* neither IPv4 nor ARP */ \
	X(arp_bad)			/* malformed */ \
	X(arp_ignored)			/* before we have an address, or our own frame come back */ \
	X(arp_conflict)			/* somebody else uses our address */ \
	X(arp_failed)			/* nobody answered for an address */ \
	X(arp_queue_full)		/* dropped while resolving: queue or table full, card being set up anew */ \
	X(ip_in)			/* packets for us */ \
	X(ip_out) \
	X(ip_bad_header) \
	X(ip_bad_checksum) \
	X(ip_truncated)			/* shorter than its header says */ \
	X(ip_bad_source)		/* source no host can have */ \
	X(ip_not_ours)			/* we do not forward */ \
	X(ip_unknown_proto) \
	X(ip_no_route)			/* on sending */ \
	X(frag_in) \
	X(frag_done)			/* datagrams put together */ \
	X(frag_bad)			/* overlap, too long, malformed */ \
	X(frag_duplicate) \
	X(frag_timeout) \
	X(frag_dropped)			/* for want of room */ \
	X(icmp_in) \
	X(icmp_bad)			/* checksum or length */ \
	X(icmp_echo_answered) \
	X(icmp_limited)			/* answer withheld by the rate bound */ \
	X(icmp_ignored)			/* redirects, unknown types, errors that match nothing */ \
	X(icmp_errors_taken)		/* errors given to a socket */ \
	X(igmp_in) \
	X(igmp_bad)			/* checksum or length */ \
	X(igmp_ignored)			/* not a query */ \
	X(udp_in) \
	X(udp_out) \
	X(udp_bad)			/* checksum or length */ \
	X(udp_no_socket) \
	X(udp_queue_full) \
	X(tcp_in) \
	X(tcp_out) \
	X(tcp_bad)			/* header, options or length */ \
	X(tcp_bad_checksum) \
	X(tcp_no_socket) \
	X(tcp_unexpected)		/* of no use to its connection's state, or to a broadcast address */ \
	X(tcp_out_of_order)		/* segments kept past a hole */ \
	X(tcp_duplicate)		/* nothing new in it */ \
	X(tcp_out_of_window)		/* data or more behind the window or a FIN, wholly or in part */ \
	X(tcp_ranges_full)		/* dropped: too many holes */ \
	X(tcp_paws)			/* old timestamp (RFC 7323) */ \
	X(tcp_bad_ack)			/* acknowledges what was never sent */ \
	X(tcp_challenge)		/* challenge ACKs (RFC 5961) */ \
	X(tcp_reset_in) \
	X(tcp_reset_out) \
	X(tcp_retransmit)		/* segments sent again */ \
	X(tcp_fast_retransmit) \
	X(tcp_rto)			/* retransmission time-outs */ \
	X(tcp_zero_window_probe) \
	X(tcp_timed_out)		/* connections given up */ \
	X(tcp_after_close)		/* data nobody will read */ \
	X(tcp_syn_dropped)		/* accept is too slow, or the rate bound */ \
	X(tcp_cookie_out)		/* SYNs answered of which nothing was kept */ \
	X(tcp_cookie_in)		/* connections from them */ \
	X(tcp_limited)			/* RST or challenge ACK withheld by the rate bound */

#define X(name) CNT_##name,
enum net_counter { NET_COUNTERS(X) CNT_KINDS };
#undef X

/* The name of counter i (< CNT_KINDS): "tcp_bad_checksum". */
const char *net_counter_name(unsigned i);

#endif
