/* SPDX-License-Identifier: BSD-2-Clause */
/* undine.h's functions. */
#include <stdio.h>
#include <string.h>
#include <undine.h>

#include "call.h"

#define LINE_MAX 1024
#define TYPE_MAX 256

int undine_run(const char *command)
{
	return (int)undine_call(UNDINE_RUN, WORD(command), 0, 0, 0, 0, 0);
}

int undine_setting(const char *name, char *buf, size_t len)
{
	int n = CALL3(UNDINE_SETTING, name, buf, len ? len - 1 : 0);
	if (n >= 0 && len)
		buf[(size_t)n < len ? (size_t)n : len - 1] = '\0';
	return n;
}

int undine_dhcp_option(unsigned number, void *buf, size_t len)
{
	char name[16];
	snprintf(name, sizeof name, "netX/%u", number);
	return CALL3(UNDINE_SETTING_RAW, name, buf, len);
}

int undine_set(const char *name, const char *text)
{
	char line[LINE_MAX];
	if (snprintf(line, sizeof line, *text ? "set %s %s" : "clear %s", name, text) >= (int)sizeof line)
		return -E2BIG;
	return undine_run(line);
}

int undine_image_make(const char *name, const void *bytes, size_t len)
{
	return CALL3(UNDINE_IMAGE_MAKE, name, bytes, len);
}

int undine_image_read(const char *name, size_t offset, void *buf, size_t len)
{
	return CALL6(UNDINE_IMAGE_READ, name, offset, buf, len, 0, 0);
}

int undine_image_info(unsigned i, struct undine_image *info)
{
	return CALL3(UNDINE_IMAGE_INFO, i, info, 0);
}

int undine_key(int ms)
{
	return CALL3(UNDINE_KEY, ms, 0, 0);
}

int undine_progress(const char *line)
{
	return CALL3(UNDINE_PROGRESS, line, 0, 0);
}

int undine_menu(const char *title, const char *const *items, unsigned count, unsigned chosen, unsigned ms)
{
	char line[LINE_MAX], text[12];
	int err;
	snprintf(line, sizeof line, "menu --name undine-module %s", title);
	err = undine_run(line);
	for (unsigned i = 0; !err && i < count; i++) {
		snprintf(line, sizeof line, "item --menu undine-module %u %s", i, items[i]);
		err = undine_run(line);
	}
	if (!err) {
		snprintf(line, sizeof line, "choose --menu undine-module --default %u --timeout %u undine-module",
			 chosen, ms);
		err = undine_run(line);
	}
	undine_run("menu --name undine-module --delete");
	if (err || undine_setting("undine-module", text, sizeof text) < 0)
		return -1;
	undine_run("clear undine-module");
	sscanf(text, "%d", &err);
	return err;
}

int undine_chain(const char *url)
{
	char line[LINE_MAX];
	if (snprintf(line, sizeof line, "chain %s", url) >= (int)sizeof line)
		return -E2BIG;
	return undine_run(line);
}

int undine_boot_disk(unsigned disk, unsigned partition)
{
	char line[64];
	if (partition)
		snprintf(line, sizeof line, "sanboot --no-describe --drive 0x%x --partition %u", 0x80 + disk,
			 partition);
	else
		snprintf(line, sizeof line, "sanboot --no-describe --drive 0x%x", 0x80 + disk);
	return undine_run(line);
}

int undine_reboot(void)
{
	return undine_run("reboot");
}

int undine_log(uint64_t *pos, char *buf, size_t len)
{
	return CALL3(UNDINE_LOG, pos, buf, len);
}

int undine_below(char *buf, size_t len)
{
	int n = CALL3(UNDINE_BELOW, buf, len ? len - 1 : 0, 0);
	if (n >= 0 && len)
		buf[(size_t)n < len ? (size_t)n : len - 1] = '\0';
	return n;
}

int undine_type(const uint16_t *keys, size_t count)
{
	return CALL3(UNDINE_TYPE, keys, count, 0);
}

int undine_type_line(const char *line)
{
	uint16_t keys[TYPE_MAX];
	size_t n = strlen(line);
	if (n >= TYPE_MAX) {
		errno = E2BIG;
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		keys[i] = (unsigned char)line[i];
	keys[n++] = '\r';
	return undine_type(keys, n) == (int)n ? 0 : -1;
}

int undine_info(enum undine_info kind, unsigned i, void *out, size_t len)
{
	memset(out, 0, len);
	return CALL6(UNDINE_INFO, kind, i, out, len, 0, 0) < 0 ? -1 : 0;
}

int undine_random(void *buf, size_t len)
{
	return CALL3(UNDINE_RANDOM, buf, len, 0);
}
