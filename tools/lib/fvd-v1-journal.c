// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parsing journal sectors of version 1.
 *
 * Invariant: I-V1J-1  A record that is handed out lies within its sector, and
 * its ranges do not wrap.
 *
 * An unknown tag ended a sector for the original; here it is an error, because
 * every sector begins with a record or is zero, and every record is followed by
 * an end mark or fills the sector. Behind the end mark there may be anything.
 */
#include "fvd-v1-journal.h"

#define BITMAP_RECORD_BYTES	16U
#define TABLE_HEAD_BYTES	12U
/* Far beyond any disk, and two of them do not wrap. */
#define SECTOR_LIMIT		(FVD_SIZE_MAX_BYTES >> FVD_SECTOR_SHIFT)

static u32 get_u32(const u8 *bytes)
{
	__le32 raw;

	memcpy(&raw, bytes, sizeof(raw));
	return le32_to_cpu(raw);
}

static u64 get_u64(const u8 *bytes)
{
	__le64 raw;

	memcpy(&raw, bytes, sizeof(raw));
	return le64_to_cpu(raw);
}

static int next_bitmap(const u8 *bytes, u32 left, u32 *offset,
		       struct fvd_v1_record *record, struct fvd_error *error)
{
	if (left < BITMAP_RECORD_BYTES)
		return fvd_error_set(error, -EBADMSG,
			"bitmap record at byte %u has %u bytes of its sector, expected %u",
			*offset, left, BITMAP_RECORD_BYTES);
	record->nr = get_u32(bytes + 4);
	record->first = get_u64(bytes + 8);
	if (record->first > SECTOR_LIMIT)
		return fvd_error_set(error, -EBADMSG,
			"bitmap record at byte %u begins at sector %lld, expected one of a disk",
			*offset, (long long)record->first);
	*offset = FVD_SECTOR_BYTES;
	return 1;
}

static int next_table(const u8 *bytes, u32 left, u32 *offset,
		      struct fvd_v1_record *record, struct fvd_error *error)
{
	u32 room, nr;

	if (left < TABLE_HEAD_BYTES)
		return fvd_error_set(error, -EBADMSG,
			"table record at byte %u has %u bytes of its sector, expected at least %u",
			*offset, left, TABLE_HEAD_BYTES);
	room = (left - TABLE_HEAD_BYTES) / sizeof(__le32);
	nr = get_u32(bytes + 8);
	if (nr > room)
		return fvd_error_set(error, -EBADMSG,
			"table record at byte %u has %u entries, expected at most %u",
			*offset, nr, room);
	record->first = get_u32(bytes + 4);
	record->nr = nr;
	record->entries = bytes + TABLE_HEAD_BYTES;
	*offset += TABLE_HEAD_BYTES + nr * (u32)sizeof(__le32);
	return 1;
}

int fvd_v1_journal_next(const u8 *sector, u32 *offset_bytes,
			struct fvd_v1_record *record, struct fvd_error *error)
{
	u32 left = FVD_SECTOR_BYTES - *offset_bytes;
	const u8 *bytes = sector + *offset_bytes;

	memset(record, 0, sizeof(*record));
	if (left < sizeof(__le32))
		return 0;
	record->tag = get_u32(bytes);
	switch (record->tag) {
	case FVD_V1_TAG_END:
		return 0;
	case FVD_V1_TAG_BITMAP:
		return next_bitmap(bytes, left, offset_bytes, record, error);
	case FVD_V1_TAG_TABLE:
		return next_table(bytes, left, offset_bytes, record, error);
	default:
		return fvd_error_set(error, -EBADMSG,
			"record at byte %u has tag %08x, expected %08x, %08x or 0",
			*offset_bytes, record->tag, FVD_V1_TAG_BITMAP,
			FVD_V1_TAG_TABLE);
	}
}

u32 fvd_v1_record_entry(const struct fvd_v1_record *record, u64 i)
{
	return get_u32(record->entries + i * sizeof(__le32));
}
