/* SPDX-License-Identifier: BSD-2-Clause */
/* The version, in the one place where it stands. */
#ifndef KERNEL_VERSION_H
#define KERNEL_VERSION_H

#define UNDINE_VERSION "0.2"
/* Its time: no clock that is before this day can be right. */
#define UNDINE_YEAR 2026
#define UNDINE_MONTH 11
#define UNDINE_DAY 1

#endif
