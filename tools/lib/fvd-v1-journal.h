/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of version 1's journal: one or two in each sector of 512 bytes.
 *
 * Pure, like layer 0. The journal has neither checksums nor numbers, and old
 * sectors are never erased. Replaying all of them is right nevertheless,
 * because bits only went from 0 to 1 and entries only from empty to a number.
 */
#ifndef FVD_V1_JOURNAL_H
#define FVD_V1_JOURNAL_H

#include "fvd-v1-format.h"

#define FVD_V1_TAG_END		0U
#define FVD_V1_TAG_BITMAP	0x3F2AB8EDU
#define FVD_V1_TAG_TABLE	0xB4E6F7ACU

/**
 * struct fvd_v1_record - one record of a sector.
 * @tag: FVD_V1_TAG_BITMAP or FVD_V1_TAG_TABLE
 * @first: first sector of the disk, or first chunk
 * @nr: sectors, or chunks; first + nr does not wrap
 * @entries: FVD_V1_TAG_TABLE: @nr entries of the table, little-endian, in the
 *	sector
 */
struct fvd_v1_record {
	u32 tag;
	u64 first;
	u64 nr;
	const u8 *entries;
};

/**
 * fvd_v1_journal_next() - the next record of a sector.
 * @sector: FVD_SECTOR_BYTES hostile bytes
 * @offset_bytes: 0 at first; moves on
 * @record: receives it
 * @error: what was found and expected; may be NULL
 *
 * A bitmap record is always the last one: the original neither wrote nor read
 * any behind it.
 *
 * Returns: 1, 0 at the end, -EBADMSG for what no original could have written.
 */
int __must_check fvd_v1_journal_next(const u8 *sector, u32 *offset_bytes,
				     struct fvd_v1_record *record,
				     struct fvd_error *error);

/** fvd_v1_record_entry() - entry @i of a table record, with its dirty bit. */
u32 fvd_v1_record_entry(const struct fvd_v1_record *record, u64 i);

#endif /* FVD_V1_JOURNAL_H */
