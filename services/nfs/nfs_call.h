/* SPDX-License-Identifier: BSD-2-Clause */
/* What nfs.c and nfs_list.c share: how a question is put together, and how a conversation ends. */
#ifndef SERVICES_NFS_NFS_CALL_H
#define SERVICES_NFS_NFS_CALL_H

#include "net/cursor.h"
#include "services/nfs/nfs.h"

#define NFS_PROGRAM	100003u
#define NFS_ATTRIBUTES	84u		/* bytes of a fattr3 */

/* The only question of `out`: of `state`, its head; nfs_finish() behind its arguments. */
size_t nfs_begin_only(struct nfs *f, enum nfs_state state, uint32_t program, uint32_t procedure);
void nfs_put(struct nfs *f, uint32_t value);
void nfs_put_opaque(struct nfs *f, const void *data, size_t len);
void nfs_finish(struct nfs *f, size_t at);
/* REFUSED, said: "sends WHAT". */
enum nfs_step nfs_malformed(struct nfs *f, const char *what);
/* The server's status of path[0..len): AGAIN or REFUSED, said. */
enum nfs_step nfs_refused(struct nfs *f, const char *what, size_t len, uint32_t status);
/* An answer to READDIRPLUS, behind its head. */
enum nfs_step nfs_listed(struct nfs *f, struct cursor *c);

#endif
