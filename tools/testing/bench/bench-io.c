// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench-io: the measurement loop of the benchmark.
 *
 * Reads or writes places of a block device, directly, and prints as JSON how
 * long it took, or checks the whole content. Every sector carries a stamp made
 * of its number and its generation; a state file holds the generation of each
 * 4 KiB block, so that a later call knows what has to be there. "bench-io --mark
 * begin|end" only tells the profiler.
 *
 * Time is the guest's: where its clock counts instructions, nanoseconds are
 * instructions, those of this loop included. So it does the same for everybody,
 * and data is checked outside of the measured loop.
 */
#include <fcntl.h>
#include <getopt.h>
#include <liburing.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <linux/fs.h>

#include "bench-common.h"

#define BLOCK_BYTES	4096U
#define MAX_DEPTH	128U

/*
 * How requests are handed to the kernel. The ring first asks for an answer
 * without waiting, and hands what can not be had that way to a thread, which
 * costs more than the I/O itself: so it tells something of its own.
 */
enum engine { ENGINE_SYNC, ENGINE_AIO, ENGINE_RING };
enum order { ORDER_RANDOM, ORDER_ONCE, ORDER_SEQUENTIAL };

struct bench {
	const char *device;
	const char *state_path;
	const char *latency_path;
	bool write;
	bool verify;
	bool fsync_each;
	bool markers;		/* tell the profiler where the loop is */
	enum engine engine;
	enum order order;
	u64 io_bytes;
	u64 span_bytes;		/* of the device, from its start */
	u64 count;		/* 0: as many as ORDER_ONCE has */
	u64 rate;		/* a second; 0: one after the other */
	unsigned int depth;
	u64 random;
	unsigned int generation;

	int fd;
	u8 *state;		/* generation of each block */
	u64 *places;		/* byte offsets, in order */
	u64 *latency_ns;
	u64 start_ns;
	u64 total_ns;
};

struct slot {
	u8 *buffer;
	u64 index;
	u64 start_ns;
};

/*
 * Instructions that do nothing, and that tools/testing/bench/profile.c knows
 * by their bytes.
 */
static inline void mark_begin(void)
{
	asm volatile(".byte 0x0f, 0x1f, 0x80, 0x44, 0x56, 0x46, 0x01" ::: "memory");
}

static inline void mark_end(void)
{
	asm volatile(".byte 0x0f, 0x1f, 0x80, 0x44, 0x56, 0x46, 0x02" ::: "memory");
}

/* Setting up rings and contexts, and waiting for their end, is not measured. */
static void clock_begin(struct bench *bench)
{
	bench->start_ns = now_ns();
	if (bench->markers)
		mark_begin();
}

static void clock_end(struct bench *bench)
{
	if (bench->markers)
		mark_end();
	bench->total_ns = now_ns() - bench->start_ns;
}

/* xorshift64* */
static u64 next_random(struct bench *bench)
{
	bench->random ^= bench->random >> 12;
	bench->random ^= bench->random << 25;
	bench->random ^= bench->random >> 27;
	return bench->random * 0x2545f4914f6cdd1dULL;
}

static u64 stamp(u64 sector, unsigned int generation)
{
	return (sector + 1) * 0x9e3779b97f4a7c15ULL ^
		(u64)generation * 0xc2b2ae3d27d4eb4fULL;
}

static void stamp_buffer(u8 *buffer, u64 offset, u64 bytes,
			 unsigned int generation)
{
	u64 at, value;

	for (at = 0; at < bytes; at += SECTOR_BYTES) {
		value = stamp((offset + at) / SECTOR_BYTES, generation);
		memcpy(buffer + at, &value, sizeof(value));
	}
}

static void load_state(struct bench *bench)
{
	u64 nr_blocks = bench->span_bytes / BLOCK_BYTES;
	FILE *file;

	bench->state = calloc(nr_blocks, 1);
	if (!bench->state)
		refuse("no memory");
	file = bench->state_path ? fopen(bench->state_path, "r") : NULL;
	if (!file)
		return; /* all blocks are of generation 0 */
	if (fread(bench->state, 1, nr_blocks, file) != nr_blocks)
		refuse("the state file is shorter than the device");
	fclose(file);
}

static void save_state(struct bench *bench)
{
	u64 nr_blocks = bench->span_bytes / BLOCK_BYTES;
	FILE *file;

	if (!bench->state_path || !bench->write)
		return;
	file = fopen(bench->state_path, "w");
	if (!file || fwrite(bench->state, 1, nr_blocks, file) != nr_blocks ||
	    fclose(file))
		die(bench->state_path);
}

