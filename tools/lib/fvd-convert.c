// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying a disk, piece by piece, into a new image of format 3.
 *
 * Invariants:
 *   I-CNV-1  A block gets bit 0 only if the new image shows the same content
 *            with bit 0: all of it is in the base that both have, or it is
 *            zeros behind that base.
 *   I-CNV-2  The superblock stops saying "unfinished" after all data and
 *            metadata are durable.
 *
 * A piece is some blocks in a row within one chunk. Zeros that have to hide the
 * base need storage, unless they fill a whole chunk; so they are only noted
 * until the chunk has got storage for another reason, or ends.
 */
#include <stdlib.h>

#include "fvd-convert.h"

/* The largest block; pieces are no larger than a chunk. */
#define PIECE_BYTES	FVD_BLOCK_MAX_BYTES

/**
 * struct copy - a copy under way.
 * @image: the target, loaded; its map and dirty pages change
 * @buffer: PIECE_BYTES
 * @piece_bytes: power of two; PIECE_BYTES or a chunk
 * @keep_sectors: of the base
 * @chunk: that is being filled; U64_MAX for none
 * @number: its storage, or FVD_ENTRY_EMPTY
 * @hidden: bits of its blocks that are zeros over the base and not stored yet
 * @next_number: storage that is free
 */
struct copy {
	struct fvd_convert *convert;
	struct fvd_image image;
	u8 *buffer;
	u64 piece_bytes;
	u64 keep_sectors;
	u64 chunk;
	u32 number;
	__le64 *hidden;
	u64 next_number;
};

static void mark_dirty(struct copy *copy, u64 page)
{
	fvd_bitmap_fill(copy->image.dirty, page, page + 1, true);
}

static u64 disk_blocks(const struct copy *copy)
{
	return copy->image.map.geo.nr_blocks;
}

static u64 block_bytes(const struct copy *copy)
{
	return 1ULL << copy->image.map.geo.block_shift;
}

/* Length in bytes of [first, end), cut at the disk's end. */
static u64 blocks_length(const struct copy *copy, u64 first, u64 end)
{
	unsigned int shift = copy->image.map.geo.block_shift;

	return min(end << shift, copy->image.sb.virtual_size_bytes) -
		(first << shift);
}

static void set_bits(struct copy *copy, u64 first, u64 end)
{
	u64 page, last = fvd_map_page_of_block(end - 1);

	fvd_map_set_blocks(&copy->image.map, first, end);
	for (page = fvd_map_page_of_block(first); page <= last; page++)
		mark_dirty(copy, page);
}

/* Where a block of the current chunk has its storage. */
static u64 storage_offset(const struct copy *copy, u64 block)
{
	const struct fvd_geometry *geo = &copy->image.map.geo;
	u64 at = block << geo->block_shift;

	if (!copy->image.map.table)
		return copy->image.sb.data_offset_bytes + at;
	return copy->image.sb.data_offset_bytes +
		((u64)copy->number << geo->chunk_shift) +
		(at & ((1ULL << geo->chunk_shift) - 1));
}

static int zero_blocks(struct copy *copy, u64 first, u64 end,
		       struct fvd_error *error)
{
	u64 offset = storage_offset(copy, first);
	u64 nr_bytes = fvd_convert_padded(copy->convert, offset,
					  blocks_length(copy, first, end));
	int r = 0;

	if (!copy->convert->is_target_blank)
		r = fvd_device_zero(copy->convert->target, offset, nr_bytes,
				    error);
	if (!r)
		set_bits(copy, first, end);
	return r;
}

/* Store the zeros that were noted in the current chunk. */
static int store_hidden(struct copy *copy, struct fvd_error *error)
{
	u64 first, nr, at, end;
	int r = 0;

	nr = fvd_map_chunk_blocks(&copy->image.map, copy->chunk, &first) - first;
	for (at = fvd_bitmap_find(copy->hidden, 0, nr, true); !r && at < nr;
	     at = fvd_bitmap_find(copy->hidden, end, nr, true)) {
		end = fvd_bitmap_find(copy->hidden, at, nr, false);
		r = zero_blocks(copy, first + at, first + end, error);
	}
	fvd_bitmap_fill(copy->hidden, 0, nr, false);
	return r;
}

static void set_entry(struct copy *copy, u32 entry)
{
	copy->image.map.table[copy->chunk] = cpu_to_le32(entry);
	mark_dirty(copy, fvd_map_page_of_chunk(&copy->image.map, copy->chunk));
}

static int give_storage(struct copy *copy, struct fvd_error *error)
{
	if (!copy->image.map.table || copy->number != FVD_ENTRY_EMPTY)
		return 0;
	if (copy->next_number >= copy->image.capacity_chunks)
		return fvd_error_set(error, -ENOSPC,
			"has room for %llu chunks, the disk needs more",
			(unsigned long long)copy->image.capacity_chunks);
	copy->number = copy->next_number++;
	set_entry(copy, copy->number);
	return store_hidden(copy, error);
}

