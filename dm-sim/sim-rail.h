/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Power rails and the devices on them: the data of layer 1.
 *
 * Devices on one rail lose power together and share one seed, one mode, one
 * order of arrivals, one queue of events and one trace. A device without the
 * feature "rail" has a rail of its own, named after the dm device, so that a
 * table reload finds it again with its power state.
 *
 * Locks, in this order:
 *   sim_rails_mutex	the list of rails and their users. Nobody waits for exec
 *			under it: its holder may wait for a lower device, which
 *			somebody may have to reload first
 *   rail->exec		whoever executes events, cuts the power or changes the
 *			set of devices; protects the caches
 *   rail->lock		spinlock, irq-safe: arrivals, queue, rules, trace
 * No bio is ended under rail->lock.
 */
#ifndef SIM_RAIL_H
#define SIM_RAIL_H

#include <linux/blkdev.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "sim-cache.h"
#include "sim-compat.h"
#include "sim-cut.h"
#include "sim-replay.h"
#include "sim-rule.h"
#include "sim-schedule.h"
#include "sim-trace.h"

#define SIM_RAIL_NAME_BYTES 64
/* 256 KiB; what a human still reads and a small run fits in. */
#define SIM_TRACE_RECORDS 4096
/* A replayed run: 16 MiB at most, only while a replay is loaded. */
#define SIM_REPLAY_RECORDS_MAX 262144
/* The largest single write to the lower device made from cached blocks. */
#define SIM_BOUNCE_BYTES 65536
/* What block_bytes may ask for: kernels know no logical blocks above a page. */
#define SIM_BLOCK_BYTES_MAX 4096
/* "fail_nth" replaces its own rule, known by this tag. */
#define SIM_TAG_FAIL_NTH 1000000000

/**
 * struct sim_counters - what happened to the bios of one kind
 * @bios: arrived
 * @sectors: of them
 * @delayed: by a rule or the schedule
 * @failed: ended with an error
 * @lost: told to be done without an effect, by a rule
 */
struct sim_counters {
	u64 bios;
	u64 sectors;
	u64 delayed;
	u64 failed;
	u64 lost;
};

struct dm_dev;
struct dm_target;

struct sim_device_counters {
	struct sim_counters op[SIM_OP_COUNT];
	/* Direct bios started minus ended on this CPU; the sum counts. */
	long direct;
};

/**
 * struct sim_rail - what fails together
 * @list: in the list of rails. Protected by sim_rails_mutex
 * @users: devices attached, or about to be. Protected by sim_rails_mutex
 * @name: as the table line says, or made from the dm device
 * @private: made by default, not by the feature
 * @exec: held by who executes events; see the top of this file
 * @lock: arrivals, queue, rules, trace; see there, too
 * @devices: of struct sim_device. Changed under exec and lock
 * @seed: of the schedule. Protected by lock, as the next two
 * @mode: of the schedule
 * @max_delay_us: of the schedule
 * @stopping: devices that are being suspended. Protected by lock
 * @powered: false from a cut to power_on. Written under exec and lock
 * @cutting: a cut waits for direct bios: no device may become direct. Written
 *	under exec and lock
 * @number: arrivals so far. Protected by lock, as all up to
 *	@replay_patience_us
 * @stamp: arrivals, effects and completions so far: what "before" means
 * @queue: pending events, struct sim_io
 * @pending: how many
 * @cut_wanted: a rule cut the power, the worker has yet to do it
 * @cut_given: the user chose @cut
 * @cut_number: arrival that the rule cut at
 * @cut: how, for cuts by a rule
 * @records: trace ring
 * @positions: events traced so far
 * @traced_from: @positions when the user last cleared the trace
 * @decisions_hash: of the arrivals and what was decided
 * @events_hash: of all events
 * @replay: a loaded run
 * @replay_waits: since when for the next input
 * @replay_patience_us: so long at most; 0 = for ever
 * @cuts: how often the power failed. Protected by exec, as @bounce
 * @bounce: SIM_BOUNCE_BYTES
 * @workqueue: of @work
 * @work: executes events
 * @wait: for a break, or a device that stops
 * @debugfs: directory of the rail
 */
