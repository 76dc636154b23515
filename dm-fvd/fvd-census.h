/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many blocks of a range are local, in the base, or zeros: for who draws a
 * disk.
 */
#ifndef FVD_CENSUS_H
#define FVD_CENSUS_H

#include "fvd-map.h"

/**
 * struct fvd_census - of a range of blocks.
 * @nr_local: in the image
 * @nr_base: in the base only
 * @nr_zero: in neither: they read as zeros
 */
struct fvd_census {
	u64 nr_local;
	u64 nr_base;
	u64 nr_zero;
};

/**
 * fvd_census_take() - count the blocks of [@first, @end).
 * @map: loaded; without a bitmap everything is local
 * @first: first block
 * @end: behind the last one, at most the number of blocks
 * @census: receives the numbers
 *
 * Any context, no lock: what changes meanwhile may be counted as before or
 * after. Takes some microseconds for a million blocks.
 */
void fvd_census_take(const struct fvd_map *map, u64 first, u64 end,
		     struct fvd_census *census);

#endif /* FVD_CENSUS_H */
