/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command freebsd where its tree is hostile, or memory short, or somebody types Ctrl-C: nothing is cut in silence,
 * what fails says so, and nothing of it stays.  A row is what loader.conf says, and what the log has then.
 */
#include <string.h>
#include <sys/mman.h>

#include "services/boot/freebsd_tree.h"
#include "tests/unit/kld_file.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define SAID_MAX 3

static const struct row {
	const char *name;
	const char *conf;		/* "@500": so many letters x; "#9 y": so many words y0, y1, ... */
	const char *said[SAID_MAX];
	const char *never;
	const char *wait, *keys;	/* typed once the log has that; NULL: none */
} rows[] = {
	{ "a tree", "first_load=YES\n", { "/boot/kernel/first.ko needs module second", "it is 0", "images: 4" },
	  "left out", NULL, NULL },
	{ "confs without end", "loader_conf_files=\"#63 /c\"\n",
	  { "freebsd: /c61: that makes more than 64 files like loader.conf", "it is 1", "images: 0" }, NULL, NULL,
	  NULL },
	{ "as many as there may be", "loader_conf_files=\"#60 /c\"\n", { "it is 0", "images: 2" }, NULL, NULL, NULL },
	{ "a conf with a long name", "loader_conf_files=\"/@511\"\n",
	  { "...: a path of 512 bytes, and 511 are the most", "it is 1", "images: 0" }, NULL, NULL, NULL },
	{ "a folder of them with a long name", "loader_conf_dirs=\"/@510\"\n",
	  { "...: a path of 512 bytes", "it is 1", "images: 0" }, NULL, NULL, NULL },
	{ "too many in a folder", "loader_conf_dirs=/many\n",
	  { "freebsd: /tree/many/: that makes more than 64 files", "it is 1", "images: 0" }, NULL, NULL, NULL },
	{ "a folder of them that is shut", "loader_conf_dirs=/shut\n",
	  { "freebsd: /shut/: none of its files is read, for its server does not say what is in it", "403 Who",
	    "it is 0" }, NULL, NULL, NULL },
	{ "a folder of them that fails", "loader_conf_dirs=/fails\n",
	  { "freebsd: http://files.test/tree/fails/: ", "500 Oh", "it is 1" }, NULL, NULL, NULL },
	{ "a kernel with a long name", "kernel=\"@506\"\n",
	  { "/boot/xxxxxxxxxx", "a path of 512 bytes", "it is 1" }, NULL, NULL, NULL },
	{ "a kernel by a long path", "kernel=\"/@600\"\n", { "a path of 601 bytes", "it is 1", "images: 0" }, NULL,
	  NULL, NULL },
	{ "a file of it with a long name", "bootfile=\"@600\"\n", { "a path of 613 bytes", "it is 1" }, NULL, NULL,
	  NULL },
	{ "a list of folders that is full", "module_path=\"/@2040\"\n",
	  { "freebsd: module_path, with /boot/kernel in front, is longer than 2047 bytes", "it is 1", "images: 0" },
	  NULL, NULL, NULL },
	{ "a folder of modules with a long name", "module_path=\"/@600\"\nlost_load=YES\n",
	  { "a path of 601 bytes", "freebsd: lost is left out", "it is 0" }, NULL, NULL, NULL },
	{ "many folders of modules", "module_path=\"#8 ;/m\"\nlost_load=YES\nfirst_load=YES\n",
	  { "freebsd: /m7: module_path has more than 8 folders", "freebsd: lost is left out", "images: 4" },
	  "first is left out", NULL, NULL },
	{ "a module by a long path", "lost_load=YES\nlost_name=\"/@600\"\n",
	  { "a path of 601 bytes", "freebsd: /xxx", "images: 2" }, NULL, NULL, NULL },
	{ "a file by a long path", "lost_load=YES\nlost_name=\"/@600\"\nlost_type=md\n",
	  { "a path of 601 bytes", "freebsd: /xxx", "images: 2" }, NULL, NULL, NULL },
	{ "a file that is packed, by a path as long", "lost_load=YES\nlost_name=\"/@510\"\nlost_type=md\n",
	  { "a path of 514 bytes", "freebsd: /xxx", "images: 2" }, NULL, NULL, NULL },
	{ "a file in a folder, both long", "module_path=\"/@300\"\nlost_load=YES\nlost_name=@300\nlost_type=md\n",
	  { "a path of 602 bytes", "freebsd: xxx", "images: 2" }, NULL, NULL, NULL },
	{ "a chain without an end", "m0_load=YES\n",
	  { "freebsd: module m12: more than 12 modules need each other", "freebsd: m0 is left out", "images: 2" },
	  NULL, NULL, NULL },
	{ "a line that is too long", "a=@3000\n", { "loader.conf: line 1 is too long, and passed over" },
	  "no NAME", NULL, NULL },
	{ "Ctrl-C while linker.hints is lost", "module_path=/lost\nlost_load=YES\n",
	  { "stopped by Ctrl-C", "images: 0" }, "lost is left out", "/lost/linker.hints", "\x03" },
	{ "Ctrl-C while a module is lost", "module_path=/gone\nlost_load=YES\n", { "stopped by Ctrl-C", "images: 0" },
	  "lost is left out", "/gone/lost.ko", "\x03" },
};

