// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recording, saving and loading profiles.
 *
 * Invariants:
 *   I-PFL-1  What comes from the region is used only after
 *            fvd_profile_decode() took it.
 *   I-PFL-2  The recorder's memory, once there, stays until the image is
 *            closed: it is read without a lock.
 *
 * Crash rule: the region is written in place, outside of the journal. What is
 * torn fails its checksum and is ignored; a profile can be recorded again.
 * Locking: the image's lock for the recorder, and RCU for a look at what was
 * touched; a mutex around what messages ask for, which device mapper lets in at the
 * same time.
 * Left out on purpose: touches by writes. What is written need not be fetched;
 * the first and last block of it is too little to matter.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "fvd-image.h"
#include "fvd-metadata.h"
#include "fvd-profiling.h"
#include "fvd-observe.h"

/* A guest that is slower than the one that was recorded, by so much. */
#define HITS_MS		300000U
#define MSEC_PER_HOUR	3600000U

static u64 to_pages_bytes(u64 nr_bytes)
{
	return round_up(nr_bytes, (u64)FVD_PAGE_BYTES);
}

static int region_io(struct fvd_image *image, blk_opf_t opf, void *buffer,
		     u64 nr_bytes)
{
	return fvd_metadata_io(image, image->image_bdev, opf,
			       image->sb.profile_offset_bytes, buffer,
			       nr_bytes);
}

/* A bit for each unit of the loaded profile, so that hits can be counted. */
static int expect_units(struct fvd_image *image)
{
	struct fvd_profiling *profiling = &image->profiling;
	const struct fvd_profile *profile = &profiling->loaded;
	u64 base_units = fvd_profile_base_units(image->sb.base_size_bytes,
						profile->unit_shift);
	u64 i;
	u32 n;

	/* A small unit of a large base; its hits are not worth the memory. */
	if (base_units > FVD_PROFILE_BITMAP_BITS)
		return 0;
	profiling->expected = kvcalloc(BITS_TO_LONGS(base_units),
				       sizeof(long), GFP_KERNEL);
	if (!profiling->expected)
		return -ENOMEM;
	for (n = 0; n < profile->nr_entries; n++)
		for (i = 0; i < profile->entries[n].nr_units; i++)
			__set_bit(profile->entries[n].first_unit + i,
				  profiling->expected);
	return 0;
}

static int decode(struct fvd_image *image, u32 nr_entries, const void *bytes,
		  struct fvd_error *error)
{
	struct fvd_profile *profile = &image->profiling.loaded;
	struct fvd_profile_base base;
	u32 *scratch;
	int r = -ENOMEM;

	scratch = kvcalloc(nr_entries, sizeof(*scratch), GFP_KERNEL);
	profile->entries = kvcalloc(nr_entries, sizeof(*profile->entries),
				    GFP_KERNEL);
	profile->max_entries = nr_entries;
	fvd_error_set(error, 0, "no memory for %u entries", nr_entries);
	if (scratch && profile->entries) {
		fvd_profile_base_of(&base, &image->sb);
		r = fvd_profile_decode(profile, scratch, bytes,
				       fvd_profile_bytes(nr_entries), &base,
				       error); /* I-PFL-1 */
	}
	kvfree(scratch);
	return r;
}

static int load(struct fvd_image *image, struct fvd_error *error)
{
	u32 nr_entries;
	void *bytes;
	u64 size;
	int r;

	r = region_io(image, REQ_OP_READ, image->page_buffer, FVD_PAGE_BYTES);
	if (r)
		return fvd_error_set(error, r, "its region is unreadable");
	r = fvd_profile_peek(image->page_buffer, image->sb.profile_size_bytes,
			     &nr_entries, error);
	if (r || !nr_entries)
		return r ?: -ENODATA;
	size = to_pages_bytes(fvd_profile_bytes(nr_entries));
	bytes = vmalloc(size);
	if (!bytes)
		return fvd_error_set(error, -ENOMEM, "no memory for %llu bytes",
				     size);
	r = region_io(image, REQ_OP_READ, bytes, size);
	if (r)
		fvd_error_set(error, r, "its region is unreadable");
	else
		r = decode(image, nr_entries, bytes, error);
	if (!r)
		r = expect_units(image);
	vfree(bytes);
	return r;
}

static void forget_loaded(struct fvd_image *image)
{
	struct fvd_profiling *profiling = &image->profiling;

	kvfree(profiling->loaded.entries);
	memset(&profiling->loaded, 0, sizeof(profiling->loaded));
}

