/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the segment scripts tests/net/(star).seg: TCP's rules, written as the
 * segments that go in and those that must come out, in simulated time.  The
 * language is described in tests/net/README.md.  Each `test` is one case;
 * closes with "segments: N passed, N failed".
 */
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>

#include "tests/unit/tcp_peer.h"

#define WORDS 40
#define LINES 120
#define STREAM (4u << 20)

struct line {
	unsigned number;
	char text[256];
};

struct segment {
	bool nothing, has_seq, has_ack, has_win, has_mss, has_ws, has_sackok, has_ts, no_ts, badsum, bcast;
	uint8_t flags;
	uint32_t seq, end, ack, win, mss, ws, tsval, tsecr;
	struct range sack[4];
	unsigned sacks, port, doff;
	uint8_t raw[40];
	size_t raw_len;
};

static const char *file;
static unsigned line_number;
static jmp_buf failed;
static uint8_t *sink, *stream;
static int listener;
static bool known_irs;
static uint32_t sent_to, read_to;	/* offsets of our and the peer's stream */
static unsigned snd_scale;		/* of the stack's windows, when both sides scale */
static bool peer_scales;
static unsigned passed, lost;

static __attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...)
{
	va_list ap;

	printf("%s:%u: ", file, line_number);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("\n");
	longjmp(failed, 1);
}

static uint32_t number(const char *text)
{
	char *end;
	unsigned long v = text ? strtoul(text, &end, 0) : 0;

	if (!text || (*end && *end != ':' && *end != '-' && *end != ','))
		fail("a number is expected, not \"%s\"", text ? text : "");
	return (uint32_t)v;
}

/* "20ms", "1.5s", "300us" in microseconds. */
static uint64_t duration(const char *text)
{
	char *end;
	double v = strtod(text, &end);

	if (!strcmp(end, "s"))
		v *= 1e6;
	else if (!strcmp(end, "ms"))
		v *= 1e3;
	else if (strcmp(end, "us"))
		fail("\"%s\" is no time", text);
	return (uint64_t)(v + 0.5);
}

static const struct { const char *name; int err; } errors[] = {
	{ "ok", 0 }, { "EAGAIN", EAGAIN }, { "ECONNREFUSED", ECONNREFUSED }, { "ECONNRESET", ECONNRESET },
		{ "ETIMEDOUT", ETIMEDOUT },
	{ "EHOSTUNREACH", EHOSTUNREACH }, { "ENETUNREACH", ENETUNREACH }, { "EPIPE", EPIPE }, { "ENOTCONN", ENOTCONN },
	{ "EINPROGRESS", EINPROGRESS }, { "EADDRNOTAVAIL", EADDRNOTAVAIL },
};

/* The value that a word names: 0 and more, or -E. */
static int result(const char *word)
{
	for (size_t i = 0; word && i < sizeof errors / sizeof errors[0]; i++)
		if (!strcmp(word, errors[i].name))
			return -errors[i].err;
	return (int)number(word);
}

static const char *result_text(int r)
{
	static char text[16];

	for (size_t i = 0; r < 0 && i < sizeof errors / sizeof errors[0]; i++)
		if (r == -errors[i].err)
			return errors[i].name;
	snprintf(text, sizeof text, "%d", r);
	return text;
}

static void expect_result(const char *what, int got, const char *word)
{
	if (got != result(word))
		fail("%s gives %s, not %s", what, result_text(got), word);
}

static uint8_t parse_flags(const char *word)
{
	static const char letters[] = "FSRP.U";
	uint8_t flags = 0;

	for (; *word; word++) {
		const char *at = strchr(letters, *word);
		if (!at)
			fail("\"%c\" is no flag", *word);
		flags |= (uint8_t)(1u << (at - letters));
	}
	return flags;
}

static void parse_sack(struct segment *g, const char *word)
{
	for (; word && g->sacks < 4; g->sacks++) {
		const char *dash = strchr(word, '-');
		if (!dash)
			fail("\"%s\" is no SACK block", word);
		g->sack[g->sacks] = (struct range){ .lo = number(word), .hi = number(dash + 1) };
		word = strchr(dash, ',');
		word += word != NULL;
	}
}

