/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules' sockets: sdk/bsd's, behind handles; what pointers name is copied in and out.  See calls.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "sdk/include/undine_abi.h"
#include "services/dns/dns_service.h"
#include "services/modules/calls.h"
#include "services/stack/stack.h"

#define NAME_MAX 256
#define OPTION_MAX 16u
#define POLL_MAX 64u
#define ADDRS_MAX 8u
#define DATAGRAM_MAX 65536u
#define LOOKUP_US 30000000u
#define RCVBUF_MAX 262144
#define CONSOLE_SLICE_US 50000u
#define RESERVE 16u		/* sockets that modules together leave to the loader itself */

static struct module_handle *socket_of(struct module *m, uint32_t fd)
{
	return module_handle(m, fd, HANDLE_SOCKET);
}

static bool has_all(const struct module *m)
{
	const struct module *other;
	unsigned all = 0;
	for (unsigned i = 0; (other = module_get(i)); i++)
		all += module_sockets(other);
	return module_sockets(m) >= m->limits.sockets || all >= NET_SOCKS - RESERVE;
}

/* A socket's handle for the new socket s; or its error. */
static int give_handle(struct module *m, int s)
{
	int fd = s < 0 ? s : has_all(m) ? -EMFILE : module_handle_new(m, HANDLE_SOCKET);
	if (fd >= 0)
		m->handle[fd].sock = s;
	else if (s >= 0)
		bsd_close(&m->bsd, s);
	return fd;
}

static int call_socket(struct module *m, const struct call_args *c)
{
	if (has_all(m))
		return -EMFILE;
	return give_handle(m, bsd_socket(&m->bsd, (int)c->a, (int)c->b, (int)c->c));
}

/* An address that comes: 0 and *a, of *len bytes, or -E. */
static int take_address(struct module *m, uint32_t from, uint32_t len, struct sockaddr_in *a)
{
	memset(a, 0, sizeof(*a));
	if (len < sizeof(a->sin_family))
		return -EINVAL;
	return space_read(&m->space, a, from, len < sizeof(*a) ? len : sizeof(*a));
}

/* Where an address is to go: how long it may be. */
static int take_room(struct module *m, uint32_t place, uint32_t len_place, socklen_t *len)
{
	*len = 0;
	if (!place)
		return 0;
	int err = space_read(&m->space, len, len_place, sizeof(*len));
	if (err == 0 && (!space_holds(&m->space, len_place, sizeof(*len), true) ||
			 !space_holds(&m->space, place, *len < sizeof(struct sockaddr_in) ? *len :
				      sizeof(struct sockaddr_in), true)))
		err = -EFAULT;
	return err;
}

static void give_address(struct module *m, uint32_t place, uint32_t len_place, const struct sockaddr_in *a,
			 socklen_t room, socklen_t len)
{
	if (!place)
		return;
	(void)space_write(&m->space, place, a, room < sizeof(*a) ? room : sizeof(*a));
	(void)space_write(&m->space, len_place, &len, sizeof(len));
}

static int call_bind(struct module *m, const struct call_args *c)
{
	struct module_handle *h = socket_of(m, c->a);
	struct sockaddr_in a;
	int err = h ? take_address(m, c->b, c->c, &a) : -EBADF;
	return err < 0 ? err : bsd_bind(&m->bsd, h->sock, &a, c->c);
}

static int call_listen(struct module *m, const struct call_args *c)
{
	struct module_handle *h = socket_of(m, c->a);
	int backlog = (int)c->b < 1 ? 1 : (int)c->b > 16 ? 16 : (int)c->b;
	return h ? bsd_listen(&m->bsd, h->sock, backlog) : -EBADF;
}

static int call_accept(struct module *m, const struct call_args *c)
{
	struct module_handle *h = socket_of(m, c->a);
	struct sockaddr_in a = { 0 };
	socklen_t room, len = sizeof(a);
	if (!h)
		return -EBADF;
	if (has_all(m))
		return -EMFILE;
	int err = take_room(m, c->b, c->c, &room);
	if (err < 0)
		return err;
	int fd = give_handle(m, bsd_accept(&m->bsd, h->sock, &a, &len));
	if (fd >= 0)
		give_address(m, c->b, c->c, &a, room, len);
	return fd;
}

static int call_connect(struct module *m, const struct call_args *c)
{
	struct module_handle *h = socket_of(m, c->a);
	struct sockaddr_in a;
	int err = h ? take_address(m, c->b, c->c, &a) : -EBADF;
	return err < 0 ? err : bsd_connect(&m->bsd, h->sock, &a, c->c);
}

static bool is_stream(const struct module *m, const struct module_handle *h)
{
	return sock_get(m->bsd.net, h->sock, SOCK_OPT_TYPE) == SOCK_STREAM;
}

/* A stream's bytes go piece by piece, as they lie. */
static int send_stream(struct module *m, struct module_handle *h, uint32_t from, size_t len, int flags)
{
	size_t done = 0, piece;
	do {
		const void *p = space_piece(&m->space, from + (uint32_t)done, &piece, false);
		if (piece > len - done)
			piece = len - done;
		int n = bsd_send(&m->bsd, h->sock, len ? p : "", len ? piece : 0, flags);
		if (n < 0)
			return done ? (int)done : n;
		done += (size_t)n;
		if ((size_t)n < piece)
			break;
	} while (done < len);
	return (int)done;
}

