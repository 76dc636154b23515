/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Failing allocations, chosen by their number: those of the calling thread, or
 * those that dm-fvd makes, there and in the kernel's worker threads.
 */
#ifndef CAMPAIGN_MEMORY_H
#define CAMPAIGN_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/** enum memory_user - whose allocation fails
 * @MEMORY_OF_CALLER: any that the kernel makes for the calling thread; single
 *	pages never fail, as there are many and few are dm-fvd's
 * @MEMORY_OF_DRIVER: dm-fvd's, of the calling thread and in worker threads; each
 *	thread counts its own
 */
enum memory_user {
	MEMORY_OF_CALLER,
	MEMORY_OF_DRIVER,
};

/**
 * memory_begin() - before the first memory_fail()
 * @user: whose allocations
 *
 * Return: 0, or -1 if this kernel can not do that.
 */
int memory_begin(enum memory_user user);

/**
 * memory_fail() - the @nth allocation from now on fails
 * @user: as begun
 * @nth: from 1 on
 */
void memory_fail(enum memory_user user, uint64_t nth);

/**
 * memory_end() - no allocation fails any more
 * @user: as begun
 *
 * Return: did none come so far that it failed?
 */
bool memory_end(enum memory_user user);

#endif /* CAMPAIGN_MEMORY_H */
