/* SPDX-License-Identifier: BSD-2-Clause */
/* The loader's links by the names that BSD and Linux have for such things. */
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <undine.h>

struct entry {
	struct ifaddrs is;
	char name[IF_NAMESIZE];
	struct sockaddr_in addr, mask, broadcast;
};

static struct sockaddr *name_of(struct sockaddr_in *room, uint32_t addr)
{
	room->sin_family = AF_INET;
	room->sin_addr.s_addr = addr;
	return (struct sockaddr *)room;
}

static void fill(struct entry *e, const struct undine_link *link)
{
	uint32_t mask = htonl(link->prefix ? 0xffffffffu << (32 - link->prefix) : 0);
	memcpy(e->name, link->name, sizeof e->name);
	e->is.ifa_name = e->name;
	e->is.ifa_flags = IFF_BROADCAST | IFF_MULTICAST | (strcmp(link->state, "down") ? IFF_UP : 0) |
			  (strcmp(link->state, "up") ? 0 : IFF_RUNNING);
	if (!link->addr)
		return;
	e->is.ifa_addr = name_of(&e->addr, link->addr);
	e->is.ifa_netmask = name_of(&e->mask, mask);
	e->is.ifa_broadaddr = name_of(&e->broadcast, link->addr | ~mask);
}

int getifaddrs(struct ifaddrs **list)
{
	struct undine_link link;
	struct ifaddrs **at = list;
	*list = NULL;
	for (unsigned i = 0; undine_info(UNDINE_INFO_LINK, i, &link, sizeof link) == 0; i++) {
		struct entry *e = calloc(1, sizeof *e);
		if (!e) {
			freeifaddrs(*list);
			return -1;
		}
		fill(e, &link);
		*at = &e->is;
		at = &e->is.ifa_next;
	}
	return 0;
}

void freeifaddrs(struct ifaddrs *list)
{
	while (list) {
		struct ifaddrs *next = list->ifa_next;
		free(list);			/* the first member of its entry */
		list = next;
	}
}

unsigned if_nametoindex(const char *name)
{
	struct undine_link link;
	for (unsigned i = 0; undine_info(UNDINE_INFO_LINK, i, &link, sizeof link) == 0; i++)
		if (!strcmp(link.name, name))
			return i + 1;
	errno = ENODEV;
	return 0;
}

char *if_indextoname(unsigned index, char *name)
{
	struct undine_link link;
	if (!index || undine_info(UNDINE_INFO_LINK, index - 1, &link, sizeof link) < 0) {
		errno = ENXIO;
		return NULL;
	}
	return strcpy(name, link.name);
}
