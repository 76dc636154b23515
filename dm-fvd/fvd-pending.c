// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes waiting for the next commit.
 *
 * Invariants:
 *   I-PND-1  reserved_bytes + done_bytes <= max_bytes: a commit always fits
 *            the part of the journal that is kept free for one.
 *   I-PND-2  A page exists exactly while it has bits or users.
 *   I-PND-3  Bits are a subset of the bits that are set in the bitmap.
 *   I-PND-4  No bit of a page is set below its mark, lowest.
 *
 * Locking: the image's spinlock. Memory: the spare pages, then GFP_NOWAIT, then
 * "no"; never a wait, so that a completion can not get stuck here. A page comes
 * back to the spare ones empty, so it need not be cleared again.
 * Left out on purpose: merging of runs across bitmap pages; one record more.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "fvd-pending.h"

static void free_page_object(struct fvd_pending_page *page)
{
	if (!page)
		return;
	free_page((unsigned long)page->bits);
	kfree(page);
}

static struct fvd_pending_page *alloc_page_object(gfp_t gfp)
{
	struct fvd_pending_page *page = kzalloc(sizeof(*page), gfp);

	if (!page)
		return NULL;
	page->bits = (__le64 *)get_zeroed_page(gfp);
	if (!page->bits) {
		kfree(page);
		return NULL;
	}
	return page;
}

int fvd_pending_init(struct fvd_pending *pending,
		     const struct fvd_geometry *geo, u32 max_bytes)
{
	struct fvd_pending_page *page;

	memset(pending, 0, sizeof(*pending));
	INIT_LIST_HEAD(&pending->active);
	INIT_LIST_HEAD(&pending->spare);
	pending->max_bytes = max_bytes;
	pending->nr_pages = geo->nr_bitmap_pages;
	pending->pages = kvcalloc(geo->nr_bitmap_pages,
				  sizeof(*pending->pages), GFP_KERNEL);
	if (!pending->pages)
		goto out_of_memory;
	if (geo->nr_chunks) {
		pending->max_reset_chunks = fvd_journal_max_reset_chunks(geo);
		pending->max_entries = max_bytes / FVD_PENDING_ENTRY_CREDIT;
		pending->entries = kvmalloc_array(pending->max_entries,
						  sizeof(*pending->entries),
						  GFP_KERNEL);
		pending->resets = kvmalloc_array(FVD_PENDING_MAX_RESETS,
						 sizeof(*pending->resets),
						 GFP_KERNEL);
		if (!pending->entries || !pending->resets)
			goto out_of_memory;
	}
	while (pending->nr_spare < FVD_PENDING_NR_SPARE) {
		page = alloc_page_object(GFP_KERNEL);
		if (!page)
			goto out_of_memory;
		list_add(&page->list, &pending->spare);
		pending->nr_spare++;
	}
	return 0;

out_of_memory:
	fvd_pending_exit(pending);
	return -ENOMEM;
}

void fvd_pending_exit(struct fvd_pending *pending)
{
	struct fvd_pending_page *page, *next;

	if (!pending->active.next)
		return; /* never initialised */
	list_for_each_entry_safe(page, next, &pending->active, list)
		free_page_object(page);
	list_for_each_entry_safe(page, next, &pending->spare, list)
		free_page_object(page);
	kvfree(pending->pages);
	kvfree(pending->entries);
	kvfree(pending->resets);
	memset(pending, 0, sizeof(*pending));
}

static bool get_page_user(struct fvd_pending *pending, u64 index)
{
	struct fvd_pending_page *page = pending->pages[index];

	if (!page) {
		if (pending->nr_spare) {
			page = list_first_entry(&pending->spare,
						struct fvd_pending_page, list);
			list_del(&page->list);
			pending->nr_spare--;
		} else {
			page = alloc_page_object(GFP_NOWAIT | __GFP_NOWARN);
		}
		if (!page)
			return false;
		page->index = index;
		page->lowest = FVD_PENDING_BLOCKS_PER_PAGE;
		list_add_tail(&page->list, &pending->active);
		pending->pages[index] = page;
	}
	page->users++;
	return true;
}