/* Every byte: stamps, and the filler between them. */
static void verify(struct bench *bench)
{
	const u64 step = 1 << 20;
	u8 *buffer = allocate(step), *want = allocate(SECTOR_BYTES);
	u64 offset, at, bytes, sector, value;
	unsigned int generation;
	ssize_t got;

	for (offset = 0; offset < bench->span_bytes; offset += bytes) {
		bytes = bench->span_bytes - offset;
		if (bytes > step)
			bytes = step;
		got = pread(bench->fd, buffer, bytes, offset);
		if (got != (ssize_t)bytes)
			die("read, to compare");
		for (at = 0; at < bytes; at += SECTOR_BYTES) {
			sector = (offset + at) / SECTOR_BYTES;
			generation = bench->state[(offset + at) / BLOCK_BYTES];
			value = stamp(sector, generation);
			memcpy(want, &value, sizeof(value));
			if (!memcmp(buffer + at, want, SECTOR_BYTES))
				continue;
			fprintf(stderr,
				"bench-io: %s: sector %llu is not what was written last (generation %u)\n",
				bench->device, (unsigned long long)sector,
				generation);
			exit(3);
		}
	}
	printf("{\"verified_bytes\": %llu}\n",
	       (unsigned long long)bench->span_bytes);
}

/* Every place once, in random order (Fisher-Yates), the first @count of them. */
static void shuffle(struct bench *bench, u64 nr_places)
{
	u64 *all = malloc(nr_places * sizeof(*all)), i, other, kept;

	if (!all)
		refuse("no memory");
	for (i = 0; i < nr_places; i++)
		all[i] = i * bench->io_bytes;
	for (i = 0; i < bench->count; i++) {
		other = i + next_random(bench) % (nr_places - i);
		kept = all[other];
		all[other] = all[i];
		all[i] = kept;
		bench->places[i] = kept;
	}
	free(all);
}

static void choose_places(struct bench *bench)
{
	u64 nr_places = bench->span_bytes / bench->io_bytes, i;

	if (!nr_places)
		refuse("the device is smaller than one request");
	if (!bench->count || (bench->order == ORDER_ONCE &&
			      bench->count > nr_places))
		bench->count = nr_places;
	bench->places = malloc(bench->count * sizeof(u64));
	bench->latency_ns = malloc(bench->count * sizeof(u64));
	if (!bench->places || !bench->latency_ns)
		refuse("no memory");
	memset(bench->latency_ns, 0, bench->count * sizeof(u64));
	if (bench->order == ORDER_ONCE) {
		shuffle(bench, nr_places);
		return;
	}
	for (i = 0; i < bench->count; i++)
		bench->places[i] = bench->io_bytes * (bench->order ==
			ORDER_SEQUENTIAL ? i % nr_places :
			next_random(bench) % nr_places);
}

static void note_write(struct bench *bench, u64 offset)
{
	memset(bench->state + offset / BLOCK_BYTES, bench->generation,
	       bench->io_bytes / BLOCK_BYTES);
}

/* One at a time. With a flush after each: as a database does it. */
static void run_sync(struct bench *bench)
{
	u8 *buffer = allocate(bench->io_bytes);
	u64 i, start;
	ssize_t r;

	clock_begin(bench);
	for (i = 0; i < bench->count; i++) {
		if (bench->rate)
			sleep_until(bench->start_ns + i * 1000000000 / bench->rate);
		start = now_ns();
		if (bench->write) {
			stamp_buffer(buffer, bench->places[i], bench->io_bytes,
				     bench->generation);
			r = pwrite(bench->fd, buffer, bench->io_bytes,
				   bench->places[i]);
		} else {
			r = pread(bench->fd, buffer, bench->io_bytes,
				  bench->places[i]);
		}
		if (r != (ssize_t)bench->io_bytes)
			die(bench->write ? "write" : "read");
		if (bench->fsync_each && fdatasync(bench->fd))
			die("fdatasync");
		bench->latency_ns[i] = now_ns() - start;
	}
	clock_end(bench);
}

static void begin_slot(struct bench *bench, struct slot *slot, u64 index)
{
	slot->index = index;
	if (bench->write)
		stamp_buffer(slot->buffer, bench->places[index],
			     bench->io_bytes, bench->generation);
	slot->start_ns = now_ns();
}

static void end_slot(struct bench *bench, struct slot *slot, long result)
{
	if (result != (long)bench->io_bytes) {
		errno = result < 0 ? -result : EIO;
		die(bench->write ? "write" : "read");
	}
	bench->latency_ns[slot->index] = now_ns() - slot->start_ns;
}

static void ring_submit(struct bench *bench, struct io_uring *ring,
			struct slot *slot, u64 index)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	u64 place = bench->places[index];

	begin_slot(bench, slot, index);
	if (bench->write)
		io_uring_prep_write(sqe, bench->fd, slot->buffer,
				    bench->io_bytes, place);
	else
		io_uring_prep_read(sqe, bench->fd, slot->buffer,
				   bench->io_bytes, place);
	io_uring_sqe_set_data(sqe, slot);
}

