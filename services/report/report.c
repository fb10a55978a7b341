/* SPDX-License-Identifier: BSD-2-Clause */
/* What is reported of a machine.  See report.h. */
#include "services/report/report.h"

#include <stdio.h>

#include "kernel/version.h"
#include "services/cause/cause.h"
#include "services/cause/json.h"

static void word(struct json *j, const char *name, const char *text)
{
	char cut[REPORT_WORD_MAX];
	snprintf(cut, sizeof(cut), "%s", text ? text : "");
	json_text(j, name, cut);
}

static void put_machine(struct json *j, const struct report *r)
{
	json_object(j, "machine");
	word(j, "mac", r->mac);
	word(j, "ip", r->ip);
	word(j, "host", r->host);
	word(j, "serial", r->serial);
	word(j, "uuid", r->uuid);
	word(j, "maker", r->maker);
	word(j, "product", r->product);
	word(j, "card", r->card);
	json_close(j, '}');
}

int report_json(const struct report *r, char *out, size_t cap)
{
	struct json j;
	json_begin(&j, out, cap);
	json_text(&j, "event", r->event);
	word(&j, "to", r->to);
	json_text(&j, "version", UNDINE_VERSION);
	put_machine(&j, r);
	json_number(&j, "try", r->attempt);
	json_object(&j, "timings");
	json_number(&j, "up_ms", r->up_us / 1000);
	json_number(&j, "try_ms", r->try_us / 1000);
	json_number(&j, "failing_ms", r->failing_us / 1000);
	json_number(&j, "lease_ms", r->lease_us / 1000);
	json_number(&j, "fetch_ms", r->fetch_us / 1000);
	json_number(&j, "fetch_bytes", r->fetched);
	json_close(&j, '}');
	if (r->cause) {
		json_object(&j, "cause");
		cause_put(&j, r->cause);
		json_close(&j, '}');
	}
	return json_end(&j);
}
