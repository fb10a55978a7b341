/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands that fetch what is to be booted, and boot it.  See boot_commands.h. */
#include "services/boot/boot_commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/membuf.h"
#include "kernel/task.h"
#include "services/boot/boot.h"
#include "services/boot/boot_type.h"
#include "services/boot/nbp.h"
#include "services/boot/nbp_settings.h"
#include "services/boot/parallel_commands.h"
#include "services/cause/cause.h"
#include "services/command/run.h"
#include "services/console/progress.h"
#include "services/dhcp/dhcp_service.h"
#include "services/fetch/data_url.h"
#include "services/fetch/download.h"
#include "services/fetch/mirrors.h"
#include "services/fetch/params.h"
#include "services/firmware/machine.h"
#include "services/graphics/graphics.h"
#include "services/image/image.h"
#include "services/image/image_commands.h"
#include "services/verify/verify_commands.h"
#include "services/script/script.h"

#define FETCH_OPTIONS "n/name= /no-name /nounzip t/timeout= a/autofree r/replace /type= /load= /entry= " \
	"/next-server= /filename= /option=* q/quiet"
#define GET_OPTIONS FETCH_OPTIONS " /background"

enum { OPT_NAME, OPT_NO_NAME, OPT_NO_UNZIP, OPT_TIMEOUT, OPT_AUTOFREE, OPT_REPLACE, OPT_TYPE, OPT_LOAD, OPT_ENTRY };

/* What the options say of the image itself, taken before it is fetched. */
struct image_options {
	const char *type;
	bool has_load, has_entry;
	uint32_t load, entry;
	const char *reply;	/* static */
	bool autofree;
};

static int take_address(const char *text, const char *option, bool *has, uint32_t *out)
{
	if (!text)
		return 0;
	if (boot_address_parse(text, out) < 0)
		return command_fail(-EINVAL, "--%s is to be an address below 4 GiB, as 0x100000, not \"%s\"", option,
				    text);
	*has = true;
	return 0;
}

/* The first three are what changes in the ROM's DHCP packets. */
enum { OPT_NEXT_SERVER = OPT_ENTRY + 1, OPT_FILENAME, OPT_OPTION, OPT_QUIET, OPT_BACKGROUND };

/* --next-server, --filename and --option as lines for nbp_changes_parse(): 0 or -EINVAL, said. */
static int take_reply(const struct call *c, const char **out)
{
	static char lines[SCRIPT_LINE_MAX];
	static struct nbp_changes changes;
	struct boot_why why;
	size_t len = 0;
	lines[0] = '\0';
	if (c->opt[OPT_NEXT_SERVER])
		len += (size_t)snprintf(lines + len, sizeof(lines) - len, "next-server=%s\n", c->opt[OPT_NEXT_SERVER]);
	if (c->opt[OPT_FILENAME] && len < sizeof(lines))
		len += (size_t)snprintf(lines + len, sizeof(lines) - len, "filename=%s\n", c->opt[OPT_FILENAME]);
	for (unsigned i = 0; i < c->listed && len < sizeof(lines); i++)
		len += (size_t)snprintf(lines + len, sizeof(lines) - len, "%s\n", c->list[i]);
	*out = lines;
	if (len >= sizeof(lines))
		return command_fail(-E2BIG, "%s: the options are too long together", c->cmd->name);
	int err = nbp_changes_parse(lines, &changes, &why);
	return err < 0 ? command_fail(err, "%s: %s", c->cmd->name, why.text) : 0;
}

/* 0, or -EINVAL, said: --type is to be one that can be booted, where a kernel is named. */
static int take_options(const struct call *c, enum image_role role, struct image_options *o)
{
	*o = (struct image_options){ .type = c->opt[OPT_TYPE], .autofree = c->opt[OPT_AUTOFREE] != NULL };
	if (o->type && role == IMAGE_KERNEL && image_type_named(o->type) == IMAGE_UNKNOWN)
		return command_fail(-EINVAL, "%s: no image type is called %s", c->cmd->name, o->type);
	int err = take_address(c->opt[OPT_LOAD], "load", &o->has_load, &o->load);
	if (err == 0)
		err = take_address(c->opt[OPT_ENTRY], "entry", &o->has_entry, &o->entry);
	return err ? err : take_reply(c, &o->reply);
}

