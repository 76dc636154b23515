/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that fvd pivot has made plain linear mappings of: still by name and
 * UUID what they were, but no target of dm-fvd answers for them.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include <stdbool.h>

#include "fvd-portability.h"

/**
 * struct plain_device - a linear mapping.
 * @node: of the device below; or its number, if the kernel has no such device
 * @first_sector: on that, the disk's first one
 * @nr_sectors: of the disk
 */
struct plain_device {
	char node[512];
	u64 first_sector;
	u64 nr_sectors;
};

/**
 * plain_device_find() - is it one?
 * @name: an existing device of fvd
 *
 * Returns: false if it is none, or something else.
 */
bool plain_device_find(struct plain_device *plain, const char *name);

#endif /* PLAIN_H */
