/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets as ordinary programs use them: the same lines from a module as on the host.  sockets SERVER PORT: a DNS
 * server, and at that port of TCP somebody who takes connections and never reads.
 */
#define _GNU_SOURCE		/* for ppoll() */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define QUESTION "\022\064\1\0\0\1\0\0\0\0\0\0\3two\3lab\4test\0\0\1\0\1"

static struct sockaddr_in server = { .sin_family = AF_INET };

static int number_of(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof value;
	return getsockopt(fd, level, name, &value, &len) < 0 ? -errno : value;
}

static int set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof value);
}

static void options(void)
{
	int t = socket(AF_INET, SOCK_STREAM, 0), u = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	unsigned char hops = 3, loop = 0;
	struct in_addr any = { INADDR_ANY };
	printf("options %d %d %d", set(t, SOL_SOCKET, SO_REUSEADDR, 1), set(u, SOL_SOCKET, SO_REUSEPORT, 1),
	       set(t, SOL_SOCKET, SO_KEEPALIVE, 1));
	printf(" %d %d %d", set(t, IPPROTO_TCP, TCP_KEEPIDLE, 20), set(t, IPPROTO_TCP, TCP_KEEPINTVL, 5),
	       set(t, IPPROTO_TCP, TCP_KEEPCNT, 4));
	printf(" %d %d %d", number_of(t, IPPROTO_TCP, TCP_KEEPIDLE), number_of(t, IPPROTO_TCP, TCP_KEEPINTVL),
	       number_of(t, IPPROTO_TCP, TCP_KEEPCNT));
	printf(" %d", set(t, IPPROTO_IP, IP_TOS, 0x10));
	printf(" %d", number_of(t, IPPROTO_IP, IP_TOS));
	printf(" %d", number_of(u, IPPROTO_IP, IP_MULTICAST_TTL));
	printf(" %d", setsockopt(u, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops));
	printf(" %d", number_of(u, IPPROTO_IP, IP_MULTICAST_TTL));
	printf(" %d", setsockopt(u, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof loop));
	printf(" %d", number_of(u, IPPROTO_IP, IP_MULTICAST_LOOP));
	printf(" %d", setsockopt(u, IPPROTO_IP, IP_MULTICAST_IF, &any, sizeof any));
	printf(" %d\n", (fcntl(u, F_GETFL) & O_NONBLOCK) != 0);
	close(t);
	close(u);
}

/* A question in two pieces, its answer in three, then once more in too little room. */
static void pieces(void)
{
	char head[2], more[4], rest[500], name[INET_ADDRSTRLEN];
	char question[] = QUESTION;
	struct iovec out[2] = { { question, 1 }, { question + 1, sizeof QUESTION - 2 } };
	struct iovec in[3] = { { head, sizeof head }, { more, sizeof more }, { rest, sizeof rest } };
	struct sockaddr_in from = { 0 }, me = { 0 };
	struct msghdr m = { .msg_name = &server, .msg_namelen = sizeof server, .msg_iov = out, .msg_iovlen = 2 };
	struct pollfd p = { .events = POLLRDNORM | POLLWRNORM };
	struct timespec soon = { 5, 0 };
	struct ip_mreq group;
	socklen_t len = sizeof me;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), other, waiting;
	ssize_t n;
	printf("pieces %d", sendmsg(fd, &m, 0) == sizeof QUESTION - 1);
	m = (struct msghdr){ .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = in, .msg_iovlen = 3 };
	n = recvmsg(fd, &m, 0);
	printf(" %d %d %d %d", n > 40, head[0] == 022 && head[1] == 064, more[3], m.msg_flags);
	printf(" %s %d", inet_ntop(AF_INET, &from.sin_addr, name, sizeof name), ntohs(from.sin_port));
	printf(" %d", connect(fd, (struct sockaddr *)&server, sizeof server));
	printf(" %d", getsockname(fd, (struct sockaddr *)&me, &len));
	printf(" %d %d", me.sin_addr.s_addr != 0, me.sin_port != 0);
	group.imr_interface = me.sin_addr;
	group.imr_multiaddr.s_addr = inet_addr("239.1.2.3");
	printf(" %d", setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
	printf(" %d", setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof group));
	printf(" %d", writev(fd, out, 2) == sizeof QUESTION - 1);
	p.fd = fd;
	printf(" %d", poll(&p, 1, 0));
	printf(" %d", (p.revents & POLLWRNORM) != 0);
	p.events = POLLRDNORM;
	printf(" %d", ppoll(&p, 1, &soon, NULL));
	printf(" %d", p.revents == POLLRDNORM);
	printf(" %d", recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC) == n);
	printf(" %d", ioctl(fd, FIONREAD, &waiting));
	printf(" %d", waiting == n);
	m = (struct msghdr){ .msg_iov = in, .msg_iovlen = 2 };
	printf(" %d", (int)recvmsg(fd, &m, 0));
	printf(" %d\n", m.msg_flags == MSG_TRUNC);
	/* by another number it is the same socket, and lives as long as one of them */
	other = dup(fd);
	close(fd);
	printf("dup %d", write(other, QUESTION, sizeof QUESTION - 1) == sizeof QUESTION - 1);
	printf(" %d", readv(other, in, 3) == n);
	close(other);
	printf(" %d", (int)write(other, "", 1));
	printf(" %d\n", errno == EBADF);
}

