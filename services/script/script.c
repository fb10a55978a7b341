/* SPDX-License-Identifier: BSD-2-Clause */
/* The interpreter of `#!ipxe` scripts.  See script.h. */
#include "services/script/script.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "services/command/options.h"

/* How the next command of a line hangs on the one before. */
enum joint { JOINT_END, JOINT_ALWAYS, JOINT_AND, JOINT_OR };

struct script_frame {
	struct script_frame *below;
	unsigned id;
	char *name;			/* NULL: a prompt */
	char *text;			/* after the frame */
	size_t len, pos;		/* pos: the next line */
	size_t line_at;			/* the one that runs */
	unsigned next_line, line;	/* numbers of the next line and of the one that runs */
	char *rest;			/* what of the line has not run; in words */
	enum joint joint;		/* before rest */
	int result;			/* of the last command run */
	bool over;			/* exit: ends with result */
	struct script_failure failure;	/* the command to blame if the line fails: its text is in blame */
	char *words;			/* the line, SCRIPT_LINE_MAX bytes while it runs */
	char blame[80];
};

/* The words of one command, expanded. */
struct words {
	int argc;
	char text[SCRIPT_LINE_MAX];
	char *argv[];			/* as many as the line can have */
};

void script_init(struct script *s, const struct script_ops *ops, void *ctx, const struct settings *settings)
{
	*s = (struct script){ .ops = ops, .ctx = ctx, .settings = settings };
}

static void pop(struct script *s)
{
	struct script_frame *f = s->top;
	s->top = f->below;
	s->depth--;
	if (f->name && s->ops->left)
		s->ops->left(s->ctx);
	free(f->words);
	free(f);
}

void script_free(struct script *s)
{
	while (s->top)
		pop(s);
}

static int push(struct script *s, const char *name, const char *text, size_t len)
{
	if (s->depth >= SCRIPT_DEPTH_MAX)
		return -ELOOP;
	if (len > SCRIPT_TEXT_MAX)
		return -E2BIG;
	size_t name_len = name ? strlen(name) + 1 : 0;
	struct script_frame *f = malloc(sizeof(*f) + len + name_len);
	if (!f)
		return -ENOMEM;
	*f = (struct script_frame){ .below = s->top, .id = ++s->frames, .text = (char *)(f + 1), .len = len,
				    .next_line = 1 };
	memcpy(f->text, text, len);
	if (name) {
		f->name = f->text + len;
		memcpy(f->name, name, name_len);
	}
	s->top = f;
	s->depth++;
	s->pushed = true;
	return 0;
}

int script_push(struct script *s, const char *name, const char *text, size_t len, bool replace)
{
	replace = replace && s->top && s->top->name;
	if (replace) {	/* makes room before it pushes, and takes the frame out from under the new one */
		s->depth--;
		int r = push(s, name, text, len);
		s->depth++;
		if (r < 0)
			return r;
		struct script_frame *new = s->top;
		s->top = new->below;
		pop(s);
		new->below = s->top;
		s->top = new;
		return 0;
	}
	return push(s, name, text, len);
}

int script_push_prompt(struct script *s)
{
	return push(s, NULL, "", 0);
}

static bool is_blank(char c)
{
	return isspace((unsigned char)c);
}

/*
 * The next line of the frame's text, continuations joined, into line:
 * 0, -ENOENT at the end of the text, -E2BIG, -EILSEQ.
 */
static int read_text_line(struct script_frame *f, char *line)
{
	size_t n = 0;
	if (f->pos >= f->len)
		return -ENOENT;
	f->line_at = f->pos;
	f->line = f->next_line;
	while (f->pos < f->len) {
		const char *at = f->text + f->pos;
		const char *eol = memchr(at, '\n', f->len - f->pos);
		size_t len = eol ? (size_t)(eol - at) : f->len - f->pos;
		f->pos += len + (eol != NULL);
		f->next_line++;
		if (len && at[len - 1] == '\r')
			len--;
		bool joined = len && at[len - 1] == '\\';
		len -= joined;
		if (n + len + 1 > SCRIPT_LINE_MAX)
			return -E2BIG;
		memcpy(line + n, at, len);
		n += len;
		if (!joined)
			break;
	}
	line[n] = '\0';
	while (n && !line[n - 1])	/* what fills the text up */
		n--;
	return memchr(line, '\0', n) ? -EILSEQ : 0;
}

/* Past the label of a line, if it has one: *label (NULL if not) is len bytes. */
static char *skip_label(char *line, const char **label, size_t *len)
{
	*label = NULL;
	while (is_blank(*line))
		line++;
	if (*line != ':')
		return line;
	*label = ++line;
	while (*line && !is_blank(*line))
		line++;
	*len = (size_t)(line - *label);
	return line;
}

