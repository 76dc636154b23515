/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the glue share: a target, and the table line's settings.
 */
#ifndef DM_FVD_H
#define DM_FVD_H

#include <linux/device-mapper.h>

#include "fvd-compat.h"
#include "fvd-image.h"

/**
 * struct fvd_target - one table with this target, active or not.
 * @ti: device mapper's
 * @image: shared with other tables of the same device, see dm-fvd-registry.c
 * @image_dev: image device
 * @base_dev: base device, or NULL
 * @data_dev: data device, or NULL
 * @read_only: nothing may be written
 * @ignore_base_stamp: the base was not compared with its recorded stamp
 * @settings: as the table line says; messages change them
 */
struct fvd_target {
	struct dm_target *ti;
	struct fvd_image *image;
	struct dm_dev *image_dev;
	struct dm_dev *base_dev;
	struct dm_dev *data_dev;
	bool read_only;
	bool ignore_base_stamp;
	struct fvd_settings settings;
};

/* dm-fvd-ctr.c */

/** fvd_target_ctr() - a table is loaded; what device mapper calls. */
int fvd_target_ctr(struct dm_target *ti, unsigned int argc, char **argv);

/** fvd_target_dtr() - a table goes. */
void fvd_target_dtr(struct dm_target *ti);

/* dm-fvd-status.c */

/** fvd_target_status() - status or table line; may sleep. */
void fvd_target_status(struct dm_target *ti, status_type_t type,
		       unsigned int status_flags, char *result,
		       unsigned int maxlen);

/** fvd_target_message() - a message; its answer, if any, is in @result. */
int fvd_target_message(struct dm_target *ti, unsigned int argc, char **argv,
		       char *result, unsigned int maxlen);

/* dm-fvd-debugfs.c: failures are not told, as nothing depends on it. */

/** fvd_debugfs_init() - the folder of all images, when the module is loaded. */
void fvd_debugfs_init(void);

/** fvd_debugfs_exit() - when it is unloaded; no image is active. */
void fvd_debugfs_exit(void);

/** fvd_debugfs_add() - the folder of an image that becomes active. */
void fvd_debugfs_add(struct fvd_image *image);

/** fvd_debugfs_remove() - waits for who reads in it. */
void fvd_debugfs_remove(struct fvd_image *image);

/* dm-fvd-registry.c */

/**
 * fvd_registry_get() - the open image of a target's devices, or open it.
 * @target: its devices are there; @target->image is set
 * @error: why not
 *
 * A table of the same mapped device shares the image; another mapped device
 * is refused, also if it comes by another path to the same UUID.
 *
 * Returns: 0 or a negative errno.
 */
int __must_check fvd_registry_get(struct fvd_target *target,
				  struct fvd_error *error);

/** fvd_registry_put() - the target goes; the last one closes the image. */
void fvd_registry_put(struct fvd_target *target);

/** fvd_registry_bind() - the target is about to be resumed. */
void fvd_registry_bind(struct fvd_target *target);

/** fvd_registry_is_bound() - is this the table whose settings count? */
bool fvd_registry_is_bound(const struct fvd_target *target);

#endif /* DM_FVD_H */