/* 0 or -ENOMEM. */
static int give_options(struct image *img, const struct image_options *o)
{
	if (o->type && image_set_type(img, o->type) < 0)
		return -ENOMEM;
	if (o->reply && *o->reply && image_set_reply(img, o->reply) < 0)
		return -ENOMEM;
	img->autofree |= o->autofree;
	if (o->has_load) {
		img->has_load = true;
		img->load = o->load;
	}
	if (o->has_entry) {
		img->has_entry = true;
		img->entry = o->entry;
	}
	return 0;
}

/* A module may be anything, but some things are none that anybody meant. */
static void doubt(const struct image *img)
{
	char url[CAUSE_URL_MAX];
	if (image_type_probe(img->data, img->len) != IMAGE_PAGE)
		return;
	url_redact(img->url, url, sizeof(url));
	log_line("%s: it begins like a web page; does the server have that file? It came from %s", img->name, url);
}

/* What went along with the request is no part of the file's name, nor is where else it could be had. */
static void drop_params(char *url)
{
	const char *list;
	url[params_split(url, &list)] = '\0';
	url[mirrors_first(url)] = '\0';
}

/* What has come from url into the store under that name, with no role yet: 0 or -E, said. */
static int store(struct membuf *b, const char *url, const char *name, const char *args, const char *led_to,
		 struct image **out)
{
	*out = image_add(b, name, url, args);
	if (*out && image_set_base(*out, led_to) == 0)
		return 0;
	image_free(*out);
	membuf_free(b);
	return command_fail(-ENOMEM, "%s: not enough memory to keep it; imgfree drops images", name);
}

/* 0, or -E, said, and it is gone. */
static int accept_image(struct image *img, enum image_role role)
{
	image_set_role(img, role);
	if (role == IMAGE_MODULE)
		doubt(img);
	int err = image_verify(img);
	if (err < 0)
		image_free(img);
	return err;
}

/* What a command said of a file, until it has come. */
struct wanted {
	struct parallel_file file;
	enum image_role role;
	struct image_options o;
	bool no_name, no_unzip;
	unsigned ticket;
	char *url, *name, *args, *type, *reply;
};

static void forget(struct parallel_file *f)
{
	struct wanted *w = (struct wanted *)f;
	free(w->url);
	free(w->name);
	free(w->args);
	free(w->type);
	free(w->reply);
	free(w);
}

/* The file is here: it becomes an image, in the order of the commands. */
static int keep_image(const struct wanted *w, struct membuf *b, const char *led_to, struct image **out)
{
	struct image *k = image_kernel();
	bool later = w->role == IMAGE_KERNEL && k && k->order > w->ticket;	/* a command behind it chose that one */
	int err = store(b, w->url, w->name, w->args, led_to, out);
	if (err < 0)
		return err;
	if (give_options(*out, &w->o) < 0) {
		image_free(*out);
		return command_fail(-ENOMEM, "%s: not enough memory to keep it; imgfree drops images", w->name);
	}
	image_place(*out, w->ticket);
	(*out)->no_name = w->no_name;
	(*out)->no_unzip = w->no_unzip;
	return accept_image(*out, later ? IMAGE_FILE : w->role);
}

static int keep(struct parallel_file *f, struct membuf *b, const char *led_to)
{
	struct image *img;
	int err = keep_image((struct wanted *)f, b, led_to, &img);
	forget(f);
	return err;
}

static char *copy_of(const char *text, bool *short_of_memory)
{
	char *copy = text ? strdup(text) : NULL;
	*short_of_memory |= text && !copy;
	return copy;
}

/* What c says of its file, all of it copied: 0 or -E, said. */
static int want(const struct call *c, enum image_role role, struct wanted **out)
{
	const char *name = c->opt[OPT_NAME];
	bool short_of_memory = false;
	struct wanted *w = calloc(1, sizeof(*w));
	*out = w;
	if (!w)
		return -ENOMEM;
	w->file = (struct parallel_file){ .keep = keep, .drop = forget };
	w->role = role;
	w->ticket = image_ticket();
	w->no_name = c->opt[OPT_NO_NAME] != NULL;
	w->no_unzip = c->opt[OPT_NO_UNZIP] != NULL;
	int err = take_options(c, role, &w->o);
	if (err == 0)
		err = download_resolve(c->argv[0], &w->url);
	if (err < 0)
		return err;
	w->name = name && *name ? copy_of(name, &short_of_memory) : download_name(w->url);
	w->args = image_args(c);
	w->o.type = w->type = copy_of(w->o.type, &short_of_memory);
	w->o.reply = w->reply = copy_of(w->o.reply, &short_of_memory);
	return w->name && w->args && !short_of_memory ? 0 : -ENOMEM;
}