struct sim_rail {
	struct list_head list;
	u32 users;
	char name[SIM_RAIL_NAME_BYTES];
	bool private;

	struct mutex exec;
	spinlock_t lock;
	struct list_head devices;

	u64 seed;
	enum sim_mode mode;
	u32 max_delay_us;
	u32 stopping;
	bool powered;
	bool cutting;

	u64 number;
	u64 stamp;
	struct list_head queue;
	u32 pending;
	bool cut_wanted;
	bool cut_given;
	u64 cut_number;
	struct sim_cut cut;

	struct sim_trace_record *records;
	u64 positions;
	u64 traced_from;
	u64 decisions_hash;
	u64 events_hash;
	struct sim_replay replay;
	ktime_t replay_waits;
	s64 replay_patience_us;

	u64 cuts;
	void *bounce;
	struct workqueue_struct *workqueue;
	struct delayed_work work;
	wait_queue_head_t wait;
	struct dentry *debugfs;
};

/**
 * struct sim_device - one table line
 * @ti: the glue's
 * @lower_dev: the glue's reference to the device below
 * @owner: disk of the dm device that the table belongs to
 * @table: what tells the two tables of one dm device apart; never followed
 * @begin: first sector of the target on @owner
 * @lower: the device below
 * @start: its first sector that is used
 * @sectors: how many
 * @rail: NULL until sim_rail_attach()
 * @list: in rail->devices
 * @index: on the rail, as the trace names it
 * @damage: SIM_DAMAGE_* that a cut may do
 * @direct: bios are remapped at once, without the engine. RCU, see sim_map()
 * @stopping: being suspended: nothing of it is held or delayed
 * @traced: the trace is on
 * @rules: struct sim_rule. Protected by rail->lock, as all up to @coverage
 * @rule_count: how many
 * @last_tag: the last that was given to a rule without one
 * @state: what rules set and ask for
 * @coverage: how often which action was taken, by operation and state
 * @cache_bytes: room in the cache. Protected by rail->exec, as all up to @cache
 * @cache_used_bytes: taken of it
 * @destaged: blocks that were written to make room
 * @destages_of_run: of them, since the run began
 * @block_bytes: what is written whole or torn; constant. Nothing else is taken
 * @cache: writes that were not flushed
 * @counters: since the table was loaded
 * @has_seed: what the table line asked of the rail; applied at resume
 * @has_mode: likewise
 * @has_max_delay_us: likewise
 * @wanted_seed: if @has_seed
 * @wanted_mode: if @has_mode
 * @wanted_max_delay_us: if @has_max_delay_us
 * @error: why the last message was refused
 */
struct sim_device {
	struct dm_target *ti;
	struct dm_dev *lower_dev;
	const struct gendisk *owner;
	const void *table;
	sector_t begin;
	struct block_device *lower;
	sector_t start;
	sector_t sectors;
	struct sim_rail *rail;
	struct list_head list;
	u16 index;
	u16 damage;
	bool direct;
	bool stopping;
	bool traced;

	struct list_head rules;
	u32 rule_count;
	u32 last_tag;
	u32 state;
	u64 (*coverage)[SIM_ACTION_COUNT][SIM_STATES_MAX];

	u64 cache_bytes;
	u64 cache_used_bytes;
	u64 destaged;
	u64 destages_of_run;
	u32 block_bytes;
	struct sim_cache cache;
	struct sim_device_counters __percpu *counters;

	bool has_seed, has_mode, has_max_delay_us;
	u64 wanted_seed;
	enum sim_mode wanted_mode;
	u32 wanted_max_delay_us;
	char error[160];
};

enum sim_phase {
	SIM_PHASE_EFFECT,
	SIM_PHASE_COMPLETION,
};

