/* SPDX-License-Identifier: BSD-2-Clause */
/* A fresh machine for each run: see machine.h. */
#include <assert.h>
#include <sanitizer/asan_interface.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/world/check.h"
#include "tests/world/machine.h"
#include "tests/world/machine_parts.h"

#define HANGS_S 120		/* of processor time: an emulated 32-bit processor is ten times slower */
#define ROWS_MAX 64

static const char *shown;		/* what the last process has said */
static size_t shown_len;

/* Of its own time: others may use the processor too. */
static void limit_time(void)
{
	setitimer(ITIMER_PROF, &(struct itimerval){ .it_value.tv_sec = HANGS_S }, NULL);
}

void *__real_malloc(size_t len);

extern char __executable_start[], __data_start[], _end[];

static struct once {			/* between a process and the one that runs its machines */
	unsigned n;
} *once;

/* What a failed run has said: the end of it. */
static void show(int from)
{
	static char text[65536];
	size_t len = 0, half = sizeof(text) / 2;
	ssize_t n;
	while ((n = read(from, text + len, sizeof(text) - len)) > 0) {
		len += (size_t)n;
		if (len == sizeof(text)) {
			memmove(text, text + half, half);
			len = half;
		}
	}
	close(from);
	shown_len = len;
	shown = text;
}

/* In a process of its own: as machine_alone(). */
static bool in_process(void (*fn)(void *arg), void *arg)
{
	int out[2], status;
	fflush(stdout);
	machine_memory();
	assert(pipe(out) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(out[1], 2);
		close(out[0]);
		machine_echo = getenv("WORLD_ECHO");	/* what happens before a failure is shown with it */
		limit_time();
		machine_blocks_held = 0;	/* what a compiler's own code holds, as for counters, is none of ours */
		fn(arg);
		_exit(0);
	}
	close(out[1]);
	show(out[0]);
	assert(waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	bool hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF;
	printf("%.*s\n%s: status %x\n", (int)shown_len, shown, hung ? "hung" : "failed", (unsigned)status);
	return false;
}

bool machine_alone(void (*fn)(void *arg), void *arg)
{
	return in_process(fn, arg);
}

struct row {
	void (*play)(const void *row);
	const void *row;
};

static void play_row(void *arg)
{
	const struct row *r = arg;
	r->play(r->row);
}

static bool run_row(const void *arg)
{
	struct row r = *(const struct row *)arg;
	return in_process(play_row, &r);
}

int machine_rows(void (*play)(const void *row), const void *rows, size_t size, size_t count, const char *only)
{
	static struct row row[ROWS_MAX];
	static struct test tests[ROWS_MAX];
	assert(count <= ROWS_MAX);
	for (size_t i = 0; i < count; i++) {
		row[i] = (struct row){ play, (const char *)rows + i * size };
		tests[i] = (struct test){ *(const char *const *)row[i].row, run_row, &row[i] };
	}
	return run_tests(tests, count, only);
}

/* All that a machine has changed, but for blocks and pages: the program's own data. */
static char *snapshot;

static void __attribute__((no_sanitize("address", "undefined"))) copy(char *to, const char *from, size_t len)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(len) : : "memory");
}

static struct {
	void (*fn)(unsigned n);
	unsigned from, end, step;
} each;

static void run_each(void *arg)
{
	size_t len = (size_t)(_end - __data_start);
	(void)arg;
	snapshot = __real_malloc(len);
	assert(snapshot);
	copy(snapshot, __data_start, len);
	for (unsigned n = each.from; n < each.end; n += each.step) {
		once->n = n;
		limit_time();
		each.fn(n);
		machine_memory_forget(machine_has_stopped());
		copy(__data_start, snapshot, len);
	}
}

static void run_one(void *arg)
{
	(void)arg;
	each.fn(once->n);
}

bool machine_each(void (*fn)(unsigned n), unsigned from, unsigned end, unsigned step, unsigned *failed)
{
	uintptr_t asan = (uintptr_t)__asan_poison_memory_region;
	if (!once)
		once = mmap(NULL, sizeof(*once), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert(once != MAP_FAILED);
	each.fn = fn;
	each.from = from;
	each.end = end;
	each.step = step;
	bool good = true;
	if (asan < (uintptr_t)__executable_start || asan >= (uintptr_t)_end) {
		good = in_process(run_each, NULL);
	} else {			/* the sanitizer's own data are the program's: they cannot be put back */
		for (once->n = from; once->n < end && good; once->n += good ? step : 0)
			good = in_process(run_one, NULL);
	}
	*failed = once->n;
	return good;
}

const char *__asan_default_options(void);

/* Blocks that were given back are kept for some time; for a hundred machines in one process that is enough. */
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=8";
}
