/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes of FVD format 3: every on-disk struct, and the only code that
 * converts and validates them.
 *
 * The published FVD header ("FVD\0", version field, offsets below 3316) gives
 * the first part of the superblock; what it left open (byte order, checksums,
 * feature negotiation, generations) is settled in its reserved area. All of
 * it lies in the first 4096 bytes, so that a superblock is one 4 KiB write.
 * Byte tables: Documentation/on-disk-format.rst.
 *
 * Everything here is pure: no allocation, no I/O, any context. Whatever comes
 * from a disk is hostile until fvd_superblock_decode() has accepted it.
 */
#ifndef FVD_FORMAT_H
#define FVD_FORMAT_H

#include "fvd-portability.h"

/* "FVD\0" as the bytes 46 56 44 00. */
#define FVD_MAGIC			0x00445646U
#define FVD_VERSION			3U

/* Unit of all metadata I/O; never assume that less is written atomically. */
#define FVD_PAGE_BYTES			4096U
#define FVD_PAGE_SHIFT			12

#define FVD_SUPERBLOCK_BYTES		4096U
#define FVD_NR_SUPERBLOCKS		2
/* Far enough apart not to share a flash page or a stripe unit. */
#define FVD_SUPERBLOCK_STRIDE_BYTES	65536U
#define FVD_REGIONS_START_BYTES		131072U
#define FVD_DATA_ALIGN_BYTES		1048576U

#define FVD_BLOCK_MIN_BYTES		4096U
/* One operation fills at most two partial blocks; this bounds its memory. */
#define FVD_BLOCK_MAX_BYTES		1048576U
#define FVD_CHUNK_DEFAULT_BYTES		1048576U
/* A first write into a discarded chunk may have to fill all of it. */
#define FVD_CHUNK_MAX_BYTES		67108864U
/* Bitmap size up to which the default block size stays at 4 KiB. */
#define FVD_BITMAP_MODERATE_BYTES	4194304U
#define FVD_JOURNAL_MIN_BYTES		65536U
#define FVD_JOURNAL_DEFAULT_BYTES	16777216U
#define FVD_JOURNAL_MAX_BYTES		1073741824U
#define FVD_PROFILE_DEFAULT_BYTES	262144U
#define FVD_PROFILE_MAX_BYTES		67108864U
/* 4 EiB, so that offset + size never wraps a signed 64 bits. */
#define FVD_SIZE_MAX_BYTES		0x4000000000000000ULL
/*
 * Generations, epochs and sequence numbers only rise, and are compared: no image may
 * come with one that could wrap. A million a second take 146,000 years to get here.
 */
#define FVD_COUNTER_MAX			0x4000000000000000ULL

/* Table entries. Anything below FVD_ENTRY_LIMIT is a chunk number. */
#define FVD_ENTRY_EMPTY			0xFFFFFFFFU
#define FVD_ENTRY_ZERO			0xFFFFFFFEU
#define FVD_ENTRY_LIMIT			0xFFFFFF00U

#define FVD_PATH_BYTES			1024
#define FVD_FORMAT_NAME_BYTES		16
#define FVD_LABEL_BYTES			64
#define FVD_UUID_BYTES			16
#define FVD_BASE_STAMP_BYTES		32

/* Unknown incompat bit: refuse. Unknown ro_compat bit: read-only. */
#define FVD_INCOMPAT_COMPACT		BIT_ULL(0)
#define FVD_INCOMPAT_DATA_DEVICE	BIT_ULL(1)
#define FVD_INCOMPAT_KNOWN		(FVD_INCOMPAT_COMPACT | \
					 FVD_INCOMPAT_DATA_DEVICE)
#define FVD_RO_COMPAT_KNOWN		0ULL
#define FVD_COMPAT_KNOWN		0ULL

/* state_flags */
#define FVD_STATE_NEEDS_CHECK		BIT(0)
/* Set while a tool fills the image; the driver and the tools refuse it. */
#define FVD_STATE_UNFINISHED		BIT(1)
#define FVD_STATE_KNOWN			(FVD_STATE_NEEDS_CHECK | \
					 FVD_STATE_UNFINISHED)

/* base_stamp_kind */
#define FVD_BASE_STAMP_NONE		0U
/* base_stamp[0..3] = le32 crc32c over the samples of fvd_base_sample(). */
#define FVD_BASE_STAMP_SAMPLES		1U
#define FVD_BASE_NR_SAMPLES		16U

