/* SPDX-License-Identifier: BSD-2-Clause */
/* Proxies: see proxy.h.  Called by http_source.c; told by http_settings.c. */
#include "services/http/proxy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"
#include "services/fetch/url.h"

#define PROXY_PORT 3128u
#define PARTED_BY " ,\t\r\n"

static bool any;
static struct url proxy;
static char exceptions[PROXY_EXCEPT_MAX];

/* "host" or "host:port" after the user. */
static bool has_port(const char *text)
{
	const char *authority = strstr(text, "://");
	size_t at, end;

	authority = authority ? authority + 3 : text;
	end = strcspn(authority, "/?#");
	for (at = end; at && authority[at - 1] != '@' && authority[at - 1] != ':'; at--)
		;
	return at && authority[at - 1] == ':' && at < end;
}

static int read_proxy(const char *text, struct url *u)
{
	char *whole;
	int err;

	if (strlen(text) >= URL_TEXT_MAX)
		return -ENAMETOOLONG;
	if (!strstr(text, "://") && strchr(text, '@'))
		return -EINVAL;		/* logs would not know that a password is in it (kernel/secret.h) */
	whole = malloc(strlen(text) + sizeof("http://"));
	if (!whole)
		return -ENOMEM;
	sprintf(whole, "%s%s", strstr(text, "://") ? "" : "http://", text);
	err = url_parse(u, whole);
	free(whole);
	if (err == 0 && strcmp(u->scheme, "http"))
		err = -EPROTONOSUPPORT;
	if (err == 0 && !has_port(text))
		u->port = PROXY_PORT;
	return err;
}

/* "10.0.0.0/8", or one address. */
static bool network(const char *e, size_t len, struct net_prefix *net)
{
	char text[sizeof("255.255.255.255/32")];

	if (len >= sizeof(text))
		return false;
	memcpy(text, e, len);
	text[len] = '\0';
	return net_prefix_parse(text, net) == 0;
}

/* The exceptions with a '/' are networks. */
static bool are_exceptions(const char *e)
{
	struct net_prefix net;

	for (; e += strspn(e, PARTED_BY), *e; e += strcspn(e, PARTED_BY)) {
		size_t len = strcspn(e, PARTED_BY ":");
		if (memchr(e, '/', len) && !network(e, len, &net))
			return false;
	}
	return true;
}

int proxy_set(const char *text, const char *except)
{
	static struct url u;		/* of its last one, as proxy is: no byte of it is undefined */
	int err = *text ? read_proxy(text, &u) : 0;
	bool same;

	if (err < 0)
		return err;
	if (strlen(except) >= sizeof(exceptions))
		return -E2BIG;
	if (!are_exceptions(except))
		return -EDOM;
	same = any ? *text && !memcmp(&proxy, &u, sizeof(u)) && !strcmp(exceptions, except) : !*text;
	any = *text;
	memcpy(&proxy, &u, sizeof(u));
	strcpy(exceptions, except);
	return !same;
}

static bool same_letters(const char *a, const char *b, size_t len)
{
	for (; len; len--, a++, b++)
		if (*a != (*b >= 'A' && *b <= 'Z' ? *b + 32 : *b))
			return false;
	return true;
}

/* The host is that one, or is of that domain. */
static bool is_of(const char *host, const char *domain, size_t len)
{
	size_t host_len = strlen(host);

	if (len && *domain == '.') {
		domain++;
		len--;
	}
	if (!len || len > host_len || !same_letters(host + host_len - len, domain, len))
		return false;
	return len == host_len || host[host_len - len - 1] == '.';
}

/* One exception, each with ":port" or without. */
static bool excepts(const char *e, size_t len, const struct url *u)
{
	const char *colon = memchr(e, ':', len);
	char port[8];
	struct net_prefix net;
	struct net_addr host;

	if (colon) {
		snprintf(port, sizeof(port), ":%u", u->port);
		if (strlen(port) != len - (size_t)(colon - e) || memcmp(colon, port, strlen(port)))
			return false;
		len = (size_t)(colon - e);
	}
	if (len == 1 && *e == '*')
		return true;
	if (net_addr_parse(u->host, &host) < 0)
		return is_of(u->host, e, len);
	return network(e, len, &net) && net_prefix_has(&net, &host);
}

bool proxy_for(const struct url *u, struct url *out)
{
	if (!any)
		return false;
	for (const char *e = exceptions; e += strspn(e, PARTED_BY), *e; e += strcspn(e, PARTED_BY))
		if (excepts(e, strcspn(e, PARTED_BY), u))
			return false;
	*out = proxy;
	return true;
}
