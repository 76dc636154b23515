// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each block has a list of versions, oldest first: the first is durable, the
 * last is what reads see. A flush remembers, for each block, the newest version
 * that was acknowledged when it was submitted, and drops the older ones when it
 * completes: the weakest disk that keeps the rules.
 *
 * Written independently of the oracle: no stamps, no sets, only bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "fake-disk.h"

#define SLOTS		64
/* A bug strikes at one of so many occasions: blocks, or whole requests. */
#define BUG_PERIOD	40
#define BUG_OP_PERIOD	2

struct version {
	u8 *data;
	u64 serial;
};

struct fake_block {
	struct version *versions;
	u32 count;
	u32 capacity;
	u64 acknowledged;	/* serial of the newest acknowledged version */
};

struct fake_slot {
	bool used;
	struct stress_request request;
	u64 *serials;		/* effect on each block, 0 = not yet */
	u64 *flush;		/* acknowledged[] when submitted */
	u8 *data;		/* of a read */
	u32 left;		/* blocks without effect */
};

struct fake_disk {
	struct stress_settings settings;
	struct stress_random random;
	enum fake_bug bug;
	u32 fail_percent;
	u64 blocks;
	u32 block_bytes;
	struct fake_block *block;
	struct fake_slot slots[SLOTS];
	u32 in_flight;
	u64 serial;
	bool happened;
	u8 *scratch;
	u8 *answer;
};

static const char *const bug_names[BUG_COUNT] = {
	[BUG_NONE] = "no bug",
	[BUG_LOST_WRITE] = "a lost write",
	[BUG_MISPLACED_WRITE] = "a misplaced write",
	[BUG_BASE_FOR_ZERO] = "base instead of zeros",
	[BUG_BASE_AFTER_DISCARD] = "base after a discard",
	[BUG_TORN_BLOCK] = "a block torn by a power cut",
	[BUG_TORN_READ] = "a read of half a write",
	[BUG_FLUSH_IGNORED] = "an ignored flush",
	[BUG_FLUSH_LATE] = "a block reordered across a flush",
	[BUG_FUA_IGNORED] = "an ignored FUA",
	[BUG_STALE_READ] = "a read of the version before",
	[BUG_UNDO_BY_FLUSH] = "an old version written back by a flush",
	[BUG_STALE_SPACE] = "stale content of unwritten space",
	[BUG_LOST_BASE] = "zeros instead of base",
	[BUG_NEIGHBOUR_ZEROED] = "a zeroed neighbour",
	[BUG_BIT_FLIP] = "a flipped bit",
	[BUG_REVERT_AT_CUT] = "a cut that goes back behind a flush",
	[BUG_FOREIGN_RUN] = "content of another run",
};

const char *fake_bug_name(enum fake_bug bug)
{
	return bug_names[bug];
}

bool fake_bug_happened(const struct fake_disk *disk)
{
	return disk->happened;
}

static bool strikes(struct fake_disk *disk, enum fake_bug bug)
{
	return disk->bug == bug && !random_below(&disk->random, BUG_PERIOD);
}

static bool strikes_op(struct fake_disk *disk, enum fake_bug bug)
{
	return disk->bug == bug && !random_below(&disk->random, BUG_OP_PERIOD);
}

static void add_version(struct fake_disk *disk, u64 block, const u8 *data)
{
	struct fake_block *state = &disk->block[block];
	struct version *version;

	if (state->count == state->capacity) {
		state->capacity = 2 * state->capacity + 2;
		state->versions = realloc(state->versions, state->capacity *
					  sizeof(*state->versions));
	}
	version = &state->versions[state->count++];
	version->data = malloc(disk->block_bytes);
	memcpy(version->data, data, disk->block_bytes);
	version->serial = ++disk->serial;
}

static void drop_versions(struct fake_block *state, u32 first, u32 count)
{
	u32 i;

	for (i = first; i < first + count; i++)
		free(state->versions[i].data);
	memmove(&state->versions[first], &state->versions[first + count],
		(state->count - first - count) * sizeof(*state->versions));
	state->count -= count;
}

const u8 *fake_read(struct fake_disk *disk, u64 block)
{
	struct fake_block *state = &disk->block[block];

	return state->versions[state->count - 1].data;
}

