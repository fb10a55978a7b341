/* SPDX-License-Identifier: BSD-2-Clause */
/* The editor of settings: see config.h. */
#include "services/menu/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/secret.h"
#include "services/console/keys.h"
#include "services/menu/menu.h"
#include "services/script/setting_names.h"

#define UP "../"
#define VALUE_MAX 200u			/* bytes of a value that a row shows */
#define KEYS "Enter changes, Ctrl-D clears, Ctrl-X leaves"
#define KEYS_EDITING "Enter keeps it, Esc leaves it as it was"

/* Beside those that have a number (setting_names.h). */
static const char *const of_links[] = { "bustype", "busloc", "chip", "hwaddr", "ifname", "linktype" };
static const char *const of_machine[] = {
	"asset", "board-serial", "buildarch", "cpumodel", "cpuvendor", "cwduri", "cwuri", "errno", "manufacturer",
	"memsize", "platform", "product", "product-name", "serial", "unixtime",
};
/* make lint compares them with docs/options.md */
static const char *const of_loader[] = {
	"boot-timeout", "boot-type", "config-order", "console", "console.plain", "crl", "dhcp.cached", "dhcp.release",
	"driver", "fallback", "fallback-after", "fetch-parallel", "fetch.connect-timeout", "fetch.max-filesize",
	"fetch.max-redirs",
	"fetch.patience", "fetch.read-timeout", "fetch.response-timeout", "fetch.speed-limit",
	"fetch.speed-time", "http-proxy", "localboot", "menu-idle", "mirrors", "module.cpu",
	"module.autoload", "module.handles", "module.memory", "module.sockets", "no-proxy", "presence",
	"report-url", "retry-max", "retry-timeout", "sha256sums", "syslog.format", "telnetd.allow",
	"telnetd.idle", "telnetd.insecure", "telnetd.password", "telnetd.password-sha256", "telnetd.port",
	"telnetd.readonly", "telnetd.sessions", "tftp-any-source", "tftp-by-rom", "trust-bundle", "trust-clock",
	"trust-hosts", "trust-min-issue", "trust-pin", "trust-policy",
	"undi.trace", "undi.transport", "unlock-password-pbkdf2", "user-agent", "user-agent-hosts", "watchdog",
};
/* Those that somebody may have something in; a link's lease is in "net0.dhcp". */
static const char *const scopes[] = { "builtin", "dhcp", "proxydhcp", "pxebs", "smbios" };
/* Not for the eyes of who looks on. */
static const char *const secrets[] = { "password", "reverse-password", "privkey" };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct config *config_of(struct widget *w)
{
	return (struct config *)((char *)w - offsetof(struct config, widget));
}

/* ---- what there is ---- */

/* One name more that could be the next: the least of those behind `after`. */
static void consider(const char *name, const char *after, const char **least)
{
	if (strcmp(name, after) > 0 && (!*least || strcmp(name, *least) < 0))
		*least = name;
}

static void consider_all(const char *const *names, size_t count, const char *after, const char **least)
{
	for (size_t i = 0; i < count; i++)
		consider(names[i], after, least);
}

/* Is e set in that scope, and what is it called there?  NULL: it is not. */
static const char *leaf_in(const struct setting *e, const char *scope)
{
	const char *slash = strrchr(e->name, '/');
	size_t len = slash ? (size_t)(slash - e->name) : 0;
	if (len != strlen(scope) || memcmp(e->name, scope, len))
		return NULL;
	return slash ? slash + 1 : e->name;
}

static bool is_link(const struct config *c, const char *scope)
{
	const char *name;
	for (unsigned i = 0; (name = c->link(i)); i++)
		if (!strcmp(name, scope))
			return true;
	return false;
}

static void full_name(const char *scope, const char *leaf, char out[SETTING_NAME_MAX])
{
	snprintf(out, SETTING_NAME_MAX, "%s%s%s", scope, *scope ? "/" : "", leaf);
}

static bool has_value(const struct config *c, const char *scope, const char *leaf)
{
	char name[SETTING_NAME_MAX];
	struct setting_value v;
	full_name(scope, leaf, name);
	return settings_fetch(c->settings, name, &v) == 0;
}

/* The next name in that scope, whether it has a value or not: by the alphabet; NULL: there is no more. */
static const char *next_name(const struct config *c, const char *scope, const char *after)
{
	const char *least = NULL;
	const struct setting_name *n;
	for (unsigned i = 0; (n = setting_name_get(i)); i++)
		consider(n->name, after, &least);
	consider_all(of_links, COUNT(of_links), after, &least);
	if (!is_link(c, scope))
		consider_all(of_machine, COUNT(of_machine), after, &least);
	if (!*scope)
		consider_all(of_loader, COUNT(of_loader), after, &least);
	for (const struct setting *e = c->settings->first; e; e = e->next) {
		const char *leaf = leaf_in(e, scope);
		if (leaf)
			consider(setting_name_of(leaf), after, &least);
	}
	return least;
}