/* Is all of the chunk that lies over the base to be hidden? */
static bool is_all_hidden(const struct copy *copy)
{
	unsigned int shift = copy->image.map.geo.block_shift - FVD_SECTOR_SHIFT;
	u64 first, end, covered;

	end = fvd_map_chunk_blocks(&copy->image.map, copy->chunk, &first);
	covered = (copy->keep_sectors + (1ULL << shift) - 1) >> shift;
	end = min(end, covered);
	return first < end &&
		fvd_bitmap_all_set(copy->hidden, 0, end - first);
}

static int finish_chunk(struct copy *copy, struct fvd_error *error)
{
	u64 first, nr;

	if (copy->chunk == U64_MAX || copy->number != FVD_ENTRY_EMPTY)
		return 0;
	nr = fvd_map_chunk_blocks(&copy->image.map, copy->chunk, &first) - first;
	if (is_all_hidden(copy)) {
		set_entry(copy, FVD_ENTRY_ZERO);
		fvd_bitmap_fill(copy->hidden, 0, nr, false);
	} else if (fvd_bitmap_find(copy->hidden, 0, nr, true) < nr) {
		return give_storage(copy, error);
	}
	return 0;
}

static int begin_chunk(struct copy *copy, u64 block, struct fvd_error *error)
{
	u64 chunk;
	int r;

	if (!copy->image.map.table)
		return 0;
	chunk = fvd_map_chunk_of_block(&copy->image.map, block);
	if (chunk == copy->chunk)
		return 0;
	r = finish_chunk(copy, error);
	copy->chunk = chunk;
	copy->number = FVD_ENTRY_EMPTY;
	return r;
}

static int hide_blocks(struct copy *copy, u64 first, u64 end,
		       struct fvd_error *error)
{
	u64 chunk_first;

	if (copy->image.map.table && copy->number == FVD_ENTRY_EMPTY) {
		fvd_map_chunk_blocks(&copy->image.map, copy->chunk,
				     &chunk_first);
		fvd_bitmap_fill(copy->hidden, first - chunk_first,
				end - chunk_first, true);
		return 0;
	}
	return zero_blocks(copy, first, end, error);
}

static int store_blocks(struct copy *copy, u64 first, u64 end, const u8 *data,
			struct fvd_error *error)
{
	u64 nr_bytes = blocks_length(copy, first, end), offset;
	int r = give_storage(copy, error);

	if (r)
		return r;
	/* The buffer has zeros behind. */
	offset = storage_offset(copy, first);
	copy->convert->nr_stored_bytes += nr_bytes;
	nr_bytes = fvd_convert_padded(copy->convert, offset, nr_bytes);
	r = fvd_device_write(copy->convert->target, offset, data, nr_bytes,
			     error);
	if (!r)
		set_bits(copy, first, end);
	return r;
}

/*
 * What is at @sector, and does bit 0 show the same? The run ends where the base
 * that is kept ends.
 */
static bool may_stay(const struct copy *copy, u64 sector, u64 nr_sectors,
		     u64 *run_sectors)
{
	struct fvd_run run;

	if (sector < copy->keep_sectors)
		nr_sectors = min(nr_sectors, copy->keep_sectors - sector);
	fvd_source_lookup(copy->convert->source, sector, nr_sectors, &run);
	*run_sectors = run.nr_sectors;
	return run.where == (sector < copy->keep_sectors ? FVD_IN_BASE :
							   FVD_IS_ZERO);
}

static bool may_block_stay(const struct copy *copy, u64 block)
{
	u64 sector = fvd_map_block_sector(&copy->image.map, block), nr;
	u64 end = sector + (blocks_length(copy, block, block + 1) >>
			    FVD_SECTOR_SHIFT);

	for (; sector < end; sector += nr)
		if (!may_stay(copy, sector, end - sector, &nr))
			return false;
	return true;
}

enum block_kind { STAYS, HIDES, STORED };

/* @data is the block's content. */
static enum block_kind kind_of(const struct copy *copy, u64 block,
			       const u8 *data)
{
	if (!fvd_is_zero(data, blocks_length(copy, block, block + 1)))
		return STORED;
	return fvd_map_block_sector(&copy->image.map, block) <
		copy->keep_sectors ? HIDES : STAYS;
}

/* [first, end), whose content is in the buffer. */
static int put_blocks(struct copy *copy, u64 first, u64 end,
		      struct fvd_error *error)
{
	unsigned int shift = copy->image.map.geo.block_shift;
	enum block_kind kind;
	u64 at = first, next;
	const u8 *data;
	int r = 0;

	for (; !r && at < end; at = next) {
		data = copy->buffer + ((at - first) << shift);
		kind = kind_of(copy, at, data);
		for (next = at + 1; next < end; next++)
			if (kind_of(copy, next, copy->buffer +
				    ((next - first) << shift)) != kind)
				break;
		if (kind == STORED)
			r = store_blocks(copy, at, next, data, error);
		else if (kind == HIDES)
			r = hide_blocks(copy, at, next, error);
	}
	return r;
}

