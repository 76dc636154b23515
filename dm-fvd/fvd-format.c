// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conversion and validation of the on-disk structs of FVD format 3.
 *
 * Invariants:
 *   I-FMT-1  A superblock that decodes has every size and offset in bounds,
 *            regions inside [128 KiB, data or end of metadata), no overlap.
 *   I-FMT-2  encode(decode(x)) == x for every x that decodes.
 *   I-FMT-3  Reserved bytes are zero; so a later version can give them sense.
 *
 * Locking: none, all functions are pure.
 * Left out on purpose: tolerance. A field that makes no sense is an error and
 * is never repaired silently; "fvd check --repair" decides what can be.
 */
#include "fvd-format.h"
#include "fvd-layout.h"

int fvd_error_set(struct fvd_error *error, int errnum, const char *format, ...)
{
	va_list args;

	if (!error)
		return errnum;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return errnum;
}

u32 fvd_page_crc(u32 seed, u64 page_index, const void *page)
{
	__le64 index = cpu_to_le64(page_index);

	return crc32c(crc32c(seed, &index, sizeof(index)), page, FVD_PAGE_BYTES);
}

u32 fvd_checksum_region_crc(u32 seed, const void *region, u64 nr_bytes)
{
	return crc32c(seed, region, nr_bytes);
}

void fvd_base_sample(u64 base_size_bytes, unsigned int i, u64 *offset_bytes,
		     u32 *nr_bytes)
{
	u64 room_sectors, step_sectors;

	*nr_bytes = min_t(u64, base_size_bytes, FVD_PAGE_BYTES);
	room_sectors = (base_size_bytes - *nr_bytes) >> FVD_SECTOR_SHIFT;
	/*
	 * Divide before multiplying, so that no size overflows; the shift
	 * keeps 32-bit kernels free of 64-bit division.
	 */
	step_sectors = room_sectors >> ilog2(FVD_BASE_NR_SAMPLES);
	if (i == FVD_BASE_NR_SAMPLES - 1)
		*offset_bytes = room_sectors << FVD_SECTOR_SHIFT;
	else
		*offset_bytes = (step_sectors * i) << FVD_SECTOR_SHIFT;
	/* A base with sectors of 4096 bytes can be read there, too. */
	*offset_bytes = round_down(*offset_bytes, (u64)FVD_PAGE_BYTES);
}

static u32 superblock_crc(const struct fvd_superblock_disk *disk)
{
	return crc32c(~0U, disk, offsetof(struct fvd_superblock_disk, crc));
}

static void encode_published(const struct fvd_superblock *sb,
			     struct fvd_superblock_disk *d)
{
	d->magic = cpu_to_le32(FVD_MAGIC);
	d->version = cpu_to_le32(FVD_VERSION);
	d->virtual_disk_size = cpu_to_le64(sb->virtual_size_bytes);
	d->data_offset = cpu_to_le64(sb->data_offset_bytes);
	memcpy(d->data_file, sb->data_path, sizeof(d->data_file));
	memcpy(d->data_file_fmt, sb->data_format, sizeof(d->data_file_fmt));
	memcpy(d->base_img, sb->base_path, sizeof(d->base_img));
	memcpy(d->base_img_fmt, sb->base_format, sizeof(d->base_img_fmt));
	d->base_img_size = cpu_to_le64(sb->base_size_bytes);
	d->bitmap_offset = cpu_to_le64(sb->bitmap_offset_bytes);
	d->bitmap_size = cpu_to_le64(sb->bitmap_size_bytes);
	d->block_size = cpu_to_le64(sb->block_size_bytes);
	d->table_offset = cpu_to_le64(sb->table_offset_bytes);
	d->table_size = cpu_to_le64(sb->table_size_bytes);
	d->chunk_size = cpu_to_le64(sb->chunk_size_bytes);
	d->storage_grow_unit = cpu_to_le64(sb->storage_grow_unit_bytes);
	d->journal_offset = cpu_to_le64(sb->journal_offset_bytes);
	d->journal_size = cpu_to_le64(sb->journal_size_bytes);
	d->stable_journal_epoch = cpu_to_le64(sb->journal_epoch);
	d->clean_shutdown = cpu_to_le32(sb->clean);
	d->copy_on_read = cpu_to_le32(sb->copy_on_read);
	d->base_img_fully_prefetched = cpu_to_le32(sb->complete);
}

