/* SPDX-License-Identifier: BSD-2-Clause */
/* Progress of a download in one line.  See progress.h. */
#include "services/console/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_COLUMNS 28
#define BAR_MAX 24
#define BAR_MIN 8
#define ORIGIN_MAX 48
#define SILENCE_US 2000000u

static const char prefixes[] = " KMGTPE";

/* The power of `step` in which n is written; *unit = step to that power. */
static unsigned pick_unit(uint64_t n, uint64_t step, uint64_t *unit)
{
	unsigned power = 0;
	*unit = 1;
	while (n / *unit >= step) {
		*unit *= step;
		power++;
	}
	return power;
}

/* n in units: three digits or so, "1.4", "31.4", "314". */
static void put_scaled(char *out, size_t cap, uint64_t n, uint64_t unit)
{
	unsigned whole = (unsigned)(n / unit);
	unsigned tenth = (unsigned)(n % unit * 10 / unit);
	if (unit == 1 || whole >= 100)
		snprintf(out, cap, "%u", whole);
	else
		snprintf(out, cap, "%u.%u", whole, tenth);
}

static char *put_size(uint64_t n, uint64_t step, const char *small, const char *big, char buf[HUMAN_LEN])
{
	uint64_t unit;
	unsigned power = pick_unit(n, step, &unit);
	put_scaled(buf, HUMAN_LEN, n, unit);
	size_t len = strlen(buf);
	if (power)
		snprintf(buf + len, HUMAN_LEN - len, " %c%s", prefixes[power], big);
	else
		snprintf(buf + len, HUMAN_LEN - len, " %s", small);
	return buf;
}

char *human_size(uint64_t bytes, char buf[HUMAN_LEN])
{
	return put_size(bytes, 1024, bytes == 1 ? "byte" : "bytes", "iB", buf);
}

char *human_rate(uint64_t rate, char buf[HUMAN_LEN])
{
	put_size(rate, 1000, "B/s", "B/s", buf);
	char *kilo = strchr(buf, 'K');
	if (kilo)
		*kilo = 'k';
	return buf;
}

char *human_time(uint64_t seconds, char buf[HUMAN_LEN])
{
	unsigned s = (unsigned)(seconds % 60), m = (unsigned)(seconds / 60 % 60);
	unsigned long h = (unsigned long)(seconds / 3600 > 9999 ? 9999 : seconds / 3600);
	if (h)
		snprintf(buf, HUMAN_LEN, "%lu:%02u:%02u", h, m, s);
	else
		snprintf(buf, HUMAN_LEN, "%u:%02u", m, s);
	return buf;
}

char *human_elapsed(uint64_t us, char buf[HUMAN_LEN])
{
	if (us >= 100000000)
		return human_time(us / 1000000, buf);
	bool short_time = us < 100000;
	put_scaled(buf, HUMAN_LEN - 3, short_time ? us / 1000 : us, short_time ? 1 : 1000000);
	return strcat(buf, short_time ? " ms" : " s");
}

void rate_begin(struct rate_meter *m, uint64_t now_us)
{
	*m = (struct rate_meter){ .last_us = now_us, .heard_us = now_us };
}

uint64_t rate_average(uint64_t bytes, uint64_t elapsed_us)
{
	if (!elapsed_us)
		return 0;
	if (bytes < UINT64_MAX / 1000000)
		return bytes * 1000000 / elapsed_us;
	return elapsed_us < 1000000 ? UINT64_MAX : bytes / (elapsed_us / 1000000);
}

uint64_t rate_sample(struct rate_meter *m, uint64_t got, uint64_t now_us)
{
	uint64_t elapsed = now_us - m->last_us;
	if (elapsed < 100000)
		return m->rate;
	uint64_t now = got > m->last_got ? rate_average(got - m->last_got, elapsed) : 0;
	/* one part in four each sample; the first one counts whole */
	m->rate = m->last_got ? m->rate - m->rate / 4 + now / 4 : now;
	if (now)
		m->heard_us = now_us;
	else if (now_us - m->heard_us > SILENCE_US)
		m->rate = 0;
	m->last_got = got;
	m->last_us = now_us;
	return m->rate;
}

/* name, its middle left out where it is too long for `columns`. */
static void put_name(const char *name, size_t columns, char *out)
{
	size_t len = strlen(name);
	if (len <= columns) {
		memcpy(out, name, len + 1);
		return;
	}
	size_t head = columns / 2 - 1, tail = columns - head - 2;
	memcpy(out, name, head);
	memcpy(out + head, "..", 2);
	memcpy(out + head + 2, name + len - tail, tail + 1);
}

/* " 10.0.0.1 try 2", or as much of that as has room in so many columns; the number of tries counts for more. */
static void put_origin(const struct progress *p, size_t room, char out[ORIGIN_MAX])
{
	char try[20] = "";
	int len = p->peer ? (int)strcspn(p->peer, ":") : 0;

	if (p->tries)
		snprintf(try, sizeof(try), " try %u", p->tries + 1);
	*out = '\0';
	if (len && 1 + (size_t)len + strlen(try) <= room)
		snprintf(out, ORIGIN_MAX, " %.*s%s", len, p->peer, try);
	else if (strlen(try) <= room)
		strcpy(out, try);
}

int progress_format(const struct progress *p, char out[PROGRESS_WIDTH + 1])
{
	char name[NAME_MAX_COLUMNS + 1], got[HUMAN_LEN], size[HUMAN_LEN], rate[HUMAN_LEN], time[HUMAN_LEN];
	char figures[128], bar[BAR_MAX + 1], origin[ORIGIN_MAX];

	put_name(p->name, NAME_MAX_COLUMNS, name);
	human_rate(p->rate, rate);
	if (!p->total || p->got > p->total) {
		int len = snprintf(out, PROGRESS_WIDTH + 1, "%s %s %s %s, length unknown", name,
				   human_size(p->got, size), rate, human_time(p->elapsed_us / 1000000, time));
		put_origin(p, PROGRESS_WIDTH - (size_t)len, origin);
		return len + snprintf(out + len, PROGRESS_WIDTH + 1 - (size_t)len, "%s", origin);
	}

	uint64_t unit;
	pick_unit(p->total, 1024, &unit);
	put_scaled(got, sizeof(got), p->got, unit);
	human_size(p->total, size);
	unsigned percent = p->total > UINT64_MAX / 100 ? (unsigned)(p->got / (p->total / 100))
						       : (unsigned)(p->got * 100 / p->total);
	if (p->rate)
		human_time((p->total - p->got + p->rate - 1) / p->rate, time);
	snprintf(figures, sizeof(figures), "%3u%% %s/%s %s%s%s%s", percent, got, size, rate, p->rate ? " " : "",
		 p->rate ? time : ", stalled", p->rate ? " left" : "");

	size_t width = PROGRESS_WIDTH - 4 - strlen(name) - strlen(figures);	/* they leave 4 columns at least */
	/* a bar says enough in a third of its length */
	put_origin(p, width > BAR_MIN ? width - BAR_MIN : 0, origin);
	width -= strlen(origin);
	if (width > BAR_MAX)
		width = BAR_MAX;
	size_t done = width * percent / 100;
	memset(bar, ' ', width);
	memset(bar, '=', done);
	if (done < width)
		bar[done] = '>';
	bar[width] = '\0';
	return snprintf(out, PROGRESS_WIDTH + 1, "%s [%s] %s%s", name, bar, figures, origin);
}