static int call_sendto(struct module *m, const struct call_args *c)
{
	struct module_handle *h = socket_of(m, c->a);
	struct sockaddr_in a;
	if (!h)
		return -EBADF;
	if (c->c > INT32_MAX || !space_holds(&m->space, c->b, c->c, false))
		return -EFAULT;
	int err = c->e ? take_address(m, c->e, c->f, &a) : 0;
	if (err < 0)
		return err;
	if (is_stream(m, h) && !c->e)
		return send_stream(m, h, c->b, c->c, (int)c->d);
	if (c->c > DATAGRAM_MAX)
		return -EMSGSIZE;
	void *copy = malloc(c->c + 1);
	if (!copy)
		return -ENOBUFS;
	(void)space_read(&m->space, copy, c->b, c->c);
	err = bsd_sendto(&m->bsd, h->sock, copy, c->c, (int)c->d, c->e ? &a : NULL, c->e ? c->f : 0);
	free(copy);
	return err;
}

/* At least one byte, as POSIX has it, and what else has come, as it lies. */
static int receive_stream(struct module *m, struct module_handle *h, uint32_t to, size_t len, int flags)
{
	size_t done = 0, piece;
	int n;
	do {
		void *p = space_piece(&m->space, to + (uint32_t)done, &piece, true);
		if (piece > len - done)
			piece = len - done;
		n = bsd_recv(&m->bsd, h->sock, len ? p : NULL, len ? piece : 0,
			     done && !(flags & MSG_WAITALL) ? flags | MSG_DONTWAIT : flags);
		if (n < 0)
			return done ? (int)done : n;
		done += (size_t)n;
	} while ((size_t)n == piece && done < len && !(flags & MSG_PEEK));
	return (int)done;
}

static int call_recvfrom(struct module *m, const struct call_args *c)
{
	struct module_handle *h = socket_of(m, c->a);
	struct sockaddr_in a = { 0 };
	socklen_t room, len = sizeof(a);
	if (!h)
		return -EBADF;
	size_t want = c->c > INT32_MAX ? INT32_MAX : c->c;
	if (!space_holds(&m->space, c->b, want, true))
		return -EFAULT;
	int err = take_room(m, c->e, c->f, &room), n;
	if (err < 0)
		return err;
	if (is_stream(m, h)) {
		n = receive_stream(m, h, c->b, want, (int)c->d);
		if (n >= 0 && c->e)
			(void)bsd_getpeername(&m->bsd, h->sock, &a, &len);
	} else {
		void *copy = malloc(DATAGRAM_MAX);
		if (!copy)
			return -ENOBUFS;
		if (want > DATAGRAM_MAX)
			want = DATAGRAM_MAX;
		n = bsd_recvfrom(&m->bsd, h->sock, copy, want, (int)c->d, &a, &len);
		if (n > 0)
			(void)space_write(&m->space, c->b, copy, (size_t)n);
		free(copy);
	}
	if (n >= 0)
		give_address(m, c->e, c->f, &a, room, len);
	return n;
}

static int call_shutdown(struct module *m, const struct call_args *c)
{
	struct module_handle *h = socket_of(m, c->a);
	return h ? bsd_shutdown(&m->bsd, h->sock, (int)c->b) : -EBADF;
}

static int name_of(struct module *m, const struct call_args *c,
		   int (*ask)(struct bsd *b, int s, struct sockaddr_in *a, socklen_t *len))
{
	struct module_handle *h = socket_of(m, c->a);
	struct sockaddr_in a = { 0 };
	socklen_t room, len = sizeof(a);
	if (!h)
		return -EBADF;
	if (!c->b)
		return -EFAULT;
	int err = take_room(m, c->b, c->c, &room);
	if (err == 0)
		err = ask(&m->bsd, h->sock, &a, &len);
	if (err == 0)
		give_address(m, c->b, c->c, &a, room, len);
	return err;
}

static int call_getsockname(struct module *m, const struct call_args *c)
{
	return name_of(m, c, bsd_getsockname);
}

static int call_getpeername(struct module *m, const struct call_args *c)
{
	return name_of(m, c, bsd_getpeername);
}

/* What a socket may hold back for its module is the loader's memory. */
static void bound(uint32_t level, uint32_t name, int *value)
{
	if (level == SOL_SOCKET && name == SO_RCVBUF && *value > RCVBUF_MAX)
		*value = RCVBUF_MAX;
}

static int call_setsockopt(struct module *m, const struct call_args *c)
{
	struct module_handle *h = socket_of(m, c->a);
	union {
		uint8_t bytes[OPTION_MAX];
		uint64_t aligned;
		int number;
	} value = { { 0 } };
	socklen_t len = c->e < OPTION_MAX ? c->e : OPTION_MAX;
	int err = h ? space_read(&m->space, &value, c->d, len) : -EBADF;
	bound(c->b, c->c, &value.number);
	return err < 0 ? err : bsd_setsockopt(&m->bsd, h->sock, (int)c->b, (int)c->c, &value, len);
}

