/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Profiles of an open image: recording what the guest touches first, saving
 * that in the image's profile region, and loading it for prefetch.
 *
 * A profile is a hint. Whatever is wrong with one is told, and then it is as if
 * there were none.
 */
#ifndef FVD_PROFILING_H
#define FVD_PROFILING_H

#include <linux/mutex.h>

#include "fvd-profile.h"

/*
 * Entries that are recorded at most: 1 MiB of memory, and the traces of a boot
 * of a desktop have a tenth.
 */
#define FVD_PROFILING_MAX_ENTRIES	65536U

/**
 * struct fvd_profiling - recording and loaded profile.
 * @recorder: under the image's lock; its memory stays until the image closes
 * @recording: also read without the lock
 * @ready: the recorder has memory
 * @mutex: held around record, stop, save and clear: messages may come at the same
 *	time
 * @has_record: something was recorded and not cleared
 * @loaded: what the region held when the image was opened, in the order of
 *	reading; nr_entries is 0 if nothing
 * @cursor: what of it prefetch has taken
 * @expected: a bit for each unit of it that the guest has not touched
 * @hits_until_jiffies: when to count no more hits
 */
struct fvd_profiling {
	struct fvd_profile_recorder recorder;
	bool recording;
	bool ready;
	struct mutex mutex;
	bool has_record;
	struct fvd_profile loaded;
	struct fvd_profile_cursor cursor;
	unsigned long *expected;
	unsigned long hits_until_jiffies;
};

struct fvd_image;

/** fvd_profiling_init() - when the image is opened. */
void fvd_profiling_init(struct fvd_image *image);

/**
 * fvd_profiling_load() - read the profile region, if there is one.
 * @image: its superblock is loaded. May sleep, GFP_KERNEL
 *
 * What is damaged or of another base is told and ignored.
 */
void fvd_profiling_load(struct fvd_image *image);

/** fvd_profiling_exit() - free all; no I/O is under way. May sleep. */
void fvd_profiling_exit(struct fvd_image *image);

/**
 * fvd_profiling_record() - begin a new recording. May sleep.
 * @image: active
 *
 * Returns: 0; -ENODATA if there is no base; -ENOSPC without a profile region;
 * -ENOMEM.
 */
int __must_check fvd_profiling_record(struct fvd_image *image);

/** fvd_profiling_stop() - end it; what was recorded can be saved. May sleep. */
void fvd_profiling_stop(struct fvd_image *image);

/**
 * fvd_profiling_save() - write what was recorded so far. May sleep.
 * @image: active
 *
 * Returns: 0; -ENODATA if nothing was recorded; -EINVAL if the image was left
 * meanwhile; -EROFS, -ENOMEM or -EIO.
 */
int __must_check fvd_profiling_save(struct fvd_image *image);

/**
 * fvd_profiling_clear() - forget recording and saved profile. May sleep.
 * @image: active
 *
 * Returns: 0; -ENOSPC without a profile region; -EINVAL if the image was left
 * meanwhile; -EROFS, -ENOMEM or -EIO.
 */
int __must_check fvd_profiling_clear(struct fvd_image *image);

/**
 * fvd_profiling_touch() - the guest reads.
 * @image: watched
 * @sector: of the disk
 * @nr_sectors: at least 1
 *
 * Any context; takes the image's lock only for a first touch.
 */
void fvd_profiling_touch(struct fvd_image *image, u64 sector, u32 nr_sectors);

/**
 * fvd_profiling_next() - what prefetch fetches next of the loaded profile.
 * @image: for its prefetch work
 * @first: receives the first block
 * @end: receives the first block behind it
 *
 * Returns: false at the end, and without a profile.
 */
bool fvd_profiling_next(struct fvd_image *image, u64 *first, u64 *end);

/**
 * fvd_profiling_expect() - the profile is about to be fetched: count hits for as
 * long as its guest took, twice, and some minutes.
 * @image: is being activated
 * @delay_jiffies: until it is fetched
 */
void fvd_profiling_expect(struct fvd_image *image, unsigned long delay_jiffies);

/** fvd_profiling_counts_hits() - is it worth to watch for them? */
bool fvd_profiling_counts_hits(const struct fvd_image *image);

/** fvd_profiling_is_left() - does fvd_profiling_next() have more? */
bool fvd_profiling_is_left(const struct fvd_image *image);

#endif /* FVD_PROFILING_H */
