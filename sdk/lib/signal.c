/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals that a program sends itself, by raise(), kill() or alarm(): handlers stay, as BSD's and Linux's do
 * (picolibc's serve once).  One without a handler ends it, with a line that says so, and 128 and its number as status.
 */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

static _sig_func_ptr handlers[_NSIG];

static int is_signal(int sig)
{
	if (sig > 0 && sig < _NSIG)
		return 1;
	errno = EINVAL;
	return 0;
}

_sig_func_ptr signal(int sig, _sig_func_ptr handler)
{
	_sig_func_ptr before;

	if (!is_signal(sig))
		return SIG_ERR;
	before = handlers[sig];
	handlers[sig] = handler;
	return before;
}

static void end_by(int sig)
{
	char said[] = "ended by signal ..\n";

	said[16] = sig < 10 ? ' ' : (char)('0' + sig / 10);
	said[17] = (char)('0' + sig % 10);
	write(STDERR_FILENO, said, sizeof(said) - 1);
	_exit(128 + sig);
}

int raise(int sig)
{
	if (!is_signal(sig))
		return -1;
	if (handlers[sig] == SIG_DFL && sig != SIGCHLD && sig != SIGURG && sig != SIGCONT)
		end_by(sig);
	if (handlers[sig] != SIG_DFL && handlers[sig] != SIG_IGN)
		handlers[sig](sig);
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
