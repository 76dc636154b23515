// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole logs: a guest lives on a small image, commits are made now and then,
 * and what a crash could leave is replayed.
 */
#include "fvd_test_map.h"
#include "../dm-fvd/fvd-journal.h"

#define SEED		5
#define EPOCH		6
#define NR_COMMITS	8
#define NR_IMAGES	25
#define MAX_BLOCKS	64
#define MAX_MOMENTS	(NR_COMMITS * 12)

/**
 * struct life - an image, what is not committed yet, and its log.
 * @pending_reset: by chunk: 0, or the value it was reset to
 * @pending_entry: by chunk
 * @pending_block: by block
 * @log: journal blocks, valid one after the other
 * @nr_log: how many
 * @commit_end: blocks in the log after each commit
 * @moments: the image after each single change, oldest first
 * @commit_moment: index of the moment at each commit
 */
struct life {
	struct fvd_test_image *image;
	u32 *pending_reset;
	bool *pending_entry;
	bool *pending_block;
	struct fvd_journal_writer writer;
	u8 *log[MAX_BLOCKS];
	unsigned int nr_log;
	unsigned int commit_end[NR_COMMITS + 1];
	struct fvd_test_image *moments[MAX_MOMENTS];
	unsigned int nr_moments;
	unsigned int commit_moment[NR_COMMITS + 1];
};

static void note_moment(struct kunit *test, struct life *life)
{
	KUNIT_ASSERT_LT(test, life->nr_moments, MAX_MOMENTS);
	life->moments[life->nr_moments++] =
		fvd_test_image_clone(test, life->image);
}

static void change(struct kunit *test, struct life *life,
		   struct fvd_random *random)
{
	struct fvd_test_change change;
	u64 first, end;

	fvd_test_random_change(test, life->image, random, &change);
	switch (change.kind) {
	case FVD_TEST_NOTHING:
		break;
	case FVD_TEST_ENTRY_AND_BLOCKS:
	case FVD_TEST_ZERO_FILLED:
		life->pending_entry[change.chunk] = true;
		fallthrough;
	case FVD_TEST_BLOCKS:
		for (; change.first < change.end; change.first++)
			life->pending_block[change.first] = true;
		break;
	case FVD_TEST_RESET:
		life->pending_reset[change.chunk] = change.value;
		life->pending_entry[change.chunk] = false;
		end = fvd_map_chunk_blocks(&life->image->map, change.chunk, &first);
		for (; first < end; first++)
			life->pending_block[first] = false;
		break;
	}
	note_moment(test, life);
}

/* Begin the log's next block. */
static void next_block(struct kunit *test, struct life *life)
{
	KUNIT_ASSERT_LT(test, life->nr_log, MAX_BLOCKS);
	life->log[life->nr_log] = fvd_test_zalloc(test, FVD_PAGE_BYTES);
	fvd_journal_begin(&life->writer, life->log[life->nr_log]);
}

static void close_block(struct life *life)
{
	fvd_journal_finish(&life->writer, SEED, EPOCH, 100 + life->nr_log);
	life->nr_log++;
}

/* Blocks are full early, so that commits have several. */
static void maybe_full(struct kunit *test, struct life *life,
		       struct fvd_random *random)
{
	if (!fvd_random_chance(random, 4))
		return;
	close_block(life);
	next_block(test, life);
}

static void commit_resets(struct kunit *test, struct life *life,
			  struct fvd_random *random)
{
	u64 chunk;

	for (chunk = 0; chunk < life->image->map.geo.nr_chunks; chunk++) {
		if (!life->pending_reset[chunk])
			continue;
		maybe_full(test, life, random);
		KUNIT_ASSERT_TRUE(test,
				  fvd_journal_put_reset(&life->writer, chunk, 1,
							life->pending_reset[chunk]));
		life->pending_reset[chunk] = 0;
	}
}

