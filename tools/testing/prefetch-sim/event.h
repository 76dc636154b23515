/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual time: events in the order of their times, equal times in the order
 * in which they were added. So a run depends on nothing but its seeds.
 */
#ifndef EVENT_H
#define EVENT_H

#include "fvd-portability.h"

typedef void (*event_fn)(void *context, u64 argument);

/** event_now_ns() - the time of the event that runs. */
u64 event_now_ns(void);

/** event_add() - call @fn at @at_ns, or now, if that is past. */
void event_add(u64 at_ns, event_fn fn, void *context, u64 argument);

/** event_run() - run events until @until_ns; the time is that afterwards. */
void event_run(u64 until_ns);

/** event_reset() - no events, time 1 s: 0 means "never" in places. */
void event_reset(void);

#endif /* EVENT_H */
