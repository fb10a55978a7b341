/* SPDX-License-Identifier: BSD-2-Clause */
/* Downloads as a person sees them.  See download.h. */
#include "services/fetch/download.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/task.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/console/progress.h"
#include "services/dhcp/dhcp_service.h"
#include "services/fetch/data_url.h"
#include "services/fetch/fetch_policy.h"
#include "services/fetch/fetch_service.h"
#include "services/fetch/mirrors.h"
#include "services/fetch/params.h"
#include "services/script/script.h"
#include "services/script/setting_owner.h"

#define DRAW_US 250000u
#define PLAIN_US 5000000u	/* between lines in the log, where nothing is drawn over */
#define DOWNLOADS_MAX 40	/* more than all commands together begin at a time */
#define LOST_MAX 3		/* times that the fetch service may die over one download */

/* What has come, until it is wanted: not in the task's heap, which goes with the task, perhaps in ruins.  One each. */
static struct came {
	bool taken;
	struct membuf file;
} came[DOWNLOADS_MAX];

/* What is asked for, and what goes along with it (params.h), or NULL; want NULL: the file. */
struct asked {
	const char *url, *form;
	size_t form_len;
	const struct fetch_want *want;
};

struct download {
	struct asked asked;
	char *url, *places, *form, *name;
	uint32_t timeout_ms;
	unsigned how;
	int r;				/* the request; 0: it is to be asked, from again_us on */
	unsigned lost;			/* times that the service has died over it */
	uint64_t begun_us, again_us;
	uint64_t until_us, got;		/* when its time is over; what had come when that was set */
	struct rate_meter meter;
	bool ended;
	int err;			/* how */
	struct came *came;
	struct fetch_answer answer;
};

static void (*before_each)(void);
static struct download_spent spent;
static struct fetch_answer last;	/* of the one that has ended last */
static unsigned under_way;		/* downloads */
static uint64_t busy_since_us;		/* while there are some */

static struct url base, target;		/* too big for the stack */

/* Relative names are the running script's neighbours, else the boot file's. */
static const char *base_url(void)
{
	static char text[URL_TEXT_MAX];
	const struct dhcp_lease *l = dhcp_service_lease();
	char ip[NET_ADDR_TEXT];
	const char *from = script_name(command_script());
	if (from && url_is_absolute(from))
		return from;
	text[0] = '\0';
	if (l && url_from_boot_file(&base, dhcp_boot_host(l, ip), l->boot_file[0] ? l->boot_file : "/") == 0)
		url_format(&base, text, sizeof(text));
	return text;
}

int download_lookup(void *ctx, const char *name, struct setting_value *v)
{
	(void)ctx;
	bool folder = !strcmp(name, "cwduri");
	if (!folder && strcmp(name, "cwuri"))
		return -ENOENT;
	const char *uri = base_url();
	return folder ? setting_value_raw(v, VALUE_STRING, uri, url_folder_len(uri)) : setting_value_text(v, uri);
}

static int apply_limit(enum fetch_limit which)
{
	char name[32];
	int32_t value = (int32_t)fetch_limit_default(which);
	uint32_t least, most;
	snprintf(name, sizeof(name), "fetch.%s", fetch_limit_name(which));
	int err = settings_number(command_settings(), name, &value);
	if (err == -ENOENT)
		err = 0;
	int out_of_range = fetch_limit_set(which, err < 0 ? -1 : value, &least, &most);
	if (!out_of_range)
		return 0;
	return command_fail(-EINVAL, "%s is to be a number from %lu to %lu; it stays %lu", name, (unsigned long)least,
			    (unsigned long)most, (unsigned long)fetch_limit(which));
}

int download_apply_by_rom(void)
{
	int32_t by_rom = -1;
	(void)settings_number(command_settings(), "tftp-by-rom", &by_rom);
	fetch_by_rom_set(by_rom);
	return 0;
}

int download_apply_settings(void)
{
	int result = 0;
	for (unsigned i = 0; i < FETCH_LIMITS; i++) {
		const char *limit = fetch_limit_name(i), *name = setting_owner_name();
		int err = apply_limit(i);
		if (err < 0 && (!name || !strncmp(name + strlen("fetch."), limit, strlen(limit))))
			result = err;
	}
	return result;
}

