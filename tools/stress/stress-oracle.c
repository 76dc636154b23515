// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of values, one for each logical block, and what is left of them.
 *
 * Every event gets the next stamp. A block keeps its values as a list in the
 * order of submission; the first is the oldest that is still possible. "Surely
 * replaced" (R2, R5) is one comparison: the greatest submission stamp among the
 * writes that count is the horizon, and what completed before it is gone.
 *
 * I-ORC-1: stamps are unique and grow; a submission is stamped before the
 * request can take effect and a completion after it can not any more, so that
 * completed(a) < submitted(b) means that a was over before b began.
 * I-ORC-2: a list is never empty and in the order of submission; a block
 * without a list holds its initial content.
 * I-ORC-3: a value leaves its list only if neither a power cut, nor a read in
 * flight, nor a later read may bring it back.
 * I-ORC-4: a set may be too large, when something is not known, but it never
 * lacks what a correct disk may return: no false alarm.
 *
 * A flush costs O(1): it moves the stamp up to which acknowledged writes are
 * durable. Lists are shortened when a block is next written.
 *
 * A block that nobody wrote has no list, and costs a pointer.
 *
 * Left out on purpose: dependencies between blocks. A cut that keeps a later
 * write and loses an earlier one is legal, as long as no flush lies between.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stress-oracle.h"

/* The first allocation of a list: a write, its predecessor, two to spare. */
#define FIRST_CAPACITY	4

struct oracle_block {
	u32 count;
	u32 capacity;
	struct oracle_value values[];
};

struct oracle {
	struct oracle_config config;
	struct oracle_block **blocks;	/* NULL: initial content, as ever */
	struct oracle_value initial;
	u8 *changed;			/* one byte for each granule */
	u64 granules;
	u64 now;
	u64 stable;			/* acknowledged before it is durable */
	/* reads in flight: ring of their stamps, 0 = ended */
	u64 *reads;
	u64 reads_capacity;
	u64 reads_head;
	u64 reads_tail;
	u32 block_sectors;
};

struct oracle *oracle_create(const struct oracle_config *config)
{
	struct oracle *oracle = calloc(1, sizeof(*oracle));

	if (!oracle)
		return NULL;
	oracle->config = *config;
	oracle->initial.kind = config->initial_any ? ORACLE_ANY :
						     ORACLE_INITIAL;
	oracle->block_sectors = config->block_bytes / SECTOR_BYTES;
	if (!oracle->config.granule_blocks)
		oracle->config.granule_blocks = 1;
	oracle->granules = (config->blocks + oracle->config.granule_blocks - 1) /
			   oracle->config.granule_blocks;
	oracle->blocks = calloc(config->blocks + 1, sizeof(*oracle->blocks));
	oracle->changed = calloc(oracle->granules + 1, 1);
	oracle->reads_capacity = 64;
	oracle->reads = calloc(oracle->reads_capacity, sizeof(*oracle->reads));
	if (!oracle->blocks || !oracle->changed || !oracle->reads) {
		oracle_destroy(oracle);
		return NULL;
	}
	return oracle;
}

void oracle_destroy(struct oracle *oracle)
{
	u64 i;

	if (!oracle)
		return;
	for (i = 0; oracle->blocks && i < oracle->config.blocks; i++)
		free(oracle->blocks[i]);
	free(oracle->blocks);
	free(oracle->changed);
	free(oracle->reads);
	free(oracle);
}

const struct oracle_config *oracle_config(const struct oracle *oracle)
{
	return &oracle->config;
}

static u64 next_stamp(struct oracle *oracle)
{
	return ++oracle->now;
}

const struct oracle_value *oracle_values(const struct oracle *oracle,
					 u64 block, u32 *count)
{
	const struct oracle_block *state = oracle->blocks[block];

	*count = state ? state->count : 1;
	return state ? state->values : &oracle->initial;
}

/* Does this value replace older ones for sure, once it has completed? */
static bool replaces(const struct oracle_value *value)
{
	return !value->failed && value->completed != ORACLE_IN_FLIGHT &&
	       value->kind != ORACLE_TRIM && value->kind != ORACLE_TRIM_BASE;
}

