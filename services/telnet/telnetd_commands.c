/* SPDX-License-Identifier: BSD-2-Clause */
/* The remote console's commands and settings: telnetd who kick logout, telnetd.* */
#include "services/telnet/telnetd_commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/script/setting_owner.h"
#include "services/telnet/telnet_service.h"

#define PREFIX "telnetd."
#define STOP_OPTION GUARD_SETTINGS	/* behind those that settings have too */

static int take(struct guard_config *g, unsigned i, const char *text)
{
	int err = guard_set(g, i, text, random_u32());
	return err < 0 ? command_fail(err, "telnetd: %s is to be %s", guard_names[i], guard_forms[i]) : 0;
}

/* What the settings telnetd.* say: how many there are, or -E, said; *bad is the one that is wrong. */
static int from_settings(struct guard_config *g, unsigned *bad)
{
	char name[32], *text;
	int err, found = 0;
	*bad = GUARD_SETTINGS;
	guard_defaults(g);
	for (unsigned i = 0; i < GUARD_SETTINGS; i++) {
		snprintf(name, sizeof(name), PREFIX "%s", guard_names[i]);
		*bad = i;
		err = settings_text(command_settings(), name, &text);
		if (err > 0)
			err = take(g, i, text);
		free(text);
		if (err < 0 && err != -ENOENT)
			return err;
		found += err == 0;
	}
	return found;
}

static int start(const struct guard_config *g)
{
	int err = telnetd_start(g);
	if (err == -EACCES)
		return command_fail(err, "telnetd: stays off: everybody could steer this machine; give it --password, "
				    "--password-sha256, --insecure, or a setting telnetd.password, ...");
	return err < 0 ? command_fail(err, "telnetd: port %u: %s", g->port, err_text(err)) : 0;
}

static bool is_setting(const char *name, unsigned i)
{
	size_t len = strlen(PREFIX);
	return i < GUARD_SETTINGS && strcspn(name + len, ":") == strlen(guard_names[i]) &&
	       !strncmp(name + len, guard_names[i], strlen(guard_names[i]));
}

static bool says_who(const char *name)
{
	return is_setting(name, GUARD_PASSWORD) || is_setting(name, GUARD_PASSWORD_SHA256) ||
	       is_setting(name, GUARD_INSECURE);
}

int telnetd_apply_settings(void)
{
	const char *name = setting_owner_name();
	struct guard_config g;
	unsigned bad;
	int err = from_settings(&g, &bad);
	/* this one goes back to what it was; another one has been complained of before */
	if (err < 0 && name)
		return is_setting(name, bad) ? err : 0;
	if (err < 0 && telnetd_config()) {	/* what it would have shut out is not known */
		log_warn("telnetd: off, until that setting is right or cleared");
		telnetd_stop();
	}
	bool opens = err > 0;
	err = opens ? start(&g) : err;
	opens = opens && err != -EACCES;
	if (!opens && name && says_who(name) && telnetd_config()) {
		log_warn("telnetd: off, for no setting says any more who may come in");
		telnetd_stop();
	}
	return err == -EACCES ? 0 : err;	/* said; the password may be set next */
}

int telnetd_store_setting(struct settings *s, const char *name, const char *text, bool keep)
{
	struct guard_config g;
	char hashed[GUARD_HASHED_MAX];
	size_t len = strcspn(name, ":");
	if (len == strlen(PREFIX "password") && !strncmp(name, PREFIX "password", len)) {
		name = PREFIX "password-sha256";
		if (*text) {		/* nobody reads it again, neither here nor by ${...} */
			guard_set(&g, GUARD_PASSWORD, text, random_u32());
			guard_hashed(&g, hashed);
			text = hashed;
		}
	}
	return keep ? settings_set_unless(s, name, text) : settings_set(s, name, text);
}

/* An option must not say what a final setting has said already: 0 or -EROFS, said. */
static int check_final(const struct call *c)
{
	char name[32];
	for (unsigned i = 0; i < GUARD_SETTINGS; i++) {
		snprintf(name, sizeof(name), PREFIX "%s", guard_names[i == GUARD_PASSWORD ? GUARD_PASSWORD_SHA256 : i]);
		bool given = i == GUARD_ALLOW ? c->listed > 0 : c->opt[i] != NULL;
		if (given && (settings_marks(command_settings(), name) & SETTING_FINAL))
			return command_fail(-EROFS, "telnetd: --%s: %s", guard_names[i], err_text(-EROFS));
	}
	return 0;
}

static int cmd_telnetd(struct call *c)
{
	struct guard_config g;
	unsigned bad;
	int err;
	if (c->opt[STOP_OPTION]) {
		err = telnetd_stop();
		if (err < 0)
			return command_fail(err, "telnetd: it may still be on: its service does not answer (%s); "
					    "try again, or reboot", err_text(err));
		log_line("telnetd: off");
		return 0;
	}
	err = check_final(c);
	if (err == 0)
		err = from_settings(&g, &bad);
	for (unsigned i = 0; i < GUARD_SETTINGS && err >= 0; i++)
		if (c->opt[i] && i != GUARD_ALLOW)
			err = take(&g, i, c->opt[i]);
	if (c->listed)
		g.nets = 0;
	for (unsigned i = 0; i < c->listed && err >= 0; i++)
		err = take(&g, GUARD_ALLOW, c->list[i]);
	return err < 0 ? err : start(&g);
}

static int cmd_who(struct call *c)
{
	const struct guard_config *g = telnetd_config();
	char line[200];
	(void)c;
	if (!g)
		log_line("telnetd is off; help telnetd says how to turn it on");
	for (unsigned i = 0; g && telnetd_who(i, line, sizeof(line)) >= 0; i++)
		if (telnetd_who(i, line, sizeof(line)))
			log_line("%s", line);
	return 0;
}

static int cmd_kick(struct call *c)
{
	uint32_t number = 0;
	if (command_number(c->argv[0], "the session", &number) < 0)
		return -EINVAL;
	int err = telnetd_end(number, "kicked out");
	return err < 0 ? command_fail(err, "kick: there is no session %s; who lists them", c->argv[0]) : 0;
}

static int cmd_logout(struct call *c)
{
	(void)c;
	return console_logout() ? 0 : command_fail(-ENOTTY, "logout: this is no telnet session; exit leaves Undine");
}

const struct command telnetd_commands[] = {
	{ .name = "telnetd", .run = cmd_telnetd,
	  .options = "p/port= /password= /password-sha256= /insecure /allow=* /readonly /idle= /sessions= /stop",
	  .usage = "[--port n] (--password[=]text | --password-sha256[=]salt:hex | --insecure) [--allow net/len]... "
		   "[--readonly] [--idle s] [--sessions n], --stop",
	  .help = "let people see and steer this console over the network" },
	{ .name = "who", .run = cmd_who,
	  .help = "the telnet sessions" },
	{ .name = "kick", .min = 1, .max = 1, .run = cmd_kick,
	  .usage = "SESSION", .help = "end one of them" },
	{ .name = "logout", .run = cmd_logout,
	  .help = "end the telnet session where this is typed" },
	{ 0 },
};