/* A script may call a variable of its own so. */
int download_apply_mirrors(void)
{
	char *bases = NULL;
	int err = settings_text(command_settings(), "mirrors", &bases);
	unsigned wrong = err < 0 ? 0 : mirrors_wrong(bases);
	free(bases);
	if (wrong)
		log_warn("mirrors: the folder with number %u of them is no URL, as http://mirror/debian/ is", wrong);
	return 0;
}

static int too_long(const char *ref)
{
	return command_fail(-ENAMETOOLONG, "%.60s...: too long: " URL_LIMITS, ref);
}

static int resolve(const char *ref, char **url)
{
	const char *from = base_url(), *list, *mark = ref + params_split(ref, &list);
	size_t head = 0;

	*url = NULL;
	if (strlen(ref) >= URL_TEXT_MAX)
		return too_long(ref);
	if (url_is_absolute(ref)) {
		*url = strdup(ref);
		return *url ? 0 : -ENOMEM;
	}
	if (!*from)
		return command_fail(-EDESTADDRREQ, "%s: no server is known for it; give a whole URL, http://server/%s",
				    ref, ref);
	int err = url_parse(&base, from);
	if (err == 0)
		err = url_resolve(&target, &base, ref);
	if (err == -ENAMETOOLONG)
		return too_long(ref);
	if (err < 0)
		return command_fail(err, "%s is no URL: %s", ref, err_text(err));
	if (strncmp(ref, "//", 2)) {	/* user and password stay, which url_format() would leave out */
		const char *authority = strstr(from, "://");
		head = authority ? (size_t)(authority - from) + 3 : 0;
		head += strcspn(from + head, "/?");
	}
	size_t need = head ? head + strlen(target.target) : url_format(&target, NULL, 0);
	if (need + strlen(mark) >= URL_TEXT_MAX)
		return too_long(ref);
	*url = malloc(need + strlen(mark) + 1);
	if (!*url)
		return -ENOMEM;
	if (head) {
		memcpy(*url, from, head);
		strcpy(*url + head, target.target);
	} else {
		url_format(&target, *url, need + 1);
	}
	strcpy(*url + need, mark);
	return 0;
}

int download_resolve(const char *ref, char **url)
{
	size_t first = mirrors_first(ref), len;
	char *own = strndup(ref, first), *whole;
	*url = NULL;
	int err = own ? resolve(own, url) : -ENOMEM;
	free(own);
	if (err == 0 && ref[first]) {	/* the other places are whole URLs */
		len = strlen(*url);
		whole = realloc(*url, len + strlen(ref + first) + 1);
		if (whole)
			strcpy(whole + len, ref + first);
		else
			free(*url);
		*url = whole;
		err = whole ? 0 : -ENOMEM;
	}
	return err;
}

char *download_name(const char *url)
{
	if (data_url_is(url))
		return strdup("data");
	const char *path = strstr(url, "://");
	path = path ? path + 3 + strcspn(path + 3, "/") : url;
	size_t first = mirrors_first(url), len = strcspn(path, "?#");
	if (path + len > url + first)
		len = url + first > path ? (size_t)(url + first - path) : 0;
	while (len && path[len - 1] == '/')
		len--;
	size_t start = len;
	while (start && path[start - 1] != '/')
		start--;
	char *name = malloc(len - start + sizeof("index"));
	if (name && (start == len || url_decode(path + start, len - start, name, len - start + 1) < 0))
		strcpy(name, "index");
	return name;
}

static const char *phase_text(enum fetch_phase phase)
{
	switch (phase) {
	case FETCH_QUEUED: return "waiting for its turn";
	case FETCH_RESOLVING: return "looking up the server's name";
	case FETCH_CONNECTING: return "connecting to";
	case FETCH_WAITING: return "asked, no answer yet from";
	default: return "broken off, trying again soon,";
	}
}

bool download_line(struct download *d, char line[PROGRESS_WIDTH + 1])
{
	const struct fetch_status *st = &d->answer.status;
	char time[HUMAN_LEN];
	uint64_t now = clock_us();
	uint64_t rate = rate_sample(&d->meter, st->got, now);
	if (st->phase == FETCH_RECEIVING || st->phase == FETCH_DONE) {
		struct progress p = { d->name, st->got, st->total, now - d->begun_us, rate, st->peer, st->tries };
		progress_format(&p, line);
	} else {
		human_time((now - d->begun_us) / 1000000, time);
		snprintf(line, PROGRESS_WIDTH + 1, "%.28s: %s%s%s, %s", d->name, phase_text(st->phase),
			 st->peer[0] ? " " : "", st->peer, time);
	}
	return !(d->how & DOWNLOAD_SILENT);
}

