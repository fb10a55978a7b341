/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS on a stream: see tls.h.  Called by who connects (services/http), and as a
 * stream by who has one; calls Mbed TLS, chain.c, and the stream below.
 */
#include "services/tls/tls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/ssl.h>
#include <psa/crypto.h>

#include "net/stream.h"
#include "services/tls/chain.h"
#include "services/tls/client_cert.h"
#include "services/tls/roots.h"
#include "services/tls/sessions.h"
#include "services/tls/tls_random.h"

/* A record as it goes out: what it holds, and what TLS adds to that at the most (RFC 5246, 6.2.3). */
#define RECORD_OUT_MAX (MBEDTLS_SSL_OUT_CONTENT_LEN + 5u + 256u)
#define TICKETS_MAX 2u			/* looked at, of a connection: most servers send so many */
#define NET_FAILED (-0x4c)		/* MBEDTLS_ERR_NET_RECV_FAILED, whose header is for systems with sockets */

struct tls_stream {
	struct stream stream;
	struct stream *below;
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config config;	/* all connections' own, and who we are to this server */
	struct client_cert *own;	/* or NULL */
	bool open, over, told;		/* the handshake is done; the peer has ended its side; we ours */
	bool offered;			/* a session, to be resumed */
	bool certified;			/* the server does not resume, but sends certificates */
	bool looked;			/* at them: chain_look() */
	bool judged;
	bool blocked;			/* the handshake waits for the stream below to take something */
	unsigned believed_in;		/* roots_changes() when the chain was judged, or a session of it offered */
	int64_t judged_s;		/* and when that was */
	unsigned tickets;		/* that have come */
	int error, below_error;		/* sticky */
	bool was_short;			/* of memory; what fails then may fail later, and as something else */
	struct chain_verdict verdict;
	char why[TLS_WHY_MAX];
	char host[256];
	size_t out_at, out_len;		/* of out: what the stream below has not taken yet */
	uint8_t out[RECORD_OUT_MAX];
};

static const struct tls_machine *machine;
static bool mend_clock;
static bool ready;
static mbedtls_ssl_config config;

static int random_bytes(void *ctx, unsigned char *out, size_t len)
{
	(void)ctx;
	tls_random(out, len);
	return 0;
}

static void *library_alloc(size_t n, size_t len)
{
	void *p = machine->alloc ? machine->alloc(n, len) : calloc(n, len);

	tls_short_of_memory |= !p && n && len;
	return p;
}

void tls_setup(const struct tls_machine *m)
{
	machine = m;
	tls_random_set(m->random32);
	mbedtls_platform_set_calloc_free(library_alloc, m->free ? m->free : free);
}

void tls_mend_clock(bool mend)
{
	if (mend != mend_clock)
		roots_note_change();
	mend_clock = mend;
}

struct chain_clock tls_clock(void)
{
	return (struct chain_clock){ machine->now_s(), mend_clock };
}

/* ChaCha20 costs a sixth of what AES does, and less than AES with the processor's help. */
static const int suites[] = {
	MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256, MBEDTLS_TLS1_3_AES_128_GCM_SHA256, MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, 0,
};
/* PKCS #1 first: the library takes no PSS by TLS 1.2, and most servers go by the client's order. */
static const uint16_t signatures[] = {
	MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256, MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256, MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384, MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256, MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512, MBEDTLS_TLS1_3_SIG_NONE,
};
static const uint16_t groups[] = {
	MBEDTLS_SSL_IANA_TLS_GROUP_X25519, MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
	MBEDTLS_SSL_IANA_TLS_GROUP_NONE,
};

/* What all connections have in common: 0 or -ENOMEM. */
static int get_ready(void)
{
	static const char *protocols[] = { "http/1.1", NULL };

	if (ready)
		return 0;
	if (psa_crypto_init() != PSA_SUCCESS)
		return -ENOMEM;
	mbedtls_ssl_config_init(&config);
	if (mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
					MBEDTLS_SSL_PRESET_DEFAULT) != 0)
		return -ENOMEM;
	mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_NONE);	/* the library's way: chain.c judges */
	mbedtls_ssl_conf_rng(&config, random_bytes, NULL);
	mbedtls_ssl_conf_min_tls_version(&config, MBEDTLS_SSL_VERSION_TLS1_2);
	mbedtls_ssl_conf_max_tls_version(&config, MBEDTLS_SSL_VERSION_TLS1_3);
	mbedtls_ssl_conf_ciphersuites(&config, suites);
	mbedtls_ssl_conf_groups(&config, groups);
	mbedtls_ssl_conf_sig_algs(&config, signatures);
	mbedtls_ssl_conf_alpn_protocols(&config, protocols);
	mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(&config, 1);
	ready = true;
	return 0;
}

