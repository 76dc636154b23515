// SPDX-License-Identifier: GPL-2.0-only
/*
 * Journal blocks: encode, decode, replay.
 *
 * Invariants:
 *   I-JRN-1  Replay is idempotent, and needs no more than that the log starts
 *            at or before the oldest change missing in the pages.
 *   I-JRN-2  Nothing of a block is applied unless all of it is in bounds.
 *   I-JRN-3  A block that is not wholly this log's next one ends the log.
 *   I-JRN-4  The bytes behind the last record are zero (nothing leaks).
 *   I-JRN-5  No prefix of a commit's blocks shows the base where neither the
 *            state before the commit nor the one after it does.
 *   I-JRN-6  No record changes more than FVD_RECORD_MAX_BLOCKS bits. A RESET
 *            changes at most FVD_RECORD_MAX_CHUNKS entries, an ENTRIES record
 *            only those that it holds. So replay is linear in the log.
 *
 * Crash rule: a commit writes resets, then entries, then blocks; so every
 * prefix of a commit's blocks leaves a map that fvd_map_check() accepts. The
 * entry of a chunk that was ZERO goes into one journal block with the bits
 * that hide the base, by fvd_journal_put_filled(): I-JRN-5.
 * Locking: none. Left out on purpose: skipping over a bad block; what lies
 * behind it was never acknowledged as durable.
 */
#include "fvd-journal.h"

void fvd_journal_begin(struct fvd_journal_writer *writer, void *block)
{
	writer->block = block;
	writer->used_bytes = sizeof(struct fvd_journal_block_disk);
	writer->nr_records = 0;
	writer->last = 0;
}

/* Room for a record of @nr_bytes, or NULL. */
static void *put_record(struct fvd_journal_writer *writer,
			enum fvd_journal_record_type type, u32 nr_bytes)
{
	struct fvd_journal_record_disk *head;

	if (writer->used_bytes + nr_bytes > FVD_PAGE_BYTES)
		return NULL;
	head = (void *)(writer->block + writer->used_bytes);
	head->type = cpu_to_le16(type);
	head->nr_bytes = cpu_to_le16(nr_bytes);
	writer->last = writer->used_bytes;
	writer->used_bytes += nr_bytes;
	writer->nr_records++;
	return head;
}

bool fvd_journal_put_reset(struct fvd_journal_writer *writer, u64 first_chunk,
			   u64 nr_chunks, u32 value)
{
	struct fvd_journal_reset_disk *record;

	record = put_record(writer, FVD_RECORD_RESET, sizeof(*record));
	if (!record)
		return false;
	record->value = cpu_to_le32(value);
	record->first_chunk = cpu_to_le64(first_chunk);
	record->nr_chunks = cpu_to_le64(nr_chunks);
	return true;
}

bool fvd_journal_put_entry(struct fvd_journal_writer *writer, u64 chunk,
			   u32 number)
{
	struct fvd_journal_entries_disk *record;
	u32 nr, nr_bytes;

	record = (void *)(writer->block + writer->last);
	if (writer->last &&
	    le16_to_cpu(record->head.type) == FVD_RECORD_ENTRIES) {
		nr = le32_to_cpu(record->nr_entries);
		nr_bytes = le16_to_cpu(record->head.nr_bytes);
		if (le64_to_cpu(record->first_chunk) + nr == chunk &&
		    writer->used_bytes + sizeof(__le32) <= FVD_PAGE_BYTES) {
			record->entries[nr] = cpu_to_le32(number);
			record->nr_entries = cpu_to_le32(nr + 1);
			record->head.nr_bytes =
				cpu_to_le16(nr_bytes + sizeof(__le32));
			writer->used_bytes += sizeof(__le32);
			return true;
		}
	}
	record = put_record(writer, FVD_RECORD_ENTRIES,
			    sizeof(*record) + sizeof(__le32));
	if (!record)
		return false;
	record->nr_entries = cpu_to_le32(1);
	record->first_chunk = cpu_to_le64(chunk);
	record->entries[0] = cpu_to_le32(number);
	return true;
}