static void parse_raw(struct segment *g, const char *word)
{
	for (; *word; word += 2) {
		unsigned v;
		if (g->raw_len == sizeof g->raw || sscanf(word, "%2x", &v) != 1)
			fail("\"%s\" is not in hexadecimal, or too long", word);
		g->raw[g->raw_len++] = (uint8_t)v;
	}
}

/* Words from w[0] on: flags, then SEQ or SEQ:END, then the rest by names. */
static void parse_segment(char **w, struct segment *g)
{
	*g = (struct segment){ .port = PEER_PORT };
	if (*w && !strcmp(*w, "nothing")) {
		g->nothing = true;
		return;
	}
	if (!*w)
		fail("a segment's flags are missing");
	g->flags = parse_flags(*w++);
	if (*w && isdigit((unsigned char)**w)) {
		char *colon = strchr(*w, ':');
		g->has_seq = true;
		g->seq = number(*w);
		g->end = colon ? number(colon + 1) : g->seq;
		w++;
	}
	for (; *w; w++) {
		const char *name = *w;
		if (!strcmp(name, "ack"))
			g->has_ack = true, g->ack = number(*++w);
		else if (!strcmp(name, "win"))
			g->has_win = true, g->win = number(*++w);
		else if (!strcmp(name, "mss"))
			g->has_mss = true, g->mss = number(*++w);
		else if (!strcmp(name, "ws"))
			g->has_ws = true, g->ws = number(*++w);
		else if (!strcmp(name, "sackok"))
			g->has_sackok = true;
		else if (!strcmp(name, "ts")) {
			const char *colon = strchr(*++w ? *w : "", ':');
			g->has_ts = true;
			g->tsval = number(*w);
			g->tsecr = colon ? number(colon + 1) : P.ts_last;
		} else if (!strcmp(name, "nots"))
			g->no_ts = true;
		else if (!strcmp(name, "sack"))
			parse_sack(g, *++w);
		else if (!strcmp(name, "opt"))
			parse_raw(g, *++w ? *w : "");
		else if (!strcmp(name, "port"))
			g->port = number(*++w);
		else if (!strcmp(name, "doff"))
			g->doff = number(*++w);
		else if (!strcmp(name, "badsum"))
			g->badsum = true;
		else if (!strcmp(name, "broadcast"))
			g->bcast = true;
		else
			fail("\"%s\" is not known", name);
		if (!*w)
			fail("%s wants a value", name);
	}
}

static uint8_t pattern(uint32_t at)
{
	return (uint8_t)(at * 2654435761u >> 23);
}

/* An option of `all` bytes that begins with head. */
static void put_option(uint8_t *o, size_t *n, const char *head, size_t head_len, size_t all)
{
	memcpy(o + *n, head, head_len);
	*n += all;
}

static size_t write_options(const struct segment *g, uint8_t *o)
{
	size_t n = 0;

	if (g->has_mss) {
		put_option(o, &n, "\2\4", 2, 4);
		put_be16(o + 2, (uint16_t)g->mss);
	}
	if (g->has_ws) {
		put_option(o, &n, "\1\3\3", 3, 4);
		o[n - 1] = (uint8_t)g->ws;
	}
	if (g->has_sackok)
		put_option(o, &n, "\1\1\4\2", 4, 4);
	if (g->has_ts || (P.ts && !g->no_ts)) {
		put_option(o, &n, "\1\1\10\12", 4, 12);
		put_be32(o + n - 8, g->has_ts ? g->tsval : P.tsval);
		put_be32(o + n - 4, g->has_ts ? g->tsecr : P.ts_last);
	}
	if (g->sacks) {
		put_option(o, &n, "\1\1\5", 3, 4);
		o[n - 1] = (uint8_t)(2 + 8 * g->sacks);
		for (unsigned i = 0; i < g->sacks; i++, n += 8) {
			put_be32(o + n, P.irs + g->sack[i].lo);
			put_be32(o + n + 4, P.irs + g->sack[i].hi);
		}
	}
	memcpy(o + n, g->raw, g->raw_len);
	n += g->raw_len;
	while (n % 4)
		o[n++] = 0;
	return n;
}