/* Until when the next byte is waited for. */
static uint64_t until(uint32_t timeout_ms)
{
	return timeout_ms ? clock_us() + timeout_ms * 1000ull : CLOCK_NEVER;
}

/* Asks the service, as soon as it has room for one more: 0, -EAGAIN, or -E. */
static int ask(struct download *d)
{
	const struct asked *a = &d->asked;
	int r = clock_us() < d->again_us ? -EAGAIN :
		a->want ? fetch_start_want(d->places, a->want) :
		a->form ? fetch_start_form(a->form, a->form_len) : fetch_start(d->places);
	if (r == -EAGAIN && clock_us() > d->until_us)
		return -ETIMEDOUT;
	if (r < 0)
		return r;
	d->r = r;
	d->until_us = until(d->timeout_ms);
	return 0;
}

/* The request until it ends: -EAGAIN; 0; -ETIMEDOUT and no error (time is up); or -E. */
static int follow(struct download *d)
{
	int err = fetch_wait(d->r, &d->answer.status, clock_us());
	/* what others fetch first is no silence of its own server */
	if (err == -EAGAIN && (d->answer.status.got != d->got || d->answer.status.phase == FETCH_QUEUED)) {
		d->got = d->answer.status.got;
		d->until_us = until(d->timeout_ms);
	}
	if (err == -EAGAIN && clock_us() <= d->until_us)
		return err;
	if (err == 0) {
		fetch_read(d->r, &d->answer);
		fetch_take(d->r, &d->came->file);
	}
	fetch_close(d->r);
	d->r = 0;
	return err == -EAGAIN ? -ETIMEDOUT : err;
}

static void end(struct download *d, int err)
{
	d->ended = true;
	d->err = err;
	if (!--under_way)
		spent.us += clock_us() - busy_since_us;
}

int download_poll(struct download *d)
{
	if (d->ended)
		return d->err;
	int err = d->r ? 0 : ask(d);
	if (err == 0)
		err = follow(d);
	if (err == -ECONNRESET && !d->answer.status.cause.err && d->lost++ < LOST_MAX) {
		log_warn("fetch: the service stopped while it fetched %s; asking again", d->name);
		d->answer = (struct fetch_answer){ .status.phase = FETCH_QUEUED };
		d->again_us = clock_us() + DRAW_US;
		return -EAGAIN;
	}
	if (err != -EAGAIN)
		end(d, err);
	return err;
}

void download_wait(struct download *d, uint64_t deadline_us)
{
	struct fetch_status now;
	if (d->r)
		fetch_wait(d->r, &now, deadline_us);
	else
		task_sleep_until(deadline_us);
}

static void say_done(const struct download *d)
{
	char size[HUMAN_LEN], rate[HUMAN_LEN], time[HUMAN_LEN], resumed[48] = "", exact[24] = "";
	const struct fetch_status *st = &d->answer.status;
	uint64_t elapsed_us = clock_us() - d->begun_us;
	if (st->tries)
		snprintf(resumed, sizeof(resumed), ", tried again %u times", st->tries);
	const char *by = *d->answer.led_to ? d->answer.led_to : d->asked.url;	/* who it came from may speak another */
	if (d->came->file.len >= 1024)
		snprintf(exact, sizeof(exact), "; %lu bytes", (unsigned long)d->came->file.len);
	log_line("%.*s: %s %s in %s (%s) from %s%s%s", (int)strcspn(by, ":"), by, d->name,
		 human_size(d->came->file.len, size), human_elapsed(elapsed_us, time),
		 human_rate(rate_average(d->came->file.len, elapsed_us), rate), st->peer, resumed, exact);
}

/* Why it has failed, if that has not been found out by a service. */
static void give_cause(struct download *d)
{
	struct cause_fact *cause = &d->answer.status.cause;
	if (cause->err)
		return;
	if (d->err == -ETIMEDOUT)
		cause_fact_set(cause, d->err, "nothing more of it came for %lu ms (--timeout)",
			       (unsigned long)d->timeout_ms);
	else
		cause_fact_set(cause, d->err, "%s", err_text(d->err));
	url_redact(d->asked.url, cause->url, sizeof(cause->url));
}

