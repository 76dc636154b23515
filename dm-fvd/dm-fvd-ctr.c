// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table line:
 *
 *   <start> <len> fvd <image dev> <base dev|-> <data dev|->
 *       [<#feature args> <feature>...] [<#core args> <key> <value>...]
 *
 * Every refusal says in the kernel's log and in ti->error what was found and
 * what was expected. Nothing is written before the first resume.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "dm-fvd.h"
#include "fvd-metadata.h"

#define DM_MSG_PREFIX "fvd"

/* ti->error must outlive this call; messages with numbers go to the log. */
static int refuse(struct dm_target *ti, int error, char *short_text,
		  const char *long_text)
{
	DMERR("%s: %s", dm_table_device_name(ti->table),
	      long_text ?: short_text);
	ti->error = short_text;
	return error;
}

/* What the features say, before the devices are there. */
struct features {
	bool read_only;
	bool copy_on_read;
	bool no_copy_on_read;
	bool no_discard;
	bool ignore_base_stamp;
};

static int parse_feature(struct fvd_target *target, struct features *features,
			 const char *name)
{
	const struct {
		const char *name;
		bool *flag;
	} known[] = {
		{ "read_only", &features->read_only },
		{ "copy_on_read", &features->copy_on_read },
		{ "no_copy_on_read", &features->no_copy_on_read },
		{ "no_discard", &features->no_discard },
		{ "ignore_base_stamp", &features->ignore_base_stamp },
	};
	char text[80];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcasecmp(known[i].name, name))
			continue;
		if (*known[i].flag) {
			scnprintf(text, sizeof(text), "feature %s given twice, expected once",
				  known[i].name);
			return refuse(target->ti, -EINVAL,
				      "a feature is given twice", text);
		}
		*known[i].flag = true;
		return 0;
	}
	scnprintf(text, sizeof(text), "unknown feature \"%s\"", name);
	return refuse(target->ti, -EINVAL, "unknown feature", text);
}

static int parse_features(struct fvd_target *target, struct dm_arg_set *as,
			  struct features *features)
{
	static const struct dm_arg args[] = {
		{ 0, 5, "the number of feature arguments must be from 0 to 5" },
	};
	unsigned int nr;
	int r;

	if (!as->argc)
		return 0;
	r = dm_read_arg_group(args, as, &nr, &target->ti->error);
	while (!r && nr--)
		r = parse_feature(target, features, dm_shift_arg(as));
	if (!r && features->copy_on_read && features->no_copy_on_read)
		r = refuse(target->ti, -EINVAL,
			   "feature copy_on_read conflicts with feature no_copy_on_read",
			   NULL);
	return r;
}

/* The one setting that is a word; its bit in @given is behind the others'. */
static int parse_base_policy(struct fvd_target *target, unsigned long *given,
			     const char *value)
{
	int policy = fvd_base_policy_parse(value);
	char text[160];

	if (__test_and_set_bit(fvd_nr_tunables, given)) {
		scnprintf(text, sizeof(text),
			  "setting base_policy given twice, found \"%s\" as well",
			  value);
		return refuse(target->ti, -EINVAL, "a setting is given twice",
			      text);
	}
	if (policy < 0) {
		scnprintf(text, sizeof(text),
			  "base_policy must be fail, retry or queue, found \"%s\"",
			  value);
		return refuse(target->ti, -EINVAL, "bad core argument", text);
	}
	target->settings.base_policy = policy;
	return 0;
}

/* @given has a bit for each setting that came before this one. */
static int parse_setting(struct fvd_target *target, unsigned long *given,
			 const char *name, const char *value)
{
	const struct fvd_tunable *tunable = fvd_tunable_find(name);
	char text[160];
	int r;

	if (!strcasecmp(name, "base_policy"))
		return parse_base_policy(target, given, value);
	if (tunable && __test_and_set_bit(tunable - fvd_tunables, given)) {
		scnprintf(text, sizeof(text),
			  "setting %s given twice, found \"%s\" as well",
			  tunable->name, value);
		return refuse(target->ti, -EINVAL, "a setting is given twice",
			      text);
	}
	r = fvd_tunable_set(&target->settings, name, value);
	if (r) {
		fvd_tunable_describe(name, value, text, sizeof(text));
		return refuse(target->ti, -EINVAL, "bad core argument", text);
	}
	return 0;
}

