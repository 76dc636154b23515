/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's names for fixed-width integers, as far as fvd-stress uses them.
 * They come from <linux/types.h> and not from tools/lib, because liburing.h
 * brings that header in too, and there a u64 is an unsigned long long: printed
 * with %llu everywhere.
 */
#ifndef STRESS_TYPES_H
#define STRESS_TYPES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef __u8 u8;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;

#define SECTOR_BYTES	512U
#define SECTOR_SHIFT	9

#ifndef __must_check
#define __must_check	__attribute__((__warn_unused_result__))
#endif
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* A line for the user who did something wrong, or whose machine did. */
#define complain(format, ...) \
	fprintf(stderr, "fvd-stress: " format "\n", ##__VA_ARGS__)

static inline u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

static inline u64 max_u64(u64 a, u64 b)
{
	return a > b ? a : b;
}

#endif /* STRESS_TYPES_H */
