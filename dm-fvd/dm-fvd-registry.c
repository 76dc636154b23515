// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which images are open, and by whom.
 *
 * A table reload creates a new target while the old one is at work. Both share
 * one image, found here by its device; so a reload neither reads metadata again
 * nor loses what only memory knows. At most one target is bound: the one that
 * was resumed last. Its settings and its base device count.
 *
 * Invariant: I-REG-1  An image is open for one mapped device at a time.
 * Locking: registry_mutex for the list, nr_targets, and who is bound.
 */
#include <linux/module.h>

#include "dm-fvd.h"

static DEFINE_MUTEX(registry_mutex);
static LIST_HEAD(registry);

static struct block_device *data_bdev(const struct fvd_target *target)
{
	return target->data_dev ? target->data_dev->bdev :
				  target->image_dev->bdev;
}

static struct fvd_image *find_device(const struct block_device *bdev)
{
	struct fvd_image *image;

	list_for_each_entry(image, &registry, list)
		if (image->image_bdev->bd_dev == bdev->bd_dev)
			return image;
	return NULL;
}

static struct fvd_image *find_uuid(const struct fvd_image *other)
{
	struct fvd_image *image;

	list_for_each_entry(image, &registry, list)
		if (!memcmp(image->sb.uuid, other->sb.uuid, FVD_UUID_BYTES))
			return image;
	return NULL;
}

static void notify(struct fvd_image *image)
{
	struct fvd_target *bound;

	mutex_lock(&registry_mutex);
	bound = image->notify_context;
	if (bound)
		dm_table_event(bound->ti->table);
	mutex_unlock(&registry_mutex);
}

static int open_new(struct fvd_target *target, struct mapped_device *md,
		    struct fvd_error *error)
{
	struct fvd_image *image, *twin;

	image = fvd_image_open(target->image_dev->bdev, data_bdev(target),
			       target->read_only, dm_device_name(md), error);
	if (IS_ERR(image))
		return PTR_ERR(image);
	twin = find_uuid(image);
	if (twin) {
		fvd_image_close(image);
		return fvd_error_set(error, -EBUSY,
			"an image with the same UUID is active as %s",
			twin->name);
	}
	image->owner = md;
	image->notify = notify;
	image->settings = target->settings; /* until one is bound */
	image->nr_targets = 1;
	list_add(&image->list, &registry);
	target->image = image;
	return 0;
}

static int share(struct fvd_target *target, struct fvd_image *image,
		 struct mapped_device *md, struct fvd_error *error)
{
	if (image->owner != md) /* I-REG-1 */
		return fvd_error_set(error, -EBUSY,
			"the image is already active as %s", image->name);
	if (image->data_bdev->bd_dev != data_bdev(target)->bd_dev)
		return fvd_error_set(error, -EINVAL,
			"the data device can not be changed while the image is active");
	if (!target->read_only &&
	    (image->sb.state_flags & FVD_STATE_NEEDS_CHECK ||
	     image->sb.feature_ro_compat & ~FVD_RO_COMPAT_KNOWN))
		return fvd_error_set(error, -EROFS,
			"the image can be used read-only only");
	image->nr_targets++;
	target->image = image;
	return 0;
}

int fvd_registry_get(struct fvd_target *target, struct fvd_error *error)
{
	struct mapped_device *md = dm_table_get_md(target->ti->table);
	struct fvd_image *image;
	int r;

	mutex_lock(&registry_mutex);
	image = find_device(target->image_dev->bdev);
	if (image)
		r = share(target, image, md, error);
	else
		r = open_new(target, md, error);
	mutex_unlock(&registry_mutex);
	return r;
}

void fvd_registry_put(struct fvd_target *target)
{
	struct fvd_image *image = target->image;
	bool last;

	mutex_lock(&registry_mutex);
	if (image->notify_context == target)
		image->notify_context = NULL;
	last = !--image->nr_targets;
	if (last)
		list_del(&image->list);
	mutex_unlock(&registry_mutex);
	if (last)
		fvd_image_close(image);
}

void fvd_registry_bind(struct fvd_target *target)
{
	struct fvd_image *image = target->image;

	mutex_lock(&registry_mutex);
	image->notify_context = target;
	image->image_bdev = target->image_dev->bdev;
	image->data_bdev = data_bdev(target);
	image->base_bdev = target->base_dev ? target->base_dev->bdev : NULL;
	image->read_only = target->read_only;
	image->settings = target->settings;
	mutex_unlock(&registry_mutex);
}

bool fvd_registry_is_bound(const struct fvd_target *target)
{
	return READ_ONCE(target->image->notify_context) == target;
}
