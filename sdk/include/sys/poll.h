/* SPDX-License-Identifier: BSD-2-Clause */
/* Another name of poll.h. */
#include <poll.h>
