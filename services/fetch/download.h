/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Downloads as commands and people see them: what a name means here, the
 * progress in the live line, one line at the end.  Only the task that runs
 * commands may call these.  Several at a time:
 *
 *	err = download_begin(&d, url, NULL, 0, 0);
 *	while ((err = download_poll(d)) == -EAGAIN)
 *		download_wait(d, clock_us() + 250000);	...and the others...
 *	err = download_end(d, &file);
 */
#ifndef SERVICES_FETCH_DOWNLOAD_H
#define SERVICES_FETCH_DOWNLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/console/progress.h"
#include "services/fetch/url.h"
#include "services/script/settings.h"

struct fetch_answer;
struct fetch_want;
struct membuf;

enum { DOWNLOAD_TRY = 1, DOWNLOAD_SILENT = 2 };	/* its failure is not said; nor its progress and success */

/* The whole URL that ref means here, "##params" with it, the caller's to free: 0; or -E, said, and *url is NULL. */
int download_resolve(const char *ref, char **url);
/* The last part of a URL's path, for names, whole and never empty; the caller's to free.  NULL: no memory. */
char *download_name(const char *url);
/*
 * Fetches an absolute URL, or what a data: URL holds, into *out (empty; the caller's to free) with the
 * progress in the live line: 0 or -E, said; -EINTR on Ctrl-C.
 * label NULL: the URL's name.  timeout_ms: how long it may go on without a
 * byte more; 0: as long as its services let it.
 * "##params" behind it: what params.h has goes along, once.
 */
int download(const char *url, struct membuf *out, const char *label, uint32_t timeout_ms, unsigned how);
/* Called before each begins; may wait, and download itself. */
void download_set_before(void (*before)(void));
/* The same, which goes on by itself: 0 and *d, or -E, said. */
struct download;
int download_begin(struct download **d, const char *url, const char *label, uint32_t timeout_ms, unsigned how);
/* -EAGAIN while it goes on, then how it has ended.  To be asked now and then, for it may have to begin again. */
int download_poll(struct download *d);
/* Waits for its end until then, at the most. */
void download_wait(struct download *d, uint64_t deadline_us);
/* How far it is, in a line; false: that is not to be shown. */
bool download_line(struct download *d, char line[PROGRESS_WIDTH + 1]);
/*
 * Lines of downloads under way, several times a second: in the live area; where the consoles are plain, in the log now
 * and then.
 */
void download_show(const char *lines);
/* It has ended: its result, said, and what came in *out; d is gone. */
int download_end(struct download *d, struct membuf *out);
/* Nobody wants it any more, whether it has ended or not; NULL is ignored. */
void download_drop(struct download *d);
/* The task is dead: what was under way goes with its memory, which is not looked at, and what has come is freed. */
void download_forget(void);
/* The same of something else of the URL than its file; out stays empty where that is SOURCE_FACTS. */
int download_want(const char *url, const struct fetch_want *want, struct membuf *out, unsigned how);
/* What the last one found, which went well. */
const struct fetch_answer *download_answer(void);
/* Where redirects led in the last download, which went well, or "": names in it are relative to that. */
const char *download_led_to(void);
/* What all downloads so far have taken, those that failed too, and the bytes of those that went well. */
struct download_spent {
	uint64_t us, bytes;
};
struct download_spent download_spent(void);
/* Why the last download failed that was a DOWNLOAD_TRY. */
const char *download_error(void);
/* The settings cwuri and cwduri: settings_lookup_fn. */
int download_lookup(void *ctx, const char *name, struct setting_value *v);
/* The settings fetch.* take effect: 0 or -EINVAL, said. */
int download_apply_settings(void);
/* And tftp-by-rom. */
int download_apply_by_rom(void);
/* The same of mirrors: what is no URL is said. */
int download_apply_mirrors(void);

#endif
