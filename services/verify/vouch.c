/* SPDX-License-Identifier: BSD-2-Clause */
/* By whose word may it be run?  See vouch.h. */
#include "services/verify/vouch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "kernel/membuf.h"
#include "services/command/run.h"
#include "services/fetch/download.h"
#include "services/fetch/mirrors.h"
#include "services/script/settings.h"
#include "services/tls/roots.h"
#include "services/trust/trust_check.h"
#include "services/verify/signature.h"
#include "services/verify/verify_commands.h"

#define WORD_MAX (ROOTS_NAME_MAX + 64)

/* The host is one of those that the setting names, which only the file can; "*" is each that has shown a pinned key. */
static bool is_named(const char *url, const char *hosts, bool pins_alone)
{
	struct url *u = malloc(sizeof(*u));
	bool found = false;

	if (u && url_parse(u, url) == 0 && !strcmp(u->scheme, "https"))
		for (size_t len; hosts += strspn(hosts, " ,"), *hosts && !found; hosts += len) {
			len = strcspn(hosts, " ,");
			found = (strlen(u->host) == len && !strncmp(u->host, hosts, len)) ||
				(len == 1 && *hosts == '*' && pins_alone);
		}
	free(u);
	return found;
}

/* Both who was asked and who has sent it, by TLS, whose names are checked. */
static bool by_host(const struct vouch_subject *s, char word[WORD_MAX])
{
	const struct settings *set = command_settings();
	char *hosts;
	bool vouches;

	if (settings_text(set, "trust-hosts", &hosts) < 0)
		return false;
	if (!(settings_marks(set, "trust-hosts") & SETTING_FINAL)) {
		log_warn("trust: trust-hosts does not count, for it is not final in the file (tools/options.py --final "
			 "trust-hosts)");
		free(hosts);
		return false;
	}
	bool pins_alone = roots_only_pins() && settings_marks(set, "trust-pin") & SETTING_FINAL;

	if (strchr(hosts, '*') && !pins_alone)
		log_warn("trust: trust-hosts * counts only where a final trust-pin, and no trust or trust-bundle, says "
			 "whom to believe");
	vouches = is_named(s->url, hosts, pins_alone) && (!*s->led_to || is_named(s->led_to, hosts, pins_alone));
	free(hosts);
	if (vouches)
		snprintf(word, WORD_MAX, "its server, which trust-hosts names");
	return vouches;
}

/* The signature that lies beside it: 1 and who has signed; 0, there is none that vouches; or -E, said. */
static int by_file_beside(const struct vouch_subject *s, char word[WORD_MAX])
{
	size_t end = strcspn(s->url, "?#"), first = mirrors_first(s->url);
	struct membuf b = { 0 };
	char *url, by[ROOTS_NAME_MAX];
	int err;

	if (!*s->url)
		return 0;
	end = end < first ? end : first;
	url = malloc(end + sizeof(".sig"));
	if (!url)
		return -ENOMEM;
	snprintf(url, end + sizeof(".sig"), "%.*s.sig", (int)end, s->url);
	err = download(url, &b, NULL, 0, DOWNLOAD_TRY | DOWNLOAD_SILENT);
	if (err == 0) {
		struct bytes_signed what = { s->name, s->data, s->len }, file = { "its .sig", b.data, b.len };

		err = signature_check(&what, &file, NULL, by);
		if (err == 0)
			snprintf(word, WORD_MAX, "%s, who has signed it", by);
	} else if (err != -EINTR) {
		log_line("%s: no signature of it is beside it (.sig): %s", s->name, download_error());
	}
	membuf_free(&b);
	free(url);
	return err == 0 ? 1 : err == -EINTR || err == -ENOMEM ? err : 0;
}

/* Whose word there is, or "": 0, or -E, said. */
static int find_word(const struct vouch_subject *s, char word[WORD_MAX])
{
	int32_t least;
	int rc = 0;

	if (by_host(s, word))
		return 0;
	if (s->kind != TRUST_LIST) {
		rc = list_vouches(s->url, s->name, s->data, s->len);
		if (rc > 0)
			snprintf(word, WORD_MAX, "the list that sha256sums names");
		/*
		 * what the list says of it counts; kernels and modules need it whatever else there is; and of an old
		 * file's signature nobody can tell how old it is
		 */
		if (rc > 0 || (rc < 0 && s->kind != TRUST_SCRIPT) || rc == -EBADMSG || rc == -EINTR || rc == -ENOMEM ||
		    settings_number(command_settings(), "trust-min-issue", &least) != -ENOENT)
			return rc < 0 && rc != -EACCES ? rc : 0;
	}
	if (s->trusted) {
		snprintf(word, WORD_MAX, "a signature that imgverify has found good");
		return 0;
	}
	rc = by_file_beside(s, word);
	return rc < 0 ? rc : 0;
}

int vouch_ask(const struct vouch_subject *s)
{
	char word[WORD_MAX] = "";
	bool is_signed = trust_policy() == TRUST_SIGNED;
	int err = is_signed ? find_word(s, word) : 0;

	if (err == 0)
		err = trust_check(&(struct trust_subject){ s->kind, s->name, s->url, s->data, s->len, word });
	if (err == 0 && is_signed)
		log_line("trust: %s may be used, by the word of %s", s->name, word);
	return err;
}

int vouch_ask_text(const char *name, const char *url, const char *led_to, const struct membuf *text)
{
	return vouch_ask(&(struct vouch_subject){ .kind = TRUST_SCRIPT, .name = name, .url = url,
						  .led_to = led_to ? led_to : "somewhere", .data = text->data,
						  .len = text->len });
}