static void segment_in(const struct segment *g)
{
	uint8_t f[1700] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45 }, o[80];
	uint8_t *ip = f + 14, *t = f + 34, *exact;
	size_t opt_len = write_options(g, o), len = g->end - g->seq, all = 20 + opt_len + len;

	if (opt_len > 40 || len > 1460)
		fail("the segment is too large");
	if (g->flags & TCP_SYN)
		peer_scales = g->has_ws;
	if (g->bcast)
		memset(f, 0xff, 6);
	put_be16(ip + 2, (uint16_t)(20 + all));
	ip[8] = 64;
	ip[9] = IP_PROTO_TCP;
	put_be32(ip + 12, HOST_IP(1));
	put_be32(ip + 16, HOST_IP(0));
	csum_put(ip + 10, csum_finish(csum_add(0, ip, 20)));
	put_be16(t, (uint16_t)g->port);
	put_be16(t + 2, P.port);
	put_be32(t + 4, P.iss + g->seq);
	put_be32(t + 8, g->flags & TCP_ACK ? P.irs + g->ack : 0);
	t[12] = (uint8_t)((g->doff ? g->doff : (20 + opt_len) / 4) << 4);
	t[13] = g->flags;
	put_be16(t + 14, (uint16_t)(g->has_win ? g->win : 0xffff));
	memcpy(t + 20, o, opt_len);
	for (size_t i = 0; i < len; i++)
		t[20 + opt_len + i] = pattern(g->seq - 1 + (uint32_t)i);
	csum_put(t + 16, csum_finish(csum_add(csum_pseudo(V4(HOST_IP(1)), V4(HOST_IP(0)), 6, all), t, all)));
	t[17] ^= g->badsum;
	exact = malloc(34 + all);
	memcpy(exact, f, 34 + all);
	peer_frame_in(exact, 34 + all);
	free(exact);
}

/* In bytes. */
static uint32_t window(const struct caught *c)
{
	return c->flags & TCP_SYN || !peer_scales ? c->wnd : c->wnd << snd_scale;
}

static void describe(const struct caught *c, char *out, size_t size)
{
	int n = snprintf(out, size, "%s%s%s%s", c->flags & TCP_SYN ? "S" : "", c->flags & TCP_FIN ? "F" : "",
		c->flags & TCP_RST ? "R" : "",
			 c->flags & TCP_ACK ? "." : "");

	n += snprintf(out + n, size - (size_t)n, " %u:%u ack %u win %u", c->seq - P.irs, c->seq - P.irs + c->len,
		      c->flags & TCP_ACK ? c->ack - P.iss : 0, window(c));
	for (unsigned i = 0; i < c->opt.sack_count; i++)
		n += snprintf(out + n, size - (size_t)n, "%s%u-%u", i ? "," : " sack ", c->opt.sack[i].lo - P.iss,
			c->opt.sack[i].hi - P.iss);
	if (c->opt.has_ts)
		n += snprintf(out + n, size - (size_t)n, " ts :%u", c->opt.tsecr);
}

/* Nothing that the script has not asked for may have been sent. */
static void all_seen(void)
{
	struct caught c;
	char text[200];

	if (!peer_next(&c))
		return;
	describe(&c, text, sizeof text);
	fail("the stack has sent %s, which is not in the script", text);
}

static bool same_sacks(const struct segment *g, const struct caught *c)
{
	if (g->sacks != c->opt.sack_count)
		return false;
	for (unsigned i = 0; i < g->sacks; i++)
		if (P.iss + g->sack[i].lo != c->opt.sack[i].lo || P.iss + g->sack[i].hi != c->opt.sack[i].hi)
			return false;
	return true;
}

static void segment_out(const struct segment *g, uint64_t not_before_us)
{
	struct caught c;
	char text[200];
	const char *wrong = NULL;

	if (g->nothing) {
		all_seen();
		return;
	}
	if (!peer_next(&c))
		fail("the stack has sent nothing");
	if ((c.flags & TCP_SYN) && !known_irs) {
		P.irs = c.seq;
		P.port = c.src_port;
		known_irs = true;
	}
	if (c.flags & TCP_SYN)
		snd_scale = c.opt.has_scale ? c.opt.scale : 0;
	if ((c.flags ^ g->flags) & ~TCP_PSH)
		wrong = "flags";
	else if (g->has_seq && (c.seq - P.irs != g->seq || c.len != g->end - g->seq))
		wrong = "sequence";
	else if (g->has_ack && c.ack - P.iss != g->ack)
		wrong = "ack";
	else if (g->has_win && window(&c) != g->win)
		wrong = "window";
	else if (g->has_mss && c.opt.mss != g->mss)
		wrong = "MSS";
	else if (g->has_ws && (!c.opt.has_scale || c.opt.scale != g->ws))
		wrong = "window scale";
	else if (g->has_sackok && !c.opt.has_sack_ok)
		wrong = "SACK-permitted";
	else if (g->has_ts && (!c.opt.has_ts || c.opt.tsecr != g->tsval))
		wrong = "timestamp echo";
	else if (g->no_ts && c.opt.has_ts)
		wrong = "timestamp";
	else if (!same_sacks(g, &c))
		wrong = "SACK";
	else if (c.dst_port != g->port)
		wrong = "port";
	else if (c.at_us + 1500 < not_before_us)
		wrong = "time";
	for (uint32_t i = 0; i < c.len && !wrong; i++)
		if (c.data[i] != pattern(c.seq - P.irs - 1 + i))
			wrong = "data";
	if (wrong) {
		describe(&c, text, sizeof text);
		fail("%s: the stack has sent %s at %llu us", wrong, text, (unsigned long long)c.at_us);
	}
}

