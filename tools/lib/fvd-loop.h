/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loop devices: who else may be using a regular file.
 */
#ifndef FVD_LOOP_H
#define FVD_LOOP_H

#include <stdbool.h>
#include <sys/stat.h>

#define FVD_LOOP_NAME_BYTES	32

/**
 * fvd_loop_of() - is a regular file attached to a loop device?
 * @file: its device and inode, so that no second name of it hides it
 * @is_held: count only a loop device that somebody has open exclusively, as a
 *	mount or another device has; one that can not be asked counts, too
 * @name: receives the path of the loop device
 */
bool fvd_loop_of(const struct stat *file, bool is_held,
		 char name[FVD_LOOP_NAME_BYTES]);

#endif /* FVD_LOOP_H */