static volatile sig_atomic_t rung;

static void ring(int sig)
{
	rung += sig == SIGALRM;
}

/* What does not go out, and what does not come, is interrupted, if the handler is to. */
static void interrupted(void)
{
	static char much[1 << 16];
	struct sigaction act = { .sa_handler = ring };
	struct itimerval soon = { .it_value = { 0, 300000 } };
	struct timeval wait = { 5, 0 };
	fd_set set;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	ssize_t n;
	sigemptyset(&act.sa_mask);
	sigaction(SIGALRM, &act, NULL);
	printf("interrupted %d", connect(fd, (struct sockaddr *)&server, sizeof server));
	setitimer(ITIMER_REAL, &soon, NULL);
	printf(" %d", (int)read(fd, much, 1));
	printf(" %d %d", errno == EINTR, rung);
	alarm(2);
	while ((n = send(fd, much, sizeof much, 0)) == sizeof much)
		;
	printf(" %d %d", n >= 0 || errno == EINTR, rung);
	FD_ZERO(&set);
	FD_SET(fd, &set);
	setitimer(ITIMER_REAL, &soon, NULL);
	printf(" %d", select(fd + 1, &set, NULL, NULL, &wait));
	printf(" %d %d", errno == EINTR, rung);
	printf("\n");
	close(fd);
}

static int asked;

static void ask(int sig)
{
	(void)sig;
	send(asked, QUESTION, sizeof QUESTION - 1, 0);
}

/* By signal() a call goes on: its handler asks for what this waits for. */
static void goes_on(void)
{
	struct itimerval soon = { .it_value = { 0, 300000 } };
	char answer[500];
	asked = socket(AF_INET, SOCK_DGRAM, 0);
	connect(asked, (struct sockaddr *)&server, sizeof server);
	signal(SIGALRM, ask);
	setitimer(ITIMER_REAL, &soon, NULL);
	printf("goes on %d\n", recv(asked, answer, sizeof answer, 0) > 40);
	close(asked);
}

/* All that is waited for does not come; a timeout ends a call though an alarm is to come later. */
static void not_all(void)
{
	static const unsigned char len[2] = { 0, sizeof QUESTION - 1 };
	struct itimerval soon = { .it_value = { 0, 300000 } };
	struct timeval wait = { 0, 100000 };
	struct sigaction act = { .sa_handler = ring };
	char answer[500];
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	ssize_t n;
	sigemptyset(&act.sa_mask);
	sigaction(SIGALRM, &act, NULL);
	printf("not all %d", connect(fd, (struct sockaddr *)&server, sizeof server));
	printf(" %d", send(fd, len, sizeof len, MSG_MORE) == sizeof len);
	printf(" %d", send(fd, QUESTION, sizeof QUESTION - 1, 0) == sizeof QUESTION - 1);
	setitimer(ITIMER_REAL, &soon, NULL);
	n = recv(fd, answer, sizeof answer, MSG_WAITALL);
	printf(" %d %d", n > 40 && n < 500, rung);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	alarm(20);
	printf(" %d", (int)recv(fd, answer, sizeof answer, 0));
	printf(" %d %d\n", errno == EAGAIN, rung);
	alarm(0);
	close(fd);
	rung = 0;
}

static void names(void)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST }, *list;
	char host[NI_MAXHOST], service[NI_MAXSERV];
	struct protoent *udp = getprotobyname("udp");
	printf("names %d", getaddrinfo("10.1.2.3", "http", &hints, &list));
	printf(" %d", getnameinfo(list->ai_addr, list->ai_addrlen, host, sizeof host, service, sizeof service,
				  NI_NUMERICHOST));
	printf(" %s %s", host, service);
	printf(" %d", getnameinfo(list->ai_addr, list->ai_addrlen, NULL, 0, service, sizeof service, NI_NUMERICSERV));
	printf(" %s %d\n", service, udp ? udp->p_proto : -1);
	freeaddrinfo(list);
}

int main(int argc, char **argv)
{
	if (argc < 3 || !inet_aton(argv[1], &server.sin_addr))
		return 2;
	server.sin_port = htons(53);
	options();
	pieces();
	goes_on();
	not_all();
	server.sin_port = htons((uint16_t)atoi(argv[2]));
	interrupted();
	names();
	return 0;
}
