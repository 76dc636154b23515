// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checkpoints.
 *
 * Steps:
 *   1. remember the ring's head: everything older is in memory already;
 *   2. copy each dirty page at its own moment, write it to its other slot;
 *   3. commit what is pending now, so that everything the copies may have seen
 *      is in the journal, and its data durable;
 *   4. write the other copy of the checksum region;
 *   5. flush, and write the older superblock copy: new checksum copy, new
 *      tail = the head of step 1. That single write makes all of it true.
 *
 * Copies of different moments fit together because replay starts at step 1's
 * head and records tell final states (I-JRN-1).
 *
 * Invariants:
 *   I-CKP-1  No slot, checksum copy or superblock copy that is valid is
 *            written to; a crash anywhere leaves the old checkpoint whole.
 *   I-CKP-2  Journal space is re-used only after step 5 is durable.
 *   I-CKP-3  "Complete" is written only if no block is left in the base; and
 *            step 3 made all data durable.
 *   I-CKP-4  "Clean" is the last thing written, never after a failure.
 *
 * Locking: checkpoint_mutex; the image's lock to copy a page.
 * Left out on purpose: a consistent snapshot of all pages. It would need
 * memory for all of them, or a stop of all changes.
 */
#include "fvd-checkpoint.h"
#include "fvd-commit.h"
#include "fvd-metadata.h"
#include "fvd-tracepoint.h"

/* Where the ring stood when the checkpoint began. */
struct position {
	u64 block;
	u64 sequence;
};

static struct position ring_head(struct fvd_image *image)
{
	struct position position;

	spin_lock_irq(&image->lock);
	position.block = image->ring.head_block;
	position.sequence = image->ring.head_sequence;
	spin_unlock_irq(&image->lock);
	return position;
}

/*
 * Copy dirty pages from *@next on, as many in a row as fit the buffer.
 * Returns how many; *@next is the first of them.
 */
static unsigned int copy_batch(struct fvd_image *image, u64 *next)
{
	u64 nr_bitmap = image->map.geo.nr_bitmap_pages;
	u64 nr_pages = fvd_geometry_nr_pages(&image->map.geo);
	unsigned int n = 0;
	u64 index;

	spin_lock_irq(&image->lock);
	index = fvd_bitmap_find(image->dirty_pages, *next, nr_pages, true);
	*next = index;
	while (index < nr_pages && n < FVD_IMAGE_BATCH_PAGES &&
	       fvd_bitmap_test(image->dirty_pages, index)) {
		/* Bitmap and table lie apart, and so may the two slots. */
		if (n && (index == nr_bitmap ||
			  image->checksums[index].slot !=
			  image->checksums[*next].slot))
			break;
		memcpy(image->page_buffer + n * FVD_PAGE_BYTES,
		       fvd_map_page(&image->map, index), FVD_PAGE_BYTES);
		fvd_image_mark_page_clean(image, index);
		index++;
		n++;
	}
	spin_unlock_irq(&image->lock);
	return n;
}

static int write_batch(struct fvd_image *image, u64 first, unsigned int n)
{
	u32 slot = !le32_to_cpu(image->checksums[first].slot); /* I-CKP-1 */
	struct fvd_checksum_disk *checksum;
	unsigned int i;
	u32 crc;

	for (i = 0; i < n; i++) {
		crc = fvd_page_crc(image->seed, first + i,
				   image->page_buffer + i * FVD_PAGE_BYTES);
		checksum = &image->new_checksums[first + i];
		checksum->slot = cpu_to_le32(slot);
		checksum->crc = cpu_to_le32(crc);
	}
	atomic64_add(n, &image->count.checkpoint_pages);
	return fvd_metadata_io(image, image->image_bdev,
			       REQ_OP_WRITE | REQ_META,
			       fvd_layout_page_offset_bytes(&image->sb, first,
							    slot),
			       image->page_buffer, n * FVD_PAGE_BYTES);
}

static int write_pages(struct fvd_image *image, bool *any)
{
	unsigned int n;
	u64 next = 0;
	int r;

	memcpy(image->new_checksums, image->checksums,
	       image->sb.checksum_size_bytes);
	*any = false;
	for (;;) {
		n = copy_batch(image, &next);
		if (!n)
			return 0;
		*any = true;
		r = write_batch(image, next, n);
		if (r)
			return r;
		next += n;
		cond_resched();
	}
}

static int write_checksums(struct fvd_image *image)
{
	struct fvd_superblock *sb = &image->sb;
	u32 copy = !sb->checksum_copy; /* I-CKP-1 */
	int r;

	r = fvd_metadata_io(image, image->image_bdev, REQ_OP_WRITE | REQ_META,
			    sb->checksum_offset_bytes +
			    copy * sb->checksum_size_bytes,
			    image->new_checksums, sb->checksum_size_bytes);
	if (r)
		return r;
	sb->checksum_copy = copy;
	sb->checksum_crc = fvd_checksum_region_crc(image->seed,
						   image->new_checksums,
						   sb->checksum_size_bytes);
	return 0;
}

static void fill_superblock(struct fvd_image *image,
			    enum fvd_checkpoint_kind kind,
			    struct position tail, bool complete)
{
	struct fvd_superblock *sb = &image->sb;

	if (kind == FVD_CHECKPOINT_ACTIVATE) {
		/* A new epoch: what lies in the ring is nobody's now. */
		sb->journal_epoch++;
		tail.block = 0;
		tail.sequence = 1;
	}
	sb->journal_tail_block = tail.block;
	sb->journal_tail_sequence = tail.sequence;
	sb->clean = kind == FVD_CHECKPOINT_CLEAN;
	sb->complete = complete;
}

