/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A disk in memory with a volatile cache, as free as the rules allow: requests
 * take effect block by block at random moments between submission and
 * completion, complete in random order, and a power cut keeps of each block any
 * version since the last durable one. Planted bugs break one rule each.
 */
#ifndef FAKE_DISK_H
#define FAKE_DISK_H

#include "stress-options.h"
#include "stress-random.h"
#include "stress-workload.h"

/** enum fake_bug - what is wrong with the disk */
enum fake_bug {
	BUG_NONE,
	BUG_LOST_WRITE,		/* a block of an acknowledged write is missing */
	BUG_MISPLACED_WRITE,	/* a block lands on its neighbour */
	BUG_BASE_FOR_ZERO,	/* a zeroed block shows the base again */
	BUG_BASE_AFTER_DISCARD,	/* so does a discarded one */
	BUG_TORN_BLOCK,		/* half a logical block after a cut */
	BUG_TORN_READ,		/* a read sees half of a write */
	BUG_FLUSH_IGNORED,	/* a flush is acknowledged and does nothing */
	BUG_FLUSH_LATE,		/* a flush misses one block */
	BUG_FUA_IGNORED,	/* FUA writes stay in the cache */
	BUG_STALE_READ,		/* a read returns the version before */
	BUG_UNDO_BY_FLUSH,	/* a flush brings an old version back */
	BUG_STALE_SPACE,	/* an unwritten block shows old content */
	BUG_LOST_BASE,		/* an unwritten base block reads as zeros */
	BUG_NEIGHBOUR_ZEROED,	/* a write zeroes the block behind it */
	BUG_BIT_FLIP,		/* one bit of a written block */
	BUG_REVERT_AT_CUT,	/* a cut goes back behind the last flush */
	BUG_FOREIGN_RUN,	/* content of another run appears */
	BUG_COUNT,
};

/** fake_bug_name() - what it does, in a few words */
const char *fake_bug_name(enum fake_bug bug);

struct fake_disk;

/** enum fake_outcome - what became of a request */
enum fake_outcome {
	FAKE_DONE,
	FAKE_FAILED,
};

/**
 * struct fake_completion - a completed request
 * @request: the request
 * @outcome: done or failed
 * @data: what a read returned; owned by the disk until the next call
 */
struct fake_completion {
	struct stress_request request;
	enum fake_outcome outcome;
	const u8 *data;
};

/**
 * fake_create() - a disk with initial content
 * @settings: size, logical block size, base, seed
 * @bug: what is wrong with it
 * @fail_percent: how many of the requests fail, doing part of their work
 * @seed: of all its random decisions
 */
struct fake_disk *fake_create(const struct stress_settings *settings,
			      enum fake_bug bug, u32 fail_percent, u64 seed);

/** fake_destroy() - free it */
void fake_destroy(struct fake_disk *disk);

/** fake_submit() - take a request */
void fake_submit(struct fake_disk *disk, const struct stress_request *request);

/** fake_in_flight() - how many have not completed */
u32 fake_in_flight(const struct fake_disk *disk);

/**
 * fake_step() - let something happen
 * @disk: the disk, with requests in flight
 * @completion: the answer
 *
 * Return: true if a request completed.
 */
bool fake_step(struct fake_disk *disk, struct fake_completion *completion);

/** fake_power_cut() - forget the requests in flight and part of the cache */
void fake_power_cut(struct fake_disk *disk);

/** fake_read() - the content of one block now */
const u8 *fake_read(struct fake_disk *disk, u64 block);

/** fake_bug_happened() - did the bug have an effect that can be seen? */
bool fake_bug_happened(const struct fake_disk *disk);

#endif /* FAKE_DISK_H */
