/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Observing guest I/O that is in the image already: how long it takes, while
 * prefetch is at work, and what it touches first, while a profile is recorded.
 *
 * The fast path must cost nothing for that. So it has one branch which is
 * patched in only while some image of the machine is observed; and then only that
 * image looks closer.
 */
#ifndef FVD_OBSERVE_H
#define FVD_OBSERVE_H

#include <linux/jump_label.h>
#include <linux/types.h>

struct bio;
struct fvd_image;
struct fvd_io;

DECLARE_STATIC_KEY_FALSE(fvd_observe_key);

/* Why an image is observed; bit numbers. */
enum fvd_observe_reason {
	FVD_OBSERVE_LATENCY,
	FVD_OBSERVE_TOUCHES,
	FVD_OBSERVE_HITS,
};

/** fvd_observe_init() - when the image is opened. */
void fvd_observe_init(struct fvd_image *image);

/** fvd_observe_exit() - no I/O is under way any more. May sleep. */
void fvd_observe_exit(struct fvd_image *image);

/**
 * fvd_observe_update() - what is wanted may have changed. Any context.
 * @image: is observed for what prefetch and profiling want, soon
 */
void fvd_observe_update(struct fvd_image *image);

/** fvd_observe_update_now() - the same, done when it returns. May sleep. */
void fvd_observe_update_now(struct fvd_image *image);

/**
 * fvd_observe_touch() - a guest's bio came in. Only if the key is on.
 * @image: perhaps observed
 * @bio: its sectors are those of the virtual disk
 */
void fvd_observe_touch(struct fvd_image *image, const struct bio *bio);

/**
 * fvd_observe_sample() - is this bio to leave the fast path, for its time?
 * @image: perhaps observed
 *
 * One of four, whichever they are. Only if the key is on. Large bios and first
 * writes leave it anyway, and are timed each time.
 */
bool fvd_observe_sample(struct fvd_image *image);

/** fvd_observe_wants_times() - is it of interest how long I/O takes? */
bool fvd_observe_wants_times(const struct fvd_image *image);

/**
 * fvd_observe_ended() - a bio with a completion hook ended well.
 * @io: only what was at the image, in place, counts. Any context
 */
void fvd_observe_ended(const struct fvd_io *io);

#endif /* FVD_OBSERVE_H */
