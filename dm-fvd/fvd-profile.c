// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access profiles.
 *
 * Invariants:
 *   I-PRF-1  Entries of a recorded or decoded profile are disjoint, not empty,
 *            and within the base.
 *   I-PRF-2  No number of a profile from a disk is used before it was checked.
 *   I-PRF-3  A unit is recorded once.
 *
 * Locking: the owner's; fvd_profile_seen() needs none. Crash rule: a profile
 * that was torn while it was saved fails its checksum, and counts as none.
 * Left out on purpose: what the guest writes first; it needs no base.
 */
#include "fvd-bitmap.h"
#include "fvd-profile.h"

#define NS_PER_MS	1000000U
#define UNIT_SECTORS_SHIFT(profile) \
	((profile)->unit_shift - FVD_SECTOR_SHIFT)

void fvd_profile_base_of(struct fvd_profile_base *base,
			 const struct fvd_superblock *sb)
{
	base->size_bytes = sb->base_size_bytes;
	base->stamp_kind = sb->base_stamp_kind;
	memcpy(base->stamp, sb->base_stamp, sizeof(base->stamp));
}

unsigned int fvd_profile_unit_shift(u64 base_size_bytes)
{
	unsigned int shift = FVD_PROFILE_UNIT_MIN_SHIFT;

	while (shift < FVD_PROFILE_UNIT_MAX_SHIFT &&
	       fvd_profile_base_units(base_size_bytes, shift) >
	       FVD_PROFILE_BITMAP_BITS)
		shift++;
	return shift;
}

u64 fvd_profile_bitmap_words(u64 base_size_bytes)
{
	unsigned int shift = fvd_profile_unit_shift(base_size_bytes);

	return fvd_bitmap_words(fvd_profile_base_units(base_size_bytes, shift));
}

static u32 profile_crc(const void *bytes, u64 nr_bytes)
{
	const size_t start = offsetof(struct fvd_profile_header_disk, version);

	return crc32c(~0U, (const u8 *)bytes + start, nr_bytes - start);
}

void fvd_profile_encode(const struct fvd_profile *profile,
			const struct fvd_profile_base *base, void *bytes)
{
	struct fvd_profile_header_disk *d = bytes;
	struct fvd_profile_entry_disk *e = (void *)(d + 1);
	u32 i;

	memset(d, 0, sizeof(*d));
	d->magic = cpu_to_le64(FVD_PROFILE_MAGIC);
	d->version = cpu_to_le32(FVD_PROFILE_VERSION);
	d->header_bytes = cpu_to_le32(FVD_PROFILE_HEADER_BYTES);
	d->entry_bytes = cpu_to_le32(FVD_PROFILE_ENTRY_BYTES);
	d->nr_entries = cpu_to_le32(profile->nr_entries);
	d->unit_bytes = cpu_to_le32(1U << profile->unit_shift);
	d->base_size_bytes = cpu_to_le64(base->size_bytes);
	d->base_stamp_kind = cpu_to_le32(base->stamp_kind);
	d->flags = cpu_to_le32(profile->truncated ? FVD_PROFILE_TRUNCATED : 0);
	memcpy(d->base_stamp, base->stamp, sizeof(d->base_stamp));
	d->nr_units = cpu_to_le64(profile->nr_units);
	d->duration_ms = cpu_to_le32(profile->duration_ms);
	for (i = 0; i < profile->nr_entries; i++, e++) {
		e->first_unit = cpu_to_le64(profile->entries[i].first_unit);
		e->nr_units = cpu_to_le32(profile->entries[i].nr_units);
		e->time_ms = cpu_to_le32(profile->entries[i].time_ms);
	}
	d->crc = cpu_to_le32(profile_crc(bytes,
					 fvd_profile_bytes(profile->nr_entries)));
}

int fvd_profile_peek(const void *bytes, u64 limit_bytes, u32 *nr_entries,
		     struct fvd_error *error)
{
	const struct fvd_profile_header_disk *d = bytes;
	u32 room = fvd_profile_room(limit_bytes), nr;

