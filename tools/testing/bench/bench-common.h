/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs of the benchmark share: errors, memory, the clock. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <errno.h>
#include <linux/aio_abi.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

typedef uint64_t u64;
typedef uint8_t u8;

#define SECTOR_BYTES	512U

static inline void die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
		strerror(errno));
	exit(1);
}

static inline void refuse(const char *what)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
	exit(2);
}

#define HUGE_PAGE_BYTES	(2UL << 20)

/*
 * Large buffers in huge pages: how many pieces a bio of 1 MiB has, and what each
 * costs, must not depend on which pages happened to be free.
 */
static inline void *allocate(u64 bytes)
{
	bool huge = bytes >= HUGE_PAGE_BYTES / 2;
	u64 unit = huge ? HUGE_PAGE_BYTES : 4096;
	void *memory;

	bytes = (bytes + unit - 1) / unit * unit;
	if (posix_memalign(&memory, unit, bytes))
		refuse("no memory");
	if (huge && madvise(memory, bytes, MADV_HUGEPAGE))
		die("huge pages");
	/* Touched now: a page fault in the loop would count. */
	memset(memory, 0x5a, bytes);
	return memory;
}

static inline u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static inline void sleep_until(u64 ns)
{
	struct timespec when = { ns / 1000000000, ns % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
		;
}

static inline void aio_submit(aio_context_t context, struct iocb **cbs, long nr)
{
	long done, r;

	for (done = 0; done < nr; done += r) {
		r = syscall(SYS_io_submit, context, nr - done, cbs + done);
		if (r <= 0)
			die("io_submit");
	}
}

#endif /* BENCH_COMMON_H */
