/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock chip's registers.  See rtc.h. */
#include "services/firmware/rtc.h"

#include <stdbool.h>

#define SECONDS 0
#define MINUTES 2
#define HOURS 4
#define DAY 7
#define MONTH 8
#define YEAR 9
#define STATUS_B 11
#define PM 0x80u		/* of the hours, where they are twelve */
#define BINARY 4u		/* of status B */
#define HOURS_24 2u
#define CENTURY 2000
#define DAYS_TO_1970 719468	/* from 1 March of the year 0 */

/* A register as a number: -1 where it is no BCD. */
static int number(const uint8_t *regs, uint8_t raw)
{
	if (regs[STATUS_B] & BINARY)
		return raw;
	return (raw & 15) > 9 || raw >> 4 > 9 ? -1 : (raw >> 4) * 10 + (raw & 15);
}

static int hours(const uint8_t *regs)
{
	if (regs[STATUS_B] & HOURS_24)
		return number(regs, regs[HOURS]);
	int twelve = number(regs, regs[HOURS] & (uint8_t)~PM);
	return twelve < 1 || twelve > 12 ? -1 : twelve % 12 + (regs[HOURS] & PM ? 12 : 0);
}

static bool within(int value, int lowest, int highest)
{
	return value >= lowest && value <= highest;
}

int64_t rtc_time(const uint8_t regs[RTC_REGS])
{
	int second = number(regs, regs[SECONDS]), minute = number(regs, regs[MINUTES]), hour = hours(regs);
	int day = number(regs, regs[DAY]), month = number(regs, regs[MONTH]), year = number(regs, regs[YEAR]);

	if (!within(second, 0, 59) || !within(minute, 0, 59) || !within(hour, 0, 23) || !within(day, 1, 31) ||
	    !within(month, 1, 12) || !within(year, 0, 99))
		return RTC_NO_TIME;
	/* years begin in March, so that the leap day is their last */
	year += CENTURY - (month < 3);
	int64_t days = 365 * (int64_t)year + year / 4 - year / 100 + year / 400 +
		       (153 * (month + (month < 3 ? 9 : -3)) + 2) / 5 + day - 1 - DAYS_TO_1970;
	return days * 86400 + hour * 3600 + minute * 60 + second;
}
