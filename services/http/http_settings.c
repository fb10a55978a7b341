/* SPDX-License-Identifier: BSD-2-Clause */
/* What settings say of HTTP.  See http_settings.h. */
#include "services/http/http_settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/command/run.h"
#include "services/fetch/url.h"
#include "services/http/auth.h"
#include "services/http/http_pool.h"
#include "services/http/proxy.h"
#include "services/script/settings.h"

/* A setting's text, the caller's to free, or NULL. */
static char *text_of(const char *name)
{
	char *text;

	return settings_text(command_settings(), name, &text) < 0 ? NULL : text;
}

int http_apply_login(void)
{
	char *user = text_of("username"), *password = text_of("password");
	bool fits = http_login_set(user ? user : "", password ? password : "");

	free(user);
	free(password);
	return fits ? 0 : command_fail(-E2BIG, "username and password may have %u bytes each", URL_SECRET_MAX - 1);
}

int http_apply_settings(void)
{
	char *proxy = text_of("http-proxy"), *except = text_of("no-proxy"), shown[128];
	int err = proxy_set(proxy ? proxy : "", except ? except : "");

	if (err > 0)		/* what is kept went another way than it would now */
		http_pool_close();

	const char *at = proxy && !strstr(proxy, "://") ? strrchr(proxy, '@') : NULL;

	if (at)			/* nobody knows of this that there is a password in it */
		snprintf(shown, sizeof(shown), "...%s", at);
	else
		url_redact(proxy ? proxy : "", shown, sizeof(shown));
	if (err == -E2BIG)
		command_fail(err, "no-proxy is longer than %u bytes; what was in force stays", PROXY_EXCEPT_MAX - 1);
	else if (err == -EDOM)
		command_fail(err, "no-proxy: %.100s has a network that is none, as 10.0.0.0/8 is; what was in force "
			     "stays", except);
	else if (err < 0)
		command_fail(err, "http-proxy: %s is no proxy, as http://proxy:3128 is%s; what was in force stays",
			     shown, err == -EPROTONOSUPPORT ? "; there are none of another kind" : "");
	free(proxy);
	free(except);
	return err < 0 ? err : 0;
}
