// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and writing back an image that the kernel does not have open.
 *
 * Invariants:
 *   I-LIB-1  Nothing is allocated before the device was seen to hold it.
 *   I-LIB-2  What is valid is never overwritten: pages, checksums and
 *            superblocks go to the other slot, copy, place.
 *   I-LIB-3  Loading writes nothing.
 *
 * Crash rule: the superblock is written last, behind a flush.
 * Left out on purpose: the data; "check" is about metadata.
 */
#include <stdlib.h>

#include "fvd-image.h"
#include "fvd-v1-format.h"

/* Read this much in one go. */
#define RUN_PAGES	256U

static void *alloc_pages(u64 nr_bytes)
{
	void *memory = NULL;

	if (posix_memalign(&memory, FVD_PAGE_BYTES,
			   nr_bytes ?: FVD_PAGE_BYTES))
		return NULL;
	memset(memory, 0, nr_bytes);
	return memory;
}

static int no_memory(u64 nr_bytes, struct fvd_error *error)
{
	return fvd_error_set(error, -ENOMEM, "out of memory for %llu bytes",
			     (unsigned long long)nr_bytes);
}

static int read_superblocks(struct fvd_image *image, struct fvd_error *error)
{
	unsigned int i;
	u64 offset;

	for (i = 0; i < FVD_NR_SUPERBLOCKS; i++) {
		image->raw[i] = alloc_pages(FVD_SUPERBLOCK_BYTES);
		if (!image->raw[i])
			return no_memory(FVD_SUPERBLOCK_BYTES, error);
		offset = fvd_superblock_offset_bytes(i);
		image->is_readable[i] =
			!fvd_device_read(image->dev, offset, image->raw[i],
					 FVD_SUPERBLOCK_BYTES, error);
		if (!image->is_readable[i])
			memset(image->raw[i], 0, FVD_SUPERBLOCK_BYTES);
	}
	return 0;
}

int fvd_image_open(struct fvd_image *image, struct fvd_device *dev,
		   struct fvd_error *error)
{
	const struct fvd_superblock_disk *raw[FVD_NR_SUPERBLOCKS];
	unsigned int i;
	int r;

	memset(image, 0, sizeof(*image));
	image->dev = dev;
	r = read_superblocks(image, error);
	if (r)
		return r;
	if (!image->is_readable[0] && !image->is_readable[1])
		return fvd_error_set(error,
			dev->size_bytes < FVD_SUPERBLOCK_BYTES ? -ENODATA : -EIO,
			"no superblock can be read (%llu bytes in all)",
			(unsigned long long)dev->size_bytes);
	for (i = 0; i < FVD_NR_SUPERBLOCKS; i++)
		raw[i] = image->is_readable[i] ? image->raw[i] : NULL;
	if (image->is_readable[0] && fvd_v1_is_magic(image->raw[0]))
		return fvd_error_set(error, -EPROTONOSUPPORT,
			"is an image of the original FVD, version 1; \"fvd convert\" makes one of format 3 of it");
	r = fvd_superblock_choose(&image->sb, raw, &image->which, error);
	if (r)
		return r;
	image->seed = fvd_uuid_seed(image->sb.uuid);
	fvd_geometry_init(&image->map.geo, &image->sb);
	return 0;
}

void fvd_image_close(struct fvd_image *image)
{
	unsigned int i;

	for (i = 0; i < FVD_NR_SUPERBLOCKS; i++) {
		free(image->raw[i]);
		image->raw[i] = NULL;
	}
	free(image->map.bitmap);
	free(image->map.table);
	free(image->checksums);
	free(image->dirty);
	free(image->used);
	image->map.bitmap = NULL;
	image->map.table = NULL;
	image->checksums = NULL;
	image->dirty = NULL;
	image->used = NULL;
}

bool fvd_image_is_superblock_good(const struct fvd_image *image,
				  unsigned int which, struct fvd_superblock *sb,
				  struct fvd_error *error)
{
	if (!image->is_readable[which]) {
		fvd_error_set(error, -EIO, "superblock unreadable");
		return false;
	}
	return !fvd_superblock_decode(sb, image->raw[which], error);
}

int fvd_image_check_size(const struct fvd_image *image, struct fvd_error *error)
{
	if (image->dev->size_bytes < image->sb.image_size_bytes)
		return fvd_error_set(error, -ENXIO,
			"has %llu bytes, expected at least %llu as recorded in the superblock",
			(unsigned long long)image->dev->size_bytes,
			(unsigned long long)image->sb.image_size_bytes);
	return 0;
}

int fvd_image_check_memory(const struct fvd_superblock *sb,
			   struct fvd_error *error)
{
	u64 nr_bytes = sb->bitmap_size_bytes + sb->table_size_bytes;