static void encode_prefetch(const struct fvd_superblock *sb,
			    struct fvd_superblock_disk *d)
{
	d->max_outstanding_copy_on_read_data =
		cpu_to_le64(sb->copy_on_read_limit_bytes);
	d->prefetch_start_delay = cpu_to_le64((u64)sb->prefetch_start_delay_s);
	d->num_prefetch_slots = cpu_to_le32(sb->prefetch_nr_slots);
	d->bytes_per_prefetch = cpu_to_le64(sb->prefetch_slot_bytes);
	d->prefetch_min_read_throughput =
		cpu_to_le64(sb->prefetch_min_read_kbps);
	d->prefetch_max_read_throughput =
		cpu_to_le64(sb->prefetch_max_read_kbps);
	d->prefetch_min_write_throughput =
		cpu_to_le64(sb->prefetch_min_write_kbps);
	d->prefetch_max_write_throughput =
		cpu_to_le64(sb->prefetch_max_write_kbps);
	d->prefetch_throttle_time = cpu_to_le64(sb->prefetch_throttle_ms);
	d->prefetch_read_throughput_measure_time =
		cpu_to_le64(sb->prefetch_read_measure_ms);
	d->prefetch_write_throughput_measure_time =
		cpu_to_le64(sb->prefetch_write_measure_ms);
}

static void encode_extension(const struct fvd_superblock *sb,
			     struct fvd_superblock_disk *d)
{
	d->state_flags = cpu_to_le32(sb->state_flags);
	d->feature_compat = cpu_to_le64(sb->feature_compat);
	d->feature_ro_compat = cpu_to_le64(sb->feature_ro_compat);
	d->feature_incompat = cpu_to_le64(sb->feature_incompat);
	memcpy(d->uuid, sb->uuid, sizeof(d->uuid));
	memcpy(d->label, sb->label, sizeof(d->label));
	d->generation = cpu_to_le64(sb->generation);
	d->max_virtual_size = cpu_to_le64(sb->max_virtual_size_bytes);
	d->image_size = cpu_to_le64(sb->image_size_bytes);
	d->journal_tail_block = cpu_to_le64(sb->journal_tail_block);
	d->journal_tail_sequence = cpu_to_le64(sb->journal_tail_sequence);
	d->checksum_offset = cpu_to_le64(sb->checksum_offset_bytes);
	d->checksum_size = cpu_to_le64(sb->checksum_size_bytes);
	d->checksum_copy = cpu_to_le32(sb->checksum_copy);
	d->checksum_crc = cpu_to_le32(sb->checksum_crc);
	d->profile_offset = cpu_to_le64(sb->profile_offset_bytes);
	d->profile_size = cpu_to_le64(sb->profile_size_bytes);
	d->base_stamp_kind = cpu_to_le32(sb->base_stamp_kind);
	memcpy(d->base_stamp, sb->base_stamp, sizeof(d->base_stamp));
}

void fvd_superblock_encode(const struct fvd_superblock *sb,
			   struct fvd_superblock_disk *disk)
{
	memset(disk, 0, sizeof(*disk));
	encode_published(sb, disk);
	encode_prefetch(sb, disk);
	encode_extension(sb, disk);
	disk->crc = cpu_to_le32(superblock_crc(disk));
}

