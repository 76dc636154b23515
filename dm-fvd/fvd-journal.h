/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The journal as bytes: blocks, records, and their replay onto a map.
 *
 * The journal is a ring of 4 KiB blocks. A block is valid if its magic, its
 * checksum, the superblock's epoch and the expected sequence number are there;
 * anything else, a torn block included, ends the log. An epoch is used for one
 * activation only, so that no block of an earlier life can be taken for a
 * current one.
 *
 * Records describe final states, not steps: to replay the log from any point
 * at or before the oldest change that is not in the metadata pages gives the
 * state at its end, whatever later state the pages already had.
 *
 * Pure; any context; the caller owns all memory.
 */
#ifndef FVD_JOURNAL_H
#define FVD_JOURNAL_H

#include "fvd-format.h"
#include "fvd-map.h"

/* "FVJ3" */
#define FVD_JOURNAL_MAGIC	0x334A5646U

struct fvd_journal_block_disk {
	__le32 magic;
	__le32 crc;		/* crc32c, seeded, of the bytes behind it */
	__le64 epoch;
	__le64 sequence;	/* +1 from block to block */
	__le32 used_bytes;	/* this header and all records */
	__le32 nr_records;
} __packed;

/* Unknown record types make the whole log unusable: refuse. */
enum fvd_journal_record_type {
	FVD_RECORD_RESET = 1,	/* chunks lose their content */
	FVD_RECORD_ENTRIES = 2,	/* chunks get storage */
	FVD_RECORD_BLOCKS = 3,	/* blocks are in the image */
};

struct fvd_journal_record_disk {
	__le16 type;
	__le16 nr_bytes;	/* of the whole record, a multiple of 4 */
} __packed;

struct fvd_journal_reset_disk {
	struct fvd_journal_record_disk head;
	__le32 value;		/* FVD_ENTRY_ZERO or FVD_ENTRY_EMPTY */
	__le64 first_chunk;
	__le64 nr_chunks;
} __packed;

struct fvd_journal_entries_disk {
	struct fvd_journal_record_disk head;
	__le32 nr_entries;
	__le64 first_chunk;
	__le32 entries[];
} __packed;

struct fvd_journal_blocks_disk {
	struct fvd_journal_record_disk head;
	__le32 nr_blocks;
	__le64 first_block;
} __packed;

/*
 * What one record may cost whoever replays it, however hostile the log: as many
 * bits as a bitmap page has, and, of a RESET, as many table entries as one bio
 * resets. An ENTRIES record changes only what it holds. So replay is linear in the
 * log's size. Writers make more records instead.
 */
#define FVD_RECORD_MAX_BLOCKS	(FVD_PAGE_BYTES * 8U)
#define FVD_RECORD_MAX_CHUNKS	256U

static_assert(sizeof(struct fvd_journal_block_disk) == 32);
static_assert(sizeof(struct fvd_journal_reset_disk) == 24);
static_assert(sizeof(struct fvd_journal_entries_disk) == 16);
static_assert(sizeof(struct fvd_journal_blocks_disk) == 16);

/**
 * fvd_journal_max_reset_chunks() - chunks that a RESET record may cover.
 * @geo: of a compact image
 *
 * At least one: the largest chunk has half of FVD_RECORD_MAX_BLOCKS.
 */
static inline u64 fvd_journal_max_reset_chunks(const struct fvd_geometry *geo)
{
	return min_t(u64, FVD_RECORD_MAX_CHUNKS, FVD_RECORD_MAX_BLOCKS >>
		     (geo->chunk_shift - geo->block_shift));
}

/**
 * struct fvd_journal_writer - a journal block in the making.
 * @block: FVD_PAGE_BYTES bytes
 * @used_bytes: filled so far
 * @nr_records: records so far
 * @last: offset of the last record; 0 if there is none
 */
struct fvd_journal_writer {
	u8 *block;
	u32 used_bytes;
	u32 nr_records;
	u32 last;
};

/** fvd_journal_begin() - start an empty block in @block. */
void fvd_journal_begin(struct fvd_journal_writer *writer, void *block);

/**
 * fvd_journal_put_reset() - append "these chunks were reset to @value".
 * @writer: the block in the making
 * @first_chunk: first chunk
 * @nr_chunks: how many, at least 1
 * @value: FVD_ENTRY_ZERO or FVD_ENTRY_EMPTY
 *
 * Returns: false if the block is full; then nothing was appended. The same
 * for the other put functions.
 */
bool __must_check fvd_journal_put_reset(struct fvd_journal_writer *writer,
					u64 first_chunk, u64 nr_chunks,
					u32 value);

