/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an FTP server says, in pieces as the first byte's lower bits say; its upper bits say whether there is a user,
 * a second one, and something to go on from, the two lowest whether a folder or facts are wanted.  Two ways of cutting
 * lead to the same end.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "services/ftp/ftp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_out(const struct ftp *f)
{
	assert(f->out_len >= 5 && f->out_len < sizeof(f->out));
	assert(strlen(f->out) == f->out_len);
	assert(strcspn(f->out, "\r\n") == f->out_len - 2 && !strcmp(f->out + f->out_len - 2, "\r\n"));
}

static enum ftp_step run(struct ftp *f, uint8_t how, const uint8_t *p, size_t len, size_t piece)
{
	const struct net_addr peer = net_addr_v4(0x0a000001);
	enum ftp_step step = FTP_MORE;
	size_t used;

	const enum ftp_want want = (how & 3) == 3 ? FTP_FACTS : (how & 3) == 2 ? FTP_FOLDER : FTP_FILE;

	assert(ftp_start(f, "folder/file", want, &peer) == 0);
	if (how & 0x80) {
		f->user = "me";
		f->password = "secret";
	}
	if (how & 0x40) {
		f->second_user = "op";
		f->second_password = "p@w";
	}
	if (how & 0x20) {
		f->from = 7;
		strcpy(f->version, "20260101000000 100");
	}
	while (len && f->state != FTP_ENDED) {
		size_t n = len < piece ? len : piece;
		uint8_t *exact = malloc(n);

		memcpy(exact, p, n);
		step = ftp_input(f, exact, n, &used);
		free(exact);
		assert(used <= n && used);
		p += used;
		len -= used;
		if (step == FTP_CONNECT) {
			assert(f->port);
			step = ftp_connected(f);
			assert(step == FTP_SEND);
		}
		if (step == FTP_SEND)
			check_out(f);
		if (step == FTP_AGAIN || step == FTP_REFUSED)
			assert(f->err < 0 && *f->why && strlen(f->why) < sizeof(f->why));
		else
			assert(step != FTP_TRANSFER || f->size == FTP_SIZE_UNKNOWN || f->from <= f->size);
	}
	return step;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ftp a, b;
	enum ftp_step first, second;

	if (!len)
		return 0;
	first = run(&a, data[0], data + 1, len - 1, 1 + (data[0] & 0x1f));
	second = run(&b, data[0], data + 1, len - 1, SIZE_MAX);
	assert(a.state == b.state && a.err == b.err && a.from == b.from && a.size == b.size && a.port == b.port);
	assert(!strcmp(a.why, b.why) && a.out_len == b.out_len && !memcmp(a.out, b.out, a.out_len));
	assert(a.state != FTP_ENDED || first == second);
	return 0;
}
