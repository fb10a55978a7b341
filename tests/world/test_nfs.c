/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NFS servers, good and bad: ways of their own, lengths and handles out of bounds, and answers that end, stall or
 * turn to garbage after a byte.  Each download ends in the right bytes or in a sentence, within its budget.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/world/asker.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/far_nfs.h"
#include "tests/world/machine.h"

#define HOST "nfs://files.test"

static const struct way {
	const char *name, *path;	/* NULL: /srv/file */
	enum far_nfs_way way;
	int err;			/* 0: the file */
	const char *says;
	unsigned within_s;		/* with all tries; 0: ten */
	size_t len;			/* 0: FAR_FILE_LEN */
} ways[] = {
	{ .name = "usual" },
	{ "a link", "/srv/link", .len = FAR_NFS_FILE_LEN },
	{ .name = "a link with dots", .path = "/srv/far" },
	{ .name = "an absolute link", .path = "/srv/absolute" },
	{ "dots", "/srv//boot/.././boot/small", .len = FAR_NFS_FILE_LEN },
	{ "a circle", "/srv/loop", .err = -ELOOP, .says = "has more than 8 symbolic links on the way" },
	{ "missing", "/srv/nothing", .err = -ENOENT,
	  .says = "10.0.0.1:2049 says of /srv/nothing: no such file; check the path" },
	{ "below a file", "/srv/file/deeper", .err = -ENOENT, .says = "says of /srv/file: that is no folder" },
	{ "a folder", "/srv/boot", .err = -EINVAL, .says = "says of /srv/boot: that is a folder" },
	{ "a device", "/srv/device", .err = -EINVAL, .says = "has no file there, but a device" },
	{ "not given out", "/home/file", .err = -EACCES, .says = "access denied; is it exported to this machine" },
	{ "no path", "/", .err = -EINVAL, .says = "that path names no file" },
	{ "no attributes", .way = FAR_NFS_NO_ATTRIBUTES },
	{ "short reads", .way = FAR_NFS_SHORT },
	{ "backwards", .way = FAR_NFS_BACKWARDS },
	{ "records in pieces", .way = FAR_NFS_PIECES },
	{ "others' answers", .way = FAR_NFS_OTHERS_ANSWER },
	{ "not registered", .way = FAR_NFS_NOT_REGISTERED, .err = -ENOENT,
	  .says = "10.0.0.1:111 knows of no mountd by version 3 and TCP" },
	{ "a handle too long", .way = FAR_NFS_LONG_HANDLE, .err = -EPROTO, .says = "a file handle of no length" },
	{ "a handle of nothing", .way = FAR_NFS_NO_HANDLE, .err = -EPROTO, .says = "a file handle of no length" },
	{ "a length beyond all", .way = FAR_NFS_LONG_OPAQUE, .err = -EPROTO, .says = "a file handle of no length" },
	{ "more than was asked", .way = FAR_NFS_LONG_READ, .err = -EPROTO, .says = "more of the file, or less, than" },
	{ "a count that lies", .way = FAR_NFS_LYING_COUNT, .err = -EPROTO, .says = "more of the file, or less, than" },
	{ "a record too long", .way = FAR_NFS_LONG_RECORD, .err = -EPROTO, .says = "a record longer than any answer" },
	{ "endless pieces", .way = FAR_NFS_EMPTY_RECORDS, .err = -EPROTO, .says = "a record in too many pieces" },
	{ "Kerberos", .way = FAR_NFS_KERBEROS, .err = -EACCES, .says = "wants Kerberos" },
	{ "denied", .way = FAR_NFS_DENIED, .err = -EACCES, .says = "does not take AUTH_UNIX" },
	{ "version 4", .way = FAR_NFS_VERSION_4, .err = -EPROTONOSUPPORT, .says = "does not speak version 3 there" },
	{ "stale", .way = FAR_NFS_STALE, .err = -EIO, .says = "the file handle has become stale", .within_s = 60 },
	{ "changes", .way = FAR_NFS_CHANGES, .err = -EPIPE, .says = "has changed the file meanwhile", .within_s = 60 },
	{ "nothing read", .way = FAR_NFS_NOTHING_READ, .err = -EPIPE, .says = "became shorter", .within_s = 60 },
	{ "pours", .way = FAR_NFS_POURS, .err = -EPROTO, .says = "sends answers to what was not asked" },
};

static void one_way(const void *row)
{
	const struct way *w = row;
	char url[100];
	far_nfs.way = w->way;
	asker_start();
	snprintf(url, sizeof(url), HOST "%s", w->path ? w->path : "/srv/file");
	asker_fetch(url, 2000);
	if (w->err)
		asker_failed(w->err, w->says);
	asker_ended(w->len ? w->len : FAR_FILE_LEN, w->within_s ? w->within_s : 10);
	CHECK(w->err || asked.status.tries == 0);
	CHECK_INT(far_nfs.high_ports, 0);
	far_nfs.way = FAR_NFS_USUAL;		/* and the next one gets what it wants */
	asker_fetch(HOST "/srv/file", 60);
	asker_has(FAR_FILE_LEN);
	asker_leaves_nothing();
}

/* ---- ports ---- */

