/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The call stack of the running task, by its frame pointers. uml-kernel puts
 * this file into arch/um/kernel/, where save_stack_trace() calls it.
 *
 * UML itself looks whether each word of the stack might be an address of code,
 * and goes on to the stack's end when the trace is full. KASAN saves a stack
 * for each allocation and each release: that was more than half of the time of
 * a power-cut campaign. With CONFIG_FRAME_POINTER every function of kernel and
 * modules begins with a frame, so that the chain gives the same callers.
 *
 * I-UST-1: nothing outside the stack is read: frames lie above each other, in
 * the THREAD_SIZE that the stack pointer is in. A broken chain ends the trace.
 *
 * Left out on purpose: other tasks' stacks, and those printed with an Oops:
 * there the walk that trusts nothing stays.
 */
#ifndef UML_STACK_H
#define UML_STACK_H

static noinline void save_own_frames(struct stack_trace *trace)
{
	unsigned long frame = (unsigned long)__builtin_frame_address(0);
	unsigned long end = (frame | (THREAD_SIZE - 1)) + 1;
	unsigned int skip = trace->skip + 1;
	unsigned long caller;

	while (trace->nr_entries < trace->max_entries) {
		caller = READ_ONCE_NOCHECK(((unsigned long *)frame)[1]);
		if (!caller)
			break;
		/* The innermost frames are this machinery's own. */
		if (skip)
			skip--;
		else
			trace->entries[trace->nr_entries++] = caller;
		caller = READ_ONCE_NOCHECK(*(unsigned long *)frame);
		if (caller <= frame || caller % sizeof(long) ||
		    caller > end - 2 * sizeof(long))
			break;
		frame = caller;
	}
}

#endif /* UML_STACK_H */
