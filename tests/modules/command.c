/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs one command of the loader's: command WORDS... */
#include <stdio.h>
#include <string.h>
#include <undine.h>

int main(int argc, char **argv)
{
	char line[1000] = "";
	for (int i = 1; i < argc && strlen(line) + strlen(argv[i]) + 2 < sizeof line; i++)
		strcat(strcat(line, i > 1 ? " " : ""), argv[i]);
	printf("command: %d\n", undine_run(line));
	return 1;
}