	if (limit_bytes < FVD_PROFILE_HEADER_BYTES ||
	    le64_to_cpu(d->magic) != FVD_PROFILE_MAGIC)
		return fvd_error_set(error, -ENODATA, "no profile is there");
	if (le32_to_cpu(d->version) != FVD_PROFILE_VERSION)
		return fvd_error_set(error, -EPROTONOSUPPORT,
				     "profile has version %u, expected %u",
				     le32_to_cpu(d->version),
				     FVD_PROFILE_VERSION);
	nr = le32_to_cpu(d->nr_entries);
	if (nr > room)
		return fvd_error_set(error, -EINVAL,
				     "profile has %u entries, room is for %u",
				     nr, room);
	*nr_entries = nr;
	return 0;
}

void fvd_profile_read_base(struct fvd_profile_base *base, const void *bytes)
{
	const struct fvd_profile_header_disk *d = bytes;

	base->size_bytes = le64_to_cpu(d->base_size_bytes);
	base->stamp_kind = le32_to_cpu(d->base_stamp_kind);
	memcpy(base->stamp, d->base_stamp, sizeof(base->stamp));
}

static int check_base(const struct fvd_profile_header_disk *d,
		      const struct fvd_profile_base *base,
		      struct fvd_error *error)
{
	if (le64_to_cpu(d->base_size_bytes) != base->size_bytes)
		return fvd_error_set(error, -ESTALE,
				     "profile is of a base of %llu bytes, this one has %llu",
				     (unsigned long long)le64_to_cpu(d->base_size_bytes),
				     (unsigned long long)base->size_bytes);
	if (le32_to_cpu(d->base_stamp_kind) != base->stamp_kind ||
	    memcmp(d->base_stamp, base->stamp, sizeof(base->stamp)))
		return fvd_error_set(error, -ESTALE,
				     "profile is of a base with another stamp");
	return 0;
}

static int check_header(const struct fvd_profile_header_disk *d,
			struct fvd_error *error)
{
	u32 unit = le32_to_cpu(d->unit_bytes);
	unsigned int i;

	if (le32_to_cpu(d->header_bytes) != FVD_PROFILE_HEADER_BYTES ||
	    le32_to_cpu(d->entry_bytes) != FVD_PROFILE_ENTRY_BYTES)
		return fvd_error_set(error, -EINVAL,
				     "profile has header and entries of %u and %u bytes, expected %u and %u",
				     le32_to_cpu(d->header_bytes),
				     le32_to_cpu(d->entry_bytes),
				     FVD_PROFILE_HEADER_BYTES,
				     FVD_PROFILE_ENTRY_BYTES);
	if (!is_power_of_2(unit) || unit < 1U << FVD_PROFILE_UNIT_MIN_SHIFT ||
	    unit > 1U << FVD_PROFILE_UNIT_MAX_SHIFT)
		return fvd_error_set(error, -EINVAL,
				     "profile has units of %u bytes, expected a power of two from %u to %u",
				     unit, 1U << FVD_PROFILE_UNIT_MIN_SHIFT,
				     1U << FVD_PROFILE_UNIT_MAX_SHIFT);
	if (le32_to_cpu(d->flags) & ~FVD_PROFILE_FLAGS_KNOWN)
		return fvd_error_set(error, -EINVAL,
				     "profile has unknown flags %#x",
				     le32_to_cpu(d->flags));
	for (i = 0; i < sizeof(d->reserved); i++)
		if (d->reserved[i])
			return fvd_error_set(error, -EINVAL,
					     "profile has reserved bytes that are not zero");
	return 0;
}

/* I-PRF-1, of one. */
static int check_entry(const struct fvd_profile *profile, u32 i, u64 base_units,
		       struct fvd_error *error)
{
	const struct fvd_profile_entry *entry = &profile->entries[i];

	if (!entry->nr_units || entry->first_unit >= base_units ||
	    entry->nr_units > base_units - entry->first_unit)
		return fvd_error_set(error, -EINVAL,
				     "profile entry %u has units %llu+%u, the base has %llu",
				     i, (unsigned long long)entry->first_unit,
				     entry->nr_units,
				     (unsigned long long)base_units);
	if (i && entry->time_ms < entry[-1].time_ms)
		return fvd_error_set(error, -EINVAL,
				     "profile entry %u is earlier than the one before",
				     i);
	return 0;
}