/* The same of what argv[0] means: 0 or -E. */
static int fetch_image(const struct call *c, enum image_role role, struct image **out)
{
	struct membuf b = { 0 };
	struct wanted *w;
	uint32_t timeout_ms = 0;
	int err = want(c, role, &w);
	if (err == 0)
		err = command_number(c->opt[OPT_TIMEOUT], "the timeout in ms", &timeout_ms);
	if (err == 0)
		err = download(w->url, &b, w->name, timeout_ms, c->opt[OPT_QUIET] ? DOWNLOAD_SILENT : 0);
	if (err == 0) {
		drop_params(w->url);
		err = keep_image(w, &b, download_led_to(), out);
	}
	if (w)
		forget(&w->file);
	return err;
}

/* A file that others may come beside: the command ends before it is here. */
static int begin_image(const struct call *c, enum image_role role, bool background)
{
	struct download *d;
	struct wanted *w;
	uint32_t timeout_ms = 0;
	int err = parallel_make_room(background);
	if (err < 0)
		return err;
	err = want(c, role, &w);
	if (err == 0)
		err = command_number(c->opt[OPT_TIMEOUT], "the timeout in ms", &timeout_ms);
	if (err == 0)
		err = download_begin(&d, w->url, w->name, timeout_ms, c->opt[OPT_QUIET] ? DOWNLOAD_SILENT : 0);
	if (err == 0) {
		drop_params(w->url);
		parallel_add(d, &w->file, background);
	} else if (w) {
		forget(&w->file);
	}
	return err;
}

int boot_get_file(const struct boot_file *f, struct image **out)
{
	struct membuf b = { 0 };
	char *url, *own;
	*out = image_find(f->ref);
	if (*out)
		return 0;
	int err = download_resolve(f->ref, &url);
	if (err < 0)
		return err;
	own = f->name && *f->name ? strdup(f->name) : download_name(url);
	err = !own ? -ENOMEM : download(url, &b, own, f->timeout_ms, f->quiet ? DOWNLOAD_SILENT : 0);
	drop_params(url);
	if (err == 0)
		err = store(&b, url, own, "", download_led_to(), out);
	free(own);
	free(url);
	return err < 0 ? err : accept_image(*out, f->role);
}

/* It goes to its server as a request of its own, that can be made again. */
static bool can_wait(const char *ref)
{
	const char *list;
	return !data_url_is(ref) && !ref[params_split(ref, &list)];
}

static int cmd_fetch(struct call *c)
{
	enum image_role role = strcmp(c->cmd->name, "kernel") ? IMAGE_MODULE : IMAGE_KERNEL;
	bool background = c->opt[OPT_BACKGROUND] != NULL, parallel = parallel_allowed();
	struct image *img;
	if (can_wait(c->argv[0]) && (background || parallel))
		return begin_image(c, role, background);
	int err = parallel ? parallel_settle() : 0;
	return err < 0 ? err : fetch_image(c, role, &img);
}

/* The image that argv[0] names, with new arguments if there are any; or what it is the URL of. */
static int acquire(const struct call *c, enum image_role role, struct image **out)
{
	struct image_options o;
	*out = image_find(c->argv[0]);
	if (!*out)
		return fetch_image(c, role, out);
	int err = take_options(c, role, &o);
	if (err < 0)
		return err;
	if (c->argc > 1) {
		char *args = image_args(c);
		err = args ? image_set_args(*out, args) : -ENOMEM;
		free(args);
		if (err < 0)
			return err;
	}
	image_set_role(*out, role);
	return give_options(*out, &o);
}

static int cmd_imgselect(struct call *c)
{
	struct image *img;
	return acquire(c, IMAGE_KERNEL, &img);
}

static bool is_script(const struct image *img)
{
	return image_type_of(img, img->data, img->len) == IMAGE_SCRIPT;
}