void fvd_profiling_load(struct fvd_image *image)
{
	struct fvd_error error = { };
	int r;

	if (!image->sb.profile_size_bytes || !image->sb.base_size_bytes ||
	    image->complete)
		return;
	r = load(image, &error);
	if (!r) {
		fvd_profile_sort(&image->profiling.loaded);
		return;
	}
	forget_loaded(image);
	if (r != -ENODATA)
		fvd_image_warn(image, "the profile is ignored: %s", error.text);
}

void fvd_profiling_init(struct fvd_image *image)
{
	mutex_init(&image->profiling.mutex);
}

void fvd_profiling_exit(struct fvd_image *image)
{
	struct fvd_profiling *profiling = &image->profiling;

	forget_loaded(image);
	kvfree(profiling->expected);
	kvfree(profiling->recorder.touched);
	kvfree(profiling->recorder.profile.entries);
}

static int alloc_recorder(struct fvd_image *image, u32 max_entries)
{
	struct fvd_profile_recorder *recorder = &image->profiling.recorder;
	u64 nr_words = fvd_profile_bitmap_words(image->sb.base_size_bytes);

	if (image->profiling.ready)
		return 0;
	recorder->touched = kvcalloc(nr_words, sizeof(__le64), GFP_KERNEL);
	recorder->profile.entries = kvcalloc(max_entries,
					     sizeof(struct fvd_profile_entry),
					     GFP_KERNEL);
	if (!recorder->touched || !recorder->profile.entries) {
		kvfree(recorder->touched);
		kvfree(recorder->profile.entries);
		memset(recorder, 0, sizeof(*recorder));
		return -ENOMEM;
	}
	image->profiling.ready = true; /* I-PFL-2 */
	return 0;
}

int fvd_profiling_record(struct fvd_image *image)
{
	struct fvd_profiling *profiling = &image->profiling;
	struct fvd_profile_recorder *recorder = &profiling->recorder;
	u32 max_entries = min(fvd_profile_room(image->sb.profile_size_bytes),
			      FVD_PROFILING_MAX_ENTRIES);
	int r;

	if (!image->sb.base_size_bytes)
		return -ENODATA;
	if (!max_entries)
		return -ENOSPC;
	r = alloc_recorder(image, max_entries);
	if (r)
		return r;
	WRITE_ONCE(profiling->recording, false);
	synchronize_rcu(); /* nobody looks at the recorder without the lock */
	spin_lock_irq(&image->lock);
	fvd_profile_record_start(recorder, image->sb.base_size_bytes,
				 recorder->touched, recorder->profile.entries,
				 max_entries, ktime_get_ns());
	profiling->has_record = true;
	spin_unlock_irq(&image->lock);
	smp_store_release(&profiling->recording, true); /* pairs with touch */
	fvd_observe_update_now(image);
	return 0;
}

void fvd_profiling_stop(struct fvd_image *image)
{
	WRITE_ONCE(image->profiling.recording, false);
	fvd_observe_update_now(image);
}

/* The bytes of the recording, in whole pages; lock held. */
static u64 encode_record(struct fvd_image *image, void *bytes)
{
	const struct fvd_profile *profile = &image->profiling.recorder.profile;
	struct fvd_profile_base base;

	fvd_profile_base_of(&base, &image->sb);
	fvd_profile_encode(profile, &base, bytes);
	return to_pages_bytes(fvd_profile_bytes(profile->nr_entries));
}

static int write_region(struct fvd_image *image, void *bytes, u64 nr_bytes)
{
	int r = -EINVAL;

	/* The mutex keeps a suspend from ending meanwhile. */
	mutex_lock(&image->checkpoint_mutex);
	if (image->active)
		r = region_io(image, REQ_OP_WRITE | REQ_META, bytes, nr_bytes);
	if (!r)
		r = blkdev_issue_flush(image->image_bdev);
	mutex_unlock(&image->checkpoint_mutex);
	return r;
}

int fvd_profiling_save(struct fvd_image *image)
{
	u64 limit = to_pages_bytes(fvd_profile_bytes(FVD_PROFILING_MAX_ENTRIES));
	bool has_record;
	void *bytes;
	u64 size;
	int r;

	if (!image->sb.profile_size_bytes)
		return -ENOSPC;
	if (!fvd_image_writable(image))
		return -EROFS;
	bytes = vzalloc(min(limit, image->sb.profile_size_bytes));
	if (!bytes)
		return -ENOMEM;
	spin_lock_irq(&image->lock);
	has_record = image->profiling.has_record;
	size = has_record ? encode_record(image, bytes) : 0;
	spin_unlock_irq(&image->lock);
	r = has_record ? write_region(image, bytes, size) : -ENODATA;
	vfree(bytes);
	return r;
}

