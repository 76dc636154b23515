// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a bio does to the lower device and to the cache.
 *
 * All of it runs under rail->exec, one effect at a time, with bios on the
 * stack and one bounce buffer for the rail, so nothing here waits for memory.
 *
 * I-EFF-1: a flush ends only after the newest versions that were acknowledged
 * before its submission are on the lower device and that was flushed.
 * I-EFF-2: what goes past the cache (FUA, large zeroes, discard, no memory)
 * ends the life of all cached versions of its blocks.
 * I-EFF-3: a cached version is forgotten only after it was written.
 */
#include <linux/bio.h>
#include <linux/highmem.h>
#include <linux/slab.h>

#include "sim-engine.h"
#include "sim-random.h"

static const blk_status_t sim_block_status[SIM_STATUS_COUNT] = {
	[SIM_STATUS_OK] = BLK_STS_OK,
	[SIM_STATUS_IOERR] = BLK_STS_IOERR,
	[SIM_STATUS_MEDIUM] = BLK_STS_MEDIUM,
	[SIM_STATUS_TIMEOUT] = BLK_STS_TIMEOUT,
	[SIM_STATUS_NOSPC] = BLK_STS_NOSPC,
	[SIM_STATUS_TRANSPORT] = BLK_STS_TRANSPORT,
	[SIM_STATUS_TARGET] = BLK_STS_TARGET,
	[SIM_STATUS_RESERVATION] = SIM_BLK_STS_RESERVATION,
	[SIM_STATUS_PROTECTION] = BLK_STS_PROTECTION,
	[SIM_STATUS_RESOURCE] = BLK_STS_RESOURCE,
	[SIM_STATUS_AGAIN] = BLK_STS_AGAIN,
	[SIM_STATUS_DEVRESOURCE] = BLK_STS_DEV_RESOURCE,
	[SIM_STATUS_OFFLINE] = BLK_STS_OFFLINE,
	[SIM_STATUS_NOTSUPP] = BLK_STS_NOTSUPP,
};

blk_status_t sim_status_to_block(enum sim_status status)
{
	return sim_block_status[status];
}

enum sim_status sim_status_from_block(blk_status_t status)
{
	int i;

	for (i = 0; i < SIM_STATUS_COUNT; i++) {
		if (sim_block_status[i] == status)
			return i;
	}
	return SIM_STATUS_IOERR;
}

/* The part of the device that a bio really touches. */
struct sim_span {
	u64 sector;
	u32 sectors;
};

static u64 sim_effect_round(struct sim_device *sim, u64 sectors)
{
	return sectors & ~(u64)((sim->block_bytes >> SECTOR_SHIFT) - 1);
}

static u64 sim_effect_misdirected(struct sim_io *io)
{
	struct sim_device *sim = io->sim;
	u64 places = sim->sectors - io->request.sectors + 1;
	s64 shift = io->decision.argument;
	u64 remainder;

	/* Beyond an end it goes on at the other, as a wild address would. */
	div64_u64_rem(shift < 0 ? -shift : shift, places, &remainder);
	if (shift < 0)
		remainder = places - remainder;
	div64_u64_rem(io->request.sector + remainder, places, &remainder);
	return sim_effect_round(sim, remainder);
}

static struct sim_span sim_effect_span(struct sim_io *io)
{
	struct sim_span span = {
		.sector = io->request.sector,
		.sectors = io->request.sectors,
	};

	switch (io->decision.action) {
	case SIM_ACTION_MISDIRECT:
		span.sector = sim_effect_misdirected(io);
		break;
	case SIM_ACTION_TEAR:
	case SIM_ACTION_SHORT:
		span.sectors = sim_effect_round(io->sim,
						min_t(u64, io->request.sectors,
						      io->decision.argument));
		break;
	default:
		break;
	}
	return span;
}

void sim_effect_copy(struct sim_io *io, u32 offset_bytes, void *buffer,
		     u32 bytes, bool to_bio)
{
	struct bvec_iter iter = io->iter;

	bio_advance_iter(io->bio, &iter, offset_bytes);
	while (bytes && iter.bi_size) {
		struct bio_vec bvec = bio_iter_iovec(io->bio, iter);
		u32 piece = min(bytes, bvec.bv_len);
		void *data = bvec_kmap_local(&bvec);

		if (to_bio) {
			memcpy(data, buffer, piece);
			flush_dcache_page(bvec.bv_page);
		} else {
			memcpy(buffer, data, piece);
		}
		kunmap_local(data);
		bio_advance_iter_single(io->bio, &iter, piece);
		buffer += piece;
		bytes -= piece;
	}
}

