/* SPDX-License-Identifier: BSD-2-Clause */
/* The command that makes a server's answer a setting: answer. */
#include "services/fetch/answer_commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/err.h"
#include "kernel/membuf.h"
#include "services/command/run.h"
#include "services/fetch/download.h"
#include "services/script/setting_owner.h"

/* Without the ends of lines at its end; what it is then must be text: a setting's type takes it from there. */
static int store(const char *name, const char *url, const struct membuf *b)
{
	size_t len = b->len;
	while (len && (b->data[len - 1] == '\n' || b->data[len - 1] == '\r'))
		len--;
	if (len > SETTING_LEN_MAX)
		return command_fail(-E2BIG, "answer %s: %.60s has %lu bytes; a setting holds %u at the most", name, url,
				    (unsigned long)len, SETTING_LEN_MAX);
	if (memchr(b->data, 0, len))
		return command_fail(-EINVAL, "answer %s: %.60s is no text: there is a NUL in it", name, url);
	char *text = strndup((const char *)b->data, len);
	int err = text ? setting_owner_set(command_settings(), name, text, false) : -ENOMEM;
	free(text);
	if (err < 0)
		return command_fail(err, "answer %s: %s", name, err == -EINVAL ?
				    "not a name or type that settings can have, or what came is no such value" :
				    err_text(err));
	return setting_owner_apply(command_settings(), name);
}

static int cmd_answer(struct call *c)
{
	struct membuf b = { 0 };
	uint32_t timeout_ms = 0;
	char *url;
	int err = command_number(c->opt[0], "the timeout in ms", &timeout_ms);
	if (err < 0 || (err = download_resolve(c->argv[1], &url)) < 0)
		return err;
	err = download(url, &b, NULL, timeout_ms, 0);
	if (err == 0)
		err = store(c->argv[0], c->argv[1], &b);
	membuf_free(&b);
	free(url);
	return err;
}

const struct command answer_commands[] = {
	{ .name = "answer", .options = "t/timeout=", .min = 2, .max = 2, .run = cmd_answer,
	  .usage = "[--timeout ms] NAME[:type] URL", .help = "make what a server answers a setting" },
	{ 0 },
};