int script_goto(struct script *s, const char *label)
{
	struct script_frame *f = s->top;
	if (!f || !f->name)
		return -ENOTTY;
	char *line = malloc(SCRIPT_LINE_MAX);
	if (!line)
		return -ENOMEM;
	size_t pos = f->pos, line_at = f->line_at, start;
	unsigned this_line = f->line, next_line = f->next_line;
	int r;
	f->pos = 0;
	f->next_line = 1;
	for (;;) {
		const char *at;
		size_t len;
		start = f->pos;
		r = read_text_line(f, line);
		if (r < 0)
			break;
		skip_label(line, &at, &len);
		if (at && strlen(label) == len && !memcmp(at, label, len))
			break;
	}
	free(line);
	f->line_at = line_at;
	if (r < 0) {
		f->pos = pos;
		f->next_line = next_line;
		f->line = this_line;
		return r;
	}
	f->pos = start;		/* the label's line may hold a command too */
	f->next_line = f->line;
	f->line = this_line;
	s->line_over = true;
	return 0;
}

int script_exit(struct script *s, int status)
{
	s->top->over = true;
	s->line_over = true;
	return status;
}

const char *script_name(const struct script *s)
{
	const struct script_frame *f = s->top;
	while (f && !f->name)
		f = f->below;
	return f ? f->name : NULL;
}

unsigned script_line(const struct script *s)
{
	return s->top && s->top->name ? s->top->line : 0;
}

bool script_at_prompt(const struct script *s)
{
	return s->top && !s->top->name;
}

/* Notes which command the line's result will come from. */
static void blame(struct script_frame *f, int argc, char *const *argv)
{
	options_show(argc, argv, f->blame, sizeof(f->blame));
	f->failure = (struct script_failure){ .name = f->name, .line = f->line, .command = f->blame };
}

bool script_mark(const struct script *s, struct script_mark *m)
{
	const struct script_frame *f = s->top;
	if (!f || !f->name)
		return false;
	*m = (struct script_mark){ .frame = f->id, .line_at = f->line_at, .rest = (size_t)(f->rest - f->words),
				   .line = f->line, .joint = (int)f->joint };
	memcpy(m->command, f->blame, sizeof(m->command));
	return true;
}

int script_back(struct script *s, const struct script_mark *m, int err)
{
	struct script_frame *f = s->top;
	if (!f || f->id != m->frame)
		return err;
	f->pos = m->line_at;
	f->next_line = m->line;
	int r = read_text_line(f, f->words);
	f->rest = f->words + m->rest;
	f->joint = r < 0 ? JOINT_END : (enum joint)m->joint;
	memcpy(f->blame, m->command, sizeof(f->blame));
	f->failure = (struct script_failure){ .name = f->name, .line = f->line, .command = f->blame };
	return err;
}

/* Gets the next line ready: 0, or what ends the frame (-ENOENT: the text is over). */
static int begin_line(struct script *s, struct script_frame *f)
{
	const char *label;
	size_t len;
	int r;

	if (!f->words)
		f->words = malloc(SCRIPT_LINE_MAX);
	if (!f->words)
		return -ENOMEM;
	r = f->name ? read_text_line(f, f->words) : s->ops->read_line(s->ctx, f->words, SCRIPT_LINE_MAX);
	if (r < 0)
		return r;
	f->rest = f->name ? skip_label(f->words, &label, &len) : f->words;
	f->joint = JOINT_ALWAYS;
	f->result = 0;
	blame(f, 0, NULL);
	return 0;
}

/* Are the words from now on to be left as they stand? */
static bool begins_later(const struct script *s, const struct words *w)
{
	return s->ops->later && w->argc > 1 && !strcmp(w->argv[w->argc - 1], "--") &&
	       s->ops->later(s->ctx, w->argv[0]);
}

/* The same as settings_expand(), without settings. */
static int copy_word(const char *word, size_t len, char *out, size_t cap)
{
	if (len + 1 > cap)
		return -E2BIG;
	memcpy(out, word, len);
	out[len] = '\0';
	return (int)len;
}

/*
 * Takes the next command off the line and, if run is true, expands its words
 * into w: 0 or -E2BIG, -ELOOP.  f->joint and f->rest are moved on.
 */
static int take_command(struct script *s, struct script_frame *f, struct words *w, bool run)
{
	size_t used = 0;
	int r = 0;
	bool later = false;
	char *c = f->rest;

	w->argc = 0;
	f->joint = JOINT_END;
	for (;;) {
		while (is_blank(*c))
			c++;
		if (!*c || *c == '#')
			break;
		char *word = c;
		while (*c && !is_blank(*c))
			c++;
		size_t len = (size_t)(c - word);
		if (len == 2 && word[0] == word[1] && (word[0] == '&' || word[0] == '|'))
			f->joint = word[0] == '&' ? JOINT_AND : JOINT_OR;
		else if (len == 1 && *word == ';')
			f->joint = JOINT_ALWAYS;
		if (f->joint != JOINT_END)
			break;
		if (!run || r < 0)
			continue;
		int n = later ? copy_word(word, len, w->text + used, sizeof(w->text) - used) :
				settings_expand(s->settings, word, len, w->text + used, sizeof(w->text) - used);
		if (n < 0) {
			r = n;
			continue;
		}
		w->argv[w->argc++] = w->text + used;
		used += (size_t)n + 1;
		later = later || begins_later(s, w);
	}
	w->argv[w->argc] = NULL;
	f->rest = c;
	return r;
}