int download_end(struct download *d, struct membuf *out)
{
	int err = d->err;
	if (err < 0 && err != -EINTR)
		give_cause(d);
	last = d->answer;
	if (err == 0) {
		spent.bytes += d->came->file.len;
		if (!(d->how & DOWNLOAD_SILENT))
			say_done(d);
		*out = d->came->file;
		d->came->file = (struct membuf){ 0 };
	} else if (err == -EINTR) {
		command_fail(err, "%s: stopped by %s", d->name, command_stopper());
	} else if (!(d->how & DOWNLOAD_TRY)) {
		log_error("%s", download_error());
		command_caused(&last.status.cause);
		command_said();
	}
	download_drop(d);
	return err;
}

/* A place for what comes, or NULL. */
static struct came *take_place(void)
{
	for (struct came *c = came; c < came + DOWNLOADS_MAX; c++)
		if (!c->taken) {
			c->taken = true;
			return c;
		}
	return NULL;
}

static void give_back(struct came *c)
{
	if (!c)
		return;
	membuf_free(&c->file);
	c->taken = false;
}

void download_drop(struct download *d)
{
	if (!d)
		return;
	if (d->r)
		fetch_close(d->r);
	if (!d->ended)
		end(d, -EINTR);
	give_back(d->came);
	free(d->form);
	free(d->places);
	free(d->url);
	free(d->name);
	free(d);
}

void download_show(const char *lines)
{
	static uint64_t shown_us, due_us;
	uint64_t now = clock_us();
	if (!shown_us || now > shown_us + PLAIN_US)	/* another download */
		due_us = now + PLAIN_US;
	shown_us = now;
	console_live(lines, -1);
	if (!console_is_plain() || now < due_us)
		return;
	due_us = now + PLAIN_US;
	for (; *lines; lines += strcspn(lines, "\n") + (strchr(lines, '\n') != NULL))
		log_line("%.*s", (int)strcspn(lines, "\n"), lines);
}

/* One alone, which may be stopped. */
static int await(struct download *d)
{
	char line[PROGRESS_WIDTH + 1];
	int err;
	while ((err = download_poll(d)) == -EAGAIN) {
		download_wait(d, clock_us() + DRAW_US);
		if (download_poll(d) != -EAGAIN)
			continue;
		if (command_interrupted()) {
			fetch_close(d->r);
			d->r = 0;
			end(d, -EINTR);
		} else if (download_line(d, line)) {
			download_show(line);
		}
	}
	console_live(NULL, -1);
	return err;
}

/* ${mac} and the like in the setting mean what they are now. */
static void choose_manners(void)
{
	int32_t any_source = 0;
	char *text, whole[4 * FETCH_AGENT_MAX], hosts[FETCH_AGENT_MAX];
	int len = settings_text(command_settings(), "user-agent", &text);

	if (len >= 0)
		len = settings_expand(command_settings(), text, (size_t)len, whole, sizeof(whole) - 1);
	if (len >= FETCH_AGENT_MAX || (len < 0 && len != -ENOENT)) {
		log_warn("user-agent: longer than %d bytes: it is not told", FETCH_AGENT_MAX - 1);
		len = 0;
	}
	whole[len > 0 ? len : 0] = '\0';
	int named = settings_format(command_settings(), "user-agent-hosts", hosts, sizeof(hosts));
	if (named < 0)
		*hosts = '\0';
	if (named < 0 && named != -ENOENT)
		log_warn("user-agent-hosts: longer than %d bytes: it names nobody", FETCH_AGENT_MAX - 1);
	fetch_agent_set(whole, hosts);
	free(text);
	(void)settings_number(command_settings(), "tftp-any-source", &any_source);
	fetch_any_source_set(any_source > 0);
}

