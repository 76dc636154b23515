/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the commands info and check say of images of version 1.
 */
#ifndef V1_H
#define V1_H

#include "fvd-v1-image.h"

/** v1_info() - tell what it is. Returns: an exit code. */
int v1_info(const char *path, struct fvd_device *dev, bool json);

/**
 * v1_check() - look for everything that is wrong.
 * @data_path: the file with the data, or NULL
 *
 * Returns: an exit code of "fvd check".
 */
int v1_check(const char *path, struct fvd_device *dev, const char *data_path,
	     bool json);

#endif /* V1_H */