/* RUN_FIRST: a try's first script, by the word of who starts this machine */
enum { RUN_REPLACE = 1, RUN_KEEP = 2, RUN_FIRST = 4 };

/* Runs a script that is in the store, by a copy of its text, and drops it there unless it is to be kept. */
static int run_script(struct image *img, unsigned how)
{
	_Static_assert(SCRIPT_TEXT_MAX == 1048576, "as the message below says");
	/* of a script that runs, autoboot fetches no first one */
	int err = (how & RUN_FIRST) && !command_script()->top ? 0 : image_may_run(img);
	if (err == 0)
		err = image_verify(img);
	if (err < 0)
		return err;
	const char *name = img->base[0] ? img->base : img->url[0] ? img->url : img->name;
	err = script_push(command_script(), name, (const char *)img->data, img->len, how & RUN_REPLACE);
	if (err < 0)
		return command_fail(err, "%s: %s", img->name, err == -E2BIG ? "longer than any script may be (1048576 "
				    "bytes)" :
				    err == -ELOOP ? "too many scripts wait for each other; chain --replace does not "
				    "wait" : err_text(err));
	if (!(how & RUN_KEEP))
		image_free(img);
	return 0;
}

void boot_describe_machine(struct boot_machine *m)
{
	const struct dhcp_lease *lease;
	graphics_end();			/* what is told of the screen is true then */
	machine_boot_facts(m);
	for (unsigned i = 0; i < BOOT_INTERFACES_MAX && (lease = dhcp_lease_get(i)); i++)
		m->dhcp_ack[i] = (struct boot_bytes){ lease->raw, lease->raw_len };
}

/* Another NBP finds in the ROM's packets what scripts have set of them; what chain's options say comes after it. */
static int show_settings(struct image *k)
{
	static char lines[SCRIPT_LINE_MAX];
	unsigned left_out;
	const char *own = k->reply;
	size_t len = nbp_settings_lines(command_settings(), lines, sizeof(lines) / 2, &left_out);
	if (left_out)
		log_warn("boot: %u settings with options' numbers are too many or too long for %s's DHCP packet; "
			 "chain --option takes others", left_out, k->name);
	while (*own == '~')		/* of the last time */
		own += strcspn(own, "\n") + 1;
	if (strlen(own) >= sizeof(lines) - len)
		return command_fail(-E2BIG, "boot: %s: the options are too long together", k->name);
	strcpy(lines + len, own);
	return image_set_reply(k, lines);
}

/* Comes back only when it failed. */
static int boot_kernel(void)
{
	struct image *k = image_kernel();
	struct boot_machine m;
	struct boot *b;
	int err = k ? image_may_run(k) : 0;
	if (err == 0)
		err = image_verify_all();
	if (err == 0 && k && image_type_of(k, k->data, k->len) == IMAGE_NBP)
		err = show_settings(k);
	if (err < 0)
		return err;
	boot_describe_machine(&m);
	err = boot_prepare(&m, &b);
	if (err < 0)
		return err;
	return boot_go(b);
}

static int execute(struct membuf *b, const char *url, const char *base, const char *args,
		   const struct image_options *o, unsigned how)
{
	char *name = download_name(url);
	struct image *img = name ? image_add(b, name, url, args) : NULL;
	free(name);
	if (!img || give_options(img, o) < 0 || image_set_base(img, base) < 0) {
		image_free(img);
		membuf_free(b);
		return command_fail(-ENOMEM, "not enough memory to keep what was fetched; imgfree drops images");
	}
	int err;
	if (is_script(img))
		err = run_script(img, how);
	else {
		image_set_role(img, IMAGE_KERNEL);
		err = boot_kernel();
	}
	if (err < 0)
		image_free(img);
	return err;
}

int boot_execute(struct membuf *b, const char *url, const char *base, const struct boot_type *t)
{
	struct image_options o = { .type = NULL };
	if (t)
		o = (struct image_options){ .type = t->name, .has_load = t->has_load, .load = t->load,
					    .has_entry = t->has_entry, .entry = t->entry };
	return execute(b, url, base, "", &o, RUN_FIRST);
}

