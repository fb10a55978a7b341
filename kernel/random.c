/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the machine's chance comes from; the generator is entropy.c.  See random.h. */
#include "kernel/random.h"

#include <errno.h>

#include "kernel/clock.h"
#include "kernel/cmos.h"
#include "kernel/entropy.h"
#include "kernel/io.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "kernel/task.h"

#define CPUID1_ECX_RDRAND (1u << 30)
#define RDRAND_WORDS 64
#define RTC_LEN 10		/* seconds to year, with the alarm between them, and the status that counts updates */

static struct entropy pool;

static void stir_rtc(void)
{
	uint8_t rtc[RTC_LEN];
	for (uint8_t i = 0; i < RTC_LEN; i++)
		rtc[i] = cmos_read(i);
	random_stir(rtc, sizeof rtc);
}

static bool has_rdrand(void)
{
	uint32_t eax = 1, ebx, ecx, edx;
	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	return ecx & CPUID1_ECX_RDRAND;
}

static void sample_rdrand(void)
{
	uint32_t word;
	uint8_t ok;
	for (int i = 0; i < RDRAND_WORDS && !pool.ready; i++) {
		__asm__ volatile("rdrand %0; setc %1" : "=r"(word), "=qm"(ok));
		if (ok)
			entropy_sample(&pool, ENTROPY_RDRAND, word);
	}
}

void random_init(void)
{
	if (entropy_init(&pool) < 0)
		panic("no memory for the random generator");
	uint64_t tsc = rdtsc();
	random_stir(&tsc, sizeof tsc);
	stir_rtc();
	if (has_rdrand())
		sample_rdrand();
	if (pool.ready)
		log_line("random: seeded by the processor (RDRAND)");
}

void random_feed(const char *device, const uint32_t *words, size_t count)
{
	bool before = pool.ready;
	for (size_t i = 0; i < count; i++)
		entropy_sample(&pool, ENTROPY_DEVICE, words[i]);
	if (pool.ready && !before)
		log_line("random: seeded by %s", device);
}

void random_stir(const void *data, size_t len)
{
	entropy_stir(&pool, data, len);
}

void random_jitter(void)
{
	static uint32_t last;
	if (pool.ready)
		return;
	uint32_t now = (uint32_t)rdtsc();
	entropy_sample(&pool, ENTROPY_JITTER, now - last);
	last = now;
}

uint32_t random_u32(void)
{
	return entropy_u32(&pool, rdtsc());
}

bool random_ready(void)
{
	return pool.ready;
}

int random_wait(uint64_t deadline_us)
{
	while (!pool.ready) {
		if (task_cancelled())
			return -ECANCELED;
		if (clock_us() >= deadline_us)
			return -ETIMEDOUT;
		task_yield();
		random_jitter();
	}
	return 0;
}
