/* SPDX-License-Identifier: BSD-2-Clause */
/* Each function of undine.h but reboot: api SERVER says what does not do as the header says; status 0: all do. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <undine.h>
#include <unistd.h>

static int wrong;

#define IS(what) is(what, #what)

static void is(int it, const char *what)
{
	if (!it)
		printf("api: not so: %s\n", what);
	wrong += !it;
}

static void settings(const char *server)
{
	char text[32];
	struct in_addr from;
	IS(undine_set("api.word", "one two") == 0);
	IS(undine_setting("api.word", text, sizeof text) == 7 && !strcmp(text, "one two"));
	IS(undine_setting("api.word", text, 4) == 7 && !strcmp(text, "one"));
	IS(undine_set("api.word", "") == 0 && undine_setting("api.word", text, sizeof text) == -1 && errno == ENOENT);
	IS(undine_dhcp_option(54, &from, sizeof from) == 4 && from.s_addr == inet_addr(server));
	IS(undine_dhcp_option(250, text, sizeof text) == -1);
}

static void images(void)
{
	struct undine_image image = { 0 };
	char text[8];
	unsigned i = 0;
	IS(undine_image_make("made", "0123456789", 10) == 0);
	IS(undine_image_read("made", 6, text, sizeof text) == 4 && !memcmp(text, "6789", 4));
	IS(undine_image_read("made", 10, text, sizeof text) == 0 && undine_image_read("none", 0, text, 1) == -1);
	while (undine_image_info(i, &image) == 0 && strcmp(image.name, "made"))
		i++;
	IS(!strcmp(image.name, "made") && image.len == 10);
	IS(undine_image_info(1000, &image) == -1);
	IS(undine_run("md5sum made") == 0);
}

static void console(void)
{
	static const char *const items[] = { "First", "Second", "Third" };
	static const uint16_t key = 'k';
	static char text[4096], below[4096];
	uint64_t at = 0;
	int n, seen = 0;
	IS(undine_key(0) == -1);
	IS(undine_type(&key, 1) == 1 && undine_key(5000) == 'k');
	IS(undine_progress("api: this stands below") == 0 && undine_below(below, sizeof below) > 0);
	IS(strstr(below, "api: this stands below") != NULL);
	undine_progress("");
	IS(undine_menu("Which?", items, 3, 1, 200) == 1);
	printf("api: said for the log\n");
	while ((n = undine_log(&at, text, sizeof text - 1)) > 0) {
		text[n] = '\0';
		seen |= strstr(text, "api: said for the log") != NULL;
	}
	IS(seen && n == 0);
	IS(undine_type_line("a line") == 0 && fgets(text, sizeof text, stdin) && !strcmp(text, "a line\n"));
}

static void others(void)
{
	struct undine_link link;
	uint8_t one[32], two[32];
	IS(undine_run("echo the module says so") == 0);
	IS(undine_run("isset ${nothing.at.all}") != 0 && undine_run("no-such-command") < 0);
	/* pxelinux's own lines are commands, too */
	IS(undine_run("linux.c32 http://www.lab.test/none") == -ENOENT);
	IS(undine_info(UNDINE_INFO_LINK, 0, &link, sizeof link) == 0);
	IS(!strcmp(link.name, "net0") && link.prefix == 24);
	uint32_t own = link.addr;
	IS(undine_info(UNDINE_INFO_LINK, 99, &link, sizeof link) == -1);
	struct ifaddrs *list = NULL;
	char name[IF_NAMESIZE];
	IS(getifaddrs(&list) == 0 && !strcmp(list->ifa_name, "net0") && (list->ifa_flags & IFF_UP) && !list->ifa_next);
	IS(((struct sockaddr_in *)list->ifa_addr)->sin_addr.s_addr == own);
	IS(((struct sockaddr_in *)list->ifa_netmask)->sin_addr.s_addr == inet_addr("255.255.255.0"));
	freeifaddrs(list);
	IS(if_nametoindex("net0") == 1 && if_indextoname(1, name) && !strcmp(name, "net0") && !if_nametoindex("none"));
	IS(undine_random(one, sizeof one) == 0 && undine_random(two, sizeof two) == 0 && memcmp(one, two, sizeof one));
	IS(undine_boot_disk(7, 0) != 0);
}

static volatile sig_atomic_t rung;

static void ring(int sig)
{
	rung += sig == SIGALRM;
}

/* alarm() ends a sleep, a wait in poll(), and not what is over before. */
static void alarms(void)
{
	time_t from = time(NULL);
	signal(SIGALRM, ring);
	IS(alarm(1) == 0 && sleep(20) > 15 && rung == 1);
	signal(SIGALRM, ring);
	IS(alarm(1) == 0 && poll(NULL, 0, 20000) == -1 && errno == EINTR && rung == 2);
	IS(alarm(20) == 0 && poll(NULL, 0, 10) == 0 && alarm(0) > 15 && rung == 2);
	IS(time(NULL) - from < 15);
}

