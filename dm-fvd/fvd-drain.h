/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When may a freed chunk be handed out again? When no I/O that was mapped to
 * it is in flight any more.
 *
 * The hydrated path has no completion hook, so nobody counts its I/O. Counting
 * is switched on ("armed") only where it can matter, in a compact image that
 * may run short of chunks, and only while no I/O is in flight: at activation,
 * or at the resume after a suspend. Then each hydrated bio holds a reference on
 * one of two counters; freed chunks become free after the counter that was
 * current when they were freed has run empty.
 */
#ifndef FVD_DRAIN_H
#define FVD_DRAIN_H

#include <linux/percpu-refcount.h>
#include <linux/workqueue.h>

/*
 * Do not arm if the device has room for the whole disk so many times over, in
 * chunks never used: it will hardly want freed ones back before the next
 * suspend, and the hydrated path stays as cheap as a flat image's.
 */
#define FVD_DRAIN_AMPLE_DISKS	2U

/** struct fvd_drain_ref - one of the two counters. */
struct fvd_drain_ref {
	struct percpu_ref ref;
	struct fvd_image *image;
};

/** struct fvd_drain - the state; see fvd-drain.c. */
struct fvd_drain {
	struct fvd_drain_ref refs[2];
	unsigned int current_ref;	/* new bios take this one */
	bool armed;			/* all hydrated I/O holds a reference */
	bool running;			/* the other one is being emptied */
	bool ready;			/* the counters are initialised */
	struct work_struct work;
};

struct fvd_image;

/** fvd_drain_init() - may sleep. Returns: 0 or -ENOMEM. */
int __must_check fvd_drain_init(struct fvd_image *image);

/** fvd_drain_exit() - no I/O may be in flight. May sleep. */
void fvd_drain_exit(struct fvd_image *image);

/**
 * fvd_drain_arm_idle() - arm if chunks run short; and let what was freed go.
 * @image: without I/O in flight
 *
 * No I/O may be in flight: what is durably freed has no old I/O, then.
 */
void fvd_drain_arm_idle(struct fvd_image *image);

/**
 * fvd_drain_get() - a reference for one bio; before the map is looked up.
 * @image: armed
 *
 * Returns: the counter to give to fvd_drain_put(). Any context.
 */
struct percpu_ref *fvd_drain_get(struct fvd_image *image);

/** fvd_drain_put() - the bio is done. Any context. */
static inline void fvd_drain_put(struct percpu_ref *ref)
{
	percpu_ref_put(ref);
}

/** fvd_drain_want() - freed chunks are durable: let them become free. */
void fvd_drain_want(struct fvd_image *image);

#endif /* FVD_DRAIN_H */