/* Heap sort: no recursion, no memory, no bad case for hostile input. */
static void sift_down(const struct fvd_profile_entry *entries, u32 *index,
		      u32 at, u32 nr)
{
	u32 child, swap;

	for (; (child = 2 * at + 1) < nr; at = child) {
		if (child + 1 < nr && entries[index[child]].first_unit <
		    entries[index[child + 1]].first_unit)
			child++;
		if (entries[index[at]].first_unit >=
		    entries[index[child]].first_unit)
			return;
		swap = index[at];
		index[at] = index[child];
		index[child] = swap;
	}
}

static void sort_by_place(const struct fvd_profile_entry *entries, u32 *index,
			  u32 nr)
{
	u32 i, swap;

	for (i = 0; i < nr; i++)
		index[i] = i;
	for (i = nr / 2; i-- > 0;)
		sift_down(entries, index, i, nr);
	for (i = nr; i-- > 1;) {
		swap = index[0];
		index[0] = index[i];
		index[i] = swap;
		sift_down(entries, index, 0, i);
	}
}

/* I-PRF-1, of any two. */
static int check_overlap(const struct fvd_profile *profile, u32 *scratch,
			 struct fvd_error *error)
{
	const struct fvd_profile_entry *entries = profile->entries, *a, *b;
	u32 i;

	sort_by_place(entries, scratch, profile->nr_entries);
	for (i = 1; i < profile->nr_entries; i++) {
		a = &entries[scratch[i - 1]];
		b = &entries[scratch[i]];
		if (a->first_unit + a->nr_units > b->first_unit)
			return fvd_error_set(error, -EINVAL,
					     "profile entries %u and %u overlap",
					     scratch[i - 1], scratch[i]);
	}
	return 0;
}

static int take_over_entries(struct fvd_profile *profile,
			     const struct fvd_profile_header_disk *d,
			     struct fvd_error *error)
{
	const struct fvd_profile_entry_disk *e = (const void *)(d + 1);
	u64 base_units = fvd_profile_base_units(le64_to_cpu(d->base_size_bytes),
						profile->unit_shift);
	u32 i;
	int r;

	for (i = 0; i < profile->nr_entries; i++, e++) {
		profile->entries[i].first_unit = le64_to_cpu(e->first_unit);
		profile->entries[i].nr_units = le32_to_cpu(e->nr_units);
		profile->entries[i].time_ms = le32_to_cpu(e->time_ms);
		r = check_entry(profile, i, base_units, error);
		if (r)
			return r;
		profile->nr_units += profile->entries[i].nr_units;
	}
	if (profile->nr_units != le64_to_cpu(d->nr_units))
		return fvd_error_set(error, -EINVAL,
				     "profile tells of %llu units, its entries have %llu",
				     (unsigned long long)le64_to_cpu(d->nr_units),
				     (unsigned long long)profile->nr_units);
	return 0;
}

/* I-PRF-2: only what came through here is used. */
int fvd_profile_decode(struct fvd_profile *profile, u32 *scratch,
		       const void *bytes, u64 nr_bytes,
		       const struct fvd_profile_base *base,
		       struct fvd_error *error)
{
	const struct fvd_profile_header_disk *d = bytes;
	int r;

