/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals that a program sends itself, by raise(), kill() or alarm(): handlers stay and calls go on behind them, as
 * BSD's and Linux's signal() has it (picolibc's serve once).  One without a handler ends the program, with a line that
 * says so, and 128 and its number as status.  A handler runs where the program waits or raises, never in between:
 * none blocks others, so that one may be left by longjmp().
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

#include "alarm.h"

static struct sigaction actions[_NSIG];
static sigset_t blocked, pending;

static int is_signal(int sig)
{
	if (sig > 0 && sig < _NSIG)
		return 1;
	errno = EINVAL;
	return 0;
}

int sigaction(int sig, const struct sigaction *restrict new, struct sigaction *restrict old)
{
	if (!is_signal(sig))
		return -1;
	if (new && (sig == SIGKILL || sig == SIGSTOP)) {
		errno = EINVAL;
		return -1;
	}
	if (old)
		*old = actions[sig];
	if (new)
		actions[sig] = *new;
	return 0;
}

_sig_func_ptr signal(int sig, _sig_func_ptr handler)
{
	struct sigaction new = { .sa_handler = handler, .sa_flags = SA_RESTART }, old;

	return sigaction(sig, &new, &old) < 0 ? SIG_ERR : old.sa_handler;
}

int siginterrupt(int sig, int on)
{
	if (!is_signal(sig))
		return -1;
	actions[sig].sa_flags = on ? actions[sig].sa_flags & ~SA_RESTART : actions[sig].sa_flags | SA_RESTART;
	return 0;
}

static void end_by(int sig)
{
	char said[] = "ended by signal ..\n";

	said[16] = sig < 10 ? ' ' : (char)('0' + sig / 10);
	said[17] = (char)('0' + sig % 10);
	write(STDERR_FILENO, said, sizeof(said) - 1);
	_exit(128 + sig);
}

enum signal_effect signal_send(int sig)
{
	struct sigaction is = actions[sig];

	if (blocked & (sigset_t)1 << sig) {
		pending |= (sigset_t)1 << sig;
		return SIGNAL_NONE;
	}
	if (is.sa_handler == SIG_DFL && sig != SIGCHLD && sig != SIGURG && sig != SIGCONT && sig != SIGWINCH)
		end_by(sig);
	if (is.sa_handler == SIG_DFL || is.sa_handler == SIG_IGN)
		return SIGNAL_NONE;
	if (is.sa_flags & SA_RESETHAND)
		actions[sig].sa_handler = SIG_DFL;
	if (is.sa_flags & SA_SIGINFO)
		is.sa_sigaction(sig, &(siginfo_t){ .si_signo = sig, .si_code = SI_USER, .si_pid = getpid() }, NULL);
	else
		is.sa_handler(sig);
	return is.sa_flags & SA_RESTART ? SIGNAL_RESTARTS : SIGNAL_INTERRUPTS;
}

int raise(int sig)
{
	if (!is_signal(sig))
		return -1;
	signal_send(sig);
	return 0;
}

int kill(pid_t pid, int sig)
{
	if (pid != getpid()) {
		errno = ESRCH;
		return -1;
	}
	return sig ? raise(sig) : 0;
}

int signals_let(const sigset_t *set, sigset_t *before)
{
	int any = 0, err = errno;

	if (before)
		*before = blocked;
	blocked = *set;
	for (int sig = 1; sig < _NSIG; sig++)
		if (pending & ~blocked & (sigset_t)1 << sig) {
			pending &= ~((sigset_t)1 << sig);
			any |= signal_send(sig) != SIGNAL_NONE;
		}
	errno = any ? EINTR : err;
	return any;
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	sigset_t next = blocked;

	if (set && how != SIG_BLOCK && how != SIG_UNBLOCK && how != SIG_SETMASK) {
		errno = EINVAL;
		return -1;
	}
	if (set)
		next = how == SIG_BLOCK ? blocked | *set : how == SIG_UNBLOCK ? blocked & ~*set : *set;
	signals_let(&next, old);
	return 0;
}

int sigpending(sigset_t *set)
{
	*set = pending;
	return 0;
}

int pause(void)
{
	return alarm_poll(NULL, 0, -1);
}

int sigsuspend(const sigset_t *set)
{
	sigset_t before;

	if (!signals_let(set, &before))
		pause();
	signals_let(&before, NULL);
	errno = EINTR;
	return -1;
}

void siglongjmp(sigjmp_buf at, int value)
{
	if (at->saved)
		signals_let(&at->blocked, NULL);
	longjmp(at->place, value);
}
