/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One try at a download over FTP: ftp.c on a control connection, and the file
 * by a data connection to the same machine, straight into its place.  What is
 * in a folder are the lines as they come, behind LISTING_FTP_HEAD.  Called by
 * the fetch service, through the scheme's row.
 */
#include "services/ftp/ftp_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "net/stream.h"
#include "services/fetch/fetch_policy.h"
#include "services/fetch/listing.h"
#include "services/fetch/source.h"
#include "services/ftp/ftp.h"
#include "services/http/auth.h"
#include "services/stack/dial.h"

#define FAILING_TRIES	4	/* a server that says "later" */

/* What the server says when the file has come, or when it has not. */
static const struct budget_limits closing = { .phase = "the file's end", .total_s = 5 };

struct ftp_source {
	struct stream *control, *data;	/* NULL: none */
	struct ftp ftp;
	bool complete;			/* the server said so */
	size_t len, at;			/* of buf: bytes in it, and taken from it */
	uint8_t buf[512];
};

/* The server's next reply, and what it leads to; < 0: -E. */
static int reply(struct source *s, struct ftp_source *f, struct budget *b)
{
	enum ftp_step step;
	size_t used;
	int n;

	for (;;) {
		step = ftp_input(&f->ftp, f->buf + f->at, f->len - f->at, &used);
		f->at += used;
		if (step != FTP_MORE)
			return (int)step;
		n = source_hear(s, f->control, f->buf, sizeof(f->buf), b);
		if (n < 0)
			return n;
		f->at = 0;
		f->len = (size_t)n;
	}
}

/* Why the server's last reply ends this try. */
static enum source_end refused(struct source *s, const struct ftp *f, enum ftp_step step)
{
	s->answered = f->code;
	if (step == FTP_AGAIN)
		s->limit = FAILING_TRIES;
	return source_fail(s, step == FTP_AGAIN ? SOURCE_BROKEN : SOURCE_ENDED, f->err, "%s %s", s->status.peer,
			   f->why);
}

static enum source_end connect_data(struct source *s, struct ftp_source *f)
{
	struct dial d = { .addr = s->peer, .port = f->ftp.port, .mss = s->mss };
	int err;

	if (f->data)		/* was for what the server could not do */
		stream_abort(f->data);
	f->data = NULL;
	err = dial_tcp(&d, clock_us() + fetch_limit(FETCH_CONNECT_TIMEOUT) * 1000000ull, &f->data);

	if (!err) {
		source_probe(f->data, true);
		return SOURCE_OK;
	}
	return source_fail(s, err == -ECANCELED ? SOURCE_ENDED : SOURCE_BROKEN, err,
			   "%s names port %u for its file, and there: %s; is a firewall between?", s->status.peer,
			   f->ftp.port, err_text(err));
}

/* From the welcome until the file comes. */
static enum source_end talk(struct source *s, struct ftp_source *f)
{
	enum source_end end = SOURCE_OK;

	while (end == SOURCE_OK) {
		int step = reply(s, f, &s->budget), err = 0;

		if (step == FTP_TRANSFER || step == FTP_KNOWN)
			break;
		if (step == FTP_CONNECT) {
			end = connect_data(s, f);
			step = (int)ftp_connected(&f->ftp);
		}
		if (step == FTP_SEND && end == SOURCE_OK)
			err = source_say(s, f->control, f->ftp.out, f->ftp.out_len, &s->budget);
		else if (step == FTP_AGAIN || step == FTP_REFUSED)
			end = refused(s, &f->ftp, step);
		else if (step < 0)
			err = step;
		if (err)
			end = source_broken_talk(s, f->control, err, f->ftp.said);
	}
	return end;
}

static enum source_end ftp_open(struct source *s)
{
	struct ftp_source *f = s->state;
	const struct http_login *login = s->elsewhere ? NULL : http_login_of_settings();
	char *path = malloc(FTP_PATH_MAX);	/* too much for this task's stack */
	enum source_end end = SOURCE_OK;
	int err;

