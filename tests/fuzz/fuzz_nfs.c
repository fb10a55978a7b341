/* SPDX-License-Identifier: BSD-2-Clause */
/* What NFS servers say, in pieces as the first byte says; its upper bit: the URL has a port. */
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
	assert(nfs_start(&f, "/srv/./boot/../link/file", data[0] & 0x80 ? 2049 : NFS_PORTMAP, 0) == 0);
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
		else if (step == NFS_FOUND)
			nfs_read(&f, 0, f.size < 300000 ? f.size : 300000);
		if (f.state == NFS_READ)
			nfs_ask(&f);
		assert(nfs_reached(&f) <= f.until);
		p += used;
		free(exact);
	}
	return 0;
}
