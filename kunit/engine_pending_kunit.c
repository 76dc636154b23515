// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pending changes (fvd-pending.c) against a bit for each block. In the kernel
 * only.
 */
#include "fvd_test_map.h"

#include "../dm-fvd/fvd-pending.c"

#define MIB		1048576ULL
/* Three pages of pending bits, the last of them cut off. */
#define DISK_BYTES	(300 * MIB)
#define NR_BEGUN	8
#define NR_JOURNAL	2
/* As of an image whose commits have so many blocks. */
#define MAX_BYTES(nr)	((nr) * (FVD_PAGE_BYTES -			\
				 sizeof(struct fvd_journal_block_disk) -\
				 FVD_PENDING_ENTRY_CREDIT - FVD_PENDING_CHUNK_BLOCKS_CREDIT))

/**
 * struct begun - an operation under way.
 * @first: its first block
 * @last: its last block
 * @credit_bytes: reserved; 0: none is under way
 */
struct begun {
	u64 first;
	u64 last;
	u32 credit_bytes;
};

/**
 * struct fixture - pending changes and their model.
 * @image: of the map that they are changes of
 * @pending: the thing under test
 * @begun: operations under way
 * @next: where the newest of them ended, and a next one may begin
 * @bits: model, by block: pending
 * @told: by block: told by the commit that is just being taken
 * @journal: its blocks
 * @writers: theirs
 */
struct fixture {
	struct fvd_test_image *image;
	struct fvd_pending pending;
	struct begun begun[NR_BEGUN];
	u64 next;
	bool *bits;
	bool *told;
	void *journal[NR_JOURNAL];
	struct fvd_journal_writer writers[NR_JOURNAL];
};

static struct fixture *new_fixture(struct kunit *test, bool compact, u32 nr_journal)
{
	const struct fvd_layout_request request = {
		.virtual_size_bytes = DISK_BYTES,
		.base_size_bytes = DISK_BYTES / 2,
		.block_size_bytes = 4096,
		.chunk_size_bytes = compact ? MIB : 0,
		.compact = compact,
	};
	struct fixture *f = fvd_test_zalloc(test, sizeof(*f));
	unsigned int i;

	f->image = fvd_test_image(test, &request);
	f->bits = fvd_test_zalloc(test, f->image->map.geo.nr_blocks);
	f->told = fvd_test_zalloc(test, f->image->map.geo.nr_blocks);
	for (i = 0; i < NR_JOURNAL; i++)
		f->journal[i] = fvd_test_zalloc(test, FVD_PAGE_BYTES);
	KUNIT_ASSERT_EQ(test, fvd_pending_init(&f->pending, &f->image->map.geo,
					       MAX_BYTES(nr_journal)), 0);
	return f;
}

/* How many operations under way have blocks in page @index. */
static u32 nr_users(const struct fixture *f, u64 index)
{
	u32 i, nr = 0;

	for (i = 0; i < NR_BEGUN; i++)
		nr += f->begun[i].credit_bytes &&
			fvd_map_page_of_block(f->begun[i].first) <= index &&
			fvd_map_page_of_block(f->begun[i].last) >= index;
	return nr;
}

static void expect_page(struct kunit *test, const struct fixture *f, u64 index)
{
	const struct fvd_pending_page *page = f->pending.pages[index];
	u64 base = index * FVD_PENDING_BLOCKS_PER_PAGE, i, nr_bits = 0;
	u64 nr = min(FVD_PENDING_BLOCKS_PER_PAGE,
		     f->image->map.geo.nr_blocks - base);

	for (i = 0; i < nr; i++) {
		nr_bits += f->bits[base + i];
		KUNIT_ASSERT_EQ(test, page && fvd_bitmap_test(page->bits, i),
				f->bits[base + i]);
		if (!f->bits[base + i])
			continue;
		/* I-PND-3, I-PND-4 */
		KUNIT_ASSERT_TRUE(test, fvd_bitmap_test(f->image->map.bitmap,
							base + i));
		KUNIT_ASSERT_GE(test, i, page->lowest);
	}
	/* I-PND-2 */
	KUNIT_ASSERT_EQ(test, !!page, nr_bits || nr_users(f, index));
	if (page) {
		KUNIT_ASSERT_EQ(test, page->nr_bits, nr_bits);
		KUNIT_ASSERT_EQ(test, page->users, nr_users(f, index));
	}
}

static void expect_model(struct kunit *test, const struct fixture *f)
{
	u64 index;

	/* I-PND-1 */
	KUNIT_ASSERT_LE(test, f->pending.reserved_bytes + f->pending.done_bytes,
			f->pending.max_bytes);
	for (index = 0; index < f->pending.nr_pages; index++)
		expect_page(test, f, index);
}

