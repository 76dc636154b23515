// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd pivot: a complete flat image becomes a plain linear mapping, under
 * whoever uses it.
 *
 * What is decided is decided while the device is suspended: then the image is
 * clean, and what stands on the disk is all there is. A block behind the base's
 * end that was never written reads as zeros; the linear mapping would show what
 * the device held before. So such blocks are zeroed and marked as written, or it
 * is refused. Then the image can be opened again at any time, and shows the same
 * as the linear mapping: all its bits are set.
 */
#include "cli.h"
#include "fvd-bitmap.h"
#include "open-image.h"
#include "undisturbed.h"

enum { OPTION_ZERO };

/* Zeroed at once, before signals are looked at again; more than one block. */
#define ZERO_BYTES	(4ULL << 20)

static const struct cli_option options[] = {
	{ "zero", NULL, "zero what was never written; the device waits meanwhile" },
	{ NULL },
};

struct pivot {
	const char *name;
	bool zero;
	struct open_image open;
	struct fvd_device image;
	struct fvd_device data;
	u64 nr_zeroed;
};

/* What can be said without stopping anybody. */
static int check_kind(const struct pivot *p)
{
	const struct fvd_superblock *sb = &p->open.image.sb;

	if (!p->open.is_open) {
		message(p->name, "no such device is open");
		return EXIT_NO_DEVICE;
	}
	if (fvd_superblock_is_compact(sb)) {
		message(p->name, "is compact, its chunks lie in no order");
		return EXIT_REFUSED;
	}
	if (p->open.nr_sectors << FVD_SECTOR_SHIFT != sb->virtual_size_bytes) {
		message(p->name, "the device has %llu sectors, the image %llu",
			(unsigned long long)p->open.nr_sectors,
			(unsigned long long)sb->virtual_size_bytes >> 9);
		return EXIT_REFUSED;
	}
	return EXIT_OK;
}

/* Suspended: load all the metadata, look that nothing is in the base. */
static int load(struct pivot *p)
{
	struct fvd_image *image = &p->open.image;
	struct fvd_error error = { "" };
	int r;

	fvd_image_close(image);
	r = fvd_image_open(image, &p->image, &error);
	if (!r)
		r = fvd_image_load(image, &error);
	if (r) {
		message(p->name, "%s", error.text);
		return exit_code_of(r);
	}
	if (!image->sb.clean || !image->sb.complete) {
		message(p->name, "%s; \"fvd prefetch\" completes it",
			image->sb.complete ? "the image was not closed cleanly" :
					     "the image is not complete");
		return EXIT_REFUSED;
	}
	return EXIT_OK;
}

static int zero_run(struct pivot *p, u64 first, u64 end)
{
	const struct fvd_superblock *sb = &p->open.image.sb;
	unsigned int shift = p->open.image.map.geo.block_shift;
	u64 start = first << shift, stop = end << shift;
	struct fvd_error error = { "" };
	int r;

	if (undisturbed_is_asked_to_stop()) {
		message(p->name, "interrupted; the device goes on as it was");
		return EXIT_FAILED;
	}
	stop = min_t(u64, stop, sb->virtual_size_bytes);
	/* The tail of an odd disk: a whole page, as far as there is one. */
	stop = min(round_up(stop, (u64)FVD_PAGE_BYTES),
		   p->data.size_bytes - sb->data_offset_bytes);
	r = fvd_device_zero(&p->data, sb->data_offset_bytes + start, stop - start,
			    &error);
	if (r) {
		message(p->name, "%s", error.text);
		return EXIT_FAILED;
	}
	p->nr_zeroed += end - first;
	return EXIT_OK;
}

/* The zeros are durable: the image may say that they are its own. */
static int mark_all(struct pivot *p)
{
	struct fvd_image *image = &p->open.image;
	struct fvd_error error = { "" };
	int r;

	r = fvd_device_flush(&p->data, &error);
	if (!r) {
		fvd_bitmap_fill(image->map.bitmap, 0, image->map.geo.nr_blocks,
				true);
		fvd_bitmap_fill(image->dirty, 0, image->map.geo.nr_bitmap_pages,
				true);
		r = fvd_image_write_back(image, &error);
	}
	if (r)
		message(p->name, "%s", error.text);
	return r ? EXIT_FAILED : EXIT_OK;
}

