/* SPDX-License-Identifier: BSD-2-Clause */
/* A line being typed.  See lineedit.h. */
#include "services/console/lineedit.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/secret.h"
#include "services/console/keys.h"

#define CTRL(letter) ((letter) - '@')

void lineedit_init(struct lineedit *e, lineedit_word_fn *word)
{
	memset(e, 0, sizeof(*e));
	e->word = word;
}

static void set_text(struct lineedit *e, const char *text)
{
	e->len = strlen(text);
	e->lost = e->len >= LINEEDIT_MAX;
	if (e->lost)
		e->len = LINEEDIT_MAX - 1;
	memmove(e->text, text, e->len);
	e->text[e->len] = '\0';
	e->pos = e->len;
	e->scroll = 0;
}

static void drop_draft(struct lineedit *e)
{
	free(e->draft);
	e->draft = NULL;
}

void lineedit_begin(struct lineedit *e, const char *text)
{
	set_text(e, text ? text : "");
	e->at = e->count;
	drop_draft(e);
}

void lineedit_free(struct lineedit *e)
{
	while (e->count)
		free(e->history[--e->count]);
	drop_draft(e);
}

void lineedit_remember(struct lineedit *e)
{
	if (!e->text[strspn(e->text, " ")])
		return;
	if (e->count && !strcmp(e->history[e->count - 1], e->text))
		return;
	char *copy = strdup(e->text);
	if (!copy)
		return;
	if (e->count == LINEEDIT_HISTORY) {
		free(e->history[0]);
		memmove(e->history, e->history + 1, sizeof(e->history) - sizeof(e->history[0]));
		e->count--;
	}
	e->history[e->count++] = copy;
}

static void walk_history(struct lineedit *e, bool back)
{
	if (back ? e->at == 0 : e->at == e->count)
		return;
	if (e->at == e->count) {
		drop_draft(e);
		e->draft = strdup(e->text);
	}
	e->at += back ? -1u : 1u;
	set_text(e, e->at < e->count ? e->history[e->at] : e->draft ? e->draft : "");
}

static void insert(struct lineedit *e, const char *text, size_t len)
{
	if (len >= LINEEDIT_MAX - e->len) {
		e->lost = true;
		return;
	}
	memmove(e->text + e->pos + len, e->text + e->pos, e->len - e->pos + 1);
	memcpy(e->text + e->pos, text, len);
	e->len += len;
	e->pos += len;
}

/* Removes [from, to); the cursor goes to from. */
static void cut(struct lineedit *e, size_t from, size_t to)
{
	memmove(e->text + from, e->text + to, e->len - to + 1);
	e->len -= to - from;
	e->pos = from;
}

static size_t word_start(const struct lineedit *e)
{
	size_t at = e->pos;
	while (at && e->text[at - 1] == ' ')
		at--;
	while (at && e->text[at - 1] != ' ')
		at--;
	return at;
}

/* Where the word that the cursor stands in, or behind, begins; the cursor if that is a blank. */
static size_t part_start(const struct lineedit *e)
{
	size_t at = e->pos;
	while (at && e->text[at - 1] != ' ')
		at--;
	return at;
}

/* The next word from number *i on that continues what is typed, or NULL. */
static const char *next_fit(const struct lineedit *e, size_t start, unsigned *i)
{
	const char *word;
	while (e->word && (word = e->word(e->text, start, (*i)++)))
		if (!strncmp(word, e->text + start, e->pos - start))
			return word;
	return NULL;
}

static enum lineedit_event complete(struct lineedit *e)
{
	char rest[LINEEDIT_WORD];	/* what all that fit have in common, behind what is typed */
	size_t start = part_start(e), typed = e->pos - start, common = 0;
	unsigned fits = 0;
	const char *word;

	for (unsigned i = 0; (word = next_fit(e, start, &i)); fits++) {
		word += typed;
		if (!fits) {
			common = strnlen(word, sizeof(rest));
			memcpy(rest, word, common);
		}
		while (strncmp(word, rest, common))
			common--;
	}
	if (fits > 1 && !common)
		return LINEEDIT_CHOICES;
	insert(e, rest, common);
	if (fits == 1 && e->text[e->pos] != ' ' && e->text[e->pos - 1] != '/')	/* a folder's name goes on */
		insert(e, " ", 1);
	return LINEEDIT_MORE;
}