/* In words, why a line could not be read or expanded. */
static const char *why_not(int err)
{
	return err == -E2BIG ? "the line is longer than 16383 bytes, or becomes so when its settings are filled in" :
	       err == -ELOOP ? "its settings lead to more than 128 others" :
	       err == -EILSEQ ? "there is a NUL in it, so it is no text" : NULL;
}

/* What came before is settled, for f's line cannot be run: as ending(). */
static int end_before(struct script *s, const struct script_frame *f)
{
	return f->name && s->ops->ending ? s->ops->ending(s->ctx) : 0;
}

/* Runs the line's next command if the one before lets it; its result goes to the frame that is then on top. */
static int run_command(struct script *s, struct script_frame *f)
{
	bool run = f->joint == JOINT_ALWAYS || (f->joint == JOINT_OR) == (f->result != 0);
	size_t words = strlen(f->rest) / 2 + 1;		/* each has a blank behind it */
	struct words *w = malloc(sizeof(*w) + (words + 1) * sizeof(w->argv[0]));
	int before = 0;
	if (!w) {			/* the rest of the line would meet the same */
		before = end_before(s, f);
		s->line_over = before == 0;
		return before ? before : -ENOMEM;
	}
	int r = take_command(s, f, w, run);
	if (r < 0 && (before = end_before(s, f)) != 0) {
		r = before;
	} else if (run) {
		blame(f, w->argc, w->argv);
		f->failure.why = why_not(r);
		if (r == 0 && w->argc)
			r = s->ops->command(s->ctx, w->argc, w->argv);
	} else {
		r = f->result;
	}
	free(w);
	return r;
}

static void report(struct script *s, struct script_frame *f, bool called)
{
	f->failure.err = f->result;
	f->failure.called = called;
	s->ops->failed(s->ctx, &f->failure);
}

/* Ends frames down to the next prompt, or all of them. */
static void unwind(struct script *s)
{
	s->exited = false;
	while (s->top && s->top->name)
		pop(s);
	if (s->top)
		s->top->rest = NULL;
}

/*
 * The command that the top frame waited for gave *result: its line goes on,
 * or is over; with the line perhaps its script, and so on down the stack.
 */
static void settle(struct script *s, const int *result, bool called)
{
	while (s->top && s->top->rest) {
		struct script_frame *f = s->top;
		f->result = *result;
		if (f->joint != JOINT_END && !s->line_over)
			return;
		f->rest = NULL;
		if (!f->over) {
			if (f->result == 0)
				return;
			report(s, f, called);
			if (!f->name)
				return;
			called = true;
		} else {
			called = false;
		}
		s->exited = f->over;
		pop(s);
		s->line_over = false;
	}
}

/* f, which is on top, has the result of a command. */
static void step_result(struct script *s, struct script_frame *f, const int *result)
{
	if (*result == -EINTR) {
		f->result = *result;
		report(s, f, false);
		unwind(s);
	} else {
		settle(s, result, false);
	}
}

/* The top frame gets its next line, or ends. */
static void step_line(struct script *s, int *result)
{
	struct script_frame *f = s->top;
	int r = begin_line(s, f);
	if (r == 0)
		return;
	*result = end_before(s, f);
	if (*result == -EINTR || (*result && f->rest)) {
		step_result(s, f, result);
		return;
	}
	if (*result == 0 && !(f->name && r == -ENOENT))
		*result = r;
	if (f->name && *result < 0) {
		f->result = *result;
		static char itself[] = "(the line itself)";
		blame(f, 1, (char *[]){ itself });
		f->failure.why = why_not(r);
		report(s, f, false);
	}
	pop(s);
	s->line_over = s->exited = false;
	settle(s, result, *result < 0);
}

static void step_command(struct script *s, int *result)
{
	struct script_frame *f = s->top;
	s->pushed = s->line_over = false;
	*result = s->ops->interrupted(s->ctx) ? -EINTR : run_command(s, f);
	if (s->pushed)
		return;		/* another frame is on top, and f may be gone */
	step_result(s, f, result);
}

int script_run(struct script *s)
{
	int result = 0;
	while (s->top) {
		if (s->top->rest)
			step_command(s, &result);
		else
			step_line(s, &result);
	}
	return result;
}