/* Lets time pass; what the stack sends meanwhile is caught. */
static void pass_time(uint64_t us)
{
	all_seen();
	peer_run(us);
	P.tsval += (uint32_t)(us / 1000);
}

/* `established [ts] [sack] [ws N] [mss N] [rcvbuf N]`: the stack has connected to a peer with these options. */
static void do_established(char **w)
{
	struct segment syn = { .flags = TCP_SYN | TCP_ACK, .port = PEER_PORT, .has_mss = true, .mss = 1460, .ack = 1,
		.win = 65535 }, out;
	unsigned rcvbuf = 0;
	bool nodelay = false;

	P.ts = P.sack = false;
	for (; *w; w++) {
		if (!strcmp(*w, "ts"))
			P.ts = true;
		else if (!strcmp(*w, "sack"))
			syn.has_sackok = true;
		else if (!strcmp(*w, "ws"))
			syn.has_ws = true, syn.ws = number(*++w);
		else if (!strcmp(*w, "mss"))
			syn.mss = number(*++w);
		else if (!strcmp(*w, "rcvbuf"))
			rcvbuf = number(*++w);
		else if (!strcmp(*w, "win"))
			syn.win = number(*++w);
		else if (!strcmp(*w, "nodelay"))
			nodelay = true;
		else
			fail("\"%s\" is not known", *w);
	}
	syn.has_win = true;
	P.s = sock_open(NET, SOCK_TCP);
	if (rcvbuf)
		sock_set(NET, P.s, SOCK_OPT_RCVBUF, rcvbuf);
	sock_set(NET, P.s, SOCK_OPT_NODELAY, nodelay);
	sock_connect(NET, P.s, V4(HOST_IP(1)), PEER_PORT);
	out = (struct segment){ .flags = TCP_SYN, .port = PEER_PORT };
	segment_out(&out, 0);
	segment_in(&syn);
	out = (struct segment){ .flags = TCP_ACK, .port = PEER_PORT, .has_seq = true, .seq = 1, .end = 1,
		.has_ack = true, .ack = 1 };
	segment_out(&out, 0);
}

static void do_connect(char **w)
{
	P.s = sock_open(NET, SOCK_TCP);
	expect_result("connect", sock_connect(NET, P.s, V4(HOST_IP(1)), PEER_PORT), *w ? *w : "EINPROGRESS");
}

static void do_listen(char **w)
{
	listener = sock_open(NET, SOCK_TCP);
	sock_bind(NET, listener, NULL, 23);
	if (sock_listen(NET, listener, *w ? (int)number(*w) : 4) < 0)
		fail("listen fails");
}

static void do_accept(char **w)
{
	int s = sock_accept(NET, listener, NULL, NULL);

	if (*w)
		expect_result("accept", s < 0 ? s : 0, *w);
	else if (s < 0)
		fail("accept gives %s", result_text(s));
	P.s = s < 0 ? P.s : s;
}

static void do_send(char **w)
{
	uint32_t len = number(*w);
	int r = sock_send(NET, P.s, stream + sent_to, len);

	expect_result("send", r, w[1] ? w[1] : w[0]);
	sent_to += r > 0 ? (uint32_t)r : 0;
}

