/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole loader on the host: main.c and all services, as they are.  What
 * kernel/ and drivers/undi have of the hardware stands in pc.c: a serial port
 * whose keys the test types, a BIOS that knows little, a network card that is
 * at one end of far.h's wire, and a jump to the next kernel that ends the run.
 *
 *	far_serve("/boot.ipxe", script, strlen(script));
 *	far_boot_file = "http://files.test/boot.ipxe";
 *	pc_start(NULL);
 *	CHECK(machine_run(pc_ended, 60000000));
 *	CHECK_INT(pc_end, PC_BOOTED);
 *
 * A machine runs once, as in machine.h.
 */
#ifndef TESTS_WORLD_PC_H
#define TESTS_WORLD_PC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/boot/copier.h"

struct netdev;
struct space;
struct user32;

enum pc_end { PC_RUNS, PC_BOOTED, PC_EXITED, PC_RESET, PC_RESTARTED };

extern enum pc_end pc_end;
extern int pc_status;			/* that it exited with */

/*
 * Set before those: the ROM has a PXE stack, keeps DHCP's ACK, and has started us on a stack below 64 KiB; base
 * memory begins at 0, where no process of the host can have any: what goes there is found by pc_at().
 */
#define PC_STACK 0x9000u		/* has the way back to the ROM, and !PXE behind it */
#define PC_BANG 0x9fc00u
#define PC_PXENV 0x9fd00u
#define PC_ACK 0x9fe00u
#define PC_ACK_LEN 300u
extern bool pc_has_pxe;
extern bool pc_shift;			/* somebody holds Shift down */
/* What a module does until it traps: enum user32_why. */
extern int (*pc_module)(struct user32 *u, const struct space *s);

/* Before the first machine_run(): the far side, and the loader with these arguments. */
void pc_start(const char *args);
/* The same without the far side, on another card. */
void pc_start_with(struct netdev *card, const char *args);
/* Before those: settings in our own file, "name=value" or "!name=value"; "=" spoils the block's checksum. */
void pc_file_setting(const char *entry);
/* Whether the file, where it was loaded, has that text among its settings. */
bool pc_file_has(const char *text);
/* The clock chip's registers, in BCD: 30 November 2026, 06:28:07 at first. */
#define PC_CLOCK_CHIP 12u
extern uint8_t pc_clock_chip[PC_CLOCK_CHIP];
/* Before those: what the ROM keeps of its own DHCP as packet 2 or 3; without, an ACK that names undine.0. */
void pc_rom_packet(unsigned type, const void *packet, size_t len);
/* It runs no more: another kernel does, or the ROM, or the machine begins anew. */
bool pc_ended(void);
/* Keys for the serial port; '\n' is Enter, \x03 is Ctrl-C. */
void pc_type(const char *keys);
/* True if the log, as far as its ring reaches back, holds the text. */
bool pc_said(const char *text);

/* Lets the machine run until the log has text, for so long at the most: whether it has. */
bool pc_says(const char *text, uint64_t within_us);
/* The same of what the serial port sends, widgets too; text within one row. */
bool pc_shows(const char *text, uint64_t within_us);
extern uint64_t pc_sent;		/* bytes that it has sent */
/* What comes out of that port when it is listened to, "+" anything, "-" nothing, one sign each time; at the end "-". */
extern const char *pc_overhears;

/*
 * After PC_BOOTED, outside of the loader: carries the moves out, as the copier
 * does, in this memory, which all may be read then; the registers that the
 * kernel is entered with.
 */
struct entry_regs pc_hand_over(void);
/* What lies there then. */
const void *pc_at(uint32_t address);

#endif
