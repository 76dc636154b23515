/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything in which the supported kernels differ, 6.1 and newer.
 *
 * By feature test where the kernel offers a macro to test, by version number
 * where it does not. Nothing else in the driver asks for the kernel's version.
 */
#ifndef FVD_COMPAT_H
#define FVD_COMPAT_H

#include <linux/blkdev.h>
#include <linux/device-mapper.h>
#include <linux/dm-io.h>
#include <linux/ioprio.h>
#include <linux/version.h>

/* 6.5 replaced fmode_t by blk_mode_t in the block layer. */
#ifdef BLK_OPEN_READ
#define FVD_MODE_READ	BLK_OPEN_READ
#define FVD_MODE_WRITE	BLK_OPEN_WRITE
typedef blk_mode_t fvd_mode_t;
#else
#define FVD_MODE_READ	FMODE_READ
#define FVD_MODE_WRITE	FMODE_WRITE
typedef fmode_t fvd_mode_t;
#endif

/* 6.9 split the discard limit into the device's and the user's. */
static inline void fvd_limits_set_discard(struct queue_limits *limits,
					  unsigned int granularity_bytes,
					  unsigned int max_sectors)
{
	limits->discard_granularity = granularity_bytes;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	limits->max_hw_discard_sectors = max_sectors;
#else
	limits->max_discard_sectors = max_sectors;
#endif
}

/*
 * dm_io() has an I/O priority since 6.10, and since 6.1.83 and 6.6.23 of the
 * stable series, where no macro tells. Older ones are not supported.
 */
static inline int fvd_dm_io(struct dm_io_request *request,
			    struct dm_io_region *where)
{
	unsigned long error_bits;

	return dm_io(request, 1, where, &error_bits, IOPRIO_DEFAULT);
}

/*
 * Does a write with REQ_PREFLUSH fail if its flush fails? Drivers of queues keep
 * that promise (blk-flush.c). The core of device-mapper does not, in all kernels
 * to this day: it forgets the error of the flush and goes on with the write
 * (bio_is_flush_with_data() in dm.c). Whoever relies on the order has to send
 * the flush alone then.
 */
static inline bool fvd_preflush_is_reported(struct block_device *bdev)
{
	return queue_is_mq(bdev_get_queue(bdev));
}

#endif /* FVD_COMPAT_H */