static int parse_core(struct fvd_target *target, struct dm_arg_set *as)
{
	const struct dm_arg args[] = {
		{ 0, 2 * (fvd_nr_tunables + 1),
		  "the number of core arguments must be even, up to two each" },
	};
	DECLARE_BITMAP(given, FVD_MAX_TUNABLES + 1) = { };
	const char *name, *value;
	unsigned int nr;
	int r;

	if (!as->argc)
		return 0;
	r = dm_read_arg_group(args, as, &nr, &target->ti->error);
	if (r)
		return r;
	if (nr & 1) {
		char text[80];

		scnprintf(text, sizeof(text),
			  "the number of core arguments must be even, found %u",
			  nr);
		return refuse(target->ti, -EINVAL,
			      "the number of core arguments must be even",
			      text);
	}
	for (; nr; nr -= 2) {
		name = dm_shift_arg(as);
		value = dm_shift_arg(as);
		r = parse_setting(target, given, name, value);
		if (r)
			return r;
	}
	return 0;
}

static int get_dev(struct fvd_target *target, const char *path, fvd_mode_t mode,
		   struct dm_dev **dev, char *what)
{
	int r = dm_get_device(target->ti, path, mode, dev);
	char text[160];

	if (!r)
		return 0;
	scnprintf(text, sizeof(text), "%s: \"%s\", error %d", what, path, r);
	return refuse(target->ti, r, what, text);
}

static int get_devices(struct fvd_target *target, struct dm_arg_set *as)
{
	const char *image = dm_shift_arg(as);
	const char *base = dm_shift_arg(as);
	const char *data = dm_shift_arg(as);
	fvd_mode_t mode = dm_table_get_mode(target->ti->table);
	int r;

	if (!(mode & FVD_MODE_WRITE))
		target->read_only = true;
	if (target->read_only)
		mode = FVD_MODE_READ;
	r = get_dev(target, image, mode, &target->image_dev,
		    "the image device can not be opened");
	if (!r && strcmp(base, "-"))
		r = get_dev(target, base, FVD_MODE_READ, &target->base_dev,
			    "the base device can not be opened");
	if (!r && strcmp(data, "-"))
		r = get_dev(target, data, mode, &target->data_dev,
			    "the data device can not be opened");
	return r;
}

static int check_stamp(struct fvd_target *target)
{
	const struct fvd_superblock *sb = &target->image->sb;
	__le32 raw;
	u32 found;
	int r;

	if (sb->base_stamp_kind != FVD_BASE_STAMP_SAMPLES ||
	    target->ignore_base_stamp)
		return 0;
	memcpy(&raw, sb->base_stamp, sizeof(raw));
	r = fvd_metadata_stamp_base(target->base_dev->bdev, sb->base_size_bytes,
				    &found);
	if (r)
		return refuse(target->ti, r, "the base device can not be read",
			      NULL);
	if (found != le32_to_cpu(raw)) {
		char text[100];

		scnprintf(text, sizeof(text),
			  "base device has stamp %08x, the image was made from one with %08x",
			  found, le32_to_cpu(raw));
		return refuse(target->ti, -ESTALE,
			      "the base device differs from the one recorded",
			      text);
	}
	return 0;
}

static int check_sectors(struct fvd_target *target, struct block_device *bdev,
			 const char *what, u64 nr_bytes)
{
	unsigned int sector_bytes = bdev_logical_block_size(bdev);
	char text[120];

	if (!(nr_bytes & (sector_bytes - 1)))
		return 0;
	scnprintf(text, sizeof(text),
		  "the %s has %llu bytes, %pg has sectors of %u", what,
		  nr_bytes, bdev, sector_bytes);
	return refuse(target->ti, -EINVAL,
		      "a device has sectors too large for the disk", text);
}

/* The disk gets the largest sectors of those below, and whole ones only. */
static int check_disk(struct fvd_target *target)
{
	u64 nr_bytes = target->image->sb.virtual_size_bytes;
	int r;

	r = check_sectors(target, target->image->data_bdev, "disk", nr_bytes);
	if (!r && target->base_dev)
		r = check_sectors(target, target->base_dev->bdev, "disk",
				  nr_bytes);
	return r;
}