static int copy_piece(struct copy *copy, u64 first, u64 end,
		      struct fvd_error *error)
{
	unsigned int shift = copy->image.map.geo.block_shift;
	u64 at = first, next, nr_bytes;
	int r = begin_chunk(copy, first, error);

	for (; !r && at < end; at = next) {
		next = at + 1;
		if (may_block_stay(copy, at))
			continue;
		while (next < end && !may_block_stay(copy, next))
			next++;
		nr_bytes = blocks_length(copy, at, next);
		r = fvd_source_read(copy->convert->source, at << shift,
				    copy->buffer, nr_bytes, error);
		memset(copy->buffer + nr_bytes, 0,
		       ((next - at) << shift) - nr_bytes);
		if (!r)
			r = put_blocks(copy, at, next, error);
	}
	return r;
}

/* Whole pieces from @offset on that stay, without looking at each. */
static u64 skip_pieces(const struct copy *copy, u64 offset)
{
	u64 end = copy->image.sb.virtual_size_bytes, nr;

	if (!may_stay(copy, offset >> FVD_SECTOR_SHIFT,
		      (end - offset) >> FVD_SECTOR_SHIFT, &nr))
		return 0;
	return round_down(nr << FVD_SECTOR_SHIFT, copy->piece_bytes);
}

static int copy_disk(struct copy *copy, struct fvd_error *error)
{
	struct fvd_convert *convert = copy->convert;
	unsigned int shift = copy->image.map.geo.block_shift;
	u64 size = copy->image.sb.virtual_size_bytes, offset = 0, skip, end;
	int r = 0;

	while (!r && offset < size) {
		skip = skip_pieces(copy, offset);
		if (skip) {
			offset += skip;
			continue;
		}
		end = min((offset + copy->piece_bytes) >> shift,
			  disk_blocks(copy));
		r = copy_piece(copy, offset >> shift, end, error);
		offset += copy->piece_bytes;
		if (convert->progress)
			convert->progress(convert->context, min(offset, size),
					  size);
	}
	if (convert->progress)
		convert->progress(convert->context, min(offset, size), size);
	return r ?: finish_chunk(copy, error);
}

/* As fvd_image_load(), which refuses what is not finished. */
static int load_unfinished(struct fvd_image *image, struct fvd_error *error)
{
	u64 index = 0;
	int r;

	r = fvd_image_check_size(image, error);
	if (!r)
		r = fvd_image_alloc(image, error);
	if (!r)
		r = fvd_image_load_checksums(image, error);
	return r ?: fvd_image_load_pages(image, &index, error);
}

static int finish_image(struct copy *copy, struct fvd_error *error)
{
	struct fvd_image *image = &copy->image;
	int r = fvd_image_check_map(image, error);

	if (r)
		return r;
	/* The flush in front of its superblock makes the data durable, too. */
	image->sb.state_flags &= ~FVD_STATE_UNFINISHED;
	image->sb.complete = image->sb.base_size_bytes &&
		!image->map.nr_base_blocks_left;
	r = fvd_image_write_back(image, error);
	/* The older copy would still say "unfinished". */
	return r ?: fvd_image_write_superblock(image, error);
}

static int fill_image(struct copy *copy, struct fvd_error *error)
{
	struct fvd_image *image = &copy->image;
	u64 chunk_bytes = image->sb.chunk_size_bytes ?: PIECE_BYTES;
	int r;

	r = load_unfinished(image, error);
	if (r)
		return r;
	copy->piece_bytes = min_t(u64, PIECE_BYTES, chunk_bytes);
	copy->buffer = malloc(PIECE_BYTES);
	copy->hidden = calloc(fvd_bitmap_words(chunk_bytes / block_bytes(copy)),
			      sizeof(*copy->hidden));
	if (!copy->buffer || !copy->hidden)
		return fvd_error_set(error, -ENOMEM, "out of memory");
	r = copy_disk(copy, error);
	return r ?: finish_image(copy, error);
}

int fvd_convert_to_image(struct fvd_convert *convert, struct fvd_superblock *sb,
			 struct fvd_error *error)
{
	struct copy copy = {
		.convert = convert,
		.keep_sectors = convert->keep_base_bytes >> FVD_SECTOR_SHIFT,
		.chunk = U64_MAX,
		.number = FVD_ENTRY_EMPTY,
	};
	int r;

	sb->state_flags |= FVD_STATE_UNFINISHED;
	r = fvd_image_create(convert->target, sb, error);
	if (r)
		return r;
	r = fvd_image_open(&copy.image, convert->target, error);
	if (!r)
		r = fill_image(&copy, error);
	convert->nr_used_chunks = copy.next_number;
	*sb = copy.image.sb;
	fvd_image_close(&copy.image);
	free(copy.buffer);
	free(copy.hidden);
	return r;
}
