/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoints of the class "fvd". What they mean for a user stands in
 * Documentation/admin-guide/dm-fvd.rst.
 *
 * The three of bios switch fvd_watch_key on while they are in use, because
 * without it nobody hears of bios that are mapped at once. Devices are named
 * MAJOR:MINOR, as /sys/dev/block does.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM fvd

#if !defined(FVD_TRACEPOINT_H) || defined(TRACE_HEADER_MULTI_READ)
#define FVD_TRACEPOINT_H

#include <linux/tracepoint.h>

#include "fvd-image.h"

#ifndef FVD_TRACE_DEVICE_BYTES
/* "4095:1048575"; an array, since __string() differs between kernels. */
#define FVD_TRACE_DEVICE_BYTES 16
#endif

/*
 * EM and EME make of each word what is needed at the moment; EME is the last
 * one of a list, which takes no comma behind it.
 */
#define FVD_TRACE_OPS \
	EM(FVD_WATCH_READ, "read") \
	EM(FVD_WATCH_WRITE, "write") \
	EM(FVD_WATCH_FLUSH, "flush") \
	EM(FVD_WATCH_DISCARD, "discard") \
	EME(FVD_WATCH_ZEROES, "zeroes")

#define FVD_TRACE_STAGES \
	EM(FVD_STAGE_MAPPED, "mapped") \
	EM(FVD_STAGE_WAITS_HELD, "waits_held") \
	EM(FVD_STAGE_WAITS_ROOM, "waits_room") \
	EM(FVD_STAGE_WAITS_COMMIT, "waits_commit") \
	EM(FVD_STAGE_FETCH, "fetch") \
	EM(FVD_STAGE_FILL, "fill") \
	EM(FVD_STAGE_ZERO, "zero") \
	EM(FVD_STAGE_STORE, "store") \
	EM(FVD_STAGE_IMAGE, "image") \
	EM(FVD_STAGE_BASE, "base") \
	EM(FVD_STAGE_WAITS_BASE, "waits_base") \
	EME(FVD_STAGE_PIECES, "pieces")

#define FVD_TRACE_PATHS \
	EM(FVD_PATH_NONE, "none") \
	EM(FVD_PATH_IMAGE, "image") \
	EM(FVD_PATH_BASE, "base") \
	EM(FVD_PATH_FETCH, "fetch") \
	EM(FVD_PATH_STORE, "store") \
	EM(FVD_PATH_FILL, "fill") \
	EME(FVD_PATH_COMMIT, "commit")

#define FVD_TRACE_MODES \
	EM(FVD_MODE_RW, "rw") \
	EM(FVD_MODE_RO, "ro") \
	EME(FVD_MODE_FAIL, "fail")

#define FVD_TRACE_CHECKPOINTS \
	EM(FVD_CHECKPOINT_ACTIVATE, "activate") \
	EM(FVD_CHECKPOINT_RUNNING, "running") \
	EME(FVD_CHECKPOINT_CLEAN, "clean")

#define FVD_TRACE_FETCHES \
	EM(FVD_FETCH_BEGUN, "begun") \
	EM(FVD_FETCH_READ, "read") \
	EM(FVD_FETCH_STORED, "stored") \
	EM(FVD_FETCH_READ_FAILED, "read_failed") \
	EM(FVD_FETCH_NO_STORAGE, "no_storage") \
	EME(FVD_FETCH_STORE_FAILED, "store_failed")

#define FVD_TRACE_PREFETCH_STATES \
	EM(FVD_PREFETCH_OFF, "off") \
	EM(FVD_PREFETCH_DELAYED, "delayed") \
	EM(FVD_PREFETCH_PROFILE, "profile") \
	EM(FVD_PREFETCH_RUNNING, "running") \
	EM(FVD_PREFETCH_PAUSED, "paused") \
	EM(FVD_PREFETCH_RETRYING, "retrying") \
	EM(FVD_PREFETCH_SUSPENDED, "suspended") \
	EM(FVD_PREFETCH_GAVE_UP, "gave-up") \
	EME(FVD_PREFETCH_COMPLETE, "complete")