bool fvd_journal_put_blocks(struct fvd_journal_writer *writer, u64 first_block,
			    u32 nr_blocks)
{
	struct fvd_journal_blocks_disk *record;

	record = put_record(writer, FVD_RECORD_BLOCKS, sizeof(*record));
	if (!record)
		return false;
	record->nr_blocks = cpu_to_le32(nr_blocks);
	record->first_block = cpu_to_le64(first_block);
	return true;
}

bool fvd_journal_put_filled(struct fvd_journal_writer *writer, u64 chunk,
			    u32 number, u64 first_block, u32 nr_blocks)
{
	const u32 most_bytes = sizeof(struct fvd_journal_entries_disk) +
		sizeof(__le32) + sizeof(struct fvd_journal_blocks_disk);

	return writer->used_bytes + most_bytes <= FVD_PAGE_BYTES &&
		fvd_journal_put_entry(writer, chunk, number) &&
		fvd_journal_put_blocks(writer, first_block, nr_blocks);
}

static u32 block_crc(const void *block, u32 seed)
{
	const size_t start = offsetof(struct fvd_journal_block_disk, epoch);

	return crc32c(seed, (const u8 *)block + start, FVD_PAGE_BYTES - start);
}

void fvd_journal_finish(struct fvd_journal_writer *writer, u32 seed, u64 epoch,
			u64 sequence)
{
	struct fvd_journal_block_disk *head = (void *)writer->block;

	/* I-JRN-4 */
	memset(writer->block + writer->used_bytes, 0,
	       FVD_PAGE_BYTES - writer->used_bytes);
	head->magic = cpu_to_le32(FVD_JOURNAL_MAGIC);
	head->epoch = cpu_to_le64(epoch);
	head->sequence = cpu_to_le64(sequence);
	head->used_bytes = cpu_to_le32(writer->used_bytes);
	head->nr_records = cpu_to_le32(writer->nr_records);
	head->crc = cpu_to_le32(block_crc(writer->block, seed));
}

bool fvd_journal_block_valid(const void *block, u32 seed, u64 epoch,
			     u64 sequence)
{
	const struct fvd_journal_block_disk *head = block;

	/* I-JRN-3 */
	return le32_to_cpu(head->magic) == FVD_JOURNAL_MAGIC &&
		le64_to_cpu(head->epoch) == epoch &&
		le64_to_cpu(head->sequence) == sequence &&
		le32_to_cpu(head->crc) == block_crc(block, seed);
}

static int check_range(const struct fvd_journal_record *record, u64 limit,
		       const char *what, struct fvd_error *error)
{
	if (!record->nr || record->first > limit ||
	    record->nr > limit - record->first)
		return fvd_error_set(error, -EBADMSG,
			"journal record covers %s %llu + %llu, the disk has %llu",
			what, (unsigned long long)record->first,
			(unsigned long long)record->nr,
			(unsigned long long)limit);
	return 0;
}

static int decode_reset(const u8 *raw, u32 nr_bytes,
			const struct fvd_geometry *geo,
			struct fvd_journal_record *record,
			struct fvd_error *error)
{
	struct fvd_journal_reset_disk disk;
	int r;

	if (nr_bytes != sizeof(disk))
		return fvd_error_set(error, -EBADMSG,
			"reset record has %u bytes, expected %zu", nr_bytes,
			sizeof(disk));
	memcpy(&disk, raw, sizeof(disk));
	record->value = le32_to_cpu(disk.value);
	record->first = le64_to_cpu(disk.first_chunk);
	record->nr = le64_to_cpu(disk.nr_chunks);
	if (record->value != FVD_ENTRY_ZERO && record->value != FVD_ENTRY_EMPTY)
		return fvd_error_set(error, -EBADMSG,
			"reset record has value %08x, expected ZERO or EMPTY",
			record->value);
	r = check_range(record, geo->nr_chunks, "chunks", error);
	/* I-JRN-6 */
	if (!r && record->nr > fvd_journal_max_reset_chunks(geo))
		return fvd_error_set(error, -EBADMSG,
			"reset record covers %llu chunks, at most %llu are allowed",
			(unsigned long long)record->nr,
			(unsigned long long)fvd_journal_max_reset_chunks(geo));
	return r;
}

