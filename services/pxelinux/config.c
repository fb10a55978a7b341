/* SPDX-License-Identifier: BSD-2-Clause */
/* pxelinux's configuration files.  See config.h. */
#include "services/pxelinux/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "services/pxelinux/password.h"

#define BLOCK 4096u		/* texts are kept in blocks of so many bytes, or of their own length */
#define PAUSE_LINES 64u
#define SAID_MAX 200

struct px_block {
	struct px_block *next;
	size_t used, room;
	char bytes[];
};

/* A line of a file, and who reads it. */
struct reading {
	struct px_config *c;
	const struct px_reader *r;
	struct px_menu *menu;		/* that lines now belong to */
	struct px_label *label;		/* that they belong to, not yet among the others; or NULL */
	const char *append;		/* the label's own, or NULL */
	bool own_sysappend;
	const char *file;
	unsigned line, lines;
	unsigned depth;
	bool help;			/* between TEXT HELP and ENDTEXT */
};

static void *take(struct px_config *c, size_t len)
{
	struct px_block *b = c->blocks;
	len = (len + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
	if (!b || b->room - b->used < len) {
		size_t room = len > BLOCK ? len : BLOCK;
		b = malloc(sizeof(*b) + room);
		if (!b) {
			c->err = -ENOMEM;
			return NULL;
		}
		*b = (struct px_block){ .next = c->blocks, .room = room };
		c->blocks = b;
	}
	void *at = b->bytes + b->used;
	b->used += len;
	memset(at, 0, len);
	return at;
}

static const char *keep(struct px_config *c, const char *text, size_t len)
{
	char *copy = take(c, len + 1);
	if (copy)
		memcpy(copy, text, len);
	return copy;
}

/* "SUBJECT: what", or only that. */
static void say(struct reading *g, const char *subject, const char *what)
{
	char text[SAID_MAX];
	snprintf(text, sizeof(text), "%.80s%s%s", subject, *subject ? ": " : "", what);
	g->r->say(g->r->ctx, g->file, g->line, text);
}

/* ---- words ---- */

static const char *skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* If p begins with that word, what follows it, else NULL. */
static const char *after(const char *p, const char *word)
{
	size_t len = strlen(word);
	if (strncasecmp(p, word, len) || (p[len] && p[len] != ' ' && p[len] != '\t'))
		return NULL;
	return skip_blanks(p + len);
}

static size_t word_len(const char *p)
{
	return strcspn(p, " \t");
}

/* Of what begins with one as much as is one, as ever. */
static uint32_t number(struct reading *g, const char *p)
{
	char *end;
	uint32_t n = (uint32_t)strtoul(p, &end, 0);
	if (end == p || end < p + word_len(p)) {
		char what[96];
		snprintf(what, sizeof(what), "%.*s is no number; taken as %lu", *p ? (int)word_len(p) : 7,
			 *p ? p : "nothing", (unsigned long)n);
		say(g, "", what);
	}
	return n;
}

/* The text, or NULL where there is none. */
static const char *rest(struct px_config *c, const char *p)
{
	return *p ? keep(c, p, strlen(p)) : NULL;
}

static const char *first_word(struct px_config *c, const char *p)
{
	return *p ? keep(c, p, word_len(p)) : NULL;
}

static void add_line(struct px_config *c, struct px_lines *to, const char *text)
{
	struct px_line *l = take(c, sizeof(*l));
	if (!l)
		return;
	l->text = keep(c, text, strlen(text));
	if (!l->text)
		return;
	if (to->last)
		to->last->next = l;
	else
		to->first = l;
	to->last = l;
}

/* ---- labels and menus ---- */

static struct px_label *new_label(struct reading *g)
{
	struct px_label *l = NULL;
	if (g->c->labels >= PXCONFIG_LABELS_MAX)
		g->c->err = -E2BIG;
	else
		l = take(g->c, sizeof(*l));
	if (l) {
		g->c->labels++;
		l->file = g->file;
		l->line = g->line;
		l->menu = g->menu;
	}
	return l;
}

static void put_label(struct reading *g, struct px_label *l)
{
	*g->c->end = l;
	g->c->end = &l->next;
	*g->menu->end = l;
	g->menu->end = &l->below;
}

/* The label that lines belonged to is whole. */
static void end_label(struct reading *g)
{
	struct px_label *l = g->label;
	g->label = NULL;
	g->help = false;
	if (!l)
		return;
	l->append = g->append && !strcmp(g->append, "-") ? "" : g->append ? g->append :
		    g->c->append ? g->c->append : "";
	if (!g->own_sysappend)
		l->sysappend = g->c->sysappend;
	if (l->kind == PX_NONE && l->does == PX_BOOTS && l->name) {
		l->unnamed = true;
		l->kind = PX_KERNEL;
		l->kernel = l->name;
	}
	put_label(g, l);
}

static void begin_label(struct reading *g, const char *p)
{
	end_label(g);
	g->append = NULL;
	g->own_sysappend = false;
	g->label = new_label(g);
	if (!g->label)
		return;
	g->label->name = first_word(g->c, p);
	g->label->text = rest(g->c, p);
	if (!*p)
		say(g, "", "a label without a name");
}

static void add_separator(struct reading *g)
{
	end_label(g);
	struct px_label *l = new_label(g);
	if (l) {
		l->does = PX_SEPARATOR;
		l->append = "";
		put_label(g, l);
	}
}

static struct px_menu *new_menu(struct px_config *c)
{
	struct px_menu *m = NULL;
	if (c->menus >= PXCONFIG_MENUS_MAX)
		c->err = -E2BIG;
	else
		m = take(c, sizeof(*m));
	if (m) {
		c->menus++;
		m->end = &m->first;
		m->title = "";
		*c->menus_end = m;
		c->menus_end = &m->next;
	}
	return m;
}

static void begin_menu(struct reading *g, const char *tag)
{
	end_label(g);
	struct px_menu *m = new_menu(g->c), *up = g->menu;
	struct px_label *l = m ? new_label(g) : NULL;
	if (!l)
		return;
	m->parent = up;
	m->entry = l;
	m->tag = first_word(g->c, tag);
	m->password = up->password;
	m->autoboot = up->autoboot;
	m->tabmsg = up->tabmsg;
	m->notabmsg = up->notabmsg;
	m->passprompt = up->passprompt;
	m->background = up->background;
	m->ontimeout = up->ontimeout;
	m->onerror = up->onerror;
	m->own_onerror = up->own_onerror;
	m->look = up->look;
	m->keys = up->keys;
	m->timeout = up->timeout;
	m->total = up->total;
	m->allow_options = up->allow_options;
	m->immediate = up->immediate;
	l->does = PX_SUBMENU;
	l->to = m;
	l->append = "";
	put_label(g, l);
	g->menu = m;
}

static void end_menu(struct reading *g)
{
	end_label(g);
	if (g->menu->parent)
		g->menu = g->menu->parent;
	else
		say(g, "", "MENU END without its MENU BEGIN");
}

/* ---- directives ---- */

static void read_text(struct reading *g, const char *name, const char *text, size_t len);

/* "FILE [TAG]", or with a tag "FILE TITLE" of MENU INCLUDE: a submenu of its own. */
static void include(struct reading *g, const char *p)
{
	const char *text, *name = first_word(g->c, p), *tag = skip_blanks(p + word_len(p));
	const char *file = g->file;
	unsigned line = g->line;
	size_t len;
	if (!name)
		return;
	if (g->depth >= PXCONFIG_DEPTH_MAX) {
		say(g, name, "not included, since too many files include each other");
		return;
	}
	if (*tag) {
		begin_menu(g, tag);
		if (g->menu->entry && !g->menu->title[0])
			g->menu->entry->text = rest(g->c, tag);
	}
	if (g->c->files++ >= PXCONFIG_FILES_MAX) {
		g->c->err = -E2BIG;
		return;
	}
	int err = g->r->read(g->r->ctx, name, &text, &len);
	if (err == -ENOENT) {
		if (!g->c->missing++)
			g->c->first_missing = name;
	} else if (err < 0) {		/* it may hold what locks others */
		say(g, name, "cannot be had, and so the configuration is not taken");
		g->c->err = err;
		return;
	} else {
		g->depth++;
		read_text(g, name, text, len);
		g->depth--;
		g->r->done(g->r->ctx);
	}
	g->file = file;
	g->line = line;
	if (*tag)
		end_menu(g);
}

/* A text of the menu or the configuration. */
static bool set_text(struct reading *g, const char *p, const char *word, const char **to)
{
	const char *arg = after(p, word);
	if (arg)
		*to = rest(g->c, arg);
	return arg != NULL;
}

static bool set_flag(struct reading *g, const char *p, const char *word, bool *to, bool value)
{
	const char *arg = after(p, word);
	if (arg)
		*to = (*arg ? number(g, arg) != 0 : true) == value;
	return arg != NULL;
}

static bool set_number(struct reading *g, const char *p, const char *word, uint32_t *to)
{
	const char *arg = after(p, word);
	if (arg)
		*to = number(g, arg);
	return arg != NULL;
}

/* "KEY[,KEY...] LINE" */
static void hidden_key(struct reading *g, const char *p)
{
	const char *line = rest(g->c, skip_blanks(p + word_len(p)));
	while (*p && *p != ' ' && *p != '\t') {
		int key = px_key_name(&p);
		struct px_key *k = key && line ? take(g->c, sizeof(*k)) : NULL;
		if (k) {
			*k = (struct px_key){ .next = g->menu->keys, .key = key, .line = line };
			g->menu->keys = k;
		} else {
			say(g, "MENU HIDDENKEY", key ? "names no line" : "names a key that is not known");
		}
	}
}

static void goes(struct px_label *l, enum px_does does, const char *tag)
{
	if (l) {
		l->does = does;
		l->tag = tag;
	}
}

/* One of a form that nobody knows opens nothing; whoever wrote it is told. */
static void check_password(struct reading *g, const char *kept)
{
	if (!password_is_known(kept))
		say(g, "a password", "is encrypted in a form that is not known, and opens nothing; $1$, $4$, $5$ "
		    "and $6$ are");
}

/* MENU directives of a label. */
static bool label_menu_line(struct reading *g, const char *p)
{
	struct px_label *l = g->label;
	const char *arg;
	if ((arg = after(p, "label"))) {
		if (l)
			l->text = rest(g->c, arg);
		else if (g->menu->entry)
			g->menu->entry->text = rest(g->c, arg);
	} else if (after(p, "default")) {
		if (l)
			g->menu->preferred = l;
		else if (g->menu->entry)
			g->menu->parent->preferred = g->menu->entry;
	} else if ((arg = after(p, "passwd"))) {
		check_password(g, arg);
		if (l)
			l->password = keep(g->c, arg, strlen(arg));
		else if (g->menu->entry)
			g->menu->entry->password = keep(g->c, arg, strlen(arg));
		else
			say(g, "MENU PASSWD", "stands outside a label and a submenu; passed over");
	} else if ((arg = after(p, "indent"))) {
		uint32_t n = number(g, arg);
		if (l)
			l->indent = n < 64 ? n : 64;
	} else if (after(p, "hide")) {
		if (l)
			l->hidden = true;
	} else if (after(p, "disable") || after(p, "disabled")) {
		if (l)
			l->disabled = true;
	} else if ((arg = after(p, "goto"))) {
		goes(l, PX_GOTO, keep(g->c, arg, word_len(arg)));
	} else if ((arg = after(p, "exit"))) {
		goes(l, PX_EXIT, keep(g->c, arg, word_len(arg)));
	} else if (after(p, "quit")) {
		goes(l, PX_QUIT, NULL);
	} else if ((arg = after(p, "help"))) {
		goes(l, PX_HELP, keep(g->c, arg, word_len(arg)));
	} else {
		return false;
	}
	return true;
}

static void menu_line(struct reading *g, const char *p)
{
	struct px_menu *m = g->menu;
	const char *arg, *master;
	if ((arg = after(p, "title")))
		m->title = keep(g->c, arg, strlen(arg));
	else if ((arg = after(p, "begin")))
		begin_menu(g, arg);
	else if (after(p, "end"))
		end_menu(g);
	else if (after(p, "separator"))
		add_separator(g);
	else if ((arg = after(p, "include")))
		include(g, arg);
	else if (after(p, "start"))
		g->c->start = m;
	else if (after(p, "hidden"))
		m->hidden = true;
	else if ((arg = after(p, "hiddenkey")))
		hidden_key(g, arg);
	else if (after(p, "shiftkey"))
		m->shift = true;
	else if (after(p, "immediate"))
		m->immediate = true;
	else if (after(p, "noimmediate"))
		m->immediate = false;
	else if ((master = after(p, "master")) && (arg = after(master, "passwd"))) {
		check_password(g, arg);
		m->password = keep(g->c, arg, strlen(arg));
	} else if (!set_text(g, p, "autoboot", &m->autoboot) && !set_text(g, p, "tabmsg", &m->tabmsg) &&
		 !set_text(g, p, "notabmsg", &m->notabmsg) && !set_text(g, p, "passprompt", &m->passprompt) &&
		 !set_text(g, p, "background", &m->background) && !set_text(g, p, "onerror", &m->own_onerror) &&
		 !label_menu_line(g, p) &&
		 !px_look_line(&m->look, p))
		say(g, p, "no such MENU directive is known; passed over");
	if (!m->title)
		m->title = "";
}

static bool kernel_line(struct reading *g, const char *p)
{
	static const struct { const char *word; enum px_kind kind; } kinds[] = {
		{ "kernel", PX_KERNEL }, { "linux", PX_LINUX }, { "boot", PX_BOOT }, { "bss", PX_BSS },
		{ "pxe", PX_PXE }, { "fdimage", PX_FDIMAGE }, { "com32", PX_COM32 }, { "config", PX_CONFIG },
		{ "localboot", PX_LOCALBOOT },
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *arg = after(p, kinds[i].word);
		if (!arg)
			continue;
		if (!g->label) {
			say(g, kinds[i].word, "stands outside a label; passed over");
		} else {
			g->label->kind = kinds[i].kind;
			g->label->kernel = keep(g->c, arg, strlen(arg));
		}
		return true;
	}
	return false;
}

/* What may stand in a label and outside. */
static bool both_line(struct reading *g, const char *p)
{
	const char *arg;
	if ((arg = after(p, "append"))) {
		if (g->label)
			g->append = keep(g->c, arg, strlen(arg));
		else
			g->c->append = strcmp(arg, "-") ? rest(g->c, arg) : NULL;
	} else if ((arg = after(p, "ipappend")) || (arg = after(p, "sysappend"))) {
		if (g->label)
			g->label->sysappend = number(g, arg);
		else
			g->c->sysappend = number(g, arg);
		g->own_sysappend |= g->label != NULL;
	} else if ((arg = after(p, "initrd"))) {
		if (g->label)
			g->label->initrd = rest(g->c, arg);
	} else if ((arg = after(p, "text"))) {
		g->help = after(arg, "help") != NULL;
	} else {
		return false;
	}
	return true;
}

static void serial(struct reading *g, const char *p)
{
	struct px_config *c = g->c;
	c->has_serial = true;
	c->serial_port = number(g, p);
	p = skip_blanks(p + word_len(p));
	c->serial_baud = *p ? number(g, p) : 9600;
	p = skip_blanks(p + word_len(p));
	c->serial_flow = *p ? number(g, p) : 0;
}

/* F1 to F12: the file, and a background that is not used. */
static bool key_line(struct px_config *c, const char *p)
{
	char *end;
	if (tolower((unsigned char)p[0]) != 'f' || !isdigit((unsigned char)p[1]))
		return false;
	unsigned long n = strtoul(p + 1, &end, 10);
	if (n > PXCONFIG_KEYS || (*end && *end != ' ' && *end != '\t'))
		return false;
	c->key[n ? n - 1 : 9] = first_word(c, skip_blanks(end));	/* F0 is F10 */
	return true;
}

static bool global_line(struct reading *g, const char *p)
{
	struct px_config *c = g->c;
	const char *arg;
	if (after(p, "say"))
		add_line(c, &c->say, p[3] ? p + 4 : "");	/* with its blanks */
	else if ((arg = after(p, "serial")))
		serial(g, arg);
	else if ((arg = after(p, "display")))
		c->display = first_word(c, arg);
	else
		return set_text(g, p, "default", &c->preferred) || set_text(g, p, "ui", &c->ui) ||
		       set_text(g, p, "ontimeout", &g->menu->ontimeout) ||
		       set_text(g, p, "onerror", &g->menu->onerror) ||
		       set_number(g, p, "timeout", &g->menu->timeout) ||
		       set_number(g, p, "totaltimeout", &g->menu->total) ||
		       set_number(g, p, "sendcookies", &c->cookies) || set_flag(g, p, "prompt", &c->prompt, true) ||
		       set_flag(g, p, "implicit", &c->implicit, true) ||
		       set_flag(g, p, "noescape", &c->escape, false) ||
		       set_flag(g, p, "nocomplete", &c->complete, false) ||
		       set_flag(g, p, "allowoptions", &g->menu->allow_options, true) || key_line(c, p) ||
		       after(p, "console") || after(p, "font") || after(p, "kbdmap") || after(p, "path") ||
		       after(p, "nohalt") || after(p, "pxeretry");
	return true;
}

static void read_line(struct reading *g, const char *line)
{
	const char *p = skip_blanks(line), *arg;
	if (g->help) {
		if (after(p, "endtext"))
			g->help = false;
		else if (g->label)
			add_line(g->c, &g->label->help, line);
		return;
	}
	if (!*p || *p == '#')
		return;
	if ((arg = after(p, "menu")))
		menu_line(g, arg);
	else if ((arg = after(p, "label")))
		begin_label(g, arg);
	else if ((arg = after(p, "include")))
		include(g, arg);
	else if (!kernel_line(g, p) && !both_line(g, p) && !global_line(g, p))
		say(g, p, "no such directive is known; passed over");
}

/* Lines end with LF or CR LF, their text also with NUL; other control characters are nothing. */
static void read_text(struct reading *g, const char *name, const char *text, size_t len)
{
	const char *end = text + len;
	g->file = keep(g->c, name, strlen(name));
	g->line = 0;
	if (len > PXCONFIG_BYTES_MAX - g->c->bytes) {
		say(g, name, "the configuration is longer than any may be");
		g->c->err = -E2BIG;
	}
	if (g->c->err || !g->file)
		return;
	g->c->bytes += len;
	while (text < end && !g->c->err) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((stop ? stop : end) - text);
		char *line = malloc(n + 1);
		if (!line) {
			g->c->err = -ENOMEM;
			return;
		}
		size_t kept = 0;
		for (size_t i = 0; i < n && text[i]; i++) {	/* a title may ring a bell */
			if (text[i] == '\r' || text[i] == '\t')
				line[kept++] = ' ';
			else if ((unsigned char)text[i] >= ' ' && text[i] != 0x7f)
				line[kept++] = text[i];
		}
		while (kept && line[kept - 1] == ' ')
			kept--;
		line[kept] = '\0';
		g->line++;
		if (++g->lines % PAUSE_LINES == 0 && g->r->pause(g->r->ctx))
			g->c->err = -EINTR;
		else
			read_line(g, line);
		free(line);
		text = stop ? stop + 1 : end;
	}
}