static struct tls_stream *of(const struct stream *s)
{
	return (struct tls_stream *)s;
}

/* ---- the stream below ---- */

/* What waits to be sent goes, as far as it can: true when nothing is left. */
static bool flush(struct tls_stream *t)
{
	while (t->out_at < t->out_len && !t->below_error) {
		int n = stream_send(t->below, t->out + t->out_at, t->out_len - t->out_at);

		if (n > 0)
			t->out_at += (size_t)n;
		else if (n != -EAGAIN)
			t->below_error = n ? n : -EPIPE;
		else
			break;
	}
	if (t->out_at == t->out_len)
		t->out_at = t->out_len = 0;
	return !t->out_len;
}

/* A record as a whole, or not now. */
static int send_below(void *ctx, const unsigned char *buf, size_t len)
{
	struct tls_stream *t = ctx;

	if (!flush(t))
		return t->below_error ? NET_FAILED : MBEDTLS_ERR_SSL_WANT_WRITE;
	len = len < sizeof(t->out) ? len : sizeof(t->out);
	memcpy(t->out, buf, len);
	t->out_len = len;
	flush(t);
	return t->below_error ? NET_FAILED : (int)len;
}

static int recv_below(void *ctx, unsigned char *buf, size_t len)
{
	struct tls_stream *t = ctx;
	int n = stream_recv(t->below, buf, len);

	if (n == -EAGAIN)
		return MBEDTLS_ERR_SSL_WANT_READ;
	if (n < 0)
		t->below_error = n;
	return n < 0 ? NET_FAILED : n;
}

/* ---- what went wrong ---- */

static const char *alert_text(unsigned alert)
{
	static const struct {
		uint8_t alert;
		const char *text;
	} texts[] = {
		{ 40, "handshake_failure: it has no key exchange, cipher or certificate in common with this client" },
		{ 42, "bad_certificate" },
		{ 47, "illegal_parameter" },
		{ 48, "unknown_ca: it does not know who signed our certificate" },
		{ 70, "protocol_version: it speaks neither TLS 1.2 nor 1.3" },
		{ 71, "insufficient_security" },
		{ 80, "internal_error: its log may say more" },
		{ 112, "unrecognized_name: it has no site of that name" },
		{ 116, "certificate_required: it wants a certificate of ours, which cert and privkey "
		  "name" },
		{ 120, "no_application_protocol: it does not speak HTTP/1.1" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].alert == alert)
			return texts[i].text;
	return "see RFC 8446, 6";
}

#define NO_TLS "sends what is no TLS, is damaged, or longer than 16 KiB (its chain of certificates?); does that port " \
	"speak TLS?"

static const char *error_text(int err)
{
	static const struct {
		int err;
		const char *text;
	} texts[] = {
		{ MBEDTLS_ERR_SSL_INVALID_RECORD, NO_TLS }, { MBEDTLS_ERR_SSL_BAD_INPUT_DATA, NO_TLS },
		{ MBEDTLS_ERR_SSL_INVALID_MAC, "sends a record that was changed on the way, or damaged" },
		{ MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, "speaks neither TLS 1.2 nor 1.3" },
		{ MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, "sends a message of TLS out of its turn" },
		{ MBEDTLS_ERR_SSL_DECODE_ERROR, "sends a message of TLS that cannot be read" },
		{ MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER, "chooses something that was not offered, or makes no sense, "
		  "as RSA-PSS by TLS 1.2: somebody between may try to weaken TLS" },
		{ MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE, "proves nothing: its handshake fails, or its signature is not of "
		  "its certificate's key" },
		{ MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION, "answers with an extension that was not asked for" },
		{ MBEDTLS_ERR_SSL_BAD_CERTIFICATE, "shows a certificate that cannot be read" },
		{ MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL, NO_TLS },
		{ MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE, "wants what is not had here, or sends a message longer than 16 "
			"KiB" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].err == err)
			return texts[i].text;
	return NULL;
}

