// SPDX-License-Identifier: GPL-2.0-only
/*
 * The chunk allocator against a list of who owns what.
 */
#include "fvd_test.h"
#include "../dm-fvd/fvd-alloc.h"

#define MAX_CHUNKS 300

enum model_state {
	MODEL_FREE,
	MODEL_OWNED,
	MODEL_STAGE,	/* + enum fvd_alloc_stage */
};

struct fixture {
	struct fvd_alloc alloc;
	__le64 *used;
	u8 model[MAX_CHUNKS];
};

static struct fixture *new_fixture(struct kunit *test, u64 capacity)
{
	struct fixture *f = fvd_test_zalloc(test, sizeof(*f));
	size_t nr_bytes = fvd_bitmap_words(MAX_CHUNKS) * sizeof(__le64);
	unsigned int i;

	f->used = fvd_test_zalloc(test, nr_bytes);
	fvd_alloc_init(&f->alloc, f->used, capacity, MAX_CHUNKS);
	for (i = 0; i < FVD_ALLOC_NR_STAGES; i++)
		f->alloc.stage[i] = fvd_test_zalloc(test, nr_bytes);
	return f;
}

static u64 count_state(const struct fixture *f, u8 state)
{
	u64 i, nr = 0;

	for (i = 0; i < MAX_CHUNKS; i++)
		nr += f->model[i] == state;
	return nr;
}

/* I-ALC-3, and each bitmap bit by bit. */
static void expect_model(struct kunit *test, const struct fixture *f)
{
	const struct fvd_alloc *alloc = &f->alloc;
	u64 i, stage, coming = 0;

	for (i = 0; i < MAX_CHUNKS; i++) {
		KUNIT_ASSERT_EQ(test, fvd_bitmap_test(alloc->used, i),
				f->model[i] != MODEL_FREE);
		for (stage = 0; stage < FVD_ALLOC_NR_STAGES; stage++)
			KUNIT_ASSERT_EQ(test,
					fvd_bitmap_test(alloc->stage[stage], i),
					f->model[i] == MODEL_STAGE + stage);
	}
	for (stage = 0; stage < FVD_ALLOC_NR_STAGES; stage++) {
		KUNIT_ASSERT_EQ(test, alloc->nr_in_stage[stage],
				count_state(f, MODEL_STAGE + stage));
		coming += alloc->nr_in_stage[stage];
	}
	KUNIT_ASSERT_EQ(test, fvd_alloc_nr_coming(alloc), coming);
	KUNIT_ASSERT_EQ(test, alloc->nr_used,
			MAX_CHUNKS - count_state(f, MODEL_FREE));
	KUNIT_ASSERT_EQ(test, fvd_alloc_nr_free(alloc),
			alloc->capacity - alloc->nr_used);
}

static u32 get_or_fail(struct kunit *test, struct fixture *f)
{
	u32 number = U32_MAX;
	int r = fvd_alloc_get(&f->alloc, &number);

	KUNIT_ASSERT_EQ(test, r, 0);
	KUNIT_ASSERT_LT(test, number, f->alloc.capacity);
	/* I-ALC-1 */
	KUNIT_ASSERT_EQ(test, f->model[number], MODEL_FREE);
	f->model[number] = MODEL_OWNED;
	return number;
}

static void first_chunks_lie_in_a_row(struct kunit *test)
{
	struct fixture *f = new_fixture(test, 130);
	u32 i;

	for (i = 0; i < 130; i++)
		KUNIT_ASSERT_EQ(test, get_or_fail(test, f), i);
	expect_model(test, f);
}

static void full_device_says_enospc(struct kunit *test)
{
	struct fixture *f = new_fixture(test, 2);
	u32 number;

	get_or_fail(test, f);
	get_or_fail(test, f);
	KUNIT_EXPECT_EQ(test, fvd_alloc_get(&f->alloc, &number), -ENOSPC);
	KUNIT_EXPECT_EQ(test, fvd_alloc_nr_free(&f->alloc), 0);
	KUNIT_EXPECT_EQ(test, fvd_alloc_nr_coming(&f->alloc), 0);
}

