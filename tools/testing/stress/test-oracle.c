// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules R1 to R8 of stress-oracle.h, one by one, on a disk of eight blocks
 * of which four have a base.
 */
#include <string.h>

#include "stress-oracle.h"
#include "test.h"

#define BLOCKS		8
#define BASE_BLOCKS	4
#define SEED		99
#define TAG		7

/* Contents, beside the numbers of writes. */
#define BASE		1000
#define ZERO		1001
#define STALE		1002

static struct oracle *oracle;

static void setup_config(struct oracle_config config)
{
	config.blocks = BLOCKS;
	config.block_bytes = SECTOR_BYTES;
	config.base_sectors = BASE_BLOCKS;
	config.base_tag = TAG;
	config.seed = SEED;
	oracle = oracle_create(&config);
	EXPECT(oracle);
}

static void setup(void)
{
	struct oracle_config config = { };

	setup_config(config);
}

static void teardown(void)
{
	oracle_destroy(oracle);
	oracle = NULL;
}

static void fill(u64 *words, u64 block, u64 content)
{
	struct pattern_origin origin = { .sector = block };

	switch (content) {
	case BASE:
		origin.kind = PATTERN_BASE;
		origin.seed = TAG;
		break;
	case ZERO:
		origin.kind = PATTERN_ZERO;
		break;
	case STALE:
		origin.kind = PATTERN_STALE;
		break;
	default:
		origin.kind = PATTERN_WRITE;
		origin.seed = SEED;
		origin.request = content;
	}
	pattern_fill(words, &origin);
}

static void begin(enum oracle_kind kind, u64 request, u64 block)
{
	EXPECT(!oracle_submit(oracle, kind, request, block, 1, false));
}

static void end(u64 request, u64 block)
{
	oracle_complete(oracle, request, block, 1, false);
}

static void write_block(u64 request, u64 block)
{
	begin(ORACLE_WRITE, request, block);
	end(request, block);
}

static void flush(void)
{
	oracle_flush_end(oracle, oracle_flush_begin(oracle));
}

static struct oracle_read begin_read(void)
{
	struct oracle_read read;

	EXPECT(!oracle_read_begin(oracle, &read));
	return read;
}

/* The outcome of a read that began earlier; learns from it. */
static bool reads(struct oracle_read read, u64 block, u64 content)
{
	u64 words[PATTERN_WORDS];

	fill(words, block, content);
	return oracle_check(oracle, read, block, words).right;
}

/* Would a read allow this? Asked on a value basis, so that nothing is learned. */
static bool may(u64 block, u64 content)
{
	const struct oracle_value *values;
	struct pattern_origin origin;
	u64 words[PATTERN_WORDS];
	u32 i, count;

	fill(words, block, content);
	values = oracle_values(oracle, block, &count);
	for (i = 0; i < count; i++) {
		if (!oracle_allows(oracle, block, &values[i], ~0ULL - 1))
			continue;
		origin = oracle_origin(oracle, &values[i], block);
		if (values[i].kind == ORACLE_ANY ||
		    pattern_matches(words, &origin))
			return true;
	}
	return false;
}

static void initial_content_is_base_then_zeros(void)
{
	setup();
	EXPECT(may(0, BASE) && may(3, BASE) && !may(4, BASE));
	EXPECT(may(4, ZERO) && may(7, ZERO) && !may(0, ZERO));
	EXPECT(!may(0, STALE) && !may(7, STALE));
	teardown();
}

static void base_end_inside_block(void)
{
	struct oracle_config config = { };
	struct oracle_read read;
	u64 words[2 * PATTERN_WORDS];

	config.blocks = 4;
	config.block_bytes = 2 * SECTOR_BYTES;
	config.base_sectors = 3;
	config.base_tag = TAG;
	oracle = oracle_create(&config);
	fill(words, 2, BASE);
	fill(words + PATTERN_WORDS, 3, ZERO);
	read = begin_read();
	EXPECT(oracle_check(oracle, read, 1, words).right);
	fill(words + PATTERN_WORDS, 3, BASE);
	EXPECT(!oracle_check(oracle, read, 1, words).right);
	teardown();
}

static void write_alone_has_one_value(void)
{
	setup();
	begin(ORACLE_WRITE, 10, 1);
	EXPECT(may(1, BASE) && may(1, 10));
	end(10, 1);
	EXPECT(!may(1, BASE) && may(1, 10) && !may(1, ZERO));
	EXPECT(may(0, BASE) && may(2, BASE));
	write_block(11, 1);
	EXPECT(!may(1, 10) && may(1, 11));
	teardown();
}

