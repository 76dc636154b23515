// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signatures by libblkid.
 *
 * Left out on purpose: our own magic; tools/lib knows that better.
 */
#include <blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "signature.h"

/* No device has more; a probe that never ends must not hang us. */
#define MAX_SIGNATURES	64

static blkid_probe new_probe(int fd)
{
	blkid_probe probe = blkid_new_probe();

	if (!probe)
		return NULL;
	if (blkid_probe_set_device(probe, fd, 0, 0) ||
	    blkid_probe_enable_superblocks(probe, 1) ||
	    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE |
					      BLKID_SUBLKS_MAGIC |
					      BLKID_SUBLKS_BADCSUM) ||
	    blkid_probe_enable_partitions(probe, 1) ||
	    blkid_probe_set_partitions_flags(probe, BLKID_PARTS_MAGIC |
					     BLKID_PARTS_FORCE_GPT)) {
		blkid_free_probe(probe);
		return NULL;
	}
	return probe;
}

static int find(blkid_probe probe, char *text, size_t nr_bytes)
{
	const char *value = NULL;
	int r = blkid_do_probe(probe);

	if (r < 0)
		return -EIO;
	if (r)
		return 0;
	if (!blkid_probe_lookup_value(probe, "TYPE", &value, NULL))
		snprintf(text, nr_bytes, "a signature of \"%s\"", value);
	else if (!blkid_probe_lookup_value(probe, "PTTYPE", &value, NULL))
		snprintf(text, nr_bytes, "a partition table (\"%s\")", value);
	else
		snprintf(text, nr_bytes, "an unknown signature");
	return 0;
}

int signature_find(const char *path, char *text, size_t nr_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	blkid_probe probe;
	int r;

	text[0] = '\0';
	if (fd < 0)
		return -errno;
	/* libblkid refuses to look at nothing. */
	if (lseek(fd, 0, SEEK_END) < 1024) {
		close(fd);
		return 0;
	}
	probe = new_probe(fd);
	r = probe ? find(probe, text, nr_bytes) : -EIO;
	blkid_free_probe(probe);
	close(fd);
	return r;
}

int signature_wipe(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	blkid_probe probe;
	unsigned int nr = 0;
	int r = 0;

	if (fd < 0)
		return -errno;
	if (lseek(fd, 0, SEEK_END) >= 1024) {
		probe = new_probe(fd);
		while (probe && nr++ < MAX_SIGNATURES && !r) {
			r = blkid_do_probe(probe);
			if (!r)
				r = blkid_do_wipe(probe, 0);
		}
		r = probe && r >= 0 && nr <= MAX_SIGNATURES ? 0 : -EIO;
		blkid_free_probe(probe);
	}
	if (fsync(fd) && !r)
		r = -errno;
	close(fd);
	return r;
}
