// SPDX-License-Identifier: GPL-2.0-only
/*
 * Free buffers form a list through their first word. Nothing goes back to the
 * system before the end: page faults cost more than anything else in UML.
 */
#include <stdlib.h>

#include "stress-buffer.h"

#define SMALLEST	4096U

static u32 buffer_class(u64 bytes)
{
	u32 class = 0;

	while ((u64)SMALLEST << class < bytes)
		class++;
	return class;
}

void *buffer_get(struct stress_buffers *buffers, u64 bytes)
{
	u32 class = buffer_class(bytes);
	u64 size = (u64)SMALLEST << class;
	void *buffer;

	if (class >= BUFFER_CLASSES)
		return NULL;
	buffer = buffers->free[class];
	if (buffer)
		buffers->free[class] = *(void **)buffer;
	else if (posix_memalign(&buffer, SMALLEST, size))
		return NULL;
	buffers->used_bytes += size;
	return buffer;
}

void buffer_put(struct stress_buffers *buffers, void *buffer, u64 bytes)
{
	u32 class = buffer_class(bytes);

	if (!buffer)
		return;
	*(void **)buffer = buffers->free[class];
	buffers->free[class] = buffer;
	buffers->used_bytes -= (u64)SMALLEST << class;
}

void buffer_free_all(struct stress_buffers *buffers)
{
	void *buffer;
	u32 class;

	for (class = 0; class < BUFFER_CLASSES; class++) {
		while (buffers->free[class]) {
			buffer = buffers->free[class];
			buffers->free[class] = *(void **)buffer;
			free(buffer);
		}
	}
}
