// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench-replay DEVICE SPEED < boot.trace: ask a disk what a guest asked its own
 * while it booted, as tools/testing/bench/record-boot has recorded it. Prints as
 * JSON how long that took.
 *
 * A guest does not ask at fixed times: it waits for what it has asked for. So each
 * request is issued as long after the end of another as it was when it was
 * recorded; that other is the one that had ended last by then. What lies between
 * is taken for work of the processor: SPEED divides it, for one that is so many
 * times as fast as the recorded one (10^9 instructions a second). All data is
 * read and written directly; what is written is nonsense.
 */
#include <fcntl.h>

#include "bench-common.h"

#define MAX_REQUESTS	65536U
#define MAX_DEPTH	256U

struct request {
	u64 issue_us;		/* as recorded */
	u64 end_us;
	char kind;
	u64 sector;
	u64 nr_sectors;
	long after;		/* the request whose end it follows; -1: the start */
	u64 think_ns;		/* so long after it */
	u64 ended_ns;		/* now; 0: not yet */
	struct iocb cb;
};

struct replay {
	struct request *requests;
	long nr;
	long nr_ended;
	long next;
	u64 start_ns;
	u64 read_bytes;
	int fd;
	u8 *buffer;
	aio_context_t context;
};

static void read_trace(struct replay *replay)
{
	struct request *r;
	char line[128];
	unsigned long long v[4];

	replay->requests = calloc(MAX_REQUESTS, sizeof(*replay->requests));
	if (!replay->requests)
		refuse("no memory");
	while (fgets(line, sizeof(line), stdin)) {
		r = &replay->requests[replay->nr++];
		if (replay->nr == MAX_REQUESTS ||
		    sscanf(line, "%llu %llu %c %llu %llu", &v[0], &v[1], &r->kind,
			   &v[2], &v[3]) != 5 || v[1] < v[0] || !v[3] || v[3] > 8192)
			refuse("this is no trace");
		r->issue_us = v[0];
		r->end_us = v[1];
		r->sector = v[2];
		r->nr_sectors = v[3];
	}
}

/* A thousand requests: looking at all in front of each is nothing. */
static void find_what_they_wait_for(struct replay *replay, u64 speed)
{
	struct request *r, *other;
	u64 since_us;
	long i, j;

	for (i = 0; i < replay->nr; i++) {
		r = &replay->requests[i];
		r->after = -1;
		since_us = 0;
		for (j = 0; j < i; j++) {
			other = &replay->requests[j];
			if (other->end_us > r->issue_us ||
			    (r->after >= 0 && other->end_us < since_us))
				continue;
			r->after = j;
			since_us = other->end_us;
		}
		r->think_ns = (r->issue_us - since_us) * 1000 / speed;
	}
}

/* When it is due; U64_MAX: what it waits for is under way. */
static u64 due_ns(const struct replay *replay, const struct request *r)
{
	if (r->after < 0)
		return replay->start_ns + r->think_ns;
	if (!replay->requests[r->after].ended_ns)
		return UINT64_MAX;
	return replay->requests[r->after].ended_ns + r->think_ns;
}

static void issue(struct replay *replay, struct request *r)
{
	struct iocb *cb = &r->cb;

	cb->aio_data = (uintptr_t)r;
	cb->aio_lio_opcode = r->kind == 'R' ? IOCB_CMD_PREAD : IOCB_CMD_PWRITE;
	cb->aio_fildes = replay->fd;
	cb->aio_buf = (uintptr_t)replay->buffer;
	cb->aio_nbytes = r->nr_sectors * SECTOR_BYTES;
	cb->aio_offset = r->sector * SECTOR_BYTES;
	if (r->kind == 'R')
		replay->read_bytes += cb->aio_nbytes;
	aio_submit(replay->context, &cb, 1);
}

static void collect(struct replay *replay, u64 until_ns)
{
	struct io_event events[MAX_DEPTH];
	struct timespec wait, *limit = NULL;
	u64 now = now_ns();
	struct request *r;
	long got, i;

	if (until_ns != UINT64_MAX) {
		until_ns = until_ns > now ? until_ns - now : 0;
		wait.tv_sec = until_ns / 1000000000;
		wait.tv_nsec = until_ns % 1000000000;
		limit = &wait;
	}
	got = syscall(SYS_io_getevents, replay->context, 1, MAX_DEPTH, events, limit);
	if (got < 0)
		die("io_getevents");
	now = now_ns();
	for (i = 0; i < got; i++) {
		r = (struct request *)(uintptr_t)events[i].data;
		if (events[i].res != (long long)r->cb.aio_nbytes)
			refuse("a request failed");
		r->ended_ns = now;
		replay->nr_ended++;
	}
}

/* In their order: none is issued in front of one that was recorded before it. */
static void run(struct replay *replay)
{
	u64 due;

	replay->start_ns = now_ns();
	while (replay->nr_ended < replay->nr) {
		due = UINT64_MAX;
		while (replay->next < replay->nr &&
		       replay->next - replay->nr_ended < MAX_DEPTH) {
			due = due_ns(replay, &replay->requests[replay->next]);
			if (due > now_ns())
				break;
			issue(replay, &replay->requests[replay->next++]);
			due = UINT64_MAX;
		}
		if (replay->next > replay->nr_ended)
			collect(replay, due);
		else if (replay->next < replay->nr)
			sleep_until(due);
	}
}

int main(int argc, char **argv)
{
	struct replay replay = { .fd = -1 };
	u64 speed = argc == 3 ? strtoull(argv[2], NULL, 0) : 0;

	if (!speed)
		refuse("how: bench-replay DEVICE SPEED < TRACE");
	read_trace(&replay);
	find_what_they_wait_for(&replay, speed);
	/* One for all: nobody looks at it. */
	replay.buffer = allocate(8192 * SECTOR_BYTES);
	replay.fd = open(argv[1], O_RDWR | O_DIRECT);
	if (replay.fd < 0)
		die(argv[1]);
	if (syscall(SYS_io_setup, MAX_DEPTH, &replay.context))
		die("io_setup");
	run(&replay);
	printf("{\"requests\": %ld, \"read_bytes\": %llu, \"ns\": %llu}\n", replay.nr,
	       (unsigned long long)replay.read_bytes,
	       (unsigned long long)(now_ns() - replay.start_ns));
	return 0;
}