static bool put_entry(struct life *life, u64 chunk)
{
	const struct fvd_map *map = &life->image->map;
	u32 number = fvd_map_entry(map, chunk);
	u64 first, end;

	end = fvd_map_chunk_blocks(map, chunk, &first);
	end = min(end, map->geo.nr_base_blocks);
	if (first < end && fvd_bitmap_all_set(map->bitmap, first, end))
		return fvd_journal_put_filled(&life->writer, chunk, number,
					      first, end - first);
	return fvd_journal_put_entry(&life->writer, chunk, number);
}

static void commit_entries(struct kunit *test, struct life *life,
			   struct fvd_random *random)
{
	u64 chunk;

	for (chunk = 0; chunk < life->image->map.geo.nr_chunks; chunk++) {
		if (!life->pending_entry[chunk])
			continue;
		maybe_full(test, life, random);
		KUNIT_ASSERT_TRUE(test, put_entry(life, chunk));
		life->pending_entry[chunk] = false;
	}
}

static void commit_blocks(struct kunit *test, struct life *life,
			  struct fvd_random *random)
{
	u64 nr_blocks = life->image->map.geo.nr_blocks;
	u64 first, end;

	for (first = 0; first < nr_blocks; first = end) {
		end = first + 1;
		if (!life->pending_block[first])
			continue;
		while (end < nr_blocks && life->pending_block[end])
			end++;
		maybe_full(test, life, random);
		if (!fvd_journal_put_blocks(&life->writer, first, end - first)) {
			close_block(life);
			next_block(test, life);
			KUNIT_ASSERT_TRUE(test,
					  fvd_journal_put_blocks(&life->writer,
								 first, end - first));
		}
		memset(life->pending_block + first, 0, end - first);
	}
}

static void commit(struct kunit *test, struct life *life,
		   struct fvd_random *random)
{
	next_block(test, life);
	commit_resets(test, life, random);
	commit_entries(test, life, random);
	commit_blocks(test, life, random);
	close_block(life);
}

static struct life *live(struct kunit *test, struct fvd_random *random)
{
	struct life *life = fvd_test_zalloc(test, sizeof(*life));
	const struct fvd_geometry *geo;
	unsigned int i, nr;

	/* Mostly small ones, where changes meet. */
	do {
		life->image = fvd_test_image_random(test, random);
		geo = &life->image->map.geo;
	} while (geo->nr_blocks > 64 && !fvd_random_chance(random, 10));
	life->pending_reset = fvd_test_zalloc(test, (geo->nr_chunks + 1) * 4);
	life->pending_entry = fvd_test_zalloc(test, geo->nr_chunks + 1);
	life->pending_block = fvd_test_zalloc(test, geo->nr_blocks);
	note_moment(test, life);
	for (i = 0; i < NR_COMMITS; i++) {
		for (nr = fvd_random_below(random, 10); nr; nr--)
			change(test, life, random);
		if (life->nr_log + 32 > MAX_BLOCKS)
			break;
		commit(test, life, random);
		life->commit_end[i + 1] = life->nr_log;
		life->commit_moment[i + 1] = life->nr_moments - 1;
	}
	for (; i < NR_COMMITS; i++) {
		life->commit_end[i + 1] = life->nr_log;
		life->commit_moment[i + 1] = life->commit_moment[i];
	}
	return life;
}

static void replay(struct kunit *test, const struct life *life,
		   struct fvd_test_image *image, unsigned int from,
		   unsigned int to, __le64 *dirty)
{
	struct fvd_error error = { "" };
	int r;

	for (; from < to; from++) {
		KUNIT_ASSERT_TRUE(test,
				  fvd_journal_block_valid(life->log[from], SEED,
							  EPOCH, 100 + from));
		r = fvd_journal_replay_block(life->log[from], &image->map,
					     dirty, &error);
		KUNIT_ASSERT_EQ_MSG(test, r, 0, "%s", error.text);
	}
	fvd_map_count(&image->map);
}

