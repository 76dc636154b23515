// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading an image, writing its superblock.
 *
 * Invariants:
 *   I-MET-1  A load writes nothing, whatever it finds.
 *   I-MET-2  No allocation is sized by the image without a bound by the
 *            machine; no read leaves the image device.
 *   I-MET-3  The older superblock copy is overwritten, never the valid one.
 *
 * Crash rule: a superblock write is preceded by a flush and is itself FUA; it
 * is the single step that makes a checkpoint true.
 * Locking: checkpoint_mutex, or nobody else knows the image yet.
 * Left out on purpose: caching and lazy loading of pages. A terabyte has 8 MiB
 * of them with default sizes (36 with blocks of 4 KiB), and with all in memory no
 * I/O path ever waits for one.
 */
#include <linux/dm-io.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "fvd-compat.h"
#include "fvd-metadata.h"
#include "fvd-tracepoint.h"

int fvd_metadata_io(struct fvd_image *image, struct block_device *bdev,
		    blk_opf_t opf, u64 offset_bytes, void *buffer,
		    size_t nr_bytes)
{
	struct dm_io_region where = {
		.bdev = bdev,
		.sector = offset_bytes >> FVD_SECTOR_SHIFT,
		.count = nr_bytes >> FVD_SECTOR_SHIFT,
	};
	struct dm_io_request request = {
		.bi_opf = opf,
		.mem.type = is_vmalloc_addr(buffer) ? DM_IO_VMA : DM_IO_KMEM,
		.client = image->io_client,
	};

	if (is_vmalloc_addr(buffer))
		request.mem.ptr.vma = buffer;
	else
		request.mem.ptr.addr = buffer;
	return fvd_dm_io(&request, &where);
}

/* All that a load does to the device: I-MET-1. */
static int read_bytes(struct fvd_image *image, u64 offset_bytes, void *buffer,
		      size_t nr_bytes)
{
	return fvd_metadata_io(image, image->image_bdev, REQ_OP_READ,
			       offset_bytes, buffer, nr_bytes);
}

static int read_superblock(struct fvd_image *image, struct fvd_superblock *sb,
			   unsigned int *copy, struct fvd_error *error)
{
	const struct fvd_superblock_disk *disk[FVD_NR_SUPERBLOCKS] = { };
	void *buffer[FVD_NR_SUPERBLOCKS] = { image->sb_buffer,
					     image->page_buffer };
	u64 size = bdev_nr_bytes(image->image_bdev);
	unsigned int i;

	for (i = 0; i < FVD_NR_SUPERBLOCKS; i++) {
		u64 offset = fvd_superblock_offset_bytes(i);

		if (offset + FVD_SUPERBLOCK_BYTES <= size &&
		    !read_bytes(image, offset, buffer[i], FVD_SUPERBLOCK_BYTES))
			disk[i] = buffer[i];
	}
	return fvd_superblock_choose(sb, disk, copy, error);
}

static int load_superblock(struct fvd_image *image, struct fvd_error *error)
{
	int r = read_superblock(image, &image->sb, &image->sb_copy, error);

	image->durable_generation = image->sb.generation;
	return r;
}

int fvd_metadata_check_identity(struct fvd_image *image,
				struct fvd_error *error)
{
	/* Behind the page that read_superblock() uses of this buffer. */
	struct fvd_superblock *found = image->page_buffer + FVD_PAGE_BYTES;
	const struct fvd_superblock *sb = &image->sb;
	u64 offset = fvd_superblock_offset_bytes(image->sb_copy);
	int r;

	BUILD_BUG_ON(FVD_PAGE_BYTES + sizeof(*found) >
		     FVD_IMAGE_BATCH_PAGES * FVD_PAGE_BYTES);
	/* Else the older copy would be taken for what lies there. */
	if (read_bytes(image, offset, image->sb_buffer, FVD_SUPERBLOCK_BYTES))
		return fvd_error_set(error, -EIO,
			"superblock at %llu is unreadable", offset);
	r = read_superblock(image, found, NULL, error);
	if (r)
		return -ESTALE;
	if (memcmp(found->uuid, sb->uuid, sizeof(sb->uuid)))
		return fvd_error_set(error, -ESTALE,
			"the device holds the image %pU, expected %pU",
			found->uuid, sb->uuid);
	/* A write that failed may have reached the device. */
	if (found->generation < image->durable_generation ||
	    found->generation > sb->generation)
		return fvd_error_set(error, -ESTALE,
			"the superblock has generation %llu, expected %llu: it was changed behind our back",
			found->generation, image->durable_generation);
	return 0;
}

