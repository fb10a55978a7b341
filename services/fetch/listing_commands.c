/* SPDX-License-Identifier: BSD-2-Clause */
/* What is on servers: ls, cat.  See listing_commands.h. */
#include "services/fetch/listing_commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "kernel/membuf.h"
#include "kernel/plain.h"
#include "kernel/task.h"
#include "services/cause/cause.h"
#include "services/command/run.h"
#include "services/console/progress.h"
#include "services/fetch/download.h"
#include "services/fetch/fetch_service.h"
#include "services/fetch/listing.h"
#include "services/fetch/url.h"

#define TURN 100u			/* entries between two turns of the other tasks */

static struct url at;			/* too big for the stack */

/* "1.4 MiB", or as exact as it is known. */
static void show(const char *name, bool folder, uint64_t size, bool rough)
{
	char text[HUMAN_LEN];

	if (folder)
		log_line("  %12s  %s/", "", name);
	else if (size == LISTING_SIZE_UNKNOWN)
		log_line("  %12s  %s", "?", name);
	else if (rough)
		log_line("  %12s  %s", human_size(size, text), name);
	else
		log_line("  %12llu  %s", (unsigned long long)size, name);
}

static int show_folder(const char *url)
{
	const struct fetch_want want = { .want = SOURCE_LISTING };
	struct membuf b = { 0 };
	struct listing l;
	struct listing_entry e;
	unsigned count = 0;
	char shown[CAUSE_URL_MAX];
	int err = download_want(url, &want, &b, DOWNLOAD_SILENT);

	if (err < 0)
		return err;
	err = url_parse(&at, *download_led_to() ? download_led_to() : url);
	listing_begin(&l, b.data, b.len, at.target);
	while (err == 0 && listing_next(&l, &e)) {
		show(e.name, e.kind == LISTING_FOLDER, e.size, e.rough);
		if (++count % TURN)
			continue;
		task_yield();
		if (command_interrupted())
			err = command_fail(-EINTR, "ls: stopped by %s", command_stopper());
	}
	membuf_free(&b);
	url_redact(url, shown, sizeof(shown));
	if (err == 0 && !count)
		return command_fail(-ENOENT, "ls: %s: nothing in it can be seen: it is empty, or no listing; does the "
				    "server give one?", shown);
	return err;
}

static bool is_folder(const char *url)
{
	size_t len = strcspn(url, "?#");

	return len && url[len - 1] == '/';
}

/* What the server says of a name that may be a folder's. */
static int show_either(const char *url)
{
	const struct fetch_want want = { .want = SOURCE_FACTS };
	struct membuf none = { 0 };
	char *name;
	int err = download_want(url, &want, &none, DOWNLOAD_SILENT);

	if (err < 0)
		return err;
	url = *download_led_to() ? download_led_to() : url;
	name = malloc(strlen(url) + 2);
	if (!name)
		return -ENOMEM;
	strcpy(name, url);
	if (download_answer()->folder) {
		if (!is_folder(name))
			strcat(name, "/");
		err = show_folder(name);
	} else if (url_parse(&at, url) == 0 && url_decode(at.target, strlen(at.target), name, strlen(url)) >= 0) {
		show(strrchr(name, '/') + 1, false, download_answer()->size, false);
	}
	free(name);
	return err;
}

/* A name that ends with a slash is a folder's. */
static int cmd_ls(struct call *c)
{
	char *url;
	int err = download_resolve(c->argc ? c->argv[0] : ".", &url);

	if (err == 0)
		err = is_folder(url) ? show_folder(url) : show_either(url);
	free(url);
	return err;
}

/* ---- cat ---- */

/* What of it is shown: bytes, and columns before a line is parted. */
#define SHOWN_MAX 65536u
#define COLUMNS_MAX 400u

/* Its lines, as far as it is text. */
static int show_text(const uint8_t *text, size_t len)
{
	char line[COLUMNS_MAX + 1];
	unsigned count = 0;

	for (size_t n; len; text += n, len -= n) {
		const uint8_t *nl = memchr(text, '\n', len);
		size_t part = nl ? (size_t)(nl - text) : len;

		n = nl && part <= COLUMNS_MAX ? part + 1 : part;
		if (part > COLUMNS_MAX)
			n = part = COLUMNS_MAX;
		for (size_t i = 0; i < part; i++)
			line[i] = text[i] ? (char)text[i] : '?';
		line[part - (part && line[part - 1] == '\r')] = '\0';
		plain_text(line);
		log_line("%s", line);
		if (++count % TURN)
			continue;
		task_yield();
		if (command_interrupted())
			return command_fail(-EINTR, "cat: stopped by %s", command_stopper());
	}
	return 0;
}

static int cmd_cat(struct call *c)
{
	struct membuf b = { 0 };
	char *url;
	int err = download_resolve(c->argv[0], &url);

	if (err == 0)
		err = download(url, &b, NULL, 0, DOWNLOAD_SILENT);
	free(url);
	if (err == 0)
		err = show_text(b.data, b.len < SHOWN_MAX ? b.len : SHOWN_MAX);
	if (err == 0 && b.len > SHOWN_MAX)
		log_line("cat: that were the first %u of its %lu bytes", SHOWN_MAX, (unsigned long)b.len);
	membuf_free(&b);
	return err;
}

const struct command listing_commands[] = {
	{ .name = "cat", .min = 1, .max = 1, .run = cmd_cat, .usage = "URL", .help = "show a text" },
	{ .name = "ls", .max = 1, .run = cmd_ls, .usage = "[URL]", .help = "what is in a server's folder" },
	{ 0 },
};
