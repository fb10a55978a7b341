/* SPDX-License-Identifier: BSD-2-Clause */
/* One sentence of text for each error number in use. */
#ifndef KERNEL_ERR_H
#define KERNEL_ERR_H

/* For err = -E... (or E...): a phrase such as "connection refused".  Never NULL. */
const char *err_text(int err);

#endif
