/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a correct disk may return: a set of values for each logical block.
 *
 * The oracle is told what the user of a disk can know (a request was submitted,
 * it completed, it failed, a flush completed, the power was cut) and answers
 * one question: may this block read like this? It does no I/O, keeps no clock
 * but the order of those events, and trusts nothing that it was not told.
 *
 * The rules it holds a disk to, for each logical block on its own:
 *
 * R1  A write takes effect at one instant between its submission and its
 *     completion, block by block, whole blocks only. A read sees the block at
 *     one instant between its own submission and completion.
 * R2  So a read may return any value, except one that was surely replaced
 *     before the read began: there is another write that was submitted after
 *     the first had completed, and completed before the read was submitted.
 *     Of writes that were in flight together either may be the last one. A
 *     block that was written once, alone, has one value.
 * R3  A write that failed may have happened or not, block by block. It
 *     replaces nothing for sure; its value is possible until a later write
 *     replaces it.
 * R4  A flush that completed made durable what was acknowledged before the
 *     flush was submitted, and a FUA write, once acknowledged, is durable.
 *     A flush that failed promises nothing; the next one that succeeds does.
 * R5  After a power cut a block holds a value that R2 allows when only durable
 *     writes replace anything: the last durable one or any later one,
 *     acknowledged or not. Neighbouring blocks are independent of each other.
 * R6  A read with no write of its block in flight at any time during it tells
 *     what the block holds. From then on the other values are gone, and a
 *     power cut can bring them back only until the next flush; after a failed
 *     write, until the block is written again: nobody promised anything.
 * R7  Write-zeroes is a write of zeros. A discard may do nothing or leave
 *     zeros, block by block; enum oracle_discard has the other contracts.
 * R8  Where nothing was written there is the initial content: base sectors
 *     below the base's end, zeros above it, to the sector. No rule ever brings
 *     initial content back to a block that was durably written.
 *
 * Two reads while a write is in flight may see the new value and then the old
 * one; R2 allows it, for mirrors do it, and nothing narrows there.
 *
 * Context: one thread. No I/O. Memory: 8 bytes for each block, and about 100
 * more for those that were written.
 */
#ifndef STRESS_ORACLE_H
#define STRESS_ORACLE_H

#include "stress-pattern.h"
#include "stress-types.h"

/**
 * enum oracle_discard - what a block may read after a discard
 * @ORACLE_DISCARD_OLD_OR_ZERO: what it held, or zeros (dm-fvd)
 * @ORACLE_DISCARD_ZERO: zeros
 * @ORACLE_DISCARD_BASE: what it held, zeros, or its initial content
 * @ORACLE_DISCARD_ANY: anything, until it is written again
 * @ORACLE_DISCARD_IGNORE: what it held
 */
enum oracle_discard {
	ORACLE_DISCARD_OLD_OR_ZERO,
	ORACLE_DISCARD_ZERO,
	ORACLE_DISCARD_BASE,
	ORACLE_DISCARD_ANY,
	ORACLE_DISCARD_IGNORE,
};

/**
 * enum oracle_kind - how a value came to be
 * @ORACLE_INITIAL: it was there (R8)
 * @ORACLE_WRITE: a write, recognised by its request number
 * @ORACLE_ZERO: write-zeroes, or zeros found after a discard
 * @ORACLE_TRIM: a discard that may have left zeros
 * @ORACLE_TRIM_BASE: a discard that may have left zeros or initial content
 * @ORACLE_ANY: no telling; everything matches
 */
enum oracle_kind {
	ORACLE_INITIAL,
	ORACLE_WRITE,
	ORACLE_ZERO,
	ORACLE_TRIM,
	ORACLE_TRIM_BASE,
	ORACLE_ANY,
};

/** The completion stamp of a write that did not complete yet. */
#define ORACLE_IN_FLIGHT	(~0ULL)

