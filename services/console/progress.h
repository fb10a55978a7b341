/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Progress of a download in one line, and sizes, rates and times for people.
 * Pure; integers only.
 *	xen.gz [=========>            ] 45% 1.4/3.1 MiB 9.8 MB/s 0:01 left
 *	initrd.gz 12.4 MiB 9.8 MB/s 0:01, length unknown
 * and behind that, as far as there is room, who sends it, and after how many tries: " 10.0.0.1 try 2".
 */
#ifndef SERVICES_CONSOLE_PROGRESS_H
#define SERVICES_CONSOLE_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#define PROGRESS_WIDTH 79	/* columns at most */
#define HUMAN_LEN 24		/* holds any text of the human_ functions */

struct progress {
	const char *name;
	uint64_t got;
	uint64_t total;		/* 0 = not known; a got beyond it counts as not known too */
	uint64_t elapsed_us;
	uint64_t rate;		/* bytes per second now; 0 = nothing comes in */
	const char *peer;	/* "10.0.0.1:80", or ""; NULL: nobody */
	unsigned tries;		/* that have failed */
};

/* The rate over the last seconds: got is sampled several times a second. */
struct rate_meter {
	uint64_t last_us, last_got;
	uint64_t rate;		/* smoothed, bytes per second; 0 after two seconds of silence */
	uint64_t heard_us;	/* when got grew last */
};

void rate_begin(struct rate_meter *m, uint64_t now_us);
/* Takes a sample: the rate now.  Samples closer than 100 ms are left for the next one. */
uint64_t rate_sample(struct rate_meter *m, uint64_t got, uint64_t now_us);
/* bytes over a time, per second. */
uint64_t rate_average(uint64_t bytes, uint64_t elapsed_us);

/* At most PROGRESS_WIDTH characters and a NUL; their count. */
int progress_format(const struct progress *p, char out[PROGRESS_WIDTH + 1]);

/* "999 bytes", "1.4 MiB", "123 GiB"; return buf. */
char *human_size(uint64_t bytes, char buf[HUMAN_LEN]);
/* "9.8 MB/s": powers of 1000, as links are sold. */
char *human_rate(uint64_t rate, char buf[HUMAN_LEN]);
/* "0:07", "12:34", "1:02:03". */
char *human_time(uint64_t seconds, char buf[HUMAN_LEN]);
/* "35 ms", "0.4 s", "75 s", "12:34". */
char *human_elapsed(uint64_t us, char buf[HUMAN_LEN]);

#endif