int fvd_profiling_clear(struct fvd_image *image)
{
	void *page;
	int r;

	if (!image->sb.profile_size_bytes)
		return -ENOSPC;
	if (!fvd_image_writable(image))
		return -EROFS;
	page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	fvd_profiling_stop(image);
	spin_lock_irq(&image->lock);
	image->profiling.has_record = false;
	spin_unlock_irq(&image->lock);
	r = write_region(image, page, FVD_PAGE_BYTES);
	free_page((unsigned long)page);
	return r;
}

static void record_touch(struct fvd_image *image, u64 sector, u32 nr_sectors)
{
	struct fvd_profile_recorder *recorder = &image->profiling.recorder;
	unsigned long flags;

	if (fvd_profile_seen(recorder, sector, nr_sectors))
		return;
	spin_lock_irqsave(&image->lock, flags);
	fvd_profile_record(recorder, sector, nr_sectors, ktime_get_ns());
	spin_unlock_irqrestore(&image->lock, flags);
}

/* Was it where the profile said, and there in time? */
static void count_hit(struct fvd_image *image, u64 sector, u32 nr_sectors)
{
	struct fvd_profiling *profiling = &image->profiling;
	unsigned int shift = profiling->loaded.unit_shift - FVD_SECTOR_SHIFT;
	u64 unit = sector >> shift;
	struct fvd_run run;

	if (!fvd_profiling_counts_hits(image)) {
		fvd_observe_update(image); /* it was long enough */
		return;
	}
	if (sector >= image->map.geo.base_sectors ||
	    !test_bit(unit, profiling->expected) ||
	    !test_and_clear_bit(unit, profiling->expected))
		return;
	fvd_map_lookup(&image->map, sector, nr_sectors, &run);
	atomic64_inc(run.where == FVD_IN_BASE ? &image->count.profile_misses :
						&image->count.profile_hits);
}

void fvd_profiling_touch(struct fvd_image *image, u64 sector, u32 nr_sectors)
{
	struct fvd_profiling *profiling = &image->profiling;

	rcu_read_lock();
	/* Pairs with smp_store_release() in fvd_profiling_record(). */
	if (smp_load_acquire(&profiling->recording))
		record_touch(image, sector, nr_sectors);
	rcu_read_unlock();
	if (test_bit(FVD_OBSERVE_HITS, &image->observed) &&
	    !READ_ONCE(image->linear))
		count_hit(image, sector, nr_sectors);
}

void fvd_profiling_expect(struct fvd_image *image, unsigned long delay_jiffies)
{
	struct fvd_profiling *profiling = &image->profiling;
	u64 ms = min_t(u64, 2ULL * profiling->loaded.duration_ms, MSEC_PER_HOUR);

	profiling->hits_until_jiffies = jiffies + delay_jiffies +
		msecs_to_jiffies(ms + HITS_MS);
}

bool fvd_profiling_counts_hits(const struct fvd_image *image)
{
	return image->profiling.expected && !READ_ONCE(image->complete) &&
		time_before(jiffies, image->profiling.hits_until_jiffies);
}

bool fvd_profiling_next(struct fvd_image *image, u64 *first, u64 *end)
{
	struct fvd_profiling *profiling = &image->profiling;
	const struct fvd_map *map = &image->map;
	u64 sector, nr_sectors, unit_sectors;

	if (!fvd_profiling_is_left(image))
		return false;
	unit_sectors = 1ULL << (profiling->loaded.unit_shift -
				FVD_SECTOR_SHIFT);
	if (!fvd_profile_next(&profiling->loaded, &profiling->cursor,
			      map->geo.base_sectors,
			      max_t(u64, FVD_OPERATION_MAX_SECTORS,
				    unit_sectors), &sector, &nr_sectors))
		return false;
	*first = fvd_map_block(map, sector);
	*end = fvd_map_block(map, sector + nr_sectors - 1) + 1;
	return true;
}

bool fvd_profiling_is_left(const struct fvd_image *image)
{
	const struct fvd_profiling *profiling = &image->profiling;

	return profiling->cursor.entry < profiling->loaded.nr_entries;
}