/**
 * struct oracle_value - one value that a block may hold
 * @request: number of the request; 0 for initial content
 * @kind: enum oracle_kind
 * @failed: the request failed (R3)
 * @fua: durable when acknowledged (R4)
 * @observed: not a request, but a read that told what the block holds (R6)
 * @submitted: stamp of the submission
 * @completed: stamp of the completion, or ORACLE_IN_FLIGHT
 */
struct oracle_value {
	u64 request : 56;
	u64 kind : 4;
	u64 failed : 1;
	u64 fua : 1;
	u64 observed : 1;
	u64 submitted;
	u64 completed;
};

/**
 * struct oracle_config - the disk, and the contract it is held to
 * @blocks: size of the disk in logical blocks
 * @block_bytes: size of a logical block: 512 .. 65536, a power of two
 * @granule_blocks: what is marked as changed together with a written block
 * @base_sectors: where base content ends
 * @base_tag: tag of the base content
 * @seed: seed that goes into every written sector
 * @discard: contract of discards
 * @initial_any: nothing is known about the initial content
 * @write_through: there is no volatile cache: acknowledged is durable
 * @mixed_overlap: concurrent requests to one block may mix in it, word by word
 *	(RAM disks on several processors)
 */
struct oracle_config {
	u64 blocks;
	u32 block_bytes;
	u32 granule_blocks;
	u64 base_sectors;
	u64 base_tag;
	u64 seed;
	enum oracle_discard discard;
	bool initial_any;
	bool write_through;
	bool mixed_overlap;
};

struct oracle;

/** struct oracle_read - a read in flight. @began: stamp. @ticket: internal. */
struct oracle_read {
	u64 began;
	u64 ticket;
};

/**
 * struct oracle_verdict - the answer about one block
 * @right: the disk may return this
 * @narrowed: the block was known less well before (R6); the event has to be
 *	told to oracle_observe() when the history is played back
 * @found: the value that matched, if @right
 */
struct oracle_verdict {
	bool right;
	bool narrowed;
	struct oracle_value found;
};

/**
 * oracle_create() - an oracle for a disk that nobody has written to
 * @config: copied
 *
 * Return: the oracle, to be given to oracle_destroy(); NULL without memory.
 */
struct oracle *oracle_create(const struct oracle_config *config);

/** oracle_destroy() - free everything; @oracle may be NULL */
void oracle_destroy(struct oracle *oracle);

/** oracle_config() - the configuration given at the start */
const struct oracle_config *oracle_config(const struct oracle *oracle);

/**
 * oracle_submit() - a write, write-zeroes or discard is about to be submitted
 * @oracle: the oracle
 * @kind: ORACLE_WRITE, ORACLE_ZERO or ORACLE_TRIM (by contract of the
 *	configuration, other trims are chosen inside)
 * @request: its number: not 0, below 2^56, never used before
 * @first: first logical block
 * @count: number of blocks
 * @fua: it is to be durable when acknowledged
 *
 * Must be called before the request can take effect.
 *
 * Return: 0, -ENOMEM, or -ERANGE if it does not lie on the disk.
 */
int __must_check oracle_submit(struct oracle *oracle, enum oracle_kind kind,
			       u64 request, u64 first, u64 count, bool fua);

/**
 * oracle_complete() - a request given to oracle_submit() has completed
 * @oracle: the oracle
 * @request: its number
 * @first: first logical block, as submitted
 * @count: number of blocks, as submitted
 * @failed: it failed: R3
 *
 * Must be called after the request can not take effect any more.
 */
void oracle_complete(struct oracle *oracle, u64 request, u64 first, u64 count,
		     bool failed);

/** oracle_flush_begin() - a flush is about to be submitted. Return: a stamp. */
u64 oracle_flush_begin(struct oracle *oracle);

/** oracle_flush_end() - the flush of this stamp completed without an error */
void oracle_flush_end(struct oracle *oracle, u64 stamp);

