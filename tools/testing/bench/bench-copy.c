// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench-copy FROM TO BYTES DEPTH: what a plain copy takes. Reads of 1 MiB, in
 * order, each written to the same place of TO as soon as it has come; DEPTH of
 * them under way, directly. A depth of 1 is what dd and cp do. Prints as JSON how
 * long it took, with a flush of TO at the end.
 */
#include <fcntl.h>

#include "bench-common.h"

#define COPY_BYTES	1048576U
#define MAX_DEPTH	64U

struct copy {
	int from;
	int to;
	u64 bytes;
	u64 next;		/* byte that is read next */
	aio_context_t context;
};

struct piece {
	struct iocb cb;
	u8 *buffer;
};

static void start(struct copy *copy, struct piece *piece, int opcode, u64 at)
{
	struct iocb *cb = &piece->cb;

	memset(cb, 0, sizeof(*cb));
	cb->aio_data = (uintptr_t)piece;
	cb->aio_lio_opcode = opcode;
	cb->aio_fildes = opcode == IOCB_CMD_PREAD ? copy->from : copy->to;
	cb->aio_buf = (uintptr_t)piece->buffer;
	cb->aio_nbytes = copy->bytes - at < COPY_BYTES ? copy->bytes - at :
							 COPY_BYTES;
	cb->aio_offset = at;
	aio_submit(copy->context, &cb, 1);
}

/* Returns: whether there was one more. */
static int start_next(struct copy *copy, struct piece *piece)
{
	u64 at = copy->next;

	if (at >= copy->bytes)
		return 0;
	copy->next += COPY_BYTES;
	start(copy, piece, IOCB_CMD_PREAD, at);
	return 1;
}

static void copy_all(struct copy *copy, struct piece *pieces, unsigned int depth)
{
	unsigned int under_way = 0, i;
	struct io_event event;
	struct piece *piece;

	for (i = 0; i < depth; i++)
		under_way += start_next(copy, &pieces[i]);
	while (under_way) {
		if (syscall(SYS_io_getevents, copy->context, 1, 1, &event, NULL) != 1)
			die("io_getevents");
		piece = (struct piece *)(uintptr_t)event.data;
		if (event.res != (long long)piece->cb.aio_nbytes)
			refuse("a read or write failed");
		if (piece->cb.aio_lio_opcode == IOCB_CMD_PREAD)
			start(copy, piece, IOCB_CMD_PWRITE, piece->cb.aio_offset);
		else
			under_way -= !start_next(copy, piece);
	}
	if (fdatasync(copy->to))
		die("fdatasync");
}

int main(int argc, char **argv)
{
	struct piece pieces[MAX_DEPTH];
	struct copy copy = { .from = -1 };
	unsigned int depth, i;
	u64 begin;

	if (argc != 5)
		refuse("how: bench-copy FROM TO BYTES DEPTH");
	copy.bytes = strtoull(argv[3], NULL, 0);
	depth = atoi(argv[4]);
	if (!depth || depth > MAX_DEPTH || copy.bytes % SECTOR_BYTES)
		refuse("how: bench-copy FROM TO BYTES DEPTH");
	copy.from = open(argv[1], O_RDONLY | O_DIRECT);
	copy.to = open(argv[2], O_WRONLY | O_DIRECT);
	if (copy.from < 0 || copy.to < 0)
		die(copy.from < 0 ? argv[1] : argv[2]);
	if (syscall(SYS_io_setup, MAX_DEPTH, &copy.context))
		die("io_setup");
	for (i = 0; i < depth; i++)
		pieces[i].buffer = allocate(COPY_BYTES);
	begin = now_ns();
	copy_all(&copy, pieces, depth);
	printf("{\"bytes\": %llu, \"ns\": %llu}\n", (unsigned long long)copy.bytes,
	       (unsigned long long)(now_ns() - begin));
	return 0;
}