static int decode_entries(const u8 *raw, u32 nr_bytes,
			  const struct fvd_geometry *geo,
			  struct fvd_journal_record *record,
			  struct fvd_error *error)
{
	struct fvd_journal_entries_disk disk;
	u64 i;

	if (nr_bytes < sizeof(disk))
		return fvd_error_set(error, -EBADMSG,
			"entries record has %u bytes, expected at least %zu",
			nr_bytes, sizeof(disk));
	memcpy(&disk, raw, sizeof(disk));
	record->first = le64_to_cpu(disk.first_chunk);
	record->nr = le32_to_cpu(disk.nr_entries);
	record->entries = raw + sizeof(disk);
	if (nr_bytes != sizeof(disk) + record->nr * sizeof(__le32))
		return fvd_error_set(error, -EBADMSG,
			"entries record has %u bytes for %llu entries",
			nr_bytes, (unsigned long long)record->nr);
	for (i = 0; i < record->nr; i++)
		if (fvd_journal_record_entry(record, i) >= FVD_ENTRY_LIMIT)
			return fvd_error_set(error, -EBADMSG,
				"entries record gives chunk %llu the storage %08x",
				(unsigned long long)(record->first + i),
				fvd_journal_record_entry(record, i));
	return check_range(record, geo->nr_chunks, "chunks", error);
}

static int decode_blocks(const u8 *raw, u32 nr_bytes,
			 const struct fvd_geometry *geo,
			 struct fvd_journal_record *record,
			 struct fvd_error *error)
{
	struct fvd_journal_blocks_disk disk;
	int r;

	if (nr_bytes != sizeof(disk))
		return fvd_error_set(error, -EBADMSG,
			"blocks record has %u bytes, expected %zu", nr_bytes,
			sizeof(disk));
	memcpy(&disk, raw, sizeof(disk));
	record->first = le64_to_cpu(disk.first_block);
	record->nr = le32_to_cpu(disk.nr_blocks);
	r = check_range(record, geo->nr_blocks, "blocks", error);
	/* I-JRN-6 */
	if (!r && record->nr > FVD_RECORD_MAX_BLOCKS)
		return fvd_error_set(error, -EBADMSG,
			"blocks record covers %llu blocks, at most %u are allowed",
			(unsigned long long)record->nr, FVD_RECORD_MAX_BLOCKS);
	return r;
}

bool fvd_journal_block_newer(const void *block, u32 seed, u64 epoch,
			     u64 sequence)
{
	const struct fvd_journal_block_disk *head = block;
	u64 its_epoch = le64_to_cpu(head->epoch);

	if (le32_to_cpu(head->magic) != FVD_JOURNAL_MAGIC ||
	    le32_to_cpu(head->crc) != block_crc(block, seed))
		return false;
	return its_epoch > epoch ||
		(its_epoch == epoch && le64_to_cpu(head->sequence) > sequence);
}

/* Header of the record at @at, whose end must lie within @used. */
static int decode_head(const u8 *block, u32 at, u32 used, u32 *type,
		       u32 *nr_bytes, struct fvd_error *error)
{
	struct fvd_journal_record_disk head;

	if (used - at < sizeof(head))
		return fvd_error_set(error, -EBADMSG,
			"journal block ends within a record, at byte %u", at);
	memcpy(&head, block + at, sizeof(head));
	*type = le16_to_cpu(head.type);
	*nr_bytes = le16_to_cpu(head.nr_bytes);
	if (*nr_bytes < sizeof(head) || *nr_bytes & 3 || *nr_bytes > used - at)
		return fvd_error_set(error, -EBADMSG,
			"journal record at byte %u has %u bytes, %u are left",
			at, *nr_bytes, used - at);
	return 0;
}

int fvd_journal_next_record(const void *block, u32 *offset,
			    const struct fvd_geometry *geo,
			    struct fvd_journal_record *record,
			    struct fvd_error *error)
{
	const struct fvd_journal_block_disk *head = block;
	u32 at = *offset ?: sizeof(*head);
	u32 used = le32_to_cpu(head->used_bytes);
	u32 type = 0, nr_bytes = 0;
	const u8 *raw;
	int r;