static void decode_published(struct fvd_superblock *sb,
			     const struct fvd_superblock_disk *d)
{
	sb->virtual_size_bytes = le64_to_cpu(d->virtual_disk_size);
	sb->data_offset_bytes = le64_to_cpu(d->data_offset);
	memcpy(sb->data_path, d->data_file, sizeof(sb->data_path));
	memcpy(sb->data_format, d->data_file_fmt, sizeof(sb->data_format));
	memcpy(sb->base_path, d->base_img, sizeof(sb->base_path));
	memcpy(sb->base_format, d->base_img_fmt, sizeof(sb->base_format));
	sb->base_size_bytes = le64_to_cpu(d->base_img_size);
	sb->bitmap_offset_bytes = le64_to_cpu(d->bitmap_offset);
	sb->bitmap_size_bytes = le64_to_cpu(d->bitmap_size);
	sb->block_size_bytes = le64_to_cpu(d->block_size);
	sb->table_offset_bytes = le64_to_cpu(d->table_offset);
	sb->table_size_bytes = le64_to_cpu(d->table_size);
	sb->chunk_size_bytes = le64_to_cpu(d->chunk_size);
	sb->storage_grow_unit_bytes = le64_to_cpu(d->storage_grow_unit);
	sb->journal_offset_bytes = le64_to_cpu(d->journal_offset);
	sb->journal_size_bytes = le64_to_cpu(d->journal_size);
	sb->journal_epoch = le64_to_cpu(d->stable_journal_epoch);
	sb->clean = le32_to_cpu(d->clean_shutdown);
	sb->copy_on_read = le32_to_cpu(d->copy_on_read);
	sb->complete = le32_to_cpu(d->base_img_fully_prefetched);
}

static void decode_prefetch(struct fvd_superblock *sb,
			    const struct fvd_superblock_disk *d)
{
	sb->copy_on_read_limit_bytes =
		le64_to_cpu(d->max_outstanding_copy_on_read_data);
	sb->prefetch_start_delay_s = (s64)le64_to_cpu(d->prefetch_start_delay);
	sb->prefetch_nr_slots = le32_to_cpu(d->num_prefetch_slots);
	sb->prefetch_slot_bytes = le64_to_cpu(d->bytes_per_prefetch);
	sb->prefetch_min_read_kbps =
		le64_to_cpu(d->prefetch_min_read_throughput);
	sb->prefetch_max_read_kbps =
		le64_to_cpu(d->prefetch_max_read_throughput);
	sb->prefetch_min_write_kbps =
		le64_to_cpu(d->prefetch_min_write_throughput);
	sb->prefetch_max_write_kbps =
		le64_to_cpu(d->prefetch_max_write_throughput);
	sb->prefetch_throttle_ms = le64_to_cpu(d->prefetch_throttle_time);
	sb->prefetch_read_measure_ms =
		le64_to_cpu(d->prefetch_read_throughput_measure_time);
	sb->prefetch_write_measure_ms =
		le64_to_cpu(d->prefetch_write_throughput_measure_time);
}

static void decode_extension(struct fvd_superblock *sb,
			     const struct fvd_superblock_disk *d)
{
	sb->state_flags = le32_to_cpu(d->state_flags);
	sb->feature_compat = le64_to_cpu(d->feature_compat);
	sb->feature_ro_compat = le64_to_cpu(d->feature_ro_compat);
	sb->feature_incompat = le64_to_cpu(d->feature_incompat);
	memcpy(sb->uuid, d->uuid, sizeof(sb->uuid));
	memcpy(sb->label, d->label, sizeof(d->label));
	sb->label[FVD_LABEL_BYTES] = '\0';
	sb->generation = le64_to_cpu(d->generation);
	sb->max_virtual_size_bytes = le64_to_cpu(d->max_virtual_size);
	sb->image_size_bytes = le64_to_cpu(d->image_size);
	sb->journal_tail_block = le64_to_cpu(d->journal_tail_block);
	sb->journal_tail_sequence = le64_to_cpu(d->journal_tail_sequence);
	sb->checksum_offset_bytes = le64_to_cpu(d->checksum_offset);
	sb->checksum_size_bytes = le64_to_cpu(d->checksum_size);
	sb->checksum_copy = le32_to_cpu(d->checksum_copy);
	sb->checksum_crc = le32_to_cpu(d->checksum_crc);
	sb->profile_offset_bytes = le64_to_cpu(d->profile_offset);
	sb->profile_size_bytes = le64_to_cpu(d->profile_size);
	sb->base_stamp_kind = le32_to_cpu(d->base_stamp_kind);
	memcpy(sb->base_stamp, d->base_stamp, sizeof(sb->base_stamp));
}

