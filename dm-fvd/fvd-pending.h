/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of the map that are in memory but not yet in the journal.
 *
 * A commit must find them all, cheaply and without waiting for memory; and a
 * guest write must be able to ask whether the block it relies on is one whose
 * "in the image" is known to memory only (copy-on-read, prefetch), because
 * then its own flush has to commit that.
 *
 * Changed blocks are kept as bits in pages that mirror the bitmap's, made only
 * where something is pending; changed chunks as short lists. Whoever is about
 * to change something reserves first: pages, list room and journal bytes. So a
 * change that was begun can always be recorded, and a commit is never larger
 * than what the journal keeps free for it. Who can not reserve waits for the
 * next commit to end.
 *
 * All functions: the image's spinlock is held; nothing sleeps.
 */
#ifndef FVD_PENDING_H
#define FVD_PENDING_H

#include <linux/list.h>

#include "fvd-journal.h"
#include "fvd-map.h"

/*
 * Pages that are taken first; then the kernel is asked, without waiting. If it
 * has none they are enough to go on slowly.
 */
#define FVD_PENDING_NR_SPARE		8
/* Discards between two commits; each covers a range of chunks. */
#define FVD_PENDING_MAX_RESETS		256
/*
 * Journal bytes of one change at most. Flat: two block records, since its blocks may
 * straddle two bitmap pages. Compact: one, as a chunk's blocks lie in one page; and
 * an entry with the block record that may have to stay with it, see take_entry().
 * Or a reset and the block record more that comes of splitting a run.
 */
#define FVD_PENDING_BLOCKS_CREDIT \
	(2 * (u32)sizeof(struct fvd_journal_blocks_disk))
#define FVD_PENDING_CHUNK_BLOCKS_CREDIT \
	((u32)sizeof(struct fvd_journal_blocks_disk))
#define FVD_PENDING_ENTRY_CREDIT \
	((u32)(sizeof(struct fvd_journal_entries_disk) + sizeof(__le32) + \
	       sizeof(struct fvd_journal_blocks_disk)))
#define FVD_PENDING_RESET_CREDIT \
	((u32)(sizeof(struct fvd_journal_reset_disk) + \
	       sizeof(struct fvd_journal_blocks_disk)))

/** fvd_pending_credit_bytes() - what a write or fetch of @map's image has to reserve. */
static inline u32 fvd_pending_credit_bytes(const struct fvd_map *map)
{
	return map->table ? FVD_PENDING_ENTRY_CREDIT +
			    FVD_PENDING_CHUNK_BLOCKS_CREDIT :
			    FVD_PENDING_BLOCKS_CREDIT;
}

#define FVD_PENDING_BLOCKS_PER_PAGE	((u64)FVD_PAGE_BYTES * 8)

/**
 * struct fvd_pending_page - pending bits of one bitmap page.
 * @list: in active or spare
 * @index: of the bitmap page
 * @users: reservations that have not ended
 * @nr_bits: bits set
 * @lowest: no bit below it is set
 * @bits: FVD_PENDING_BLOCKS_PER_PAGE bits
 */
struct fvd_pending_page {
	struct list_head list;
	u64 index;
	u32 users;
	u32 nr_bits;
	u32 lowest;
	__le64 *bits;
};

struct fvd_pending_reset {
	u64 first_chunk;
	u64 nr_chunks;
	u32 value;
};

/**
 * struct fvd_pending - what the next commit has to write.
 * @pages: by index of the bitmap page; NULL where nothing is pending
 * @active: all pages that exist
 * @spare: reserve pages
 * @nr_spare: how many
 * @nr_pages: elements of @pages
 * @entries: chunks that got storage
 * @nr_entries: how many
 * @max_entries: room in @entries; 0 for a flat image
 * @resets: chunk ranges that lost their content
 * @nr_resets: how many
 * @max_reset_chunks: chunks that one of them may cover
 * @reserved_bytes: journal bytes of changes that are on their way
 * @done_bytes: journal bytes of changes that are recorded here
 * @max_bytes: limit of the sum of both
 * @guest: something here must be durable when the guest flushes
 * @soft: something here nobody waits for (copy-on-read, prefetch)
 */
struct fvd_pending {
	struct fvd_pending_page **pages;
	struct list_head active;
	struct list_head spare;
	unsigned int nr_spare;
	u64 nr_pages;
	u64 *entries;
	u32 nr_entries;
	u32 max_entries;
	struct fvd_pending_reset *resets;
	u32 nr_resets;
	u64 max_reset_chunks;
	u32 reserved_bytes;
	u32 done_bytes;
	u32 max_bytes;
	bool guest;
	bool soft;
};

/**
 * fvd_pending_init() - allocate; may sleep, lock not held.
 * @pending: whatever it held
 * @geo: the image's
 * @max_bytes: journal bytes that one commit may take
 */
int __must_check fvd_pending_init(struct fvd_pending *pending,
				  const struct fvd_geometry *geo,
				  u32 max_bytes);

/** fvd_pending_exit() - free everything, pending or not. Lock not held. */
void fvd_pending_exit(struct fvd_pending *pending);

