/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PXE API's structures and numbers (PXE 2.1 specification; page numbers
 * are the document's own).  Nobody outside drivers/undi needs them.
 * All are packed and little endian; pointers are real-mode seg:off.
 */
#ifndef DRIVERS_UNDI_PXE_H
#define DRIVERS_UNDI_PXE_H

#include <stdint.h>

struct pxe_ptr {
	uint16_t off, seg;
} __attribute__((packed));

/* Opcodes: chapters 3 and 4, pages 33..112 */
enum pxe_op {
	PXE_START_UNDI = 0x00,
	PXE_UNDI_STARTUP = 0x01, PXE_UNDI_CLEANUP = 0x02, PXE_UNDI_INITIALIZE = 0x03, PXE_UNDI_SHUTDOWN = 0x05,
	PXE_UNDI_OPEN = 0x06, PXE_UNDI_CLOSE = 0x07, PXE_UNDI_TRANSMIT = 0x08, PXE_UNDI_SET_MCAST = 0x09,
	PXE_UNDI_SET_PACKET_FILTER = 0x0b,
	PXE_UNDI_GET_INFORMATION = 0x0c, PXE_UNDI_GET_STATISTICS = 0x0d,
	PXE_UNDI_GET_NIC_TYPE = 0x12, PXE_UNDI_GET_IFACE_INFO = 0x13, PXE_UNDI_ISR = 0x14, PXE_STOP_UNDI = 0x15,
	PXE_TFTP_OPEN = 0x20, PXE_TFTP_CLOSE = 0x21, PXE_TFTP_READ = 0x22, PXE_TFTP_GET_FSIZE = 0x25,
	PXE_UDP_OPEN = 0x30, PXE_UDP_CLOSE = 0x31, PXE_UDP_READ = 0x32, PXE_UDP_WRITE = 0x33,
	PXE_UNLOAD_STACK = 0x70, PXE_GET_CACHED_INFO = 0x71,
	PXE_FILE_EXEC = 0xe5, PXE_FILE_API_CHECK = 0xe6, PXE_FILE_CMDLINE = 0xe8,	/* iPXE's extensions */
};

/* Status words: appendix A, page 114 */
enum pxe_status {
	PXE_SUCCESS = 0x00, PXE_BAD_FUNC = 0x02, PXE_UNSUPPORTED = 0x03, PXE_KEEP_UNDI = 0x04,
	PXE_OUT_OF_RESOURCES = 0x06, PXE_ARP_TIMEOUT = 0x11, PXE_TFTP_CANNOT_ARP = 0x30, PXE_TFTP_OPEN_TIMEOUT = 0x32,
	PXE_TFTP_READ_TIMEOUT = 0x35, PXE_TFTP_NOT_FOUND = 0x3b, PXE_TFTP_ACCESS = 0x3c,
};

/* ISR function flags: page 105 */
enum { ISR_IN_START = 1, ISR_IN_PROCESS = 2, ISR_IN_GET_NEXT = 3 };
enum { ISR_OUT_DONE = 0, ISR_OUT_TRANSMIT = 2, ISR_OUT_RECEIVE = 3, ISR_OUT_BUSY = 4 };

/* OPEN's packet filter: page 91 */
enum { FILTER_DIRECTED = 1, FILTER_BROADCAST = 2, FILTER_PROMISCUOUS = 4 };

/* TRANSMIT: page 93 */
enum { TX_P_UNKNOWN = 0, TX_P_IP = 1, TX_P_ARP = 2 };

struct pxe_get_information {		/* page 98 */
	uint16_t status, base_io, int_number, mtu, hw_type, hw_addr_len;
	uint8_t current_address[16], permanent_address[16];
	uint16_t rom_address, rx_buffers, tx_buffers;
} __attribute__((packed));

struct pxe_get_nic_type {		/* page 102; the PCI form */
	uint16_t status;
	uint8_t nic_type;		/* 2 PCI, 3 PnP, 4 CardBus */
	uint16_t vendor_id, device_id;
	uint8_t base_class, sub_class, prog_if, revision;
	uint16_t bus_dev_fn, sub_vendor, sub_device;
} __attribute__((packed));

struct pxe_get_iface_info {		/* page 103 */
	uint16_t status;
	char type[16];
	uint32_t link_speed, service_flags, reserved[4];
} __attribute__((packed));

#define PXE_GROUPS 8

struct pxe_groups {			/* page 90: addresses of 6 bytes in fields of 16 */
	uint16_t count;
	uint8_t mac[PXE_GROUPS][16];
} __attribute__((packed));

