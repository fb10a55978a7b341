/* SPDX-License-Identifier: BSD-2-Clause */
/* A module that does what no module may: each of these is to be its end, and no more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile int zero;

static int deep(int n)
{
	volatile char room[4096];
	memset((void *)room, n, sizeof room);
	return zero ? 0 : deep(n + 1) + room[n & 4095];
}

static void wild(unsigned at, int write)
{
	volatile unsigned *p = (volatile unsigned *)at;
	if (write)
		*p = 0xdeadbeef;
	else
		printf("read %x\n", *p);
}

static const unsigned char code_in_data[] = { 0xb8, 0x01, 0x00, 0x00, 0x00, 0xc3 };	/* mov eax, 1; ret */

static void execute(const void *p)
{
	printf("executed: %d\n", ((int (*)(void))p)());
}

static void __attribute__((noinline)) do_it(const char *what, unsigned arg)
{
	unsigned char copy[16];
	if (!strcmp(what, "null"))
		wild(0, 0);
	else if (!strcmp(what, "null-call"))
		execute(NULL);
	else if (!strcmp(what, "read"))
		wild(arg, 0);
	else if (!strcmp(what, "write"))
		wild(arg, 1);
	else if (!strcmp(what, "write-text"))
		wild((unsigned)do_it, 1);
	else if (!strcmp(what, "run-data"))
		execute(memcpy(copy, code_in_data, sizeof code_in_data));
	else if (!strcmp(what, "stack"))
		printf("%d\n", deep(0));
	else if (!strcmp(what, "divide"))
		printf("%d\n", 1000 / zero);
	else if (!strcmp(what, "x87"))
		__asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait" : : "m"((unsigned short){ 0x37b }));
	else if (!strcmp(what, "cli"))
		__asm__ volatile("cli");
	else if (!strcmp(what, "hlt"))
		__asm__ volatile("hlt");
	else if (!strcmp(what, "cr3"))
		__asm__ volatile("mov %%cr3, %%eax" : : : "eax");
	else if (!strcmp(what, "in"))
		__asm__ volatile("inb $0x21, %%al" : : : "eax");
	else if (!strcmp(what, "out"))
		__asm__ volatile("outb %%al, $0x64" : : "a"(0xfe));
	else if (!strcmp(what, "int3"))
		__asm__ volatile("int3");
	else if (!strcmp(what, "int"))
		__asm__ volatile("int $0x08");
	else if (!strcmp(what, "int-bios"))
		__asm__ volatile("int $0x19");
	else if (!strcmp(what, "far-call"))
		__asm__ volatile("lcall $0x08, $0");
	else if (!strcmp(what, "far-call-16"))
		__asm__ volatile("lcall $0x3b, $0");
	else if (!strcmp(what, "load-ss"))
		__asm__ volatile("mov %0, %%ss" : : "r"(0x10));
	else if (!strcmp(what, "segment"))
		__asm__ volatile("mov %0, %%gs; mov %%gs:0, %%eax" : : "r"(0x43) : "eax");
	else if (!strcmp(what, "single-step"))
		__asm__ volatile("pushf; orl $0x100, (%esp); popf; nop; nop");
	else if (!strcmp(what, "ud"))
		__asm__ volatile("ud2");
	else if (!strcmp(what, "abort"))
		abort();
	else if (!strcmp(what, "loop"))
		for (;;)
			zero = 0;
	else
		printf("bad: there is no %s\n", what);
}

int main(int argc, char **argv)
{
	do_it(argc > 1 ? argv[1] : "", argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : 0);
	printf("bad: still here after %s\n", argc > 1 ? argv[1] : "");
	return 0;
}
