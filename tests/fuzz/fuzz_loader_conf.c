/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD's loader.conf: whatever it says, the names and values are whole; what was read last can be read back. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "services/boot/loader_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct loader_env env = { .count = 0 };
	char *copy = malloc(size ? size : 1), name[LOADER_NAME_MAX];
	size_t len;

	memcpy(copy, data, size);
	struct loader_conf_bad bad;
	assert(loader_conf_read(&env, copy, size, &bad, NULL, NULL) == 0);
	assert(bad.line <= size + 1 && !bad.line == !bad.err);
	for (unsigned i = 0; i < env.count; i++) {
		size_t n = strcspn(env.var[i], "=");

		assert(env.var[i][n] == '=' && n && n < sizeof(name) && strlen(env.var[i] + n) <= LOADER_VALUE_MAX);
		memcpy(name, env.var[i], n);
		name[n] = '\0';
		assert(loader_env_get(&env, name) == env.var[i] + n + 1);
		if (loader_conf_is_module(env.var[i], &len))
			assert(len && len < n);
		for (const char *at = env.var[i] + n + 1, *word; loader_conf_word(&at, &word, " ,");)
			assert(*word);
	}
	loader_env_free(&env);
	free(copy);
	return 0;
}