/* I-PND-2 */
static void drop_page_if_idle(struct fvd_pending *pending,
			      struct fvd_pending_page *page)
{
	if (page->users || page->nr_bits)
		return;
	pending->pages[page->index] = NULL;
	list_del(&page->list);
	if (pending->nr_spare < FVD_PENDING_NR_SPARE) {
		list_add(&page->list, &pending->spare);
		pending->nr_spare++;
	} else {
		free_page_object(page);
	}
}

static void put_page_user(struct fvd_pending *pending, u64 index)
{
	struct fvd_pending_page *page = pending->pages[index];

	page->users--;
	drop_page_if_idle(pending, page);
}

bool fvd_pending_reserve(struct fvd_pending *pending, u64 first, u64 last,
			 u32 credit_bytes)
{
	u64 index = fvd_map_page_of_block(first);
	u64 last_index = fvd_map_page_of_block(last);

	if (pending->reserved_bytes + pending->done_bytes + credit_bytes >
	    pending->max_bytes)
		return false; /* I-PND-1 */
	for (; index <= last_index; index++)
		if (!get_page_user(pending, index))
			break;
	if (index <= last_index) {
		while (index > fvd_map_page_of_block(first))
			put_page_user(pending, --index);
		return false;
	}
	pending->reserved_bytes += credit_bytes;
	return true;
}

static void put_users(struct fvd_pending *pending, u64 first, u64 last)
{
	u64 index;

	for (index = fvd_map_page_of_block(first);
	     index <= fvd_map_page_of_block(last); index++)
		put_page_user(pending, index);
}

void fvd_pending_cancel(struct fvd_pending *pending, u64 first, u64 last,
			u32 credit_bytes)
{
	pending->reserved_bytes -= credit_bytes;
	put_users(pending, first, last);
}

/* The part of [first, last] that lies in a page, as bit numbers there. */
static void clip_to_page(u64 index, u64 first, u64 last, u64 *start, u64 *end)
{
	u64 base = index * FVD_PENDING_BLOCKS_PER_PAGE;

	*start = max(first, base) - base;
	*end = min(last + 1, base + FVD_PENDING_BLOCKS_PER_PAGE) - base;
}

static void fill_page(struct fvd_pending_page *page, u64 first, u64 last,
		      bool value)
{
	u64 start, end, nr_set;

	clip_to_page(page->index, first, last, &start, &end);
	nr_set = fvd_bitmap_count(page->bits, start, end);
	fvd_bitmap_fill(page->bits, start, end, value);
	page->nr_bits += (value ? end - start : 0) - nr_set;
	if (value)
		page->lowest = min_t(u64, page->lowest, start); /* I-PND-4 */
}

/*
 * Do the blocks make a run of the same page longer? Then the commit has no more
 * records to write than before, however many fetches in a row there were.
 */
static bool joins_run(const struct fvd_pending *pending, u64 first, u64 last)
{
	const struct fvd_pending_page *page =
		pending->pages[fvd_map_page_of_block(first)];
	u64 start, end;

	if (fvd_map_page_of_block(first) != fvd_map_page_of_block(last))
		return false;
	clip_to_page(page->index, first, last, &start, &end);
	return (start && fvd_bitmap_test(page->bits, start - 1)) ||
		(end < FVD_PENDING_BLOCKS_PER_PAGE &&
		 fvd_bitmap_test(page->bits, end));
}

void fvd_pending_set_blocks(struct fvd_pending *pending, u64 first, u64 last,
			    u32 credit_bytes, bool soft)
{
	bool joins = joins_run(pending, first, last);
	u64 index;

	for (index = fvd_map_page_of_block(first);
	     index <= fvd_map_page_of_block(last); index++) {
		fill_page(pending->pages[index], first, last, true);
		/* It has bits now, so nobody has to look whether it is idle. */
		pending->pages[index]->users--;
	}
	pending->reserved_bytes -= credit_bytes;
	if (!joins)
		pending->done_bytes += credit_bytes; /* I-PND-1 */
	if (soft)
		pending->soft = true;
	else
		pending->guest = true;
}

