/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What layer 0 needs from its surroundings, for the kernel and for user space.
 *
 * Layer 0 is compiled from the same files into the module, into KUnit suites
 * and into the tools. This header is the only place in it that may ask which one
 * it is. It gives fixed-width types, little-endian conversion, crc32c, a few
 * macros of the kernel's dialect, and nothing that allocates, sleeps or does
 * I/O.
 */
#ifndef FVD_PORTABILITY_H
#define FVD_PORTABILITY_H

#ifdef __KERNEL__

#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/crc32c.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/preempt.h>
#include <linux/stdarg.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/barrier.h>
#include <asm/byteorder.h>

#else /* user space: the same names, from tools/lib */

#include "fvd-userspace.h"

#endif /* __KERNEL__ */

#define FVD_SECTOR_SHIFT	9
#define FVD_SECTOR_BYTES	512U

#endif /* FVD_PORTABILITY_H */
