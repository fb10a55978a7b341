/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listings as web pages: links, and what stands behind them.  Leaves out: all
 * else that HTML has; a link in a comment or a script counts like any other.
 * See listing.h.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "services/fetch/listing.h"
#include "services/fetch/url.h"

#define HREF_MAX 1024u		/* a name of 255 bytes, all of them encoded, and its folder */
#define BEHIND_MAX 512u		/* bytes of markup behind a link in which its size is looked for */

static bool begins(const char *p, const char *end, const char *what)
{
	return (size_t)(end - p) >= strlen(what) && !strncasecmp(p, what, strlen(what));
}

static const char *find(const char *p, const char *end, const char *what)
{
	while (p < end && !begins(p, end, what))
		p++;
	return p < end ? p : NULL;
}

/* The next tag that begins so, "<a"; none behind one that begins with `stop`, if that is not NULL. */
static const char *find_tag(const char *p, const char *end, const char *what, const char *stop)
{
	for (; (p = memchr(p, '<', (size_t)(end - p))); p++) {
		if (begins(p, end, what))
			return p;
		if (stop && begins(p, end, stop))
			return NULL;
	}
	return NULL;
}

/* Character references that stand in links: &amp; &lt; &gt; &quot; &apos; &#39; &#x27;: one byte, or the '&'. */
static const char *take_reference(const char *p, const char *end, char *out)
{
	static const struct {
		const char *name;
		char c;
	} named[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' } };
	unsigned c = 0, base = 10;
	const char *at = p + 2;

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		size_t len = strlen(named[i].name);

		if ((size_t)(end - p) >= len && !strncasecmp(p, named[i].name, len)) {
			*out = named[i].c;
			return p + len;
		}
	}
	*out = '&';
	if (end - p < 4 || p[1] != '#')
		return p + 1;
	if (tolower((unsigned char)*at) == 'x') {
		base = 16;
		at++;
	}
	for (; at < end && isxdigit((unsigned char)*at) && c < 128; at++) {
		unsigned digit = isdigit((unsigned char)*at) ? (unsigned)(*at - '0') :
				 (unsigned)(tolower((unsigned char)*at) - 'a') + 10;

		if (digit >= base)
			break;
		c = c * base + digit;
	}
	if (at == end || *at != ';' || !c || c > 127)
		return p + 1;
	*out = (char)c;
	return at + 1;
}

/* The value of the tag's attribute, plain; false: it has none, or one that is too long. */
static bool attribute(const char *tag, const char *end, const char *name, char out[HREF_MAX])
{
	const char *p = tag, *stop;
	size_t n = 0;

	do {
		p = find(p, end, name);
		if (!p)
			return false;
		p += strlen(name);
	} while (!isspace((unsigned char)p[-(ptrdiff_t)strlen(name) - 1]) || p == end || *p != '=');
	p++;
	char quote = p < end && (*p == '"' || *p == '\'') ? *p++ : 0;

	stop = quote ? memchr(p, quote, (size_t)(end - p)) : p;
	while (!quote && stop < end && !isspace((unsigned char)*stop))
		stop++;
	if (!stop)
		return false;
	while (p < stop) {
		if (n + 1 >= HREF_MAX)
			return false;
		if (*p == '&')
			p = take_reference(p, stop, &out[n++]);
		else
			out[n++] = *p++;
	}
	out[n] = '\0';
	return !memchr(out, 0, n);
}

/* The name of what is in the folder itself, if that is where it leads. */
static bool child(const struct listing *l, const char *href, struct listing_entry *e)
{
	size_t len = strcspn(href, "?#");

	if (len >= l->path_len && *href == '/' && !memcmp(href, l->path, l->path_len)) {
		href += l->path_len;
		len -= l->path_len;
	} else if (*href == '/' || strcspn(href, ":") < strcspn(href, "/?#")) {
		return false;
	}
	while (len > 1 && href[0] == '.' && href[1] == '/') {
		href += 2;
		len -= 2;
	}
	*e = (struct listing_entry){ .kind = LISTING_FILE, .size = LISTING_SIZE_UNKNOWN };
	if (len && href[len - 1] == '/') {
		e->kind = LISTING_FOLDER;
		len--;
	}
	if (!len || memchr(href, '/', len) || url_decode(href, len, e->name, sizeof(e->name)) < 0)
		return false;
	return listing_is_name(e->name);
}

/* A word of text: "1234", "1.2K", "15M"; "28-Nov-2026" and "10:00" are none. */
static bool read_size(const char *p, size_t len, struct listing_entry *e)
{
	static const char units[] = "KMGT";
	uint64_t whole = 0, tenths = 0;
	const char *end = p + len, *digits = p, *unit;
	unsigned shift = 0;

	for (; p < end && isdigit((unsigned char)*p); p++) {
		if (whole > UINT64_MAX / 20)
			return false;
		whole = whole * 10 + (uint64_t)(*p - '0');
	}
	if (p == digits)
		return false;
	if (end - p >= 2 && *p == '.' && isdigit((unsigned char)p[1])) {
		tenths = (uint64_t)(p[1] - '0');
		p += 2;
	}
	if (p < end && (unit = memchr(units, toupper((unsigned char)*p), 4))) {
		shift = 10 * (unsigned)(unit - units + 1);
		p++;
	}
	if (p != end || (tenths && !shift) || (shift && whole >> (60 - shift)))
		return false;
	e->size = (whole << shift) + ((tenths << shift) / 10);
	e->rough = shift != 0;
	return true;
}

/* The last word behind the link, before the next one or the line's or the row's end. */
static void look_behind(const char *p, const char *end, struct listing_entry *e)
{
	const char *word = NULL;
	bool in_tag = false;

	if ((size_t)(end - p) > BEHIND_MAX)
		end = p + BEHIND_MAX;
	for (;; p++) {
		bool over = p == end || *p == '\n' || (!in_tag && (begins(p, end, "<a") || begins(p, end, "</tr>")));
		bool text = !over && !in_tag && *p != '<' && !isspace((unsigned char)*p) && *p != '&';

		if (text && !word)
			word = p;
		if (!text && word) {
			struct listing_entry found = *e;

			/* of several words the last counts, if it is one: Apache's description may follow it */
			if (read_size(word, (size_t)(p - word), &found))
				*e = found;
			word = NULL;
		}
		if (over)
			return;
		if (*p == '<')
			in_tag = true;
		else if (*p == '>')
			in_tag = false;
	}
}

bool listing_next_link(struct listing *l, struct listing_entry *e)
{
	char href[HREF_MAX];

	while (l->at < l->end) {
		const char *tag = find_tag(l->at, l->end, "<a", NULL), *close, *behind;

		if (!tag)
			break;
		tag += 2;
		close = memchr(tag, '>', (size_t)(l->end - tag));
		if (!close)
			break;
		l->at = close + 1;
		if (!isspace((unsigned char)*tag) || !attribute(tag, close, "href", href) || !child(l, href, e))
			continue;
		behind = find_tag(l->at, l->end, "</a>", "<a");
		if (behind) {
			l->at = behind + 4;
			if (e->kind == LISTING_FILE)
				look_behind(l->at, l->end, e);
		}
		return true;
	}
	l->at = l->end;
	return false;
}