/* One block of content: each sector by its own origin. */
static void fill_block(struct fake_disk *disk, u8 *data, u64 block,
		       struct pattern_origin origin)
{
	u32 i, sectors = disk->block_bytes / SECTOR_BYTES;

	for (i = 0; i < sectors; i++) {
		origin.sector = block * sectors + i;
		pattern_fill(data + i * SECTOR_BYTES, &origin);
	}
}

static void fill_initial(struct fake_disk *disk, u8 *data, u64 block)
{
	u32 i, sectors = disk->block_bytes / SECTOR_BYTES;
	struct pattern_origin origin = { .seed = disk->settings.base_tag };

	for (i = 0; i < sectors; i++) {
		origin.sector = block * sectors + i;
		origin.kind = origin.sector * SECTOR_BYTES <
			      disk->settings.base_bytes ?
			      PATTERN_BASE : PATTERN_ZERO;
		pattern_fill(data + i * SECTOR_BYTES, &origin);
	}
}

struct fake_disk *fake_create(const struct stress_settings *settings,
			      enum fake_bug bug, u32 fail_percent, u64 seed)
{
	struct fake_disk *disk = calloc(1, sizeof(*disk));
	u64 block;

	disk->settings = *settings;
	disk->bug = bug;
	disk->fail_percent = fail_percent;
	disk->random.state = seed;
	disk->block_bytes = settings->block_bytes;
	disk->blocks = settings->device_bytes / settings->block_bytes;
	disk->block = calloc(disk->blocks, sizeof(*disk->block));
	disk->scratch = malloc(2 * disk->block_bytes);
	disk->answer = malloc(settings->device_bytes);
	for (block = 0; block < disk->blocks; block++) {
		fill_initial(disk, disk->scratch, block);
		add_version(disk, block, disk->scratch);
		disk->block[block].acknowledged = disk->serial;
	}
	return disk;
}

static void release_slot(struct fake_disk *disk, struct fake_slot *slot)
{
	free(slot->serials);
	free(slot->flush);
	free(slot->data);
	memset(slot, 0, sizeof(*slot));
	disk->in_flight--;
}

void fake_destroy(struct fake_disk *disk)
{
	u64 block;
	u32 i;

	for (i = 0; i < SLOTS; i++)
		if (disk->slots[i].used)
			release_slot(disk, &disk->slots[i]);
	for (block = 0; block < disk->blocks; block++) {
		drop_versions(&disk->block[block], 0,
			      disk->block[block].count);
		free(disk->block[block].versions);
	}
	free(disk->block);
	free(disk->scratch);
	free(disk->answer);
	free(disk);
}

u32 fake_in_flight(const struct fake_disk *disk)
{
	return disk->in_flight;
}

void fake_submit(struct fake_disk *disk, const struct stress_request *request)
{
	struct fake_slot *slot = disk->slots;
	u64 block;

	while (slot->used)
		slot++;
	slot->used = true;
	slot->request = *request;
	slot->left = request->count;
	slot->serials = calloc(request->count + 1, sizeof(*slot->serials));
	disk->in_flight++;
	if (request->op == STRESS_READ)
		slot->data = malloc((size_t)request->count *
				    disk->block_bytes);
	if (request->op != STRESS_FLUSH)
		return;
	slot->flush = malloc(disk->blocks * sizeof(*slot->flush));
	for (block = 0; block < disk->blocks; block++)
		slot->flush[block] = disk->block[block].acknowledged;
}

/* Where there is no base, or it was there anyway, nobody can see it. */
static void show_base(struct fake_disk *disk, u64 block)
{
	u8 *base = disk->scratch + disk->block_bytes;

	fill_initial(disk, base, block);
	if (!memcmp(base, disk->scratch, disk->block_bytes) ||
	    !memcmp(base, fake_read(disk, block), disk->block_bytes))
		return;
	memcpy(disk->scratch, base, disk->block_bytes);
	disk->happened = true;
}

