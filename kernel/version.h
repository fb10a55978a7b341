/* SPDX-License-Identifier: BSD-2-Clause */
/* The version, in the one place where it stands. */
#ifndef KERNEL_VERSION_H
#define KERNEL_VERSION_H

#define UNDINE_VERSION "0.2"

#endif