static void expect_equal_maps(struct kunit *test,
			      const struct fvd_test_image *found,
			      const struct fvd_test_image *want)
{
	u64 i;

	for (i = 0; i < fvd_geometry_nr_pages(&found->map.geo); i++)
		KUNIT_ASSERT_MEMEQ(test, fvd_map_page(&found->map, i),
				   fvd_map_page(&want->map, i), FVD_PAGE_BYTES);
	KUNIT_ASSERT_EQ(test, found->map.nr_base_blocks_left,
			want->map.nr_base_blocks_left);
}

static void replay_of_all_commits_gives_the_last_state(struct kunit *test)
{
	struct fvd_test_image *image;
	struct fvd_random random;
	__le64 dirty[4] = { 0 };
	struct life *life;
	unsigned int i;

	fvd_random_start(test, &random);
	for (i = 0; i < NR_IMAGES; i++) {
		life = live(test, &random);
		image = fvd_test_image_clone(test, life->moments[0]);
		replay(test, life, image, 0, life->nr_log, dirty);
		expect_equal_maps(test, image,
				  life->moments[life->commit_moment[NR_COMMITS]]);
		fvd_test_expect_sound(test, image);
	}
}

/* I-JRN-1, first half. */
static void replay_is_idempotent(struct kunit *test)
{
	struct fvd_test_image *image, *once;
	struct fvd_random random;
	__le64 dirty[4] = { 0 };
	struct life *life;
	unsigned int i;

	fvd_random_start(test, &random);
	for (i = 0; i < NR_IMAGES; i++) {
		life = live(test, &random);
		image = fvd_test_image_clone(test, life->moments[0]);
		replay(test, life, image, 0, life->nr_log, dirty);
		once = fvd_test_image_clone(test, image);
		/* Interrupted anywhere, and all of it again. */
		replay(test, life, image, 0,
		       fvd_random_below(&random, life->nr_log + 1), dirty);
		replay(test, life, image, 0, life->nr_log, dirty);
		expect_equal_maps(test, image, once);
	}
}

/*
 * I-JRN-1, second half: each page is on the disk as it was at a moment of its
 * own, none before the log's start, as a checkpoint beside commits leaves them.
 */
static void pages_of_any_later_moments_replay_to_the_same_end(struct kunit *test)
{
	unsigned int i, start, moment, last;
	struct fvd_test_image *image;
	struct fvd_random random;
	__le64 dirty[4] = { 0 };
	struct life *life = NULL;
	u64 page;

	fvd_random_start(test, &random);
	for (i = 0; i < 4 * NR_IMAGES; i++) {
		if (i % 4 == 0)
			life = live(test, &random);
		start = fvd_random_below(&random, NR_COMMITS + 1);
		last = life->commit_moment[NR_COMMITS];
		image = fvd_test_image_clone(test, life->moments[0]);
		for (page = 0; page < fvd_geometry_nr_pages(&image->map.geo); page++) {
			moment = life->commit_moment[start];
			moment += fvd_random_below(&random, last + 1 - moment);
			memcpy(fvd_map_page(&image->map, page),
			       fvd_map_page(&life->moments[moment]->map, page),
			       FVD_PAGE_BYTES);
		}
		replay(test, life, image, life->commit_end[start],
		       life->nr_log, dirty);
		expect_equal_maps(test, image, life->moments[last]);
	}
}