void fvd_pending_set_entry(struct fvd_pending *pending, u64 chunk, bool soft)
{
	/* Each entry was paid for by a reservation, so there is room. */
	if (WARN_ON_ONCE(pending->nr_entries >= pending->max_entries))
		return;
	pending->entries[pending->nr_entries++] = chunk;
	pending->reserved_bytes -= FVD_PENDING_ENTRY_CREDIT;
	pending->done_bytes += FVD_PENDING_ENTRY_CREDIT;
	if (soft)
		pending->soft = true;
	else
		pending->guest = true;
}

/* Their bits in the bitmap are 0 now: I-PND-3. */
static void forget_blocks(struct fvd_pending *pending, u64 first, u64 last)
{
	struct fvd_pending_page *page, *next;

	list_for_each_entry_safe(page, next, &pending->active, list) {
		if (page->index < fvd_map_page_of_block(first) ||
		    page->index > fvd_map_page_of_block(last))
			continue;
		fill_page(page, first, last, false);
		drop_page_if_idle(pending, page);
	}
}

void fvd_pending_reset(struct fvd_pending *pending, u64 first_chunk,
		       u64 nr_chunks, u32 value, u64 first_block,
		       u64 last_block)
{
	struct fvd_pending_reset *reset = NULL;

	if (pending->nr_resets)
		reset = &pending->resets[pending->nr_resets - 1];
	if (reset && reset->value == value &&
	    reset->first_chunk + reset->nr_chunks == first_chunk &&
	    reset->nr_chunks + nr_chunks <= pending->max_reset_chunks) {
		reset->nr_chunks += nr_chunks;
	} else if (!WARN_ON_ONCE(pending->nr_resets >=
				 FVD_PENDING_MAX_RESETS)) {
		reset = &pending->resets[pending->nr_resets++];
		reset->first_chunk = first_chunk;
		reset->nr_chunks = nr_chunks;
		reset->value = value;
	}
	forget_blocks(pending, first_block, last_block);
	pending->done_bytes += FVD_PENDING_RESET_CREDIT;
	pending->guest = true;
}

bool fvd_pending_has_block(const struct fvd_pending *pending, u64 first,
			   u64 last)
{
	const struct fvd_pending_page *page;
	u64 index, start, end;

	for (index = fvd_map_page_of_block(first);
	     index <= fvd_map_page_of_block(last); index++) {
		page = pending->pages[index];
		if (!page)
			continue;
		clip_to_page(index, first, last, &start, &end);
		if (fvd_bitmap_find(page->bits, start, end, true) < end)
			return true;
	}
	return false;
}

/* The blocks that a commit fills, one after the other. */
struct sink {
	void **blocks;
	struct fvd_journal_writer *writers;
	unsigned int nr_blocks;
	unsigned int nr_used;
};

static struct fvd_journal_writer *sink_next(struct sink *sink)
{
	struct fvd_journal_writer *writer;

	if (sink->nr_used == sink->nr_blocks)
		return NULL;
	writer = &sink->writers[sink->nr_used];
	fvd_journal_begin(writer, sink->blocks[sink->nr_used++]);
	return writer;
}

/* A block with room for a record of so many bytes, or NULL if all are full. */
static inline struct fvd_journal_writer *sink_writer(struct sink *sink,
						     u32 need_bytes)
{
	struct fvd_journal_writer *writer;

	if (!sink->nr_used)
		return sink_next(sink);
	writer = &sink->writers[sink->nr_used - 1];
	if (FVD_PAGE_BYTES - writer->used_bytes < need_bytes)
		return sink_next(sink);
	return writer;
}

static bool take_resets(struct fvd_pending *pending, struct sink *sink)
{
	const u32 need_bytes = sizeof(struct fvd_journal_reset_disk);
	struct fvd_journal_writer *writer;
	struct fvd_pending_reset *reset;
	u32 i;

	for (i = 0; i < pending->nr_resets; i++) {
		reset = &pending->resets[i];
		writer = sink_writer(sink, need_bytes);
		if (!writer ||
		    !fvd_journal_put_reset(writer, reset->first_chunk,
					   reset->nr_chunks, reset->value))
			break;
	}
	pending->nr_resets -= i;
	memmove(pending->resets, pending->resets + i,
		pending->nr_resets * sizeof(*pending->resets));
	return !pending->nr_resets;
}