	err = path ? ftp_path(s->url.target, path, FTP_PATH_MAX) : -ENOMEM;
	if (err >= 0)
		end = s->scheme->connect(s, &f->control);
	if (err >= 0 && end == SOURCE_OK)
		err = ftp_start(&f->ftp, path, s->want == SOURCE_LISTING ? FTP_FOLDER :
				s->want == SOURCE_FACTS ? FTP_FACTS : FTP_FILE, &s->peer);
	free(path);
	if (end != SOURCE_OK)
		return end;
	if (err == -ENOMEM)
		return source_fail(s, SOURCE_ENDED, err, "there is no memory to begin it");
	if (err < 0)
		return source_fail(s, SOURCE_ENDED, err, err == -ENAMETOOLONG ?
				   "the path is longer than FTP's 4095 bytes" :
				   "FTP knows no path that is empty, or has a byte 0 or an end of line in it");
	if (s->url.has_user) {
		f->ftp.user = s->url.user;
		f->ftp.password = s->url.password;
	} else if (login) {
		f->ftp.second_user = login->user;
		f->ftp.second_password = login->password;
	}
	f->ftp.from = s->at;
	if (strlen(s->validator) < sizeof(f->ftp.version))
		strcpy(f->ftp.version, s->validator);
	source_enter(s, FETCH_WAITING);
	end = talk(s, f);
	if (end != SOURCE_OK)
		return end;
	s->at = f->ftp.from;
	s->size = f->ftp.size == FTP_SIZE_UNKNOWN ? SOURCE_SIZE_UNKNOWN : f->ftp.size;
	s->folder = f->ftp.folder;
	strcpy(s->validator, f->ftp.version);
	f->complete = s->want == SOURCE_FACTS;
	source_enter(s, FETCH_RECEIVING);
	return SOURCE_OK;
}

/* ---- the file ---- */

/* All that was said to come is there: no more may. */
static enum source_end check_length(struct source *s, struct ftp_source *f)
{
	uint8_t more;

	if (stream_recv(f->data, &more, 1) <= 0) {
		s->over = true;
		return SOURCE_OK;
	}
	s->validator[0] = '\0';
	return source_fail(s, SOURCE_BROKEN, -EPROTO, "%s sends more than the %llu bytes that it said",
			   s->status.peer, (unsigned long long)s->size);
}

/*
 * No more comes, err says why: what does the server say of it?  Where the length is known and the file is there, a
 * server that says nothing, as behind a firewall that has forgotten the control connection, is no failure.
 */
static enum source_end finish(struct source *s, struct ftp_source *f, int err)
{
	bool known = s->size != SOURCE_SIZE_UNKNOWN, whole = known ? s->at == s->size : err == -EPIPE;
	struct budget b;
	int step;

	if (s->budget.broken)
		return source_over_budget(s, err, &s->budget);
	if (err == -ECANCELED)
		return source_broken(s, err);
	budget_begin(&b, &closing, clock_us());
	step = reply(s, f, &b);
	f->complete = step == FTP_COMPLETE;
	if (step == -ECANCELED)
		return source_broken(s, step);
	if (step == FTP_AGAIN || (step == FTP_REFUSED && f->ftp.err != -EPROTO)) {
		s->answered = f->ftp.code;
		return source_broken_off(s, f->ftp.err, f->ftp.why);
	}
	if (whole && known)
		return check_length(s, f);
	s->over = whole && f->complete;
	if (s->over)
		return SOURCE_OK;
	return source_broken_off(s, err, err == -ETIMEDOUT ? "is gone: not even its machine answers any more," :
				 whole ? "closed the connection and does not say that this is all" :
				 err == -EPIPE ? "ended the file early" :
				 err == -ECONNRESET ? "reset the connection" : err_text(err));
}

static enum source_end ftp_read(struct source *s, void *place, size_t len)
{
	struct ftp_source *f = s->state;
	uint64_t left = s->size == SOURCE_SIZE_UNKNOWN ? UINT64_MAX : s->size - s->at;
	const size_t head = s->want == SOURCE_LISTING ? strlen(LISTING_FTP_HEAD) : 0;
	int err = 0;

	if (s->at < head) {
		size_t n = len < head - s->at ? len : head - (size_t)s->at;

		memcpy(place, LISTING_FTP_HEAD + s->at, n);
		s->at += n;
		return SOURCE_OK;
	}
	budget_heard(&s->budget, clock_us());	/* what may have passed meanwhile was not the server's time */
	if (left)
		err = source_receive(s, f->data, place, len < left ? len : (size_t)left);
	return err || s->at == s->size ? finish(s, f, err) : SOURCE_OK;
}

static void ftp_close(struct source *s)
{
	struct ftp_source *f = s->state;

	source_drop_dials(s);
	if (f->data)
		stream_abort(f->data);
	f->data = NULL;
	if (f->control && f->complete) {
		stream_send(f->control, "QUIT\r\n", 6);
		stream_close(f->control);
	} else if (f->control) {
		stream_abort(f->control);
	}
	f->control = NULL;
}

const struct scheme ftp_scheme = {
	.name = "ftp", .server = "an FTP server", .port = FTP_PORT, .can = SCHEME_LIST,
	.state_len = sizeof(struct ftp_source),
	.open = ftp_open, .read = ftp_read, .close = ftp_close, .connect = source_connect,
};