/* A file is what a URL names; none can be written. */
static void files(void)
{
	char text[64] = "";
	FILE *f = fopen("http://www.lab.test/page", "r");
	IS(f && fgets(text, sizeof text, f) && !strcmp(text, "the page's text\n") && !fgets(text, sizeof text, f));
	IS(f && fseek(f, 4, SEEK_SET) == 0 && fscanf(f, "%7s", text) == 1 && !strcmp(text, "page's") && !fclose(f));
	IS(!fopen("http://www.lab.test/none", "r") && errno == ENOENT);
	f = fopen("http://www.lab.test/large", "r");
	IS(f && fseek(f, -7, SEEK_END) == 0 && fread(text, 1, 8, f) == 7 && !memcmp(text, "the end", 7) && !fclose(f));
	IS(!fopen("http://www.lab.test/page", "w") && errno == EROFS);
	struct stat s = { 0 };
	IS(stat("http://www.lab.test/page", &s) == 0 && s.st_size == 16 && S_ISREG(s.st_mode));
	IS(access("http://www.lab.test/none", R_OK) == -1 && errno == ENOENT);
	f = fopen("http://www.lab.test/page", "r");
	IS(f && dup(fileno(f)) == -1 && errno == EOPNOTSUPP && isatty(1) && !isatty(fileno(f)) && !fclose(f));
	IS(snprintf(text, sizeof text, "%.3f %g", 2.0 / 3, 1e-9) == 11 && !strcmp(text, "0.667 1e-09"));
}

/* What there is none of is refused by the right number, whose text says what it is. */
static void refusals(void)
{
	static const int errors[] = {
		EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN, EALREADY, EBADF, ECONNABORTED, ECONNREFUSED,
		ECONNRESET, EDESTADDRREQ, EHOSTUNREACH, EINPROGRESS, EINTR, EINVAL, EISCONN, EMFILE, EMSGSIZE, ENETDOWN,
		ENETUNREACH, ENOBUFS, ENOPROTOOPT, ENOTCONN, EOPNOTSUPP, EPIPE, EPROTONOSUPPORT, EPROTOTYPE, ETIMEDOUT,
	};
	struct sockaddr_in self = { .sin_family = AF_INET, .sin_port = htons(7),
				    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
	struct addrinfo hints = { .ai_family = AF_INET6 }, *list;
	struct in6_addr any;
	int u = socket(AF_INET, SOCK_DGRAM, 0), t = socket(AF_INET, SOCK_STREAM, 0), on = 1, pair[2];
	IS(socket(AF_INET6, SOCK_STREAM, 0) == -1 && errno == EAFNOSUPPORT);
	IS(socket(AF_UNIX, SOCK_STREAM, 0) == -1 && errno == EAFNOSUPPORT);
	IS(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) == -1 && errno == EPROTOTYPE);
	IS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 && errno == EOPNOTSUPP);
	IS(connect(u, (struct sockaddr *)&six, sizeof six) == -1 && errno == EAFNOSUPPORT);
	IS(inet_pton(AF_INET6, "::1", &any) == -1 && errno == EAFNOSUPPORT);
	IS(getaddrinfo("::1", "http", &hints, &list) == EAI_FAMILY && IN6_IS_ADDR_LOOPBACK(&six.sin6_addr));
	IS(bind(u, (struct sockaddr *)&self, sizeof self) == -1 && errno == EADDRNOTAVAIL);
	IS(connect(t, (struct sockaddr *)&self, sizeof self) == -1 && errno == ENETUNREACH);
	IS(sendto(u, "", 1, 0, (struct sockaddr *)&self, sizeof self) == -1 && errno == ENETUNREACH);
	IS(setsockopt(u, IPPROTO_IP, IP_MULTICAST_LOOP, &on, sizeof on) == -1 && errno == EOPNOTSUPP);
	IS(setsockopt(u, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == -1 && errno == ENOPROTOOPT);
	IS(send(t, "", 1, MSG_OOB) == -1 && errno == EOPNOTSUPP);
	close(t);
	closesocket(u);
	IS(!strcmp(strerror(EAGAIN), "Resource temporarily unavailable"));
	for (unsigned i = 0; i < sizeof errors / sizeof errors[0]; i++)
		IS(strerror(errors[i])[0] && strcmp(strerror(errors[i]), strerror(9999)));
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	refusals();
	alarms();
	files();
	settings(argv[1]);
	images();
	console();
	others();
	IS(undine_chain("http://www.lab.test/next.ipxe") == 0);
	printf("api: %d wrong\n", wrong);
	return wrong != 0;
}
