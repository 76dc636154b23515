/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a boot touches of the base, in which order: recorded while a guest
 * runs, saved in the image's profile region or in a file, and fetched ahead of
 * the next guest.
 *
 * Region and file hold the same bytes: a header of 128 bytes, then entries of
 * 16; what follows in the region means nothing. Byte tables:
 * Documentation/on-disk-format.rst. A profile belongs to a base (its size and
 * stamp), not to an image.
 *
 * Pure; memory is the caller's, and so are locks. What comes from a disk or a
 * file is hostile until fvd_profile_decode() has accepted it. A profile is a
 * hint: the worst that a wrong one can do is a bad order.
 */
#ifndef FVD_PROFILE_H
#define FVD_PROFILE_H

#include "fvd-format.h"

/* "FVDPROF1" as bytes. */
#define FVD_PROFILE_MAGIC		0x31464F5250445646ULL
#define FVD_PROFILE_VERSION		1U
#define FVD_PROFILE_HEADER_BYTES	128U
#define FVD_PROFILE_ENTRY_BYTES		16U
/* What the largest region has room for. */
#define FVD_PROFILE_MAX_ENTRIES		((FVD_PROFILE_MAX_BYTES - \
					  FVD_PROFILE_HEADER_BYTES) / \
					 FVD_PROFILE_ENTRY_BYTES)
#define FVD_PROFILE_UNIT_MIN_SHIFT	12
#define FVD_PROFILE_UNIT_MAX_SHIFT	30
/*
 * Units are 4 KiB, doubled until the recorder's bitmap has at most 1 MiB: 32
 * GiB in 4 KiB, 1 TiB in 128 KiB.
 */
#define FVD_PROFILE_BITMAP_BITS		8388608ULL

/* flags */
#define FVD_PROFILE_TRUNCATED		BIT(0)	/* more was touched than fits */
#define FVD_PROFILE_FLAGS_KNOWN		FVD_PROFILE_TRUNCATED

struct fvd_profile_header_disk {
	__le64 magic;			/*   0 */
	__le32 crc;			/*   8, of all from byte 12 on */
	__le32 version;			/*  12 */
	__le32 header_bytes;		/*  16, 128 */
	__le32 entry_bytes;		/*  20, 16 */
	__le32 nr_entries;		/*  24 */
	__le32 unit_bytes;		/*  28, a power of two */
	__le64 base_size_bytes;		/*  32 */
	__le32 base_stamp_kind;		/*  40, as in the superblock */
	__le32 flags;			/*  44, FVD_PROFILE_* */
	u8 base_stamp[FVD_BASE_STAMP_BYTES]; /* 48 */
	__le64 nr_units;		/*  80, of all entries */
	__le32 duration_ms;		/*  88, from the beginning to the last touch */
	u8 reserved[36];		/*  92, zero */
} __packed;

static_assert(sizeof(struct fvd_profile_header_disk) ==
	      FVD_PROFILE_HEADER_BYTES);

struct fvd_profile_entry_disk {
	__le64 first_unit;		/*   0 */
	__le32 nr_units;		/*   8, at least 1 */
	__le32 time_ms;			/*  12, of the first touch; never falls */
} __packed;

static_assert(sizeof(struct fvd_profile_entry_disk) == FVD_PROFILE_ENTRY_BYTES);

/** struct fvd_profile_base - which base a profile is of; as in a superblock. */
struct fvd_profile_base {
	u64 size_bytes;
	u32 stamp_kind;
	u8 stamp[FVD_BASE_STAMP_BYTES];
};

/** fvd_profile_base_of() - the base of an image. */
void fvd_profile_base_of(struct fvd_profile_base *base,
			 const struct fvd_superblock *sb);

/**
 * struct fvd_profile_entry - a run that was touched.
 * @first_unit: where it starts
 * @nr_units: at least 1
 * @time_ms: of its first touch, since recording began
 */
struct fvd_profile_entry {
	u64 first_unit;
	u32 nr_units;
	u32 time_ms;
};