static int check_base(struct fvd_target *target)
{
	const struct fvd_superblock *sb = &target->image->sb;
	char text[120];
	u64 size;
	int r;

	if (!sb->base_size_bytes || sb->complete)
		return 0;
	if (!target->base_dev)
		return refuse(target->ti, -EINVAL,
			      "the image needs its base device, none given",
			      NULL);
	size = bdev_nr_bytes(target->base_dev->bdev);
	if (size < sb->base_size_bytes) {
		scnprintf(text, sizeof(text),
			  "base device has %llu bytes, the image was made from %llu",
			  size, sb->base_size_bytes);
		return refuse(target->ti, -EINVAL,
			      "the base device is smaller than recorded", text);
	}
	r = check_sectors(target, target->base_dev->bdev, "base",
			  sb->base_size_bytes);
	return r ?: check_stamp(target);
}

static int check_length(struct fvd_target *target)
{
	u64 want = target->image->sb.virtual_size_bytes >> FVD_SECTOR_SHIFT;
	char text[100];

	if (target->ti->len == want && !target->ti->begin)
		return 0;
	scnprintf(text, sizeof(text),
		  "table has %llu sectors at %llu, expected %llu at 0",
		  (u64)target->ti->len, (u64)target->ti->begin, want);
	return refuse(target->ti, -EINVAL,
		      "start and length must be the whole virtual disk", text);
}

static void set_target_limits(struct fvd_target *target)
{
	struct dm_target *ti = target->ti;
	bool compact = target->image->map.table;

	ti->per_io_data_size = sizeof(struct fvd_io);
	ti->num_flush_bios = 1;
	/* Metadata becomes durable by flushes, whatever the disk below has. */
	ti->flush_supported = true;
	ti->num_write_zeroes_bios = 1;
	if (target->settings.discard &&
	    (compact || bdev_max_discard_sectors(target->image->data_bdev))) {
		ti->num_discard_bios = 1;
		ti->discards_supported = true;
	}
}

static void copy_features(struct fvd_target *target,
			  const struct features *features)
{
	target->read_only = features->read_only;
	target->ignore_base_stamp = features->ignore_base_stamp;
	target->settings.discard = !features->no_discard;
}

static int parse_line(struct fvd_target *target, struct dm_arg_set *as,
		      struct features *features)
{
	struct dm_arg_set devices = *as;
	int r;

	if (as->argc < 3)
		return refuse(target->ti, -EINVAL,
			      "expected <image dev> <base dev|-> <data dev|->",
			      NULL);
	dm_consume_args(as, 3);
	fvd_settings_init(&target->settings);
	r = parse_features(target, as, features);
	if (!r)
		r = parse_core(target, as);
	if (!r && as->argc)
		r = refuse(target->ti, -EINVAL,
			   "arguments behind the end of the table line", NULL);
	if (r)
		return r;
	copy_features(target, features);
	return get_devices(target, &devices);
}

static int open_image(struct fvd_target *target,
		      const struct features *features)
{
	struct fvd_error error = { };
	int r;

	r = fvd_registry_get(target, &error);
	if (r)
		return refuse(target->ti, r,
			      "the image can not be opened; see the kernel's log",
			      error.text);
	target->settings.copy_on_read = features->copy_on_read ||
		(target->image->sb.copy_on_read && !features->no_copy_on_read);
	r = check_length(target);
	if (!r)
		r = check_disk(target);
	if (!r)
		r = check_base(target);
	return r;
}

static void destroy(struct fvd_target *target)
{
	struct dm_target *ti = target->ti;

	if (target->image)
		fvd_registry_put(target);
	if (target->data_dev)
		dm_put_device(ti, target->data_dev);
	if (target->base_dev)
		dm_put_device(ti, target->base_dev);
	if (target->image_dev)
		dm_put_device(ti, target->image_dev);
	kfree(target);
}

int fvd_target_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct dm_arg_set as = { .argc = argc, .argv = argv };
	struct features features = { };
	struct fvd_target *target;
	int r;

	target = kzalloc(sizeof(*target), GFP_KERNEL);
	if (!target) {
		ti->error = "no memory";
		return -ENOMEM;
	}
	target->ti = ti;
	r = parse_line(target, &as, &features);
	if (!r)
		r = open_image(target, &features);
	if (r) {
		destroy(target);
		return r;
	}
	set_target_limits(target);
	ti->private = target;
	return 0;
}

void fvd_target_dtr(struct dm_target *ti)
{
	destroy(ti->private);
}