/**
 * struct sim_io - a bio in the engine, in the per-bio data of dm
 * @event: in rail->queue; first, the queue is a list of events
 * @sim: its device
 * @bio: as it came
 * @iter: the data, as submitted
 * @request: what the rules see
 * @decision: what they and the schedule said
 * @arrived: stamp at submission
 * @time: virtual time of the next event, as traced
 * @completion_time: virtual time of the completion
 * @completion_place: event.time of the completion: its virtual time, but in a
 *	replay the place in the trace
 * @due: real time before which a delayed bio is not completed
 * @phase: what the next event is
 * @status: what the bio will end with
 * @direct: not in the engine at all
 * @held: waits for release
 * @announced: a break that wait_break has told about
 */
struct sim_io {
	struct sim_event event;
	struct sim_device *sim;
	struct bio *bio;
	struct bvec_iter iter;
	struct sim_request request;
	struct sim_decision decision;
	u64 arrived;
	u64 time;
	u64 completion_time;
	u64 completion_place;
	ktime_t due;
	enum sim_phase phase;
	enum sim_status status;
	bool direct;
	bool held;
	bool announced;
};

/**
 * sim_rail_attach() - put a device on a rail, which is created if need be
 * @sim: rail, list and index are set
 * @name: of the rail
 * @private: made by default, not by the feature
 * @why: filled for -EBUSY and -ENOMEM
 *
 * Context: may sleep; takes rail->exec. Checks that what the table line asks of
 * the rail does not contradict other users.
 * Return: 0, -ENOMEM, or -EBUSY with @why filled.
 */
int __must_check sim_rail_attach(struct sim_device *sim, const char *name,
				 bool private, struct sim_text *why);

/**
 * sim_rail_is_below() - is the lower device of @sim itself on that rail?
 * @sim: not attached yet
 * @name: of the rail
 *
 * One effect at a time happens on a rail, and it would wait for another. Sees
 * one level only; what lies deeper is documented as forbidden.
 */
bool sim_rail_is_below(struct sim_device *sim, const char *name);

/** sim_rail_detach() - undo sim_rail_attach(); no bio of @sim is pending */
void sim_rail_detach(struct sim_device *sim);

/**
 * sim_rail_apply() - give the rail what the table line of @sim asked for
 * @sim: attached
 * @why: filled for -EBUSY
 *
 * Another seed begins another run. Done once, so that a resume without a
 * reload keeps what messages changed. Checks again, as sim_rail_attach() does:
 * since the table was loaded another device may have come. Under lock.
 * Return: 0, or -EBUSY with @why filled and nothing changed.
 */
int __must_check sim_rail_apply(struct sim_device *sim, struct sim_text *why);

/** sim_rail_restart() - begin a new run: numbers, hashes, trace. Under lock */
void sim_rail_restart(struct sim_rail *rail);

/** sim_rail_trace() - add an event to ring and tracepoint, position is set. Under lock */
void sim_rail_trace(struct sim_rail *rail, struct sim_trace_record *record);

/**
 * sim_rail_trace_read() - copy a record out of the ring
 * @rail: the rail
 * @position: the first wanted; set to the one found
 * @record: result
 *
 * Context: takes rail->lock.
 * Return: false when there is none at or after @position.
 */
bool sim_rail_trace_read(struct sim_rail *rail, u64 *position,
			 struct sim_trace_record *record);

/** sim_rail_update_direct() - decide anew which devices need the engine. Under lock */
void sim_rail_update_direct(struct sim_rail *rail);

/** sim_device_set_stopping() - a suspend begins, or is over. Under lock */
void sim_device_set_stopping(struct sim_device *sim, bool stopping);

/** sim_rail_kick() - have the worker look at the queue */
void sim_rail_kick(struct sim_rail *rail);

/** sim_debugfs_init() - the folder of all rails, when the module is loaded */
void sim_debugfs_init(void);

/** sim_debugfs_exit() - when it is unloaded; there is no rail */
void sim_debugfs_exit(void);

/** sim_debugfs_add() - the folder of a new rail */
void sim_debugfs_add(struct sim_rail *rail);

/** sim_debugfs_remove() - waits for who reads in it */
void sim_debugfs_remove(struct sim_rail *rail);

#endif /* SIM_RAIL_H */