/* A NUL must be followed by NULs only, or two encodings mean the same. */
static bool text_is_padded(const char *text, size_t nr_bytes)
{
	size_t i = 0;

	while (i < nr_bytes && text[i])
		i++;
	for (; i < nr_bytes; i++)
		if (text[i])
			return false;
	return true;
}

static int check_head(const struct fvd_superblock_disk *d,
		      struct fvd_error *error)
{
	u64 unknown;

	if (le32_to_cpu(d->magic) != FVD_MAGIC)
		return fvd_error_set(error, -ENODATA,
			"no FVD magic: found %08x, expected %08x",
			le32_to_cpu(d->magic), FVD_MAGIC);
	if (le32_to_cpu(d->version) != FVD_VERSION)
		return fvd_error_set(error, -EPROTONOSUPPORT,
			"format version is %u, expected %u",
			le32_to_cpu(d->version), FVD_VERSION);
	if (le32_to_cpu(d->crc) != superblock_crc(d))
		return fvd_error_set(error, -EBADMSG,
			"superblock checksum is %08x, expected %08x",
			le32_to_cpu(d->crc), superblock_crc(d));
	unknown = le64_to_cpu(d->feature_incompat) & ~FVD_INCOMPAT_KNOWN;
	if (unknown)
		return fvd_error_set(error, -EPROTONOSUPPORT,
			"unknown incompatible features %llx",
			(unsigned long long)unknown);
	return 0;
}

static int check_at_most(const char *name, __le32 value, u32 limit,
			 struct fvd_error *error)
{
	if (le32_to_cpu(value) > limit)
		return fvd_error_set(error, -EINVAL,
			"%s is %u, expected at most %u", name,
			le32_to_cpu(value), limit);
	return 0;
}

/* What decoding would drop must be as encoding makes it. I-FMT-2, I-FMT-3 */
static int check_raw(const struct fvd_superblock_disk *d,
		     struct fvd_error *error)
{
	size_t i;
	int r;

	r = check_head(d, error);
	if (!r)
		r = check_at_most("clean_shutdown", d->clean_shutdown, 1, error);
	if (!r)
		r = check_at_most("copy_on_read", d->copy_on_read, 1, error);
	if (!r)
		r = check_at_most("base_img_fully_prefetched",
				  d->base_img_fully_prefetched, 1, error);
	if (!r)
		r = check_at_most("need_zero_init", d->need_zero_init, 0, error);
	if (!r)
		r = check_at_most("reserved_zero", d->reserved_zero, 0, error);
	for (i = 0; !r && i < sizeof(d->reserved); i++)
		if (d->reserved[i])
			return fvd_error_set(error, -EINVAL,
				"reserved byte %zu is %02x, expected 0",
				offsetof(struct fvd_superblock_disk, reserved) + i,
				d->reserved[i]);
	for (i = 0; !r && i < sizeof(d->add_storage_cmd); i++)
		if (d->add_storage_cmd[i])
			return fvd_error_set(error, -EINVAL,
				"the image carries a command to run; refused");
	return r;
}

int fvd_superblock_decode(struct fvd_superblock *sb,
			  const struct fvd_superblock_disk *disk,
			  struct fvd_error *error)
{
	int r;

	r = check_raw(disk, error);
	if (r)
		return r;
	memset(sb, 0, sizeof(*sb));
	decode_published(sb, disk);
	decode_prefetch(sb, disk);
	decode_extension(sb, disk);
	return fvd_superblock_validate(sb, error);
}

/* Is it all there as somebody wrote it, whether we like it or not? */
static bool superblock_is_whole(const struct fvd_superblock_disk *d)
{
	return le32_to_cpu(d->magic) == FVD_MAGIC &&
		le32_to_cpu(d->crc) == superblock_crc(d);
}

