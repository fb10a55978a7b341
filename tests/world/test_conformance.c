/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cases of tests/conformance (docs/testing.md), each on a machine of its own: its script is chained by another one
 * that says how it ended, and what it has said must be its transcript.
 *
 *	build/world/test_conformance inc-wraps		one of them
 */
#include <dirent.h>
#include <string.h>

#include "kernel/log.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define FOLDER "tests/conformance"
#define CASES 1000
#define SECOND 1000000ull
#define TEXT_MAX 8192
#define FILE_MAX 100000

struct file {
	char path[200];			/* on the far side */
	char *data;
	size_t len;
};

static struct file cases[CASES], files[CASES];
static char names[CASES][100];

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

static void read_file(struct file *f, const char *folder, const char *name)
{
	char from[300];
	snprintf(from, sizeof(from), "%s/%s", folder, name);
	FILE *in = fopen(from, "rb");
	CHECK(in);
	f->data = calloc(1, FILE_MAX + 1);
	f->len = fread(f->data, 1, FILE_MAX, in);
	fclose(in);
}

/* The files of a folder that end so, under a path on the far side. */
static unsigned read_folder(const char *folder, const char *end, const char *path, struct file *f)
{
	unsigned count = 0;
	struct dirent *e;
	DIR *d = opendir(folder);
	CHECK(d);
	while ((e = readdir(d))) {
		size_t len = strlen(e->d_name), end_len = strlen(end);
		if (e->d_type == DT_DIR || len <= end_len || strcmp(e->d_name + len - end_len, end))
			continue;
		CHECK(count < CASES / 2);
		snprintf(f[count].path, sizeof(f[count].path), "%s%.100s", path, e->d_name);
		read_file(&f[count++], folder, e->d_name);
	}
	closedir(d);
	qsort(f, count, sizeof(*f), by_path);
	return count;
}

static void add(char *text, const char *line, size_t len)
{
	CHECK(strlen(text) + len + 2 <= TEXT_MAX);
	strncat(text, line, len);
	strcat(text, "\n");
}

/* The lines of a text that begin so, without that. */
static void lines_of(const char *text, const char *begin, char *out)
{
	for (const char *at = text; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
		if (!strncmp(at, begin, strlen(begin)))
			add(out, at + strlen(begin), strcspn(at, "\n") - strlen(begin));
}

/* What the case says that we print: its own way (`undine`) where it has one. */
static void transcript(const struct file *f, char *out)
{
	bool own = strstr(f->data, "\n#undine");
	lines_of(f->data, own ? "#undine> " : "#> ", out);
	strcat(out, strstr(f->data, own ? "\n#undine= failed" : "\n#= failed") ? "= failed\n" : "= ok\n");
}

static char said[TEXT_MAX];

static void listen(void)
{
	static char log[LOG_RING_LEN];
	uint64_t pos = 0;
	size_t len = 0, n;
	while ((n = log_read(&pos, log + len, sizeof(log) - 1 - len)))
		len += n;
	log[len] = '\0';
	*said = '\0';
	for (char *at = log; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
		if (!strncmp(at, "> ", 2) || !strncmp(at, "= ", 2))
			add(said, at + (*at == '>' ? 2 : 0), strcspn(at, "\n") - (*at == '>' ? 2 : 0));
}

static bool has_ended(void)
{
	listen();
	return strstr(said, "= ok\n") || strstr(said, "= failed\n");
}

static unsigned asked;

static bool asks_for_keys(void)
{
	unsigned count = 0;
	if (has_ended())
		return true;
	for (const char *at = said; (at = strstr(at, "keys\n")); at++)
		count++;
	return count > asked;
}

static char escape(char c)
{
	return c == 'r' ? '\r' : c == 'e' ? '\x1b' : c == 'b' ? '\b' : c == 'c' ? '\x03' : c;
}

/* `\r` is Enter, `\e` Escape, `\b` the key that takes back, `\c` Ctrl-C. */
static void type(const char *line)
{
	char keys[200];
	unsigned len = 0;
	for (; *line && *line != '\n'; line++) {
		CHECK(len < sizeof(keys) - 1);
		keys[len++] = *line != '\\' ? *line : escape(*++line);
	}
	keys[len] = '\0';
	pc_type(keys);
}

static void play(void *arg)
{
	const struct file *f = *(const struct file *const *)arg;
	char boot[400], keys[TEXT_MAX] = "", wanted[TEXT_MAX] = "";
	snprintf(boot, sizeof(boot), "#!ipxe\nchain %s && echo = ok || echo = failed\nsleep 1000\n", f->path + 1);
	far_serve("/boot.ipxe", boot, strlen(boot));
	far_serve(f->path, f->data, f->len);
	for (const struct file *other = files; other->data; other++)
		far_serve(other->path, other->data, other->len);
	far_boot_file = "http://files.test/boot.ipxe";
	pc_start(NULL);
	lines_of(f->data, "#< ", keys);
	for (const char *at = keys; *at; at = strchr(at, '\n') + 1) {
		CHECK(machine_run(asks_for_keys, 60 * SECOND));
		asked++;
		machine_run(has_ended, SECOND / 10);	/* what wants them begins to wait */
		type(at);
	}
	machine_run(has_ended, 300 * SECOND);
	transcript(f, wanted);
	if (strcmp(said, wanted)) {
		fprintf(stderr, "%s: wanted:\n%sgot:\n%s", f->path, wanted, said);
		CHECK(!strcmp(said, wanted));
	}
}

static bool play_alone(const void *arg)
{
	return machine_alone(play, &arg);
}

/* 32-bit programs are slow where they are emulated: each third there. */
#define STEP (sizeof(void *) == 4 ? 3u : 1u)

int main(int argc, char **argv)
{
	static struct test tests[CASES];
	unsigned count = read_folder(FOLDER, ".ipxe", "/c/", cases), played = 0;
	unsigned others = read_folder(FOLDER "/files", "", "/c/files/", files);
	read_folder(FOLDER "/files/sub", "", "/c/files/sub/", files + others);
	for (unsigned i = 0; i < count; i += STEP) {
		snprintf(names[i], sizeof(names[i]), "%.*s", (int)strlen(cases[i].path) - 8, cases[i].path + 3);
		tests[played++] = (struct test){ names[i], play_alone, &cases[i] };
	}
	return run_tests(tests, played, argc > 1 ? argv[1] : NULL);
}