static void overlapping_writes_may_end_either_way(void)
{
	setup();
	begin(ORACLE_WRITE, 10, 1);
	begin(ORACLE_WRITE, 11, 1);
	end(11, 1);
	end(10, 1);
	EXPECT(may(1, 10) && may(1, 11) && !may(1, BASE));
	begin(ORACLE_WRITE, 12, 1);
	EXPECT(may(1, 10) && may(1, 11) && may(1, 12));
	end(12, 1);
	EXPECT(!may(1, 10) && !may(1, 11) && may(1, 12));
	teardown();
}

static void chain_of_overlaps_keeps_the_last_two(void)
{
	setup();
	begin(ORACLE_WRITE, 10, 1);
	begin(ORACLE_WRITE, 11, 1);
	end(10, 1);
	begin(ORACLE_WRITE, 12, 1);
	end(11, 1);
	end(12, 1);
	/* 12 began after 10 had ended; 11 overlaps both. */
	EXPECT(!may(1, 10) && may(1, 11) && may(1, 12));
	teardown();
}

static void read_may_see_what_changed_during_it(void)
{
	struct oracle_read read;

	setup();
	write_block(10, 1);
	read = begin_read();
	write_block(11, 1);
	EXPECT(reads(read, 1, 10) && reads(read, 1, 11));
	EXPECT(!reads(read, 1, BASE));
	oracle_read_end(oracle, read);
	read = begin_read();
	EXPECT(!reads(read, 1, 10) && reads(read, 1, 11));
	teardown();
}

static void old_value_is_kept_for_read_in_flight(void)
{
	struct oracle_read read;

	setup();
	write_block(10, 1);
	flush();
	read = begin_read();
	write_block(11, 1);
	flush();
	write_block(12, 1);
	flush();
	write_block(13, 1);
	EXPECT(reads(read, 1, 10) && reads(read, 1, 11) && reads(read, 1, 12));
	oracle_read_end(oracle, read);
	teardown();
}

static void read_during_write_does_not_narrow(void)
{
	struct oracle_read read;

	setup();
	begin(ORACLE_WRITE, 10, 1);
	read = begin_read();
	EXPECT(reads(read, 1, 10));
	oracle_read_end(oracle, read);
	EXPECT(may(1, BASE) && may(1, 10));
	end(10, 1);
	teardown();
}

static void quiet_read_narrows(void)
{
	struct oracle_read read;

	setup();
	begin(ORACLE_WRITE, 10, 1);
	begin(ORACLE_WRITE, 11, 1);
	end(10, 1);
	end(11, 1);
	read = begin_read();
	EXPECT(reads(read, 1, 10));
	oracle_read_end(oracle, read);
	EXPECT(may(1, 10) && !may(1, 11));
	/* Not durable: a cut may bring back any of them. */
	oracle_power_cut(oracle);
	EXPECT(may(1, 10) && may(1, 11) && may(1, BASE));
	teardown();
}

static void quiet_read_then_flush_is_final(void)
{
	struct oracle_read read;

	setup();
	begin(ORACLE_WRITE, 10, 1);
	begin(ORACLE_WRITE, 11, 1);
	end(10, 1);
	end(11, 1);
	read = begin_read();
	EXPECT(reads(read, 1, 10));
	oracle_read_end(oracle, read);
	flush();
	oracle_power_cut(oracle);
	EXPECT(may(1, 10) && !may(1, 11) && !may(1, BASE));
	teardown();
}

static void read_begun_before_the_end_does_not_narrow(void)
{
	struct oracle_read read;

	setup();
	begin(ORACLE_WRITE, 10, 1);
	begin(ORACLE_WRITE, 11, 1);
	end(10, 1);
	read = begin_read();
	end(11, 1);
	EXPECT(reads(read, 1, 10));
	oracle_read_end(oracle, read);
	EXPECT(may(1, 10) && may(1, 11));
	teardown();
}

static void failed_write_may_have_happened(void)
{
	setup();
	begin(ORACLE_WRITE, 10, 1);
	oracle_complete(oracle, 10, 1, 1, true);
	EXPECT(may(1, BASE) && may(1, 10));
	flush();
	EXPECT(may(1, BASE) && may(1, 10));
	oracle_power_cut(oracle);
	EXPECT(may(1, BASE) && may(1, 10));
	write_block(11, 1);
	EXPECT(!may(1, BASE) && !may(1, 10) && may(1, 11));
	teardown();
}