static bool is_held(const struct fixture *f, u64 first, u64 last)
{
	unsigned int i;

	for (i = 0; i < NR_BEGUN; i++)
		if (f->begun[i].credit_bytes && f->begun[i].first <= last &&
		    first <= f->begun[i].last)
			return true;
	return false;
}

/* A first write comes: it stays within its chunk. */
static void begin(struct fixture *f, struct begun *begun,
		  struct fvd_random *random)
{
	const struct fvd_map *map = &f->image->map;
	u64 first = fvd_random_below(random, map->geo.nr_blocks), end;
	u64 last = min(first + fvd_random_below(random, 40),
		       map->geo.nr_blocks - 1);
	u32 credit = fvd_pending_credit_bytes(map);

	/* Many go along the disk, so that runs grow. */
	if (fvd_random_chance(random, 2) && f->next < map->geo.nr_blocks) {
		last = min(f->next + last - first, map->geo.nr_blocks - 1);
		first = f->next;
	}
	if (map->table) {
		end = fvd_map_chunk_blocks(map, fvd_map_chunk_of_block(map, first),
					   &end);
		last = min(last, end - 1);
	}
	if (is_held(f, first, last))
		return;
	if (first == last ?
	    !fvd_pending_reserve_block(&f->pending, first, credit) :
	    !fvd_pending_reserve(&f->pending, first, last, credit))
		return;
	begun->first = first;
	begun->last = last;
	begun->credit_bytes = credit;
	f->next = last + 1;
}

static void store(struct fixture *f, struct begun *begun,
		  struct fvd_random *random)
{
	struct fvd_map *map = &f->image->map;
	u64 i, chunk;
	s64 number;

	if (map->table) {
		chunk = fvd_map_chunk_of_block(map, begun->first);
		if (fvd_map_entry(map, chunk) >= FVD_ENTRY_LIMIT) {
			number = fvd_test_free_number(f->image, random);
			/* A ZERO chunk would have to be filled as a whole. */
			if (number < 0 ||
			    fvd_map_entry(map, chunk) == FVD_ENTRY_ZERO) {
				fvd_pending_cancel(&f->pending, begun->first,
						   begun->last,
						   begun->credit_bytes);
				return;
			}
			fvd_pending_set_entry(&f->pending, chunk, false);
			begun->credit_bytes -= FVD_PENDING_ENTRY_CREDIT;
			fvd_test_set_entry(f->image, chunk, number);
		}
	}
	if (begun->first == begun->last)
		fvd_pending_set_block(&f->pending, begun->first,
				      begun->credit_bytes);
	else
		fvd_pending_set_blocks(&f->pending, begun->first, begun->last,
				       begun->credit_bytes,
				       fvd_random_chance(random, 2));
	fvd_test_set_blocks(f->image, begun->first, begun->last + 1);
	for (i = begun->first; i <= begun->last; i++)
		f->bits[i] = true;
}

static void end(struct fixture *f, struct begun *begun,
		struct fvd_random *random)
{
	if (fvd_random_chance(random, 4))
		fvd_pending_cancel(&f->pending, begun->first, begun->last,
				   begun->credit_bytes);
	else
		store(f, begun, random);
	begun->credit_bytes = 0;
}

static void reset(struct kunit *test, struct fixture *f,
		  struct fvd_random *random)
{
	struct fvd_map *map = &f->image->map;
	u64 chunk = fvd_random_below(random, map->geo.nr_chunks);
	u32 value = FVD_ENTRY_EMPTY;
	u64 first, last;

	last = fvd_map_chunk_blocks(map, chunk, &first) - 1;
	if (is_held(f, first, last) || !fvd_pending_can_reset(&f->pending))
		return;
	if (fvd_map_chunk_has_base(map, chunk))
		value = FVD_ENTRY_ZERO;
	fvd_test_reset_chunk(test, f->image, chunk, value);
	fvd_pending_reset(&f->pending, chunk, 1, value, first, last);
	memset(f->bits + first, 0, last - first + 1);
}

/* Which blocks the journal block tells to be in the image. */
static void note_told(struct kunit *test, struct fixture *f, void *block)
{
	struct fvd_journal_record record;
	u32 offset = 0;
	u64 i;
	int r;

	for (;;) {
		r = fvd_journal_next_record(block, &offset, &f->image->map.geo,
					    &record, NULL);
		KUNIT_ASSERT_GE(test, r, 0);
		if (!r)
			return;
		if (record.type != FVD_RECORD_BLOCKS)
			continue;
		for (i = record.first; i < record.first + record.nr; i++)
			f->told[i] = true;
	}
}