	if (nr_bytes > FVD_IMAGE_MEMORY_LIMIT_BYTES)
		return fvd_error_set(error, -EFBIG,
			"bitmap and table have %llu bytes, expected at most %llu; larger blocks and chunks make them smaller",
			(unsigned long long)nr_bytes,
			FVD_IMAGE_MEMORY_LIMIT_BYTES);
	return 0;
}

int fvd_image_alloc(struct fvd_image *image, struct fvd_error *error)
{
	const struct fvd_superblock *sb = &image->sb;
	u64 nr_pages = fvd_geometry_nr_pages(&image->map.geo);
	u64 nr_bytes = sb->bitmap_size_bytes + sb->table_size_bytes;
	int r;

	/*
	 * Validated: both copies of all of it lie in front of the data, and
	 * so on the device; but a sparse file can be of any size.
	 */
	r = fvd_image_check_memory(sb, error);
	if (r)
		return r;
	image->map.bitmap = alloc_pages(sb->bitmap_size_bytes);
	image->checksums = alloc_pages(sb->checksum_size_bytes);
	image->dirty = alloc_pages(fvd_bitmap_words(nr_pages) * sizeof(u64));
	if (!image->map.bitmap || !image->checksums || !image->dirty)
		return no_memory(nr_bytes, error);
	if (!fvd_superblock_is_compact(sb))
		return 0;
	image->map.table = alloc_pages(sb->table_size_bytes);
	image->capacity_chunks =
		fvd_layout_capacity_chunks(sb, sb->image_size_bytes);
	image->used = alloc_pages(fvd_bitmap_words(image->capacity_chunks) *
				  sizeof(u64));
	if (!image->map.table || !image->used)
		return no_memory(nr_bytes, error);
	return 0;
}

static int check_slots(const struct fvd_image *image, struct fvd_error *error)
{
	u64 i, nr_pages = fvd_geometry_nr_pages(&image->map.geo);

	for (i = 0; i < nr_pages; i++)
		if (le32_to_cpu(image->checksums[i].slot) > 1)
			return fvd_error_set(error, -EBADMSG,
				"metadata page %llu is in slot %u, expected 0 or 1",
				(unsigned long long)i,
				le32_to_cpu(image->checksums[i].slot));
	return 0;
}

int fvd_image_load_checksums(struct fvd_image *image, struct fvd_error *error)
{
	const struct fvd_superblock *sb = &image->sb;
	u32 crc;
	int r;

	r = fvd_device_read(image->dev, sb->checksum_offset_bytes +
			    sb->checksum_copy * sb->checksum_size_bytes,
			    image->checksums, sb->checksum_size_bytes, error);
	if (r)
		return r;
	crc = fvd_checksum_region_crc(image->seed, image->checksums,
				      sb->checksum_size_bytes);
	if (crc != sb->checksum_crc)
		return fvd_error_set(error, -EBADMSG,
			"copy %u of the checksum region has checksum %08x, expected %08x",
			sb->checksum_copy, crc, sb->checksum_crc);
	return check_slots(image, error);
}

static unsigned int page_slot(const struct fvd_image *image, u64 index)
{
	return le32_to_cpu(image->checksums[index].slot) & 1;
}

/* Pages from @index on that lie side by side on the device. */
static u64 run_length(const struct fvd_image *image, u64 index, u64 nr_pages)
{
	u64 nr = 1;

	while (nr < RUN_PAGES && index + nr < nr_pages &&
	       index + nr != image->map.geo.nr_bitmap_pages &&
	       page_slot(image, index) == page_slot(image, index + nr))
		nr++;
	return nr;
}

static void forget_page(struct fvd_image *image, u64 index)
{
	memset(fvd_map_page(&image->map, index),
	       index < image->map.geo.nr_bitmap_pages ? 0 : 0xff,
	       FVD_PAGE_BYTES);
}

static int verify_page(const struct fvd_image *image, u64 index,
		       struct fvd_error *error)
{
	u32 found = fvd_page_crc(image->seed, index,
				 fvd_map_page(&image->map, index));
	u32 expected = le32_to_cpu(image->checksums[index].crc);
	u64 nr_bitmap_pages = image->map.geo.nr_bitmap_pages;

	if (found == expected)
		return 0;
	if (index < nr_bitmap_pages)
		return fvd_error_set(error, -EBADMSG,
			"bitmap page %llu, slot %u has checksum %08x, expected %08x",
			(unsigned long long)index, page_slot(image, index),
			found, expected);
	return fvd_error_set(error, -EBADMSG,
		"table page %llu, slot %u has checksum %08x, expected %08x",
		(unsigned long long)(index - nr_bitmap_pages),
		page_slot(image, index), found, expected);
}