/**
 * struct fvd_profile - a profile in memory.
 * @entries: the caller's memory
 * @max_entries: for which it has room
 * @nr_entries: in the order of first touch
 * @unit_shift: log2 of the unit in bytes
 * @nr_units: of all entries
 * @duration_ms: from the beginning to the last touch
 * @truncated: there was no room for all
 *
 * Entries are disjoint and within the base.
 */
struct fvd_profile {
	struct fvd_profile_entry *entries;
	u32 max_entries;
	u32 nr_entries;
	unsigned int unit_shift;
	u64 nr_units;
	u32 duration_ms;
	bool truncated;
};

/** fvd_profile_unit_shift() - log2 of the unit for a base of that size. */
unsigned int fvd_profile_unit_shift(u64 base_size_bytes);

/** fvd_profile_base_units() - units of the base, the last may be cut off. */
static inline u64 fvd_profile_base_units(u64 base_size_bytes,
					 unsigned int unit_shift)
{
	return (base_size_bytes + (1ULL << unit_shift) - 1) >> unit_shift;
}

/** fvd_profile_bytes() - how many bytes it takes on disk. */
static inline u64 fvd_profile_bytes(u32 nr_entries)
{
	return FVD_PROFILE_HEADER_BYTES +
		(u64)nr_entries * FVD_PROFILE_ENTRY_BYTES;
}

/** fvd_profile_room() - entries for which @nr_bytes have room. */
static inline u32 fvd_profile_room(u64 nr_bytes)
{
	nr_bytes = min_t(u64, nr_bytes, FVD_PROFILE_MAX_BYTES);
	if (nr_bytes < FVD_PROFILE_HEADER_BYTES)
		return 0;
	return (u32)(nr_bytes - FVD_PROFILE_HEADER_BYTES) /
		FVD_PROFILE_ENTRY_BYTES;
}

/**
 * fvd_profile_encode() - make the bytes, checksum included.
 * @profile: what to encode
 * @base: of which base
 * @bytes: receives fvd_profile_bytes(nr_entries) bytes
 */
void fvd_profile_encode(const struct fvd_profile *profile,
			const struct fvd_profile_base *base, void *bytes);

/**
 * fvd_profile_peek() - how many entries follow? The header alone.
 * @bytes: FVD_PROFILE_HEADER_BYTES hostile bytes
 * @limit_bytes: of region or file
 * @nr_entries: receives a number that is safe to allocate for, and to read
 * @error: what was found and expected; may be NULL
 *
 * Returns: 0; -ENODATA if there is no profile at all (no magic);
 * -EPROTONOSUPPORT for another version; -EINVAL if the count does not fit.
 */
int __must_check fvd_profile_peek(const void *bytes, u64 limit_bytes,
				  u32 *nr_entries, struct fvd_error *error);

/**
 * fvd_profile_decode() - take over a profile, or refuse.
 * @profile: @entries and @max_entries are set; the rest is filled in, and is
 *	undefined unless 0 is returned
 * @scratch: memory for @max_entries numbers
 * @bytes: hostile bytes
 * @nr_bytes: how many there are
 * @base: of this image; a profile of another is refused
 * @error: what was found and expected; may be NULL
 *
 * Returns: 0; what fvd_profile_peek() says; -EBADMSG if the checksum is wrong;
 * -ENOSPC if there are more than @max_entries; -ESTALE if it is of another base;
 * -EINVAL if anything in it makes no sense: entries that are empty, overlap or
 * leave the base, times that run backwards, sums that do not add up.
 */
int __must_check fvd_profile_decode(struct fvd_profile *profile, u32 *scratch,
				    const void *bytes, u64 nr_bytes,
				    const struct fvd_profile_base *base,
				    struct fvd_error *error);

/**
 * fvd_profile_read_base() - of which base is it? For "show" without an image.
 * @base: receives what the header says; then hand it to fvd_profile_decode()
 * @bytes: FVD_PROFILE_HEADER_BYTES that fvd_profile_peek() has accepted
 */
