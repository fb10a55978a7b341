/* SPDX-License-Identifier: BSD-2-Clause */
/* What ordinary programs count on from their C library: the same lines from a module as on the host. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static int heard;

static void hear(int sig)
{
	heard += sig == SIGUSR1;
}

static void hear_more(int sig, siginfo_t *info, void *context)
{
	(void)context;
	heard += 10 * (info->si_signo == sig);
}

static void leave(void)
{
	printf("; left, and this line has no end");
}

static void lines(void)
{
	char text[] = "one\n\na line that is as long as it is\nthe last, without an end";
	FILE *f = fmemopen(text, sizeof(text) - 1, "r");
	char *line = NULL;
	size_t size = 0;
	int len, count = 0;

	while (count++ < 10 && (len = (int)getline(&line, &size, f)) != -1)
		printf("%d: %s|\n", len, line);
	free(line);
}

/* A long double has more digits, 18, and a wider range than a double. */
static void long_doubles(void)
{
	long double third = 1.0L / 3, read = 0;
	double narrow = 0;

	printf("%.18Lf %Lg %Le %.3Lf\n", third, 1e300L * 1e300L, -2.5e-400L, 1234567.8905L);
	printf("%.1Lf %d %.2f\n", strtold("12345678901234567.125", NULL), strtold("1e4000", NULL) > 1e3999L, 0.125);
	printf("%d", sscanf("1844674407370955.25 7.25", "%Lf %lf", &read, &narrow));
	printf(" %.2Lf %g\n", read, narrow);
}

/* By signal() handlers stay; by sigaction() they are as its flags say.  What is blocked waits. */
static void signals(void)
{
	struct sigaction once = { .sa_handler = hear, .sa_flags = (int)SA_RESETHAND };
	struct sigaction more = { .sa_flags = SA_SIGINFO }, was;
	sigset_t set, before;

	signal(SIGUSR1, hear);
	raise(SIGUSR1);
	raise(SIGUSR1);
	kill(getpid(), SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	raise(SIGUSR1);
	printf("heard %d\n", heard);
	sigemptyset(&once.sa_mask);
	sigemptyset(&more.sa_mask);
	more.sa_sigaction = hear_more;
	printf("%d", sigaction(SIGUSR1, &once, &was));
	printf(" %d", was.sa_handler == SIG_IGN);
	raise(SIGUSR1);
	printf(" %d", sigaction(SIGUSR1, &more, &was));
	printf(" %d %d\n", was.sa_handler == SIG_DFL, heard);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	printf("%d", sigprocmask(SIG_BLOCK, &set, &before));
	raise(SIGUSR1);
	sigpending(&set);
	printf(" %d %d", heard, sigismember(&set, SIGUSR1));
	printf(" %d", sigprocmask(SIG_SETMASK, &before, NULL));
	printf(" %d\n", heard);
	errno = 0;
	printf("%d", sigaction(SIGKILL, &once, NULL));
	printf(" %s\n", strerror(errno));
}

static void ring(int sig)
{
	heard = sig == SIGALRM;
}

static sigjmp_buf back;

static void jump(int sig)
{
	siglongjmp(back, sig);
}

/* An alarm ends pause(), and comes again if it is to; its handler may be left for good. */
static void alarms(void)
{
	struct sigaction act = { .sa_handler = ring };
	struct itimerval every = { { 0, 20000 }, { 0, 20000 } }, none = { { 0, 0 }, { 0, 0 } };

	sigemptyset(&act.sa_mask);
	sigaction(SIGALRM, &act, NULL);
	heard = 0;
	alarm(1);
	printf("%d", pause());
	printf(" %d %d", errno == EINTR, heard);
	setitimer(ITIMER_REAL, &every, NULL);
	for (int i = 0; i < 3; i++)
		printf(" %d", pause());
	setitimer(ITIMER_REAL, &none, &every);
	printf(" %d", (int)every.it_interval.tv_usec);
	act.sa_handler = jump;
	sigaction(SIGALRM, &act, NULL);
	for (volatile int i = 0; i < 2; i++) {
		every.it_interval.tv_usec = 0;
		every.it_value.tv_usec = 20000;
		setitimer(ITIMER_REAL, &every, NULL);
		if (!sigsetjmp(back, 1))
			for (;;)
				pause();
		printf(" jumped");
	}
	printf("\n");
}

/* The same file by another number; one that is closed is none. */
static void numbers(void)
{
	int other = dup(STDOUT_FILENO), ninth;

	fflush(stdout);
	dprintf(other, "said by number %d\n", other);
	ninth = dup2(other, 9);
	close(other);
	dprintf(ninth, "and by number %d, %d\n", ninth, dup2(ninth, ninth));
	close(ninth);
	printf("%d", remove("/nowhere/at all"));
	errno = 0;
	other = dup2(ninth, 5);
	printf(" %d %d\n", other, errno == EBADF);
}

int main(void)
{
	lines();
	long_doubles();
	signals();
	alarms();
	numbers();
	atexit(leave);
	printf("done");
	return 0;
}
