/* SPDX-License-Identifier: BSD-2-Clause */
/* The time of day as the PC's clock chip (MC146818 and its kin) keeps it.  Pure. */
#ifndef SERVICES_FIRMWARE_RTC_H
#define SERVICES_FIRMWARE_RTC_H

#include <stdint.h>

#define RTC_REGS	12	/* registers 0 to B */
#define RTC_STATUS_A	10
#define RTC_UPDATING	0x80u	/* of status A: the others change now */
#define RTC_NO_TIME	INT64_MIN

/*
 * Seconds since 1970 of the registers as they were read, taken for UTC in this
 * century; RTC_NO_TIME where they are no time: the battery may be out.
 */
int64_t rtc_time(const uint8_t regs[RTC_REGS]);

#endif
