/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the SDK's library: waits that alarm() may interrupt.  Without one they are the loader's own. */
#ifndef SDK_LIB_ALARM_H
#define SDK_LIB_ALARM_H

#include <poll.h>

int alarm_is_set(void);
/* As poll(). */
int alarm_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
/* Where an alarm is set and fd waits: until that is there.  0; -1 and EINTR: it was interrupted. */
int alarm_wait(int fd, short events);

#endif