/* Where there is a place for all that could be set, or only what has a value is worth a row. */
static bool shows_all(const struct config *c, const char *scope)
{
	return !*scope || is_link(c, scope);
}

static bool is_there(const struct config *c, const char *scope)
{
	const char *leaf;
	if (shows_all(c, scope))
		return true;
	for (const struct setting *e = c->settings->first; e; e = e->next)	/* the quick way */
		if ((leaf = leaf_in(e, scope)) && has_value(c, scope, leaf))
			return true;
	for (const char *name = ""; (name = next_name(c, scope, name));)
		if (has_value(c, scope, name))
			return true;
	return false;
}

/* The next scope below the root, by the alphabet, in out: false if there is no more. */
static bool next_scope(const struct config *c, char out[SETTING_NAME_MAX])
{
	char after[SETTING_NAME_MAX], lease[SETTING_NAME_MAX], found[SETTING_NAME_MAX] = "", own[SETTING_NAME_MAX];
	const char *name, *least;
	snprintf(after, sizeof(after), "%s", out);
	for (;;) {
		least = NULL;
		consider_all(scopes, COUNT(scopes), after, &least);
		snprintf(found, sizeof(found), "%s", least ? least : "");
		for (unsigned i = 0; (name = c->link(i)); i++) {
			least = *found ? found : NULL;
			snprintf(lease, sizeof(lease), "%s.dhcp", name);
			consider(name, after, &least);
			consider(lease, after, &least);
			memmove(found, least ? least : "", least ? strlen(least) + 1 : 1);
		}
		for (const struct setting *e = c->settings->first; e; e = e->next) {
			const char *slash = strrchr(e->name, '/');
			if (!slash)
				continue;
			least = *found ? found : NULL;
			snprintf(own, sizeof(own), "%.*s", (int)(slash - e->name), e->name);
			consider(own, after, &least);
			memmove(found, least ? least : "", least ? strlen(least) + 1 : 1);
		}
		if (!*found)
			return false;
		if (is_there(c, found)) {
			snprintf(out, SETTING_NAME_MAX, "%s", found);
			return true;
		}
		snprintf(after, sizeof(after), "%s", found);
	}
}

/* ---- the rows ---- */

static bool is_masked(const char *leaf, const char *value)
{
	size_t len = strlen(leaf) + strlen(value) + sizeof(" = ");
	char *row = malloc(2 * len), *masked = row + len;
	if (!row)
		return true;
	snprintf(row, len, "%s = %s", leaf, value);
	memcpy(masked, row, len);
	secret_mask(masked);
	bool is = strcmp(masked, row) != 0;
	free(row);
	return is;
}

/* By its name, or by what stands in it, up to its end: a URL with a password. */
static bool is_secret(const char *leaf, const char *value)
{
	for (size_t i = 0; i < COUNT(secrets); i++)
		if (!strcmp(leaf, secrets[i]))
			return true;
	return is_masked(leaf, "x") || is_masked(leaf, value);
}

/* The marked setting's, without its scope. */
static const char *leaf_at(const struct config *c)
{
	return choice_label(&c->choice);
}

static bool on_scope(const struct config *c)
{
	const char *label = leaf_at(c);
	return label[strlen(label) - 1] == '/';
}

static void asterisks(char *text)
{
	memset(text, '*', strlen(text));
}

/* Where a value comes from, in words. */
static void say_origin(const struct config *c, const char *name, const char *leaf, char *out, size_t cap)
{
	struct setting_value v;
	unsigned marks = settings_marks(c->settings, name);
	bool stored = false;
	for (const struct setting *e = c->settings->first; e; e = e->next) {
		const char *own = leaf_in(e, c->scope);
		stored = stored || (own && !strcmp(setting_name_of(own), leaf));
	}
	if (settings_fetch(c->settings, name, &v) < 0)
		snprintf(out, cap, "%s is not set", name);
	else
		snprintf(out, cap, "%s:%s, %s", name, value_type_name(v.type ? v.type : VALUE_STRING),
			 marks & SETTING_FINAL ? "final, by our own file" :
			 marks & SETTING_DEFAULT ? "by our own file" :
			 stored ? "set" : "as the network or the machine says");
}

