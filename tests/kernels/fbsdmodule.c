/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel module of FreeBSD's form: an object file for amd64, a shared object for i386. fbsddump links it and reads
 * `facts`.  With NAME it says that it is module NAME in version 3, and, with NEEDS, that it needs that, 1 to 5.
 */
struct facts {
	const char *text;
	const int *zeros, *aligned;
	int (*function)(void);
};

static const char text[] = "linked by its kernel";
static int zeros[1000];
static int aligned __attribute__((aligned(256))) = 5;

static int function(void)
{
	return zeros[999] + aligned;
}

struct facts facts = { text, zeros, &aligned, function };

#ifdef NAME
/* FreeBSD's sys/module.h */
struct metadata {
	int version, type;
	const void *data;
	const char *name;
};
#define IN_SET __attribute__((used, section("set_modmetadata_set")))

static const int provided = 3;
static struct metadata has = { 1, 3, &provided, NAME };
static struct metadata *has_pointer IN_SET = &has;
#ifdef NEEDS
static const int wanted[] = { 1, 2, 5 };
static struct metadata needs = { 1, 1, wanted, NEEDS };
static struct metadata *needs_pointer IN_SET = &needs;
#endif
#endif
