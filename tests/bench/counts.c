/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin of QEMU's (its plugin API, version 1): how many instructions of each
 * block of guest code have been executed.  Into the file `into` go, each time
 * that a line comes out of the pipe `ask`, lines "ADDRESS EXECUTED" in hex, for
 * all blocks so far, and at their end "end".  Called by counts.py.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define BLOCKS (1u << 20)

/* QEMU's side, as its documentation has it. */
struct qemu_plugin_tb;
typedef struct qemu_info_t qemu_info_t;
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*f)(uint64_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *counter, uint64_t add);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(uint64_t id, const qemu_info_t *info, int argc, char **argv);

/* By address; one that is translated anew goes on with the same count. */
static struct block {
	uint64_t at, executed;
} blocks[BLOCKS];

static const char *ask, *into;

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint64_t at = qemu_plugin_tb_vaddr(tb);
	uint32_t i = (uint32_t)(at * 2654435761u) % BLOCKS;
	(void)id;
	while (blocks[i].at && blocks[i].at != at)
		i = (i + 1) % BLOCKS;
	blocks[i].at = at;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, 0 /* add */, &blocks[i].executed, qemu_plugin_tb_n_insns(tb));
}

static void *answer(void *unused)
{
	char line[16];
	(void)unused;
	FILE *in = fopen(ask, "r+"), *out = fopen(into, "w");
	while (in && out && fgets(line, sizeof line, in)) {
		for (uint32_t i = 0; i < BLOCKS; i++)
			if (blocks[i].executed)
				fprintf(out, "%llx %llx\n", (unsigned long long)blocks[i].at,
					(unsigned long long)blocks[i].executed);
		fprintf(out, "end\n");
		fflush(out);
	}
	return NULL;
}

int qemu_plugin_install(uint64_t id, const qemu_info_t *info, int argc, char **argv)
{
	static pthread_t thread;
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "ask=", 4))
			ask = argv[i] + 4;
		if (!strncmp(argv[i], "into=", 5))
			into = argv[i] + 5;
	}
	if (!ask || !into || pthread_create(&thread, NULL, answer, NULL))
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
