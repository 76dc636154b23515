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
 * Locking: registry_mutex for the lists, nr_targets, and who is bound. A resume
 * needs it, so it is never held over I/O or an allocation: an image whose device
 * does not answer, or lies on the disk to be resumed, is nobody else's trouble.
 * While an image is read its device stands in a list of its own.
 */
#include <linux/module.h>

#include "dm-fvd.h"

static DEFINE_MUTEX(registry_mutex);
static LIST_HEAD(registry);
static LIST_HEAD(openings);

/* A device whose image is being read, on the stack of who does that. */
struct opening {
	struct list_head list;
	dev_t dev;
};

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

static bool is_being_opened(const struct block_device *bdev)
{
	struct opening *opening;

	list_for_each_entry(opening, &openings, list)
		if (opening->dev == bdev->bd_dev)
			return true;
	return false;
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

/* An image that was read: known from now on, if it is no copy of a known one. */
static int publish(struct fvd_target *target, struct fvd_image *image,
		   struct mapped_device *md, struct fvd_error *error)
{
	struct fvd_image *twin = find_uuid(image);

	if (twin)
		return fvd_error_set(error, -EBUSY,
			"an image with the same UUID is active as %s",
			twin->name);
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

/* Not under the mutex: reads, and waits for memory. */
static int open_new(struct fvd_target *target, struct opening *opening,
		    struct mapped_device *md, struct fvd_error *error)
{
	struct fvd_image *image;
	int r = 0;

	image = fvd_image_open(target->image_dev->bdev, data_bdev(target),
			       target->read_only, dm_device_name(md), error);
	mutex_lock(&registry_mutex);
	list_del(&opening->list);
	if (!IS_ERR(image))
		r = publish(target, image, md, error);
	mutex_unlock(&registry_mutex);
	if (IS_ERR(image))
		return PTR_ERR(image);
	if (r)
		fvd_image_close(image);
	return r;
}

int fvd_registry_get(struct fvd_target *target, struct fvd_error *error)
{
	struct mapped_device *md = dm_table_get_md(target->ti->table);
	struct block_device *bdev = target->image_dev->bdev;
	struct opening opening = { .dev = bdev->bd_dev };
	struct fvd_image *image;
	bool is_new = false;
	int r = 0;

	mutex_lock(&registry_mutex);
	image = find_device(bdev);
	if (image) {
		r = share(target, image, md, error);
	} else if (is_being_opened(bdev)) { /* I-REG-1 */
		r = fvd_error_set(error, -EBUSY,
				  "the image is being opened by another table");
	} else {
		list_add(&opening.list, &openings);
		is_new = true;
	}
	mutex_unlock(&registry_mutex);
	return is_new ? open_new(target, &opening, md, error) : r;
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
