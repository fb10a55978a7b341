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

#include "services/command/command.h"
#include "services/fetch/url.h"
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
	char base[URL_TEXT_MAX];	/* what relative URLs mean at the prompt; "" = nothing */
};

extern struct shell shell;

extern const struct command disk_commands[], image_commands[], kenv_commands[], net_commands[], ping_commands[], script_commands[],
	shell_commands[], system_commands[], telnet_commands[], telnetd_commands[], verify_commands[];

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

/* settings_set() for what people, scripts and servers set: telnetd's password is kept as its hash only.  keep: what is set already stays. */
int shell_set(const char *name, const char *text, bool keep);
bool shell_is_telnetd(const char *name);
/* Turns telnetd on if the settings telnetd.* say so; what is wrong with them is said. */
void shell_apply_telnetd(void);

#endif
