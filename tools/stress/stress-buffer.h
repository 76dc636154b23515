/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Aligned buffers of powers of two, kept for the next request.
 */
#ifndef STRESS_BUFFER_H
#define STRESS_BUFFER_H

#include "stress-types.h"

/** Classes: 4 KiB to 16 MiB, and more that nobody uses. */
#define BUFFER_CLASSES	16

/**
 * struct stress_buffers - free buffers by class
 * @used_bytes: size of those that are handed out
 */
struct stress_buffers {
	void *free[BUFFER_CLASSES];
	u64 used_bytes;
};

/**
 * buffer_get() - a buffer of at least @bytes, aligned to 4096
 *
 * Return: the buffer, for buffer_put() with the same @bytes; NULL without
 * memory.
 */
void *buffer_get(struct stress_buffers *buffers, u64 bytes);

/** buffer_put() - give a buffer back; NULL is allowed */
void buffer_put(struct stress_buffers *buffers, void *buffer, u64 bytes);

/** buffer_free_all() - give the free buffers back to the system */
void buffer_free_all(struct stress_buffers *buffers);

#endif /* STRESS_BUFFER_H */
