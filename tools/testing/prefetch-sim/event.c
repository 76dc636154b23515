// SPDX-License-Identifier: GPL-2.0-only
/* Virtual time: a binary heap of events. */
#include <stdlib.h>

#include "event.h"

struct event {
	u64 at_ns;
	u64 order;
	event_fn fn;
	void *context;
	u64 argument;
};

static struct event *heap;
static size_t nr_events, max_events;
static u64 now_ns, next_order;

u64 event_now_ns(void)
{
	return now_ns;
}

static bool is_before(const struct event *a, const struct event *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

void event_add(u64 at_ns, event_fn fn, void *context, u64 argument)
{
	struct event event = {
		.at_ns = at_ns < now_ns ? now_ns : at_ns,
		.order = next_order++,
		.fn = fn,
		.context = context,
		.argument = argument,
	};
	size_t at = nr_events++, parent;

	if (nr_events > max_events) {
		struct event *larger;

		max_events = max_events ? 2 * max_events : 1024;
		larger = realloc(heap, max_events * sizeof(*heap));
		assert(larger);
		heap = larger;
	}
	for (; at; at = parent) {
		parent = (at - 1) / 2;
		if (!is_before(&event, &heap[parent]))
			break;
		heap[at] = heap[parent];
	}
	heap[at] = event;
}

static struct event pop(void)
{
	struct event first = heap[0], last = heap[--nr_events];
	size_t at = 0, child;

	while ((child = 2 * at + 1) < nr_events) {
		if (child + 1 < nr_events &&
		    is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &last))
			break;
		heap[at] = heap[child];
		at = child;
	}
	if (nr_events)
		heap[at] = last;
	return first;
}

void event_run(u64 until_ns)
{
	struct event event;

	while (nr_events && heap[0].at_ns <= until_ns) {
		event = pop();
		now_ns = event.at_ns;
		event.fn(event.context, event.argument);
	}
	now_ns = until_ns;
}

void event_reset(void)
{
	nr_events = 0;
	next_order = 0;
	now_ns = 1000000000ULL;
}