/* Verify [*index, end); on a bad page *index is that page's number. */
static int verify_run(struct fvd_image *image, u64 *index, u64 end,
		      struct fvd_error *error)
{
	int r;

	for (; *index < end; (*index)++) {
		r = verify_page(image, *index, error);
		if (r) {
			forget_page(image, *index);
			return r;
		}
	}
	return 0;
}

int fvd_image_load_pages(struct fvd_image *image, u64 *index,
			 struct fvd_error *error)
{
	u64 nr_pages = fvd_geometry_nr_pages(&image->map.geo);
	u64 nr, offset;
	int r;

	while (*index < nr_pages) {
		nr = run_length(image, *index, nr_pages);
		offset = fvd_layout_page_offset_bytes(&image->sb, *index,
						      page_slot(image, *index));
		r = fvd_device_read(image->dev, offset,
				    fvd_map_page(&image->map, *index),
				    nr << FVD_PAGE_SHIFT, error);
		if (r) {
			forget_page(image, *index);
			return r;
		}
		r = verify_run(image, index, *index + nr, error);
		if (r)
			return r;
	}
	return 0;
}

static int count_records(struct fvd_image *image, const void *block,
			 struct fvd_error *error)
{
	struct fvd_journal_record record;
	u32 offset = 0;
	int r;

	while ((r = fvd_journal_next_record(block, &offset, &image->map.geo,
					    &record, error)) > 0)
		image->journal.nr_records++;
	return r;
}

/* Blocks that can be read in one go from @at on, at most @left. */
static u64 journal_run(const struct fvd_image *image, u64 at, u64 left)
{
	u64 nr_blocks = image->sb.journal_size_bytes >> FVD_PAGE_SHIFT;

	return min_t(u64, RUN_PAGES, min(left, nr_blocks - at));
}

/* The newest superblock copy may be lost, and an older one taken for it. */
static int refuse_newer(const struct fvd_image *image, const void *block,
			u64 sequence, struct fvd_error *error)
{
	if (!fvd_journal_block_newer(block, image->seed,
				     image->sb.journal_epoch, sequence))
		return 0;
	return fvd_error_set(error, -EBADMSG,
			     "the journal is newer than the superblock: its newest copy is lost");
}

/* An activation begins at the ring's first block, with a higher epoch. */
static int check_first_block(struct fvd_image *image, u8 *page,
			     struct fvd_error *error)
{
	int r = fvd_device_read(image->dev, image->sb.journal_offset_bytes,
				page, FVD_PAGE_BYTES, error);

	return r ?: refuse_newer(image, page, U64_MAX, error);
}

/* Returns: 1 if the block belongs to the log, 0 at its end, or an error. */
static int scan_block(struct fvd_image *image, const void *block, bool apply,
		      struct fvd_error *error)
{
	struct fvd_image_journal *journal = &image->journal;
	u64 nr_blocks = image->sb.journal_size_bytes >> FVD_PAGE_SHIFT;
	int r;

	if (!fvd_journal_block_valid(block, image->seed,
				     image->sb.journal_epoch,
				     journal->next_sequence))
		return refuse_newer(image, block, journal->next_sequence,
				    error);
	r = count_records(image, block, error);
	if (!r && apply)
		r = fvd_journal_replay_block(block, &image->map, image->dirty,
					     error);
	if (r)
		return r;
	journal->nr_blocks++;
	journal->next_sequence++;
	journal->next_block = (journal->next_block + 1) % nr_blocks;
	return 1;
}

static int scan_run(struct fvd_image *image, const u8 *blocks, u64 nr,
		    bool apply, struct fvd_error *error)
{
	u64 i;
	int r = 1;

	for (i = 0; r > 0 && i < nr; i++)
		r = scan_block(image, blocks + (i << FVD_PAGE_SHIFT), apply,
			       error);
	return r;
}

int fvd_image_scan_journal(struct fvd_image *image, bool apply,
			   struct fvd_error *error)
{
	struct fvd_image_journal *journal = &image->journal;
	u64 left = image->sb.journal_size_bytes >> FVD_PAGE_SHIFT;
	u64 nr, offset;
	int r = 1;
	u8 *blocks;

	memset(journal, 0, sizeof(*journal));
	journal->next_block = image->sb.journal_tail_block;
	journal->next_sequence = image->sb.journal_tail_sequence;
	blocks = alloc_pages(RUN_PAGES << FVD_PAGE_SHIFT);
	if (!blocks)
		return no_memory(RUN_PAGES << FVD_PAGE_SHIFT, error);
	r = check_first_block(image, blocks, error) ?: 1;
	while (r > 0 && left) {
		nr = journal_run(image, journal->next_block, left);
		offset = image->sb.journal_offset_bytes +
			(journal->next_block << FVD_PAGE_SHIFT);
		r = fvd_device_read(image->dev, offset, blocks,
				    nr << FVD_PAGE_SHIFT, error);
		if (!r)
			r = scan_run(image, blocks, nr, apply, error);
		left -= nr;
	}
	free(blocks);
	return min(r, 0);
}