/**
 * oracle_read_begin() - a read is about to be submitted
 *
 * Return: 0 with @read filled in; -ENOMEM.
 */
int __must_check oracle_read_begin(struct oracle *oracle,
				   struct oracle_read *read);

/** oracle_read_end() - the read has completed and its blocks were checked */
void oracle_read_end(struct oracle *oracle, struct oracle_read read);

/**
 * oracle_check() - may the disk return this? If it tells something: learn it
 * @oracle: the oracle
 * @read: the read that returned it, completed just now
 * @block: which logical block
 * @data: its content, aligned to 8
 *
 * Return: the verdict; a wrong block changes nothing.
 */
struct oracle_verdict oracle_check(struct oracle *oracle,
				   struct oracle_read read, u64 block,
				   const void *data);

/**
 * oracle_observe() - play back a narrowing that oracle_check() reported
 * @oracle: the oracle
 * @block: the block
 * @found: what was found
 *
 * Return: 0 or -ENOMEM.
 */
int __must_check oracle_observe(struct oracle *oracle, u64 block,
				const struct oracle_value *found);

/**
 * oracle_power_cut() - the power was cut, all requests in flight are gone
 *
 * Afterwards each block may hold what R5 allows, and reads tell what it is.
 */
void oracle_power_cut(struct oracle *oracle);

/**
 * oracle_abandon() - the user died, the disk lives on
 *
 * Requests in flight have happened or not, as if they had failed.
 */
void oracle_abandon(struct oracle *oracle);

/**
 * oracle_settle() - what is there is durable, and nothing counts as changed
 *
 * For the state after recovery and verification: what was found on a disk after
 * its power came back will be found again.
 */
void oracle_settle(struct oracle *oracle);

/** oracle_forget() - from now on @block may hold anything, until written */
void oracle_forget(struct oracle *oracle, u64 block);

/** oracle_changed() - was the granule of @block written since the last settle? */
bool oracle_changed(const struct oracle *oracle, u64 block);

/** oracle_mark_changed() - for a saved state; @count is not 0 */
void oracle_mark_changed(struct oracle *oracle, u64 first, u64 count);

/**
 * oracle_values() - all values kept for a block, oldest first
 * @oracle: the oracle
 * @block: the block
 * @count: how many
 *
 * Return: the values, valid until the next call that changes the oracle.
 */
const struct oracle_value *oracle_values(const struct oracle *oracle,
					 u64 block, u32 *count);

/** oracle_allows() - may a read of stamp @began return @value of @block? */
bool oracle_allows(const struct oracle *oracle, u64 block,
		   const struct oracle_value *value, u64 began);

/** oracle_durable() - was a flush completed that covers @value? */
bool oracle_durable(const struct oracle *oracle,
		    const struct oracle_value *value);

/**
 * oracle_origin() - the content of one sector of a value
 * @oracle: the oracle
 * @value: the value; not ORACLE_ANY
 * @sector: which sector of the disk
 *
 * Return: what pattern_matches() compares with. For ORACLE_TRIM_BASE: zeros.
 */
struct pattern_origin oracle_origin(const struct oracle *oracle,
				    const struct oracle_value *value,
				    u64 sector);

/**
 * oracle_restore() - set the values of a block of a new oracle, from a state
 * @oracle: the oracle
 * @block: the block
 * @values: as oracle_values() returned them
 * @count: how many, at least 1
 *
 * Return: 0 or -ENOMEM.
 */
int __must_check oracle_restore(struct oracle *oracle, u64 block,
				const struct oracle_value *values, u32 count);

/** struct oracle_clock - the order of events. @now, @stable: stamps. */
struct oracle_clock {
	u64 now;
	u64 stable;
};

/** oracle_clock() - for a saved state */
struct oracle_clock oracle_clock(const struct oracle *oracle);

/** oracle_set_clock() - from a saved state */
void oracle_set_clock(struct oracle *oracle, struct oracle_clock clock);

#endif /* STRESS_ORACLE_H */
