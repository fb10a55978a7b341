/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules' calls that look at the loader, and type: what shows a boot elsewhere is made of these.  See calls.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/secret.h"
#include "kernel/task.h"
#include "kernel/version.h"
#include "net/bytes.h"
#include "net/link.h"
#include "net/net.h"
#include "net/sock.h"
#include "sdk/include/undine_abi.h"
#include "services/cause/cause.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/fetch/url.h"
#include "services/image/image.h"
#include "services/modules/calls.h"
#include "services/script/script.h"
#include "services/script/settings.h"
#include "services/stack/stack.h"

#define LOG_MOST 4096u
#define BELOW_MAX 8192u
#define STREAM 1u			/* SOCK_STREAM and SOCK_DGRAM, as modules know them */
#define DATAGRAM 2u

static char text[BELOW_MAX];		/* no call waits while it has something here */

static int call_log(struct module *m, const struct call_args *c)
{
	uint64_t pos;
	size_t len = c->c < LOG_MOST ? c->c : LOG_MOST;
	if (space_read(&m->space, &pos, c->a, sizeof(pos)) < 0 || !space_holds(&m->space, c->b, len, true))
		return -EFAULT;
	if (pos > log_end())
		pos = log_end();
	len = log_read(&pos, text, len);
	if (space_write(&m->space, c->b, text, len) < 0 || space_write(&m->space, c->a, &pos, sizeof(pos)) < 0)
		return -EFAULT;
	return (int)len;
}

static int call_below(struct module *m, const struct call_args *c)
{
	size_t len = console_below(text, sizeof(text));
	int err = space_write(&m->space, c->a, text, len < c->b ? len : c->b);
	return err < 0 ? err : (int)len;
}

static int call_type(struct module *m, const struct call_args *c)
{
	uint16_t keys[INPUT_LEN];
	uint32_t n = c->b;
	if (n > INPUT_LEN)
		return -E2BIG;
	if (n > input_room(console_input()))
		return 0;			/* half of a line would be another */
	if (space_read(&m->space, keys, c->a, n * sizeof(keys[0])) < 0)
		return -EFAULT;
	for (uint32_t i = 0; i < n; i++)
		console_typed(keys[i], CONSOLE_MODULE + m->slot, clock_us());
	return (int)n;
}

/* ---- what there is ---- */

#define PUT(field, from) snprintf(field, sizeof(field), "%s", from)

static int info_state(uint32_t i, struct undine_state *s)
{
	const struct cause_record *r = cause_kept();
	const char *script = command_script() ? script_name(command_script()) : NULL;
	if (i)
		return -ENOENT;
	s->up_us = clock_us();
	s->failures = r->failures;
	s->failing_us = r->failures ? s->up_us - r->since_us : 0;
	s->images = image_count();
	for (const struct image *img = image_first(); img; img = img->next)
		s->fetched += img->len;
	PUT(s->version, UNDINE_VERSION);
	if (script)
		url_redact(script, s->script, sizeof(s->script));
	if (r->failures)
		cause_text(&r->cause.fact, s->cause, sizeof(s->cause));
	return sizeof(*s);
}

static int info_setting(uint32_t i, struct undine_setting *s)
{
	const struct settings *all = command_settings();
	const struct setting *at = all ? all->first : NULL;
	while (at && i--)
		at = at->next;
	if (!at)
		return -ENOENT;
	PUT(s->name, at->name);
	s->len = (uint32_t)at->len;
	s->marks = at->marks;
	/* masked as in a line that sets it */
	int head = snprintf(text, sizeof(text), "set %s ", at->name);
	if (settings_format(all, at->name, text + head, sizeof(text) - (size_t)head) < 0)
		text[head] = '\0';
	secret_mask(text);
	if (strlen(text + head) >= sizeof(s->text)) {
		text[(size_t)head + sizeof(s->text) - 1] = '\0';
		secret_mask_cut(text);
	}
	PUT(s->text, text + head);
	return sizeof(*s);
}

