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
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/console/progress.h"
#include "services/dhcp/dhcp_service.h"
#include "services/fetch/data_url.h"
#include "services/fetch/fetch_policy.h"
#include "services/fetch/fetch_service.h"
#include "services/fetch/params.h"
#include "services/script/script.h"
#include "services/script/setting_owner.h"

#define DRAW_US 250000u
#define LOST_MAX 3		/* times that the fetch service may die over one download */

static struct download_spent spent;
static struct fetch_answer answer;	/* of the download under way, or of the last */

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
	const char *uri = script_name(command_script());
	uri = uri ? uri : base_url();
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

static int too_long(const char *ref)
{
	return command_fail(-ENAMETOOLONG, "%.60s...: too long: " URL_LIMITS, ref);
}

int download_resolve(const char *ref, char **url)
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

char *download_name(const char *url)
{
	if (data_url_is(url))
		return strdup("data");
	const char *path = strstr(url, "://");
	path = path ? path + 3 + strcspn(path + 3, "/") : url;
	size_t len = strcspn(path, "?#");
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

/* What is asked for, and what goes along with it (params.h), or NULL; want NULL: the file. */
struct asked {
	const char *url, *form;
	size_t form_len;
	const struct fetch_want *want;
};

static void draw(const char *name, struct rate_meter *meter, uint64_t begun_us)
{
	char line[PROGRESS_WIDTH + 1], time[HUMAN_LEN];
	uint64_t now = clock_us();
	uint64_t rate = rate_sample(meter, answer.status.got, now);
	if (answer.status.phase == FETCH_RECEIVING || answer.status.phase == FETCH_DONE) {
		struct progress p = { name, answer.status.got, answer.status.total, now - begun_us, rate };
		progress_format(&p, line);
	} else {
		human_time((now - begun_us) / 1000000, time);
		snprintf(line, sizeof(line), "%.28s: %s%s%s, %s", name, phase_text(answer.status.phase),
			 answer.status.peer[0] ? " " : "", answer.status.peer, time);
	}
	console_live(line, -1);
}

/* Until when the next byte is waited for. */
static uint64_t until(uint32_t timeout_ms)
{
	return timeout_ms ? clock_us() + timeout_ms * 1000ull : CLOCK_NEVER;
}

/* A handle, as soon as there is room for one more. */
static int start(const struct asked *a, uint32_t timeout_ms)
{
	uint64_t until_us = until(timeout_ms);
	int r;
	while ((r = a->want ? fetch_start_want(a->url, a->want) :
		a->form ? fetch_start_form(a->form, a->form_len) : fetch_start(a->url)) == -EAGAIN &&
	       clock_us() < until_us)
		if (command_sleep_until(clock_us() + DRAW_US) < 0)
			return -EINTR;
	return r == -EAGAIN ? -ETIMEDOUT : r;
}

/* One request until it ends: 0 and the file in *out; -EINTR (Ctrl-C); -ETIMEDOUT and no error (time is up); or -E. */
static int transfer(const struct asked *a, const char *name, struct membuf *out, uint64_t begun_us,
		    uint32_t timeout_ms, unsigned how)
{
	struct rate_meter meter;
	uint64_t got = 0;
	answer = (struct fetch_answer){ .status.phase = FETCH_QUEUED };
	int err, r = start(a, timeout_ms);
	if (r < 0)
		return r;
	uint64_t until_us = until(timeout_ms);
	rate_begin(&meter, begun_us);
	while ((err = fetch_wait(r, &answer.status, clock_us() + DRAW_US)) == -EAGAIN) {
		if (answer.status.got != got) {
			got = answer.status.got;
			until_us = until(timeout_ms);
		}
		if (command_interrupted())
			err = -EINTR;
		else if (clock_us() > until_us)
			err = -ETIMEDOUT;
		if (err != -EAGAIN)
			break;
		if (!(how & DOWNLOAD_SILENT))
			draw(name, &meter, begun_us);
	}
	if (err == 0) {
		fetch_read(r, &answer);
		fetch_take(r, out);
	}
	fetch_close(r);
	return err;
}

static void say_done(const char *url, const char *name, size_t len, uint64_t elapsed_us)
{
	char size[HUMAN_LEN], rate[HUMAN_LEN], time[HUMAN_LEN], resumed[48] = "";
	if (answer.status.tries)
		snprintf(resumed, sizeof(resumed), ", tried again %u times", answer.status.tries);
	log_line("%.*s: %s %s in %s (%s) from %s%s", (int)strcspn(url, ":"), url, name, human_size(len, size),
		 human_elapsed(elapsed_us, time), human_rate(rate_average(len, elapsed_us), rate), answer.status.peer,
		 resumed);
}

static int download_as(const char *name, const struct asked *a, struct membuf *out, uint32_t timeout_ms,
		       unsigned how)
{
	const char *url = a->url;
	uint64_t begun = clock_us();
	int err;

	for (unsigned lost = 0;; lost++) {
		err = transfer(a, name, out, begun, timeout_ms, how);
		if (err != -ECONNRESET || answer.status.cause.err || lost == LOST_MAX)
			break;
		log_warn("fetch: the service stopped while it fetched %s; asking again", name);
		if (command_sleep_until(clock_us() + DRAW_US) < 0) {
			err = -EINTR;
			break;
		}
	}
	console_live(NULL, -1);
	spent.us += clock_us() - begun;
	if (err == 0) {
		spent.bytes += out->len;
		if (!(how & DOWNLOAD_SILENT))
			say_done(url, name, out->len, clock_us() - begun);
		return 0;
	}
	if (err == -EINTR)
		return command_fail(-EINTR, "%s: stopped by %s", name, command_stopper());
	if (!answer.status.cause.err) {
		if (err == -ETIMEDOUT)
			cause_fact_set(&answer.status.cause, err, "nothing more of it came for %lu ms (--timeout)",
				       (unsigned long)timeout_ms);
		else
			cause_fact_set(&answer.status.cause, err, "%s", err_text(err));
		url_redact(url, answer.status.cause.url, sizeof(answer.status.cause.url));
	}
	if (!(how & DOWNLOAD_TRY)) {
		log_error("%s", download_error());
		command_caused(&answer.status.cause);
		command_said();
	}
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

int download(const char *url, struct membuf *out, const char *label, uint32_t timeout_ms, unsigned how)
{
	answer.led_to[0] = '\0';
	if (data_url_is(url))
		return take_data(url, out);
	char *name = label ? NULL : download_name(url), *form;
	struct asked a = { .url = url };
	int err = label || name ? take_form(&a, &form) : -ENOMEM;
	choose_manners();
	if (err == 0) {
		err = download_as(label ? label : name, &a, out, timeout_ms, how);
		free(form);
	}
	free(name);
	return err;
}

int download_want(const char *url, const struct fetch_want *want, struct membuf *out, unsigned how)
{
	const struct asked a = { .url = url, .want = want };
	char *name = download_name(url);
	int err = name ? 0 : -ENOMEM;

	choose_manners();
	if (err == 0)
		err = download_as(name, &a, out, 0, how);
	free(name);
	return err;
}

const struct fetch_answer *download_answer(void)
{
	return &answer;
}

struct download_spent download_spent(void)
{
	return spent;
}

const char *download_led_to(void)
{
	return answer.led_to;
}

const char *download_error(void)
{
	static char text[CAUSE_TEXT_MAX];
	cause_text(&answer.status.cause, text, sizeof(text));
	return text;
}