/**
 * fvd_pending_reserve() - make sure that a change of [@first, @last] can be
 * recorded.
 * @pending: lock held
 * @first: first block
 * @last: last block
 * @credit_bytes: a sum of FVD_PENDING_*_CREDIT
 *
 * Returns: false if not now; nothing was taken then. A true must be followed
 * by exactly one fvd_pending_set_blocks() or fvd_pending_cancel() with the
 * same arguments; but @credit_bytes is less by FVD_PENDING_ENTRY_CREDIT after a
 * fvd_pending_set_entry().
 */
bool __must_check fvd_pending_reserve(struct fvd_pending *pending, u64 first,
				      u64 last, u32 credit_bytes);

/**
 * fvd_pending_reserve_block() - fvd_pending_reserve() for a single block.
 * @pending: lock held
 * @block: the first and last one
 * @credit_bytes: a sum of FVD_PENDING_*_CREDIT
 *
 * Returns: as there.
 */
static inline bool __must_check
fvd_pending_reserve_block(struct fvd_pending *pending, u64 block,
			  u32 credit_bytes)
{
	struct fvd_pending_page *page =
		pending->pages[fvd_map_page_of_block(block)];

	if (unlikely(!page || pending->reserved_bytes + pending->done_bytes +
		     credit_bytes > pending->max_bytes))
		return fvd_pending_reserve(pending, block, block, credit_bytes);
	page->users++;
	pending->reserved_bytes += credit_bytes;
	return true;
}

/** fvd_pending_cancel() - the change will not happen. */
void fvd_pending_cancel(struct fvd_pending *pending, u64 first, u64 last,
			u32 credit_bytes);

/**
 * fvd_pending_set_blocks() - record "[@first, @last] are in the image".
 * @pending: with a reservation for this
 * @first: first block
 * @last: last block
 * @credit_bytes: as reserved
 * @soft: nobody relies on it yet
 */
void fvd_pending_set_blocks(struct fvd_pending *pending, u64 first, u64 last,
			    u32 credit_bytes, bool soft);

/**
 * fvd_pending_set_block() - fvd_pending_set_blocks() for a single block, of the
 * guest's.
 * @pending: with a reservation for this
 * @block: the first and last one
 * @credit_bytes: as reserved
 */
static inline void fvd_pending_set_block(struct fvd_pending *pending, u64 block,
					 u32 credit_bytes)
{
	struct fvd_pending_page *page =
		pending->pages[fvd_map_page_of_block(block)];
	u32 bit = block & (FVD_PENDING_BLOCKS_PER_PAGE - 1);

	if (fvd_bitmap_set(page->bits, bit))
		page->nr_bits++;
	page->lowest = min(page->lowest, bit);
	page->users--;
	pending->reserved_bytes -= credit_bytes;
	pending->done_bytes += credit_bytes;
	pending->guest = true;
}

/**
 * fvd_pending_set_entry() - record "this chunk has storage".
 * @pending: with a reservation for this, of which it uses up
 *	FVD_PENDING_ENTRY_CREDIT
 * @chunk: its entry is looked up when a commit takes this
 * @soft: nobody relies on it yet
 */
void fvd_pending_set_entry(struct fvd_pending *pending, u64 chunk, bool soft);

/**
 * fvd_pending_reset() - record that chunks lost their content.
 * @pending: lock held
 * @first_chunk: first chunk
 * @nr_chunks: how many
 * @value: what their entries become
 * @first_block: first, and
 * @last_block: last block of them; what was pending of these is forgotten
 *
 * Nothing is reserved for it: fvd_pending_can_reset() must have said yes while
 * the lock was held as it is now.
 */
void fvd_pending_reset(struct fvd_pending *pending, u64 first_chunk,
		       u64 nr_chunks, u32 value, u64 first_block,
		       u64 last_block);

/** fvd_pending_can_reset() - is there room for one more reset, and for bytes? */
static inline bool fvd_pending_can_reset(const struct fvd_pending *pending)
{
	return pending->nr_resets < FVD_PENDING_MAX_RESETS &&
		pending->reserved_bytes + pending->done_bytes +
		FVD_PENDING_RESET_CREDIT <= pending->max_bytes;
}

/** fvd_pending_has_block() - is any of [@first, @last] pending? */
bool fvd_pending_has_block(const struct fvd_pending *pending, u64 first,
			   u64 last);

/** fvd_pending_is_empty() - nothing for a commit to write? */
static inline bool fvd_pending_is_empty(const struct fvd_pending *pending)
{
	return !pending->guest && !pending->soft;
}

/**
 * fvd_pending_take() - move pending changes into journal blocks.
 * @pending: lock held
 * @map: final states are read from here
 * @blocks: FVD_PAGE_BYTES buffers, for fvd_journal_finish() to complete
 * @nr_blocks: how many
 * @writers: as many writers; the first *@nr_used ones were used
 * @nr_used: receives how many blocks were filled
 *
 * Order: resets, entries, blocks (crash rule of fvd-journal.c). What does not
 * fit stays pending; then @guest and @soft stay as they were.
 *
 * Returns: true if all was taken.
 */
bool fvd_pending_take(struct fvd_pending *pending, const struct fvd_map *map,
		      void **blocks, unsigned int nr_blocks,
		      struct fvd_journal_writer *writers,
		      unsigned int *nr_used);

#endif /* FVD_PENDING_H */