bool oracle_durable(const struct oracle *oracle,
		    const struct oracle_value *value)
{
	if (value->failed || value->completed == ORACLE_IN_FLIGHT)
		return false;
	return value->fua || oracle->config.write_through ||
	       value->completed <= oracle->stable;
}

/* R2: what completed before this stamp can not be seen by a read. */
static u64 read_horizon(const struct oracle *oracle, u64 block, u64 began)
{
	const struct oracle_value *value;
	u64 horizon = 0;
	u32 i, count;

	value = oracle_values(oracle, block, &count);
	for (i = 0; i < count; i++)
		if (replaces(&value[i]) && value[i].completed < began)
			horizon = max_u64(horizon, value[i].submitted);
	return horizon;
}

/* The newest durable write, or observation, that was submitted before @limit. */
static u64 newest_durable(const struct oracle *oracle,
			  const struct oracle_block *block, u64 began,
			  bool observed, u64 limit)
{
	const struct oracle_value *value = block->values;
	u64 newest = 0;
	u32 i;

	for (i = 0; i < block->count; i++)
		if (value[i].observed == observed && replaces(&value[i]) &&
		    value[i].completed < began && value[i].submitted < limit &&
		    oracle_durable(oracle, &value[i]))
			newest = max_u64(newest, value[i].submitted);
	return newest;
}

/* R5: what completed before this stamp can not come back by a power cut. */
static u64 durable_horizon(const struct oracle *oracle,
			   const struct oracle_block *block, u64 began)
{
	u64 written = newest_durable(oracle, block, began, false, ~0ULL);
	const struct oracle_value *value = block->values;
	u64 failed = ~0ULL;
	u32 i;

	/* R6: what a read told is no promise after a failed write. */
	for (i = 0; i < block->count; i++)
		if (value[i].failed && value[i].completed >= written)
			failed = min_u64(failed, value[i].submitted);
	return max_u64(written, newest_durable(oracle, block, began, true,
					       failed));
}

static u64 oldest_read(const struct oracle *oracle)
{
	if (oracle->reads_head == oracle->reads_tail)
		return oracle->now + 1;
	return oracle->reads[oracle->reads_head % oracle->reads_capacity];
}

/* Keep what did not complete before the horizon. */
static void drop_before(struct oracle_block *block, u64 horizon)
{
	struct oracle_value *value = block->values;
	u32 i, kept = 0;

	for (i = 0; i < block->count; i++)
		if (value[i].completed >= horizon)
			value[kept++] = value[i];
	block->count = kept;
}

/* Room for one more value; the first are there. */
static struct oracle_block *grow(struct oracle *oracle, u64 block)
{
	struct oracle_block *state = oracle->blocks[block];
	u32 capacity = state ? state->capacity * 2 : FIRST_CAPACITY;
	struct oracle_block *grown;

	grown = realloc(state, sizeof(*grown) +
			capacity * sizeof(grown->values[0]));
	if (!grown)
		return NULL;
	grown->capacity = capacity;
	if (!state) {
		grown->values[0] = oracle->initial;
		grown->count = 1;
	}
	oracle->blocks[block] = grown;
	return grown;
}

static int append(struct oracle *oracle, u64 block,
		  const struct oracle_value *value)
{
	struct oracle_block *state = oracle->blocks[block];

	if (!state || state->count == state->capacity)
		state = grow(oracle, block);
	if (!state)
		return -ENOMEM;
	state->values[state->count++] = *value;
	return 0;
}

void oracle_mark_changed(struct oracle *oracle, u64 first, u64 count)
{
	u64 granule = first / oracle->config.granule_blocks;
	u64 last = (first + count - 1) / oracle->config.granule_blocks;

	memset(&oracle->changed[granule], 1, last - granule + 1);
}

static enum oracle_kind trim_kind(enum oracle_discard discard)
{
	switch (discard) {
	case ORACLE_DISCARD_ZERO:
		return ORACLE_ZERO;
	case ORACLE_DISCARD_BASE:
		return ORACLE_TRIM_BASE;
	case ORACLE_DISCARD_ANY:
		return ORACLE_ANY;
	default:
		return ORACLE_TRIM;
	}
}

static bool on_disk(const struct oracle *oracle, u64 first, u64 count)
{
	return count && first < oracle->config.blocks &&
	       count <= oracle->config.blocks - first;
}

