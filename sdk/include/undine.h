/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a module can ask the loader for besides what POSIX has.  Errors are -1
 * and errno, unless a function says something else.  What stands here stays as it is as
 * long as UNDINE_ABI_MAJOR does: a module that was built once runs on every
 * later Undine with the same major number and at least its minor one; the
 * loader refuses others.  docs/modules.md is the manual.
 */
#ifndef UNDINE_H
#define UNDINE_H

#include <stddef.h>
#include <stdint.h>

#include <undine_abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Runs one command of the loader's, as a line of a script; settings in it are filled in.  0, a status > 0, or -E.
 * A script that it names runs when the module has ended.  One that boots does not come back.  In the background:
 * -EBUSY.
 *
 *	if (undine_run("kernel http://10.0.0.1/vmlinuz console=ttyS0") == 0)
 *		undine_run("boot");
 */
int undine_run(const char *command);

/*
 * The value of a setting as text, cut at len - 1 bytes, with its NUL: its whole length; -1: there is none.
 *
 *	char mac[18];
 *	undine_setting("net0/mac", mac, sizeof mac);
 */
int undine_setting(const char *name, char *buf, size_t len);
/*
 * DHCP's option `number` of the link opened last, its bytes: their count; -1: there is none.
 *
 *	uint8_t server[4];
 *	if (undine_dhcp_option(54, server, sizeof server) == 4)
 *		...
 */
int undine_dhcp_option(unsigned number, void *buf, size_t len);
/*
 * Sets one; a text of no length clears it.  0, or as undine_run().
 *
 *	undine_set("rack", "r7");
 */
int undine_set(const char *name, const char *text);

/*
 * An image of that name with these bytes: then `undine_run("module")` and the like know it.  0 or -1.  It
 * stays behind if the module ends with status 0, and counts in module.memory while that runs.
 *
 *	undine_image_make("answers.ks", text, strlen(text));
 *	undine_run("initrd answers.ks");
 */
int undine_image_make(const char *name, const void *bytes, size_t len);
/*
 * Reads of an image: how many bytes; 0 at its end; -1: there is none of that name.
 *
 *	for (size_t at = 0; (n = undine_image_read("list", at, buf, sizeof buf)) > 0; at += (size_t)n)
 *		use(buf, (size_t)n);
 */
int undine_image_read(const char *name, size_t offset, void *buf, size_t len);
/*
 * The i-th image, from 0: 0, or -1 behind the last.
 *
 *	struct undine_image image;
 *	for (unsigned i = 0; undine_image_info(i, &image) == 0; i++)
 *		printf("%s: %u bytes\n", image.name, (unsigned)image.len);
 */
int undine_image_info(unsigned i, struct undine_image *info);

/*
 * A key - a byte, or from 0x100 on one without: UNDINE_UP ... -, at most ms milliseconds from now; 0: at once; -1: for
 * ever.  -1: none came.
 *
 *	if (undine_key(3000) >= 0)
 *		ask();
 */
int undine_key(int ms);
enum {
	UNDINE_UP = 0x100, UNDINE_DOWN, UNDINE_LEFT, UNDINE_RIGHT, UNDINE_HOME, UNDINE_END, UNDINE_DELETE
};

/*
 * A line that stands below the log until the next one; "": none.
 *
 *	snprintf(line, sizeof line, "asking %s, for the %u. time", host, times);
 *	undine_progress(line);
 */
int undine_progress(const char *line);
/*
 * A menu on all consoles: the number of the item that was chosen, from 0; -1: it was left.  ms: after so long without
 * a key `chosen` is; 0: never.
 *
 *	static const char *const items[] = { "Install", "Rescue", "Local disk" };
 *	int i = undine_menu("What now?", items, 3, 2, 10000);
 */
int undine_menu(const char *title, const char *const *items, unsigned count, unsigned chosen, unsigned ms);

/*
 * Fetches a script, a kernel or another NBP and runs it: does not come back, or as undine_run().
 *
 *	return undine_chain("http://10.0.0.1/next.ipxe") != 0;
 */
int undine_chain(const char *url);
/*
 * Starts a disk (from 0) or its partition (from 1; 0: its MBR): does not come back, or as undine_run().
 *
 *	undine_boot_disk(0, 0);
 *	printf("there is no such disk\n");
 */
int undine_boot_disk(unsigned disk, unsigned partition);
/*	undine_reboot(); */
int undine_reboot(void);

/*
 * What the console shows, for whoever shows it elsewhere.  Works in the background, too; none of it waits.  Since
 * version 1.1.
 *
 * undine_log() copies text of the log, whole lines as far as there is room, from *pos on (0: from the oldest that is
 * kept) and moves *pos: bytes; 0: there is no more now.
 *
 *	uint64_t pos = 0;
 *	for (;; sleep(1))
 *		while ((n = undine_log(&pos, buf, sizeof buf)) > 0)
 *			send(fd, buf, (size_t)n, 0);
 *
 * undine_below() gives what stands below the log, in lines - progress, the prompt, or a menu or form of 80x24 that
 * stands in its place -, with ECMA-48's SGR 1 (bold), 7 (reverse) and 0 for what is marked there; cut at len - 1
 * bytes, with its NUL: its whole length.
 *
 *	undine_below(buf, sizeof buf);
 *	send(fd, buf, strlen(buf), 0);
 */
int undine_log(uint64_t *pos, char *buf, size_t len);
int undine_below(char *buf, size_t len);
/*
 * Types keys, as undine_key() has them, for whoever reads the console - the prompt, a menu, a script's `prompt`, what
 * runs (3, Ctrl-C, ends it): all are taken, or 0, as long as there is no room for them. 256 at the most.  They
 * count as a person's as long as the module runs: nothing is tried again while that one types.
 *
 *	static const uint16_t keys[] = { UNDINE_DOWN, '\r' };
 *	undine_type(keys, 2);
 */
int undine_type(const uint16_t *keys, size_t count);
/*
 * undine_type() of a line of 255 bytes at the most, and Enter: 0; or -1: it is too long, or there is no room now.
 *
 *	undine_type_line("ifstat");
 */
int undine_type_line(const char *line);
/*
 * The i-th thing of a kind - UNDINE_INFO_... of undine_abi.h, with its structure -: 0, or -1 behind the last.
 *
 *	struct undine_link link;
 *	for (unsigned i = 0; undine_info(UNDINE_INFO_LINK, i, &link, sizeof link) == 0; i++)
 *		printf("%s: %s\n", link.name, link.state);
 */
int undine_info(enum undine_info kind, unsigned i, void *out, size_t len);

/*
 * Random bytes, 256 at the most.
 *
 *	uint32_t id;
 *	undine_random(&id, sizeof id);
 */
int undine_random(void *buf, size_t len);

#ifdef __cplusplus
}
#endif

#endif
