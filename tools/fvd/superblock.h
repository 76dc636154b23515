/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What create and convert write into the superblock of a new image.
 */
#ifndef SUPERBLOCK_H
#define SUPERBLOCK_H

#include "fvd-device.h"

/**
 * superblock_identify() - UUID and journal epoch.
 * @uuid: or NULL for a random one
 *
 * Says what is wrong. Returns: an exit code.
 */
int superblock_identify(struct fvd_superblock *sb, const u8 *uuid);

/** superblock_set_hint() - a path for later: absolute, as the user named it. */
void superblock_set_hint(char hint[FVD_PATH_BYTES], const char *path);

/**
 * superblock_set_base() - path and stamp of the base.
 * @sb: base_size_bytes is set
 *
 * Says what is wrong. Returns: an exit code.
 */
int superblock_set_base(struct fvd_superblock *sb, const char *path,
			struct fvd_device *base);

#endif /* SUPERBLOCK_H */