/* What a replay does not mark must not have changed. */
static void changed_pages_are_marked_dirty(struct kunit *test)
{
	struct fvd_test_image *image;
	struct fvd_random random;
	__le64 dirty[4];
	struct life *life;
	unsigned int i;
	u64 page;

	fvd_random_start(test, &random);
	for (i = 0; i < NR_IMAGES; i++) {
		life = live(test, &random);
		image = fvd_test_image_clone(test, life->moments[0]);
		memset(dirty, 0, sizeof(dirty));
		replay(test, life, image, 0, life->nr_log, dirty);
		for (page = 0; page < fvd_geometry_nr_pages(&image->map.geo); page++)
			if (!fvd_bitmap_test(dirty, page))
				KUNIT_ASSERT_MEMEQ(test,
						   fvd_map_page(&image->map, page),
						   fvd_map_page(&life->moments[0]->map,
								page),
						   FVD_PAGE_BYTES);
		KUNIT_ASSERT_EQ(test, fvd_bitmap_find(dirty, page, 256, true), 256);
	}
}

static bool was_reset_between(const struct life *life, unsigned int commit,
			      u64 block)
{
	const struct fvd_test_image *image = life->image;
	unsigned int i;
	u64 chunk;

	if (!fvd_test_is_compact(image))
		return false;
	chunk = fvd_map_chunk_of_block(&image->map, block);
	for (i = life->commit_moment[commit]; i <= life->commit_moment[commit + 1]; i++)
		if (life->moments[i]->entry[chunk] >= FVD_ENTRY_ZERO)
			return true;
	return false;
}

/* A block after a crash in commit @commit: as before, as after, or as reset. */
static void expect_block_allowed(struct kunit *test, const struct life *life,
				 unsigned int commit, u64 block,
				 const struct fvd_run *found)
{
	u64 sector = fvd_map_block_sector(&life->image->map, block);
	unsigned int i, moment;
	enum fvd_where where;
	u64 at;

	for (i = 0; i < 2; i++) {
		moment = life->commit_moment[commit + i];
		where = fvd_test_where(life->moments[moment], sector, &at);
		if (where == found->where &&
		    (where != FVD_IN_IMAGE || at == found->image_sector))
			return;
	}
	KUNIT_ASSERT_TRUE_MSG(test, found->where == FVD_IS_ZERO &&
			      was_reset_between(life, commit, block),
			      "block %llu is in state %d after a crash in commit %u",
			      (unsigned long long)block, found->where, commit);
}

/* I-JRN-5, and that fvd_map_check() accepts. */
static void any_prefix_of_a_commit_is_a_state_between(struct kunit *test)
{
	struct fvd_test_image *image;
	unsigned int i, commit, prefix;
	struct fvd_random random;
	__le64 dirty[4] = { 0 };
	struct life *life = NULL;
	struct fvd_run run;
	u64 block;

	fvd_random_start(test, &random);
	for (i = 0; i < NR_IMAGES * NR_COMMITS; i++) {
		commit = i % NR_COMMITS;
		if (!commit)
			life = live(test, &random);
		image = fvd_test_image_clone(test,
					     life->moments[life->commit_moment[commit]]);
		for (prefix = life->commit_end[commit];
		     prefix < life->commit_end[commit + 1]; prefix++) {
			replay(test, life, image, prefix, prefix + 1, dirty);
			fvd_test_expect_sound(test, image);
			for (block = 0; block < image->map.geo.nr_blocks; block++) {
				fvd_map_lookup(&image->map,
					       fvd_map_block_sector(&image->map, block),
					       1, &run);
				expect_block_allowed(test, life, commit, block, &run);
			}
		}
	}
}

static struct kunit_case fvd_replay_cases[] = {
	KUNIT_CASE(replay_of_all_commits_gives_the_last_state),
	FVD_CASE(replay_is_idempotent, "I-JRN-1"),
	FVD_CASE(pages_of_any_later_moments_replay_to_the_same_end, "I-JRN-1"),
	KUNIT_CASE(changed_pages_are_marked_dirty),
	FVD_CASE(any_prefix_of_a_commit_is_a_state_between, "I-JRN-5"),
	{}
};

static struct kunit_suite fvd_replay_suite = {
	.name = "fvd_replay",
	.test_cases = fvd_replay_cases,
};

kunit_test_suite(fvd_replay_suite);