void lineedit_choices(const struct lineedit *e, char *out, size_t cap)
{
	size_t used = 0, start = part_start(e), folder = e->pos;
	const char *word;

	while (folder > start && e->text[folder - 1] != '/')
		folder--;
	out[0] = '\0';
	for (unsigned i = 0; (word = next_fit(e, start, &i));) {
		word += folder - start;
		size_t n = strlen(word);
		if (used + n + 2 > cap)
			continue;
		if (used)
			out[used++] = ' ';
		memcpy(out + used, word, n + 1);
		used += n;
	}
}

enum lineedit_event lineedit_key(struct lineedit *e, int key)
{
	char c = (char)key;
	switch (key) {
	case KEY_ENTER: case '\n': return e->lost ? LINEEDIT_TOO_LONG : LINEEDIT_DONE;
	case KEY_CTRL_C: return LINEEDIT_CANCEL;
	case CTRL('L'): return LINEEDIT_REDRAW;
	case KEY_TAB: return complete(e);
	case KEY_CTRL_D:
		if (!e->len)
			return LINEEDIT_EOF;
		/* fall through */
	case KEY_DELETE:
		if (e->pos < e->len)
			cut(e, e->pos, e->pos + 1);
		break;
	case KEY_BACKSPACE: case 127:
		if (e->pos)
			cut(e, e->pos - 1, e->pos);
		break;
	case KEY_CTRL_A: case KEY_HOME: e->pos = 0; break;
	case KEY_CTRL_E: case KEY_END: e->pos = e->len; break;
	case KEY_CTRL_B: case KEY_LEFT: e->pos -= e->pos > 0; break;
	case KEY_CTRL_F: case KEY_RIGHT: e->pos += e->pos < e->len; break;
	case CTRL('P'): case KEY_UP: walk_history(e, true); break;
	case CTRL('N'): case KEY_DOWN: walk_history(e, false); break;
	case CTRL('K'): cut(e, e->pos, e->len); break;
	case CTRL('U'): cut(e, 0, e->pos); break;
	case CTRL('W'): cut(e, word_start(e), e->pos); break;
	default:
		if (key >= ' ' && key < 127)
			insert(e, &c, 1);
	}
	return LINEEDIT_MORE;
}

int lineedit_show(struct lineedit *e, const char *prompt, char *out, size_t width)
{
	size_t head = strlen(prompt);
	if (head > width / 2)
		head = width / 2;
	size_t room = width - head;	/* columns for the line; the cursor may stand after its end */

	if (e->len < room)
		e->scroll = 0;
	else if (e->pos < e->scroll + (e->scroll > 0))
		e->scroll = e->pos > room / 3 ? e->pos - room / 3 : 0;
	else if (e->pos >= e->scroll + room - 1)
		e->scroll = e->pos - room * 2 / 3;
	size_t shown = e->len - e->scroll;
	bool more = shown > room;
	if (more)
		shown = room;

	memcpy(out, prompt, head);
	memcpy(out + head, e->text + e->scroll, shown);
	out[head + shown] = '\0';
	if (e->scroll)
		out[head] = '<';
	if (more)
		out[head + shown - 1] = '>';
	return (int)(head + e->pos - e->scroll);
}

int lineedit_show_masked(struct lineedit *e, const char *prompt, bool secret, char *out, size_t width)
{
	static char typed[LINEEDIT_MAX];	/* too much for the stacks of those who draw */
	/* before a part of it is chosen to be shown: a password must not lose the word that tells it is one */
	memcpy(typed, e->text, e->len + 1);
	if (secret)
		memset(e->text, '*', e->len);
	else
		secret_mask(e->text);
	int cursor = lineedit_show(e, prompt, out, width);
	memcpy(e->text, typed, e->len + 1);
	memset(typed, 0, e->len + 1);
	return cursor;
}