	r = fvd_profile_peek(bytes, nr_bytes, &profile->nr_entries, error);
	if (r)
		return r;
	if (profile->nr_entries > profile->max_entries)
		return fvd_error_set(error, -ENOSPC,
				     "profile has %u entries, memory is for %u",
				     profile->nr_entries, profile->max_entries);
	if (profile_crc(bytes, fvd_profile_bytes(profile->nr_entries)) !=
	    le32_to_cpu(d->crc))
		return fvd_error_set(error, -EBADMSG,
				     "profile has a wrong checksum");
	if (base->size_bytes > FVD_SIZE_MAX_BYTES)
		return fvd_error_set(error, -EINVAL,
				     "profile is of a base of %llu bytes, expected at most %llu",
				     (unsigned long long)base->size_bytes,
				     (unsigned long long)FVD_SIZE_MAX_BYTES);
	r = check_base(d, base, error);
	if (!r)
		r = check_header(d, error);
	if (r)
		return r;
	profile->unit_shift = ilog2(le32_to_cpu(d->unit_bytes));
	profile->duration_ms = le32_to_cpu(d->duration_ms);
	profile->truncated = le32_to_cpu(d->flags) & FVD_PROFILE_TRUNCATED;
	profile->nr_units = 0;
	r = take_over_entries(profile, d, error);
	return r ?: check_overlap(profile, scratch, error);
}

void fvd_profile_record_start(struct fvd_profile_recorder *recorder,
			      u64 base_size_bytes, __le64 *touched,
			      struct fvd_profile_entry *entries,
			      u32 max_entries, u64 now_ns)
{
	memset(recorder, 0, sizeof(*recorder));
	recorder->profile.entries = entries;
	recorder->profile.max_entries = max_entries;
	recorder->profile.unit_shift = fvd_profile_unit_shift(base_size_bytes);
	recorder->base_units = fvd_profile_base_units(base_size_bytes,
						      recorder->profile.unit_shift);
	recorder->touched = touched;
	recorder->start_ns = now_ns;
	memset(touched, 0, fvd_bitmap_words(recorder->base_units) * sizeof(*touched));
}

/* Units [*@first, *@end) of a range of sectors, cut at the base's end. */
static void units_of(const struct fvd_profile_recorder *recorder, u64 sector,
		     u64 nr_sectors, u64 *first, u64 *end)
{
	unsigned int shift = UNIT_SECTORS_SHIFT(&recorder->profile);

	*end = min(((sector + nr_sectors - 1) >> shift) + 1,
		   recorder->base_units);
	*first = min(sector >> shift, *end);
}

bool fvd_profile_seen(const struct fvd_profile_recorder *recorder, u64 sector,
		      u64 nr_sectors)
{
	u64 first, end;

	units_of(recorder, sector, nr_sectors, &first, &end);
	return first == end ||
		fvd_bitmap_all_set(recorder->touched, first, end);
}

/* Does the run continue an entry that was worked on lately? */
static bool continue_stream(struct fvd_profile_recorder *recorder, u64 first,
			    u64 nr)
{
	struct fvd_profile *profile = &recorder->profile;
	struct fvd_profile_entry *entry;
	u32 i;

	for (i = 0; i < FVD_PROFILE_NR_STREAMS && i < profile->nr_entries; i++) {
		entry = &profile->entries[recorder->streams[i]];
		if (entry->first_unit + entry->nr_units != first ||
		    nr > U32_MAX - entry->nr_units)
			continue;
		/* Later sweeps must not come before what was between. */
		if ((u64)(entry->nr_units + nr) << profile->unit_shift >
		    FVD_PROFILE_SWEEP_BYTES)
			continue;
		entry->nr_units += nr;
		profile->nr_units += nr;
		return true;
	}
	return false;
}

static void add_run(struct fvd_profile_recorder *recorder, u64 first, u64 nr,
		    u32 time_ms)
{
	struct fvd_profile *profile = &recorder->profile;
	struct fvd_profile_entry *entry;

	if (continue_stream(recorder, first, nr))
		return;
	if (profile->nr_entries == profile->max_entries || nr > U32_MAX) {
		profile->truncated = true;
		return;
	}
	entry = &profile->entries[profile->nr_entries];
	entry->first_unit = first;
	entry->nr_units = nr;
	entry->time_ms = time_ms;
	profile->nr_units += nr;
	recorder->streams[recorder->next_stream] = profile->nr_entries++;
	recorder->next_stream = (recorder->next_stream + 1) %
		FVD_PROFILE_NR_STREAMS;
}