/* ---- the whole ---- */

int px_config_begin(struct px_config *c)
{
	*c = (struct px_config){ .end = &c->first, .menus_end = &c->top, .cookies = UINT32_MAX,
				 .implicit = true, .escape = true, .complete = true };
	struct px_menu *m = new_menu(c);
	if (m)
		m->allow_options = true;
	return c->err;
}

int px_config_read(struct px_config *c, const struct px_reader *r, const char *name, const char *text, size_t len)
{
	struct reading g = { .c = c, .r = r, .menu = c->top };
	read_text(&g, name, text, len);
	end_label(&g);
	if (c->err == -E2BIG)
		say(&g, "", "too many labels, menus, files or bytes; the rest is not read");
	return c->err;
}

/* What leads to a menu that there is not cannot be chosen. */
static void close_dead_ends(struct px_config *c, const struct px_reader *r)
{
	char text[SAID_MAX];
	for (struct px_label *l = c->first; l; l = l->next) {
		bool leads = (l->does == PX_GOTO || l->does == PX_EXIT) && l->tag && *l->tag;
		if (!leads || px_config_menu(c, l->tag))
			continue;
		l->disabled = true;
		snprintf(text, sizeof(text), "%.60s: no menu is called %.60s; the entry cannot be chosen",
			 l->name ? l->name : "", l->tag);
		r->say(r->ctx, l->file, l->line, text);
	}
}

