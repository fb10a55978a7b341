/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of hosts and services, addresses as text.  The loader's resolver answers for names. */
#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

#define ADDRS_MAX 8

int h_errno;

/* ---- addresses ---- */

const struct in6_addr in6addr_any = IN6ADDR_ANY_INIT, in6addr_loopback = IN6ADDR_LOOPBACK_INIT;

/* Dotted, of one to four numbers, as inet_aton() has always taken it: 1, or 0. */
static int parse(const char *text, int parts_min, in_addr_t *out)
{
	unsigned long part[4];
	int n = 0;
	for (;;) {
		char *end;
		if (!isdigit((unsigned char)*text) || n == 4)
			return 0;
		part[n++] = strtoul(text, &end, parts_min == 4 ? 10 : 0);
		text = end;
		if (*text != '.')
			break;
		text++;
	}
	if ((*text && !isspace((unsigned char)*text)) || n < parts_min)
		return 0;
	uint32_t addr = 0;
	for (int i = 0; i < n - 1; i++) {
		if (part[i] > 255)
			return 0;
		addr |= (uint32_t)part[i] << (24 - 8 * i);
	}
	if (n > 1 && part[n - 1] >> (8 * (5 - n)))
		return 0;
	*out = htonl(addr | (uint32_t)part[n - 1]);
	return 1;
}

int inet_aton(const char *text, struct in_addr *addr)
{
	return parse(text, 1, &addr->s_addr);
}

in_addr_t inet_addr(const char *text)
{
	in_addr_t addr;
	return parse(text, 1, &addr) ? addr : INADDR_NONE;
}

int inet_pton(int family, const char *text, void *addr)
{
	in_addr_t found;
	if (family != AF_INET) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	if (!parse(text, 4, &found))
		return 0;
	memcpy(addr, &found, sizeof found);
	return 1;
}

const char *inet_ntop(int family, const void *addr, char *text, socklen_t len)
{
	const unsigned char *b = addr;
	if (family != AF_INET) {
		errno = EAFNOSUPPORT;
		return NULL;
	}
	if (snprintf(text, len, "%d.%d.%d.%d", b[0], b[1], b[2], b[3]) >= (int)len) {
		errno = ENOSPC;
		return NULL;
	}
	return text;
}

char *inet_ntoa(struct in_addr addr)
{
	static char text[INET_ADDRSTRLEN];
	return (char *)inet_ntop(AF_INET, &addr, text, sizeof text);
}

/* ---- protocols and services ---- */

static struct protoent protocols[] = {
	{ "ip", NULL, IPPROTO_IP }, { "icmp", NULL, IPPROTO_ICMP }, { "tcp", NULL, IPPROTO_TCP },
	{ "udp", NULL, IPPROTO_UDP },
};

static struct protoent *protocol(const char *name, int number)
{
	static char *no_aliases[1];
	for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++)
		if (name ? !strcmp(protocols[i].p_name, name) : protocols[i].p_proto == number) {
			protocols[i].p_aliases = no_aliases;
			return &protocols[i];
		}
	return NULL;
}

struct protoent *getprotobyname(const char *name)
{
	return protocol(name, 0);
}

struct protoent *getprotobynumber(int number)
{
	return protocol(NULL, number);
}

static const struct {
	const char *name;
	unsigned short port;
} services[] = {
	{ "ftp", 21 }, { "ssh", 22 }, { "telnet", 23 }, { "smtp", 25 }, { "time", 37 }, { "domain", 53 },
	{ "tftp", 69 }, { "http", 80 }, { "ntp", 123 }, { "https", 443 }, { "syslog", 514 },
};

static int port_of(const char *name)
{
	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
		if (!strcmp(services[i].name, name))
			return services[i].port;
	return -1;
}

static struct servent *service(const char *name, int port, const char *protocol)
{
	static struct servent found;
	static char *no_aliases[1];
	found = (struct servent){ .s_name = (char *)name, .s_aliases = no_aliases, .s_port = htons((uint16_t)port),
				  .s_proto = (char *)(protocol ? protocol : "tcp") };
	return &found;
}

struct servent *getservbyname(const char *name, const char *protocol)
{
	int port = port_of(name);
	return port < 0 ? NULL : service(name, port, protocol);
}

struct servent *getservbyport(int port, const char *protocol)
{
	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
		if (services[i].port == ntohs((uint16_t)port))
			return service(services[i].name, services[i].port, protocol);
	return NULL;
}

/* 0 and the port, or EAI_... */
static int take_service(const char *service, int flags, uint16_t *port)
{
	char *end;
	unsigned long n;
	*port = 0;
	if (!service || !*service)
		return 0;
	n = strtoul(service, &end, 10);
	if (*end) {
		int known = flags & AI_NUMERICSERV ? -1 : port_of(service);
		if (known < 0)
			return flags & AI_NUMERICSERV ? EAI_NONAME : EAI_SERVICE;
		n = (unsigned long)known;
	}
	*port = (uint16_t)n;
	return n > 65535 ? EAI_SERVICE : 0;
}

/* ---- hosts ---- */

/* Their count, or EAI_... */
static int resolve(const char *node, int flags, in_addr_t *addrs)
{
	int n;
	if (!node) {
		addrs[0] = htonl(flags & AI_PASSIVE ? INADDR_ANY : INADDR_LOOPBACK);
		return 1;
	}
	if (parse(node, 4, addrs))
		return 1;
	if (flags & AI_NUMERICHOST)
		return EAI_NONAME;
	n = CALL3(UNDINE_RESOLVE, node, addrs, ADDRS_MAX);
	if (n > 0)
		return n;
	return errno == ENOENT || errno == EINVAL || errno == EAFNOSUPPORT ? EAI_NONAME :
	       errno == EIO ? EAI_FAIL : EAI_AGAIN;
}

