/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio's entropy device.  See virtio_rng.h; section numbers are virtio 1.2's. */
#include "drivers/virtio/virtio_rng.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/gate.h"
#include "kernel/io.h"
#include "kernel/pages.h"

#define PCI_BIOS 0x1a			/* INT: PCI BIOS 2.1 */
#define FIND_DEVICE 0xb102
#define READ_WORD 0xb109
#define READ_DWORD 0xb10a
#define WRITE_WORD 0xb10c
#define PCI_COMMAND 0x04
#define COMMAND_IO_MASTER 0x05
#define PCI_BAR0 0x10

#define VENDOR 0x1af4
#define DEVICE 0x1005			/* transitional (4.1.2.1); 1044h has no legacy interface */
#define DEVICE_MODERN 0x1044

/* Registers behind BAR0 (4.1.4.8). */
#define GUEST_FEATURES 0x04		/* 32 bits */
#define QUEUE_PAGE 0x08			/* 32 bits */
#define QUEUE_LEN 0x0c
#define QUEUE_SELECT 0x0e
#define QUEUE_NOTIFY 0x10
#define STATUS 0x12
#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER 2
#define STATUS_DRIVER_OK 4

#define QUEUE_MAX 1024u
#define DESC_WRITE 2			/* by the device */
#define AVAIL_NO_INTERRUPT 1
#define WAIT_US 500000u

/* The descriptor that is used, and where the rings lie (2.7). */
struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};
struct ring {
	uint16_t flags, index, entry[];		/* the one of used buffers has 8 bytes an entry */
};

static bool pci_call(struct bios_regs *r, uint32_t function)
{
	r->intno = PCI_BIOS;
	r->eax = function;
	gate_bios(r);
	return !(r->flags & EFLAGS_CF) && !(r->eax & 0xff00);
}

/* The first device of that kind, as r->ebx has it. */
static bool find(struct bios_regs *r, uint16_t device)
{
	*r = (struct bios_regs){ .ecx = device, .edx = VENDOR };
	return pci_call(r, FIND_DEVICE);
}

/* Its ports, switched on: 0 or -E. */
static int find_ports(uint16_t *io)
{
	struct bios_regs at, r;
	if (!find(&at, DEVICE))
		return find(&at, DEVICE_MODERN) ? -ENOTSUP : -ENODEV;
	r = (struct bios_regs){ .ebx = at.ebx, .edi = PCI_BAR0 };
	if (!pci_call(&r, READ_DWORD) || !(r.ecx & 1) || (r.ecx & 0xffff0000) || !(r.ecx & 0xfffc))
		return -ENOTSUP;
	*io = (uint16_t)(r.ecx & 0xfffc);
	r = (struct bios_regs){ .ebx = at.ebx, .edi = PCI_COMMAND };
	if (!pci_call(&r, READ_WORD))
		return -ENOTSUP;
	r = (struct bios_regs){ .ebx = at.ebx, .edi = PCI_COMMAND, .ecx = (r.ecx & 0xffff) | COMMAND_IO_MASTER };
	return pci_call(&r, WRITE_WORD) ? 0 : -ENOTSUP;
}

/* Where the ring of used buffers begins (2.7.2): on the page behind `queue` descriptors and the available ring. */
static size_t used_at(unsigned queue)
{
	return (queue * sizeof(struct desc) + 6 + 2 * queue + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
}

/* Hands the device a buffer behind the rings again and again, until buf is full or the time is over. */
static int ask(uint16_t io, uint8_t *rings, unsigned queue, void *buf, size_t len)
{
	struct desc *d = (struct desc *)rings;
	struct ring *avail = (struct ring *)(rings + queue * sizeof(*d));
	volatile struct ring *used = (volatile struct ring *)(rings + used_at(queue));
	uint8_t *in = rings + used_at(queue) + 6 + 8 * queue;
	uint64_t until = clock_us() + WAIT_US;
	size_t have = 0;
	avail->flags = AVAIL_NO_INTERRUPT;
	while (have < len) {
		uint16_t before = used->index;
		*d = (struct desc){ .addr = (uint32_t)in, .len = (uint32_t)(len - have), .flags = DESC_WRITE };
		avail->entry[avail->index % queue] = 0;
		__asm__ volatile("" : : : "memory");
		avail->index++;
		__asm__ volatile("" : : : "memory");
		outw((uint16_t)(io + QUEUE_NOTIFY), 0);
		while (used->index == before)
			if (clock_us() > until)
				return (int)have;
		/* its length: the second half of the entry */
		uint32_t got = *(volatile uint32_t *)((volatile uint8_t *)used + 4 + 8 * (before % queue) + 4);
		if (!got || got > len - have)
			return (int)have;
		memcpy((uint8_t *)buf + have, in, got);
		have += got;
	}
	return (int)have;
}

int virtio_rng_read(void *buf, size_t len)
{
	uint16_t io;
	int err = find_ports(&io);
	if (err < 0)
		return err;
	outb((uint16_t)(io + STATUS), 0);
	outb((uint16_t)(io + STATUS), STATUS_ACKNOWLEDGE);
	outb((uint16_t)(io + STATUS), STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	outl((uint16_t)(io + GUEST_FEATURES), 0);
	outw((uint16_t)(io + QUEUE_SELECT), 0);
	unsigned queue = inw((uint16_t)(io + QUEUE_LEN));
	if (!queue || queue > QUEUE_MAX || (queue & (queue - 1)))
		return -ENOTSUP;
	size_t need = used_at(queue) + 6 + 8 * queue + len;
	uint8_t *rings = pages_alloc(need);
	if (!rings)
		return -ENOMEM;
	memset(rings, 0, need);
	outl((uint16_t)(io + QUEUE_PAGE), (uint32_t)rings / PAGE_LEN);
	outb((uint16_t)(io + STATUS), STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_DRIVER_OK);
	int got = ask(io, rings, queue, buf, len);
	outb((uint16_t)(io + STATUS), 0);	/* from here on it writes nothing */
	pages_free(rings, need);
	return got;
}
