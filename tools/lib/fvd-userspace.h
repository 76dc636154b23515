/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's dialect for layer 0 in user space: types, byte order, a few
 * macros. Included by fvd-portability.h only. scripts/check passes over this
 * file with checkpatch: it defines what checkpatch asks to be used.
 */
#ifndef FVD_USERSPACE_H
#define FVD_USERSPACE_H

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <linux/types.h>	/* __le16, __le32, __le64 */

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define cpu_to_le16(x)	htole16(x)
#define cpu_to_le32(x)	htole32(x)
#define cpu_to_le64(x)	htole64(x)
#define le16_to_cpu(x)	le16toh(x)
#define le32_to_cpu(x)	le32toh(x)
#define le64_to_cpu(x)	le64toh(x)

#define __packed	__attribute__((__packed__))
#define __aligned(x)	__attribute__((__aligned__(x)))
#define __must_check	__attribute__((__warn_unused_result__))
#define __force
#define __printf(a, b)	__attribute__((__format__(printf, a, b)))
#define __noreturn	__attribute__((__noreturn__))
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define fallthrough	__attribute__((__fallthrough__))

/* With or without a message, also before C2x. */
#undef static_assert
#define static_assert(expr, ...) __static_assert(expr, ##__VA_ARGS__, #expr)
#define __static_assert(expr, msg, ...) _Static_assert(expr, msg)

#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define hweight64(x)	((unsigned int)__builtin_popcountll(x))
#define __ffs64(x)	((unsigned long)__builtin_ctzll(x))
/* Shared only between threads of one program; see the kernel's for the rest. */
#define smp_rmb()	__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define preempt_disable()	do { } while (0)
#define preempt_enable()	do { } while (0)
#define smp_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)

#define BIT(n)		(1UL << (n))
#define BIT_ULL(n)	(1ULL << (n))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define min(a, b) \
	({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a < _b ? _a : _b; })
#define max(a, b) \
	({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a > _b ? _a : _b; })
#define min_t(t, a, b)	min((t)(a), (t)(b))
#define max_t(t, a, b)	max((t)(a), (t)(b))
#define round_up(x, y)	((((x) - 1) | ((__typeof__(x))(y) - 1)) + 1)
#define round_down(x, y) ((x) & ~((__typeof__(x))(y) - 1))
#define is_power_of_2(n) \
	({ u64 _n = (n); _n != 0 && (_n & (_n - 1)) == 0; })
#define div64_u64(a, b)	((u64)(a) / (u64)(b))
#define div_u64(a, b)	((u64)(a) / (u32)(b))
#define ilog2(n)	(63 - __builtin_clzll((unsigned long long)(n)))

#ifndef U32_MAX
#define U32_MAX		((u32)~0U)
#define U64_MAX		((u64)~0ULL)
#define S64_MAX		((s64)(U64_MAX >> 1))
#endif

/* Castagnoli CRC, same conventions as the kernel's: no inversion inside. */
u32 crc32c(u32 crc, const void *data, unsigned int len);

#endif /* FVD_USERSPACE_H */