int fvd_image_check_map(struct fvd_image *image, struct fvd_error *error)
{
	int r;

	if (image->used)
		memset(image->used, 0,
		       fvd_bitmap_words(image->capacity_chunks) * sizeof(u64));
	r = fvd_map_check(&image->map, image->capacity_chunks, image->used,
			  error);
	if (r)
		return r;
	image->nr_used_chunks = image->used ?
		fvd_bitmap_count(image->used, 0, image->capacity_chunks) : 0;
	return 0;
}

static int check_state(const struct fvd_image *image, struct fvd_error *error)
{
	if (image->sb.state_flags & FVD_STATE_UNFINISHED)
		return fvd_error_set(error, -EUCLEAN,
			"was not finished by the tool that made it");
	return 0;
}

int fvd_image_load(struct fvd_image *image, struct fvd_error *error)
{
	u64 index = 0;
	int r;

	r = check_state(image, error);
	if (!r)
		r = fvd_image_check_size(image, error);
	if (!r)
		r = fvd_image_alloc(image, error);
	if (!r)
		r = fvd_image_load_checksums(image, error);
	if (!r)
		r = fvd_image_load_pages(image, &index, error);
	if (!r && !image->sb.clean)
		r = fvd_image_scan_journal(image, true, error);
	if (!r)
		r = fvd_image_check_map(image, error);
	return r;
}

int fvd_image_write_superblock(struct fvd_image *image, struct fvd_error *error)
{
	unsigned int which = !image->which;
	int r;

	image->sb.generation++;
	r = fvd_superblock_validate(&image->sb, error);
	if (r)
		return r;
	fvd_superblock_encode(&image->sb, image->raw[which]);
	r = fvd_device_write(image->dev, fvd_superblock_offset_bytes(which),
			     image->raw[which], FVD_SUPERBLOCK_BYTES, error);
	if (!r)
		r = fvd_device_flush(image->dev, error);
	if (r)
		return r;
	image->which = which;
	image->is_readable[which] = true;
	return 0;
}

static int write_dirty_pages(struct fvd_image *image, struct fvd_error *error)
{
	u64 index, nr_pages = fvd_geometry_nr_pages(&image->map.geo);
	const void *page;
	unsigned int slot;
	int r;

	for (index = fvd_bitmap_find(image->dirty, 0, nr_pages, true);
	     index < nr_pages;
	     index = fvd_bitmap_find(image->dirty, index + 1, nr_pages, true)) {
		page = fvd_map_page(&image->map, index);
		slot = !page_slot(image, index);
		r = fvd_device_write(image->dev,
				     fvd_layout_page_offset_bytes(&image->sb,
								  index, slot),
				     page, FVD_PAGE_BYTES, error);
		if (r)
			return r;
		image->checksums[index].crc =
			cpu_to_le32(fvd_page_crc(image->seed, index, page));
		image->checksums[index].slot = cpu_to_le32(slot);
	}
	return 0;
}

static int write_checksums(struct fvd_image *image, struct fvd_error *error)
{
	struct fvd_superblock *sb = &image->sb;

	sb->checksum_copy = !sb->checksum_copy;
	sb->checksum_crc = fvd_checksum_region_crc(image->seed,
						   image->checksums,
						   sb->checksum_size_bytes);
	return fvd_device_write(image->dev, sb->checksum_offset_bytes +
				sb->checksum_copy * sb->checksum_size_bytes,
				image->checksums, sb->checksum_size_bytes,
				error);
}

int fvd_image_write_back(struct fvd_image *image, struct fvd_error *error)
{
	u64 nr_pages = fvd_geometry_nr_pages(&image->map.geo);
	int r = 0;

	if (fvd_bitmap_find(image->dirty, 0, nr_pages, true) < nr_pages) {
		r = write_dirty_pages(image, error);
		if (!r)
			r = write_checksums(image, error);
	}
	if (!r)
		r = fvd_device_flush(image->dev, error);
	if (r)
		return r;
	if (image->journal.nr_blocks) {
		image->sb.journal_tail_block = image->journal.next_block;
		image->sb.journal_tail_sequence = image->journal.next_sequence;
		/* Behind a torn block there may be good ones: never again. */
		image->sb.journal_epoch++;
	}
	image->sb.clean = true;
	r = fvd_image_write_superblock(image, error);
	if (!r)
		memset(image->dirty, 0,
		       fvd_bitmap_words(nr_pages) * sizeof(u64));
	return r;
}
