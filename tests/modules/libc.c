/* SPDX-License-Identifier: BSD-2-Clause */
/* What ordinary programs count on from their C library: the same lines from a module as on the host. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int heard;

static void hear(int sig)
{
	heard += sig == SIGUSR1;
}

static void leave(void)
{
	printf("; left, and this line has no end");
}

int main(void)
{
	static char text[] = "one\n\na line that is as long as it is\nthe last, without an end";
	FILE *f = fmemopen(text, sizeof(text) - 1, "r");
	char *line = NULL;
	size_t size = 0;
	int len, count = 0;

	while (count++ < 10 && (len = (int)getline(&line, &size, f)) != -1)
		printf("%d: %s|\n", len, line);
	free(line);
	signal(SIGUSR1, hear);
	raise(SIGUSR1);
	raise(SIGUSR1);
	kill(getpid(), SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	raise(SIGUSR1);
	printf("heard %d\n", heard);
	atexit(leave);
	printf("done");
	return 0;
}
