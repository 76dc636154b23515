// SPDX-License-Identifier: GPL-2.0-only
/*
 * Structure-aware: a field, a record, a page, an entry of the checksum region
 * gets another value, mostly one that is nearly right; then every checksum above
 * it is made right again. A bit flipped without that is the rare case, because
 * it tests nothing but the checksums.
 *
 * I-MUT-1: nothing outside [memory, memory + bytes) is touched, however wild the
 *	image is already (mutations may follow each other).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fvd-fields.h"
#include "fvd-image.h"
#include "campaign-mutate.h"

/**
 * struct mutation - one on its way
 * @memory: the image
 * @bytes: of it
 * @state: of the random numbers
 * @sb: its superblock, decoded
 * @seed: of its checksums
 * @text: what was done
 * @size: of @text
 */
struct mutation {
	u8 *memory;
	u64 bytes;
	u64 state;
	struct fvd_superblock sb;
	u32 seed;
	char *text;
	int size;
};

static u64 pick(struct mutation *m, u64 limit)
{
	/* splitmix64 */
	u64 x = m->state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return ((x ^ x >> 31) >> 8) % limit;
}

/* A number in the superblock, other than what is made right afterwards. */
static const struct fvd_field *pick_field(struct mutation *m)
{
	const struct fvd_field *field;
	u32 nr = 0;

	while (fvd_fields[nr].name)
		nr++;
	do {
		field = &fvd_fields[pick(m, nr)];
	} while (field->kind == FVD_FIELD_TEXT ||
		 field->kind == FVD_FIELD_BYTES ||
		 fvd_field_bytes(field) > sizeof(u64) ||
		 !strcmp(field->name, "crc") || !strcmp(field->name, "magic"));
	return field;
}

/* Near the old value, near a power of two, or near an end. */
static u64 odd_value(struct mutation *m, u64 old)
{
	static const u64 steps[] = { 1, 512, 4096, 65536, 1 << 20 };
	u64 step = steps[pick(m, ARRAY_SIZE(steps))];

	switch (pick(m, 8)) {
	case 0:
		return old + step;
	case 1:
		return old - step;
	case 2:
		return old * 2;
	case 3:
		return old / 2;
	case 4:
		return (1ULL << pick(m, 64)) - pick(m, 2);
	case 5:
		return 0 - pick(m, 2) * step;
	case 6:
		return pick(m, 3);
	default:
		return old ^ 1ULL << pick(m, 64);
	}
}

static struct fvd_superblock_disk *copy_of(struct mutation *m, unsigned int i)
{
	return (void *)(m->memory + fvd_superblock_offset_bytes(i));
}

static void fix_superblock(struct fvd_superblock_disk *disk)
{
	disk->crc = cpu_to_le32(crc32c(~0U, disk, offsetof(struct
						fvd_superblock_disk, crc)));
}

/* Both copies, so that the one that is newer does not matter. */
static void write_superblocks(struct mutation *m)
{
	unsigned int i;

	for (i = 0; i < FVD_NR_SUPERBLOCKS; i++)
		fvd_superblock_encode(&m->sb, copy_of(m, i));
}

static void mutate_field(struct mutation *m)
{
	const struct fvd_field *field = pick_field(m);
	u32 copies = 1 + pick(m, 3), i;
	__le64 raw = 0;
	u64 value;

	memcpy(&raw, (u8 *)copy_of(m, 0) + field->offset,
	       fvd_field_bytes(field));
	value = odd_value(m, le64_to_cpu(raw));
	raw = cpu_to_le64(value);
	for (i = 0; i < FVD_NR_SUPERBLOCKS; i++) {
		if (!(copies >> i & 1))
			continue;
		memcpy((u8 *)copy_of(m, i) + field->offset, &raw,
		       fvd_field_bytes(field));
		fix_superblock(copy_of(m, i));
	}
	snprintf(m->text, m->size, "%s = %llx in copies %u", field->name,
		 (unsigned long long)value, copies);
}

/* Does the image have [offset, offset + bytes)? */
static bool is_there(const struct mutation *m, u64 offset, u64 bytes)
{
	return offset <= m->bytes && bytes <= m->bytes - offset;
}