static void run_ring(struct bench *bench, struct slot *slots)
{
	u64 started = 0, done = 0;
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	struct slot *slot;
	int r;

	r = io_uring_queue_init(MAX_DEPTH, &ring, 0);
	if (r) {
		errno = -r;
		die("io_uring");
	}
	clock_begin(bench);
	while (started < bench->depth && started < bench->count) {
		ring_submit(bench, &ring, &slots[started], started);
		started++;
	}
	while (done < bench->count) {
		r = io_uring_submit_and_wait(&ring, 1);
		if (r < 0 && r != -EINTR) {
			errno = -r;
			die("io_uring");
		}
		while (!io_uring_peek_cqe(&ring, &cqe)) {
			slot = io_uring_cqe_get_data(cqe);
			end_slot(bench, slot, cqe->res);
			io_uring_cqe_seen(&ring, cqe);
			done++;
			if (started < bench->count)
				ring_submit(bench, &ring, slot, started++);
		}
	}
	clock_end(bench);
	io_uring_queue_exit(&ring);
}

static void aio_prepare(struct bench *bench, struct iocb *cb,
			struct slot *slot, u64 index)
{
	begin_slot(bench, slot, index);
	memset(cb, 0, sizeof(*cb));
	cb->aio_data = (uintptr_t)slot;
	cb->aio_lio_opcode = bench->write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD;
	cb->aio_fildes = bench->fd;
	cb->aio_buf = (uintptr_t)slot->buffer;
	cb->aio_nbytes = bench->io_bytes;
	cb->aio_offset = bench->places[index];
}

static void run_aio(struct bench *bench, struct slot *slots)
{
	struct iocb cbs[MAX_DEPTH], *batch[MAX_DEPTH];
	struct io_event events[MAX_DEPTH];
	u64 started = 0, done = 0;
	aio_context_t context = 0;
	struct slot *slot;
	long nr = 0, got, i;

	if (syscall(SYS_io_setup, MAX_DEPTH, &context))
		die("io_setup");
	clock_begin(bench);
	for (; started < bench->depth && started < bench->count; started++) {
		aio_prepare(bench, &cbs[started], &slots[started], started);
		batch[nr++] = &cbs[started];
	}
	while (done < bench->count) {
		aio_submit(context, batch, nr);
		got = syscall(SYS_io_getevents, context, 1, MAX_DEPTH, events,
			      NULL);
		if (got < 1)
			die("io_getevents");
		for (nr = 0, i = 0; i < got; i++, done++) {
			slot = (struct slot *)(uintptr_t)events[i].data;
			end_slot(bench, slot, events[i].res);
			if (started == bench->count)
				continue;
			batch[nr] = &cbs[slot - slots];
			aio_prepare(bench, batch[nr++], slot, started++);
		}
	}
	clock_end(bench);
	syscall(SYS_io_destroy, context);
}

static void run_deep(struct bench *bench)
{
	struct slot slots[MAX_DEPTH];
	unsigned int i;

	for (i = 0; i < bench->depth; i++)
		slots[i].buffer = allocate(bench->io_bytes);
	if (bench->engine == ENGINE_AIO)
		run_aio(bench, slots);
	else
		run_ring(bench, slots);
}

static int compare_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void save_latencies(const struct bench *bench)
{
	FILE *file;
	u64 i;

	if (!bench->latency_path)
		return;
	file = fopen(bench->latency_path, "w");
	if (!file)
		die(bench->latency_path);
	for (i = 0; i < bench->count; i++)
		fprintf(file, "%llu\n", (unsigned long long)bench->latency_ns[i]);
	if (fclose(file))
		die(bench->latency_path);
}

static void print_result(struct bench *bench)
{
	u64 *sorted = bench->latency_ns, n = bench->count;

	save_latencies(bench);
	qsort(sorted, n, sizeof(*sorted), compare_u64);
	printf("{\"ios\": %llu, \"bytes\": %llu, \"ns\": %llu, ",
	       (unsigned long long)n,
	       (unsigned long long)(n * bench->io_bytes),
	       (unsigned long long)bench->total_ns);
	printf("\"p50_ns\": %llu, \"p99_ns\": %llu, \"max_ns\": %llu}\n",
	       (unsigned long long)sorted[n / 2],
	       (unsigned long long)sorted[n - 1 - n / 100],
	       (unsigned long long)sorted[n - 1]);
}

static void measure(struct bench *bench)
{
	u64 i;

	choose_places(bench);
	if (bench->engine == ENGINE_SYNC)
		run_sync(bench);
	else
		run_deep(bench);
	if (bench->write)
		for (i = 0; i < bench->count; i++)
			note_write(bench, bench->places[i]);
	save_state(bench);
	print_result(bench);
}

