/* SPDX-License-Identifier: BSD-2-Clause */
/* A module's beginning: the stack has argc, argv and a NULL, as the System V ABI has them. */
#include <stdlib.h>

#include "call.h"

__asm__(".section .note.undine, \"a\", @note\n"
	".align 4\n"
	".long 7, 8, " UNDINE_TEXT(UNDINE_NOTE_VERSION) "\n"
	".asciz \"" UNDINE_NOTE_NAME "\"\n"
	".align 4\n"
	".long " UNDINE_TEXT(UNDINE_ABI_MAJOR) ", " UNDINE_TEXT(UNDINE_ABI_MINOR) "\n"
	".section .text._start, \"ax\"\n"
	".globl _start\n"
	".type _start, @function\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov (%esp), %eax\n"
	"	lea 4(%esp), %edx\n"
	"	and $-16, %esp\n"
	"	sub $8, %esp\n"
	"	push %edx\n"
	"	push %eax\n"
	"	call undine_begin\n"
	"	hlt\n"
	".size _start, . - _start\n"
	/* unsigned long long undine_call(number, a, b, c, d, e, f) */
	".section .text.undine_call, \"ax\"\n"
	".globl undine_call\n"
	".type undine_call, @function\n"
	"undine_call:\n"
	"	push %ebp\n"
	"	push %ebx\n"
	"	push %esi\n"
	"	push %edi\n"
	"	mov 20(%esp), %eax\n"
	"	mov 24(%esp), %ebx\n"
	"	mov 28(%esp), %ecx\n"
	"	mov 32(%esp), %edx\n"
	"	mov 36(%esp), %esi\n"
	"	mov 40(%esp), %edi\n"
	"	mov 44(%esp), %ebp\n"
	"	int $0x40\n"
	"	pop %edi\n"
	"	pop %esi\n"
	"	pop %ebx\n"
	"	pop %ebp\n"
	"	ret\n"
	".size undine_call, . - undine_call\n");

extern void (*__init_array_start[])(void), (*__init_array_end[])(void);
extern char **environ;
char *__progname = "";		/* as BSD's and Linux's libraries name it */
int main(int argc, char **argv, char **env);
_Noreturn void undine_begin(int argc, char **argv);

_Noreturn void undine_begin(int argc, char **argv)
{
	for (void (**f)(void) = __init_array_start; f < __init_array_end; f++)
		(*f)();
	__progname = argv[0];
	exit(main(argc, argv, environ));
}