/* Send the bio itself down, with its own pages, and wait. */
static enum sim_status sim_effect_clone(struct sim_io *io,
					const struct sim_span *span)
{
	struct sim_device *sim = io->sim;
	struct bio clone;
	int r;

	r = bio_init_clone(sim->lower, &clone, io->bio, GFP_NOIO);
	if (r)
		return SIM_STATUS_RESOURCE;
	clone.bi_iter = io->iter;
	clone.bi_iter.bi_sector = sim->start + span->sector;
	clone.bi_iter.bi_size = span->sectors << SECTOR_SHIFT;
	/* Nobody polls for it, and the worker is allowed to wait. */
	clone.bi_opf &= ~(REQ_POLLED | REQ_NOWAIT);
	submit_bio_wait(&clone);
	r = sim_status_from_block(clone.bi_status);
	bio_uninit(&clone);
	return r;
}

enum sim_status sim_effect_bytes(struct sim_device *sim, blk_opf_t opf,
				 u64 sector, u32 bytes)
{
	struct bio_vec bvecs[SIM_BOUNCE_BYTES / PAGE_SIZE + 1];
	void *at = sim->rail->bounce;
	struct bio bio;
	int r;

	bio_init(&bio, sim->lower, bvecs, ARRAY_SIZE(bvecs), opf);
	bio.bi_iter.bi_sector = sim->start + sector;
	while (bytes) {
		u32 piece = min_t(u32, bytes, PAGE_SIZE - offset_in_page(at));
		struct page *page = is_vmalloc_addr(at) ? vmalloc_to_page(at) :
							  virt_to_page(at);

		__bio_add_page(&bio, page, piece, offset_in_page(at));
		at += piece;
		bytes -= piece;
	}
	submit_bio_wait(&bio);
	r = sim_status_from_block(bio.bi_status);
	bio_uninit(&bio);
	return r;
}

/*
 * Cached versions
 */

static void sim_effect_free(struct sim_device *sim, struct list_head *freed)
{
	struct sim_version *version, *next;

	list_for_each_entry_safe(version, next, freed, order) {
		sim->cache_used_bytes -= sim->block_bytes;
		kfree(version);
	}
}

static void sim_effect_settle(struct sim_device *sim, u64 block,
			      struct sim_version *newest)
{
	LIST_HEAD(freed);

	sim_cache_settle(&sim->cache, block, newest, &freed);
	sim_effect_free(sim, &freed);
}

void sim_effect_forget(struct sim_device *sim)
{
	while (sim->cache.versions) {
		struct sim_version *version =
			list_first_entry(&sim->cache.order, struct sim_version,
					 order);

		sim_effect_settle(sim, version->block, NULL);
	}
}

static u32 sim_effect_block_sectors(struct sim_device *sim)
{
	return sim->block_bytes >> SECTOR_SHIFT;
}

/* I-EFF-2 */
static void sim_effect_settle_span(struct sim_device *sim,
				   const struct sim_span *span)
{
	u64 first = div_u64(span->sector, sim_effect_block_sectors(sim));
	u64 count = span->sectors / sim_effect_block_sectors(sim);
	struct sim_version *version, *next;
	LIST_HEAD(freed);
	u64 i;

	if (!sim->cache.versions)
		return;
	if (count <= sim->cache.versions) {
		for (i = 0; i < count; i++)
			sim_effect_settle(sim, first + i, NULL);
		return;
	}
	list_for_each_entry_safe(version, next, &sim->cache.order, order) {
		if (version->block < first || version->block >= first + count)
			continue;
		list_del_init(&version->bucket);
		list_move_tail(&version->order, &freed);
		sim->cache.versions--;
	}
	sim_effect_free(sim, &freed);
}

static void sim_effect_version_bytes(struct sim_device *sim,
				     struct sim_version *version, void *buffer)
{
	if (version->data)
		memcpy(buffer, version->data, sim->block_bytes);
	else
		memset(buffer, 0, sim->block_bytes);
}

/*
 * Write a version and its due neighbours above it in one go, then let them
 * settle.
 */
