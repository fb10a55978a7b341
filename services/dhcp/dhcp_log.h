/* SPDX-License-Identifier: BSD-2-Clause */
/* What a person reads of DHCP's handshakes. */
#ifndef SERVICES_DHCP_DHCP_LOG_H
#define SERVICES_DHCP_DHCP_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "services/dhcp/dhcp_holder.h"

void dhcp_log_mac(char *to, size_t cap, const uint8_t *m);
/* A packet of that type has been sent; the client was in that state before. */
void dhcp_log_sent(const struct dhcp_holder *h, enum dhcp_state before, uint8_t type);
void dhcp_log_offer(const struct dhcp_holder *h, enum dhcp_event ev);
void dhcp_log_lease(const struct dhcp_holder *h);
/* Of answers that were not taken since it was asked last: a line for the first of each kind; they are counted. */
void dhcp_log_untaken(struct dhcp_holder *h);

#endif