int oracle_submit(struct oracle *oracle, enum oracle_kind kind, u64 request,
		  u64 first, u64 count, bool fua)
{
	struct oracle_value value = { .request = request, .fua = fua };
	struct oracle_block *block;
	u64 i, reads = oldest_read(oracle);
	int error;

	if (!on_disk(oracle, first, count))
		return -ERANGE;
	value.submitted = next_stamp(oracle);
	value.completed = ORACLE_IN_FLIGHT;
	value.kind = kind;
	oracle_mark_changed(oracle, first, count);
	if (kind == ORACLE_TRIM) {
		if (oracle->config.discard == ORACLE_DISCARD_IGNORE)
			return 0;
		value.kind = trim_kind(oracle->config.discard);
	}
	for (i = first; i < first + count; i++) {
		block = oracle->blocks[i];
		if (block && block->count > 1)
			drop_before(block,
				    durable_horizon(oracle, block, reads));
		error = append(oracle, i, &value);
		if (error)
			return error;
	}
	return 0;
}

void oracle_complete(struct oracle *oracle, u64 request, u64 first, u64 count,
		     bool failed)
{
	u64 i, stamp = next_stamp(oracle);
	struct oracle_block *block;
	struct oracle_value *value;
	u32 k;

	if (!on_disk(oracle, first, count))
		return;
	for (i = first; i < first + count; i++) {
		block = oracle->blocks[i];
		if (!block)
			continue;
		value = block->values;
		for (k = block->count; k-- > 0;) {
			if (value[k].request != request ||
			    value[k].completed != ORACLE_IN_FLIGHT)
				continue;
			value[k].completed = stamp;
			value[k].failed = failed;
			break;
		}
	}
}

u64 oracle_flush_begin(struct oracle *oracle)
{
	return next_stamp(oracle);
}

void oracle_flush_end(struct oracle *oracle, u64 stamp)
{
	oracle->stable = max_u64(oracle->stable, stamp);
	next_stamp(oracle);
}

static int grow_reads(struct oracle *oracle)
{
	u64 i, capacity = oracle->reads_capacity * 2;
	u64 *reads = calloc(capacity, sizeof(*reads));

	if (!reads)
		return -ENOMEM;
	for (i = oracle->reads_head; i != oracle->reads_tail; i++)
		reads[i % capacity] =
			oracle->reads[i % oracle->reads_capacity];
	free(oracle->reads);
	oracle->reads = reads;
	oracle->reads_capacity = capacity;
	return 0;
}

int oracle_read_begin(struct oracle *oracle, struct oracle_read *read)
{
	if (oracle->reads_tail - oracle->reads_head == oracle->reads_capacity &&
	    grow_reads(oracle))
		return -ENOMEM;
	read->began = next_stamp(oracle);
	read->ticket = oracle->reads_tail++;
	oracle->reads[read->ticket % oracle->reads_capacity] = read->began;
	return 0;
}

void oracle_read_end(struct oracle *oracle, struct oracle_read read)
{
	u64 capacity = oracle->reads_capacity;

	oracle->reads[read.ticket % capacity] = 0;
	while (oracle->reads_head != oracle->reads_tail &&
	       !oracle->reads[oracle->reads_head % capacity])
		oracle->reads_head++;
}

struct pattern_origin oracle_origin(const struct oracle *oracle,
				    const struct oracle_value *value,
				    u64 sector)
{
	struct pattern_origin origin = { .kind = PATTERN_ZERO };

	if (value->kind == ORACLE_WRITE) {
		origin.kind = PATTERN_WRITE;
		origin.seed = oracle->config.seed;
		origin.request = value->request;
		origin.sector = sector;
	} else if (value->kind == ORACLE_INITIAL &&
		   sector < oracle->config.base_sectors) {
		origin.kind = PATTERN_BASE;
		origin.seed = oracle->config.base_tag;
		origin.sector = sector;
	}
	return origin;
}

static bool block_is(const struct oracle *oracle, u64 block,
		     const struct oracle_value *value, const void *data)
{
	u64 sector = block * oracle->block_sectors;
	struct pattern_origin origin;
	u32 i;

	for (i = 0; i < oracle->block_sectors; i++) {
		origin = oracle_origin(oracle, value, sector + i);
		if (!pattern_matches((const u8 *)data + i * SECTOR_BYTES,
				     &origin))
			return false;
	}
	return true;
}