static struct kld_file kernel, first, second, chain[14];
static char conf[8192], many[8192];

/* The row's text, with its letters and words put in. */
static void make_conf(const char *text)
{
	size_t n = 0;

	for (char *end; *text;) {
		if (*text == '@') {
			for (unsigned long left = strtoul(text + 1, &end, 10); left; left--)
				conf[n++] = 'x';
			text = end;
		} else if (*text == '#') {
			unsigned long words = strtoul(text + 1, &end, 10);
			char between = end[1] == ';' ? ';' : ' ';
			const char *word = end + 1 + (between == ';');
			size_t len = strcspn(word, "\"");

			for (unsigned long i = 0; i < words; i++)
				n += (size_t)sprintf(conf + n, "%.*s%lu%c", (int)len, word, i, between);
			text = word + len;
		} else {
			conf[n++] = *text++;
		}
		CHECK(n < sizeof(conf) - 3000);
	}
	far_serve("/tree/boot/loader.conf", conf, n);
}

/* A kernel, a module that needs what other.ko has, and a chain of modules. */
static void serve_tree(void)
{
	static char paths[14][40];
	static uint8_t hints[200];
	char name[8], next[8];
	size_t n = 0;

	kernel = kld_file("kernel", 1500000, NULL, 0, 0);
	first = kld_file("first", 1, "second", 2, 5);
	second = kld_file("second", 3, "kernel", 1400000, 1599999);
	far_serve("/tree/boot/kernel/kernel", &kernel, sizeof(kernel));
	far_serve("/tree/boot/kernel/linker.hints", hints, kld_hint(hints, 0, "second", 3, "other.ko"));
	far_serve("/tree/boot/kernel/first.ko", &first, sizeof(first));
	far_serve("/tree/boot/kernel/other.ko", &second, sizeof(second));
	for (unsigned i = 0; i < 14; i++) {
		sprintf(name, "m%u", i);
		sprintf(next, "m%u", i + 1);
		sprintf(paths[i], "/tree/boot/kernel/m%u.ko", i);
		chain[i] = kld_file(name, 1, next, 1, 1);
		far_serve(paths[i], &chain[i], sizeof(chain[i]));
	}
	for (unsigned i = 0; i < 70; i++)
		n += (size_t)sprintf(many + n, "<a href=\"%02u.conf\">%02u.conf</a>\n", i, i);
	far_serve("/tree/many/", many, n);
	far_serve("/tree/shut/", "", 0)->instead = "/member";
	far_serve("/tree/fails/", "", 0)->instead = "/error";
	far_serve("/tree/lost/linker.hints", "", 0)->instead = "/silent";
	far_serve("/tree/gone/lost.ko", "", 0)->instead = "/silent";
}

static void begin_with(const char *script, const char *text)
{
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", script, strlen(script));
	serve_tree();
	make_conf(text);
	pc_start(NULL);
}

static void begin(const char *text)
{
	begin_with("#!ipxe\nfreebsd tree/boot/ && set failed 0 || set failed 1\n"
		"echo it is ${failed}\nimgstat\nimgfetch --name last tree/boot/loader.conf\necho over\nshell\n", text);
}