/* I-CKP-2: the superblock is durable. */
static void move_tail(struct fvd_image *image, enum fvd_checkpoint_kind kind)
{
	struct fvd_ring *ring = &image->ring;

	spin_lock_irq(&image->lock);
	ring->tail_block = image->sb.journal_tail_block;
	if (kind == FVD_CHECKPOINT_ACTIVATE) {
		ring->head_block = ring->tail_block;
		ring->head_sequence = image->sb.journal_tail_sequence;
	}
	ring->nr_used = ring->head_sequence - image->sb.journal_tail_sequence;
	swap(image->checksums, image->new_checksums);
	spin_unlock_irq(&image->lock);
}

/* Not before it is durable does anybody hear that it is complete. */
static void note_complete_durable(struct fvd_image *image)
{
	if (image->complete_durable)
		return;
	WRITE_ONCE(image->complete_durable, true);
	fvd_image_event(image);
	fvd_prefetch_note(image);
}

static int checkpoint_steps(struct fvd_image *image,
			    enum fvd_checkpoint_kind kind)
{
	/* I-CKP-3: what made it complete is committed by step 3 at the latest. */
	bool complete = READ_ONCE(image->complete);
	struct position head = ring_head(image);
	bool any;
	int r;

	r = write_pages(image, &any);
	if (r)
		return r;
	if (kind != FVD_CHECKPOINT_ACTIVATE) {
		r = fvd_commit_final(image);
		if (r)
			return r;
	}
	/* The clean state needs no log at all: what step 3 added is dirty. */
	if (kind == FVD_CHECKPOINT_CLEAN) {
		head = ring_head(image);
		if (READ_ONCE(image->nr_dirty_pages))
			return -EAGAIN;
	}
	if (any) {
		r = write_checksums(image);
		if (r)
			return r;
	}
	fill_superblock(image, kind, head, complete);
	r = fvd_metadata_write_superblock(image);
	if (r)
		return r;
	move_tail(image, kind);
	if (complete)
		note_complete_durable(image);
	fvd_image_note_linear(image);
	atomic64_inc(&image->count.checkpoints);
	return 0;
}

/* Pages are clean only once the superblock that points at them is durable. */
static void restore_dirty(struct fvd_image *image)
{
	u64 nr_pages = fvd_geometry_nr_pages(&image->map.geo);
	u64 i;

	spin_lock_irq(&image->lock);
	for (i = 0; i < nr_pages; i++)
		if (image->checksums[i].slot != image->new_checksums[i].slot)
			fvd_bitmap_fill(image->dirty_pages, i, i + 1, true);
	image->nr_dirty_pages = fvd_bitmap_count(image->dirty_pages, 0,
						 nr_pages);
	spin_unlock_irq(&image->lock);
}

/* checkpoint_mutex is held. */
static int checkpoint_locked(struct fvd_image *image,
			     enum fvd_checkpoint_kind kind)
{
	int r;

	if (!fvd_image_writable(image))
		return -EROFS;
	trace_fvd_checkpoint_begin(image, kind);
	r = checkpoint_steps(image, kind);
	if (r)
		restore_dirty(image);
	trace_fvd_checkpoint_end(image, r);
	return r;
}

/* What follows, without the mutex. */
static int checkpoint_done(struct fvd_image *image, int r)
{
	if (r && r != -EROFS && r != -EAGAIN)
		fvd_image_failed(image, "checkpoint", r);
	fvd_commit_ring_freed(image);
	return r;
}

int fvd_checkpoint(struct fvd_image *image, enum fvd_checkpoint_kind kind)
{
	int r = 0;

	mutex_lock(&image->checkpoint_mutex);
	/* I-CKP-4: one that was asked for before the image was left. */
	if (kind != FVD_CHECKPOINT_RUNNING || image->active)
		r = checkpoint_locked(image, kind);
	mutex_unlock(&image->checkpoint_mutex);
	return checkpoint_done(image, r);
}

/* May a commit that frees nothing use the room of a checkpoint's? I-CMT-4 */
static bool has_room_for_two(struct fvd_image *image)
{
	struct fvd_ring *ring = &image->ring;
	bool has_room;

	spin_lock_irq(&image->lock);
	has_room = ring->nr_blocks - ring->nr_used >= 2 * ring->nr_reserved;
	spin_unlock_irq(&image->lock);
	return has_room;
}

int fvd_checkpoint_commit(struct fvd_image *image)
{
	bool alone;
	int r;

	if (!fvd_image_writable(image))
		return -EROFS;
	/* The mutex keeps checkpoints away, which use the same completion. */
	mutex_lock(&image->checkpoint_mutex);
	alone = !image->active || has_room_for_two(image);
	if (!image->active)
		r = -EINVAL; /* I-CKP-4 */
	else if (alone)
		r = fvd_commit_final(image);
	else
		r = checkpoint_locked(image, FVD_CHECKPOINT_RUNNING);
	mutex_unlock(&image->checkpoint_mutex);
	return alone ? r : checkpoint_done(image, r);
}

void fvd_checkpoint_work(struct work_struct *work)
{
	struct fvd_image *image = container_of(work, struct fvd_image,
					       checkpoint_work);

	/* A failure has been reported where it happened. */
	if (fvd_checkpoint(image, FVD_CHECKPOINT_RUNNING))
		return;
}