/* A match replaces @value by what it turned out to be. */
static bool value_matches(const struct oracle *oracle, u64 block,
			  struct oracle_value *value, const void *data)
{
	struct oracle_value initial = { .kind = ORACLE_INITIAL };

	if (value->kind == ORACLE_ANY || block_is(oracle, block, value, data)) {
		if (value->kind == ORACLE_TRIM ||
		    value->kind == ORACLE_TRIM_BASE)
			value->kind = ORACLE_ZERO;
		return true;
	}
	if (value->kind != ORACLE_TRIM_BASE)
		return false;
	if (oracle->config.initial_any) {
		value->kind = ORACLE_ANY;
		return true;
	}
	if (!block_is(oracle, block, &initial, data))
		return false;
	value->kind = ORACLE_INITIAL;
	return true;
}

bool oracle_allows(const struct oracle *oracle, u64 block,
		   const struct oracle_value *value, u64 began)
{
	return value->completed >= read_horizon(oracle, block, began);
}

/* mixed_overlap: each word must be the same word of some allowed value. */
static bool is_mixture(const struct oracle *oracle, u64 block, u64 horizon,
		       const void *data)
{
	u64 words[PATTERN_WORDS], seen[PATTERN_WORDS / 64];
	u64 sector = block * oracle->block_sectors;
	const struct oracle_value *value;
	struct pattern_origin origin;
	const u64 *found = data;
	u32 i, k, w, count;

	value = oracle_values(oracle, block, &count);
	for (i = 0; i < oracle->block_sectors; i++, found += PATTERN_WORDS) {
		memset(seen, 0, sizeof(seen));
		for (k = 0; k < count; k++) {
			if (value[k].completed < horizon)
				continue;
			origin = oracle_origin(oracle, &value[k], sector + i);
			pattern_fill(words, &origin);
			for (w = 0; w < PATTERN_WORDS; w++)
				if (words[w] == found[w])
					seen[w / 64] |= 1ULL << w % 64;
		}
		if (~seen[0])
			return false;
	}
	return true;
}

/* R6: nothing was in flight between the start of the read and now. */
static bool is_quiet(const struct oracle_value *value, u32 count, u64 began)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (value[i].completed >= began)
			return false;
	return true;
}

static u32 count_allowed(const struct oracle_value *value, u32 count,
			 u64 horizon)
{
	u32 i, allowed = 0;

	for (i = 0; i < count; i++)
		allowed += value[i].completed >= horizon;
	return allowed;
}

int oracle_observe(struct oracle *oracle, u64 block,
		   const struct oracle_value *found)
{
	struct oracle_value value = *found;

	value.failed = 0;
	value.fua = 0;
	value.observed = 1;
	value.submitted = next_stamp(oracle);
	value.completed = next_stamp(oracle);
	return append(oracle, block, &value);
}

static bool learn(struct oracle *oracle, u64 block, u64 horizon,
		  struct oracle_read read, const struct oracle_value *found)
{
	const struct oracle_value *value;
	u32 count;

	value = oracle_values(oracle, block, &count);
	/*
	 * A trim that is alone in its set (the old value was dropped by the
	 * user's contract) still has two outcomes.
	 */
	if (found->kind == ORACLE_ANY || !is_quiet(value, count, read.began) ||
	    (count_allowed(value, count, horizon) == 1 && replaces(found)))
		return false;
	/* Without memory the set stays as large as it is: I-ORC-4. */
	return !oracle_observe(oracle, block, found);
}

struct oracle_verdict oracle_check(struct oracle *oracle,
				   struct oracle_read read, u64 block,
				   const void *data)
{
	struct oracle_verdict verdict = { .right = false };
	const struct oracle_value *value;
	u64 horizon;
	u32 i, count;

	value = oracle_values(oracle, block, &count);
	if (count == 1 && value->kind <= ORACLE_ZERO) {
		verdict.found = *value;
		verdict.right = block_is(oracle, block, value, data);
		return verdict;
	}
	horizon = read_horizon(oracle, block, read.began);
	/* The newest first: it is nearly always the one. */
	for (i = count; i-- > 0 && !verdict.right;) {
		if (value[i].completed < horizon)
			continue;
		verdict.found = value[i];
		verdict.right = value_matches(oracle, block, &verdict.found,
					      data);
	}
	if (verdict.right)
		verdict.narrowed = learn(oracle, block, horizon, read,
					 &verdict.found);
	else if (oracle->config.mixed_overlap)
		verdict.right = is_mixture(oracle, block, horizon, data);
	return verdict;
}