/*
 * A chunk that was ZERO was filled as far as the base reaches. Its entry must
 * not become durable without these bits (I-JRN-5), so the two stay together for
 * every chunk that hides all of its base.
 */
static bool take_entry(const struct fvd_map *map, u64 chunk, struct sink *sink)
{
	const u32 need_bytes = FVD_PENDING_ENTRY_CREDIT;
	u32 number = fvd_map_entry(map, chunk);
	struct fvd_journal_writer *writer;
	u64 first, end;

	/* Reset since; the reset's record has told it. */
	if (number >= FVD_ENTRY_LIMIT)
		return true;
	writer = sink_writer(sink, need_bytes);
	if (!writer)
		return false;
	end = fvd_map_chunk_blocks(map, chunk, &first);
	end = min(end, map->geo.nr_base_blocks);
	if (first < end && fvd_bitmap_all_set(map->bitmap, first, end))
		return fvd_journal_put_filled(writer, chunk, number, first,
					      end - first);
	return fvd_journal_put_entry(writer, chunk, number);
}

static bool take_entries(struct fvd_pending *pending,
			 const struct fvd_map *map, struct sink *sink)
{
	u32 i;

	for (i = 0; i < pending->nr_entries; i++)
		if (!take_entry(map, pending->entries[i], sink))
			break;
	pending->nr_entries -= i;
	memmove(pending->entries, pending->entries + i,
		pending->nr_entries * sizeof(*pending->entries));
	return !pending->nr_entries;
}

/* The first bit at @start or above. There is one; none lies below. */
static u32 first_bit(const struct fvd_pending_page *page, u32 start)
{
	u64 word = le64_to_cpu(page->bits[start >> 6]) >> (start & 63);

	if (word)
		return start + __ffs64(word);
	return fvd_bitmap_find(page->bits, round_down(start, 64) + 64,
			       FVD_PENDING_BLOCKS_PER_PAGE, true);
}

/* Where the run of ones that begins at @start ends. Most are of one bit. */
static u32 run_end(const struct fvd_pending_page *page, u32 start)
{
	u32 end = start + 1;

	if (end == FVD_PENDING_BLOCKS_PER_PAGE ||
	    !fvd_bitmap_test(page->bits, end))
		return end;
	return fvd_bitmap_find(page->bits, end, FVD_PENDING_BLOCKS_PER_PAGE,
			       false);
}

static bool take_page(struct fvd_pending_page *page, struct sink *sink)
{
	u64 base = page->index * FVD_PENDING_BLOCKS_PER_PAGE;
	const u32 need_bytes = sizeof(struct fvd_journal_blocks_disk);
	struct fvd_journal_writer *writer;
	u32 start = page->lowest, end;

	while (page->nr_bits) {
		writer = sink_writer(sink, need_bytes);
		start = first_bit(page, start);
		end = run_end(page, start);
		if (!writer || !fvd_journal_put_blocks(writer, base + start,
						       end - start))
			return false;
		if (end - start == 1)
			fvd_bitmap_clear(page->bits, start);
		else
			fvd_bitmap_fill(page->bits, start, end, false);
		page->nr_bits -= end - start;
		start = end;
		page->lowest = end;
	}
	return true;
}

static bool take_blocks(struct fvd_pending *pending, struct sink *sink)
{
	struct fvd_pending_page *page, *next;

	list_for_each_entry_safe(page, next, &pending->active, list) {
		if (!take_page(page, sink))
			return false;
		drop_page_if_idle(pending, page);
	}
	return true;
}

bool fvd_pending_take(struct fvd_pending *pending, const struct fvd_map *map,
		      void **blocks, unsigned int nr_blocks,
		      struct fvd_journal_writer *writers,
		      unsigned int *nr_used)
{
	struct sink sink = { blocks, writers, nr_blocks, 0 };
	bool all;

	all = take_resets(pending, &sink) &&
		take_entries(pending, map, &sink) &&
		take_blocks(pending, &sink);
	*nr_used = sink.nr_used;
	if (all) {
		pending->done_bytes = 0;
		pending->guest = false;
		pending->soft = false;
	}
	return all;
}
