/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports on their way to a collector.  See report_service.h. */
#include "services/report/report_service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/service.h"
#include "net/net.h"
#include "services/boot/boot.h"
#include "services/cause/cause.h"
#include "services/command/run.h"
#include "services/dhcp/dhcp_service.h"
#include "services/fetch/download.h"
#include "services/fetch/source.h"
#include "services/firmware/machine.h"
#include "services/report/report.h"
#include "services/script/settings.h"
#include "services/script/value.h"
#include "services/stack/stack.h"

#define MSG_POST 1u		/* data: the URL with its NUL, then the record */
#define UUID_TEXT 40
#define MAC_TEXT 18

_Static_assert(REPORT_URL_MAX + REPORT_JSON_MAX <= REQUEST_DATA_MAX, "a request holds both");

/* Outlives a fault, as all that is static here. */
static char to[REPORT_URL_MAX];		/* "": nowhere */
static bool complained;			/* of this collector: once is enough */
static uint64_t try_began_us;
static struct download_spent before;	/* that try */
static int under_way;			/* the request of the last failure */

/* ---- what is set ---- */

int report_store_setting(struct settings *s, const char *name, const char *text, bool keep)
{
	static struct url u;
	struct setting_value v;

	if (strlen(text) >= REPORT_URL_MAX)
		return command_fail(-E2BIG, "report-url: longer than %u bytes", REPORT_URL_MAX - 1);
	if (*text && (url_parse(&u, text) < 0 || !(scheme_find(u.scheme)->can & SCHEME_POST)))
		return command_fail(-EINVAL, "report-url: %s is no URL that can be posted to, as http://HOST/PATH",
				    text);
	return keep && settings_fetch(s, name, &v) == 0 ? 0 : settings_set(s, name, text);
}

int report_apply_settings(void)
{
	char url[REPORT_URL_MAX];

	if (settings_format(command_settings(), "report-url", url, sizeof(url)) < 0)
		*url = '\0';
	if (strcmp(url, to))
		complained = false;
	memcpy(to, url, sizeof(to));
	return 0;
}

/* ---- what is told ---- */

/* The link that speaks for the machine, or NULL: nothing can be posted. */
static const struct link *speaker(void)
{
	const struct dhcp_lease *lease = dhcp_service_lease();
	struct link *l = lease ? link_of(net_stack(), &lease->addr) : NULL;

	for (unsigned i = 0; !l && (l = link_get(net_stack(), i)) != NULL; i++)
		if (!l->addr.family)
			l = NULL;
	return l;
}

static char data[REPORT_URL_MAX + REPORT_JSON_MAX];	/* on its way into a request, which takes a copy */

/* URL and record into it: their length, or -E. */
static int write_down(const char *event, const char *handed_to, unsigned attempt)
{
	const struct machine_facts *m = machine_facts();
	const struct dhcp_lease *lease = dhcp_service_lease();
	const struct cause_record *kept = cause_kept();
	const struct link *l = speaker();
	char mac[MAC_TEXT], ip[NET_ADDR_TEXT], uuid[UUID_TEXT] = "";
	uint64_t now = clock_us();
	struct download_spent spent = download_spent();
	size_t at = strlen(to) + 1;

	if (!*to || !l)
		return -ENETUNREACH;
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", l->dev->mac[0], l->dev->mac[1], l->dev->mac[2],
		 l->dev->mac[3], l->dev->mac[4], l->dev->mac[5]);
	if (m->uuid)
		value_format(VALUE_UUID, m->uuid, 16, uuid, sizeof(uuid));
	struct report r = {
		.event = event, .to = handed_to, .mac = mac, .ip = net_addr_format(&l->addr, ip),
		.host = lease ? lease->hostname : NULL, .serial = m->serial, .uuid = uuid, .maker = m->manufacturer,
		.product = m->product, .card = l->dev->bus.words, .attempt = attempt, .up_us = now,
		.try_us = now - try_began_us,
		.lease_us = dhcp_link_took_us(l), .fetch_us = spent.us - before.us,
		.fetched = spent.bytes - before.bytes,
		.failing_us = kept->failures ? now - kept->since_us : 0, .cause = kept->failures ? &kept->cause : NULL,
	};
	memcpy(data, to, at);
	int len = report_json(&r, data + at, sizeof(data) - at);
	return len < 0 ? len : (int)at + len;
}

void report_try(void)
{
	try_began_us = clock_us();
	before = download_spent();
}

void report_failure(void)
{
	int len = write_down("failure", NULL, cause_kept()->failures);

	request_close(under_way);	/* of an older one there is no use any more */
	under_way = len < 0 ? 0 : request_start(service_port("report"), MSG_POST, data, (size_t)len, 0);
}

void report_leave(void)
{
	const char *image = boot_under_way();
	int len = write_down(image ? "handover" : "leaving", image, cause_kept()->failures + 1);

	request_close(under_way);
	under_way = 0;
	if (len >= 0)
		port_call(service_port("report"), MSG_POST, data, (size_t)len, NULL, 0,
			  clock_us() + REPORT_LEAVE_US);
}

/* ---- the service ---- */

static struct source source;		/* while it has a state */

static void ignore(struct source *s)
{
	(void)s;
}

static enum source_end post_once(const char *url, const struct source_post *post)
{
	enum source_end end;

	source = (struct source){ .tell = ignore, .size = SOURCE_SIZE_UNKNOWN, .post = post };
	if (url_parse(&source.url, url) < 0)
		return source_fail(&source, SOURCE_ENDED, -EINVAL, "it is no URL");
	source.scheme = scheme_find(source.url.scheme);
	source.state = calloc(1, source.scheme->state_len);
	if (!source.state)
		return source_fail(&source, SOURCE_ENDED, -ENOMEM, "there is no memory to post it");
	end = source.scheme->open(&source);
	source.scheme->close(&source);
	free(source.state);
	free(source.more);
	source.state = source.more = NULL;
	return end == SOURCE_MOVED ? source_fail(&source, SOURCE_ENDED, -ELOOP, "it is elsewhere") : end;
}

static int serve(int r)
{
	static char url[REPORT_URL_MAX];
	char shown[128];
	size_t len;
	const char *asked = request_in_any(r, &len);
	size_t at = asked ? strnlen(asked, len) + 1 : 0;

	if (request_type(r) != MSG_POST || !at || at > len || at > sizeof(url))
		return -EINVAL;
	memcpy(url, asked, at);
	struct source_post post = { .type = "application/json", .data = asked + at, .len = len - at };
	if (post_once(url, &post) == SOURCE_OK) {
		complained = false;
		return 0;
	}
	url_redact(url, shown, sizeof(shown));
	if (!complained && source.err != -ECANCELED)
		log_warn("report: %s: %s; this is said once, and all goes on without", shown, source.why);
	complained |= source.err != -ECANCELED;
	return source.err;
}

void report_main(void *arg)
{
	struct service *self = arg;
	int r;

	for (;;)
		if (port_receive(&self->port, &r, CLOCK_NEVER) == 0)
			request_reply(r, serve(r), NULL, 0);
}

void report_cleanup(struct service *self)
{
	(void)self;
	if (source.state)
		source.scheme->close(&source);
	source.state = NULL;		/* it went with the task's memory */
}