static enum sim_status sim_effect_write_back(struct sim_device *sim,
					     struct sim_version *version,
					     u64 stamp)
{
	u32 room = SIM_BOUNCE_BYTES / sim->block_bytes;
	u64 first = version->block;
	enum sim_status status;
	u32 count = 0;
	u32 i;

	while (version && count < room) {
		sim_effect_version_bytes(sim, version, sim->rail->bounce +
					 count * sim->block_bytes);
		count++;
		version = sim_cache_due(&sim->cache, first + count, stamp);
	}
	status = sim_effect_bytes(sim, REQ_OP_WRITE,
				  first * sim_effect_block_sectors(sim),
				  count * sim->block_bytes);
	if (status)
		return status;
	for (i = 0; i < count; i++)
		sim_effect_settle(sim, first + i,
				  sim_cache_due(&sim->cache, first + i, stamp));
	return SIM_STATUS_OK;
}

enum sim_status sim_effect_destage(struct sim_device *sim, u64 stamp)
{
	struct sim_version *version, *due;
	enum sim_status status;

restart:
	list_for_each_entry(version, &sim->cache.order, order) {
		due = sim_cache_due(&sim->cache, version->block, stamp);
		if (!due)
			continue;
		status = sim_effect_write_back(sim, due, stamp);
		if (status)
			return status;
		goto restart; /* the list has changed behind us */
	}
	return SIM_STATUS_OK;
}

static void sim_effect_trace_destage(struct sim_device *sim,
				     struct sim_version *version)
{
	struct sim_trace_record record = {
		.number = version->number,
		.sector = version->block * sim_effect_block_sectors(sim),
		.sectors = sim_effect_block_sectors(sim),
		.device = sim->index,
		.kind = SIM_KIND_DESTAGE,
		.op = SIM_OP_WRITE,
	};

	spin_lock_irq(&sim->rail->lock);
	sim_rail_trace(sim->rail, &record);
	spin_unlock_irq(&sim->rail->lock);
}

/* Make room for one block by writing back what the seed chooses. */
static enum sim_status sim_effect_make_room(struct sim_device *sim)
{
	enum sim_status status;

	while (sim->cache.versions &&
	       sim->cache_used_bytes + sim->block_bytes > sim->cache_bytes) {
		struct sim_version *version =
			sim_cache_pick(&sim->cache,
				       sim_random(sim->rail->seed,
						  SIM_STREAM_DESTAGE,
						  sim->destages_of_run, sim->index));

		sim->destages_of_run++;
		sim->destaged++;
		sim_effect_trace_destage(sim, version);
		sim_effect_version_bytes(sim, version, sim->rail->bounce);
		status = sim_effect_bytes(sim, REQ_OP_WRITE, version->block *
					  sim_effect_block_sectors(sim),
					  sim->block_bytes);
		if (status)
			return status;
		sim_effect_settle(sim, version->block, version);
	}
	return SIM_STATUS_OK;
}

/*
 * Bits that a rule inverts on the way
 */

static void sim_effect_flip(struct sim_io *io, void *buffer, u32 offset_bytes,
			    u32 bytes)
{
	u64 bits = (u64)io->request.sectors << (SECTOR_SHIFT + 3);
	s64 i;

	if (io->decision.action != SIM_ACTION_FLIP)
		return;
	for (i = 0; i < io->decision.argument; i++) {
		u64 random = sim_random(io->sim->rail->seed, SIM_STREAM_FLIP,
					io->request.number, i);
		u64 bit = sim_random_below(random, bits);
		u64 byte = bit >> 3;

		if (byte >= offset_bytes && byte - offset_bytes < bytes)
			((u8 *)buffer)[byte - offset_bytes] ^= 1 << (bit & 7);
	}
}

/* The same for a read: the data are in the pages of the bio. */
static void sim_effect_flip_read(struct sim_io *io)
{
	u64 bits = (u64)io->request.sectors << (SECTOR_SHIFT + 3);
	s64 i;

	if (io->decision.action != SIM_ACTION_FLIP)
		return;
	for (i = 0; i < io->decision.argument; i++) {
		u64 random = sim_random(io->sim->rail->seed, SIM_STREAM_FLIP,
					io->request.number, i);
		u64 bit = sim_random_below(random, bits);
		u8 byte;

		sim_effect_copy(io, bit >> 3, &byte, 1, false);
		byte ^= 1 << (bit & 7);
		sim_effect_copy(io, bit >> 3, &byte, 1, true);
	}
}

/*
 * Operations
 */

