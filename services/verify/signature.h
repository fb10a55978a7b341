/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signatures of images, for commands: what cms.h says of them, with what is fetched, waited for and told around it.
 */
#ifndef SERVICES_VERIFY_SIGNATURE_H
#define SERVICES_VERIFY_SIGNATURE_H

#include "services/command/command.h"
#include "services/tls/roots.h"

struct bytes_signed {
	const char *name;		/* for messages */
	const void *data;
	size_t len;
};

/*
 * The signature in file vouches for what, by a signer of that common name (NULL: any): 0 and who that is, as
 * roots_name(); or -E, said; -EINTR on Ctrl-C.  Waits.
 */
int signature_check(const struct bytes_signed *what, const struct bytes_signed *file, const char *signer,
		    char by[ROOTS_NAME_MAX]);
/* imgverify with two words. */
int signature_verify(const struct call *c);

#endif
