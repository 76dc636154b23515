// SPDX-License-Identifier: GPL-2.0-only
/*
 * Both superblocks from hostile bytes.
 *
 * Input: a byte of flags (1, 2: make the checksum of copy 0, 1 right; 4: copy
 * 1 is unreadable), then the bytes of both copies; what is missing is zero.
 */
#include "fuzz.h"

static void seal(struct fvd_superblock_disk *disk)
{
	const u8 *bytes = (const u8 *)disk;

	disk->crc = cpu_to_le32(crc32c(~0U, bytes, FVD_SUPERBLOCK_BYTES - 4));
}

/* I-FMT-1 and I-FMT-2 */
static void check_accepted(const struct fvd_superblock *sb,
			   const struct fvd_superblock_disk *disk)
{
	static struct fvd_superblock_disk again;
	u64 end = fvd_superblock_has_data_device(sb) ? sb->image_size_bytes :
						       sb->data_offset_bytes;
	struct fvd_geometry geo;
	u64 nr_pages;

	fvd_superblock_encode(sb, &again);
	assert(!memcmp(&again, disk, sizeof(again)));
	fvd_geometry_init(&geo, sb);
	nr_pages = fvd_geometry_nr_pages(&geo);
	assert(geo.nr_blocks && geo.nr_base_blocks <= geo.nr_blocks);
	assert(geo.nr_blocks <= geo.nr_bitmap_pages << 15);
	assert(geo.nr_chunks <= geo.nr_table_pages << 10);
	assert(nr_pages <= sb->checksum_size_bytes / 8);
	assert(fvd_layout_page_offset_bytes(sb, nr_pages - 1, 1) <= end - 4096);
	assert(fvd_layout_metadata_end_bytes(sb) <= end);
	if (fvd_superblock_is_compact(sb))
		assert(fvd_layout_capacity_chunks(sb, sb->image_size_bytes));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct fvd_superblock_disk disk[FVD_NR_SUPERBLOCKS];
	const struct fvd_superblock_disk *copies[FVD_NR_SUPERBLOCKS];
	struct fvd_error error = { "" };
	static struct fvd_superblock sb;
	unsigned int which = 9;
	int r;

	if (!size || size > 1 + sizeof(disk))
		return 0;
	memset(disk, 0, sizeof(disk));
	memcpy(disk, data + 1, size - 1);
	if (data[0] & 1)
		seal(&disk[0]);
	if (data[0] & 2)
		seal(&disk[1]);
	copies[0] = &disk[0];
	copies[1] = data[0] & 4 ? NULL : &disk[1];
	r = fvd_superblock_choose(&sb, copies, &which, &error);
	assert(!r == !error.text[0]);
	if (!r)
		check_accepted(&sb, copies[which]);
	return 0;
}
