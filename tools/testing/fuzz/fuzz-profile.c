// SPDX-License-Identifier: GPL-2.0-only
/*
 * A profile region of any content.
 *
 * Input: a byte that says whether checksum and base are made right (else no
 * input would ever get past them), then the region. What is accepted is read
 * through, encoded again and must come out the same.
 */
#include "fuzz.h"
#include "../../../dm-fvd/fvd-profile.h"

/* The checksum that fvd_profile_encode() would have made. */
static void make_right(u8 *bytes, size_t size, struct fvd_profile_base *base)
{
	struct fvd_profile_header_disk *d = (void *)bytes;
	u64 nr_bytes = fvd_profile_bytes(le32_to_cpu(d->nr_entries));

	d->magic = cpu_to_le64(FVD_PROFILE_MAGIC);
	fvd_profile_read_base(base, bytes);
	if (nr_bytes <= size)
		d->crc = cpu_to_le32(crc32c(~0U, bytes + 12, nr_bytes - 12));
}

static void read_through(struct fvd_profile *profile, u64 base_size_bytes)
{
	u64 base_sectors = base_size_bytes >> 9, sector, nr;
	struct fvd_profile_cursor cursor = { 0 };
	unsigned int pieces = 0;

	/* The last unit of a base with an odd size. */
	base_sectors += !!(base_size_bytes & 511);
	fvd_profile_sort(profile);
	while (pieces++ < 10000 &&
	       fvd_profile_next(profile, &cursor, base_sectors, 2048, &sector, &nr))
		assert(nr && sector + nr <= base_sectors);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fvd_profile_base base = { .size_bytes = 1 << 30 };
	struct fvd_error error = { "" };
	struct fvd_profile profile = { };
	u8 *bytes, *again;
	u32 *scratch, nr;
	int r;

	if (size < 1 + FVD_PROFILE_HEADER_BYTES)
		return 0;
	bytes = malloc(size - 1);
	memcpy(bytes, data + 1, size - 1);
	if (data[0] & 1)
		make_right(bytes, size - 1, &base);
	r = fvd_profile_peek(bytes, size - 1, &nr, &error);
	if (!r) {
		assert(fvd_profile_bytes(nr) <= size - 1);
		profile.max_entries = nr;
		profile.entries = malloc((size_t)nr * sizeof(*profile.entries));
		scratch = malloc((size_t)nr * sizeof(*scratch));
		r = fvd_profile_decode(&profile, scratch, bytes, size - 1, &base,
				       &error);
		if (!r) {
			again = malloc(fvd_profile_bytes(nr));
			fvd_profile_encode(&profile, &base, again);
			assert(!memcmp(bytes, again, fvd_profile_bytes(nr)));
			free(again);
			read_through(&profile, base.size_bytes);
		}
		free(scratch);
		free(profile.entries);
	}
	assert(!r == !error.text[0]);
	free(bytes);
	return 0;
}