struct entry {
	struct addrinfo info;
	struct sockaddr_in addr;
};

/* One for each address and kind of socket. */
static int list(const in_addr_t *addrs, int n, uint16_t port, const struct addrinfo *h, struct addrinfo **at)
{
	for (int i = 0; i < n; i++)
		for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
			struct entry *e;
			if (h->ai_socktype && h->ai_socktype != type)
				continue;
			e = calloc(1, sizeof *e);
			if (!e)
				return EAI_MEMORY;
			e->addr = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
							.sin_addr = { addrs[i] } };
			e->info = (struct addrinfo){
				.ai_family = AF_INET, .ai_socktype = type,
				.ai_protocol = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP,
				.ai_addrlen = sizeof e->addr, .ai_addr = (struct sockaddr *)&e->addr,
			};
			*at = &e->info;
			at = &e->info.ai_next;
		}
	return 0;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	static const struct addrinfo none;
	const struct addrinfo *h = hints ? hints : &none;
	in_addr_t addrs[ADDRS_MAX];
	uint16_t port;
	int n, err;
	*out = NULL;
	if (!node && !service)
		return EAI_NONAME;
	if (h->ai_family != AF_UNSPEC && h->ai_family != AF_INET)
		return EAI_FAMILY;
	if (h->ai_socktype && h->ai_socktype != SOCK_STREAM && h->ai_socktype != SOCK_DGRAM)
		return EAI_SOCKTYPE;
	err = take_service(service, h->ai_flags, &port);
	if (err)
		return err;
	n = resolve(node, h->ai_flags, addrs);
	if (n < 0)
		return n;
	err = list(addrs, n, port, h, out);
	if (!err && (h->ai_flags & AI_CANONNAME) && node)
		(*out)->ai_canonname = strdup(node);
	if (err) {
		freeaddrinfo(*out);
		*out = NULL;
	}
	return err;
}

void freeaddrinfo(struct addrinfo *at)
{
	while (at) {
		struct addrinfo *next = at->ai_next;
		free(at->ai_canonname);
		free(at);
		at = next;
	}
}

const char *gai_strerror(int err)
{
	switch (err) {
	case 0: return "Success";
	case EAI_NONAME: return "Name or service not known";
	case EAI_AGAIN: return "Temporary failure in name resolution";
	case EAI_FAIL: return "Non-recoverable failure in name resolution";
	case EAI_FAMILY: return "Address family not supported";
	case EAI_SOCKTYPE: return "Socket type not supported";
	case EAI_SERVICE: return "Service not known";
	case EAI_MEMORY: return "Out of memory";
	case EAI_OVERFLOW: return "Buffer too small";
	}
	return "Unknown error";
}

static int fits(char *to, socklen_t room, const char *text)
{
	return !to || !room || snprintf(to, room, "%s", text) < (int)room;
}

int getnameinfo(const struct sockaddr *addr, socklen_t len, char *host, socklen_t host_len, char *service,
		socklen_t service_len, int flags)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;
	char port[6];
	if (len < sizeof *in || in->sin_family != AF_INET)
		return EAI_FAMILY;
	if (host && host_len && (flags & NI_NAMEREQD))
		return EAI_NONAME;
	const struct servent *known = flags & NI_NUMERICSERV ? NULL :
				      getservbyport(in->sin_port, flags & NI_DGRAM ? "udp" : "tcp");
	snprintf(port, sizeof port, "%u", ntohs(in->sin_port));
	if (!fits(host, host_len, inet_ntoa(in->sin_addr)) ||
	    !fits(service, service_len, known ? known->s_name : port))
		return EAI_OVERFLOW;
	return 0;
}

struct hostent *gethostbyname(const char *name)
{
	static in_addr_t addrs[ADDRS_MAX];
	static char *places[ADDRS_MAX + 1], *no_aliases[1], whole[256];
	static struct hostent found;
	int n = resolve(name, 0, addrs);
	if (n < 0) {
		h_errno = n == EAI_NONAME ? HOST_NOT_FOUND : n == EAI_FAIL ? NO_RECOVERY : TRY_AGAIN;
		return NULL;
	}
	for (int i = 0; i < n; i++)
		places[i] = (char *)&addrs[i];
	places[n] = NULL;
	snprintf(whole, sizeof whole, "%s", name);
	found = (struct hostent){ whole, no_aliases, AF_INET, 4, places };
	return &found;
}

struct hostent *gethostbyname2(const char *name, int family)
{
	if (family == AF_INET)
		return gethostbyname(name);
	h_errno = NO_DATA;
	return NULL;
}

/* The loader's resolver has no names of addresses. */
struct hostent *gethostbyaddr(const void *addr, socklen_t len, int family)
{
	(void)addr;
	(void)len;
	(void)family;
	h_errno = HOST_NOT_FOUND;
	return NULL;
}

/* It is the loader's, and ready. */
int res_init(void)
{
	return 0;
}

const char *hstrerror(int err)
{
	return err == HOST_NOT_FOUND ? "Unknown host" : err == TRY_AGAIN ? "Host name lookup failure" :
	       err ? "Unknown server error" : "Resolver error 0";
}

void herror(const char *text)
{
	fprintf(stderr, "%s%s%s\n", text && *text ? text : "", text && *text ? ": " : "", hstrerror(h_errno));
}