#define FVD_TRACE_PREFETCH_WAITS \
	EM(FVD_PREFETCH_GOES_ON, "none") \
	EM(FVD_PREFETCH_WAITS_HELD, "held") \
	EM(FVD_PREFETCH_WAITS_COMMIT, "commit") \
	EM(FVD_PREFETCH_WAITS_MEMORY, "memory") \
	EM(FVD_PREFETCH_WAITS_SPACE, "space") \
	EM(FVD_PREFETCH_WAITS_THROTTLE, "throttle") \
	EM(FVD_PREFETCH_WAITS_BASE, "base") \
	EM(FVD_PREFETCH_WAITS_STORE, "store") \
	EM(FVD_PREFETCH_GIVEN_UP, "given_up") \
	EME(FVD_PREFETCH_WAITS_READ_ONLY, "read_only")

/* First what tells tools the numbers behind the words, then the words. */
#undef EM
#undef EME
#define EM(value, name) TRACE_DEFINE_ENUM(value);
#define EME(value, name) TRACE_DEFINE_ENUM(value);
FVD_TRACE_OPS
FVD_TRACE_STAGES
FVD_TRACE_PATHS
FVD_TRACE_MODES
FVD_TRACE_CHECKPOINTS
FVD_TRACE_FETCHES
FVD_TRACE_PREFETCH_STATES
FVD_TRACE_PREFETCH_WAITS
#undef EM
#undef EME
#define EM(value, name) { value, name },
#define EME(value, name) { value, name }

/* A bio begins to be watched. */
TRACE_EVENT_FN(fvd_bio_mapped,
	TP_PROTO(struct fvd_io *io),
	TP_ARGS(io),
	TP_STRUCT__entry(
		__array(char, device, FVD_TRACE_DEVICE_BYTES)
		__field(u64, number)
		__field(u64, sector)
		__field(u32, sectors)
		__field(u8, op)
		__field(bool, fua)
	),
	TP_fast_assign(
		strscpy(__entry->device, io->image->name,
			FVD_TRACE_DEVICE_BYTES);
		__entry->number = io->watch.number;
		__entry->sector = io->sector;
		__entry->sectors = io->nr_sectors;
		__entry->op = fvd_watch_op(io);
		__entry->fua = !!(io->bio->bi_opf & REQ_FUA);
	),
	TP_printk("device=%s number=%llu op=%s sector=%llu sectors=%u fua=%u",
		  __entry->device, __entry->number,
		  __print_symbolic(__entry->op, FVD_TRACE_OPS),
		  __entry->sector, __entry->sectors, __entry->fua),
	fvd_watch_get, fvd_watch_put
);

/* A bio does something else from now on. */
TRACE_EVENT_FN(fvd_bio_stage,
	TP_PROTO(struct fvd_io *io),
	TP_ARGS(io),
	TP_STRUCT__entry(
		__array(char, device, FVD_TRACE_DEVICE_BYTES)
		__field(u64, number)
		__field(u8, stage)
	),
	TP_fast_assign(
		strscpy(__entry->device, io->image->name,
			FVD_TRACE_DEVICE_BYTES);
		__entry->number = io->watch.number;
		__entry->stage = io->watch.stage;
	),
	TP_printk("device=%s number=%llu stage=%s",
		  __entry->device, __entry->number,
		  __print_symbolic(__entry->stage, FVD_TRACE_STAGES)),
	fvd_watch_get, fvd_watch_put
);