/* Write past the cache, through the bounce buffer, because bits flip. */
static enum sim_status sim_effect_write_bounced(struct sim_io *io,
						const struct sim_span *span)
{
	u32 bytes = span->sectors << SECTOR_SHIFT;
	enum sim_status status;
	u32 offset, piece;

	for (offset = 0; offset < bytes; offset += piece) {
		piece = min_t(u32, bytes - offset, SIM_BOUNCE_BYTES);
		sim_effect_copy(io, offset, io->sim->rail->bounce, piece, false);
		sim_effect_flip(io, io->sim->rail->bounce, offset, piece);
		status = sim_effect_bytes(io->sim, io->bio->bi_opf & (REQ_OP_MASK | REQ_FUA),
					  span->sector + (offset >> SECTOR_SHIFT),
					  piece);
		if (status)
			return status;
	}
	return SIM_STATUS_OK;
}

static enum sim_status sim_effect_write_through(struct sim_io *io,
						const struct sim_span *span)
{
	enum sim_status status;

	if (!span->sectors)
		return SIM_STATUS_OK;
	if (io->decision.action == SIM_ACTION_FLIP)
		status = sim_effect_write_bounced(io, span);
	else
		status = sim_effect_clone(io, span);
	if (!status)
		sim_effect_settle_span(io->sim, span);
	return status;
}

/* No memory for a version: the block goes straight to the lower device. */
static enum sim_status sim_effect_block_through(struct sim_io *io, u64 block,
						u32 offset_bytes)
{
	struct sim_device *sim = io->sim;
	enum sim_status status;

	memset(sim->rail->bounce, 0, sim->block_bytes);
	if (io->request.op != SIM_OP_ZEROES)
		sim_effect_copy(io, offset_bytes, sim->rail->bounce,
				sim->block_bytes, false);
	sim_effect_flip(io, sim->rail->bounce, offset_bytes, sim->block_bytes);
	status = sim_effect_bytes(sim, REQ_OP_WRITE,
				  block * sim_effect_block_sectors(sim),
				  sim->block_bytes);
	if (!status)
		sim_effect_settle(sim, block, NULL);
	return status;
}

static enum sim_status sim_effect_cache_block(struct sim_io *io, u64 block,
					      u32 offset_bytes)
{
	bool zeroes = io->request.op == SIM_OP_ZEROES;
	struct sim_device *sim = io->sim;
	struct sim_version *version;
	enum sim_status status;

	status = sim_effect_make_room(sim);
	if (status)
		return status;
	version = kmalloc(sizeof(*version) + (zeroes ? 0 : sim->block_bytes),
			  GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN);
	if (!version)
		return sim_effect_block_through(io, block, offset_bytes);
	version->block = block;
	version->number = io->request.number;
	version->data = NULL;
	if (!zeroes) {
		version->data = version + 1;
		sim_effect_copy(io, offset_bytes, version->data,
				sim->block_bytes, false);
		sim_effect_flip(io, version->data, offset_bytes, sim->block_bytes);
	}
	sim_cache_add(&sim->cache, version);
	/* Zeroes count as a full block, so that their number is bounded too. */
	sim->cache_used_bytes += sim->block_bytes;
	return SIM_STATUS_OK;
}

static enum sim_status sim_effect_write(struct sim_io *io,
					const struct sim_span *span)
{
	struct sim_device *sim = io->sim;
	u64 first = div_u64(span->sector, sim_effect_block_sectors(sim));
	u64 bytes = (u64)span->sectors << SECTOR_SHIFT;
	enum sim_status status;
	u64 offset;

	if (!sim->cache_bytes || io->request.op == SIM_OP_FUA ||
	    (io->request.op == SIM_OP_ZEROES && bytes > sim->cache_bytes))
		return sim_effect_write_through(io, span);
	for (offset = 0; offset < bytes; offset += sim->block_bytes) {
		status = sim_effect_cache_block(io, first, offset);
		if (status)
			return status;
		first++;
	}
	return SIM_STATUS_OK;
}

/* Write the newest version of a block; then none is left. */
static enum sim_status sim_effect_save(struct sim_device *sim, u64 block)
{
	struct sim_version *version = sim_cache_newest(&sim->cache, block);
	enum sim_status status;

	if (!version)
		return SIM_STATUS_OK;
	sim_effect_version_bytes(sim, version, sim->rail->bounce);
	status = sim_effect_bytes(sim, REQ_OP_WRITE,
				  block * sim_effect_block_sectors(sim),
				  sim->block_bytes);
	if (!status)
		sim_effect_settle(sim, block, version);
	return status;
}