	if (used < sizeof(*head) || used > FVD_PAGE_BYTES || at > used)
		return fvd_error_set(error, -EBADMSG,
			"journal block says %u bytes are used, expected %zu to %u",
			used, sizeof(*head), FVD_PAGE_BYTES);
	if (at == used)
		return 0;
	r = decode_head(block, at, used, &type, &nr_bytes, error);
	if (r)
		return r;
	raw = (const u8 *)block + at;
	memset(record, 0, sizeof(*record));
	record->type = type;
	switch (type) {
	case FVD_RECORD_RESET:
		r = decode_reset(raw, nr_bytes, geo, record, error);
		break;
	case FVD_RECORD_ENTRIES:
		r = decode_entries(raw, nr_bytes, geo, record, error);
		break;
	case FVD_RECORD_BLOCKS:
		r = decode_blocks(raw, nr_bytes, geo, record, error);
		break;
	default:
		return fvd_error_set(error, -EPROTONOSUPPORT,
			"unknown journal record type %u", type);
	}
	*offset = at + nr_bytes;
	return r ?: 1;
}

static void mark_pages(__le64 *dirty, u64 first_page, u64 last_page)
{
	fvd_bitmap_fill(dirty, first_page, last_page + 1, true);
}

static void mark_blocks(__le64 *dirty, u64 first, u64 end)
{
	mark_pages(dirty, fvd_map_page_of_block(first),
		   fvd_map_page_of_block(end - 1));
}

static void apply_reset(struct fvd_map *map, __le64 *dirty,
			const struct fvd_journal_record *record)
{
	u64 chunk, first, end;

	for (chunk = record->first; chunk < record->first + record->nr;
	     chunk++) {
		end = fvd_map_chunk_blocks(map, chunk, &first);
		/* The same again costs little: a log may say it very often. */
		if (fvd_map_entry(map, chunk) == record->value &&
		    fvd_bitmap_find(map->bitmap, first, end, true) == end)
			continue;
		fvd_map_reset_chunk(map, chunk, record->value);
		mark_blocks(dirty, first, end);
	}
	mark_pages(dirty, fvd_map_page_of_chunk(map, record->first),
		   fvd_map_page_of_chunk(map, chunk - 1));
}

static void apply_entries(struct fvd_map *map, __le64 *dirty,
			  const struct fvd_journal_record *record)
{
	u64 i;

	for (i = 0; i < record->nr; i++)
		fvd_map_set_entry(map, record->first + i,
				  fvd_journal_record_entry(record, i));
	mark_pages(dirty, fvd_map_page_of_chunk(map, record->first),
		   fvd_map_page_of_chunk(map, record->first + record->nr - 1));
}

/* I-JRN-1: a record tells what is, not what changes. */
static void apply_record(struct fvd_map *map, __le64 *dirty,
			 const struct fvd_journal_record *record)
{
	switch (record->type) {
	case FVD_RECORD_RESET:
		apply_reset(map, dirty, record);
		break;
	case FVD_RECORD_ENTRIES:
		apply_entries(map, dirty, record);
		break;
	case FVD_RECORD_BLOCKS:
		fvd_bitmap_fill(map->bitmap, record->first,
				record->first + record->nr, true);
		mark_blocks(dirty, record->first, record->first + record->nr);
		break;
	}
}

int fvd_journal_replay_block(const void *block, struct fvd_map *map,
			     __le64 *dirty, struct fvd_error *error)
{
	const struct fvd_journal_block_disk *head = block;
	struct fvd_journal_record record;
	u32 offset = 0, nr_records = 0;
	int r;

	while ((r = fvd_journal_next_record(block, &offset, &map->geo, &record,
					    error)) > 0)
		nr_records++;
	if (r) /* I-JRN-2 */
		return r;
	if (le32_to_cpu(head->nr_records) != nr_records)
		return fvd_error_set(error, -EBADMSG,
			"journal block has %u records, its header says %u",
			nr_records, le32_to_cpu(head->nr_records));
	offset = 0;
	while (fvd_journal_next_record(block, &offset, &map->geo, &record,
				       NULL) > 0)
		apply_record(map, dirty, &record);
	return 0;
}