/* A bio is answered. */
TRACE_EVENT_FN(fvd_bio_complete,
	TP_PROTO(struct fvd_io *io, int error, u64 latency_ns),
	TP_ARGS(io, error, latency_ns),
	TP_STRUCT__entry(
		__array(char, device, FVD_TRACE_DEVICE_BYTES)
		__field(u64, number)
		__field(u64, sector)
		__field(u64, latency_ns)
		__field(u32, sectors)
		__field(int, error)
		__field(u8, path)
		__field(bool, waited)
	),
	TP_fast_assign(
		strscpy(__entry->device, io->image->name,
			FVD_TRACE_DEVICE_BYTES);
		__entry->number = io->watch.number;
		__entry->sector = io->sector;
		__entry->sectors = io->nr_sectors;
		__entry->latency_ns = latency_ns;
		__entry->error = error;
		__entry->path = io->watch.path;
		__entry->waited = io->watch.waited;
	),
	TP_printk("device=%s number=%llu sector=%llu sectors=%u path=%s waited=%u error=%d latency_ns=%llu",
		  __entry->device, __entry->number, __entry->sector,
		  __entry->sectors,
		  __print_symbolic(__entry->path, FVD_TRACE_PATHS),
		  __entry->waited, __entry->error, __entry->latency_ns),
	fvd_watch_get, fvd_watch_put
);

/* A window on its way from the base to the image. */
TRACE_EVENT(fvd_fetch,
	TP_PROTO(const struct fvd_image *image, u64 sector, u32 sectors,
		 u64 number, enum fvd_fetch_step step),
	TP_ARGS(image, sector, sectors, number, step),
	TP_STRUCT__entry(
		__array(char, device, FVD_TRACE_DEVICE_BYTES)
		__field(u64, number)
		__field(u64, sector)
		__field(u32, sectors)
		__field(u8, step)
	),
	TP_fast_assign(
		strscpy(__entry->device, image->name, FVD_TRACE_DEVICE_BYTES);
		__entry->number = number;
		__entry->sector = sector;
		__entry->sectors = sectors;
		__entry->step = step;
	),
	TP_printk("device=%s number=%llu sector=%llu sectors=%u step=%s",
		  __entry->device, __entry->number, __entry->sector,
		  __entry->sectors,
		  __print_symbolic(__entry->step, FVD_TRACE_FETCHES))
);

/*
 * Prefetch changes its state, or begins to wait. Not told: that the rest is not
 * wanted, or comes later, when the profile is fetched; waits for the throttle, and
 * those that end by a message or a resume only. The state is the raw one, not that
 * of fvd_prefetch_state().
 */
TRACE_EVENT(fvd_prefetch,
	TP_PROTO(const struct fvd_image *image),
	TP_ARGS(image),
	TP_STRUCT__entry(
		__array(char, device, FVD_TRACE_DEVICE_BYTES)
		__field(u64, block)
		__field(u32, busy)
		__field(u8, state)
		__field(u8, wait)
	),
	TP_fast_assign(
		strscpy(__entry->device, image->name, FVD_TRACE_DEVICE_BYTES);
		__entry->block = image->prefetch.cursor_block;
		__entry->busy = image->prefetch.nr_busy;
		__entry->state = image->prefetch.state;
		__entry->wait = image->prefetch.wait;
	),
	TP_printk("device=%s state=%s wait=%s block=%llu busy=%u",
		  __entry->device,
		  __print_symbolic(__entry->state, FVD_TRACE_PREFETCH_STATES),
		  __print_symbolic(__entry->wait, FVD_TRACE_PREFETCH_WAITS),
		  __entry->block, __entry->busy)
);

/* Journal blocks are about to be written; none: only a flush is sent. */
TRACE_EVENT(fvd_commit_begin,
	TP_PROTO(const struct fvd_image *image, u64 sequence),
	TP_ARGS(image, sequence),
	TP_STRUCT__entry(
		__array(char, device, FVD_TRACE_DEVICE_BYTES)
		__field(u64, sequence)
		__field(u64, block)
		__field(u32, blocks)
	),
	TP_fast_assign(
		strscpy(__entry->device, image->name, FVD_TRACE_DEVICE_BYTES);
		__entry->sequence = sequence;
		__entry->block = image->commit.first_block;
		__entry->blocks = image->commit.nr_blocks;
	),
	TP_printk("device=%s sequence=%llu block=%llu blocks=%u",
		  __entry->device, __entry->sequence, __entry->block,
		  __entry->blocks)
);

