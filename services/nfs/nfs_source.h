/* SPDX-License-Identifier: BSD-2-Clause */
/* The scheme nfs (RFC 2224): a row for the table in main.c. */
#ifndef SERVICES_NFS_NFS_SOURCE_H
#define SERVICES_NFS_NFS_SOURCE_H

extern const struct scheme nfs_scheme;

#endif