static int info_link(uint32_t i, struct undine_link *out)
{
	const struct link *l = link_get(net_stack(), i);
	if (!l)
		return -ENOENT;
	PUT(out->name, l->name);
	PUT(out->state, link_state(l, clock_us()));
	memcpy(out->mac, l->dev->mac, sizeof(out->mac));
	if (l->addr.family) {
		put_be32((uint8_t *)&out->addr, l->addr.v4);
		out->prefix = l->len;
	}
	out->mtu = link_mtu(l);
	out->rx_bytes = l->tag ? l->rx_bytes : l->dev->rx_bytes;
	out->tx_bytes = l->tag ? l->tx_bytes : l->dev->tx_bytes;
	out->rx_frames = l->tag ? l->rx_frames : l->dev->rx_frames;
	out->tx_frames = l->tag ? l->tx_frames : l->dev->tx_frames;
	out->rx_errors = l->dev->rx_errors + l->dev->rx_damaged + l->dev->rx_overruns;
	out->tx_errors = l->dev->tx_errors + l->dev->tx_no_link;
	return sizeof(*out);
}

static int info_socket(uint32_t i, struct undine_socket *out)
{
	struct sock_info s;
	if (!sock_info(net_stack(), i, &s))
		return -ENOENT;
	out->type = s.type == SOCK_TCP ? STREAM : DATAGRAM;
	put_be32((uint8_t *)&out->local, s.local.family ? s.local.v4 : 0);
	put_be32((uint8_t *)&out->remote, s.remote.family ? s.remote.v4 : 0);
	out->local_port = s.local_port;
	out->remote_port = s.remote_port;
	out->recv_len = (uint32_t)s.recv_len;
	out->send_len = (uint32_t)s.send_len;
	out->rtt_us = s.rtt_us;
	PUT(out->state, s.state);
	return sizeof(*out);
}

static int info_task(uint32_t i, struct undine_task *out)
{
	struct task_info t;
	const struct module *m;
	if (!task_get_info(i, &t))
		return -ENOENT;
	PUT(out->name, t.name);
	PUT(out->state, t.state);
	out->run_us = t.run_us;
	out->memory = (uint32_t)t.arena_len;
	out->stack = (uint32_t)t.stack_len;
	out->stack_used = (uint32_t)t.stack_used;
	for (unsigned k = 0; (m = module_get(k)); k++)
		if (t.name == m->name) {
			out->module = m->id;
			out->memory = (uint32_t)module_held(m);
		}
	return sizeof(*out);
}

static int info_counter(uint32_t i, struct undine_counter *out)
{
	if (i >= CNT_KINDS)
		return -ENOENT;
	PUT(out->name, net_counter_name(i));
	out->n = net_stack()->count[i];
	return sizeof(*out);
}

static int call_info(struct module *m, const struct call_args *c)
{
	union {
		struct undine_state state;
		struct undine_setting setting;
		struct undine_link link;
		struct undine_socket socket;
		struct undine_task task;
		struct undine_counter counter;
	} out;
	int len = -EINVAL;
	memset(&out, 0, sizeof(out));
	switch (c->a) {
	case UNDINE_INFO_STATE:
		len = info_state(c->b, &out.state);
		break;
	case UNDINE_INFO_SETTING:
		len = info_setting(c->b, &out.setting);
		break;
	case UNDINE_INFO_LINK:
		len = info_link(c->b, &out.link);
		break;
	case UNDINE_INFO_SOCKET:
		len = info_socket(c->b, &out.socket);
		break;
	case UNDINE_INFO_TASK:
		len = info_task(c->b, &out.task);
		break;
	case UNDINE_INFO_COUNTER:
		len = info_counter(c->b, &out.counter);
		break;
	}
	if (len < 0)
		return len;
	int err = space_write(&m->space, c->c, &out, c->d < (uint32_t)len ? c->d : (uint32_t)len);
	return err < 0 ? err : len;
}

call_fn *const calls_watch[] = { call_log, call_below, call_type, call_info };
_Static_assert(sizeof(calls_watch) / sizeof(calls_watch[0]) == UNDINE_CALLS - UNDINE_LOG, "undine_abi.h");
