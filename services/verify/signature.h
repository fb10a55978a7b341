/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signatures of images, for commands: what cms.h says of them, with what is fetched, waited for and told around it.
 */
#ifndef SERVICES_VERIFY_SIGNATURE_H
#define SERVICES_VERIFY_SIGNATURE_H

#include "services/command/command.h"

/* imgverify with two words. */
int signature_verify(const struct call *c);

#endif
