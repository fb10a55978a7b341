/* SPDX-License-Identifier: BSD-2-Clause */
/* FIONBIO: an int, other than 0: calls do not wait.  FIONREAD: an int, how many bytes can be read. */
#ifndef _SYS_IOCTL_H
#define _SYS_IOCTL_H

#define FIONREAD 0x541b
#define FIONBIO 0x5421

int ioctl(int fd, unsigned long request, ...);

#endif
