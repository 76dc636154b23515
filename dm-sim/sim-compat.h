/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All differences between kernel versions that dm-sim meets, by feature test.
 */
#ifndef SIM_COMPAT_H
#define SIM_COMPAT_H

#include <linux/blk_types.h>

/* BLK_STS_NEXUS became BLK_STS_RESV_CONFLICT in 6.5. */
#ifdef BLK_STS_RESV_CONFLICT
#define SIM_BLK_STS_RESERVATION BLK_STS_RESV_CONFLICT
#else
#define SIM_BLK_STS_RESERVATION BLK_STS_NEXUS
#endif

#endif /* SIM_COMPAT_H */