static void device_without_room_says_enospc(struct kunit *test)
{
	struct fixture *f = new_fixture(test, 0);
	u32 number;

	KUNIT_EXPECT_EQ(test, fvd_alloc_get(&f->alloc, &number), -ENOSPC);
}

static void search_wraps_to_the_start(struct kunit *test)
{
	struct fixture *f = new_fixture(test, 70);
	u32 i;

	for (i = 0; i < 70; i++)
		get_or_fail(test, f);
	fvd_alloc_unget(&f->alloc, 5);
	f->model[5] = MODEL_FREE;
	fvd_alloc_unget(&f->alloc, 69);
	f->model[69] = MODEL_FREE;
	KUNIT_EXPECT_EQ(test, get_or_fail(test, f), 5);
	KUNIT_EXPECT_EQ(test, get_or_fail(test, f), 69);
	expect_model(test, f);
}

static void starts_from_what_the_table_uses(struct kunit *test)
{
	struct fixture *f = new_fixture(test, 0);
	struct fvd_alloc alloc;
	u32 number;

	fvd_bitmap_fill(f->used, 0, 66, true);
	fvd_alloc_init(&alloc, f->used, 68, MAX_CHUNKS);
	KUNIT_EXPECT_EQ(test, alloc.nr_used, 66);
	KUNIT_EXPECT_EQ(test, fvd_alloc_nr_free(&alloc), 2);
	KUNIT_EXPECT_EQ(test, fvd_alloc_get(&alloc, &number), 0);
	KUNIT_EXPECT_EQ(test, number, 66);
}

/* I-ALC-2: the rule of durability that a freed chunk waits for. */
static void freed_chunk_comes_back_after_the_last_stage_only(struct kunit *test)
{
	struct fixture *f = new_fixture(test, 1);
	u32 number = get_or_fail(test, f);
	unsigned int stage;

	fvd_alloc_free(&f->alloc, number);
	for (stage = 0; stage < FVD_ALLOC_NR_STAGES; stage++) {
		KUNIT_EXPECT_EQ(test, fvd_alloc_get(&f->alloc, &number), -ENOSPC);
		KUNIT_EXPECT_EQ(test, fvd_alloc_nr_coming(&f->alloc), 1);
		fvd_alloc_advance(&f->alloc, stage);
	}
	KUNIT_EXPECT_EQ(test, fvd_alloc_nr_coming(&f->alloc), 0);
	KUNIT_EXPECT_EQ(test, fvd_alloc_get(&f->alloc, &number), 0);
}

/* There was no memory to remember it by: lost for now, but never given away. */
static void chunk_freed_without_stages_stays_used(struct kunit *test)
{
	struct fixture *f = new_fixture(test, 2);
	u32 number = get_or_fail(test, f);
	unsigned int stage;

	memset(f->alloc.stage, 0, sizeof(f->alloc.stage));
	fvd_alloc_free(&f->alloc, number);
	for (stage = 0; stage < FVD_ALLOC_NR_STAGES; stage++)
		fvd_alloc_advance(&f->alloc, stage);
	KUNIT_EXPECT_EQ(test, fvd_alloc_nr_coming(&f->alloc), 0);
	KUNIT_EXPECT_EQ(test, fvd_alloc_nr_free(&f->alloc), 1);
	KUNIT_EXPECT_EQ(test, get_or_fail(test, f), 1);
	KUNIT_EXPECT_EQ(test, fvd_alloc_get(&f->alloc, &number), -ENOSPC);
}

