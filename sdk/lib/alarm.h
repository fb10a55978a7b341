/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of the SDK's library: sockets, signals, and waits that alarm() may interrupt; without one they are the
 * loader's own.
 */
#ifndef SDK_LIB_ALARM_H
#define SDK_LIB_ALARM_H

#include <poll.h>
#include <signal.h>

/* What a signal did: nothing that a call would notice, or a handler has come back and the call goes on, or ends. */
enum signal_effect { SIGNAL_NONE, SIGNAL_RESTARTS, SIGNAL_INTERRUPTS };

enum signal_effect signal_send(int sig);
/* Blocks these and no others: whether one that had waited has run its handler; then errno is EINTR, else as it was. */
int signals_let(const sigset_t *set, sigset_t *before);

/* SOCK_STREAM, SOCK_DGRAM; 0 and errno: it is none. */
int socket_type(int fd);

int alarm_is_set(void);
/* As poll(): whatever the handler says of it, it is interrupted. */
int alarm_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
/* Where an alarm is set and fd waits: until that is there.  0; -1: EINTR, it was interrupted; EAGAIN, its timeout. */
int alarm_wait(int fd, short events);

#endif
