/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Servers of the projects that docs/ipxe-recipes.md tells of: each folder of tests/projects is what one of them serves,
 * and its story what must come of it, from DHCP to the kernel's command line and initrd.
 *
 *	boot PATH		the boot file that DHCP names
 *	when TEXT | KEYS	types the keys when the serial port shows that; \r is Enter, \e Escape
 *	image PATH WHICH	there is a kernel (linux), or bytes (one, two)
 *	late PATH		which the server does not have yet when it is asked first
 *	asked LINE		a request begins so, in this order; behind " cookie " its cookies, " body " a form
 *	kernel LINE		the command line that the kernel got
 *	initrd WHICH...		and what its initrd is
 *	says TEXT		the log has that
 *
 * In files and in their names @SERVER@, @MAC@, @MAC-@ (with hyphens), @MAC:@ (as a form has it), @UUID@, @SERIAL@ and
 * @ARCH@ stand for the machine's and its server's.
 *
 *	build/world/test_projects fog
 */
#include <cpuid.h>
#include <ftw.h>
#include <string.h>

#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define TOP "tests/projects"
#define SECOND 1000000ull
#define TEXT_MAX 16384
#define LINE_MAX 1000
#define ZERO_PAGE_INITRD 0x218		/* Linux's boot protocol: ramdisk_image, ramdisk_size, cmd_line_ptr */
#define ZERO_PAGE_LINE 0x228

static char story[TEXT_MAX], folder[100];

/* ---- what stands for the machine's own ---- */

static const char *arch(void)
{
	unsigned a, b, c, d = 0;
	return __get_cpuid(0x80000001, &a, &b, &c, &d) && d >> 29 & 1 ? "x86_64" : "i386";
}

static char *filled(const char *text, size_t len)
{
	const struct { const char *mark, *value; } marks[] = {
		{ "@SERVER@", "10.0.0.1" }, { "@MAC@", "02:00:00:00:00:01" }, { "@MAC-@", "02-00-00-00-00-01" },
		{ "@MAC:@", "02%3A00%3A00%3A00%3A00%3A01" }, { "@UUID@", "" }, { "@SERIAL@", "" }, { "@ARCH@", arch() },
	};
	char *out = calloc(1, 2 * TEXT_MAX), *to = out;
	CHECK(out && len < TEXT_MAX);
	for (const char *at = text; at < text + len;) {
		size_t i = 0, n = sizeof(marks) / sizeof(marks[0]);
		while (i < n && strncmp(at, marks[i].mark, strlen(marks[i].mark)))
			i++;
		if (i == n)
			*to++ = *at++;
		else {
			to = stpcpy(to, marks[i].value);
			at += strlen(marks[i].mark);
		}
		CHECK(to < out + 2 * TEXT_MAX - 100);
	}
	return out;
}

/* ---- the server ---- */

static int serve_file(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	static char text[TEXT_MAX];
	(void)st;
	(void)where;
	if (kind != FTW_F)
		return 0;
	FILE *in = fopen(path, "rb");
	CHECK(in);
	size_t len = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	char *name = filled(path + strlen(folder), strlen(path) - strlen(folder)), *data = filled(text, len);
	if (!strcmp(name, "/story"))
		strcpy(story, data);
	else
		far_serve(name, data, strlen(data));
	return 0;
}

