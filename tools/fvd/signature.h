/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device or file carries now: file systems, volumes, partition tables.
 */
#ifndef SIGNATURE_H
#define SIGNATURE_H

#include <stddef.h>

/**
 * signature_find() - look for anything that libblkid knows.
 * @text: receives its name, or "" if there is nothing
 *
 * Returns: 0 or a negative errno.
 */
int signature_find(const char *path, char *text, size_t nr_bytes);

/** signature_wipe() - remove all that signature_find() could find. */
int signature_wipe(const char *path);

#endif /* SIGNATURE_H */
