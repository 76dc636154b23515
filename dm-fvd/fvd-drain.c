// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for I/O to chunks that were freed.
 *
 * Invariants:
 *   I-DRN-1  While armed, every bio that is mapped by a table entry without
 *            holding a block lock holds a reference, taken before the lookup.
 *   I-DRN-2  A chunk leaves FVD_DRAINING only after the counter that was
 *            current when it came in has been empty once.
 *   I-DRN-3  Nobody who waits for chunks holds a reference.
 *
 * Locking: the image's lock for stages; one drain at a time (running).
 * Left out on purpose: arming while I/O is in flight. Bios without a reference
 * can not be waited for by a target; so freed chunks stay unused until the next
 * suspend, and status tells how many.
 */
#include "fvd-image.h"

/* The last reference of a killed counter is gone. */
static void drain_release(struct percpu_ref *ref)
{
	struct fvd_drain_ref *drain_ref = container_of(ref, struct fvd_drain_ref,
						       ref);

	queue_work(drain_ref->image->meta_wq, &drain_ref->image->drain.work);
}

/* Make what is durably freed wait for the I/O of now. Lock held. */
static bool drain_begin(struct fvd_image *image)
{
	struct fvd_drain *drain = &image->drain;

	if (!drain->armed || drain->running ||
	    !image->alloc.nr_in_stage[FVD_COMMITTED])
		return false;
	fvd_alloc_advance(&image->alloc, FVD_COMMITTED);
	drain->running = true;
	fvd_image_background_begin(image);
	return true;
}

static void drain_start(struct fvd_image *image)
{
	struct fvd_drain *drain = &image->drain;
	unsigned int old = drain->current_ref;

	/*
	 * percpu_ref_kill() makes every later tryget of the old counter fail,
	 * after a grace period; until then a get of it still counts. Both
	 * ways the bio holds what I-DRN-2 waits for, or looked at the table
	 * after the chunks were taken out of it.
	 */
	WRITE_ONCE(drain->current_ref, !old);
	percpu_ref_kill(&drain->refs[old].ref);
}

static void drain_work(struct work_struct *work)
{
	struct fvd_image *image = container_of(work, struct fvd_image,
					       drain.work);
	struct fvd_drain *drain = &image->drain;
	LIST_HEAD(retries);
	bool again;

	percpu_ref_reinit(&drain->refs[!drain->current_ref].ref);
	spin_lock_irq(&image->lock);
	fvd_alloc_advance(&image->alloc, FVD_DRAINING); /* I-DRN-2 */
	drain->running = false;
	list_splice_tail_init(&image->credit_waiters, &retries);
	again = drain_begin(image);
	spin_unlock_irq(&image->lock);
	fvd_image_dispatch(&retries);
	if (again)
		drain_start(image);
	fvd_image_background_end(image);
}

void fvd_drain_want(struct fvd_image *image)
{
	unsigned long flags;
	bool begun;

	spin_lock_irqsave(&image->lock, flags);
	begun = drain_begin(image);
	spin_unlock_irqrestore(&image->lock, flags);
	if (begun)
		drain_start(image);
}

struct percpu_ref *fvd_drain_get(struct fvd_image *image)
{
	struct fvd_drain *drain = &image->drain;
	unsigned int which;

	/*
	 * The reinit of a counter comes a grace period after its kill: so within
	 * this section no counter can be killed and come back, and a get of one
	 * that was not current any more fails.
	 */
	rcu_read_lock();
	which = READ_ONCE(drain->current_ref);
	/*
	 * A failed tryget means that this counter was just killed; the other
	 * one is current then. Both dead at once can not be: the next kill
	 * comes after the reinit of this one.
	 *
	 * On success the count is seen by the kill's grace period, whatever
	 * the caller reads from the table. On failure what the caller reads
	 * must be newer than the freeing that came before the kill.
	 */
	while (!percpu_ref_tryget_live_rcu(&drain->refs[which].ref)) {
		which = !which;
		smp_rmb(); /* pairs with the unlock in drain_begin()'s caller */
		cpu_relax();
	}
	rcu_read_unlock();
	return &drain->refs[which].ref;
}

void fvd_drain_arm_idle(struct fvd_image *image)
{
	struct fvd_alloc *alloc = &image->alloc;

	spin_lock_irq(&image->lock);
	if (image->map.table && image->drain.ready) {
		if (!image->drain.running) {
			fvd_alloc_advance(alloc, FVD_COMMITTED);
			fvd_alloc_advance(alloc, FVD_DRAINING);
		}
		image->drain.armed = fvd_alloc_nr_free(alloc) <
			FVD_DRAIN_AMPLE_DISKS * image->map.geo.nr_chunks;
	}
	fvd_image_note_way(image);
	spin_unlock_irq(&image->lock);
}

int fvd_drain_init(struct fvd_image *image)
{
	struct fvd_drain *drain = &image->drain;
	unsigned int i;
	int r;

	INIT_WORK(&drain->work, drain_work);
	if (!image->map.table)
		return 0;
	for (i = 0; i < 2; i++) {
		drain->refs[i].image = image;
		r = percpu_ref_init(&drain->refs[i].ref, drain_release,
				    PERCPU_REF_ALLOW_REINIT, GFP_KERNEL);
		if (r) {
			if (i)
				percpu_ref_exit(&drain->refs[0].ref);
			return r;
		}
	}
	drain->ready = true;
	return 0;
}

void fvd_drain_exit(struct fvd_image *image)
{
	unsigned int i;

	if (!image->drain.ready)
		return;
	for (i = 0; i < 2; i++)
		percpu_ref_exit(&image->drain.refs[i].ref);
	image->drain.ready = false;
}
