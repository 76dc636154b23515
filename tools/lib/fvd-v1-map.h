/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bitmap and table of version 1: where is this range of the disk?
 *
 * Pure, like layer 0; the memory is the owner's. Blocks and chunks may have any
 * size, and neither need be a multiple of the other.
 */
#ifndef FVD_V1_MAP_H
#define FVD_V1_MAP_H

#include "fvd-map.h"
#include "fvd-v1-journal.h"

/*
 * What the original is known to get wrong, as far as an image shows it. What
 * can be done about it: fvd_v1_finding_words().
 */
enum fvd_v1_finding {
	/*
	 * In the image by the bitmap, but without storage: after a crash, if
	 * blocks reach into two chunks, or if the crash came between bitmap
	 * and table. The original shows zeros; what belongs there is in the
	 * base, because what a guest wrote always got its entry.
	 */
	FVD_V1_MISSING,
	/*
	 * Marked as clean, but the journal tells of more than bitmap and
	 * table: an open that failed marked it so, or a power failure did.
	 */
	FVD_V1_LOST_JOURNAL,
	/* Not clean, and there is no journal: the map may lack anything. */
	FVD_V1_NO_JOURNAL,
	/* A flat image that ends before its disk. */
	FVD_V1_CUT_SHORT,
	/* The disk was enlarged, the table was not; the journal lies there. */
	FVD_V1_BEHIND_TABLE,
	/* The journal tells of chunks behind the end of a disk, once larger. */
	FVD_V1_BEHIND_DISK,
	/* Two chunks of the disk have the same storage. */
	FVD_V1_SHARED,
	/* The journal gives a chunk another storage than it had. */
	FVD_V1_CONFLICT,
	/*
	 * Not the original's mistake: its data file may be of any format that
	 * QEMU knows, and only a raw one is understood here.
	 */
	FVD_V1_FOREIGN_DATA,
	FVD_V1_NR_FINDINGS,
};

/**
 * typedef fvd_v1_found_fn - told of every finding, in no particular order.
 * @finding: what it is
 * @offset_bytes: where it begins on the disk
 * @nr_bytes: how long it is; neighbours may come apart
 */
typedef void (*fvd_v1_found_fn)(void *context, enum fvd_v1_finding finding,
				u64 offset_bytes, u64 nr_bytes);

/**
 * struct fvd_v1_map - bitmap and table in memory.
 * @header: decoded
 * @bitmap: nr_blocks bits, or NULL
 * @table: nr_stored_chunks entries in disk byte order, or NULL
 * @missing_is_base: what is missing is looked for in the base
 * @found: or NULL
 * @context: for @found
 * @findings: one bit for each finding so far
 */
struct fvd_v1_map {
	const struct fvd_v1_header *header;
	__le64 *bitmap;
	__le32 *table;
	bool missing_is_base;
	fvd_v1_found_fn found;
	void *context;
	u32 findings;
};

/** fvd_v1_map_found() - note a finding. */
void fvd_v1_map_found(struct fvd_v1_map *map, enum fvd_v1_finding finding,
		      u64 offset_bytes, u64 nr_bytes);

/**
 * fvd_v1_map_lookup() - what is at @sector, and for how long?
 * @sector: below the disk's end
 * @nr_sectors: how much the caller cares about, > 0, within the disk
 * @run: receives the answer; image_sector counts from the start of the file
 *	that has the data
 *
 * Returns: true if it is FVD_V1_MISSING.
 */
bool fvd_v1_map_lookup(const struct fvd_v1_map *map, u64 sector,
		       u64 nr_sectors, struct fvd_run *run);

/**
 * fvd_v1_map_entry() - the storage of a chunk below nr_stored_chunks, or
 * FVD_V1_ENTRY_EMPTY.
 *
 * Without the dirty bit, which means nothing on disk.
 */
u32 fvd_v1_map_entry(const struct fvd_v1_map *map, u64 chunk);

/**
 * struct fvd_v1_replay - replaying a journal, or looking what it would change.
 * @map: the map
 * @apply: change it
 * @nr_records: seen so far
 * @nr_sectors: with records
 * @nr_changes: blocks and entries that changed, or would have
 */
struct fvd_v1_replay {
	struct fvd_v1_map *map;
	bool apply;
	u64 nr_records;
	u64 nr_sectors;
	u64 nr_changes;
};

/**
 * fvd_v1_replay_sector() - replay one sector.
 * @sector: FVD_SECTOR_BYTES hostile bytes
 *
 * What would change an image that is marked as clean is noted as
 * FVD_V1_LOST_JOURNAL; see the other findings, too.
 *
 * Returns: 0; -EBADMSG, then parts of the sector may have been replayed.
 */
int __must_check fvd_v1_replay_sector(struct fvd_v1_replay *replay,
				      const u8 *sector,
				      struct fvd_error *error);

/** fvd_v1_map_max_entry() - one more than the largest storage number. */
u64 fvd_v1_map_max_entry(const struct fvd_v1_map *map);

/**
 * fvd_v1_map_check() - look at all of the map, note what is found.
 * @capacity_chunks: that the data's file has
 * @used: capacity_chunks bits, zeroed; receives the chunks in use
 * @shared: as @used; those that are in use twice
 *
 * Returns: 0; -EBADMSG for storage behind the end of the file.
 */
int __must_check fvd_v1_map_check(struct fvd_v1_map *map, u64 capacity_chunks,
				  __le64 *used, __le64 *shared,
				  struct fvd_error *error);

/* What to do about findings: bits of a mask. */
#define FVD_V1_ACCEPT_MISSING_AS_BASE	BIT(0)
#define FVD_V1_ACCEPT_MISSING_AS_ZEROS	BIT(1)
#define FVD_V1_ACCEPT_JOURNAL_REPLAY	BIT(2)
#define FVD_V1_ACCEPT_JOURNAL_IGNORE	BIT(3)
#define FVD_V1_ACCEPT_NO_JOURNAL	BIT(4)
#define FVD_V1_ACCEPT_CUT_SHORT		BIT(5)
#define FVD_V1_ACCEPT_BEHIND_TABLE	BIT(6)
#define FVD_V1_ACCEPT_BEHIND_DISK	BIT(7)
#define FVD_V1_ACCEPT_SHARED		BIT(8)
#define FVD_V1_ACCEPT_CONFLICT		BIT(9)
#define FVD_V1_ACCEPT_FOREIGN_DATA	BIT(10)

/**
 * fvd_v1_accept_parse() - words, separated by commas, to a mask.
 * @mask: bits are added
 *
 * Returns: 0; -EINVAL for an unknown word, or two that contradict each other.
 */
int __must_check fvd_v1_accept_parse(const char *words, u32 *mask,
				     struct fvd_error *error);

/** fvd_v1_finding_text() - what a finding is. */
const char *fvd_v1_finding_text(enum fvd_v1_finding finding);

/** fvd_v1_finding_words() - the words that accept it: "a" or "a or b". */
const char *fvd_v1_finding_words(enum fvd_v1_finding finding);

/**
 * fvd_v1_findings_check() - refuse what was found and is not accepted.
 * @accepted: mask of FVD_V1_ACCEPT_*
 *
 * Returns: 0 or -EUCLEAN; the error tells the words.
 */
int __must_check fvd_v1_findings_check(u32 findings, u32 accepted,
				       struct fvd_error *error);

#endif /* FVD_V1_MAP_H */