/**
 * fvd_journal_put_entry() - append "this chunk has that storage".
 * @writer: the block in the making
 * @chunk: index of the chunk in the virtual disk
 * @number: its place in the data region
 *
 * Extends the last record if it is one of entries and ends just before.
 */
bool __must_check fvd_journal_put_entry(struct fvd_journal_writer *writer,
					u64 chunk, u32 number);

/**
 * fvd_journal_put_blocks() - append "these blocks are in the image".
 * @writer: the block in the making
 * @first_block: first block
 * @nr_blocks: how many, at least 1
 *
 * The caller hands over whole runs; nothing is merged here.
 */
bool __must_check fvd_journal_put_blocks(struct fvd_journal_writer *writer,
					 u64 first_block, u32 nr_blocks);

/**
 * fvd_journal_put_filled() - append "this chunk has that storage, and these
 * blocks are in it" so that no crash can part the two.
 * @writer: the block in the making
 * @chunk: index of the chunk in the virtual disk
 * @number: its place in the data region
 * @first_block: first, and
 * @nr_blocks: number of blocks; all of the chunk's that lie over the base
 *
 * For a chunk that was ZERO since the last commit: its entry without its bits
 * would let the base show through where zeros were acknowledged. To use it
 * for any other chunk whose blocks over the base are all in the image costs
 * some bytes and is right as well.
 */
bool __must_check fvd_journal_put_filled(struct fvd_journal_writer *writer,
					 u64 chunk, u32 number,
					 u64 first_block, u32 nr_blocks);

/** fvd_journal_finish() - header and checksum; the block can be written. */
void fvd_journal_finish(struct fvd_journal_writer *writer, u32 seed, u64 epoch,
			u64 sequence);

/**
 * fvd_journal_block_valid() - is it a block of this log, and the next one?
 * @seed: fvd_uuid_seed() of the image
 * @epoch: the superblock's
 * @sequence: the expected one
 * @block: FVD_PAGE_BYTES hostile bytes
 */
bool fvd_journal_block_valid(const void *block, u32 seed, u64 epoch,
			     u64 sequence);

/**
 * fvd_journal_block_newer() - is it a valid block of this image that was
 * written after the log that the superblock tells of had moved on?
 * @block: FVD_PAGE_BYTES hostile bytes: the ring's first block, or the one at
 *	which a log ends
 * @seed: fvd_uuid_seed() of the image
 * @epoch: the superblock's
 * @sequence: expected at this place
 *
 * Such a block can exist only if the newest superblock copy was lost and an
 * older one was taken for it; a replay would then lose what was durable.
 */
bool fvd_journal_block_newer(const void *block, u32 seed, u64 epoch,
			     u64 sequence);

/**
 * struct fvd_journal_record - a record, decoded and within bounds.
 * @type: which of the following count
 * @first: first chunk or block
 * @nr: how many chunks or blocks, at least 1
 * @value: FVD_RECORD_RESET
 * @entries: FVD_RECORD_ENTRIES: @nr little-endian chunk numbers, unaligned
 */
struct fvd_journal_record {
	enum fvd_journal_record_type type;
	u64 first;
	u64 nr;
	u32 value;
	const u8 *entries;
};

/** fvd_journal_record_entry() - the i-th number of FVD_RECORD_ENTRIES. */
static inline u32
fvd_journal_record_entry(const struct fvd_journal_record *record, u64 i)
{
	__le32 raw;

	memcpy(&raw, record->entries + i * sizeof(raw), sizeof(raw));
	return le32_to_cpu(raw);
}

/**
 * fvd_journal_next_record() - walk the records of a valid block.
 * @block: FVD_PAGE_BYTES bytes
 * @record: receives the record
 * @offset: start with 0; advanced
 * @geo: bounds for chunks and blocks
 * @error: what was wrong; may be NULL
 *
 * Returns: 1 and a record; 0 at the end; -EBADMSG if the block's checksum is
 * right but its content makes no sense for this image; -EPROTONOSUPPORT for
 * an unknown record type.
 */
int __must_check fvd_journal_next_record(const void *block, u32 *offset,
					 const struct fvd_geometry *geo,
					 struct fvd_journal_record *record,
					 struct fvd_error *error);

/**
 * fvd_journal_replay_block() - apply a valid block to a map.
 * @block: FVD_PAGE_BYTES bytes
 * @map: receives the changes
 * @error: what was wrong; may be NULL
 * @dirty: bitmap, one bit a metadata page; pages that changed are marked
 *
 * All records are checked before the first one is applied. Call
 * fvd_map_count() after the last block.
 *
 * Returns: 0 or what fvd_journal_next_record() said.
 */
int __must_check fvd_journal_replay_block(const void *block,
					  struct fvd_map *map, __le64 *dirty,
					  struct fvd_error *error);

#endif /* FVD_JOURNAL_H */
