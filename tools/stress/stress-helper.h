/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads for discards where the kernel has no asynchronous ones (before
 * 6.12). Results come through a pipe, which io_uring can wait for.
 */
#ifndef STRESS_HELPER_H
#define STRESS_HELPER_H

#include "stress-types.h"

struct stress_helper;

/** struct helper_result - @tag: as given to helper_discard(). @result: errno. */
struct helper_result {
	void *tag;
	s32 result;
	u32 padding;
};

/**
 * helper_create() - start the threads
 * @fd: the block device
 *
 * Return: the helper, for helper_destroy(); NULL if there are no resources.
 */
struct stress_helper *helper_create(int fd);

/** helper_destroy() - end the threads; nothing may be in work; NULL is allowed */
void helper_destroy(struct stress_helper *helper);

/**
 * helper_discard() - discard a range
 * @helper: the helper
 * @tag: comes back with the result: 0 or negative errno
 * @offset: in bytes
 * @bytes: length
 */
void helper_discard(struct stress_helper *helper, void *tag, u64 offset,
		    u64 bytes);

/** helper_fd() - where struct helper_result can be read, one or more at once */
int helper_fd(const struct stress_helper *helper);

#endif /* STRESS_HELPER_H */
