/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All differences between kernel versions that dm-sim meets, by feature test.
 */
#ifndef SIM_COMPAT_H
#define SIM_COMPAT_H

#include <linux/blk_types.h>
#include <linux/device-mapper.h>

/* BLK_STS_NEXUS became BLK_STS_RESV_CONFLICT in 6.5. */
#ifdef BLK_STS_RESV_CONFLICT
#define SIM_BLK_STS_RESERVATION BLK_STS_RESV_CONFLICT
#else
#define SIM_BLK_STS_RESERVATION BLK_STS_NEXUS
#endif

/*
 * __assign_str() lost its second argument in 6.10. No macro tells the two
 * apart before they are used, so this one asks for the version.
 */
#include <linux/version.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define sim_assign_str(destination, source) __assign_str(destination)
#else
#define sim_assign_str(destination, source) __assign_str(destination, source)
#endif

#endif /* SIM_COMPAT_H */