void fvd_profile_record(struct fvd_profile_recorder *recorder, u64 sector,
			u64 nr_sectors, u64 now_ns)
{
	u64 first, end, run_end;
	u32 time_ms;

	units_of(recorder, sector, nr_sectors, &first, &end);
	time_ms = min_t(u64, div_u64(now_ns - recorder->start_ns, NS_PER_MS),
			U32_MAX);
	/* Callers on several processors may come out of order. */
	time_ms = max(time_ms, recorder->profile.duration_ms);
	while (first < end) {
		first = fvd_bitmap_find(recorder->touched, first, end, false);
		if (first == end)
			break;
		run_end = fvd_bitmap_find(recorder->touched, first, end, true);
		/* I-PRF-3 */
		fvd_bitmap_fill(recorder->touched, first, run_end, true);
		add_run(recorder, first, run_end - first, time_ms);
		recorder->profile.duration_ms = time_ms;
		first = run_end;
	}
}

/* Insertion sort: a sweep is short, and mostly in order already. */
static void sort_sweep(struct fvd_profile_entry *entries, u32 nr)
{
	struct fvd_profile_entry entry;
	u32 i, at;

	for (i = 1; i < nr; i++) {
		entry = entries[i];
		for (at = i; at && entries[at - 1].first_unit > entry.first_unit;
		     at--)
			entries[at] = entries[at - 1];
		entries[at] = entry;
	}
}

/* Join what is near in a sorted sweep, to @to; returns how many are left. */
static u32 join_sweep(struct fvd_profile_entry *to,
		      const struct fvd_profile_entry *from, u32 nr, u64 gap)
{
	u32 i, nr_left = 0;
	u64 end;

	for (i = 0; i < nr; i++) {
		end = nr_left ? to[nr_left - 1].first_unit +
			to[nr_left - 1].nr_units : 0;
		if (nr_left && from[i].first_unit <= end + gap &&
		    from[i].first_unit + from[i].nr_units -
		    to[nr_left - 1].first_unit <= U32_MAX) {
			end = max(end, from[i].first_unit + from[i].nr_units);
			to[nr_left - 1].nr_units =
				end - to[nr_left - 1].first_unit;
			to[nr_left - 1].time_ms = min(to[nr_left - 1].time_ms,
						      from[i].time_ms);
		} else {
			to[nr_left++] = from[i];
		}
	}
	return nr_left;
}

void fvd_profile_sort(struct fvd_profile *profile)
{
	u64 gap = FVD_PROFILE_GAP_BYTES >> profile->unit_shift;
	u64 limit = FVD_PROFILE_SWEEP_BYTES >> profile->unit_shift;
	struct fvd_profile_entry *entries = profile->entries;
	u32 from, nr, to = 0, i;
	u64 nr_units;

	for (from = 0; from < profile->nr_entries; from += nr) {
		nr_units = entries[from].nr_units;
		for (nr = 1; from + nr < profile->nr_entries; nr++) {
			nr_units += entries[from + nr].nr_units;
			if (nr_units > limit)
				break;
		}
		sort_sweep(entries + from, nr);
		to += join_sweep(entries + to, entries + from, nr, gap);
	}
	profile->nr_entries = to;
	profile->nr_units = 0;
	for (i = 0; i < to; i++)
		profile->nr_units += entries[i].nr_units;
}

bool fvd_profile_next(const struct fvd_profile *profile,
		      struct fvd_profile_cursor *cursor, u64 base_sectors,
		      u64 max_sectors, u64 *sector, u64 *nr_sectors)
{
	unsigned int shift = UNIT_SECTORS_SHIFT(profile);
	const struct fvd_profile_entry *entry;
	u64 max_units = max_t(u64, max_sectors >> shift, 1), nr;

	if (cursor->entry >= profile->nr_entries)
		return false;
	entry = &profile->entries[cursor->entry];
	nr = min_t(u64, entry->nr_units - cursor->unit, max_units);
	*sector = (entry->first_unit + cursor->unit) << shift;
	*nr_sectors = min(nr << shift, base_sectors - *sector);
	cursor->unit += nr;
	if (cursor->unit == entry->nr_units) {
		cursor->entry++;
		cursor->unit = 0;
	}
	return true;
}
