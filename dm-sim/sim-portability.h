/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pure files of dm-sim take from their surroundings.
 *
 * The same layer 0 sources are compiled into the module, into the KUnit suites
 * and into user space. This header is the only place in them that knows which.
 */
#ifndef SIM_PORTABILITY_H
#define SIM_PORTABILITY_H

#ifdef __KERNEL__

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/types.h>

static inline void sim_sort(void *base, size_t count, size_t size,
			    int (*compare)(const void *, const void *))
{
	sort(base, count, size, compare, NULL);
}

#else /* user space */

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

#define U32_MAX 0xffffffffu
#define U64_MAX 0xffffffffffffffffull
#define S64_MAX 0x7fffffffffffffffll
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define __must_check __attribute__((warn_unused_result))
#define __printf(f, a) __attribute__((__format__(printf, f, a)))

#ifndef static_assert
#define static_assert(condition) _Static_assert(condition, #condition)
#endif

#ifndef container_of
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#endif

static inline u64 div64_u64_rem(u64 dividend, u64 divisor, u64 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

static inline void sim_sort(void *base, size_t count, size_t size,
			    int (*compare)(const void *, const void *))
{
	qsort(base, count, size, compare);
}

/* A ring of nodes with a head that holds no payload. */
struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline void list_add(struct list_head *node, struct list_head *after)
{
	node->prev = after;
	node->next = after->next;
	after->next->prev = node;
	after->next = node;
}

static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	list_add(node, head->prev);
}

static inline void list_del_init(struct list_head *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	INIT_LIST_HEAD(node);
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_move_tail(struct list_head *node, struct list_head *head)
{
	list_del_init(node);
	list_add_tail(node, head);
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first_entry(head, type, member) \
	list_entry((head)->next, type, member)
#define list_for_each_entry(pos, head, member) \
	for (pos = list_entry((head)->next, __typeof__(*pos), member); \
	     &pos->member != (head); \
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))
#define list_for_each_entry_reverse(pos, head, member) \
	for (pos = list_entry((head)->prev, __typeof__(*pos), member); \
	     &pos->member != (head); \
	     pos = list_entry(pos->member.prev, __typeof__(*pos), member))
#define list_for_each_entry_safe(pos, tmp, head, member) \
	for (pos = list_entry((head)->next, __typeof__(*pos), member), \
	     tmp = list_entry(pos->member.next, __typeof__(*pos), member); \
	     &pos->member != (head); \
	     pos = tmp, \
	     tmp = list_entry(tmp->member.next, __typeof__(*tmp), member))

#endif /* __KERNEL__ */

#endif /* SIM_PORTABILITY_H */