static void make_content(struct fake_disk *disk, const struct fake_slot *slot,
			 u64 block)
{
	struct pattern_origin origin = { .kind = PATTERN_ZERO };

	if (slot->request.op == STRESS_WRITE || slot->request.op == STRESS_FUA) {
		origin.kind = PATTERN_WRITE;
		origin.seed = disk->settings.seed;
		origin.request = slot->request.number;
	}
	fill_block(disk, disk->scratch, block, origin);
	if (slot->request.op == STRESS_ZERO &&
	    strikes(disk, BUG_BASE_FOR_ZERO))
		show_base(disk, block);
	if (slot->request.op == STRESS_DISCARD &&
	    strikes(disk, BUG_BASE_AFTER_DISCARD))
		show_base(disk, block);
	if (origin.kind == PATTERN_WRITE && strikes(disk, BUG_BIT_FLIP)) {
		disk->scratch[random_below(&disk->random,
					   disk->block_bytes)] ^= 4;
		disk->happened = true;
	}
	if (origin.kind == PATTERN_WRITE && strikes(disk, BUG_FOREIGN_RUN)) {
		origin.seed++;
		fill_block(disk, disk->scratch, block, origin);
		disk->happened = true;
	}
}

static void affect_write(struct fake_disk *disk, struct fake_slot *slot, u32 i)
{
	bool is_write = slot->request.op == STRESS_WRITE ||
			slot->request.op == STRESS_FUA;
	u64 block = slot->request.first + i;
	u64 target = block;

	/* A discard may do nothing. */
	if (slot->request.op == STRESS_DISCARD &&
	    random_chance(&disk->random, 50)) {
		slot->serials[i] = ~0ULL;
		return;
	}
	if (is_write && strikes(disk, BUG_LOST_WRITE)) {
		disk->happened = true;
		slot->serials[i] = ~0ULL;
		return;
	}
	if (is_write && strikes(disk, BUG_MISPLACED_WRITE)) {
		target = (block + 1) % disk->blocks;
		disk->happened = true;
	}
	make_content(disk, slot, block);
	add_version(disk, target, disk->scratch);
	slot->serials[i] = target == block ? disk->serial : ~0ULL;
	if (is_write && strikes(disk, BUG_NEIGHBOUR_ZEROED)) {
		memset(disk->scratch, 0, disk->block_bytes);
		add_version(disk, (block + 1) % disk->blocks, disk->scratch);
		disk->happened = true;
	}
}

static void affect_read(struct fake_disk *disk, struct fake_slot *slot, u32 i)
{
	struct fake_block *state = &disk->block[slot->request.first + i];
	u8 *to = slot->data + (size_t)i * disk->block_bytes;
	u32 half = disk->block_bytes / 2;

	memcpy(to, state->versions[state->count - 1].data, disk->block_bytes);
	slot->serials[i] = 1;
	if (state->count > 1 && strikes(disk, BUG_STALE_READ)) {
		memcpy(to, state->versions[state->count - 2].data,
		       disk->block_bytes);
		disk->happened = true;
	}
	if (state->count > 1 && strikes(disk, BUG_TORN_READ)) {
		memcpy(to, state->versions[state->count - 2].data, half);
		disk->happened = true;
	}
	if (state->count > 1)
		return;
	if (strikes(disk, BUG_STALE_SPACE)) {
		struct pattern_origin stale = { .kind = PATTERN_STALE };

		fill_block(disk, to, slot->request.first + i, stale);
		disk->happened = true;
	}
	if (strikes(disk, BUG_LOST_BASE)) {
		memset(to, 0, disk->block_bytes);
		disk->happened = true;
	}
}

/* One more block of the request takes effect. */
static void affect_block(struct fake_disk *disk, struct fake_slot *slot)
{
	u64 lot = random_below(&disk->random, slot->left--);
	u32 i;

	for (i = 0; i < slot->request.count; i++) {
		if (slot->serials[i])
			continue;
		if (!lot--)
			break;
	}
	if (slot->request.op == STRESS_READ)
		affect_read(disk, slot, i);
	else
		affect_write(disk, slot, i);
}

/* All versions older than @serial are gone for ever. */
static void make_durable(struct fake_block *state, u64 serial)
{
	u32 drop = 0;

	while (drop + 1 < state->count &&
	       state->versions[drop + 1].serial <= serial)
		drop++;
	drop_versions(state, 0, drop);
}