static int add_setting(struct config *c, struct menu *m, const char *leaf)
{
	char name[SETTING_NAME_MAX], value[VALUE_MAX], row[SETTING_NAME_MAX + VALUE_MAX + 4];
	char origin[2 * SETTING_NAME_MAX], *all;
	full_name(c->scope, leaf, name);
	int len = settings_text(c->settings, name, &all);
	if (len == -ENOMEM)
		return len;
	bool known = len >= 0;
	snprintf(value, sizeof(value), "%s", known ? all : "");
	if (known && is_secret(leaf, all))
		asterisks(value);
	free(all);
	for (char *p = value; *p; p++)
		*p = (unsigned char)*p < ' ' ? '.' : *p;
	snprintf(row, sizeof(row), "%-*s %s", CHOICE_EDIT_COLUMN - 1, leaf, known ? value : "-");
	say_origin(c, name, leaf, origin, sizeof(origin));
	int err = menu_add(m, leaf, row, 0, 0);
	return err < 0 ? err : menu_add_hint(m, origin);
}

static int add_scope(struct menu *m, const char *label)
{
	char hint[SETTING_NAME_MAX + 16];
	snprintf(hint, sizeof(hint), "Enter opens %s", label);
	int err = menu_add(m, label, label, 0, 0);
	return err < 0 ? err : menu_add_hint(m, hint);
}

/* A turn of others: each row is looked for among all settings. */
static void give_turn(const struct config *c)
{
	if (c->turn)
		c->turn();
}

static int fill(struct config *c, struct menu *m)
{
	char scope[SETTING_NAME_MAX] = "", label[SETTING_NAME_MAX + 1], after[SETTING_NAME_MAX] = "";
	const char *name;
	int err = *c->scope ? add_scope(m, UP) : 0;
	for (; err == 0 && !*c->scope && next_scope(c, scope); give_turn(c)) {
		snprintf(label, sizeof(label), "%s/", scope);
		err = add_scope(m, label);
	}
	for (; err == 0 && (name = next_name(c, c->scope, after)); give_turn(c)) {
		snprintf(after, sizeof(after), "%s", name);
		if (shows_all(c, c->scope) || has_value(c, c->scope, name))
			err = add_setting(c, m, name);
	}
	return err;
}

/* The list of c->scope, with the mark on that label, if it is there. */
static int load(struct config *c, const char *label)
{
	char title[SETTING_NAME_MAX + 20], wanted[SETTING_NAME_MAX + 1];
	snprintf(wanted, sizeof(wanted), "%s", label);		/* it may be in the list that goes */
	snprintf(title, sizeof(title), "Settings%s%s%s", *c->scope ? " of " : "", c->scope, *c->scope ? "/" : "");
	c->lost = true;						/* nobody draws what is being made */
	struct menu *m = menu_create(MENU_OWN, title);
	int err = m ? fill(c, m) : -ENOMEM;
	if (err == 0)
		err = choice_init(&c->choice, m, wanted, c->rows);
	c->choice.keys = KEYS;
	c->choice.named = true;
	c->lost = err < 0;
	c->widget.page++;
	return err;
}

int config_reload(struct config *c, const char *said)
{
	char note[CHOICE_NOTE_MAX];
	snprintf(note, sizeof(note), "%s", c->choice.note);
	int err = load(c, leaf_at(c));
	snprintf(c->choice.said, sizeof(c->choice.said), "%s", said);
	config_note(c, note);
	return err;
}

static void draw(struct widget *w, struct widget_row *out, unsigned row, unsigned rows)
{
	struct config *c = config_of(w);
	if (!c->lost)
		c->choice.widget.draw(&c->choice.widget, out, row, rows);
}

static void line(struct widget *w, char *out, size_t cap)
{
	struct config *c = config_of(w);
	if (c->lost)
		snprintf(out, cap, "%s", "");
	else
		c->choice.widget.line(&c->choice.widget, out, cap);
}

static void drop_list(void)
{
	struct menu *m = menu_find(MENU_OWN);
	if (m)
		menu_delete(m);
}

int config_init(struct config *c, const struct settings *s, const char *(*link)(unsigned i), const char *scope,
		unsigned rows, void (*turn)(void))
{
	drop_list();
	*c = (struct config){ .widget = { .draw = draw, .line = line }, .settings = s, .link = link, .rows = rows,
			      .turn = turn };
	lineedit_init(&c->edit, NULL);
	size_t len = strlen(scope);
	len -= len && scope[len - 1] == '/';
	if (len >= sizeof(c->scope))
		return -ENOENT;
	snprintf(c->scope, sizeof(c->scope), "%.*s", (int)len, scope);
	if (!strcmp(c->scope, "netX"))
		snprintf(c->scope, sizeof(c->scope), "%s", s->netx);
	return is_there(c, c->scope) ? load(c, "") : -ENOENT;
}