/* The n-th line of the story that begins with this word, without it, into out; false: there is none. */
static bool line_of(const char *word, unsigned n, char out[LINE_MAX])
{
	size_t len = strlen(word);
	for (const char *at = story; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (!strncmp(at, word, len) && at[len] == ' ' && !n--) {
			size_t rest = strcspn(at + len + 1, "\n");
			CHECK(rest < LINE_MAX);
			memcpy(out, at + len + 1, rest);
			out[rest] = '\0';
			return true;
		}
	return false;
}

static const struct far_file *image(const char *which)
{
	const struct far_file *f = far_find(which);
	CHECK(f);
	return f;
}

static void serve_images(void)
{
	char line[LINE_MAX];
	kernels_serve(0);
	kernels_serve_others();
	for (unsigned n = 0; line_of("image", n, line); n++) {
		char *which = strchr(line, ' ');
		const struct far_file *f = image(which + 1);
		*which = '\0';
		far_serve(strdup(line), f->data, f->len);
	}
}

static unsigned asked, late;

/* The next request that the story waits for has come, or it is another. */
static void see(const char *request)
{
	char line[LINE_MAX], wanted[LINE_MAX], first[LINE_MAX];
	if (line_of("late", 0, line) && strstr(request, line)) {
		struct far_file *f = far_find(line);
		f->instead = late++ ? NULL : "/none";
	}
	snprintf(first, sizeof(first), "%.*s", (int)strcspn(request, "\r"), request);
	*strrchr(first, ' ') = '\0';
	const char *cookie = strstr(request, "\r\nCookie: ");
	if (cookie)
		snprintf(first + strlen(first), sizeof(first) - strlen(first), " cookie %.*s;",
			 (int)strcspn(cookie + 10, "\r"), cookie + 10);
	const char *body = strstr(request, "\r\n\r\n") + 4;
	if (*body)
		snprintf(first + strlen(first), sizeof(first) - strlen(first), " body %s", body);
	if (line_of("asked", asked, wanted) && !strncmp(first, wanted, strlen(wanted)))
		asked++;
	if (getenv("WORLD_ECHO"))
		fprintf(stderr, "asked: %s\n", first);
}

/* ---- the machine ---- */

static void type(const char *keys)
{
	char out[100];
	unsigned len = 0;
	for (; *keys; keys++) {
		char c = *keys == '\\' ? *++keys : '\0';
		CHECK(len < sizeof(out) - 1);
		out[len++] = c == 'r' ? '\n' : c == 'e' ? '\x1b' : *keys;
	}
	out[len] = '\0';
	pc_type(out);
}

static void check_said(bool said, const char *text)
{
	if (!said) {
		fprintf(stderr, "%s: nothing says \"%s\"\n", folder, text);
		CHECK(said);
	}
}

static void kernel_arrived(const char *line)
{
	struct entry_regs regs = pc_hand_over();
	const uint8_t *zero_page = (const uint8_t *)(uintptr_t)regs.esi;
	uint32_t at[2], text;
	char which[LINE_MAX] = "";
	memcpy(at, zero_page + ZERO_PAGE_INITRD, sizeof(at));
	memcpy(&text, zero_page + ZERO_PAGE_LINE, sizeof(text));
	const char *got = (const char *)(uintptr_t)text;
	if (strcmp(got, line)) {
		fprintf(stderr, "%s: the kernel got\n%s\nand not\n%s\n", folder, got, line);
		CHECK(!"command line");
	}
	line_of("initrd", 0, which);
	for (char *word = strtok(which, " "); word; word = strtok(NULL, " ")) {
		const struct far_file *f = image(word);
		size_t len = (f->len + 3) / 4 * 4;	/* another begins there; where the last ends is told */
		CHECK(at[1] >= f->len && !memcmp((const uint8_t *)(uintptr_t)at[0], f->data, f->len));
		at[0] += len;
		at[1] -= at[1] < len ? at[1] : len;
	}
	CHECK_INT(at[1], 0);
}

static void play(void *arg)
{
	char line[LINE_MAX];
	snprintf(folder, sizeof(folder), TOP "/%s", *(const char *const *)arg);
	CHECK(!nftw(folder, serve_file, 8, 0));
	serve_images();
	far_asked = see;
	CHECK(line_of("boot", 0, line));
	char *url = calloc(1, LINE_MAX + 30);
	sprintf(url, "http://10.0.0.1%s", line);
	far_boot_file = url;
	pc_start(NULL);
	for (unsigned n = 0; line_of("when", n, line); n++) {
		char *keys = strstr(line, " | ");
		*keys = '\0';
		check_said(pc_shows(line, 120 * SECOND), line);
		type(keys + 3);
	}
	bool boots = line_of("kernel", 0, line);
	if (boots) {
		machine_run(pc_ended, 300 * SECOND);
		CHECK_INT(pc_end, PC_BOOTED);
	}
	char said[LINE_MAX];
	for (unsigned n = 0; line_of("says", n, said); n++)
		check_said(pc_ended() ? pc_said(said) : pc_says(said, 120 * SECOND), said);
	if (line_of("asked", asked, said)) {
		fprintf(stderr, "%s: nobody has asked: %s\n", folder, said);
		CHECK(!"asked");
	}
	if (boots)
		kernel_arrived(line);
}

static bool play_alone(const void *arg)
{
	return machine_alone(play, &arg);
}

int main(int argc, char **argv)
{
	static const char *const projects[] = {
		"netboot.xyz", "matchbox", "fog", "foreman", "maas", "maas-local", "ironic", "tinkerbell", "warewulf",
		"sidero", "cobbler", "pxelinux-foreman", "pxelinux-menu",
		"pxelinux-script", "pxelinux-time", "pxelinux-image", "pxelinux-cobbler", "pxelinux-clonezilla",
		"pxelinux-thinstation", "pxelinux-xcat",
	};
	struct test tests[sizeof(projects) / sizeof(projects[0])];
	size_t count = sizeof(projects) / sizeof(projects[0]);
	for (size_t i = 0; i < count; i++)
		tests[i] = (struct test){ projects[i], play_alone, projects[i] };
	return run_tests(tests, count, argc > 1 ? argv[1] : NULL);
}
