/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The header of version 1, as the original FVD (2011) wrote it.
 *
 * Written like layer 0: pure, no allocation, no I/O, every byte hostile until
 * fvd_v1_header_decode() has accepted it. The kernel never sees version 1;
 * user space reads it and brings it over to format 3. Nothing writes it. Byte
 * tables: the last chapter of Documentation/on-disk-format.rst.
 */
#ifndef FVD_V1_FORMAT_H
#define FVD_V1_FORMAT_H

#include "fvd-format.h"

/* The bytes a9 f5 43 51. */
#define FVD_V1_MAGIC			0x5143F5A9U
#define FVD_V1_VERSION			1U
#define FVD_V1_HEADER_BYTES		4336U
/* What the header takes on disk; no region lies before its end. */
#define FVD_V1_HEADER_REGION_BYTES	8192U
#define FVD_V1_COMMAND_BYTES		2048

/* Table entries: no storage; not known to be on disk (in journals only). */
#define FVD_V1_ENTRY_EMPTY		0xFFFFFFFFU
#define FVD_V1_ENTRY_DIRTY		0x80000000U

struct fvd_v1_header_disk {
	__le32 magic;				/*    0 */
	__le32 version;				/*    4 */
	__le32 all_data_in_fvd_img;		/*    8, bool */
	__le64 virtual_disk_size;		/*   12, bytes */
	__le64 metadata_size;			/*   20, bytes */
	char base_img[FVD_PATH_BYTES];		/*   28 */
	char base_img_fmt[FVD_FORMAT_NAME_BYTES]; /* 1052 */
	__le64 base_img_size;			/* 1068, bytes */
	__le64 bitmap_offset;			/* 1076, bytes */
	__le64 bitmap_size;			/* 1084, bytes */
	__le32 block_size;			/* 1092, bytes, signed */
	__le32 copy_on_read;			/* 1096, bool */
	__le64 max_outstanding_copy_on_read_data; /* 1100, bytes */
	char data_file[FVD_PATH_BYTES];		/* 1108 */
	char data_file_fmt[FVD_FORMAT_NAME_BYTES]; /* 2132 */
	__le32 prefetch_start_delay;		/* 2148, s, signed, <= 0 = off */
	__le64 prefetch_profile_offset;		/* 2152, not used */
	__le64 prefetch_profile_entries;	/* 2160, not used */
	__le32 num_prefetch_slots;		/* 2168 */
	__le32 bytes_per_prefetch;		/* 2172 */
	__le32 prefetch_read_throughput_measure_time; /* 2176, ms */
	__le32 prefetch_write_throughput_measure_time; /* 2180, ms */
	__le32 prefetch_perf_calc_alpha;	/* 2184, percent */
	__le32 prefetch_min_read_throughput;	/* 2188, KB/s */
	__le32 prefetch_min_write_throughput;	/* 2192, KB/s */
	__le32 prefetch_max_read_throughput;	/* 2196, KB/s */
	__le32 prefetch_max_write_throughput;	/* 2200, KB/s */
	__le32 prefetch_throttle_time;		/* 2204, ms, signed */
	__le32 compact_image;			/* 2208, bool */
	__le64 table_offset;			/* 2212, bytes */
	__le64 chunk_size;			/* 2220, bytes */
	__le64 storage_grow_unit;		/* 2228, bytes */
	char add_storage_cmd[FVD_V1_COMMAND_BYTES]; /* 2236, never run */
	__le64 journal_offset;			/* 4284, bytes */
	__le64 journal_size;			/* 4292, bytes */
	__le32 clean_shutdown;			/* 4300, bool */
	__le32 need_zero_init;			/* 4304, bool */
	__le32 generate_prefetch_profile;	/* 4308, not used */
	__le32 profile_entry_unit;		/* 4312, not used */
	__le32 profile_prefetch_start_delay;	/* 4316, not used */
	char write_updates_base_img[FVD_FORMAT_NAME_BYTES]; /* 4320, not used */
} __packed;

static_assert(sizeof(struct fvd_v1_header_disk) == FVD_V1_HEADER_BYTES);
static_assert(offsetof(struct fvd_v1_header_disk, base_img_size) == 1068);
static_assert(offsetof(struct fvd_v1_header_disk, prefetch_start_delay) == 2148);
static_assert(offsetof(struct fvd_v1_header_disk, table_offset) == 2212);
static_assert(offsetof(struct fvd_v1_header_disk, journal_offset) == 4284);

