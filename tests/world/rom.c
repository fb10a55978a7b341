/* SPDX-License-Identifier: BSD-2-Clause */
/* See rom.h.  Each function is described in the product's header that has it. */
#include "tests/world/rom.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "drivers/undi/base_code.h"
#include "drivers/undi/undi.h"
#include "tests/world/machine.h"

#define FILES 16
#define DATA_PORT 2222

unsigned rom_block_us;
bool rom_has_no_tftp, rom_has_no_size;
size_t rom_cuts_at;
int rom_lends;
unsigned rom_opened, rom_closed, rom_borrowed, rom_returned;

static struct file { const char *name; const uint8_t *data; size_t len; } files[FILES];
static const uint8_t server[4] = { 10, 0, 0, 1 };
static const struct file *open_file;
static size_t at;
static bool port_open, waits;
static uint16_t its_port, block;
static unsigned last_status;

void rom_serve(const char *name, const void *data, size_t len)
{
	unsigned i = 0;
	while (i < FILES && files[i].name)
		i++;
	assert(i < FILES);
	files[i] = (struct file){ name, data, len };
}

static const struct file *find(const char *name)
{
	for (const struct file *f = files; f < files + FILES && f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

int undi_lend(void)
{
	rom_borrowed += !rom_lends;
	return rom_lends;
}

void undi_take_back(void)
{
	rom_returned++;
}

unsigned undi_base_status(void)
{
	return last_status;
}

static int fails(int err, unsigned status)
{
	last_status = status;
	return err;
}

static bool is_server(const struct undi_server *s)
{
	assert(!memcmp(s->gateway, "\0\0\0", 4));	/* it is in the ROM's own network */
	return !memcmp(s->addr, server, 4);
}

static size_t part(void)
{
	size_t end = rom_cuts_at && rom_cuts_at < open_file->len ? rom_cuts_at : open_file->len;
	return end - at < UNDI_BLOCK_MAX ? end - at : UNDI_BLOCK_MAX;
}

int undi_tftp_size(const struct undi_server *s, const char *name, uint32_t *size)
{
	const struct file *f = find(name);
	if (rom_has_no_tftp || rom_has_no_size)
		return fails(-ENOTSUP, 3);
	if (!is_server(s))
		return fails(-ETIMEDOUT, 0x32);
	if (!f)
		return fails(-ENOENT, 0x3b);
	*size = (uint32_t)f->len;
	return 0;
}

int undi_tftp_open(const struct undi_server *s, const char *name)
{
	assert(rom_borrowed > rom_returned && !open_file && strlen(name) < UNDI_NAME_MAX);
	if (rom_has_no_tftp)
		return fails(-ENOTSUP, 3);
	assert(is_server(s));		/* or its silence is known already */
	open_file = find(name);
	at = 0;
	rom_opened += open_file != NULL;
	return open_file ? (int)UNDI_BLOCK_MAX : fails(-ENOENT, 0x3b);
}

int undi_tftp_read(void *buf)
{
	size_t n = part();
	machine_pass(rom_block_us);
	memcpy(buf, open_file->data + at, n);
	at += n;
	return (int)n;
}

void undi_tftp_close(void)
{
	assert(open_file && !port_open);
	open_file = NULL;
	rom_closed++;
}

int undi_udp_open(const uint8_t own[4])
{
	assert(own[0] == 10 && !port_open);
	port_open = true;
	rom_opened++;
	return 0;
}

void undi_udp_close(void)
{
	assert(port_open);
	port_open = waits = false;
	open_file = NULL;
	rom_closed++;
}

/* A server that knows no options (RFC 1350). */
int undi_udp_send(const struct undi_server *to, uint16_t from_port, const void *data, size_t len)
{
	const uint8_t *p = data;
	assert(port_open && is_server(to) && len >= 4);
	its_port = from_port;
	if (p[1] == 1) {
		open_file = find((const char *)p + 2);
		at = 0;
		block = 1;
		waits = true;
	} else if (p[1] == 4 && open_file && (p[2] << 8 | p[3]) == block) {
		assert(to->port == DATA_PORT);
		size_t sent = open_file->len - at < 512 ? open_file->len - at : 512;
		at += sent;
		block++;
		waits = sent == 512;
	}
	return 0;
}

int undi_udp_receive(const uint8_t own[4], uint16_t port, void *buf, size_t cap, struct undi_server *from)
{
	uint8_t *p = buf;
	assert(port_open && own[0] == 10 && cap >= 600);
	if (!waits || port != its_port)
		return 0;
	waits = false;
	*from = (struct undi_server){ .port = DATA_PORT };
	memcpy(from->addr, server, 4);
	if (!open_file) {
		memcpy(p, "\0\5\0\1gone", 9);
		return 9;
	}
	size_t n = open_file->len - at < 512 ? open_file->len - at : 512;
	memcpy(p, (const uint8_t[]){ 0, 3, (uint8_t)(block >> 8), (uint8_t)block }, 4);
	memcpy(p + 4, open_file->data + at, n);
	return (int)n + 4;
}