/* A port in the URL is nfsd's; this one knows nothing of mountd, which is where the portmapper says. */
static void port_in_url(const void *row)
{
	(void)row;
	asker_start();
	asker_fetch(HOST ":2049/srv/file", 60);
	asker_has(FAR_FILE_LEN);
	asker_fetch(HOST ":2048/srv/file", 200);
	asker_failed(-ECONNREFUSED, "10.0.0.1:2048 refuses the connection; is an NFS server running there?");
}

/* ---- after each byte ---- */

static void each_byte(size_t end, unsigned times, unsigned step)
{
	for (enum far_how how = FAR_CLOSE; how <= FAR_GARBAGE; how++)
		for (size_t i = 0; i < end; i += step) {
			far_nfs.said = 0;
			far_nfs.at = i;
			far_nfs.how = how;
			far_nfs.times = times;
			asker_fetch(HOST "/srv/boot/small", 3000);
			asker_ended(FAR_NFS_FILE_LEN, times == 1 ? 60 : 700);
			if (times == 1 && how != FAR_GARBAGE)
				asker_has(FAR_NFS_FILE_LEN);
			far_nfs.times = 0;
		}
	far_nfs.at = SIZE_MAX;
	asker_fetch(HOST "/srv/boot/small", 60);
	asker_has(FAR_NFS_FILE_LEN);
	asker_leaves_nothing();
}

static void once(const void *row)
{
	(void)row;
	asker_start();
	asker_fetch(HOST "/srv/boot/small", 60);
	CHECK(far_nfs.said > 400);
	/* what a false size takes is kept apart by ASan for a while, and 32 bit have no room for so many */
	each_byte(far_nfs.said, 1, sizeof(void *) == 4 ? 61 : 1);
}

static void always(const void *row)
{
	(void)row;
	asker_start();
	asker_fetch(HOST "/srv/boot/small", 60);
	each_byte(far_nfs.said, 1000, 61);
}

/* Folders, also after a cut: whole, or a sentence. */
static void lists(const void *row)
{
	static const char whole[] = "#listing\nd - boot\nf 20000 file\nf - link\nf - far\nf - absolute\nf - loop\n"
				    "f - device\n";
	(void)row;
	asker_start();
	far_nfs.said = 0;
	asker_list(HOST "/srv/", 60);
	CHECK_INT(asked.err, 0);
	CHECK(!strcmp(asked.text, whole));
	size_t said = far_nfs.said;
	for (enum far_how how = FAR_CLOSE; how <= FAR_GARBAGE; how++)
		for (size_t i = 0; i < said; i += sizeof(void *) == 4 ? 61 : 3) {
			far_nfs.said = 0;
			far_nfs.at = i;
			far_nfs.how = how;
			far_nfs.times = 1;
			asker_list(HOST "/srv", 3000);
			CHECK(asked.took_us <= 700 * SECOND);
			if (asked.err || how != FAR_GARBAGE)
				CHECK(asked.err ? *asked.status.cause.what && how == FAR_GARBAGE :
				      !strcmp(asked.text, whole));
			far_nfs.times = 0;
		}
	far_nfs.at = SIZE_MAX;
	far_nfs.way = FAR_NFS_NO_ATTRIBUTES;
	asker_list(HOST "/srv/boot", 60);
	CHECK(!asked.err && !strcmp(asked.text, "#listing\nf - small\n"));
	far_nfs.way = FAR_NFS_LONG_NAME;
	asker_list(HOST "/srv", 60);
	asker_failed(-EPROTO, "sends a broken answer to READDIRPLUS");
	far_nfs.way = FAR_NFS_EMPTY_LIST;
	asker_list(HOST "/srv", 60);
	asker_failed(-EPROTO, "sends nothing of a folder, and that it is not all");
	far_nfs.way = FAR_NFS_USUAL;
	asker_list(HOST "/srv/file", 60);
	asker_failed(-ENOENT, "says of /srv/file: that is no folder");
	asker_leaves_nothing();
}

/* What has come of a file stays where the next try begins. */
static void resumes(const void *row)
{
	(void)row;
	asker_start();
	far_nfs.way = FAR_NFS_SHORT;
	asker_fetch(HOST "/srv/file", 60);
	size_t said = far_nfs.said;
	far_nfs.said = 0;
	far_nfs.at = said * 3 / 4;
	far_nfs.how = FAR_RESET;
	far_nfs.times = 1;
	asker_fetch(HOST "/srv/file", 60);
	asker_has(FAR_FILE_LEN);
	CHECK_INT(asked.status.tries, 1);
	CHECK(asked.status.resumed > FAR_FILE_LEN / 4);
}

static const struct story {
	const char *name;
	void (*play)(const void *row);
} stories[] = {
	{ "a port in the URL", port_in_url }, { "resumes", resumes }, { "lists", lists },
	{ "a byte, once", once }, { "a byte, always", always },
};

static void one_story(const void *row)
{
	((const struct story *)row)->play(row);
}

int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL;
	int failed = machine_rows(one_way, ways, sizeof(ways[0]), sizeof(ways) / sizeof(ways[0]), only);
	int more = machine_rows(one_story, stories, sizeof(stories[0]), sizeof(stories) / sizeof(stories[0]), only);
	return only ? failed && more : failed || more;
}