struct fvd_superblock_disk {
	/* the published header */
	__le32 magic;				/*    0 */
	__le32 version;				/*    4 */
	__le64 virtual_disk_size;		/*    8, bytes */
	__le64 data_offset;			/*   16, bytes; 0 with data device */
	char data_file[FVD_PATH_BYTES];		/*   24, hint for user space */
	char data_file_fmt[FVD_FORMAT_NAME_BYTES]; /* 1048 */
	char base_img[FVD_PATH_BYTES];		/* 1064, hint for user space */
	char base_img_fmt[FVD_FORMAT_NAME_BYTES]; /* 2088 */
	__le64 base_img_size;			/* 2104, bytes; 0 = no base */
	__le64 bitmap_offset;			/* 2112, bytes */
	__le64 bitmap_size;			/* 2120, bytes of one copy */
	__le64 block_size;			/* 2128, bytes */
	__le64 table_offset;			/* 2136, bytes */
	__le64 table_size;			/* 2144, bytes of one copy; 0 = flat */
	__le64 chunk_size;			/* 2152, bytes; 0 = flat */
	__le64 storage_grow_unit;		/* 2160, bytes, user space only */
	char add_storage_cmd[FVD_PATH_BYTES];	/* 2168, never run */
	__le64 journal_offset;			/* 3192, bytes */
	__le64 journal_size;			/* 3200, bytes */
	__le64 stable_journal_epoch;		/* 3208, epoch of valid blocks */
	__le32 clean_shutdown;			/* 3216, bool */
	__le32 copy_on_read;			/* 3220, bool */
	__le64 max_outstanding_copy_on_read_data; /* 3224, bytes */
	__le64 prefetch_start_delay;		/* 3232, s, signed, < 0 = off */
	__le32 base_img_fully_prefetched;	/* 3240, bool: "complete" */
	__le32 num_prefetch_slots;		/* 3244 */
	__le64 bytes_per_prefetch;		/* 3248 */
	__le64 prefetch_min_read_throughput;	/* 3256, KB/s */
	__le64 prefetch_max_read_throughput;	/* 3264, KB/s */
	__le64 prefetch_min_write_throughput;	/* 3272, KB/s */
	__le64 prefetch_max_write_throughput;	/* 3280, KB/s */
	__le64 prefetch_throttle_time;		/* 3288, ms */
	__le64 prefetch_read_throughput_measure_time; /* 3296, ms */
	__le64 prefetch_write_throughput_measure_time; /* 3304, ms */
	__le32 need_zero_init;			/* 3312, always 0 */
	/* the extension, in the published header's reserved area */
	__le32 state_flags;			/* 3316, FVD_STATE_* */
	__le64 feature_compat;			/* 3320 */
	__le64 feature_ro_compat;		/* 3328 */
	__le64 feature_incompat;		/* 3336 */
	u8 uuid[FVD_UUID_BYTES];		/* 3344 */
	char label[FVD_LABEL_BYTES];		/* 3360, NUL padded */
	__le64 generation;			/* 3424, newest valid copy wins */
	__le64 max_virtual_size;		/* 3432, bytes */
	__le64 image_size;			/* 3440, bytes the image device has */
	__le64 journal_tail_block;		/* 3448, index in the ring */
	__le64 journal_tail_sequence;		/* 3456, expected there */
	__le64 checksum_offset;			/* 3464, bytes */
	__le64 checksum_size;			/* 3472, bytes of one copy */
	__le32 checksum_copy;			/* 3480, 0 or 1: the valid copy */
	__le32 checksum_crc;			/* 3484, of that copy */
	__le64 profile_offset;			/* 3488, bytes */
	__le64 profile_size;			/* 3496, bytes; 0 = none */
	__le32 base_stamp_kind;			/* 3504, FVD_BASE_STAMP_* */
	__le32 reserved_zero;			/* 3508 */
	u8 base_stamp[FVD_BASE_STAMP_BYTES];	/* 3512 */
	u8 reserved[548];			/* 3544, zero */
	__le32 crc;				/* 4092, crc32c of bytes 0..4091 */
} __packed;

static_assert(sizeof(struct fvd_superblock_disk) == FVD_SUPERBLOCK_BYTES);
static_assert(offsetof(struct fvd_superblock_disk, state_flags) == 3316);
static_assert(offsetof(struct fvd_superblock_disk, reserved) == 3544);
static_assert(offsetof(struct fvd_superblock_disk, crc) == 4092);

/*
 * One entry of the checksum region for each metadata page: first the bitmap's
 * pages, then the table's. A page has two places on the disk (slots), so that
 * a checkpoint never overwrites what is valid; the entry says which is valid.
 */
struct fvd_checksum_disk {
	__le32 crc;	/* see fvd_page_crc() */
	__le32 slot;	/* 0 or 1 */
} __packed;

static_assert(sizeof(struct fvd_checksum_disk) == 8);

