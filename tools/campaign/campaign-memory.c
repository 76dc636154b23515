// SPDX-License-Identifier: GPL-2.0-only
/*
 * By the kernel's fail-nth, which every task has.
 *
 * I-MEM-1: an allocation of the driver is one that has dm-fvd's code on its
 *	stack. So neither the simulated disks fail, nor what else workers do.
 *
 * Left out on purpose: a number common to all threads. Each one's n-th
 * allocation fails; which worker has dm-fvd's next work is up to the kernel.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign-memory.h"

#define WORKERS_MAX	512
#define SECTIONS	"/sys/module/dm_fvd/sections/"
#define LINE_BYTES	200

static struct {
	int pids[WORKERS_MAX];
	uint32_t count;
} workers;

static int read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t bytes;

	text[0] = 0;
	if (fd < 0)
		return -1;
	bytes = read(fd, text, size - 1);
	text[bytes > 0 ? bytes : 0] = 0;
	close(fd);
	return bytes > 0 ? 0 : -1;
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t bytes;

	if (fd < 0)
		return -1;
	bytes = write(fd, text, strlen(text));
	close(fd);
	return bytes < 0 ? -1 : 0;
}

/* A setting of both failslab and fail_page_alloc; true if both took it. */
static bool set_both(const char *name, const char *value)
{
	static const char * const folders[] = { "failslab", "fail_page_alloc" };
	char path[LINE_BYTES];
	bool done = true;
	uint32_t i;

	for (i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s",
			 folders[i], name);
		if (write_text(path, value))
			done = false;
	}
	return done;
}

/* Where dm-fvd's code lies: from .text on, as many bytes as the module has. */
static int restrict_to_module(void)
{
	char line[LINE_BYTES], value[40];
	unsigned long long start = 0, bytes = 0;
	FILE *file;

	if (read_text(SECTIONS ".text", line, sizeof(line)))
		return -1;
	start = strtoull(line, NULL, 16);
	file = fopen("/proc/modules", "r");
	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, "dm_fvd ", 7))
			bytes = strtoull(line + 7, NULL, 10);
	fclose(file);
	if (!start || !bytes)
		return -1;
	snprintf(value, sizeof(value), "%llu", start);
	if (!set_both("require-start", value))
		return -1;
	snprintf(value, sizeof(value), "%llu", start + bytes);
	return set_both("require-end", value) ? 0 : -1;
}

int memory_begin(enum memory_user user)
{
	/* Not only what may not wait, and without a message for each. */
	if (!set_both("ignore-gfp-wait", "N") || !set_both("verbose", "0") ||
	    write_text("/sys/kernel/debug/fail_page_alloc/min-order",
		       user == MEMORY_OF_DRIVER ? "0" : "1"))
		return -1;
	if (user == MEMORY_OF_DRIVER) /* I-MEM-1 */
		return restrict_to_module();
	return set_both("require-start", "0") &&
		set_both("require-end", "18446744073709551615") ? 0 : -1;
}

/* Sets what is left to @nth. Return: 0 and what was left before, or -1. */
static int exchange(const char *path, uint64_t nth, uint64_t *before)
{
	char text[30];

	if (read_text(path, text, sizeof(text)))
		return -1;
	*before = strtoull(text, NULL, 10);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)nth);
	return write_text(path, text);
}

/* The same of a worker. One that has ended has not failed. */
static uint64_t exchange_of_worker(int pid, uint64_t nth)
{
	char path[LINE_BYTES];
	uint64_t before;

	snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
	return exchange(path, nth, &before) ? UINT64_MAX : before;
}

/* The same of this thread. What fails here is what was to fail. */
static uint64_t exchange_own(uint64_t nth)
{
	uint64_t before;

	return exchange("/proc/thread-self/fail-nth", nth, &before) ? 0 : before;
}

static bool is_worker(const char *pid)
{
	char path[LINE_BYTES], name[32];

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	return !read_text(path, name, sizeof(name)) &&
		!strncmp(name, "kworker/", 8);
}

static void find_workers(void)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;

	workers.count = 0;
	while (folder && workers.count < WORKERS_MAX &&
	       (entry = readdir(folder)))
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    is_worker(entry->d_name))
			workers.pids[workers.count++] = atoi(entry->d_name);
	if (folder)
		closedir(folder);
}

void memory_fail(enum memory_user user, uint64_t nth)
{
	uint32_t i;

	exchange_own(nth);
	if (user == MEMORY_OF_CALLER)
		return;
	find_workers();
	for (i = 0; i < workers.count; i++)
		exchange_of_worker(workers.pids[i], nth);
}

bool memory_end(enum memory_user user)
{
	bool is_left = exchange_own(0);
	uint32_t i;

	if (user == MEMORY_OF_CALLER)
		return is_left;
	for (i = 0; i < workers.count; i++)
		if (!exchange_of_worker(workers.pids[i], 0))
			is_left = false;
	return is_left;
}
