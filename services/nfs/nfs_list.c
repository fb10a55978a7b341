/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in a folder (RFC 1813, 3.3.17: READDIRPLUS).  See nfs.h.  Called by nfs.c and nfs_source.c. */
#include <string.h>

#include "net/bytes.h"
#include "services/nfs/nfs_call.h"

#define READDIRPLUS	17u
#define NAMES_MAX	2000u		/* bytes of names and cookies alone: dircount */

enum nfs_step nfs_list(struct nfs *f)
{
	if (f->last_entry)
		return NFS_FOUND;
	size_t at = nfs_begin_only(f, NFS_LIST, NFS_PROGRAM, READDIRPLUS);

	nfs_put_opaque(f, f->file.data, f->file.len);
	nfs_put(f, (uint32_t)(f->cookie >> 32));
	nfs_put(f, (uint32_t)f->cookie);
	memcpy(f->out + f->out_len, f->cookie_verifier, sizeof(f->cookie_verifier));
	f->out_len += sizeof(f->cookie_verifier);
	nfs_put(f, NAMES_MAX);
	nfs_put(f, NFS_LIST_MAX);
	nfs_finish(f, at);
	return NFS_SEND;
}

/* An entry, its cookie too; false: there is none, or c is bad. */
static bool read_entry(struct cursor *c, struct nfs_entry *e, uint64_t *cookie)
{
	const uint8_t *a;
	uint32_t len;

	if (!cur_be32(c))
		return false;
	cur_skip(c, 8);				/* the file's number */
	len = cur_be32(c);
	*e = (struct nfs_entry){ .name_len = len };
	if (len > NFS_NAME_MAX)
		c->bad = true;
	e->name = (const char *)cur_bytes(c, (len + 3) & ~3u);
	*cookie = (uint64_t)cur_be32(c) << 32;
	*cookie |= cur_be32(c);
	a = cur_be32(c) ? cur_bytes(c, NFS_ATTRIBUTES) : NULL;
	if (a) {
		e->type = get_be32(a);
		e->size = (uint64_t)get_be32(a + 20) << 32 | get_be32(a + 24);
	}
	if (cur_be32(c)) {			/* a handle, that nobody wants */
		len = cur_be32(c);
		if (len > NFS_HANDLE_MAX)
			c->bad = true;
		cur_skip(c, (len + 3) & ~3u);
	}
	return !c->bad;
}

/* All of it is looked through once, so that whoever takes the entries meets none that is broken. */
enum nfs_step nfs_listed(struct nfs *f, struct cursor *c)
{
	uint32_t status = cur_be32(c);
	const uint8_t *verifier;
	struct nfs_entry e;
	unsigned count = 0;

	if (c->bad)
		return nfs_malformed(f, "a broken answer to READDIRPLUS");
	if (status)
		return nfs_refused(f, f->path, strlen(f->path), status);
	if (cur_be32(c))
		cur_skip(c, NFS_ATTRIBUTES);
	verifier = cur_bytes(c, sizeof(f->cookie_verifier));
	if (verifier)
		memcpy(f->cookie_verifier, verifier, sizeof(f->cookie_verifier));
	f->entry_at = f->in_len - cur_left(c);
	while (!c->bad && read_entry(c, &e, &f->cookie))
		count++;
	f->last_entry = cur_be32(c);
	if (c->bad)
		return nfs_malformed(f, "a broken answer to READDIRPLUS");
	if (!count && !f->last_entry)
		return nfs_malformed(f, "nothing of a folder, and that it is not all");
	return NFS_ENTRIES;
}

bool nfs_entry(struct nfs *f, struct nfs_entry *e)
{
	size_t len = f->entries_end > f->entry_at ? f->entries_end - f->entry_at : 0;
	struct cursor c = cur_make(f->in + f->entry_at, len);
	uint64_t cookie;

	if (!read_entry(&c, e, &cookie))
		return false;
	f->entry_at = f->entries_end - cur_left(&c);
	return true;
}
