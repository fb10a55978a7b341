/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What NFS servers say, in pieces as the first byte says; its upper bit: the URL has a port;
 * the lowest two: what is wanted.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "services/nfs/nfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct nfs f;
	size_t used, piece;

	if (!len)
		return 0;
	piece = 1 + (data[0] & 0x7f);
	const enum nfs_want want = (data[0] & 3) == 3 ? NFS_WANT_FOLDER : (data[0] & 3) == 2 ? NFS_WANT_EITHER :
				   NFS_WANT_FILE;

	assert(nfs_start(&f, "/srv/./boot/../link/file", want, data[0] & 0x80 ? 2049 : NFS_PORTMAP, 0) == 0);
	nfs_first(&f);
	for (const uint8_t *p = data + 1, *over = data + len; p < over && f.state != NFS_ENDED;) {
		size_t n = (size_t)(over - p) < piece ? (size_t)(over - p) : piece;
		uint8_t *exact = malloc(n);

		memcpy(exact, p, n);
		enum nfs_step step = nfs_input(&f, exact, n, &used);
		assert(used <= n && f.out_len <= sizeof(f.out) && f.path[0] == '/' && strlen(f.path) < NFS_PATH_MAX);
		if (step == NFS_DATA)
			assert(f.data >= exact && f.data + f.data_len <= exact + used && f.data_len &&
			       f.data_at + f.data_len <= f.until);
		else if (step == NFS_AGAIN || step == NFS_REFUSED)
			assert(f.err < 0 && *f.why);
		else if (step == NFS_FOUND && f.folder_found)
			step = nfs_list(&f);
		else if (step == NFS_FOUND)
			nfs_read(&f, 0, f.size < 300000 ? f.size : 300000);
		for (struct nfs_entry e; step == NFS_ENTRIES && nfs_entry(&f, &e);)
			assert(e.name_len <= NFS_NAME_MAX && (const uint8_t *)e.name >= f.in &&
			       (const uint8_t *)e.name + e.name_len <= f.in + sizeof(f.in));
		if (step == NFS_ENTRIES)
			nfs_list(&f);
		if (f.state == NFS_READ)
			nfs_ask(&f);
		assert(nfs_reached(&f) <= f.until);
		p += used;
		free(exact);
	}
	return 0;
}