struct pxe_open {			/* page 90 */
	uint16_t status, open_flag, filter;
	struct pxe_groups groups;
} __attribute__((packed));

struct pxe_set_mcast {
	uint16_t status;
	struct pxe_groups groups;
} __attribute__((packed));

struct pxe_set_packet_filter {		/* as OPEN has it */
	uint16_t status;
	uint8_t filter;
} __attribute__((packed));

struct pxe_statistics {			/* since it was opened, or for ever: the ROM decides */
	uint16_t status;
	uint32_t sent, received, damaged, no_room;
} __attribute__((packed));

struct pxe_transmit {			/* page 92 */
	uint16_t status;
	uint8_t protocol, flag;		/* flag 0: to dest, 1: broadcast */
	struct pxe_ptr dest, tbd;
	uint32_t reserved[2];
} __attribute__((packed));

struct pxe_tbd {			/* page 93: everything in the immediate part */
	uint16_t immediate_len;
	struct pxe_ptr immediate;
	uint16_t blocks;
} __attribute__((packed));

struct pxe_get_cached_info {		/* page 36 */
	uint16_t status, packet_type, buffer_size;
	struct pxe_ptr buffer;
	uint16_t buffer_limit;
} __attribute__((packed));

struct pxe_start_undi {			/* page 35: as the BIOS starts an option ROM */
	uint16_t status;
	uint16_t ax;			/* bus, device, function */
	uint16_t bx, dx;		/* ISA PnP: card select number, read port; FFFFh elsewhere */
	struct pxe_ptr es_di;		/* $PnP */
} __attribute__((packed));

struct pxe_undi_loader {		/* chapter 4.2 */
	struct pxe_start_undi start;
	uint16_t undi_ds, undi_cs;	/* in: where to put data and code */
	struct pxe_ptr bang, pxenv;	/* out */
} __attribute__((packed));

struct pxe_initialize {			/* page 88 */
	uint16_t status;
	uint32_t protocol_ini;
	uint8_t reserved[8];
} __attribute__((packed));

struct pxe_status_only {		/* SHUTDOWN, CLEANUP, CLOSE, UNLOAD_STACK (10 reserved), STOP_UNDI */
	uint16_t status;
	uint8_t reserved[10];
} __attribute__((packed));

/* Addresses and ports are in the network's order. */
#define PXE_FILENAME 128

struct pxe_tftp_open {			/* page 44 */
	uint16_t status;
	uint8_t server[4], gateway[4];
	char name[PXE_FILENAME];
	uint8_t port[2];
	uint16_t packet_size;		/* in: wanted; out: agreed upon */
} __attribute__((packed));

struct pxe_tftp_read {			/* page 47 */
	uint16_t status, packet_number, buffer_size;
	struct pxe_ptr buffer;
} __attribute__((packed));

struct pxe_tftp_get_fsize {		/* page 53 */
	uint16_t status;
	uint8_t server[4], gateway[4];
	char name[PXE_FILENAME];
	uint32_t size;
} __attribute__((packed));

struct pxe_udp_open {			/* page 55 */
	uint16_t status;
	uint8_t own[4];
} __attribute__((packed));

struct pxe_udp_read {			/* page 57 */
	uint16_t status;
	uint8_t from[4], to[4], from_port[2], to_port[2];	/* to, to_port: in, what is wanted */
	uint16_t buffer_size;
	struct pxe_ptr buffer;
} __attribute__((packed));

struct pxe_udp_write {			/* page 58 */
	uint16_t status;
	uint8_t to[4], gateway[4], from_port[2], to_port[2];
	uint16_t buffer_size;
	struct pxe_ptr buffer;
} __attribute__((packed));

struct pxe_file_cmdline {		/* iPXE FILE_CMDLINE */
	uint16_t status;
	uint16_t length;		/* in: buffer size; out: length of the whole, with its NUL */
	struct pxe_ptr buffer;
} __attribute__((packed));

#define FILE_API_ASK 0x91d447b2u
#define FILE_API_ANSWER 0xe9c17b20u

struct pxe_file_api_check {		/* iPXE FILE_API_CHECK */
	uint16_t status, size;		/* size: of this structure */
	uint32_t magic, provider, api_mask, flags;
} __attribute__((packed));

struct pxe_file_exec {			/* iPXE FILE_EXEC: runs a command of its shell */
	uint16_t status;
	struct pxe_ptr command;
} __attribute__((packed));

#endif
