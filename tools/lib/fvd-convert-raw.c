// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying a disk to a raw device or file.
 *
 * Invariants:
 *   I-CNR-1  Until everything else is durable, the target begins with a superblock
 *            that says "unfinished".
 *   I-CNR-2  All writes are of whole pages, except where the target ends within one.
 *
 * A disk of up to a page is written at once.
 */
#include <stdlib.h>

#include "fvd-convert.h"

#define PIECE_BYTES	1048576U
/* Zeros of at least this are not written. */
#define GRAIN_BYTES	65536U

static int write_mark(struct fvd_convert *convert, u64 nr_bytes,
		      const u8 uuid[FVD_UUID_BYTES], struct fvd_error *error)
{
	struct fvd_layout_request request = { .virtual_size_bytes = nr_bytes };
	struct fvd_superblock_disk *raw = calloc(1, sizeof(*raw));
	u64 second = fvd_superblock_offset_bytes(1);
	struct fvd_superblock sb;
	int r = -ENOMEM;

	if (!raw)
		return fvd_error_set(error, r, "out of memory");
	memset(&sb, 0, sizeof(sb));
	r = fvd_layout_compute(&sb, &request, error);
	memcpy(sb.uuid, uuid, sizeof(sb.uuid));
	sb.state_flags = FVD_STATE_UNFINISHED;
	sb.journal_tail_sequence = 1;
	sb.generation = 1;
	/* That of an older image must not count instead. */
	if (!r && convert->target->size_bytes >= second + sizeof(*raw))
		r = fvd_device_write(convert->target, second, raw,
				     sizeof(*raw), error);
	fvd_superblock_encode(&sb, raw);
	if (!r)
		r = fvd_device_write(convert->target, 0, raw, sizeof(*raw),
				     error);
	free(raw);
	return r ?: fvd_device_flush(convert->target, error);
}

static int put_zeros(struct fvd_convert *convert, u64 offset, u64 nr_bytes,
		     struct fvd_error *error)
{
	if (convert->is_target_blank)
		return 0;
	nr_bytes = fvd_convert_padded(convert, offset, nr_bytes); /* I-CNR-2 */
	return fvd_device_zero(convert->target, offset, nr_bytes, error);
}

/* @data has zeros behind, up to a whole page. */
static int put_piece(struct fvd_convert *convert, u64 offset, const u8 *data,
		     u64 nr_bytes, struct fvd_error *error)
{
	u64 nr;
	int r = 0;

	for (; !r && nr_bytes; offset += nr, data += nr, nr_bytes -= nr) {
		nr = min_t(u64, nr_bytes, GRAIN_BYTES);
		if (fvd_is_zero(data, nr)) {
			r = put_zeros(convert, offset, nr, error);
			continue;
		}
		convert->nr_stored_bytes += nr;
		r = fvd_device_write(convert->target, offset, data,
				     fvd_convert_padded(convert, offset, nr),
				     error);
	}
	return r;
}

/* For how many bytes from @offset on are there zeros, in whole pages? */
static u64 zeros_at(const struct fvd_convert *convert, u64 offset)
{
	u64 size = convert->source->size_bytes, nr;
	struct fvd_run run;

	fvd_source_lookup(convert->source, offset >> FVD_SECTOR_SHIFT,
			  (size - offset) >> FVD_SECTOR_SHIFT, &run);
	if (run.where != FVD_IS_ZERO)
		return 0;
	nr = run.nr_sectors << FVD_SECTOR_SHIFT;
	return offset + nr == size ? nr : round_down(nr, (u64)FVD_PAGE_BYTES);
}

static int copy_piece(struct fvd_convert *convert, u64 offset, u64 nr_bytes,
		      u8 *buffer, struct fvd_error *error)
{
	int r = fvd_source_read(convert->source, offset, buffer, nr_bytes, error);

	if (r)
		return r;
	memset(buffer + nr_bytes, 0,
	       round_up(nr_bytes, (u64)FVD_PAGE_BYTES) - nr_bytes);
	return put_piece(convert, offset, buffer, nr_bytes, error);
}

/* All from @offset on, which is where a page begins; so are all that follow. */
static int copy_rest(struct fvd_convert *convert, u64 offset, u8 *buffer,
		     struct fvd_error *error)
{
	u64 size = convert->source->size_bytes, nr;
	int r = 0;

	for (; !r && offset < size; offset += nr) {
		nr = zeros_at(convert, offset);
		if (nr) {
			r = put_zeros(convert, offset, nr, error);
			continue;
		}
		/* Up to the next multiple; the reader joins what is short. */
		nr = min(size - offset, PIECE_BYTES - offset % PIECE_BYTES);
		r = copy_piece(convert, offset, nr, buffer, error);
		if (convert->progress)
			convert->progress(convert->context, offset + nr, size);
	}
	return r ?: fvd_device_flush(convert->target, error);
}

static int put_first_page(struct fvd_convert *convert, u8 *buffer, u64 nr_bytes,
			  struct fvd_error *error)
{
	int r;

	memset(buffer, 0, FVD_PAGE_BYTES);
	r = fvd_source_read(convert->source, 0, buffer, nr_bytes, error);
	if (!r)
		r = fvd_device_write(convert->target, 0, buffer,
				     fvd_convert_padded(convert, 0, nr_bytes),
				     error);
	convert->nr_stored_bytes += nr_bytes;
	return r ?: fvd_device_flush(convert->target, error);
}

int fvd_convert_to_raw(struct fvd_convert *convert,
		       const u8 uuid[FVD_UUID_BYTES], struct fvd_error *error)
{
	u64 size = convert->source->size_bytes;
	u8 *buffer = malloc(PIECE_BYTES);
	int r = 0;

	if (!buffer)
		return fvd_error_set(error, -ENOMEM, "out of memory");
	if (size > FVD_PAGE_BYTES) {
		r = write_mark(convert, size, uuid, error);
		if (!r)
			r = copy_rest(convert, FVD_PAGE_BYTES, buffer, error);
	}
	if (!r)
		r = put_first_page(convert, buffer,
				   min_t(u64, size, FVD_PAGE_BYTES), error);
	free(buffer);
	return r;
}