/**
 * struct fvd_v1_header - a header in memory, and what follows from it.
 * @virtual_size_bytes: of the disk
 * @metadata_size_bytes: header, bitmap, table and journal
 * @base_size_bytes: as recorded; may be beyond the end of a disk that was
 *	shrunk
 * @bitmap_offset_bytes: 0 without a bitmap in use
 * @bitmap_size_bytes: of the region
 * @block_size_bytes: unit of the bitmap; any multiple of 512
 * @table_offset_bytes: 0 for a flat image
 * @chunk_size_bytes: unit of allocation; any multiple of 4096; 0 if flat
 * @journal_offset_bytes: 0 without a journal
 * @journal_size_bytes: 0 without a journal
 * @data_start_bytes: of the data in its file
 * @base_sectors: of the disk that lie over the base; 0 if all data is in the
 *	image
 * @covered_sectors: the same, whether the base is needed or not
 * @nr_blocks: bits of the bitmap in use
 * @nr_chunks: of the disk
 * @nr_stored_chunks: entries for which the table has room; fewer than
 *	@nr_chunks only if the original enlarged a compact image
 * @copy_on_read_limit_bytes: default of its memory limit
 * @storage_grow_unit_bytes: hint
 * @all_data: the base is not needed
 * @compact: is there a table?
 * @clean: was closed properly
 * @need_zero_init: relies on space that was never written to be zeros
 * @copy_on_read: default of the feature
 * @prefetch_start_delay_s: default; <= 0 = off
 * @base_path: a hint, NUL terminated
 * @base_format: a hint
 * @data_path: a hint; "" if the data is in the same file
 * @data_format: a hint
 *
 * Regions of a decoded header lie within the metadata and overlap nowhere. It
 * says nothing about the sizes of real files.
 */
struct fvd_v1_header {
	u64 virtual_size_bytes;
	u64 metadata_size_bytes;
	u64 base_size_bytes;
	u64 bitmap_offset_bytes;
	u64 bitmap_size_bytes;
	u64 block_size_bytes;
	u64 table_offset_bytes;
	u64 chunk_size_bytes;
	u64 journal_offset_bytes;
	u64 journal_size_bytes;
	u64 data_start_bytes;
	u64 base_sectors;
	u64 covered_sectors;
	u64 nr_blocks;
	u64 nr_chunks;
	u64 nr_stored_chunks;
	u64 copy_on_read_limit_bytes;
	u64 storage_grow_unit_bytes;
	bool all_data;
	bool compact;
	bool clean;
	bool need_zero_init;
	bool copy_on_read;
	s32 prefetch_start_delay_s;
	char base_path[FVD_PATH_BYTES];
	char base_format[FVD_FORMAT_NAME_BYTES];
	char data_path[FVD_PATH_BYTES];
	char data_format[FVD_FORMAT_NAME_BYTES];
};

/** fvd_v1_is_magic() - do these 4 bytes begin an image of version 1? */
bool fvd_v1_is_magic(const void *bytes);

/**
 * fvd_v1_header_decode() - take over a header from a disk, or refuse.
 * @header: undefined unless 0 is returned
 * @disk: hostile bytes
 * @error: what was found and expected; may be NULL
 *
 * Only what is used is checked: a bitmap of an image with all data in it, say,
 * is not.
 *
 * Returns: 0; -ENODATA without the magic; -EPROTONOSUPPORT for another
 * version; -EINVAL if a field is out of range or regions overlap.
 */
int __must_check fvd_v1_header_decode(struct fvd_v1_header *header,
				      const struct fvd_v1_header_disk *disk,
				      struct fvd_error *error);

/** fvd_v1_has_bitmap() - is there a bitmap that counts? */
static inline bool fvd_v1_has_bitmap(const struct fvd_v1_header *header)
{
	return header->nr_blocks;
}

/** fvd_v1_has_data_file() - does the data lie in a file of its own? */
static inline bool fvd_v1_has_data_file(const struct fvd_v1_header *header)
{
	return header->data_path[0];
}

/** fvd_v1_bitmap_bytes() - of the bitmap in use, without its padding. */
static inline u64 fvd_v1_bitmap_bytes(const struct fvd_v1_header *header)
{
	return header->nr_blocks / 8 + (header->nr_blocks % 8 != 0);
}

#endif /* FVD_V1_FORMAT_H */