/**
 * struct fvd_superblock - a superblock in memory, host byte order.
 * @virtual_size_bytes: of the disk
 * @max_virtual_size_bytes: up to which bitmap and table reach
 * @image_size_bytes: that the image device had when it was made or grown
 * @data_offset_bytes: of the data; 0 with a data device
 * @base_size_bytes: that the base must have; 0 = no base
 * @bitmap_offset_bytes: of its first copy
 * @bitmap_size_bytes: of one copy
 * @block_size_bytes: unit of the bitmap
 * @table_offset_bytes: of its first copy; 0 = flat
 * @table_size_bytes: of one copy; 0 = flat
 * @chunk_size_bytes: unit of allocation; 0 = flat
 * @journal_offset_bytes: of the ring
 * @journal_size_bytes: of the ring
 * @checksum_offset_bytes: of its first copy
 * @checksum_size_bytes: of one copy
 * @profile_offset_bytes: of the access profile; 0 = none
 * @profile_size_bytes: of the access profile; 0 = none
 * @storage_grow_unit_bytes: a hint for user space
 * @journal_epoch: of blocks that count
 * @journal_tail_block: index in the ring where the log starts
 * @journal_tail_sequence: expected there
 * @generation: the newest superblock wins
 * @feature_compat: FVD_COMPAT_*
 * @feature_ro_compat: FVD_RO_COMPAT_*
 * @feature_incompat: FVD_INCOMPAT_*
 * @checksum_copy: 0 or 1, the valid one
 * @checksum_crc: of that copy
 * @state_flags: FVD_STATE_*
 * @base_stamp_kind: FVD_BASE_STAMP_*
 * @clean: was closed properly
 * @complete: the base is no longer needed
 * @copy_on_read: default of the feature
 * @copy_on_read_limit_bytes: default of its memory limit
 * @prefetch_start_delay_s: default; < 0 = off
 * @prefetch_nr_slots: default; any value may come
 * @prefetch_slot_bytes: default; any value may come
 * @prefetch_min_read_kbps: default
 * @prefetch_max_read_kbps: default
 * @prefetch_min_write_kbps: default
 * @prefetch_max_write_kbps: default
 * @prefetch_throttle_ms: default
 * @prefetch_read_measure_ms: default
 * @prefetch_write_measure_ms: default
 * @uuid: of the image
 * @base_stamp: by its kind
 * @label: NUL terminated
 * @base_path: a hint for user space
 * @base_format: a hint for user space
 * @data_path: a hint for user space
 * @data_format: a hint for user space
 *
 * Field by field the same as on disk. A value of this type that was filled by
 * fvd_superblock_decode() is valid in itself: sizes and offsets are within
 * bounds and do not overlap. It says nothing about the sizes of real devices,
 * and defaults ("any value may come") are for those who use them to check.
 */
struct fvd_superblock {
	u64 virtual_size_bytes;
	u64 max_virtual_size_bytes;
	u64 image_size_bytes;
	u64 data_offset_bytes;
	u64 base_size_bytes;
	u64 bitmap_offset_bytes;
	u64 bitmap_size_bytes;
	u64 block_size_bytes;
	u64 table_offset_bytes;
	u64 table_size_bytes;
	u64 chunk_size_bytes;
	u64 journal_offset_bytes;
	u64 journal_size_bytes;
	u64 checksum_offset_bytes;
	u64 checksum_size_bytes;
	u64 profile_offset_bytes;
	u64 profile_size_bytes;
	u64 storage_grow_unit_bytes;
	u64 journal_epoch;
	u64 journal_tail_block;
	u64 journal_tail_sequence;
	u64 generation;
	u64 feature_compat;
	u64 feature_ro_compat;
	u64 feature_incompat;
	u32 checksum_copy;
	u32 checksum_crc;
	u32 state_flags;
	u32 base_stamp_kind;
	bool clean;
	bool complete;
	bool copy_on_read;
	u64 copy_on_read_limit_bytes;
	s64 prefetch_start_delay_s;
	u32 prefetch_nr_slots;
	u64 prefetch_slot_bytes;
	u64 prefetch_min_read_kbps;
	u64 prefetch_max_read_kbps;
	u64 prefetch_min_write_kbps;
	u64 prefetch_max_write_kbps;
	u64 prefetch_throttle_ms;
	u64 prefetch_read_measure_ms;
	u64 prefetch_write_measure_ms;
	u8 uuid[FVD_UUID_BYTES];
	u8 base_stamp[FVD_BASE_STAMP_BYTES];
	char label[FVD_LABEL_BYTES + 1];
	char base_path[FVD_PATH_BYTES];
	char base_format[FVD_FORMAT_NAME_BYTES];
	char data_path[FVD_PATH_BYTES];
	char data_format[FVD_FORMAT_NAME_BYTES];
};

/**
 * struct fvd_error - where a validator says what it found and expected.
 * @text: one sentence without a full stop, NUL terminated; "" if no error
 */
struct fvd_error {
	char text[160];
};

/**
 * fvd_error_set() - fill in a message and hand back the error number.
 * @error: may be NULL
 * @errnum: negative errno to return
 * @format: printf format; stick to conversions that the kernel and libc share
 */
