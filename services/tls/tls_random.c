/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers for Mbed TLS: see tls_random.h.  Called by tls.c, and by the library. */
#include "services/tls/tls_random.h"

#include <psa/crypto.h>

bool tls_lasting, tls_short_of_memory;
static uint32_t (*source)(void);

void tls_random_set(uint32_t (*random32)(void))
{
	source = random32;
}

void tls_random(uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t word = source();

		for (unsigned k = 0; k < 4 && i < len; k++, word >>= 8)
			out[i++] = (uint8_t)word;
	}
}

/* Nobody else's generator is in the library. */
psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context, uint8_t *output,
					     size_t size, size_t *length)
{
	(void)context;
	if (!source)
		return PSA_ERROR_INSUFFICIENT_ENTROPY;
	tls_random(output, size);
	*length = size;
	return PSA_SUCCESS;
}