static int check_devices(struct fvd_image *image, struct fvd_error *error)
{
	const struct fvd_superblock *sb = &image->sb;
	u64 size = bdev_nr_bytes(image->image_bdev);
	bool want_data = fvd_superblock_has_data_device(sb);
	bool has_data = image->data_bdev != image->image_bdev;

	if (size < sb->image_size_bytes)
		return fvd_error_set(error, -ENOSPC,
			"image device has %llu bytes, its superblock says %llu",
			size, sb->image_size_bytes);
	if (want_data != has_data)
		return fvd_error_set(error, -EINVAL, want_data ?
			"the image keeps its data on a data device, none given" :
			"the image has no data device, but one is given");
	size = bdev_nr_bytes(image->data_bdev);
	if (want_data && size < sb->virtual_size_bytes)
		return fvd_error_set(error, -ENOSPC,
			"data device has %llu bytes, the disk has %llu",
			size, sb->virtual_size_bytes);
	if (sb->state_flags & FVD_STATE_UNFINISHED)
		return fvd_error_set(error, -EUCLEAN,
			"the image was never finished by the tool that wrote it");
	if (sb->state_flags & FVD_STATE_NEEDS_CHECK && !image->read_only)
		return fvd_error_set(error, -EUCLEAN,
			"the image needs a check: run \"fvd check --repair\"");
	if (sb->feature_ro_compat & ~FVD_RO_COMPAT_KNOWN && !image->read_only)
		return fvd_error_set(error, -EROFS,
			"unknown features %llx allow read-only use only",
			sb->feature_ro_compat & ~FVD_RO_COMPAT_KNOWN);
	return 0;
}

/* I-MET-2: metadata may take a quarter of the memory, not more. */
static int check_memory(struct fvd_image *image, u64 more_bytes,
			struct fvd_error *error)
{
	u64 need = image->sb.bitmap_size_bytes + image->sb.table_size_bytes +
		more_bytes;
	u64 limit = ((u64)totalram_pages() << PAGE_SHIFT) / 4;

	if (need > limit)
		return fvd_error_set(error, -ENOMEM,
			"metadata takes %llu bytes of memory, at most %llu are allowed",
			need, limit);
	return 0;
}

/*
 * Not cleared, since every page of it is read from the device. In large pages
 * where that wastes nothing: less work to get, and lookups in it miss the TLB less
 * often. (kvmalloc() has an upper bound of its own.)
 */
static void *alloc_pages_of_map(u64 nr_bytes)
{
	if (IS_ALIGNED(nr_bytes, PMD_SIZE) && nr_bytes <= INT_MAX)
		return kvmalloc(nr_bytes, GFP_KERNEL);
	return vmalloc(nr_bytes);
}

static int alloc_map(struct fvd_image *image, struct fvd_error *error)
{
	const struct fvd_superblock *sb = &image->sb;
	struct fvd_map *map = &image->map;
	u64 nr_pages;

	fvd_geometry_init(&map->geo, sb);
	nr_pages = fvd_geometry_nr_pages(&map->geo);
	map->bitmap = alloc_pages_of_map(sb->bitmap_size_bytes);
	if (sb->table_size_bytes)
		map->table = alloc_pages_of_map(sb->table_size_bytes);
	image->checksums = vzalloc(sb->checksum_size_bytes);
	image->new_checksums = vzalloc(sb->checksum_size_bytes);
	image->dirty_pages = kvcalloc(fvd_bitmap_words(nr_pages),
				      sizeof(__le64), GFP_KERNEL);
	if (!map->bitmap || (sb->table_size_bytes && !map->table) ||
	    !image->checksums || !image->new_checksums || !image->dirty_pages)
		return fvd_error_set(error, -ENOMEM,
			"no memory for %llu pages of metadata", nr_pages);
	return 0;
}

static int load_checksums(struct fvd_image *image, struct fvd_error *error)
{
	const struct fvd_superblock *sb = &image->sb;
	u64 offset = sb->checksum_offset_bytes +
		sb->checksum_copy * sb->checksum_size_bytes;
	u32 crc;

	if (read_bytes(image, offset, image->checksums,
		       sb->checksum_size_bytes))
		return fvd_error_set(error, -EIO,
			"checksum region at %llu is unreadable", offset);
	crc = fvd_checksum_region_crc(image->seed, image->checksums,
				      sb->checksum_size_bytes);
	if (crc != sb->checksum_crc)
		return fvd_error_set(error, -EBADMSG,
			"checksum region has checksum %08x, expected %08x",
			crc, sb->checksum_crc);
	return 0;
}

