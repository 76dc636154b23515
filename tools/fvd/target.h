/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file or device that a command is about to overwrite.
 */
#ifndef TARGET_H
#define TARGET_H

#include "fvd-device.h"

/**
 * struct target - an open victim.
 * @path: as the user gave it
 * @is_new: the file did not exist, or was empty; it has no size yet
 */
struct target {
	const char *path;
	struct fvd_device dev;
	bool is_new;
};

/**
 * target_open() - open for writing, exclusively.
 *
 * Says what is wrong. Returns: an exit code.
 */
int target_open(struct target *target, const char *path);

/**
 * target_clear() - refuse if it carries anything, unless @force; then remove
 * the signatures.
 *
 * Says what is wrong. Returns: an exit code.
 */
int target_clear(struct target *target, bool force);

/** target_close() - close it; after a failure remove a file made for it. */
void target_close(struct target *target, bool failed);

#endif /* TARGET_H */