static int call_getsockopt(struct module *m, const struct call_args *c)
{
	struct module_handle *h = socket_of(m, c->a);
	union {
		uint8_t bytes[OPTION_MAX];
		uint64_t aligned;
	} value = { { 0 } };
	socklen_t len;
	int err = h ? space_read(&m->space, &len, c->e, sizeof(len)) : -EBADF;
	if (err < 0)
		return err;
	if (len > OPTION_MAX)
		len = OPTION_MAX;
	err = bsd_getsockopt(&m->bsd, h->sock, (int)c->b, (int)c->c, &value, &len);
	if (err == 0)
		err = space_write(&m->space, c->d, &value, len);
	return err < 0 ? err : space_write(&m->space, c->e, &len, sizeof(len));
}

/* ---- waiting for several ---- */

/* One look: how many are ready. */
static int look(struct module *m, struct pollfd *fds, unsigned count, bool *console)
{
	int ready = 0;
	for (struct pollfd *f = fds; f < fds + count; f++) {
		struct module_handle *h = f->fd >= 0 && (unsigned)f->fd < MODULE_HANDLES ? &m->handle[f->fd] : NULL;
		struct pollfd one = { .fd = h && h->kind == HANDLE_SOCKET ? h->sock : -1, .events = f->events };
		f->revents = 0;
		if (f->fd < 0)
			continue;
		if (!h || h->kind == HANDLE_FREE)
			f->revents = POLLNVAL;
		else if (h->kind == HANDLE_FILE)
			f->revents = (short)(f->events & (POLLIN | POLLRDNORM));
		else if (h->kind == HANDLE_CONSOLE) {
			short in = (short)(f->events & (POLLIN | POLLRDNORM));
			*console |= in != 0;
			f->revents = (short)((f->events & (POLLOUT | POLLWRNORM)) |
					     (in && module_can_read_console(m) ? in : 0));
		} else {
			(void)bsd_poll(&m->bsd, &one, 1, 0);
			f->revents = one.revents;
		}
		ready += f->revents != 0;
	}
	return ready;
}

static int call_poll(struct module *m, const struct call_args *c)
{
	struct pollfd fds[POLL_MAX];
	int ms = (int)c->c, ready, err = 0;
	uint64_t until = ms < 0 ? CLOCK_NEVER : clock_us() + (uint64_t)ms * 1000;
	bool console = false;
	if (c->b > POLL_MAX)
		return -EINVAL;
	if (!space_holds(&m->space, c->a, c->b * sizeof(fds[0]), true))
		return -EFAULT;
	(void)space_read(&m->space, fds, c->a, c->b * sizeof(fds[0]));
	while (!(ready = look(m, fds, c->b, &console)) && ms && clock_us() < until && err != -EINTR) {
		uint64_t slice = console ? clock_us() + CONSOLE_SLICE_US : until;
		if (console && m->out.len)
			module_show_typing(m);
		err = module_wait(m, -1, 0, slice < until ? slice : until);
	}
	if (err == -EINTR)
		return err;
	(void)space_write(&m->space, c->a, fds, c->b * sizeof(fds[0]));
	return ready;
}

/* ---- names ---- */

static bool is_to_end(void)
{
	const struct module *m = module_self();
	return m && m->stop;
}

static int call_resolve(struct module *m, const struct call_args *c)
{
	char name[NAME_MAX];
	struct net_addr found[ADDRS_MAX];
	uint8_t bytes[4 * ADDRS_MAX];
	unsigned max = c->c < ADDRS_MAX ? c->c : ADDRS_MAX;
	int n = space_text(&m->space, name, sizeof(name), c->a);
	if (n < 0)
		return n;
	if (!space_holds(&m->space, c->b, 4 * max, true))
		return -EFAULT;
	m->busy_us = 0;
	n = dns_lookup(name, found, max, clock_us() + LOOKUP_US, is_to_end, NULL);
	m->turn_us = clock_us();
	for (int i = 0; i < n; i++)
		net_addr_to_bytes(&found[i], bytes + 4 * i);
	if (n > 0)
		(void)space_write(&m->space, c->b, bytes, 4 * (size_t)n);
	return n;
}

int call_available_socket(struct module *m, const struct module_handle *h)
{
	struct sock_info info;
	for (unsigned i = 0; sock_info(m->bsd.net, i, &info); i++)
		if (info.fd == h->sock)
			return (int)info.recv_len;
	return 0;
}

call_fn *const calls_net[] = {
	call_socket, call_bind, call_listen, call_accept, call_connect, call_sendto, call_recvfrom, call_shutdown,
	call_getsockname, call_getpeername, call_setsockopt, call_getsockopt, call_poll, call_resolve,
};
_Static_assert(sizeof(calls_net) / sizeof(calls_net[0]) == UNDINE_RESOLVE - UNDINE_SOCKET + 1, "undine_abi.h");