/*
 * Read those pages of [first, end) that are valid in @slot, in one go; at once to
 * where they belong, if none between them is valid in the other slot.
 */
static int load_slot(struct fvd_image *image, u64 first, u64 end, u32 slot,
		     struct fvd_error *error)
{
	u64 lowest = end, highest = 0, nr = 0, i, offset;
	void *buffer = image->page_buffer;

	for (i = first; i < end; i++) {
		if (le32_to_cpu(image->checksums[i].slot) != slot)
			continue;
		lowest = min(lowest, i);
		highest = i;
		nr++;
	}
	if (lowest == end)
		return 0;
	if (nr == highest - lowest + 1)
		buffer = fvd_map_page(&image->map, lowest);
	offset = fvd_layout_page_offset_bytes(&image->sb, lowest, slot);
	if (read_bytes(image, offset, buffer,
		       (highest - lowest + 1) << FVD_PAGE_SHIFT))
		return fvd_error_set(error, -EIO,
			"metadata pages at %llu are unreadable", offset);
	if (buffer != image->page_buffer)
		return 0;
	for (i = lowest; i <= highest; i++)
		if (le32_to_cpu(image->checksums[i].slot) == slot)
			memcpy(fvd_map_page(&image->map, i),
			       image->page_buffer +
			       ((i - lowest) << FVD_PAGE_SHIFT),
			       FVD_PAGE_BYTES);
	return 0;
}

static int check_page(struct fvd_image *image, u64 index,
		      struct fvd_error *error)
{
	u32 want = le32_to_cpu(image->checksums[index].crc);
	u32 slot = le32_to_cpu(image->checksums[index].slot);
	u32 crc;

	if (slot > 1)
		return fvd_error_set(error, -EBADMSG,
			"metadata page %llu is said to be in slot %u, expected 0 or 1",
			index, slot);
	crc = fvd_page_crc(image->seed, index,
			   fvd_map_page(&image->map, index));
	if (crc != want)
		return fvd_error_set(error, -EBADMSG,
			"metadata page %llu has checksum %08x, expected %08x",
			index, crc, want);
	return 0;
}

/* What one bio can carry. */
#define MAX_RUN_PAGES	256U

/* Bitmap and table pages lie in two regions; no read spans both. */
static u64 read_end(struct fvd_image *image, u64 first, u64 max_pages)
{
	u64 nr_bitmap = image->map.geo.nr_bitmap_pages;
	u64 limit = first < nr_bitmap ? nr_bitmap :
		fvd_geometry_nr_pages(&image->map.geo);

	return min_t(u64, first + max_pages, limit);
}

/* Pages from @first on that are valid in the same slot: [@first, return value). */
static u64 run_end(struct fvd_image *image, u64 first)
{
	u64 limit = read_end(image, first, MAX_RUN_PAGES), i;

	for (i = first + 1; i < limit; i++)
		if (image->checksums[i].slot != image->checksums[first].slot)
			break;
	return i;
}

/*
 * Pages from @first on: one long run, as in an image that was little used, or
 * some in both slots. Returns: behind the last of them in *@end.
 */
static int load_some(struct fvd_image *image, u64 first, u64 *end,
		     struct fvd_error *error)
{
	u32 slot = le32_to_cpu(image->checksums[first].slot);
	int r;

	*end = run_end(image, first);
	if (slot <= 1 && *end - first >= FVD_IMAGE_BATCH_PAGES)
		return load_slot(image, first, *end, slot, error);
	/* A slot that is neither is check_page()'s. */
	*end = read_end(image, first, FVD_IMAGE_BATCH_PAGES);
	r = load_slot(image, first, *end, 0, error);
	if (!r)
		r = load_slot(image, first, *end, 1, error);
	return r;
}

static int load_pages(struct fvd_image *image, struct fvd_error *error)
{
	u64 nr_pages = fvd_geometry_nr_pages(&image->map.geo);
	u64 first, end, i;
	int r;

	for (first = 0; first < nr_pages; first = end) {
		r = load_some(image, first, &end, error);
		if (r)
			return r;
		for (i = first; i < end; i++) {
			r = check_page(image, i, error);
			if (r)
				return r;
		}
		cond_resched();
	}
	return 0;
}

/*
 * The newest superblock copy may have been lost, and the older one found. Then
 * the journal betrays it: an activation starts at the ring's first block with
 * a higher epoch, and a tail that moved on lets older blocks be overwritten.
 */
static int stale_superblock(struct fvd_error *error)
{
	return fvd_error_set(error, -EUCLEAN,
		"the journal is newer than the superblock: its newest copy is lost");
}