static void put_record(struct mutation *m, struct fvd_journal_writer *writer,
		       const struct fvd_geometry *geo)
{
	u64 wild = pick(m, 8) ? 0 : odd_value(m, 1);
	bool ok;

	switch (pick(m, 3)) {
	case 0:
		ok = fvd_journal_put_reset(writer, pick(m, geo->nr_chunks + 1) +
					   wild, 1 + pick(m, 3), pick(m, 2) ?
					   FVD_ENTRY_ZERO : FVD_ENTRY_EMPTY);
		break;
	case 1:
		ok = fvd_journal_put_entry(writer, pick(m, geo->nr_chunks + 1),
					   pick(m, geo->nr_chunks + 2) + wild);
		break;
	default:
		ok = fvd_journal_put_blocks(writer, pick(m, geo->nr_blocks) +
					    wild, 1 + pick(m, 9));
		break;
	}
	if (!ok)
		m->state++; /* a full block is as good as any */
}

/* How many blocks of the ring are valid, from the tail on. */
static u64 log_length(struct mutation *m, u64 nr_ring)
{
	u64 n, at;

	for (n = 0; n < nr_ring; n++) {
		at = (m->sb.journal_tail_block + n) % nr_ring;
		if (!fvd_journal_block_valid(m->memory +
					     m->sb.journal_offset_bytes +
					     (at << FVD_PAGE_SHIFT), m->seed,
					     m->sb.journal_epoch,
					     m->sb.journal_tail_sequence + n))
			break;
	}
	return n;
}

/* Journal blocks with records of any kind, in or instead of the log. */
static void mutate_journal(struct mutation *m)
{
	u64 nr_ring = m->sb.journal_size_bytes >> FVD_PAGE_SHIFT, at, n;
	u64 start = pick(m, log_length(m, nr_ring) + 1);
	u64 nr = 1 + pick(m, 4);
	struct fvd_journal_writer writer;
	struct fvd_geometry geo;
	u64 records;

	fvd_geometry_init(&geo, &m->sb);
	for (n = start; n < start + nr; n++) {
		at = (m->sb.journal_tail_block + n) % nr_ring;
		fvd_journal_begin(&writer, m->memory +
				  m->sb.journal_offset_bytes +
				  (at << FVD_PAGE_SHIFT));
		for (records = 1 + pick(m, 30); records; records--)
			put_record(m, &writer, &geo);
		fvd_journal_finish(&writer, m->seed, m->sb.journal_epoch,
				   m->sb.journal_tail_sequence + n);
	}
	m->sb.clean = pick(m, 8) == 0;
	write_superblocks(m);
	snprintf(m->text, m->size, "%llu journal blocks at %llu of the log",
		 (unsigned long long)nr, (unsigned long long)start);
}

/* A valid journal block with other bytes inside, and the right checksum. */
static void mutate_record(struct mutation *m)
{
	u64 nr_ring = m->sb.journal_size_bytes >> FVD_PAGE_SHIFT;
	u64 length = log_length(m, nr_ring), at, offset, i;
	struct fvd_journal_block_disk *head;
	u8 *block;

	if (!length) {
		mutate_journal(m);
		return;
	}
	at = (m->sb.journal_tail_block + pick(m, length)) % nr_ring;
	block = m->memory + m->sb.journal_offset_bytes + (at << FVD_PAGE_SHIFT);
	head = (void *)block;
	for (i = 1 + pick(m, 3); i; i--) {
		offset = sizeof(*head) - 8 + pick(m, 80);
		block[offset] = pick(m, 2) ? pick(m, 256) :
			block[offset] + 1 - 2 * pick(m, 2);
	}
	head->crc = cpu_to_le32(crc32c(m->seed, block + 8, FVD_PAGE_BYTES - 8));
	snprintf(m->text, m->size, "bytes of journal block %llu",
		 (unsigned long long)at);
}

/* The checksum region's valid copy, or NULL. */
static struct fvd_checksum_disk *checksums_of(struct mutation *m)
{
	u64 offset = m->sb.checksum_offset_bytes +
		m->sb.checksum_copy * m->sb.checksum_size_bytes;

	return is_there(m, offset, m->sb.checksum_size_bytes) ?
		(void *)(m->memory + offset) : NULL;
}

