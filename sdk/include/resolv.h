/* SPDX-License-Identifier: BSD-2-Clause */
/* The resolver is the loader's: there is nothing to be set. */
#ifndef _RESOLV_H
#define _RESOLV_H

int res_init(void);

#endif
