/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell: finds the script, runs it, and otherwise gives the prompt.
 * main.c needs shell_main and shell_cleanup; the rest is for the files of
 * this folder, which hold the commands.  There is one shell: what is typed on
 * any console goes to it, and all consoles show it.
 */
#ifndef SERVICES_SHELL_SHELL_H
#define SERVICES_SHELL_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/console/lineedit.h"
#include "services/fetch/url.h"
#include "services/script/options.h"
#include "services/script/script.h"
#include "services/script/settings.h"

#define SHELL_STACK 32768

struct image;
struct membuf;

void shell_main(void *arg);	/* the service's task; arg is its struct service */
void shell_cleanup(void);	/* after a fault */

struct shell {
	struct script script;
	struct settings settings;
	struct lineedit edit;
	char base[URL_TEXT_MAX];	/* what relative URLs mean at the prompt; "" = nothing */
	char why[160];			/* cause of the failure under way, when err_text() says too little */
	bool said;			/* the failure under way has been explained in the log */
};

extern struct shell shell;

/* One command as it is called. */
struct call {
	const struct command *cmd;
	const char *opt[OPTIONS_MAX];	/* values of cmd->options, in their order */
	const char *const *list;	/* all values of the option that may come several times */
	unsigned listed;
	int argc;			/* without the name and the options */
	char **argv;
};

#define ANY_ARGS 127

struct command {
	const char *name;
	const char *options;		/* as for options_parse() */
	uint8_t min, max;		/* arguments; with ANY_ARGS options stand before them only */
	int (*run)(struct call *c);	/* 0, -E.. (explained by shell_fail or shell_why), or a status > 0 */
	const char *usage;		/* what follows the name, for people */
	const char *help;		/* one line; NULL: another name of the command before it */
};

extern const struct command shell_commands[];	/* ends with name NULL */
const struct command *shell_command_find(const char *name);
/* Runs argv as a command: the script interpreter's callback. */
int shell_command(int argc, char **argv);

/* Logs why the command fails; returns err. */
int shell_fail(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Notes why, to be told only if nobody catches the failure with ||; returns err. */
int shell_why(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* True when Ctrl-C came; clears it. */
bool shell_interrupted(void);
/* Waits, serving the shell's port: 0, or -EINTR on Ctrl-C. */
int shell_sleep_until(uint64_t deadline_us);
/* The next key until the deadline, or -ETIMEDOUT.  Serves the port; Ctrl-C is a key. */
int shell_key(uint64_t deadline_us);
/* A whole number >= 0 from text, or, when text is NULL, *out unchanged: 0, or -EINVAL, said. */
int shell_number(const char *text, const char *what, uint32_t *out);

/* The whole URL that ref means here, in url (URL_TEXT_MAX bytes): 0 or -E, said. */
int shell_resolve(const char *ref, char *url);
/* The last part of a URL's path, for names: never empty. */
void shell_url_name(const char *url, char *name, size_t cap);
/*
 * Fetches an absolute URL into *out (empty; the caller's to free) with the
 * progress in the live line: 0 or -E, said unless quiet; -EINTR on Ctrl-C.
 * label NULL: the URL's name.  timeout_ms 0: as long as it goes on.
 */
int shell_fetch(const char *url, struct membuf *out, const char *label, uint32_t timeout_ms, bool quiet);
/* Why the last quiet fetch failed. */
const char *shell_fetch_error(void);
/* After a restart of the shell: what the one before it was fetching is let go. */
void shell_fetch_drop(void);
/* Runs what was fetched from url, by its content: pushes a script, boots a kernel.  Takes b over.  0 or -E, said. */
int shell_execute(struct membuf *b, const char *url, const char *args, bool replace);

/* Calls each() for the images that c names, or for all: 0 or -ENOENT, said. */
int shell_for_images(const struct call *c, void (*each)(struct image *img));
/* What was fetched is what it has to be, as far as somebody said what that is: 0 or -E, said.  Waits. */
int shell_verify(struct image *img);
/* The same for the kernel and all modules. */
int shell_verify_all(void);

/* The addresses of a name, as dns_lookup() gives them: their count or -E, said; -EINTR on Ctrl-C. */
int shell_lookup_host(const char *name, uint32_t *addrs, unsigned max);
/* Gets a lease, or sets the address that the settings name: 0 or -E, said. */
int shell_configure(void);
/* Takes the settings that the lease brought, if it did. */
void shell_take_dhcp_settings(void);
/* The settings that the machine and the network know: settings_lookup_fn. */
int shell_lookup(void *ctx, const char *name, struct setting_value *v);

/* Logs who typed what was read last, if it came from far away. */
void shell_say_typist(void);

/* One line from the user: 0 and the line in edit.text; -ECANCELED (^C), -EPIPE (^D), -ETIMEDOUT. */
int shell_read_line(const char *prompt, const char *initial);

/* settings_set() for what people, scripts and servers set: telnetd's password is kept as its hash only.  keep: what is set already stays. */
int shell_set(const char *name, const char *text, bool keep);
bool shell_is_telnetd(const char *name);
/* Turns telnetd on if the settings telnetd.* say so; what is wrong with them is said. */
void shell_apply_telnetd(void);

int cmd_dhcp(struct call *c);
int cmd_ifstat(struct call *c);
int cmd_route(struct call *c);
int cmd_arp(struct call *c);
int cmd_sockets(struct call *c);
int cmd_ping(struct call *c);
int cmd_nslookup(struct call *c);
int cmd_telnet(struct call *c);

int cmd_fetch(struct call *c);
int cmd_chain(struct call *c);
int cmd_boot(struct call *c);
int cmd_imgstat(struct call *c);
int cmd_imgargs(struct call *c);
int cmd_imgfree(struct call *c);
int cmd_imgselect(struct call *c);
int cmd_sha256sum(struct call *c);
int cmd_imgverify(struct call *c);
int cmd_kenv(struct call *c);

int cmd_sanboot(struct call *c);
int cmd_localboot(struct call *c);

int cmd_set(struct call *c);
int cmd_clear(struct call *c);
int cmd_show(struct call *c);
int cmd_echo(struct call *c);
int cmd_isset(struct call *c);
int cmd_iseq(struct call *c);
int cmd_inc(struct call *c);
int cmd_goto(struct call *c);
int cmd_exit(struct call *c);
int cmd_shell(struct call *c);
int cmd_sleep(struct call *c);
int cmd_prompt(struct call *c);
int cmd_read(struct call *c);
int cmd_time(struct call *c);

int cmd_telnetd(struct call *c);
int cmd_who(struct call *c);
int cmd_kick(struct call *c);
int cmd_logout(struct call *c);

int cmd_help(struct call *c);
int cmd_tasks(struct call *c);
int cmd_log(struct call *c);
int cmd_memmap(struct call *c);
int cmd_crash(struct call *c);
int cmd_reboot(struct call *c);
int cmd_poweroff(struct call *c);

#endif