/* "##params" behind the URL: 0 and *form, the caller's to free, or NULL; or -E, said. */
static int take_form(struct asked *a, char **form)
{
	const char *list;
	size_t len = params_split(a->url, &list);
	int packed = -ENOENT;
	*form = NULL;
	if (a->url[len] && mirrors_first(a->url) < strlen(a->url))
		return command_fail(-EINVAL, "what ##params sends goes to one place, and %.60s... names several; "
				    "name one", a->url);
	*form = a->url[len] ? params_take(list, a->url, len, &packed) : NULL;
	if (*form) {
		*a = (struct asked){ *form, *form, (size_t)packed, NULL };
		return 0;
	}
	if (a->url[len] && packed == -ENOENT)
		log_warn("%.60s: no list of parameters is there for it (they are used once; params makes one); it is "
			 "asked for without", a->url);
	return packed == -ENOENT ? 0 : packed == -ENAMETOOLONG ? too_long(a->url) : packed;
}

/* "data:": nobody is asked for it. */
static int take_data(const char *url, struct membuf *out)
{
	if (membuf_reserve(out, strlen(url)) < 0)
		return command_fail(-ENOMEM, "data: no memory for it");
	int n = data_url_decode(url, out->data);
	if (n >= 0) {
		out->len = (size_t)n;
		return 0;
	}
	membuf_free(out);
	return command_fail(n, "%.60s: no data URL: they are data:[type],text or data:[type];base64,digits", url);
}

/* All places of that file, a line each. */
static char *mirrors_of(const char *url)
{
	char *bases = NULL;
	if (settings_text(command_settings(), "mirrors", &bases) < 0)
		bases = NULL;
	unsigned left_out;
	char *places = mirrors_list(url, bases ? bases : "", &left_out), shown[CAUSE_URL_MAX];
	free(bases);
	if (places && left_out) {
		url_redact(places, shown, sizeof(shown));
		log_warn("fetch: %.*s: %u of its places are not asked: a file may have %u, of %u bytes together",
			 (int)strcspn(shown, "\n"), shown, left_out, MIRRORS_MAX, MIRRORS_LEN);
	}
	return places;
}

void download_set_before(void (*before)(void))
{
	before_each = before;
}

static int begin(struct download **out, const struct asked *a, const char *label, uint32_t timeout_ms, unsigned how)
{
	if (before_each)
		before_each();
	struct download *d = calloc(1, sizeof(*d));
	*out = NULL;
	if (!d)
		return -ENOMEM;
	d->url = strdup(a->url);
	d->name = label ? strdup(label) : download_name(a->url);
	d->asked = (struct asked){ .url = d->url, .want = a->want };
	d->timeout_ms = timeout_ms;
	d->how = how;
	d->places = mirrors_of(a->url);
	d->came = take_place();
	int err = !d->url || !d->name || !d->places || !d->came ? -ENOMEM :
		  a->want ? 0 : take_form(&d->asked, &d->form);
	choose_manners();
	if (!under_way++)
		busy_since_us = clock_us();
	if (err < 0) {
		download_drop(d);
		return err;
	}
	d->begun_us = clock_us();
	d->until_us = until(timeout_ms);
	rate_begin(&d->meter, d->begun_us);
	download_poll(d);
	*out = d;
	return 0;
}

int download_begin(struct download **out, const char *url, const char *label, uint32_t timeout_ms, unsigned how)
{
	return begin(out, &(struct asked){ .url = url }, label, timeout_ms, how);
}

/* One alone, to its end. */
static int get(const struct asked *a, struct membuf *out, const char *label, uint32_t timeout_ms, unsigned how)
{
	struct download *d;
	int err = begin(&d, a, label, timeout_ms, how);
	if (err < 0)
		return err;
	await(d);
	return download_end(d, out);
}

int download(const char *url, struct membuf *out, const char *label, uint32_t timeout_ms, unsigned how)
{
	last.led_to[0] = '\0';
	if (data_url_is(url))
		return take_data(url, out);
	return get(&(struct asked){ .url = url }, out, label, timeout_ms, how);
}

int download_want(const char *url, const struct fetch_want *want, struct membuf *out, unsigned how)
{
	return get(&(struct asked){ .url = url, .want = want }, out, NULL, 0, how);
}

void download_forget(void)
{
	under_way = 0;
	for (struct came *c = came; c < came + DOWNLOADS_MAX; c++)
		give_back(c);
}

const struct fetch_answer *download_answer(void)
{
	return &last;
}

struct download_spent download_spent(void)
{
	return spent;
}

const char *download_led_to(void)
{
	return last.led_to;
}

const char *download_error(void)
{
	static char text[CAUSE_TEXT_MAX];
	cause_text(&last.status.cause, text, sizeof(text));
	return text;
}
