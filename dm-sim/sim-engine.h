/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine of dm-sim: bios become events, events are executed one by one.
 */
#ifndef SIM_ENGINE_H
#define SIM_ENGINE_H

#include <linux/bio.h>

#include "sim-rail.h"

/**
 * sim_engine_arrive() - a bio enters the engine
 * @sim: its device
 * @io: the bio's; its bio is owned by the engine from here on
 * @bio: the bio
 *
 * Context: any that may submit bios; takes rail->lock only.
 * Return: false while the power is off: the bio is to fail, and the caller's.
 */
bool __must_check sim_engine_arrive(struct sim_device *sim, struct sim_io *io,
				    struct bio *bio);

/** sim_engine_work() - the worker of a rail */
void sim_engine_work(struct work_struct *work);

/**
 * sim_engine_step() - execute the next event of a bio
 * @rail: its rail; the caller holds exec
 * @io: pending on it
 *
 * A bio without order or delay is completed at once after its effect.
 */
void sim_engine_step(struct sim_rail *rail, struct sim_io *io);

/**
 * sim_engine_take() - take a bio out of the queue
 * @rail: the caller holds exec
 * @number: arrival number; 0 = the first that is pending
 *
 * Return: the bio, to be given to sim_engine_step() or sim_engine_finish(), or
 * NULL if it is not pending.
 */
struct sim_io *sim_engine_take(struct sim_rail *rail, u64 number);

/** sim_engine_finish() - complete a bio that is out of the queue, under exec */
void sim_engine_finish(struct sim_rail *rail, struct sim_io *io);

/** sim_engine_op() - the kind of a bio; inline for those that only pass */
static inline enum sim_op sim_engine_op(const struct bio *bio)
{
	switch (bio_op(bio)) {
	case REQ_OP_READ:
		return SIM_OP_READ;
	case REQ_OP_WRITE:
		if (unlikely(!bio->bi_iter.bi_size))
			return SIM_OP_FLUSH;
		/* As a branch: arithmetic on both would cost a dozen more. */
		if (unlikely(bio->bi_opf & REQ_FUA))
			return SIM_OP_FUA;
		return SIM_OP_WRITE;
	case REQ_OP_FLUSH:
		return SIM_OP_FLUSH;
	case REQ_OP_WRITE_ZEROES:
		return SIM_OP_ZEROES;
	default:
		return SIM_OP_DISCARD;
	}
}

/* sim-effect.c: all under rail->exec, may sleep, no allocation is waited for. */

/** sim_effect() - do to the lower device or the cache what a bio asks for */
enum sim_status sim_effect(struct sim_io *io);

/** sim_effect_completed() - the write was acknowledged: tell the cache */
void sim_effect_completed(struct sim_io *io, u64 stamp);

/**
 * sim_effect_destage() - make cached writes durable
 * @sim: the device
 * @stamp: those acknowledged before; U64_MAX = all
 *
 * Return: status of the lower device; on an error nothing that was not
 * written is forgotten.
 */
enum sim_status sim_effect_destage(struct sim_device *sim, u64 stamp);

/** sim_effect_forget() - drop everything that is cached */
void sim_effect_forget(struct sim_device *sim);

/** sim_effect_bytes() - one synchronous transfer of rail->bounce */
enum sim_status sim_effect_bytes(struct sim_device *sim, blk_opf_t opf,
				 u64 sector, u32 bytes);

/** sim_effect_copy() - copy between the data of a bio and a buffer */
void sim_effect_copy(struct sim_io *io, u32 offset_bytes, void *buffer,
		     u32 bytes, bool to_bio);

/** sim_status_from_block() - what the device below said, as a rule can say it */
enum sim_status sim_status_from_block(blk_status_t status);

/** sim_status_to_block() - what a bio is completed with */
blk_status_t sim_status_to_block(enum sim_status status);

/* sim-power.c */

/**
 * struct sim_cut_result - what a power cut did, in blocks
 * @unflushed: units that it could decide upon
 * @blocks: blocks that it decided upon
 * @kept: of them, new on the lower device
 * @torn: of them, partly new
 * @garbage: of them, overwritten with garbage
 * @states: how many outcomes were possible, U64_MAX for that many or more
 */
struct sim_cut_result {
	u64 unflushed;
	u64 blocks;
	u64 kept;
	u64 torn;
	u64 garbage;
	u64 states;
};

/**
 * sim_power_cut() - the power of a rail fails
 * @rail: the caller holds exec
 * @cut: which writes survive; consumed
 * @result: filled
 * @why: filled on error
 *
 * Return: 0; -EALREADY without power; -ERANGE when there is no such state;
 * -ENOMEM, nothing happened; -EIO, the power is off but the lower device
 * failed.
 */
int __must_check sim_power_cut(struct sim_rail *rail, struct sim_cut *cut,
			       struct sim_cut_result *result, struct sim_text *why);

/** sim_power_on() - the devices can be used again; the caller holds exec */
void sim_power_on(struct sim_rail *rail);

/**
 * sim_power_states() - how many states a cut could leave now
 * @rail: the caller holds exec
 * @states: U64_MAX if astronomical
 * @bits: upper bound of its logarithm
 * @units: blocks of unflushed writes
 */
int __must_check sim_power_states(struct sim_rail *rail, u64 *states, u64 *bits,
				  u32 *units);

#endif /* SIM_ENGINE_H */