static void play(const void *arg)
{
	const struct row *row = arg;
	unsigned images = 0;
	char count[16];

	begin(row->conf);
	if (row->wait) {
		CHECK(pc_says(row->wait, 60 * SECOND));
		pc_type(row->keys);
	}
	CHECK(pc_says(row->wait ? "stopped by" : "\nover", 60 * SECOND));
	for (struct image *img = image_first(); img && strcmp(img->name, "last"); img = img->next)
		images++;
	sprintf(count, "images: %u", images);
	for (unsigned i = 0; i < SAID_MAX && row->said[i]; i++)
		if (strncmp(row->said[i], "images: ", 8) ? !pc_said(row->said[i]) : strcmp(row->said[i], count)) {
			fprintf(stderr, "%s: not so: %s (%s)\n", row->name, row->said[i], count);
			abort();
		}
	CHECK(!row->never || !pc_said(row->never));
}

/* ---- two trees ---- */

/* The one that came last, whole, and nothing of the other but what somebody put beside it. */
static void other_tree(void *arg)
{
	unsigned of_other = 0;

	(void)arg;
	far_serve("/other/boot/loader.conf", "first_load=YES\n", 15);
	far_serve("/other/boot/kernel/kernel", &kernel, sizeof(kernel));
	far_serve("/other/boot/kernel/first.ko", &first, sizeof(first));
	far_serve("/other/boot/kernel/second.ko", &second, sizeof(second));
	begin_with("#!ipxe\nfreebsd tree/boot/\nmodule tree/boot/kernel/m0.ko\nfreebsd other/boot/\n"
		   "freebsd lost/boot/ ||\necho over\nshell\n", "first_load=YES\na=1\n");
	CHECK(pc_says("\nover", 60 * SECOND));
	for (struct image *img = image_first(); img; img = img->next)
		of_other += strstr(img->url, "/other/boot/") != NULL;
	CHECK_INT(of_other, 3);			/* the kernel, first, and what it needs */
	CHECK_INT(image_count(), 5);		/* its kenv, and m0.ko */
	CHECK(image_kernel() && strstr(image_kernel()->url, "/other/"));
}

/* ---- memory that is short ---- */

static const char sound[] = "first_load=YES\na=1\nb=2\nkernel_options=-v\n";
static unsigned failing, begun_at, *needs;

static void at_begin(const char *request)
{
	if (!begun_at && strstr(request, "/defaults/loader.conf")) {
		begun_at = machine_allocations;
		machine_failing_allocation = failing ? machine_allocations + failing : 0;
	}
}

static void begin_short(unsigned n)
{
	failing = n;
	far_asked = at_begin;
	begin(sound);
	CHECK(pc_says("\nit is ", 60 * SECOND));
}

/* One allocation fails from the first conf on: the command does as well as before, or fails and leaves nothing. */
static void run_short(unsigned n)
{
	begin_short(n);
	CHECK(begun_at);
	machine_failing_allocation = 0;
	CHECK(pc_says("\nover", 60 * SECOND));
	CHECK(!pc_said("passed over") && !pc_said("crashed") && !pc_said("has faulted"));
	/* the script's own `last`, and either all or nothing */
	CHECK_INT(image_count(), image_find("loader.conf") ? 5 : 1);
}

static void count(void *arg)
{
	(void)arg;
	begin_short(0);
	*needs = machine_allocations - begun_at;
}

static int memory_is_short(void)
{
	unsigned failed;

	needs = mmap(NULL, sizeof(*needs), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!machine_alone(count, NULL) || *needs < 50)
		return 1;
	if (!machine_each(run_short, 1, *needs + 1, 1 + *needs / 100, &failed)) {
		printf("allocation %u fails\n", failed);
		return 1;
	}
	printf("%u allocations, every %u\n", *needs, 1 + *needs / 100);
	return 0;
}

int main(int argc, char **argv)
{
	int bad = machine_rows(play, rows, sizeof(rows[0]), sizeof(rows) / sizeof(rows[0]), argc > 1 ? argv[1] : NULL);

	return argc > 1 ? bad : !machine_alone(other_tree, NULL) || memory_is_short() || bad;
}