static void failed_write_seen_is_not_promised(void)
{
	struct oracle_read read;

	setup();
	write_block(10, 1);
	flush();
	begin(ORACLE_WRITE, 11, 1);
	oracle_complete(oracle, 11, 1, 1, true);
	read = begin_read();
	EXPECT(reads(read, 1, 11));
	oracle_read_end(oracle, read);
	EXPECT(!may(1, 10));
	flush();
	oracle_power_cut(oracle);
	EXPECT(may(1, 10) && may(1, 11) && !may(1, BASE));
	teardown();
}

static void later_failure_does_not_undo_observation(void)
{
	struct oracle_read read;

	setup();
	begin(ORACLE_WRITE, 10, 1);
	begin(ORACLE_WRITE, 11, 1);
	end(10, 1);
	end(11, 1);
	read = begin_read();
	EXPECT(reads(read, 1, 10));
	oracle_read_end(oracle, read);
	flush();
	begin(ORACLE_WRITE, 12, 1);
	oracle_complete(oracle, 12, 1, 1, true);
	oracle_power_cut(oracle);
	EXPECT(may(1, 10) && may(1, 12) && !may(1, 11) && !may(1, BASE));
	teardown();
}

static void cut_brings_back_what_was_not_flushed(void)
{
	setup();
	write_block(10, 1);
	write_block(11, 1);
	begin(ORACLE_WRITE, 12, 1);
	oracle_power_cut(oracle);
	EXPECT(may(1, BASE) && may(1, 10) && may(1, 11) && may(1, 12));
	EXPECT(!may(1, ZERO));
	teardown();
}

static void flush_makes_durable(void)
{
	setup();
	write_block(10, 1);
	flush();
	write_block(11, 1);
	oracle_power_cut(oracle);
	EXPECT(!may(1, BASE) && may(1, 10) && may(1, 11));
	teardown();
}

static void flush_covers_what_was_acknowledged_before(void)
{
	u64 stamp;

	setup();
	begin(ORACLE_WRITE, 10, 1);
	begin(ORACLE_WRITE, 11, 2);
	end(10, 1);
	stamp = oracle_flush_begin(oracle);
	end(11, 2);
	oracle_flush_end(oracle, stamp);
	oracle_power_cut(oracle);
	EXPECT(!may(1, BASE) && may(1, 10));
	EXPECT(may(2, BASE) && may(2, 11));
	teardown();
}

static void failed_or_unfinished_flush_promises_nothing(void)
{
	setup();
	write_block(10, 1);
	oracle_flush_begin(oracle);
	oracle_power_cut(oracle);
	EXPECT(may(1, BASE) && may(1, 10));
	teardown();
}

static void fua_is_durable_alone(void)
{
	setup();
	write_block(10, 2);
	EXPECT(!oracle_submit(oracle, ORACLE_WRITE, 11, 1, 1, true));
	oracle_complete(oracle, 11, 1, 1, false);
	oracle_power_cut(oracle);
	EXPECT(!may(1, BASE) && may(1, 11));
	EXPECT(may(2, BASE) && may(2, 10));
	teardown();
}

static void write_through_needs_no_flush(void)
{
	struct oracle_config config = { .write_through = true };

	setup_config(config);
	write_block(10, 1);
	oracle_power_cut(oracle);
	EXPECT(!may(1, BASE) && may(1, 10));
	teardown();
}

static void second_cut_before_verification_keeps_all(void)
{
	setup();
	write_block(10, 1);
	oracle_power_cut(oracle);
	oracle_power_cut(oracle);
	EXPECT(may(1, BASE) && may(1, 10));
	write_block(11, 1);
	EXPECT(!may(1, BASE) && !may(1, 10) && may(1, 11));
	oracle_power_cut(oracle);
	EXPECT(may(1, BASE) && may(1, 10) && may(1, 11));
	teardown();
}

static void settled_value_is_durable(void)
{
	struct oracle_read read;
	u32 count;

	setup();
	write_block(10, 1);
	write_block(11, 1);
	oracle_power_cut(oracle);
	read = begin_read();
	EXPECT(reads(read, 1, 10));
	oracle_read_end(oracle, read);
	EXPECT(oracle_changed(oracle, 1));
	oracle_settle(oracle);
	EXPECT(!oracle_changed(oracle, 1));
	oracle_values(oracle, 1, &count);
	EXPECT(count == 1);
	oracle_power_cut(oracle);
	EXPECT(may(1, 10) && !may(1, 11) && !may(1, BASE));
	teardown();
}