DECLARE_EVENT_CLASS(fvd_end,
	TP_PROTO(const struct fvd_image *image, int error),
	TP_ARGS(image, error),
	TP_STRUCT__entry(
		__array(char, device, FVD_TRACE_DEVICE_BYTES)
		__field(int, error)
	),
	TP_fast_assign(
		strscpy(__entry->device, image->name, FVD_TRACE_DEVICE_BYTES);
		__entry->error = error;
	),
	TP_printk("device=%s error=%d", __entry->device, __entry->error)
);

DEFINE_EVENT(fvd_end, fvd_commit_end,
	TP_PROTO(const struct fvd_image *image, int error),
	TP_ARGS(image, error)
);

DEFINE_EVENT(fvd_end, fvd_checkpoint_end,
	TP_PROTO(const struct fvd_image *image, int error),
	TP_ARGS(image, error)
);

TRACE_EVENT(fvd_checkpoint_begin,
	TP_PROTO(const struct fvd_image *image, u8 kind),
	TP_ARGS(image, kind),
	TP_STRUCT__entry(
		__array(char, device, FVD_TRACE_DEVICE_BYTES)
		__field(u64, dirty_pages)
		__field(u64, journal_used)
		__field(u8, kind)
	),
	TP_fast_assign(
		strscpy(__entry->device, image->name, FVD_TRACE_DEVICE_BYTES);
		__entry->dirty_pages = image->nr_dirty_pages;
		__entry->journal_used = image->ring.nr_used;
		__entry->kind = kind;
	),
	TP_printk("device=%s kind=%s dirty_pages=%llu journal_used=%llu",
		  __entry->device,
		  __print_symbolic(__entry->kind, FVD_TRACE_CHECKPOINTS),
		  __entry->dirty_pages, __entry->journal_used)
);

/* An image that was not closed is being loaded. */
TRACE_EVENT(fvd_recovery,
	TP_PROTO(const struct fvd_image *image, u64 blocks),
	TP_ARGS(image, blocks),
	TP_STRUCT__entry(
		__array(char, device, FVD_TRACE_DEVICE_BYTES)
		__field(u64, blocks)
		__field(u64, tail_block)
		__field(u64, tail_sequence)
	),
	TP_fast_assign(
		strscpy(__entry->device, image->name, FVD_TRACE_DEVICE_BYTES);
		__entry->blocks = blocks;
		__entry->tail_block = image->sb.journal_tail_block;
		__entry->tail_sequence = image->sb.journal_tail_sequence;
	),
	TP_printk("device=%s blocks=%llu tail_block=%llu tail_sequence=%llu",
		  __entry->device, __entry->blocks, __entry->tail_block,
		  __entry->tail_sequence)
);

/* The mode changed; error says why. */
TRACE_EVENT(fvd_mode,
	TP_PROTO(const struct fvd_image *image, int error),
	TP_ARGS(image, error),
	TP_STRUCT__entry(
		__array(char, device, FVD_TRACE_DEVICE_BYTES)
		__field(int, error)
		__field(u8, mode)
	),
	TP_fast_assign(
		strscpy(__entry->device, image->name, FVD_TRACE_DEVICE_BYTES);
		__entry->error = error;
		__entry->mode = image->mode;
	),
	TP_printk("device=%s mode=%s error=%d", __entry->device,
		  __print_symbolic(__entry->mode, FVD_TRACE_MODES),
		  __entry->error)
);

#endif /* FVD_TRACEPOINT_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE fvd-tracepoint
#include <trace/define_trace.h>