static void grown_capacity_is_handed_out(struct kunit *test)
{
	struct fixture *f = new_fixture(test, 64);
	u32 i, number;

	for (i = 0; i < 64; i++)
		get_or_fail(test, f);
	KUNIT_EXPECT_EQ(test, fvd_alloc_get(&f->alloc, &number), -ENOSPC);
	f->alloc.capacity = 66;
	KUNIT_EXPECT_EQ(test, get_or_fail(test, f), 64);
	KUNIT_EXPECT_EQ(test, get_or_fail(test, f), 65);
	KUNIT_EXPECT_EQ(test, fvd_alloc_get(&f->alloc, &number), -ENOSPC);
}

/* A chunk in @state, or MAX_CHUNKS. */
static u32 pick(const struct fixture *f, struct fvd_random *random, u8 state)
{
	u32 start = fvd_random_below(random, MAX_CHUNKS), i, at;

	for (i = 0; i < MAX_CHUNKS; i++) {
		at = (start + i) % MAX_CHUNKS;
		if (f->model[at] == state)
			return at;
	}
	return MAX_CHUNKS;
}

static void advance_both(struct fixture *f, unsigned int stage)
{
	unsigned int i;

	fvd_alloc_advance(&f->alloc, stage);
	for (i = 0; i < MAX_CHUNKS; i++)
		if (f->model[i] == MODEL_STAGE + stage)
			f->model[i] = stage + 1 < FVD_ALLOC_NR_STAGES ?
				MODEL_STAGE + stage + 1 : MODEL_FREE;
}

static void random_step(struct kunit *test, struct fixture *f,
			struct fvd_random *random)
{
	u32 number;

	switch (fvd_random_below(random, 16)) {
	case 0: case 1: case 2: case 3: case 4: case 5:
		if (fvd_alloc_nr_free(&f->alloc))
			get_or_fail(test, f);
		else
			KUNIT_ASSERT_EQ(test, fvd_alloc_get(&f->alloc, &number),
					-ENOSPC);
		break;
	case 6: case 7: case 8: case 9:
		number = pick(f, random, MODEL_OWNED);
		if (number == MAX_CHUNKS)
			break;
		fvd_alloc_free(&f->alloc, number);
		f->model[number] = MODEL_STAGE + FVD_FREED;
		break;
	case 10:
		number = pick(f, random, MODEL_OWNED);
		if (number == MAX_CHUNKS)
			break;
		fvd_alloc_unget(&f->alloc, number);
		f->model[number] = MODEL_FREE;
		break;
	case 11:
		if (f->alloc.capacity < MAX_CHUNKS &&
		    fvd_random_chance(random, 50))
			f->alloc.capacity++;
		break;
	default:
		advance_both(f, fvd_random_below(random, FVD_ALLOC_NR_STAGES));
	}
}

static void random_life_agrees_with_the_model(struct kunit *test)
{
	struct fvd_random random;
	struct fixture *f;
	unsigned int round;

	fvd_random_start(test, &random);
	f = new_fixture(test, 1 + fvd_random_below(&random, MAX_CHUNKS));
	for (round = 0; round < 3000; round++) {
		random_step(test, f, &random);
		if (round % 16 == 0)
			expect_model(test, f);
	}
	expect_model(test, f);
}

static struct kunit_case fvd_alloc_cases[] = {
	KUNIT_CASE(first_chunks_lie_in_a_row),
	KUNIT_CASE(full_device_says_enospc),
	KUNIT_CASE(device_without_room_says_enospc),
	KUNIT_CASE(search_wraps_to_the_start),
	KUNIT_CASE(starts_from_what_the_table_uses),
	FVD_CASE(freed_chunk_comes_back_after_the_last_stage_only, "I-ALC-2"),
	FVD_CASE(chunk_freed_without_stages_stays_used, "I-ALC-2"),
	KUNIT_CASE(grown_capacity_is_handed_out),
	FVD_CASE(random_life_agrees_with_the_model, "I-ALC-1 I-ALC-2 I-ALC-3"),
	{}
};

static struct kunit_suite fvd_alloc_suite = {
	.name = "fvd_alloc",
	.test_cases = fvd_alloc_cases,
};

kunit_test_suite(fvd_alloc_suite);