int fvd_superblock_choose(struct fvd_superblock *sb,
			  const struct fvd_superblock_disk *disk[FVD_NR_SUPERBLOCKS],
			  unsigned int *which, struct fvd_error *error)
{
	const struct fvd_superblock_disk *best = NULL;
	unsigned int i;
	int r;

	for (i = 0; i < FVD_NR_SUPERBLOCKS; i++) {
		if (!disk[i] || !superblock_is_whole(disk[i]))
			continue;
		if (best && le64_to_cpu(disk[i]->generation) <=
			    le64_to_cpu(best->generation))
			continue;
		best = disk[i];
		if (which)
			*which = i;
	}
	/*
	 * The newest counts even if it is refused: the older one would lead
	 * around a feature that was turned on since.
	 */
	if (best)
		return fvd_superblock_decode(sb, best, error);
	r = fvd_error_set(error, -EIO, "superblock unreadable");
	for (i = 0; i < FVD_NR_SUPERBLOCKS && (r == -EIO || r == -ENODATA); i++)
		if (disk[i])
			r = fvd_superblock_decode(sb, disk[i], error);
	return r;
}

static int check_text(const char *name, const char *text, size_t nr_bytes,
		      struct fvd_error *error)
{
	if (!memchr(text, '\0', nr_bytes))
		return fvd_error_set(error, -EINVAL,
			"%s has no NUL within its %zu bytes", name, nr_bytes);
	return 0;
}

static int check_texts(const struct fvd_superblock *sb, struct fvd_error *error)
{
	int r;

	r = check_text("base_img", sb->base_path, sizeof(sb->base_path), error);
	if (!r)
		r = check_text("base_img_fmt", sb->base_format,
			       sizeof(sb->base_format), error);
	if (!r)
		r = check_text("data_file", sb->data_path,
			       sizeof(sb->data_path), error);
	if (!r)
		r = check_text("data_file_fmt", sb->data_format,
			       sizeof(sb->data_format), error);
	if (r)
		return r;
	if (!text_is_padded(sb->label, sizeof(sb->label)))
		return fvd_error_set(error, -EINVAL,
			"the label has text behind its end");
	return 0;
}

static int check_flags(const struct fvd_superblock *sb, struct fvd_error *error)
{
	if (sb->feature_incompat & ~FVD_INCOMPAT_KNOWN)
		return fvd_error_set(error, -EPROTONOSUPPORT,
			"unknown incompatible features %llx",
			(unsigned long long)(sb->feature_incompat &
					     ~FVD_INCOMPAT_KNOWN));
	if (fvd_superblock_is_compact(sb) && fvd_superblock_has_data_device(sb))
		return fvd_error_set(error, -EINVAL,
			"a compact image can not have a data device");
	if (sb->state_flags & ~FVD_STATE_KNOWN)
		return fvd_error_set(error, -EINVAL,
			"unknown state flags %x", sb->state_flags);
	if (sb->base_stamp_kind > FVD_BASE_STAMP_SAMPLES)
		return fvd_error_set(error, -EINVAL,
			"base stamp kind is %u, expected at most %u",
			sb->base_stamp_kind, FVD_BASE_STAMP_SAMPLES);
	if (sb->checksum_copy > 1)
		return fvd_error_set(error, -EINVAL,
			"checksum copy is %u, expected 0 or 1",
			sb->checksum_copy);
	return 0;
}

static int check_counter(const char *name, u64 value, struct fvd_error *error)
{
	if (value > FVD_COUNTER_MAX)
		return fvd_error_set(error, -EINVAL,
			"%s is %llu, expected at most %llu", name,
			(unsigned long long)value,
			(unsigned long long)FVD_COUNTER_MAX);
	return 0;
}

static int check_counters(const struct fvd_superblock *sb,
			  struct fvd_error *error)
{
	int r;

	r = check_counter("generation", sb->generation, error);
	if (!r)
		r = check_counter("stable_journal_epoch", sb->journal_epoch,
				  error);
	if (!r)
		r = check_counter("journal_tail_sequence",
				  sb->journal_tail_sequence, error);
	return r;
}

/* I-FMT-1, by which no other code looks at offsets and sizes again. */
int fvd_superblock_validate(const struct fvd_superblock *sb,
			    struct fvd_error *error)
{
	int r;

	r = check_texts(sb, error);
	if (!r)
		r = check_flags(sb, error);
	if (!r)
		r = check_counters(sb, error);
	if (!r)
		r = fvd_layout_validate(sb, error);
	return r;
}
