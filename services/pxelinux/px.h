/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One configuration of pxelinux's at work: where its files are, what has been
 * read, and what is done with it.  Inside this folder only; of the task that
 * runs commands.
 */
#ifndef SERVICES_PXELINUX_PX_H
#define SERVICES_PXELINUX_PX_H

#include "services/fetch/url.h"
#include "services/pxelinux/call.h"
#include "services/pxelinux/config.h"
#include "services/pxelinux/names.h"

struct membuf;

#define PX_HOST_MAX 256
#define PX_LINE_MAX 8192		/* bytes of a line for the boot: prompt */
#define PX_DEPTH_MAX 4			/* lines that lead to lines */

/* What comes next, where it is no error (< 0): nothing, a script runs now; from the top; a menu; the boot: line. */
enum px_next { PX_DONE, PX_AGAIN, PX_SHOW_MENU, PX_SHOW_PROMPT };

struct px_session {
	struct px_config c;
	struct px_where where;		/* of server and prefix below */
	char server[PX_HOST_MAX], prefix[URL_TEXT_MAX];
	char file[URL_TEXT_MAX];	/* the URL of the configuration itself */
	struct px_menu *menu;		/* that is shown, or is to be */
	bool asked;			/* somebody has chosen or typed */
	bool by_time;			/* what is done now nobody has chosen: its time was over */
	bool vesa;			/* vesamenu.c32 has shown it, which shows pictures */
	char picture[URL_TEXT_MAX];	/* that has been tried last; "": none */
	bool pictured;			/* it, or one before it, is to be seen */
	const char *hidden_line;	/* what HIDDENKEY has for the key that woke a hidden menu; or NULL */
	bool told;			/* what DISPLAY and SAY have to say has been said */
	uint64_t begun_us;		/* for TOTALTIMEOUT */
	unsigned depth;
	char line[PX_LINE_MAX];		/* what was run last, for ONERROR */
	struct px_call call;
};

/* ---- px_load.c ---- */

/* Where the lease and we ourselves say that files are.  0 or -E, said. */
int px_begin(struct px_session *s);
/* Names are relative to the script's place, as in its other lines. */
void px_begin_here(struct px_session *s);
/*
 * Looks for the machine's configuration: 0, the URL in s->file and the file in *out, which is the caller's to free;
 * -ENOENT, and why in reason; other -E: a server failed, which is in reason, too; -EINTR.
 */
int px_search(struct px_session *s, struct membuf *out, char *reason, size_t cap);
/* Reads that file, which was fetched from s->file, and those that it includes, as the configuration: 0 or -E, said. */
int px_take(struct px_session *s, const struct membuf *text);
/*
 * Fetches the files of that list ("~" is the one in force) and reads them as the configuration, of which the prefix is
 * from then on that, if it is not NULL: 0 or -E, said, and all is as before.
 */
int px_load(struct px_session *s, const char *names, const char *prefix);
/* A text file that people are shown; missing ones are passed over.  0 or -EINTR. */
int px_show_file(struct px_session *s, const char *name);
void px_end(struct px_session *s);

/* ---- px_boot.c ---- */

/* Does what a line of the configuration says, or one that was typed: px_next, or -E, said. */
int px_run(struct px_session *s, const char *line);
/* The same of a label. */
int px_run_label(struct px_session *s, const struct px_label *l);
/* The same of a label's line that was edited: FILE ARGUMENTS. */
int px_run_edited(struct px_session *s, const struct px_label *l, const char *line);

#define PX_WORDS_MAX 48
/* Runs a command of at most so many words, up to a NULL. */
int px_command(const char *const *words);
#define RUN(...) px_command((const char *const[]){ __VA_ARGS__, NULL })
#define PX_SHOWN_MAX 120
/* A name, or a line that begins with one, as people may see it. */
const char *px_shown(const char *name, size_t len, char shown[PX_SHOWN_MAX]);
/* A name's URL: 0 or -E, said. */
int px_url(struct px_session *s, const char *name, size_t len, char url[URL_TEXT_MAX]);
/* s->call is a kernel of any kind: the image says which. */
int px_boot_kernel(struct px_session *s);
/* It is another configuration; its arguments are the prefix of all that it names. */
int px_run_config(struct px_session *s);

/* What SYSAPPEND's bits mean goes to the end of line: 0 or -E2BIG. */
int px_append_facts(uint32_t bits, char *line, size_t cap);
/* From now on web servers hear in cookies what those bits of SYSAPPEND's mean; 0: nothing. */
void px_tell_servers(uint32_t bits);

#define PX_CPU_FEATURES "cpuid/3.1"
#define PX_CPU_MORE "cpuid/3.0x80000001"
/* A register of a leaf of cpuid's, as the setting's name has it; 0 where there is none. */
uint32_t px_cpuid(const char *name);

/* ---- px_chain.c ---- */

/* s->call is chain.c32: a disk, a partition, or a file that is told of them. */
int px_run_chain(struct px_session *s);
/* s->call is pxechn.c32: another NBP, and what it is to find in the ROM's packets. */
int px_run_pxechn(struct px_session *s);

/* ---- px_modules.c ---- */

/* s->call is a c32 module, which is done here: as px_run(). */
int px_run_module(struct px_session *s);
bool px_has_module(const char *name);

/* ---- px_look.c ---- */

struct choice_look;

/* What that menu is to look like, and what its colours' numbers mean while it is shown. */
void px_choice_look(const struct px_menu *m, struct choice_look *out);
/* The picture behind it, or none. */
void px_picture(struct px_session *s, const struct px_menu *m);
/* The screen is one of text again, unless a script has asked for graphics. */
void px_no_picture(struct px_session *s);

/* ---- px_menu.c ---- */

/* Shows s->menu and does what is chosen: px_next, or -E, said. */
int px_menu(struct px_session *s);
/* The boot: line, and what it says: as above. */
int px_prompt(struct px_session *s);

#endif