void px_config_end(struct px_config *c, const struct px_reader *r)
{
	close_dead_ends(c, r);
	const char *name = c->preferred;
	struct px_label *l = name ? px_config_label(c, name, word_len(name)) : NULL;
	if (l) {
		/* as MENU DEFAULT and, where it says by UI what shows it, as MENU START */
		if (!l->menu->preferred || c->ui)
			l->menu->preferred = l;
		if (c->ui)
			c->start = l->menu;
	}
	if (!c->start)
		c->start = c->top;
}

void px_config_free(struct px_config *c)
{
	while (c->blocks) {
		struct px_block *b = c->blocks;
		c->blocks = b->next;
		free(b);
	}
	*c = (struct px_config){ 0 };
}

struct px_label *px_config_label(const struct px_config *c, const char *name, size_t len)
{
	for (struct px_label *l = c->first; l; l = l->next)
		if (l->name && l->does != PX_SUBMENU && strlen(l->name) == len && !memcmp(l->name, name, len))
			return l;
	return NULL;
}

struct px_menu *px_config_menu(const struct px_config *c, const char *tag)
{
	if (!strcmp(tag, ".top"))
		return c->top;
	for (struct px_menu *m = c->top; m; m = m->next)
		if (m->tag && !strcmp(m->tag, tag))
			return m;
	return NULL;
}

/* True if it can be chosen. */
static bool is_open(const struct px_label *l)
{
	return l->does != PX_SEPARATOR && !l->disabled && !l->hidden;
}

struct px_label *px_menu_preferred(const struct px_menu *m)
{
	if (m->preferred && is_open(m->preferred))
		return m->preferred;
	for (struct px_label *l = m->first; l; l = l->below)
		if (is_open(l))
			return l;
	return NULL;
}
