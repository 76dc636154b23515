// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linked into fvd-cut, a copy of the fvd tool whose power fails: the writes that
 * no flush made durable are undone, all or some of them, and the process ends
 * with status 99.
 *
 * CUT_AT=<n> in the environment: at the n-th write or flush, from 1 on.
 * CUT_SEED=<n>: 0, all such writes are lost; else about half of them.
 *
 * A write that is undone takes later ones to the same place with it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cut.h"

struct undo {
	struct undo *next;
	int fd;
	off64_t offset;
	size_t nr_bytes;
	char old[];
};

static struct undo *newest;

static unsigned long setting(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : 0;
}

static void cut(void)
{
	unsigned long seed = setting("CUT_SEED");
	struct undo *undo;

	srandom(seed);
	for (undo = newest; undo; undo = undo->next)
		if ((!seed || random() % 2) &&
		    __real_pwrite64(undo->fd, undo->old, undo->nr_bytes,
				    undo->offset) < 0)
			perror("undo");
	_exit(99);
}

static void count(void)
{
	static unsigned long nr;

	if (++nr == setting("CUT_AT"))
		cut();
}

static void remember(int fd, off64_t at, size_t nr)
{
	struct undo *undo = calloc(1, sizeof(*undo) + nr);
	ssize_t got;

	if (!undo)
		abort();
	got = pread64(fd, undo->old, nr, at);
	if (got < 0)
		abort();
	undo->fd = fd;
	undo->offset = at;
	undo->nr_bytes = got;
	undo->next = newest;
	newest = undo;
}

static void forget(void)
{
	struct undo *undo;

	while (newest) {
		undo = newest;
		newest = undo->next;
		free(undo);
	}
}

ssize_t __wrap_pwrite64(int fd, const void *buffer, size_t nr, off64_t at)
{
	count();
	remember(fd, at, nr);
	return __real_pwrite64(fd, buffer, nr, at);
}

int __wrap_fallocate64(int fd, int mode, off64_t at, off64_t nr)
{
	count();
	remember(fd, at, nr);
	return __real_fallocate64(fd, mode, at, nr);
}

/* Of the one target that there is. */
int __wrap_fsync(int fd)
{
	count();
	forget();
	return __real_fsync(fd);
}