/* Blocks without content of their own: count or zero them. */
static int handle_zeros(struct pivot *p)
{
	const struct fvd_map *map = &p->open.image.map;
	u64 at, end, nr = map->geo.nr_blocks;
	u64 most = ZERO_BYTES >> map->geo.block_shift;
	int r = EXIT_OK;

	at = fvd_bitmap_find(map->bitmap, 0, nr, false);
	if (at == nr)
		return EXIT_OK;
	if (!p->zero) {
		message(p->name, "%llu blocks would show what the device held before; see --zero",
			(unsigned long long)(nr - fvd_bitmap_count(map->bitmap, 0, nr)));
		return EXIT_REFUSED;
	}
	for (; at < nr && !r; at = fvd_bitmap_find(map->bitmap, end, nr, false)) {
		end = fvd_bitmap_find(map->bitmap, at, min(nr, at + most), true);
		r = zero_run(p, at, end);
	}
	return r ?: mark_all(p);
}

static int open_device(const struct pivot *p, struct fvd_device *dev,
		       const char *number)
{
	struct fvd_error error = { "" };
	char path[512];
	int r;

	if (!open_image_node(number, path, sizeof(path))) {
		message(p->name, "the device %s is not there", number);
		return EXIT_FAILED;
	}
	r = fvd_device_open(dev, path, p->zero ? FVD_DEVICE_WRITE : 0, &error);
	if (!r)
		return EXIT_OK;
	message(p->name, "%s", error.text);
	return exit_code_of(r);
}

/* From suspend to resume; whatever goes wrong, the device runs afterwards. */
static int swap(struct pivot *p)
{
	int r, resumed;

	r = dm_suspend(p->name);
	if (r) {
		dm_drop_loaded(p->name);
		return r;
	}
	r = load(p);
	if (!r)
		r = handle_zeros(p);
	if (r)
		dm_drop_loaded(p->name);
	resumed = dm_resume(p->name);
	if (!r && resumed) {
		dm_drop_loaded(p->name);
		dm_resume(p->name);
	}
	return r ?: resumed;
}

static int pivot(struct pivot *p)
{
	const struct fvd_superblock *sb = &p->open.image.sb;
	const char *number = strcmp(p->open.line.data, "-") ?
		p->open.line.data : p->open.line.image;
	char params[TABLE_LINE_WORD_BYTES + 32];
	int r;

	r = check_kind(p);
	if (!r)
		r = open_device(p, &p->image, p->open.line.image);
	if (r)
		return r;
	r = open_device(p, &p->data, number);
	if (r) {
		fvd_device_close(&p->image);
		return r;
	}
	snprintf(params, sizeof(params), "%s %llu", number,
		 (unsigned long long)sb->data_offset_bytes >> FVD_SECTOR_SHIFT);
	undisturbed_begin();
	r = dm_load(p->name, "linear", p->open.nr_sectors, params,
		    p->open.dm.is_read_only) ?: swap(p);
	undisturbed_end();
	if (!r && p->nr_zeroed)
		printf("%llu blocks zeroed\n", (unsigned long long)p->nr_zeroed);
	fvd_image_close(&p->open.image);
	fvd_device_close(&p->data);
	fvd_device_close(&p->image);
	return r;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct pivot p = { .zero = false };
	struct dm_device device;
	struct cli cli;
	int r;

	cli_begin(&cli, command, argc, argv);
	while (cli_next(&cli) == OPTION_ZERO)
		p.zero = true;
	p.name = cli.operands[0];
	dm_begin();
	r = dm_find(p.name, &device);
	if (!r)
		r = open_image_find(&p.open, p.name, false);
	if (r)
		return r;
	r = pivot(&p);
	open_image_close(&p.open);
	return r;
}

const struct command command_pivot = {
	.name = "pivot",
	.summary = "make a complete flat image a plain linear device, under its user",
	.operands = "NAME",
	.min_operands = 1,
	.max_operands = 1,
	.options = options,
	.run = run,
};
