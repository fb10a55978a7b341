/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-GCM by the processor's AES instructions.  The linker puts these functions before those of Mbed TLS's GCM
 * (Makefile, GCM), through which goes all AES that the loader computes.  Each borrows SSE's registers for one record,
 * or key, and calls nobody but calloc() and free() meanwhile; at other times the library is told that the processor has
 * no such instructions.  A key that was set with them can be used only with them: fpu_borrow() always says the same.
 */
#include <mbedtls/gcm.h>

#include "kernel/fpu.h"

typedef int setkey_fn(mbedtls_gcm_context *ctx, mbedtls_cipher_id_t cipher, const unsigned char *key,
		      unsigned int keybits);
typedef int crypt_fn(mbedtls_gcm_context *ctx, int mode, size_t len, const unsigned char *iv, size_t iv_len,
		     const unsigned char *add, size_t add_len, const unsigned char *in, unsigned char *out,
		     size_t tag_len, unsigned char *tag);
typedef int decrypt_fn(mbedtls_gcm_context *ctx, size_t len, const unsigned char *iv, size_t iv_len,
		       const unsigned char *add, size_t add_len, const unsigned char *tag, size_t tag_len,
		       const unsigned char *in, unsigned char *out);

setkey_fn __real_mbedtls_gcm_setkey, __wrap_mbedtls_gcm_setkey;
crypt_fn __real_mbedtls_gcm_crypt_and_tag, __wrap_mbedtls_gcm_crypt_and_tag;
decrypt_fn __real_mbedtls_gcm_auth_decrypt, __wrap_mbedtls_gcm_auth_decrypt;
int __wrap_mbedtls_aesni_has_support(unsigned int what);

int __wrap_mbedtls_aesni_has_support(unsigned int what)
{
	(void)what;		/* either: fpu_borrow() has asked for both */
	return fpu_is_borrowed();
}

int __wrap_mbedtls_gcm_setkey(mbedtls_gcm_context *ctx, mbedtls_cipher_id_t cipher, const unsigned char *key,
			      unsigned int keybits)
{
	fpu_borrow(FPU_AES | FPU_PCLMUL);
	int err = __real_mbedtls_gcm_setkey(ctx, cipher, key, keybits);
	fpu_off();
	return err;
}

int __wrap_mbedtls_gcm_crypt_and_tag(mbedtls_gcm_context *ctx, int mode, size_t len, const unsigned char *iv,
				     size_t iv_len, const unsigned char *add, size_t add_len, const unsigned char *in,
				     unsigned char *out, size_t tag_len, unsigned char *tag)
{
	fpu_borrow(FPU_AES | FPU_PCLMUL);
	int err = __real_mbedtls_gcm_crypt_and_tag(ctx, mode, len, iv, iv_len, add, add_len, in, out, tag_len, tag);
	fpu_off();
	return err;
}

int __wrap_mbedtls_gcm_auth_decrypt(mbedtls_gcm_context *ctx, size_t len, const unsigned char *iv, size_t iv_len,
				    const unsigned char *add, size_t add_len, const unsigned char *tag, size_t tag_len,
				    const unsigned char *in, unsigned char *out)
{
	fpu_borrow(FPU_AES | FPU_PCLMUL);
	int err = __real_mbedtls_gcm_auth_decrypt(ctx, len, iv, iv_len, add, add_len, tag, tag_len, in, out);
	fpu_off();
	return err;
}