void config_end(struct config *c)
{
	drop_list();
	lineedit_begin(&c->edit, NULL);
	lineedit_free(&c->edit);
	memset(c->edit.text, 0, sizeof(c->edit.text));
}

void config_note(struct config *c, const char *note)
{
	choice_ends(&c->choice, -1, note);
}

/* ---- keys ---- */

static enum config_event loaded(int err)
{
	return err < 0 ? CONFIG_FAILED : CONFIG_MORE;
}

/* What is around: the root, with the mark on where we were. */
static enum config_event go_up(struct config *c)
{
	char label[SETTING_NAME_MAX + 1];
	if (!*c->scope)
		return CONFIG_MORE;
	snprintf(label, sizeof(label), "%s/", c->scope);
	c->scope[0] = '\0';
	return loaded(load(c, label));
}

static enum config_event open_scope(struct config *c)
{
	const char *label = leaf_at(c);
	if (!strcmp(label, UP))
		return go_up(c);
	snprintf(c->scope, sizeof(c->scope), "%.*s", (int)strlen(label) - 1, label);
	return loaded(load(c, ""));
}

/* c->name: with a type where the name's own would read the text in another way. */
static void name_it(struct config *c)
{
	char name[SETTING_NAME_MAX];
	struct setting_value v;
	const struct setting_name *own = setting_name_find(leaf_at(c));
	full_name(c->scope, leaf_at(c), name);
	bool known = settings_fetch(c->settings, name, &v) == 0 && v.type != VALUE_NONE;
	bool typed = known && v.type != (own ? own->type : VALUE_STRING);
	snprintf(c->name, sizeof(c->name), "%s%s%s", name, typed ? ":" : "", typed ? value_type_name(v.type) : "");
}

static bool can_be_typed(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static void say(struct config *c, const char *text)
{
	snprintf(c->choice.said, sizeof(c->choice.said), "%s", text);
}

static void begin_edit(struct config *c)
{
	char *now;
	name_it(c);
	int len = settings_text(c->settings, c->name, &now);
	if (len == -ENOMEM || len >= LINEEDIT_MAX || (len > 0 && !can_be_typed(now))) {
		say(c, len == -ENOMEM ? "There is no memory for it" : len >= LINEEDIT_MAX ?
		    "It is longer than what can be typed; set it in a script" :
		    "It has bytes that cannot be typed; set it as :hex");
		free(now);
		return;
	}
	c->choice.secret = is_secret(leaf_at(c), now ? now : "");
	lineedit_begin(&c->edit, c->choice.secret ? NULL : now);
	free(now);
	c->choice.edit = &c->edit;
	c->choice.keys = KEYS_EDITING;
}

static void end_edit(struct config *c)
{
	c->choice.edit = NULL;
	c->choice.keys = KEYS;
}

static enum config_event edit_key(struct config *c, int key)
{
	if (key == KEY_ESC || key == KEY_CTRL_C) {
		end_edit(c);
		return CONFIG_MORE;
	}
	if (key == 'X' - '@')
		key = KEY_ENTER;
	switch (lineedit_key(&c->edit, key)) {
	case LINEEDIT_DONE:
		end_edit(c);
		if (!c->choice.secret || c->edit.len)
			return CONFIG_SET;
		say(c, "It stays as it was; Ctrl-D clears it");
		return CONFIG_MORE;
	case LINEEDIT_TOO_LONG:
		say(c, "That was longer than what can be typed");
		return CONFIG_MORE;
	case LINEEDIT_REDRAW: return CONFIG_REPAINT;
	default: return CONFIG_MORE;
	}
}

static enum config_event list_key(struct config *c, int key)
{
	unsigned page = c->choice.widget.page;
	switch (key) {
	case 'X' - '@': return CONFIG_LEFT;
	case KEY_CTRL_C: return CONFIG_BROKEN;
	case KEY_BACKSPACE: case KEY_LEFT: return go_up(c);
	case 'L' - '@':
		return config_reload(c, "") < 0 ? CONFIG_FAILED : CONFIG_REPAINT;
	case KEY_CTRL_D: case KEY_DELETE:
		if (on_scope(c))
			return CONFIG_MORE;
		full_name(c->scope, leaf_at(c), c->name);
		return CONFIG_CLEAR;
	}
	enum choice_event event = choice_key(&c->choice, key);
	c->widget.page += c->choice.widget.page - page;
	if (event == CHOICE_TAKEN && on_scope(c))
		return open_scope(c);
	if (event == CHOICE_TAKEN)
		begin_edit(c);
	return event == CHOICE_LEFT ? CONFIG_LEFT : CONFIG_MORE;
}

enum config_event config_key(struct config *c, int key)
{
	c->choice.said[0] = '\0';
	return c->choice.edit ? edit_key(c, key) : list_key(c, key);
}
