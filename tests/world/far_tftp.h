/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the far side's TFTP server breaks when it sends "told": an option acknowledgment and two blocks, or, by MTFTP
 * (group 239.0.0.9, port 1758, the server's 1759) those blocks.
 */
#ifndef TESTS_WORLD_FAR_TFTP_H
#define TESTS_WORLD_FAR_TFTP_H

#include "tests/world/far_ftp.h"

#define FAR_TOLD_LEN 700u

/*
 * After so many bytes of its datagrams, counted from the request, so many times: FAR_CLOSE ends the datagram there,
 * FAR_RESET sends an error in its place, FAR_STALL loses it and all that follow, FAR_GARBAGE makes a byte another that
 * is none of the file's.
 */
extern struct far_tftp {
	size_t at;
	enum far_how how;
	unsigned times;
	size_t said;			/* since the request; read by tests */
} far_tftp;

#endif