static int check_log_end(struct fvd_image *image, const void *block,
			 u64 sequence, struct fvd_error *error)
{
	if (fvd_journal_block_newer(block, image->seed,
				    image->sb.journal_epoch, sequence))
		return stale_superblock(error);
	return 0;
}

static int check_first_block(struct fvd_image *image, struct fvd_error *error)
{
	if (read_bytes(image, image->sb.journal_offset_bytes,
		       image->page_buffer, FVD_PAGE_BYTES))
		return fvd_error_set(error, -EIO,
			"the journal's first block is unreadable");
	if (fvd_journal_block_newer(image->page_buffer, image->seed,
				    image->sb.journal_epoch, U64_MAX))
		return stale_superblock(error);
	return 0;
}

/*
 * Replay from the tail on, in memory. Reads the ring in batches; stops at the
 * first block that is not the expected one.
 */
static int replay(struct fvd_image *image, struct fvd_error *error)
{
	const struct fvd_superblock *sb = &image->sb;
	u64 nr_blocks = sb->journal_size_bytes >> FVD_PAGE_SHIFT;
	u64 block = sb->journal_tail_block;
	u64 sequence = sb->journal_tail_sequence;
	u64 nr_done = 0, batch, i;
	const void *at;
	int r;

	while (nr_done < nr_blocks) {
		batch = min3((u64)FVD_IMAGE_BATCH_PAGES, nr_blocks - block,
			     nr_blocks - nr_done);
		if (read_bytes(image, sb->journal_offset_bytes +
			       (block << FVD_PAGE_SHIFT), image->page_buffer,
			       batch << FVD_PAGE_SHIFT))
			return fvd_error_set(error, -EIO,
				"journal blocks %llu to %llu are unreadable",
				block, block + batch - 1);
		for (i = 0; i < batch; i++, sequence++) {
			at = image->page_buffer + (i << FVD_PAGE_SHIFT);
			if (!fvd_journal_block_valid(at, image->seed,
						     sb->journal_epoch,
						     sequence)) {
				trace_fvd_recovery(image, nr_done + i);
				return check_log_end(image, at, sequence,
						     error);
			}
			if (fatal_signal_pending(current))
				return -EINTR;
			r = fvd_journal_replay_block(at, &image->map,
						     image->dirty_pages, error);
			if (r)
				return r;
			image->replayed = true;
		}
		nr_done += batch;
		block += batch;
		if (block == nr_blocks)
			block = 0;
		cond_resched();
	}
	trace_fvd_recovery(image, nr_done);
	return 0;
}

static int init_alloc(struct fvd_image *image, struct fvd_error *error)
{
	struct fvd_alloc *alloc = &image->alloc;
	u64 size = bdev_nr_bytes(image->image_bdev);
	u64 capacity = 0;
	__le64 *used = NULL;
	size_t bytes;
	int r;

	if (image->map.table) {
		capacity = fvd_layout_capacity_chunks(&image->sb, size);
		bytes = fvd_bitmap_words(capacity) * sizeof(__le64);
		r = check_memory(image, (1 + FVD_ALLOC_NR_STAGES) * bytes,
				 error);
		if (r)
			return r;
		/* Those of freed chunks are made by the first discard. */
		used = vzalloc(bytes);
		alloc->used = used;
		if (!used)
			return fvd_error_set(error, -ENOMEM,
				"no memory for the allocator of %llu chunks",
				capacity);
	}
	r = fvd_map_check(&image->map, capacity, used, error);
	if (r)
		return r;
	if (image->map.table) {
		alloc->capacity = capacity;
		alloc->max_capacity = capacity;
		alloc->nr_used = fvd_bitmap_count(used, 0, capacity);
	}
	return 0;
}

static void init_ring(struct fvd_image *image)
{
	struct fvd_ring *ring = &image->ring;

	memset(ring, 0, sizeof(*ring));
	ring->nr_blocks = image->sb.journal_size_bytes >> FVD_PAGE_SHIFT;
	ring->nr_reserved = min_t(u64, FVD_COMMIT_MAX_BLOCKS,
				  ring->nr_blocks / 4);
}

