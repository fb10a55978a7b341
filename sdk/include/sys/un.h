/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of AF_UNIX, for programs that know them, too: socket() refuses it, EAFNOSUPPORT. */
#ifndef _SYS_UN_H
#define _SYS_UN_H

#include <sys/socket.h>

struct sockaddr_un {
	sa_family_t sun_family;
	char sun_path[108];
};

#endif