static void zeroes_read_as_zeros(void)
{
	setup();
	begin(ORACLE_ZERO, 10, 1);
	end(10, 1);
	EXPECT(may(1, ZERO) && !may(1, BASE));
	teardown();
}

static void discard_gives_old_or_zero(void)
{
	setup();
	write_block(10, 1);
	begin(ORACLE_TRIM, 11, 1);
	end(11, 1);
	EXPECT(may(1, 10) && may(1, ZERO) && !may(1, BASE));
	flush();
	oracle_power_cut(oracle);
	EXPECT(may(1, 10) && may(1, ZERO) && !may(1, BASE));
	write_block(12, 1);
	EXPECT(!may(1, 10) && !may(1, ZERO) && may(1, 12));
	teardown();
}

static void discard_that_zeroed_stays_zero(void)
{
	struct oracle_read read;

	setup();
	write_block(10, 1);
	begin(ORACLE_TRIM, 11, 1);
	end(11, 1);
	read = begin_read();
	EXPECT(reads(read, 1, ZERO));
	oracle_read_end(oracle, read);
	read = begin_read();
	EXPECT(!reads(read, 1, 10) && reads(read, 1, ZERO));
	oracle_read_end(oracle, read);
	teardown();
}

static void discard_contracts(void)
{
	static const struct {
		enum oracle_discard discard;
		bool old, zero, stale;
	} contracts[] = {
		{ ORACLE_DISCARD_OLD_OR_ZERO, true, true, false },
		{ ORACLE_DISCARD_ZERO, false, true, false },
		{ ORACLE_DISCARD_BASE, true, true, false },
		{ ORACLE_DISCARD_ANY, true, true, true },
		{ ORACLE_DISCARD_IGNORE, true, false, false },
	};
	struct oracle_config config = { };
	struct oracle_read read;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(contracts); i++) {
		config.discard = contracts[i].discard;
		setup_config(config);
		write_block(10, 1);
		begin(ORACLE_TRIM, 11, 1);
		end(11, 1);
		EXPECT(may(1, 10) == contracts[i].old);
		EXPECT(may(1, ZERO) == contracts[i].zero);
		EXPECT(may(1, STALE) == contracts[i].stale);
		read = begin_read();
		EXPECT(reads(read, 1, BASE) ==
		       (config.discard == ORACLE_DISCARD_BASE ||
			config.discard == ORACLE_DISCARD_ANY));
		teardown();
	}
}

static void mixture_only_where_allowed(void)
{
	struct oracle_config config = { };
	u64 words[PATTERN_WORDS], other[PATTERN_WORDS];
	struct oracle_read read;

	for (;;) {
		setup_config(config);
		begin(ORACLE_WRITE, 10, 1);
		begin(ORACLE_WRITE, 11, 1);
		end(10, 1);
		end(11, 1);
		fill(words, 1, 10);
		fill(other, 1, 11);
		memcpy(words + 20, other + 20, 160);
		read = begin_read();
		EXPECT(oracle_check(oracle, read, 1, words).right ==
		       config.mixed_overlap);
		words[30]++;
		EXPECT(!oracle_check(oracle, read, 1, words).right);
		teardown();
		if (config.mixed_overlap)
			break;
		config.mixed_overlap = true;
	}
}

static void unknown_initial_content_is_learned_by_writes(void)
{
	struct oracle_config config = { .initial_any = true };
	struct oracle_read read;

	setup_config(config);
	read = begin_read();
	EXPECT(reads(read, 1, STALE) && reads(read, 1, BASE));
	oracle_read_end(oracle, read);
	write_block(10, 1);
	EXPECT(!may(1, STALE) && may(1, 10));
	teardown();
}

static void forgotten_block_may_hold_anything(void)
{
	setup();
	begin(ORACLE_WRITE, 10, 1);
	oracle_forget(oracle, 1);
	EXPECT(may(1, STALE));
	end(10, 1);
	write_block(11, 1);
	EXPECT(may(1, 11) && !may(1, STALE));
	teardown();
}

static void abandoned_request_may_have_happened(void)
{
	setup();
	write_block(10, 1);
	begin(ORACLE_WRITE, 11, 1);
	oracle_abandon(oracle);
	EXPECT(may(1, 10) && may(1, 11) && !may(1, BASE));
	teardown();
}