/* A commit with room for some journal blocks. What it tells is pending no more. */
static void take(struct kunit *test, struct fixture *f, unsigned int nr)
{
	unsigned int i, nr_used;
	const struct fvd_pending_page *page;
	bool all;
	u64 block;

	memset(f->told, 0, f->image->map.geo.nr_blocks);
	all = fvd_pending_take(&f->pending, &f->image->map, f->journal, nr,
			       f->writers, &nr_used);
	KUNIT_ASSERT_LE(test, nr_used, nr);
	for (i = 0; i < nr_used; i++) {
		fvd_journal_finish(&f->writers[i], 1, 1, 1);
		note_told(test, f, f->journal[i]);
	}
	for (block = 0; block < f->image->map.geo.nr_blocks; block++) {
		if (f->told[block])
			KUNIT_ASSERT_TRUE(test, f->image->present[block]);
		if (!f->bits[block])
			continue;
		page = f->pending.pages[fvd_map_page_of_block(block)];
		f->bits[block] = page && fvd_bitmap_test(page->bits, block &
					(FVD_PENDING_BLOCKS_PER_PAGE - 1));
		KUNIT_ASSERT_TRUE(test, f->bits[block] || f->told[block]);
	}
	KUNIT_ASSERT_EQ(test, all, fvd_pending_is_empty(&f->pending));
	/* I-PND-1: what was let in fits into so many, however it came about. */
	if (nr == NR_JOURNAL)
		KUNIT_ASSERT_TRUE(test, all);
	if (all)
		KUNIT_ASSERT_EQ(test, f->pending.done_bytes, 0);
}

static void random_changes(struct kunit *test, bool compact,
			   struct fvd_random *random)
{
	struct fixture *f = new_fixture(test, compact, NR_JOURNAL);
	struct begun *begun;
	unsigned int i;

	for (i = 0; i < 12000; i++) {
		begun = &f->begun[fvd_random_below(random, NR_BEGUN)];
		/* In the end none, so that the limit is reached. */
		if (i < 4000 && fvd_random_chance(random, 30))
			take(test, f, 1 + fvd_random_below(random, NR_JOURNAL));
		else if (compact && fvd_random_chance(random, 10))
			reset(test, f, random);
		else if (begun->credit_bytes)
			end(f, begun, random);
		else
			begin(f, begun, random);
		if (i % 64 == 0)
			expect_model(test, f);
	}
	expect_model(test, f);
	take(test, f, NR_JOURNAL);
	fvd_pending_exit(&f->pending);
}

static void random_changes_agree_with_the_model(struct kunit *test)
{
	struct fvd_random random;

	fvd_random_start(test, &random);
	random_changes(test, false, &random);
	random_changes(test, true, &random);
}

/* As prefetch goes along a new disk: each window is a chunk, and joins the last. */
static void whole_chunks_in_a_row_fit_one_commit(struct kunit *test)
{
	struct fixture *f = new_fixture(test, true, 1);
	struct begun *begun = &f->begun[0];
	struct fvd_random random;
	unsigned int nr_used;
	u64 chunk, first;

	fvd_random_start(test, &random);
	for (chunk = 0; chunk < f->image->capacity; chunk++) {
		begun->last = fvd_map_chunk_blocks(&f->image->map, chunk,
						   &first) - 1;
		begun->first = first;
		begun->credit_bytes = fvd_pending_credit_bytes(&f->image->map);
		if (!fvd_pending_reserve(&f->pending, first, begun->last,
					 begun->credit_bytes))
			break;
		store(f, begun, &random);
		begun->credit_bytes = 0;
	}
	KUNIT_EXPECT_LT(test, chunk, f->image->capacity);
	KUNIT_EXPECT_TRUE(test, fvd_pending_take(&f->pending, &f->image->map,
						 f->journal, 1,
						 f->writers, &nr_used));
	fvd_pending_exit(&f->pending);
}

static struct kunit_case engine_pending_cases[] = {
	FVD_CASE(whole_chunks_in_a_row_fit_one_commit, "I-PND-1"),
	FVD_CASE(random_changes_agree_with_the_model,
		 "I-PND-1 I-PND-2 I-PND-3 I-PND-4"),
	{ }
};

static struct kunit_suite engine_pending_suite = {
	.name = "engine_pending",
	.test_cases = engine_pending_cases,
};

kunit_test_suites(&engine_pending_suite);
