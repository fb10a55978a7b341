/* SPDX-License-Identifier: BSD-2-Clause */
/* URLs as Tab completes them.  See url_words.h. */
#include "services/fetch/url_words.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/membuf.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/fetch/fetch_service.h"
#include "services/fetch/listing.h"
#include "services/fetch/url.h"

#define KEPT 8u
#define PATIENCE_US 5000000u
#define LOOK_US 50000u		/* so often it is looked for a key */

/* The listings that were asked for, the latest first. */
static struct kept {
	char *folder;			/* NULL: none */
	struct membuf data;
} kept[KEPT];

/* Of the first: how far it has been read, and the next entry's number. */
static struct listing reading;
static unsigned next;
static struct url at;			/* the folder's */

void url_words_forget(void)
{
	memset(kept, 0, sizeof(kept));
}

/* How much of a word is the folder that it is in; 0: it is none that can be asked for. */
static size_t folder_len(const char *word, size_t len)
{
	const char *authority = strstr(word, "://");

	if (!authority || authority + 3 >= word + len)
		return 0;
	while (len && word[len - 1] != '/')
		len--;
	return word + len > authority + 3 ? len : 0;
}

static void put_first(struct kept k, unsigned was)
{
	memmove(kept + 1, kept, was * sizeof(kept[0]));
	kept[0] = k;
}

static bool find(const char *word, size_t len)
{
	for (unsigned i = 0; i < KEPT && kept[i].folder; i++)
		if (strlen(kept[i].folder) == len && !memcmp(kept[i].folder, word, len)) {
			put_first(kept[i], i);
			return true;
		}
	return false;
}

/* Until it is there, somebody types, or it takes too long: 0, a key, or -E. */
static int await(int r, const char *folder)
{
	struct fetch_status status;
	uint64_t until_us = clock_us() + PATIENCE_US;
	char shown[64], line[80];
	int err, key = -ETIMEDOUT;

	url_redact(folder, shown, sizeof(shown));
	snprintf(line, sizeof(line), "%s: what is there?", shown);
	console_live(line, -1);
	while ((err = fetch_wait(r, &status, clock_us() + LOOK_US)) == -EAGAIN && clock_us() < until_us &&
	       (key = command_key(clock_us())) == -ETIMEDOUT)
		;
	console_live(NULL, -1);
	if (key != -ETIMEDOUT)
		return key;
	if (err < 0)
		log_line("%s: %s", shown, status.cause.err ? status.cause.what :
			 "its server has not said in 5 s what is there");
	return err;
}

int url_words_ask(const char *word, size_t len)
{
	const struct fetch_want want = { .want = SOURCE_LISTING };
	struct kept k = { .folder = NULL };
	int r, err = 0;

	len = folder_len(word, len);
	reading = (struct listing){ .at = NULL };
	if (!len || find(word, len))
		return 0;
	k.folder = strndup(word, len);
	if (!k.folder)
		return 0;
	r = fetch_start_want(k.folder, &want);
	if (r > 0) {
		err = await(r, k.folder);
		if (err == 0)
			fetch_take(r, &k.data);
		fetch_close(r);
	}
	if (r <= 0 || err) {
		free(k.folder);
		return err > 0 ? err : 0;
	}
	free(kept[KEPT - 1].folder);
	membuf_free(&kept[KEPT - 1].data);
	put_first(k, KEPT - 1);
	return 0;
}

/* Bytes that a URL's path has as they are. */
static bool is_plain(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("-._~+,@=:", c));
}

const char *url_words_get(unsigned i)
{
	static char text[URL_TEXT_MAX];
	struct listing_entry e;
	const struct kept *k = kept;

	if (!k->folder || url_parse(&at, k->folder) < 0)
		return NULL;
	if (!i || i != next) {
		listing_begin(&reading, k->data.data, k->data.len, at.target);
		next = 0;
	}
	do {
		if (!listing_next(&reading, &e))
			return NULL;
	} while (next++ < i);
	size_t n = strlen(k->folder);

	if (n + 3 * sizeof(e.name) + 2 > sizeof(text))
		return NULL;
	memcpy(text, k->folder, n);
	for (const char *p = e.name; *p; p++)
		n += (size_t)sprintf(text + n, is_plain(*p) ? "%c" : "%%%02X", (unsigned char)*p);
	strcpy(text + n, e.kind == LISTING_FOLDER ? "/" : "");
	return text;
}