/* The same for a span, which may be far larger than the cache. */
static enum sim_status sim_effect_save_span(struct sim_device *sim,
					    const struct sim_span *span)
{
	u64 first = div_u64(span->sector, sim_effect_block_sectors(sim));
	u64 count = span->sectors / sim_effect_block_sectors(sim);
	enum sim_status status = SIM_STATUS_OK;
	struct sim_version *version;
	u64 i;

	if (count <= sim->cache.versions) {
		for (i = 0; i < count && !status; i++)
			status = sim_effect_save(sim, first + i);
		return status;
	}
restart:
	list_for_each_entry(version, &sim->cache.order, order) {
		if (version->block < first || version->block >= first + count)
			continue;
		status = sim_effect_save(sim, version->block);
		if (status)
			return status;
		goto restart; /* the list has changed behind us */
	}
	return SIM_STATUS_OK;
}

/*
 * The lower device may ignore a discard, wholly or at its ends. Then what was
 * read before must be there, and not what lies below the cache.
 */
static enum sim_status sim_effect_discard(struct sim_io *io,
					  const struct sim_span *span)
{
	enum sim_status status = sim_effect_save_span(io->sim, span);

	return status ? status : sim_effect_clone(io, span);
}

/* Reads see what is cached. */
static void sim_effect_overlay(struct sim_io *io, const struct sim_span *span)
{
	struct sim_device *sim = io->sim;
	u64 first = div_u64(span->sector, sim_effect_block_sectors(sim));
	u32 count = span->sectors / sim_effect_block_sectors(sim);
	u32 i;

	if (!sim->cache.versions)
		return;
	for (i = 0; i < count; i++) {
		struct sim_version *version =
			sim_cache_newest(&sim->cache, first + i);

		if (!version)
			continue;
		sim_effect_version_bytes(sim, version, sim->rail->bounce);
		sim_effect_copy(io, i * sim->block_bytes, sim->rail->bounce,
				sim->block_bytes, true);
	}
}

static enum sim_status sim_effect_read(struct sim_io *io,
				       const struct sim_span *span)
{
	enum sim_status status;

	if (!span->sectors)
		return SIM_STATUS_OK;
	status = sim_effect_clone(io, span);
	if (status)
		return status;
	sim_effect_overlay(io, span);
	sim_effect_flip_read(io);
	return SIM_STATUS_OK;
}

static enum sim_status sim_effect_flush(struct sim_io *io)
{
	enum sim_status status = sim_effect_destage(io->sim, io->arrived);
	int r;

	if (status)
		return status;
	r = blkdev_issue_flush(io->sim->lower);
	return sim_status_from_block(errno_to_blk_status(r));
}

static enum sim_status sim_effect_op(struct sim_io *io,
				     const struct sim_span *span)
{
	switch (io->request.op) {
	case SIM_OP_READ:
		return sim_effect_read(io, span);
	case SIM_OP_FLUSH:
		return sim_effect_flush(io);
	case SIM_OP_DISCARD:
		return sim_effect_discard(io, span);
	default:
		return sim_effect_write(io, span);
	}
}

enum sim_status sim_effect(struct sim_io *io)
{
	struct sim_span span = sim_effect_span(io);
	enum sim_status status;

	switch (io->decision.action) {
	case SIM_ACTION_ERROR:
		return io->decision.status;
	case SIM_ACTION_LOSE:
		return SIM_STATUS_OK;
	case SIM_ACTION_SHORT:
		status = sim_effect_op(io, &span);
		return status ? status : io->decision.status;
	default:
		return sim_effect_op(io, &span);
	}
}

void sim_effect_completed(struct sim_io *io, u64 stamp)
{
	struct sim_device *sim = io->sim;
	struct sim_span span;
	u64 first;
	u32 i;

	if (!sim->cache.versions || io->status)
		return;
	if (io->request.op != SIM_OP_WRITE && io->request.op != SIM_OP_ZEROES)
		return;
	span = sim_effect_span(io);
	if ((u64)span.sectors << SECTOR_SHIFT > sim->cache_bytes &&
	    io->request.op == SIM_OP_ZEROES)
		return; /* larger than the cache: they went past it */
	first = div_u64(span.sector, sim_effect_block_sectors(sim));
	for (i = 0; i < span.sectors / sim_effect_block_sectors(sim); i++)
		sim_cache_complete(&sim->cache, first + i, io->request.number,
				   stamp);
}