static void fix_checksums(struct mutation *m,
			  const struct fvd_checksum_disk *checksums)
{
	m->sb.checksum_crc = fvd_checksum_region_crc(m->seed, checksums,
						     m->sb.checksum_size_bytes);
	write_superblocks(m);
}

static u32 odd_entry(struct mutation *m, const struct fvd_geometry *geo)
{
	switch (pick(m, 6)) {
	case 0:
		return FVD_ENTRY_ZERO;
	case 1:
		return FVD_ENTRY_EMPTY;
	case 2:
		return odd_value(m, geo->nr_chunks);
	default:
		return pick(m, geo->nr_chunks + 1);
	}
}

static void change_page(struct mutation *m, u8 *page, bool is_table,
			const struct fvd_geometry *geo)
{
	__le32 *entries = (__le32 *)page;
	u64 n = 1 + pick(m, 5), at;

	while (n--) {
		if (is_table) {
			at = pick(m, min_t(u64, geo->nr_chunks + 2, 1024));
			entries[at] = cpu_to_le32(odd_entry(m, geo));
		} else {
			at = pick(m, min_t(u64, geo->nr_blocks / 8 + 2, 4096));
			page[at] = pick(m, 3) ? 0xff >> pick(m, 8) :
				   pick(m, 256);
		}
	}
}

/* A page of bitmap or table, or its entry in the checksum region. */
static void mutate_page(struct mutation *m)
{
	struct fvd_checksum_disk *checksums = checksums_of(m);
	struct fvd_geometry geo;
	u64 nr_pages, index, offset;
	u32 slot;

	fvd_geometry_init(&geo, &m->sb);
	nr_pages = fvd_geometry_nr_pages(&geo);
	if (!checksums || nr_pages * sizeof(*checksums) >
	    m->sb.checksum_size_bytes)
		return;
	index = pick(m, nr_pages);
	slot = le32_to_cpu(checksums[index].slot);
	if (!pick(m, 4))
		slot = odd_value(m, slot);
	offset = fvd_layout_page_offset_bytes(&m->sb, index, slot & 1);
	if (!is_there(m, offset, FVD_PAGE_BYTES))
		return;
	change_page(m, m->memory + offset, index >= geo.nr_bitmap_pages, &geo);
	checksums[index].slot = cpu_to_le32(slot);
	checksums[index].crc = cpu_to_le32(fvd_page_crc(m->seed, index,
							m->memory + offset));
	fix_checksums(m, checksums);
	snprintf(m->text, m->size, "page %llu in slot %u",
		 (unsigned long long)index, slot);
}

static void mutate_bytes(struct mutation *m)
{
	u64 n = 1 + pick(m, 8), at = 0;

	while (n--) {
		at = pick(m, m->bytes);
		m->memory[at] ^= 1U << pick(m, 8);
	}
	snprintf(m->text, m->size, "bits, the last at byte %llu",
		 (unsigned long long)at);
}

static bool decode(struct mutation *m)
{
	const struct fvd_superblock_disk *disk[FVD_NR_SUPERBLOCKS];
	unsigned int i;

	for (i = 0; i < FVD_NR_SUPERBLOCKS; i++)
		disk[i] = copy_of(m, i);
	if (fvd_superblock_choose(&m->sb, disk, NULL, NULL))
		return false;
	m->seed = fvd_uuid_seed(m->sb.uuid);
	return is_there(m, m->sb.journal_offset_bytes,
			m->sb.journal_size_bytes);
}

void mutate_image(void *memory, uint64_t bytes, uint64_t seed, char *text,
		  int size)
{
	static void (* const kinds[])(struct mutation *m) = {
		mutate_field, mutate_field, mutate_journal, mutate_journal,
		mutate_record, mutate_page, mutate_page, mutate_bytes,
	};
	struct mutation m = {
		.memory = memory, .bytes = bytes, .state = seed,
		.text = text, .size = size,
	};

	snprintf(text, size, "nothing");
	if (decode(&m))
		kinds[pick(&m, ARRAY_SIZE(kinds))](&m);
	else
		mutate_bytes(&m);
}

uint64_t mutate_disk_bytes(void *memory, uint64_t bytes)
{
	struct mutation m = { .memory = memory, .bytes = bytes };

	return decode(&m) ? m.sb.virtual_size_bytes : 0;
}