/* The library says err: what that is for a stream, for good. */
static int fail(struct tls_stream *t, int err)
{
	const char *text = error_text(err);

	bool not_again = t->offered && !t->certified && !t->open;

	t->error = t->below_error ? t->below_error : -EPROTO;
	if (not_again)			/* the library offers its version alone; the server may speak another by now */
		sessions_forget(t->host);
	if (t->below_error || t->why[0])
		return t->error;
	if (tls_short_of_memory)
		t->error = -ENOMEM;
	else if (err == MBEDTLS_ERR_SSL_CONN_EOF)
		t->error = -ECONNABORTED;
	if (not_again && t->error != -ENOMEM) {
		t->error = -ECONNABORTED;
		snprintf(t->why, sizeof(t->why), "does not go on with the session that it gave; next it is asked "
			 "without one");
		return t->error;
	}
	if (t->error == -ENOMEM)
		snprintf(t->why, sizeof(t->why), "answers, but there is not enough memory for TLS");
	else if (t->error == -ECONNABORTED)
		snprintf(t->why, sizeof(t->why), t->open ? "ended the connection without TLS's own end: it may have "
			"been "
			 "cut off" : "closed the connection amid TLS's handshake; does that port speak TLS?");
	else if (err == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
		snprintf(t->why, sizeof(t->why), "refuses by TLS's alert %u, %s", t->ssl.MBEDTLS_PRIVATE(in_msg)[1],
			 alert_text(t->ssl.MBEDTLS_PRIVATE(in_msg)[1]));
	else if (text)
		snprintf(t->why, sizeof(t->why), "%s", text);
	else
		snprintf(t->why, sizeof(t->why), "breaks TLS (error %04x of Mbed TLS)", (unsigned)-err);
	return t->error;
}

/* ---- the handshake ---- */

static int disbelieve(struct tls_stream *t, int err)
{
	mbedtls_ssl_send_alert_message(&t->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, MBEDTLS_SSL_ALERT_MSG_BAD_CERT);
	snprintf(t->why, sizeof(t->why), "is not believed: %.*s", (int)sizeof(t->why) - 20, t->verdict.why);
	return t->error = err;
}

/* What it has sent, or NULL; of a session that was offered it has what the first of them was. */
static const mbedtls_x509_crt *sent(const struct tls_stream *t)
{
	const mbedtls_ssl_session *under_way = t->ssl.MBEDTLS_PRIVATE(session_negotiate);

	if (!under_way)
		under_way = t->ssl.MBEDTLS_PRIVATE(session);
	return under_way && t->certified ? under_way->MBEDTLS_PRIVATE(peer_cert) : NULL;
}

/* As soon as the server's certificates are there, before a signature is computed by their keys: 0 or -E. */
static int look(struct tls_stream *t)
{
	const mbedtls_x509_crt *crt = sent(t);

	if (t->looked || !crt || !crt->raw.p)	/* raw.p: by TLS 1.2 a list of none comes as one that is empty */
		return 0;
	t->looked = true;
	int err = chain_look(crt, &t->verdict);
	if (err == -ENOMEM)
		return fail(t, MBEDTLS_ERR_SSL_ALLOC_FAILED);
	return err < 0 ? disbelieve(t, err) : 0;
}

/* The server has shown that it has its first certificate's key, or knows the session's secret: 0 or -E. */
static int judge(struct tls_stream *t)
{
	struct chain_question q = { .sent = sent(t), .host = t->host, .clock = tls_clock() };
	int err = 0;

	if (t->judged)
		return 0;
	if (t->certified || !t->offered) {
		t->believed_in = roots_changes();
		t->judged_s = q.clock.now_s;
		err = chain_judge(&q, &t->verdict);
	} else if (t->believed_in != roots_changes()) {
		snprintf(t->verdict.why, sizeof(t->verdict.why), "whom to believe has changed meanwhile; ask again");
		err = -EACCES;
	}
	if (err == -ENOMEM)
		return fail(t, MBEDTLS_ERR_SSL_ALLOC_FAILED);
	t->judged = true;
	return err < 0 ? disbelieve(t, err) : 0;
}

static void keep_session(struct tls_stream *t)
{
	if (t->believed_in == roots_changes())
		sessions_keep(t->host, &t->ssl, t->judged_s);
}

/* By TLS 1.3 the session is in tickets, which come later. */
static int finish(struct tls_stream *t)
{
	int err = judge(t);

	if (err < 0)
		return err;
	t->open = true;
	if (mbedtls_ssl_get_version_number(&t->ssl) == MBEDTLS_SSL_VERSION_TLS1_2)
		keep_session(t);
	return 1;
}

/* One state of the library's. */
static int advance(struct tls_stream *t)
{
	int state = t->ssl.MBEDTLS_PRIVATE(state);
	/* who is not believed does not learn who we are */
	int err = state == MBEDTLS_SSL_CLIENT_CERTIFICATE ? judge(t) : 0;

	if (err < 0)
		return err;
	t->certified |= state == MBEDTLS_SSL_SERVER_CERTIFICATE;
	err = mbedtls_ssl_handshake_step(&t->ssl);
	if (err != MBEDTLS_ERR_SSL_WANT_READ && err != MBEDTLS_ERR_SSL_WANT_WRITE)
		return err ? fail(t, err) : look(t);
	t->blocked = t->out_len;
	return -EAGAIN;
}

static int do_step(struct stream *s)
{
	struct tls_stream *t = of(s);

	if (t->error)
		return t->error;
	if (t->open)
		return 1;
	flush(t);
	if (t->below_error)
		return fail(t, NET_FAILED);
	t->blocked = t->out_len;
	if (!mbedtls_ssl_is_handshake_over(&t->ssl))
		return advance(t);
	return t->blocked ? -EAGAIN : finish(t);
}

const char *tls_why(const struct stream *s)
{
	return of(s)->why;
}

const char *tls_warning(const struct stream *s)
{
	return of(s)->verdict.warning;
}

void tls_describe(const struct stream *s, char *text, size_t cap)
{
	snprintf(text, cap, "%s, %s", mbedtls_ssl_get_version(&of(s)->ssl), mbedtls_ssl_get_ciphersuite(&of(s)->ssl));
}

/* ---- as a stream ---- */

/* What the library says is that a ticket of TLS 1.3 has come; who sends many of them has our work for the first. */
static bool is_ticket(struct tls_stream *t, int n)
{
	if (n != MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
		return false;
	if (t->tickets++ < TICKETS_MAX)
		keep_session(t);
	return true;
}

static int do_send(struct stream *s, const void *buf, size_t len)
{
	struct tls_stream *t = of(s);
	int n;

	if (t->error)
		return t->error;
	if (t->told)
		return -EPIPE;
	if (!t->open)
		return -EAGAIN;
	if (!flush(t))
		return t->below_error ? fail(t, NET_FAILED) : -EAGAIN;
	n = mbedtls_ssl_write(&t->ssl, buf, len < MBEDTLS_SSL_OUT_CONTENT_LEN ? len : MBEDTLS_SSL_OUT_CONTENT_LEN);
	if (is_ticket(t, n) || n == MBEDTLS_ERR_SSL_WANT_READ || n == MBEDTLS_ERR_SSL_WANT_WRITE)
		return -EAGAIN;
	return n < 0 ? fail(t, n) : n;
}

/* The next record's bytes are at hand: > 0; 0 at the end; -EAGAIN; or the error. */
static int fill(struct tls_stream *t)
{
	int n;

	if (t->error)
		return t->error;
	if (!t->open)
		return -EAGAIN;
	flush(t);
	while (!t->over) {
		if (mbedtls_ssl_get_bytes_avail(&t->ssl))
			return 1;
		n = mbedtls_ssl_read(&t->ssl, NULL, 0);
		if (n == MBEDTLS_ERR_SSL_WANT_READ && t->ssl.MBEDTLS_PRIVATE(state) != MBEDTLS_SSL_HANDSHAKE_OVER)
			continue;		/* a ticket is there, and is read next; nothing more may come */
		if (n == MBEDTLS_ERR_SSL_WANT_READ || n == MBEDTLS_ERR_SSL_WANT_WRITE)
			return -EAGAIN;
		if (is_ticket(t, n))
			continue;
		if (n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
			t->over = true;
		else if (n < 0)
			return fail(t, n);
		else if (!mbedtls_ssl_get_bytes_avail(&t->ssl))	/* so it tells the end below */
			return fail(t, MBEDTLS_ERR_SSL_CONN_EOF);
	}
	return 0;
}

static int do_peek(struct stream *s, void *buf, size_t len)
{
	struct tls_stream *t = of(s);
	int n = fill(t);
	size_t there = n > 0 ? mbedtls_ssl_get_bytes_avail(&t->ssl) : 0;

	if (n <= 0)
		return n;
	len = len < there ? len : there;
	memcpy(buf, t->ssl.MBEDTLS_PRIVATE(in_offt), len);
	return (int)len;
}

static int do_recv(struct stream *s, void *buf, size_t len)
{
	struct tls_stream *t = of(s);
	int n = fill(t);

	if (n <= 0 || !len)
		return n > 0 ? 0 : n;
	n = mbedtls_ssl_read(&t->ssl, buf, len);
	return n < 0 ? fail(t, n) : n;
}

/* Says that nothing more comes of us. */
static void say_end(struct tls_stream *t)
{
	if (t->open && !t->told && !t->error)
		mbedtls_ssl_close_notify(&t->ssl);
	t->told = true;
	flush(t);
}

static int do_shutdown(struct stream *s)
{
	struct tls_stream *t = of(s);

	say_end(t);
	return stream_shutdown(t->below);
}

static void discard(struct tls_stream *t)
{
	mbedtls_ssl_free(&t->ssl);
	mbedtls_ssl_conf_own_cert(&t->config, NULL, NULL);
	client_cert_drop(t->own);
	mbedtls_platform_zeroize(t, sizeof(*t));
	mbedtls_free(t);
}

static void tls_close(struct stream *s, bool abort)
{
	struct tls_stream *t = of(s);

	say_end(t);
	if (abort)
		stream_abort(t->below);
	else
		stream_close(t->below);
	discard(t);
}

static unsigned do_events(struct stream *s)
{
	struct tls_stream *t = of(s);
	unsigned ev = 0;
	int n;

	flush(t);
	if (!t->open && !t->error) {	/* SOCK_IN: the next step can be made */
		ev = stream_events(t->below) & ~(unsigned)SOCK_OUT;
		return t->blocked && !t->out_len ? ev | SOCK_IN : ev;
	}
	n = fill(t);
	if (n != -EAGAIN)
		ev |= SOCK_IN;
	if (n == 0)
		ev |= SOCK_HUP;
	if (t->error)
		return ev | SOCK_ERR;
	return t->out_len ? ev : ev | (stream_events(t->below) & SOCK_OUT);
}

/* ---- with memory that lasts ---- */

#define LASTING(type, short_so_far, call) \
	do { \
		tls_lasting = true; \
		tls_short_of_memory = short_so_far; \
		type result = call; \
		short_so_far = tls_short_of_memory; \
		tls_lasting = false; \
		return result; \
	} while (0)

static int tls_send(struct stream *s, const void *buf, size_t len)
{
	LASTING(int, of(s)->was_short, do_send(s, buf, len));
}

static int tls_peek(struct stream *s, void *buf, size_t len)
{
	LASTING(int, of(s)->was_short, do_peek(s, buf, len));
}

static int tls_recv(struct stream *s, void *buf, size_t len)
{
	LASTING(int, of(s)->was_short, do_recv(s, buf, len));
}

static int tls_shutdown(struct stream *s)
{
	LASTING(int, of(s)->was_short, do_shutdown(s));
}

static unsigned tls_events(struct stream *s)
{
	LASTING(unsigned, of(s)->was_short, do_events(s));
}

int tls_step(struct stream *s)
{
	LASTING(int, of(s)->was_short, do_step(s));
}

static int tls_error(const struct stream *s)
{
	return of(s)->error ? of(s)->error : stream_error(of(s)->below);
}

static int tls_sock(const struct stream *s)
{
	return stream_sock(of(s)->below);
}

static const struct stream_ops ops = {
	.send = tls_send, .recv = tls_recv, .peek = tls_peek, .shutdown = tls_shutdown, .close = tls_close,
	.events = tls_events, .error = tls_error, .sock = tls_sock,
};

bool tls_is_good(const struct stream *s)
{
	return s->ops == &ops && of(s)->open && !of(s)->error && of(s)->believed_in == roots_changes();
}

static struct stream *make(struct stream *below, const char *host)
{
	struct tls_stream *t = get_ready() == 0 ? mbedtls_calloc(1, sizeof(*t)) : NULL;

	if (!t)
		return NULL;
	t->stream.ops = &ops;
	t->below = below;
	snprintf(t->host, sizeof(t->host), "%s", host);
	mbedtls_ssl_init(&t->ssl);
	t->config = config;
	t->own = client_cert_hold();
	bool numbers = strspn(host, "0123456789.") == strlen(host);	/* no name to be indicated: RFC 6066, 3 */
	if ((t->own && client_cert_show(t->own, &t->config) < 0) || mbedtls_ssl_setup(&t->ssl, &t->config) != 0 ||
	    mbedtls_ssl_set_hostname(&t->ssl, numbers ? NULL : host) != 0) {
		discard(t);
		return NULL;
	}
	mbedtls_ssl_set_bio(&t->ssl, t, send_below, recv_below, NULL);
	t->believed_in = roots_changes();
	t->offered = sessions_offer(host, &t->ssl, tls_clock().now_s, &t->judged_s);
	return &t->stream;
}

struct stream *tls_client(struct stream *below, const char *host)
{
	bool was_short = false;

	LASTING(struct stream *, was_short, make(below, host));
}