static int cmd_boot(struct call *c)
{
	/* a script that was fetched before and is run by its name stays, as what it was, and so does the kernel */
	struct image *img = c->argc ? image_find(c->argv[0]) : NULL;
	bool keep = img && img->role != IMAGE_KERNEL && is_script(img);
	if (c->argc) {
		int err = acquire(c, keep ? img->role : IMAGE_KERNEL, &img);
		if (err < 0)
			return err;
	} else {
		img = image_kernel();
	}
	if (img && is_script(img))
		return run_script(img, (c->opt[OPT_REPLACE] ? RUN_REPLACE : 0) |
				  (keep && !img->autofree ? RUN_KEEP : 0));
	int err = boot_kernel();
	img = image_kernel();
	if (img && img->autofree)
		image_free(img);
	return err;
}

static int cmd_chain(struct call *c)
{
	struct membuf b = { 0 };
	struct image_options o;
	char *url;
	uint32_t timeout_ms = 0;
	if (!c->argc || image_find(c->argv[0]))
		return cmd_boot(c);
	int err = take_options(c, IMAGE_KERNEL, &o);
	if (err < 0 || (err = command_number(c->opt[OPT_TIMEOUT], "the timeout in ms", &timeout_ms)) < 0 ||
	    (err = download_resolve(c->argv[0], &url)) < 0)
		return err;
	err = download(url, &b, c->opt[OPT_NAME], timeout_ms, c->opt[OPT_QUIET] ? DOWNLOAD_SILENT : 0);
	drop_params(url);
	char *args = err < 0 ? NULL : image_args(c);
	if (args)
		err = execute(&b, url, download_led_to(), args, &o, c->opt[OPT_REPLACE] ? RUN_REPLACE : 0);
	else if (err == 0) {
		err = -ENOMEM;
		membuf_free(&b);
	}
	free(args);
	free(url);
	return err;
}

const struct command boot_commands[] = {
	{ .name = "kernel", .options = GET_OPTIONS, .min = 1, .max = ANY_ARGS, .run = cmd_fetch, .beside = true,
	  .usage = "[--name n] [--no-name] [--nounzip] [--type t] [--timeout ms] [--background] URL [arguments]",
	  .help = "fetch the kernel that boot starts" },
	{ .name = "imgselect", .options = FETCH_OPTIONS, .min = 1, .max = ANY_ARGS, .run = cmd_imgselect,
	  .images = IMAGES_USED,
	  .usage = "NAME|URL [arguments]", .help = "make a fetched image the kernel", .words = image_first_word },
	{ .name = "imgload", .options = FETCH_OPTIONS, .min = 1, .max = ANY_ARGS, .run = cmd_imgselect,
	  .images = IMAGES_USED,
	  .usage = "NAME|URL [arguments]", .words = image_first_word },
	{ .name = "module", .options = GET_OPTIONS, .min = 1, .max = ANY_ARGS, .run = cmd_fetch, .beside = true,
	  .usage = "[--name n] [--no-name] [--nounzip] [--type t] [--timeout ms] [--background] URL [arguments]",
	  .help = "fetch a module for the kernel" },
	{ .name = "initrd", .options = GET_OPTIONS, .min = 1, .max = ANY_ARGS, .run = cmd_fetch, .beside = true,
	  .usage = "URL [arguments]" },
	{ .name = "imgfetch", .options = GET_OPTIONS, .min = 1, .max = ANY_ARGS, .run = cmd_fetch, .beside = true,
	  .usage = "URL [arguments]" },
	{ .name = "boot", .options = FETCH_OPTIONS, .max = ANY_ARGS, .run = cmd_boot, .images = IMAGES_USED,
	  .usage = "[NAME|URL [arguments]]", .help = "start the kernel with its modules", .words = image_first_word },
	{ .name = "imgexec", .options = FETCH_OPTIONS, .max = ANY_ARGS, .run = cmd_boot, .images = IMAGES_USED,
	  .usage = "[NAME|URL [arguments]]", .words = image_first_word },
	{ .name = "chain", .options = FETCH_OPTIONS, .max = ANY_ARGS, .run = cmd_chain,
	  .images = IMAGES_USED,
	  .usage = "[--replace] [--next-server ip] [--filename f] [--option n=value]... [URL [arguments]]",
	  .help = "fetch and run a script, or boot a kernel or another NBP", .words = image_first_word },
	{ 0 },
};