static void do_recv(char **w)
{
	static uint8_t buf[STREAM];
	int r = sock_recv(NET, P.s, buf, sizeof buf);

	expect_result("recv", r, *w);
	for (int i = 0; i < r; i++)
		if (buf[i] != pattern(read_to + (uint32_t)i))
			fail("byte %u of the stream is wrong", read_to + (uint32_t)i);
	read_to += r > 0 ? (uint32_t)r : 0;
}

static void do_sink(char **w)
{
	uint32_t len = number(*w);

	free(sink);
	sink = len ? malloc(len) : NULL;
	expect_result("sink", sock_sink(NET, P.s, sink, len), w[1] ? w[1] : "ok");
}

static void do_sinkdone(char **w)
{
	uint32_t done = (uint32_t)sock_sink_done(NET, P.s);

	if (done != number(*w))
		fail("the sink holds %u bytes", done);
	for (uint32_t i = 0; i < done; i++)
		if (sink[i] != pattern(read_to + i))
			fail("byte %u of the sink is wrong", i);
}

static void do_close(char **w)
{
	(void)w;
	sock_close(NET, P.s);
}

static void do_abort(char **w)
{
	(void)w;
	sock_abort(NET, P.s);
}

static void do_shutdown(char **w)
{
	expect_result("shutdown", sock_shutdown(NET, P.s), *w ? *w : "ok");
}

static void do_error(char **w)
{
	expect_result("the error", sock_error(NET, P.s), *w);
}

static void do_state(char **w)
{
	struct sock_info i;
	const char *state = "none";

	for (unsigned at = 0; sock_info(NET, at, &i); at++)
		if (strcmp(i.state, "LISTEN"))
			state = i.state;
	if (strcmp(state, *w))
		fail("the state is %s", state);
}

static void do_events(char **w)
{
	static const char *const names[] = { "IN", "OUT", "ERR", "HUP" };
	unsigned want = 0, got = sock_events(NET, P.s);

	for (; *w; w++)
		for (unsigned i = 0; i < 4; i++)
			want |= !strcmp(*w, names[i]) ? 1u << i : 0;
	if (got != want)
		fail("the events are%s%s%s%s", got & 1 ? " IN" : "", got & 2 ? " OUT" : "", got & 4 ? " ERR" : "",
			got & 8 ? " HUP" : "");
}

static void do_count(char **w)
{
	for (unsigned i = 0; i < CNT_KINDS; i++) {
		if (strcmp(net_counter_name(i), *w))
			continue;
		if (NET->count[i] != number(w[1]))
			fail("%s is %u", *w, NET->count[i]);
		return;
	}
	fail("there is no counter %s", *w);
}

static void do_set(char **w)
{
	enum sock_opt opt = !strcmp(*w, "keepalive") ? SOCK_OPT_KEEPALIVE : !strcmp(*w, "nodelay") ? SOCK_OPT_NODELAY
		: SOCK_OPT_RCVBUF;

	if (sock_set(NET, P.s >= 0 ? P.s : listener, opt, number(w[1])) < 0)
		fail("%s cannot be set", *w);
}

static void do_iss(char **w)
{
	P.iss = number(*w);
}

/* `batch`: the segments that follow are of one batch, until `end`. */
static void do_batch(char **w)
{
	(void)w;
	P.no_poll = true;
}

static void do_end(char **w)
{
	(void)w;
	P.no_poll = false;
	net_poll(NET, P.w.now_us);
}

/* `icmp TYPE CODE SEQ [MTU]`: an ICMP error about our segment at SEQ. */
static void do_icmp(char **w)
{
	uint8_t f[14 + 20 + 8 + 28] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45 };
	uint8_t *ip = f + 14, *m = f + 34, *q = m + 8;

	put_be16(ip + 2, 56);
	ip[8] = 64;
	ip[9] = IP_PROTO_ICMP;
	put_be32(ip + 12, 0x0a0000fe);
	put_be32(ip + 16, HOST_IP(0));
	csum_put(ip + 10, csum_finish(csum_add(0, ip, 20)));
	m[0] = (uint8_t)number(w[0]);
	m[1] = (uint8_t)number(w[1]);
	put_be16(m + 6, (uint16_t)(w[3] ? number(w[3]) : 0));
	q[0] = 0x45;
	put_be16(q + 2, 1500);
	q[9] = IP_PROTO_TCP;
	put_be32(q + 12, HOST_IP(0));
	put_be32(q + 16, HOST_IP(1));
	put_be16(q + 20, P.port);
	put_be16(q + 22, PEER_PORT);
	put_be32(q + 24, P.irs + number(w[2]));
	csum_put(m + 2, csum_finish(csum_add(0, m, 36)));
	peer_frame_in(f, sizeof f);
}