int fvd_error_set(struct fvd_error *error, int errnum, const char *format, ...)
	__printf(3, 4);

/**
 * fvd_superblock_encode() - make the 4096 bytes, checksum included.
 * @sb: what to encode; not checked
 * @disk: receives the bytes
 */
void fvd_superblock_encode(const struct fvd_superblock *sb,
			   struct fvd_superblock_disk *disk);

/**
 * fvd_superblock_decode() - take over a superblock from a disk, or refuse.
 * @sb: undefined unless 0 is returned
 * @disk: 4096 hostile bytes
 * @error: what was found and expected; may be NULL
 *
 * Returns: 0; -ENODATA if the magic is not there (not an FVD image at all);
 * -EPROTONOSUPPORT for another version or an unknown incompat feature;
 * -EBADMSG if the checksum does not match; -EINVAL if a field is out of range
 * or regions overlap.
 */
int __must_check fvd_superblock_decode(struct fvd_superblock *sb,
				       const struct fvd_superblock_disk *disk,
				       struct fvd_error *error);

/**
 * fvd_superblock_choose() - the newest valid one of the two copies.
 * @sb: receives it
 * @disk: both copies as read; NULL where a copy could not be read
 * @which: receives the index of the copy; may be NULL
 * @error: why, if there is none; may be NULL
 *
 * The newest copy whose checksum is right counts, even if it is refused: an
 * older one must not lead around a feature that was turned on since.
 *
 * Returns: 0, or what fvd_superblock_decode() said of that copy. If no copy
 * has a right checksum, what it said of the first copy (of the second one, if
 * that is more telling than "no magic"); -EIO if none could be read.
 */
int __must_check
fvd_superblock_choose(struct fvd_superblock *sb,
		      const struct fvd_superblock_disk *disk[FVD_NR_SUPERBLOCKS],
		      unsigned int *which, struct fvd_error *error);

/**
 * fvd_superblock_validate() - the range and overlap checks alone.
 * @sb: the superblock
 * @error: what was found and expected; may be NULL
 *
 * What fvd_superblock_decode() ends with; the tools call it before they write
 * a superblock, too. Returns 0 or -EINVAL, -EPROTONOSUPPORT.
 */
int __must_check fvd_superblock_validate(const struct fvd_superblock *sb,
					 struct fvd_error *error);

/** fvd_superblock_is_compact() - is there a table? */
static inline bool fvd_superblock_is_compact(const struct fvd_superblock *sb)
{
	return sb->feature_incompat & FVD_INCOMPAT_COMPACT;
}

/** fvd_superblock_has_data_device() - does the data live on another device? */
static inline bool
fvd_superblock_has_data_device(const struct fvd_superblock *sb)
{
	return sb->feature_incompat & FVD_INCOMPAT_DATA_DEVICE;
}

/** fvd_superblock_offset_bytes() - where copy @which lies in the image. */
static inline u64 fvd_superblock_offset_bytes(unsigned int which)
{
	return (u64)which * FVD_SUPERBLOCK_STRIDE_BYTES;
}

/** fvd_uuid_seed() - start value of all other checksums of an image. */
static inline u32 fvd_uuid_seed(const u8 uuid[FVD_UUID_BYTES])
{
	return crc32c(~0U, uuid, FVD_UUID_BYTES);
}

/**
 * fvd_page_crc() - checksum of a bitmap or table page.
 * @seed: fvd_uuid_seed() of the image
 * @page_index: index among all metadata pages, the bitmap's first
 * @page: FVD_PAGE_BYTES bytes
 *
 * The index takes part, so that a page read from a wrong place is noticed.
 */
u32 fvd_page_crc(u32 seed, u64 page_index, const void *page);

/** fvd_checksum_region_crc() - checksum of one copy of the checksum region. */
u32 fvd_checksum_region_crc(u32 seed, const void *region, u64 nr_bytes);

/**
 * fvd_base_sample() - where the i-th sample of the base's stamp lies.
 * @base_size_bytes: size of the base, a multiple of 512
 * @i: 0 .. FVD_BASE_NR_SAMPLES - 1
 * @offset_bytes: receives the offset, a multiple of FVD_PAGE_BYTES
 * @nr_bytes: receives the length, at most FVD_PAGE_BYTES, a multiple of 512
 *
 * The first and the last page, and evenly spaced ones between: that catches
 * another disk, a changed file system (its superblock is in the first page)
 * and a cut-off copy, at the price of 16 reads that can run in parallel.
 * The stamp is crc32c(~0, sample 0 | sample 1 | ...), as le32.
 */
void fvd_base_sample(u64 base_size_bytes, unsigned int i, u64 *offset_bytes,
		     u32 *nr_bytes);

#endif /* FVD_FORMAT_H */