static void complete_flush(struct fake_disk *disk, struct fake_slot *slot)
{
	struct fake_block *state;
	u64 block;

	if (strikes_op(disk, BUG_FLUSH_IGNORED)) {
		disk->happened = true;
		return;
	}
	for (block = 0; block < disk->blocks; block++) {
		state = &disk->block[block];
		if (state->count > 1 && strikes_op(disk, BUG_FLUSH_LATE)) {
			disk->happened = true;
			continue;
		}
		if (state->count > 1 && strikes(disk, BUG_UNDO_BY_FLUSH)) {
			memcpy(disk->scratch, state->versions[0].data,
			       disk->block_bytes);
			add_version(disk, block, disk->scratch);
			disk->happened = true;
		}
		make_durable(state, slot->flush[block]);
	}
}

static void complete_write(struct fake_disk *disk, struct fake_slot *slot)
{
	bool fua = slot->request.op == STRESS_FUA;
	struct fake_block *state;
	u32 i;

	if (fua && strikes_op(disk, BUG_FUA_IGNORED)) {
		disk->happened = true;
		fua = false;
	}
	for (i = 0; i < slot->request.count; i++) {
		state = &disk->block[slot->request.first + i];
		if (slot->serials[i] == ~0ULL)
			continue;
		state->acknowledged = max_u64(state->acknowledged,
					      slot->serials[i]);
		if (fua)
			make_durable(state, slot->serials[i]);
	}
}

bool fake_step(struct fake_disk *disk, struct fake_completion *completion)
{
	struct fake_slot *slot;
	bool failed;

	do {
		slot = &disk->slots[random_below(&disk->random, SLOTS)];
	} while (!slot->used);
	failed = random_below(&disk->random, 1000) < disk->fail_percent * 10;
	if (slot->left && !failed) {
		affect_block(disk, slot);
		return false;
	}
	completion->request = slot->request;
	completion->outcome = failed ? FAKE_FAILED : FAKE_DONE;
	completion->data = disk->answer;
	if (!failed && slot->request.op == STRESS_READ)
		memcpy(disk->answer, slot->data,
		       (size_t)slot->request.count * disk->block_bytes);
	else if (!failed && slot->request.op == STRESS_FLUSH)
		complete_flush(disk, slot);
	else if (!failed)
		complete_write(disk, slot);
	release_slot(disk, slot);
	return true;
}

/* Of one block, keep one version that a cut may leave. */
static void cut_block(struct fake_disk *disk, u64 block, struct version *ghost)
{
	struct fake_block *state = &disk->block[block];
	u32 half = disk->block_bytes / 2;
	u32 kept = (u32)random_below(&disk->random, state->count);

	memcpy(disk->scratch, state->versions[kept].data, disk->block_bytes);
	if (state->count > 1 && strikes(disk, BUG_TORN_BLOCK)) {
		memcpy(disk->scratch + half,
		       state->versions[kept ? kept - 1 : 1].data + half, half);
		disk->happened = true;
	}
	if (ghost->data && strikes(disk, BUG_REVERT_AT_CUT)) {
		memcpy(disk->scratch, ghost->data, disk->block_bytes);
		disk->happened = true;
	}
	drop_versions(state, 0, state->count);
	add_version(disk, block, disk->scratch);
	state->acknowledged = disk->serial;
}

void fake_power_cut(struct fake_disk *disk)
{
	struct version ghost = { };
	u64 block;
	u32 i;

	/* What was in flight may still arrive, in any part. */
	for (i = 0; i < SLOTS; i++) {
		if (!disk->slots[i].used)
			continue;
		while (disk->slots[i].left &&
		       random_chance(&disk->random, 60))
			affect_block(disk, &disk->slots[i]);
		release_slot(disk, &disk->slots[i]);
	}
	/* The ghost: initial content, long overwritten where it was written. */
	ghost.data = malloc(disk->block_bytes);
	for (block = 0; block < disk->blocks; block++) {
		fill_initial(disk, ghost.data, block);
		cut_block(disk, block, &ghost);
	}
	free(ghost.data);
}