static const struct { const char *name; void (*run)(char **w); } calls[] = {
	{ "established", do_established }, { "connect", do_connect }, { "listen", do_listen }, { "accept", do_accept },
		{ "send", do_send },
	{ "recv", do_recv }, { "sink", do_sink }, { "sinkdone", do_sinkdone }, { "close", do_close },
	{ "abort", do_abort },
	{ "shutdown", do_shutdown }, { "error", do_error }, { "state", do_state }, { "events", do_events },
	{ "count", do_count },
	{ "set", do_set }, { "iss", do_iss }, { "batch", do_batch }, { "end", do_end }, { "icmp", do_icmp },
};

static void run_line(char *text)
{
	char *words[WORDS + 1], **w = words;
	uint64_t not_before = 0;
	struct segment g;
	unsigned n = 0;

	for (char *word = strtok(text, " \t"); word && n < WORDS; word = strtok(NULL, " \t"))
		words[n++] = word;
	words[n] = NULL;
	if (**w == '+') {
		pass_time(duration(*w + 1));
		not_before = P.w.now_us;
		if (!*++w)
			return;
	}
	if (!strcmp(*w, "<")) {
		parse_segment(w + 1, &g);
		if (!P.no_poll)
			all_seen();
		segment_in(&g);
		return;
	}
	if (!strcmp(*w, ">")) {
		parse_segment(w + 1, &g);
		segment_out(&g, not_before);
		return;
	}
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		if (strcmp(*w, calls[i].name))
			continue;
		calls[i].run(w + 1);
		return;
	}
	fail("\"%s\" is not known", *w);
}

static void run_test(const char *name, struct line *lines, unsigned count)
{
	static const uint8_t arp[60] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1,
		2, 0, 0, 0, 0, 2, 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1 };
	unsigned before = lost;

	peer_init(1);
	P.ts = P.sack = false;
	P.iss = 0x10000000;
	P.port = 23;
	peer_frame_in(arp, sizeof arp);		/* the stack knows us */
	listener = -1;
	known_irs = peer_scales = false;
	sent_to = read_to = snd_scale = 0;
	if (!setjmp(failed)) {
		for (unsigned i = 0; i < count; i++) {
			line_number = lines[i].number;
			run_line(lines[i].text);
		}
		all_seen();
	} else {
		lost++;
	}
	if (!peer_done() && lost == before) {
		printf("%s:%u: memory is lost, or a segment was malformed\n", file, line_number);
		lost++;
	}
	free(sink);
	sink = NULL;
	passed += lost == before;
	printf("[%s] %s\n", lost == before ? "       OK " : "  FAILED  ", name);
}

static void run_file(const char *path)
{
	static struct line lines[LINES];
	char text[256], name[256] = "";
	unsigned count = 0, at = 0;
	FILE *f = fopen(path, "r");

	file = path;
	if (!f) {
		perror(path);
		lost++;
		return;
	}
	while (fgets(text, sizeof text, f)) {
		char *start = text + strspn(text, " \t"), *stop = strpbrk(start, "#\n");
		at++;
		if (stop)
			*stop = '\0';
		for (size_t n = strlen(start); n && isspace((unsigned char)start[n - 1]); n--)
			start[n - 1] = '\0';
		if (!strncmp(start, "test ", 5)) {
			if (count)
				run_test(name, lines, count);
			count = 0;
			snprintf(name, sizeof name, "%s", start + 5);
		} else if (*start && count < LINES) {
			lines[count].number = at;
			snprintf(lines[count++].text, sizeof lines[0].text, "%s", start);
		}
	}
	if (count)
		run_test(name, lines, count);
	fclose(f);
}

int main(int argc, char **argv)
{
	glob_t found = { 0 };

	stream = malloc(STREAM);
	for (uint32_t i = 0; i < STREAM; i++)
		stream[i] = pattern(i);
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	if (argc < 2 && !glob("tests/net/*.seg", 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++)
			run_file(found.gl_pathv[i]);
	globfree(&found);
	free(stream);
	printf("segments: %u passed, %u failed\n", passed, lost);
	return lost || !passed;
}