static void usage(void)
{
	refuse("how: bench-io DEVICE [--write GENERATION] [--verify] [--fsync]\n"
	       "  [--engine sync|aio|ring] [--order random|once|sequential] [--io BYTES] [--span BYTES]\n"
	       "  [--count N] [--depth N] [--rate N] [--seed N] [--state FILE]\n"
	       "  [--latencies FILE] [--markers]");
}

static enum order parse_order(const char *text)
{
	if (!strcmp(text, "random"))
		return ORDER_RANDOM;
	if (!strcmp(text, "once"))
		return ORDER_ONCE;
	if (!strcmp(text, "sequential"))
		return ORDER_SEQUENTIAL;
	usage();
	return ORDER_RANDOM;
}

static enum engine parse_engine(const char *text)
{
	if (!strcmp(text, "sync"))
		return ENGINE_SYNC;
	if (!strcmp(text, "aio"))
		return ENGINE_AIO;
	if (!strcmp(text, "ring"))
		return ENGINE_RING;
	usage();
	return ENGINE_SYNC;
}

static const struct option options[] = {
	{ "write", required_argument, NULL, 'w' },
	{ "verify", no_argument, NULL, 'v' },
	{ "fsync", no_argument, NULL, 'f' },
	{ "engine", required_argument, NULL, 'e' },
	{ "order", required_argument, NULL, 'o' },
	{ "io", required_argument, NULL, 'b' },
	{ "span", required_argument, NULL, 's' },
	{ "count", required_argument, NULL, 'n' },
	{ "depth", required_argument, NULL, 'd' },
	{ "rate", required_argument, NULL, 'p' },
	{ "seed", required_argument, NULL, 'r' },
	{ "state", required_argument, NULL, 'g' },
	{ "latencies", required_argument, NULL, 'l' },
	{ "markers", no_argument, NULL, 'm' },
	{ NULL },
};

static void set_option(struct bench *bench, int option)
{
	switch (option) {
	case 'w':
		bench->write = true;
		bench->generation = atoi(optarg);
		break;
	case 'v':
		bench->verify = true;
		break;
	case 'f':
		bench->fsync_each = true;
		break;
	case 'e':
		bench->engine = parse_engine(optarg);
		break;
	case 'o':
		bench->order = parse_order(optarg);
		break;
	case 'b':
		bench->io_bytes = strtoull(optarg, NULL, 0);
		break;
	case 's':
		bench->span_bytes = strtoull(optarg, NULL, 0);
		break;
	case 'n':
		bench->count = strtoull(optarg, NULL, 0);
		break;
	case 'd':
		bench->depth = atoi(optarg);
		break;
	case 'p':
		bench->rate = strtoull(optarg, NULL, 0);
		break;
	case 'r':
		bench->random = strtoull(optarg, NULL, 0);
		break;
	case 'g':
		bench->state_path = optarg;
		break;
	case 'l':
		bench->latency_path = optarg;
		break;
	case 'm':
		bench->markers = true;
		break;
	default:
		usage();
	}
}

static void check_options(const struct bench *bench)
{
	if (!bench->depth || bench->depth > MAX_DEPTH || !bench->random ||
	    bench->generation > 255 || !bench->io_bytes ||
	    bench->io_bytes % BLOCK_BYTES)
		usage();
	if (bench->engine == ENGINE_SYNC && bench->depth > 1)
		refuse("--engine sync has a depth of 1");
	if (bench->rate && bench->engine != ENGINE_SYNC)
		refuse("--rate is for one at a time");
	if (bench->fsync_each &&
	    (!bench->write || bench->engine != ENGINE_SYNC))
		refuse("--fsync is for writes, one at a time");
}

static void parse(struct bench *bench, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		set_option(bench, option);
	if (optind + 1 != argc)
		usage();
	bench->device = argv[optind];
	check_options(bench);
}

int main(int argc, char **argv)
{
	struct bench bench = {
		.io_bytes = BLOCK_BYTES,
		.depth = 1,
		.random = 1,
	};
	u64 size;

	if (argc == 3 && !strcmp(argv[1], "--mark")) {
		if (!strcmp(argv[2], "begin"))
			mark_begin();
		else
			mark_end();
		return 0;
	}
	parse(&bench, argc, argv);
	bench.fd = open(bench.device, (bench.write ? O_RDWR : O_RDONLY) |
			O_DIRECT);
	if (bench.fd < 0 || ioctl(bench.fd, BLKGETSIZE64, &size))
		die(bench.device);
	if (!bench.span_bytes || bench.span_bytes > size)
		bench.span_bytes = size;
	bench.span_bytes -= bench.span_bytes % BLOCK_BYTES;
	load_state(&bench);
	if (bench.verify)
		verify(&bench);
	else
		measure(&bench);
	return 0;
}