void oracle_power_cut(struct oracle *oracle)
{
	u64 i, stamp = next_stamp(oracle);
	struct oracle_block *block;
	struct oracle_value *value;
	u32 k;

	for (i = 0; i < oracle->config.blocks; i++) {
		block = oracle->blocks[i];
		if (!block || block->count == 1)
			continue;
		drop_before(block, durable_horizon(oracle, block, stamp));
		value = block->values;
		/* From here on none of them replaces another. */
		for (k = 0; k < block->count; k++) {
			value[k].submitted = stamp;
			value[k].completed = stamp;
			value[k].failed = 0;
		}
	}
	oracle->reads_head = oracle->reads_tail;
}

void oracle_abandon(struct oracle *oracle)
{
	u64 i, stamp = next_stamp(oracle);
	struct oracle_block *block;
	struct oracle_value *value;
	u32 k;

	for (i = 0; i < oracle->config.blocks; i++) {
		block = oracle->blocks[i];
		value = block ? block->values : NULL;
		for (k = 0; value && k < block->count; k++) {
			if (value[k].completed != ORACLE_IN_FLIGHT)
				continue;
			value[k].completed = stamp;
			value[k].failed = 1;
		}
	}
	oracle->reads_head = oracle->reads_tail;
}

/*
 * Neighbours that hold the same write become equal in all fields, which keeps
 * saved states small.
 */
static void settle_block(struct oracle *oracle, u64 block, u64 stamp)
{
	struct oracle_block *state = oracle->blocks[block];

	if (state->count > 1)
		drop_before(state, durable_horizon(oracle, state, stamp));
	if (state->count > 1)
		return;
	state->values[0].submitted = stamp;
	state->values[0].completed = stamp;
	state->values[0].observed = 0;
	state->values[0].fua = 0;
	if (state->values[0].kind != oracle->initial.kind)
		return;
	free(state);
	oracle->blocks[block] = NULL;
}

void oracle_settle(struct oracle *oracle)
{
	u64 i, stamp = next_stamp(oracle);

	oracle->stable = stamp;
	for (i = 0; i < oracle->config.blocks; i++)
		if (oracle->blocks[i])
			settle_block(oracle, i, stamp);
	memset(oracle->changed, 0, oracle->granules);
}

void oracle_forget(struct oracle *oracle, u64 block)
{
	struct oracle_value any = { .kind = ORACLE_ANY };

	/* Requests in flight stay: their completion looks for them. */
	any.submitted = next_stamp(oracle);
	any.completed = next_stamp(oracle);
	any.failed = 1;
	/* Without memory, the next read of the block complains again. */
	(void)append(oracle, block, &any);
}

bool oracle_changed(const struct oracle *oracle, u64 block)
{
	return oracle->changed[block / oracle->config.granule_blocks];
}

static void drop_first(struct oracle_block *state)
{
	state->count--;
	memmove(&state->values[0], &state->values[1],
		state->count * sizeof(state->values[0]));
}

int oracle_restore(struct oracle *oracle, u64 block,
		   const struct oracle_value *values, u32 count)
{
	u32 i;

	if (count == 1 && values->kind == oracle->initial.kind &&
	    !values->submitted)
		return 0;
	for (i = 0; i < count; i++)
		if (append(oracle, block, &values[i]))
			return -ENOMEM;
	/* The first value is the initial one, which append() put there. */
	drop_first(oracle->blocks[block]);
	return 0;
}

struct oracle_clock oracle_clock(const struct oracle *oracle)
{
	struct oracle_clock clock = { oracle->now, oracle->stable };

	return clock;
}

void oracle_set_clock(struct oracle *oracle, struct oracle_clock clock)
{
	oracle->now = clock.now;
	oracle->stable = clock.stable;
}