void fvd_profile_read_base(struct fvd_profile_base *base, const void *bytes);

/* Recording. */

/* A touch may continue one of so many runs: as many streams as a boot reads. */
#define FVD_PROFILE_NR_STREAMS	16U

/**
 * struct fvd_profile_recorder - recording under way.
 * @profile: what was recorded so far; always valid
 * @touched: bitmap of units; fvd_profile_bitmap_words() words, zeroed
 * @base_units: units of the base
 * @streams: entries that were added or continued last
 * @next_stream: which of @streams is replaced next
 * @start_ns: when recording began
 *
 * Bounded: the bitmap, and max_entries of the profile. When these are used up
 * nothing is added any more, and "truncated" says so: what comes first is what
 * matters most.
 */
struct fvd_profile_recorder {
	struct fvd_profile profile;
	__le64 *touched;
	u64 base_units;
	u32 streams[FVD_PROFILE_NR_STREAMS];
	u32 next_stream;
	u64 start_ns;
};

/** fvd_profile_bitmap_words() - 64-bit words of the recorder's bitmap. */
u64 fvd_profile_bitmap_words(u64 base_size_bytes);

/**
 * fvd_profile_record_start() - begin with nothing.
 * @recorder: to be initialized
 * @base_size_bytes: of the base, not 0
 * @touched: fvd_profile_bitmap_words() words; zeroed here
 * @entries: memory for entries
 * @max_entries: how many; fvd_profile_room() of the region
 * @now_ns: time
 */
void fvd_profile_record_start(struct fvd_profile_recorder *recorder,
			      u64 base_size_bytes, __le64 *touched,
			      struct fvd_profile_entry *entries,
			      u32 max_entries, u64 now_ns);

/**
 * fvd_profile_seen() - were all of these touched before? Without a lock.
 * @recorder: recording
 * @sector: of the disk
 * @nr_sectors: at least 1; what lies behind the base's end counts as touched
 *
 * For the fast path: only if this says no, fvd_profile_record() under the lock.
 */
bool fvd_profile_seen(const struct fvd_profile_recorder *recorder, u64 sector,
		      u64 nr_sectors);

/** fvd_profile_record() - the guest reads; the owner's lock is held. */
void fvd_profile_record(struct fvd_profile_recorder *recorder, u64 sector,
			u64 nr_sectors, u64 now_ns);

/* Reading ahead. */

/*
 * What is read in one sweep: entries that follow one another in time are sorted
 * by place as far as they have so many bytes together. At 50 MB/s a sweep is 80
 * ms, and how far ahead of the guest the order is wrong at worst.
 */
#define FVD_PROFILE_SWEEP_BYTES		4194304U
/* Gaps up to this are read, too: cheaper than another request, and not lost. */
#define FVD_PROFILE_GAP_BYTES		65536U

/**
 * fvd_profile_sort() - make the order of reading out of the order of touching.
 * @profile: changed in place: sorted within sweeps, near neighbours joined
 *
 * Afterwards entries may overlap, and nr_units counts gaps, too; not for
 * fvd_profile_encode().
 */
void fvd_profile_sort(struct fvd_profile *profile);

/** struct fvd_profile_cursor - a place in the order of reading. Start: zeros. */
struct fvd_profile_cursor {
	u32 entry;
	u32 unit;
};

/**
 * fvd_profile_next() - the next piece to read.
 * @profile: the profile
 * @cursor: moves on
 * @base_sectors: of the base: a piece ends there at the latest
 * @max_sectors: of a piece, at least a unit
 * @sector: receives its start
 * @nr_sectors: receives its length
 *
 * Returns: false at the end.
 */
bool fvd_profile_next(const struct fvd_profile *profile,
		      struct fvd_profile_cursor *cursor, u64 base_sectors,
		      u64 max_sectors, u64 *sector, u64 *nr_sectors);

#endif /* FVD_PROFILE_H */