static void requests_off_the_disk_are_refused(void)
{
	setup();
	EXPECT(oracle_submit(oracle, ORACLE_WRITE, 1, BLOCKS, 1, false) < 0);
	EXPECT(oracle_submit(oracle, ORACLE_WRITE, 1, 7, 2, false) < 0);
	EXPECT(oracle_submit(oracle, ORACLE_WRITE, 1, 0, 0, false) < 0);
	EXPECT(oracle_submit(oracle, ORACLE_WRITE, 1, 1, ~0ULL, false) < 0);
	teardown();
}

static void lists_stay_short(void)
{
	u32 i, count;

	setup();
	for (i = 1; i < 10000; i++) {
		write_block(i, 1);
		flush();
	}
	oracle_values(oracle, 1, &count);
	EXPECT(count <= 3);
	teardown();
}

static void granule_counts_as_changed(void)
{
	struct oracle_config config = { .granule_blocks = 3 };

	setup_config(config);
	write_block(10, 4);
	EXPECT(!oracle_changed(oracle, 2) && oracle_changed(oracle, 3));
	EXPECT(oracle_changed(oracle, 5) && !oracle_changed(oracle, 6));
	write_block(11, 7);
	EXPECT(oracle_changed(oracle, 6) && oracle_changed(oracle, 7));
	teardown();
}

const struct test_case oracle_tests[] = {
	{ "oracle: R8: initial content is base, then zeros",
	  initial_content_is_base_then_zeros },
	{ "oracle: R8: the base may end inside a block",
	  base_end_inside_block },
	{ "oracle: R2: a write alone has one value",
	  write_alone_has_one_value },
	{ "oracle: R2: overlapping writes may end either way",
	  overlapping_writes_may_end_either_way },
	{ "oracle: R2: a chain of overlaps keeps the last two",
	  chain_of_overlaps_keeps_the_last_two },
	{ "oracle: R1: a read may see what changed during it",
	  read_may_see_what_changed_during_it },
	{ "oracle: R1: old values are kept for a read in flight",
	  old_value_is_kept_for_read_in_flight },
	{ "oracle: R6: a read during a write does not narrow",
	  read_during_write_does_not_narrow },
	{ "oracle: R6: a quiet read narrows, a cut brings back",
	  quiet_read_narrows },
	{ "oracle: R6: a quiet read and a flush are final",
	  quiet_read_then_flush_is_final },
	{ "oracle: R6: a read begun before the end does not narrow",
	  read_begun_before_the_end_does_not_narrow },
	{ "oracle: R3: a failed write may have happened",
	  failed_write_may_have_happened },
	{ "oracle: R6: a failed write that was seen is not promised",
	  failed_write_seen_is_not_promised },
	{ "oracle: R6: a later failure does not undo an observation",
	  later_failure_does_not_undo_observation },
	{ "oracle: R5: a cut brings back what was not flushed",
	  cut_brings_back_what_was_not_flushed },
	{ "oracle: R4: a flush makes durable", flush_makes_durable },
	{ "oracle: R4: a flush covers what was acknowledged before it",
	  flush_covers_what_was_acknowledged_before },
	{ "oracle: R4: an unfinished flush promises nothing",
	  failed_or_unfinished_flush_promises_nothing },
	{ "oracle: R4: FUA is durable alone", fua_is_durable_alone },
	{ "oracle: without a cache, acknowledged is durable",
	  write_through_needs_no_flush },
	{ "oracle: a second cut before verification keeps all values",
	  second_cut_before_verification_keeps_all },
	{ "oracle: a settled value is durable", settled_value_is_durable },
	{ "oracle: R7: write-zeroes reads as zeros", zeroes_read_as_zeros },
	{ "oracle: R7: a discard gives old or zeros",
	  discard_gives_old_or_zero },
	{ "oracle: R7: zeros after a discard stay",
	  discard_that_zeroed_stays_zero },
	{ "oracle: R7: the contracts of discards", discard_contracts },
	{ "oracle: a mixed block is right only with mixed overlap",
	  mixture_only_where_allowed },
	{ "oracle: unknown initial content ends with a write",
	  unknown_initial_content_is_learned_by_writes },
	{ "oracle: a forgotten block may hold anything",
	  forgotten_block_may_hold_anything },
	{ "oracle: an abandoned request may have happened",
	  abandoned_request_may_have_happened },
	{ "oracle: requests off the disk are refused",
	  requests_off_the_disk_are_refused },
	{ "oracle: lists stay short with flushes", lists_stay_short },
	{ "oracle: a whole granule counts as changed",
	  granule_counts_as_changed },
	{ }
};