int fvd_metadata_load(struct fvd_image *image, struct fvd_error *error)
{
	u64 nr_pages;
	int r;

	r = load_superblock(image, error);
	if (r)
		return r;
	image->seed = fvd_uuid_seed(image->sb.uuid);
	r = check_devices(image, error);
	if (!r)
		r = check_memory(image, 0, error);
	if (!r)
		r = alloc_map(image, error);
	if (!r)
		r = load_checksums(image, error);
	if (!r)
		r = load_pages(image, error);
	if (r)
		return r;
	image->was_clean = image->sb.clean;
	r = check_first_block(image, error);
	if (!r && !image->sb.clean)
		r = replay(image, error);
	if (!r)
		r = init_alloc(image, error);
	if (r)
		return r;
	nr_pages = fvd_geometry_nr_pages(&image->map.geo);
	image->nr_dirty_pages = fvd_bitmap_count(image->dirty_pages, 0,
						 nr_pages);
	if (image->sb.complete && image->map.nr_base_blocks_left)
		return fvd_error_set(error, -EBADMSG,
			"the image says it is complete, but %llu blocks are in the base only",
			image->map.nr_base_blocks_left);
	init_ring(image);
	return 0;
}

void fvd_metadata_free(struct fvd_image *image)
{
	unsigned int i;

	for (i = 0; i < FVD_ALLOC_NR_STAGES; i++)
		vfree(image->alloc.stage[i]);
	vfree(image->alloc.used);
	memset(&image->alloc, 0, sizeof(image->alloc));
	kvfree(image->dirty_pages);
	vfree(image->new_checksums);
	vfree(image->checksums);
	kvfree(image->map.table);
	kvfree(image->map.bitmap);
	image->dirty_pages = NULL;
	image->new_checksums = NULL;
	image->checksums = NULL;
	image->map.table = NULL;
	image->map.bitmap = NULL;
}

int fvd_metadata_write_superblock(struct fvd_image *image)
{
	unsigned int copy = !image->sb_copy; /* I-MET-3 */
	blk_opf_t flags = REQ_PREFLUSH;
	int r = 0;

	image->sb.generation++;
	fvd_superblock_encode(&image->sb, image->sb_buffer);
	if (!fvd_preflush_is_reported(image->image_bdev)) {
		flags = 0;
		r = blkdev_issue_flush(image->image_bdev);
	}
	if (!r)
		r = fvd_metadata_io(image, image->image_bdev,
				    REQ_OP_WRITE | REQ_FUA | REQ_META |
				    REQ_SYNC | flags,
				    fvd_superblock_offset_bytes(copy),
				    image->sb_buffer, FVD_SUPERBLOCK_BYTES);
	if (!r) {
		image->sb_copy = copy;
		image->durable_generation = image->sb.generation;
	}
	return r;
}

/* The samples of a base stamp, all read at once. */
struct stamp {
	struct completion done;
	atomic_t remaining;
	blk_status_t status;
	void *buffer;
	u32 nr_bytes;
};

static void stamp_endio(struct bio *bio)
{
	struct stamp *stamp = bio->bi_private;

	if (bio->bi_status)
		stamp->status = bio->bi_status;
	bio_put(bio);
	if (atomic_dec_and_test(&stamp->remaining))
		complete(&stamp->done);
}

static void stamp_read(struct stamp *stamp, struct block_device *bdev,
		       unsigned int i, u64 offset_bytes)
{
	void *at = stamp->buffer + i * FVD_PAGE_BYTES;
	struct bio *bio = bio_alloc(bdev, 1, REQ_OP_READ, GFP_KERNEL);

	bio->bi_iter.bi_sector = offset_bytes >> FVD_SECTOR_SHIFT;
	bio->bi_private = stamp;
	bio->bi_end_io = stamp_endio;
	__bio_add_page(bio, virt_to_page(at), stamp->nr_bytes,
		       offset_in_page(at));
	submit_bio(bio);
}

int fvd_metadata_stamp_base(struct block_device *bdev, u64 size_bytes,
			    u32 *crc)
{
	struct stamp stamp = { .status = BLK_STS_OK };
	u64 offset_bytes;
	unsigned int i;
	int r;

	stamp.buffer = kmalloc(FVD_BASE_NR_SAMPLES * FVD_PAGE_BYTES,
			       GFP_KERNEL);
	if (!stamp.buffer)
		return -ENOMEM;
	init_completion(&stamp.done);
	atomic_set(&stamp.remaining, FVD_BASE_NR_SAMPLES);
	for (i = 0; i < FVD_BASE_NR_SAMPLES; i++) {
		fvd_base_sample(size_bytes, i, &offset_bytes, &stamp.nr_bytes);
		stamp_read(&stamp, bdev, i, offset_bytes);
	}
	wait_for_completion_io(&stamp.done);
	*crc = ~0U;
	for (i = 0; i < FVD_BASE_NR_SAMPLES; i++)
		*crc = crc32c(*crc, stamp.buffer + i * FVD_PAGE_BYTES,
			      stamp.nr_bytes);
	r = blk_status_to_errno(stamp.status);
	kfree(stamp.buffer);
	return r;
}
